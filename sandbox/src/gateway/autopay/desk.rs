//! What the runner keeps in memory: who has news, what agencies last said, and what control asked for. Nothing of it is needed after
//! a kill: everybody is looked at when the city starts.

use super::{cheats::Cheat, fetch::Fetched};
use std::{
    collections::{HashMap, HashSet},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::sync::Notify;

/// See the module.
#[derive(Debug)]
pub(crate) struct Autopay {
    rung: Notify,
    news: Mutex<News>,
    fetched: Mutex<HashMap<(String, String), Fetched>>,
    cheat: Mutex<Option<Cheat>>,
    runs_by_itself: AtomicBool,
    has_second_runner: AtomicBool,
}

#[derive(Debug, Default)]
struct News {
    of_all: bool,
    of: HashSet<String>,
}

/// Whose turn it is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// Everybody's.
    All,
    /// These people's.
    Some(HashSet<String>),
}

impl Default for Autopay {
    fn default() -> Self {
        Self {
            rung: Notify::new(),
            news: Mutex::new(News {
                of_all: true,
                of: HashSet::new(),
            }),
            fetched: Mutex::default(),
            cheat: Mutex::default(),
            runs_by_itself: AtomicBool::new(true),
            has_second_runner: AtomicBool::new(false),
        }
    }
}

impl Autopay {
    /// Something changed for a person.
    pub(crate) fn wake(&self, subject: &str) {
        lock(&self.news).of.insert(subject.to_owned());
        self.rung.notify_one();
    }

    /// Something changed for everybody: the clock was moved.
    pub(crate) fn wake_all(&self) {
        lock(&self.news).of_all = true;
        self.rung.notify_one();
    }

    /// Until something changed.
    pub(super) async fn rung(&self) {
        self.rung.notified().await;
    }

    /// Whose turn it is, which it then isn't any more.
    pub(super) fn take_due(&self) -> Due {
        let news = std::mem::take(&mut *lock(&self.news));
        if news.of_all { Due::All } else { Due::Some(news.of) }
    }

    pub(super) fn fetched(&self, subject: &str, agency_id: &str) -> Option<Fetched> {
        lock(&self.fetched)
            .get(&(subject.to_owned(), agency_id.to_owned()))
            .cloned()
    }

    pub(super) fn keep_fetched(&self, subject: &str, agency_id: &str, fetched: Fetched) {
        lock(&self.fetched).insert((subject.to_owned(), agency_id.to_owned()), fetched);
    }

    /// How the gateway cheats at present.
    pub(crate) fn cheat(&self) -> Option<Cheat> {
        *lock(&self.cheat)
    }

    /// Has the gateway cheat, or be honest again.
    pub(crate) fn set_cheat(&self, cheat: Option<Cheat>) {
        *lock(&self.cheat) = cheat;
        self.wake_all();
    }

    /// Whether mandates are looked at without being told.
    pub(super) fn runs_by_itself(&self) -> bool {
        self.runs_by_itself.load(Ordering::SeqCst)
    }

    /// Lets the runner run by itself, or only when it is told.
    pub(crate) fn set_runs_by_itself(&self, on: bool) {
        self.runs_by_itself.store(on, Ordering::SeqCst);
        self.wake_all();
    }

    /// Whether two runners do everything at once.
    pub(super) fn has_second_runner(&self) -> bool {
        self.has_second_runner.load(Ordering::SeqCst)
    }

    /// Adds a second runner, or takes it away.
    pub(crate) fn set_second_runner(&self, on: bool) {
        self.has_second_runner.store(on, Ordering::SeqCst);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
