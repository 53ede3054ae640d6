//! Whose phone it is: another person's sign-in, and a session that the provider ended.

use crate::{AGENCY, OTHER, PERSON, sign_in_required, signed_out, state};
use rabt::{ConflictCode, RabtError, SignInReason};
use rabt_protocol::oidc::acr;
use rabt_tests::{Town, until};

const ANOTHER_PERSON: RabtError = RabtError::Conflict {
    code: ConflictCode::AnotherPerson,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_person_is_kept_from_the_first_ones_data_and_given_nothing() {
    let town = Town::start().await;
    let phone = town.phone_of(PERSON).await;
    phone.ask(AGENCY).await.unwrap();
    let (before, bills) = (state(&phone).await, phone.open_bills().await);
    let given_back = town.meter_on("identity", "POST", "/revoke");
    assert_eq!(phone.sign_in(&town, OTHER).await, Err(ANOTHER_PERSON));
    assert_eq!(state(&phone).await, before);
    assert_eq!(phone.open_bills().await, bills);
    phone.ask(AGENCY).await.unwrap();
    // What was issued to somebody who isn't let in is taken back.
    until("the tokens are given back", || town.counted(&given_back) > 0).await;
    until("and taken", || town.control().revoke_sessions(OTHER).unwrap() == 0).await;

    // The same once the first one's session has ended by itself, and after the app was opened again.
    town.control().revoke_sessions(PERSON).unwrap();
    assert!(phone.ask(AGENCY).await.is_err());
    assert_eq!(phone.sign_in(&town, OTHER).await, Err(ANOTHER_PERSON));
    assert_eq!(state(&phone).await, signed_out(SignInReason::SessionEnded));
    phone.sign_in(&town, PERSON).await.unwrap();
    assert_eq!(phone.open_bills().await, bills);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_the_provider_ended_asks_for_a_sign_in_and_leaves_what_was_read() {
    let town = Town::start().await;
    let mut phone = town.phone_of(PERSON).await;
    phone.ask(AGENCY).await.unwrap();
    let bills = phone.open_bills().await;
    assert!(town.control().revoke_sessions(PERSON).unwrap() > 0);
    let ended = sign_in_required(SignInReason::SessionEnded);
    // The call that is told of it, and every one after it.
    for _ in 0..2 {
        assert_eq!(phone.ask(AGENCY).await, Err(ended.clone()));
        assert_eq!(
            phone.rabt().instruments().refresh().await.map(|_| ()),
            Err(ended.clone())
        );
        let step_up = phone.rabt().session().begin_step_up(acr::HIGH).await;
        assert_eq!(step_up.map(|_| ()), Err(ended.clone()));
    }
    for _ in 0..2 {
        assert_eq!(state(&phone).await, signed_out(SignInReason::SessionEnded));
        assert_eq!(phone.open_bills().await, bills);
        assert!(phone.freshness(AGENCY).await.unwrap().succeeded_at.is_some());
        phone.close();
        phone.open().await.unwrap();
    }
    phone.sign_in(&town, PERSON).await.unwrap();
    phone.ask(AGENCY).await.unwrap();
    assert_eq!(phone.open_bills().await, bills);
}
