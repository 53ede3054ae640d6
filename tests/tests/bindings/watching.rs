//! Listeners: told of what changed, harmless when they are slow or throw, and ended in three ways.

use crate::support::{self, App, Door};
use rabt_ffi::{ChangeListener, PortError, Topic};
use rabt_tests::Town;
use std::sync::{Arc, Mutex};

/// Keeps what it hears, after it came through a door where it has one, and then throws where it shall.
#[derive(Default)]
struct Ear {
    heard: Mutex<Vec<Vec<Topic>>>,
    ended: Mutex<usize>,
    door: Option<Arc<Door>>,
    throws: bool,
}

impl Ear {
    fn heard(&self) -> Vec<Vec<Topic>> {
        self.heard.lock().unwrap().clone()
    }

    fn ended(&self) -> usize {
        *self.ended.lock().unwrap()
    }
}

impl ChangeListener for Ear {
    fn changed(&self, topics: Vec<Topic>) -> Result<(), PortError> {
        self.heard.lock().unwrap().push(topics);
        if let Some(door) = &self.door {
            door.pass();
        }
        if self.throws {
            return Err(PortError::Failed {
                detail: "a listener that throws".to_owned(),
            });
        }
        Ok(())
    }

    fn ended(&self) -> Result<(), PortError> {
        *self.ended.lock().unwrap() += 1;
        Ok(())
    }
}

/// Has two topics be announced.
async fn change(app: &App) {
    app.rabt.agencies().refresh().await.expect("a directory");
    app.rabt
        .agencies()
        .consent(Vec::new())
        .await
        .expect("nothing is agreed to");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_listener_that_throws_hears_the_next_change_too() {
    let town = Town::start().await;
    let app = App::open(&town).await;
    let ear = Arc::new(Ear {
        throws: true,
        ..Ear::default()
    });
    let _watch = app.rabt.watch(ear.clone()).expect("a watch");
    change(&app).await;
    support::until("it hears", async || !ear.heard().is_empty()).await;
    let so_far = ear.heard().len();
    change(&app).await;
    support::until("it hears again", async || ear.heard().len() > so_far).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn listeners_that_do_not_come_back_keep_neither_the_core_nor_a_store_waiting() {
    // Given far more listeners than there are threads for them, none of which comes back.
    let town = Town::start().await;
    let app = App::with_bills(&town).await;
    let door = Arc::new(Door::default());
    let slow: Vec<_> = (0..300)
        .map(|_| {
            Arc::new(Ear {
                door: Some(Arc::clone(&door)),
                ..Ear::default()
            })
        })
        .collect();
    let watches: Vec<_> = slow
        .iter()
        .map(|ear| app.rabt.watch(ear.clone()).expect("a watch"))
        .collect();
    change(&app).await;
    support::until("some are stuck", async || door.came() > 0).await;

    // Then the core refreshes and reads as ever.
    for _ in 0..3 {
        assert!(app.rabt.bills().refresh().await.expect("a refresh").answered > 0);
        assert!(app.rabt.bills().summary().await.is_ok());
        change(&app).await;
    }

    // And each hears of it once they go on: of all that it missed at once, not of each change.
    door.open();
    let has_heard = |ear: &Ear| {
        let heard = ear.heard();
        heard.len() > 1 && heard.last().is_some_and(|last| last.contains(&Topic::Accounts))
    };
    support::until("all have heard", async || slow.iter().all(|ear| has_heard(ear))).await;
    assert!(slow.iter().all(|ear| ear.heard().len() <= 3), "changes are merged");
    drop(watches);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watch_ends_by_stopping_by_being_dropped_and_with_the_core() {
    let town = Town::start().await;
    let app = App::open(&town).await;
    let ears: Vec<_> = (0..3).map(|_| Arc::new(Ear::default())).collect();
    let stopped = app.rabt.watch(ears[0].clone()).expect("a watch");
    let dropped = app.rabt.watch(ears[1].clone()).expect("a watch");
    let _with_the_core = app.rabt.watch(ears[2].clone()).expect("a watch");
    let ended = async |ear: &Ear| support::until("it has ended", async || ear.ended() == 1).await;

    stopped.stop();
    stopped.stop();
    ended(&ears[0]).await;
    drop(dropped);
    ended(&ears[1]).await;
    change(&app).await;
    support::until("the third hears", async || !ears[2].heard().is_empty()).await;
    assert!(ears[0].heard().is_empty() && ears[1].heard().is_empty());

    app.rabt.shut_down();
    ended(&ears[2]).await;
    support::until("the first is done", async || stopped.has_ended()).await;
    assert!(ears.iter().all(|ear| ear.ended() == 1), "each is told once");
    assert!(app.rabt.watch(ears[0].clone()).is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thousands_of_watches_leave_nothing_behind() {
    let town = Town::start().await;
    let app = App::open(&town).await;
    let ear = Arc::new(Ear::default());
    for _ in 0..2_000 {
        app.rabt.watch(ear.clone()).expect("a watch");
    }
    support::until("all have ended", async || ear.ended() == 2_000).await;
    support::until("nobody holds the listener", async || Arc::strong_count(&ear) == 1).await;
}
