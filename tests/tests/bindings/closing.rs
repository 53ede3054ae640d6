//! Closed twice, used after closing, dropped without closing.

use crate::support::{App, MemorySecrets, all_open, config, refused};
use rabt_ffi::{ConflictCode, RabtError, open_rabt};
use rabt_tests::Town;
use std::sync::Arc;

fn is_closed<T>(result: Result<T, RabtError>) -> bool {
    matches!(
        result,
        Err(RabtError::Conflict {
            conflict: ConflictCode::Closed,
            ..
        })
    )
}

#[tokio::test]
async fn a_closed_core_says_so_to_everybody_and_can_be_closed_again() {
    let town = Town::start().await;
    let app = App::open(&town).await;
    let (bills, session) = (app.rabt.bills(), app.rabt.session());
    app.rabt.shut_down();
    app.rabt.shut_down();

    assert!(is_closed(bills.page(all_open()).await));
    assert!(is_closed(session.state().await));
    assert!(is_closed(app.rabt.pause().await));
    assert!(is_closed(app.rabt.agencies().list().await));
    let error = refused(bills.summary().await);
    assert_eq!(error.to_string(), "closed");
    let details = error.details();
    assert!(!details.reason_en.is_empty() && !details.reason_ar.is_empty());
}

#[tokio::test]
async fn what_was_closed_or_dropped_can_be_opened_again_and_what_is_open_cannot() {
    let town = Town::start().await;
    let app = App::open(&town).await;
    let again = async || open_rabt(config(&town, app.dir.path()), Arc::clone(&app.secrets), None, None).await;
    let twice = again().await;
    assert!(matches!(
        twice,
        Err(RabtError::Conflict {
            conflict: ConflictCode::InUse,
            ..
        })
    ));

    app.rabt.shut_down();
    let reopened = again().await.expect("it is closed");
    // Nobody closes this one.
    let bills = reopened.bills();
    drop(reopened);
    assert!(
        bills.page(all_open()).await.is_ok(),
        "a feature works as long as somebody has it"
    );
    drop(bills);
    again().await.expect("nobody has it any more");
}

#[tokio::test]
async fn a_pause_is_told_from_an_end() {
    let town = Town::start().await;
    let app = App::open(&town).await;
    app.rabt.pause().await.expect("it pauses");
    app.rabt.pause().await.expect("twice is once");
    let error = refused(app.rabt.bills().summary().await);
    assert!(matches!(
        error,
        RabtError::Conflict {
            conflict: ConflictCode::Paused,
            ..
        }
    ));
    app.rabt.resume().await.expect("it goes on");
    assert!(app.rabt.bills().summary().await.is_ok());
}

#[tokio::test]
async fn two_cores_live_beside_each_other() {
    let town = Town::start().await;
    let one = App::open(&town).await;
    let two = App::open_with(&town, Arc::new(MemorySecrets::default()), None, None)
        .await
        .expect("another folder");
    one.rabt.shut_down();
    assert!(two.rabt.bills().summary().await.is_ok());
}
