//! Staying signed in: one refresh for everybody, which nobody cuts off, through roll-overs of the provider's keys.

use crate::{AGENCY, NEARLY_EXPIRED_SECONDS, PATIENCE, PERSON, level, low, town_without_nonces};
use rabt::RabtError;
use rabt_protocol::oidc::acr;
use rabt_sandbox::{Fault, FaultKind};
use rabt_tests::{Phone, Town, until};
use tokio::{task::JoinSet, time::timeout};

/// How many ask at once, beside the twelve agencies of a refresh.
const CALLERS: usize = 20;

/// Everybody asks for something at once.
async fn everybody_asks(phone: &Phone) {
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        let rabt = phone.rabt().clone();
        callers.spawn(async move { rabt.instruments().refresh().await.map(|_| ()) });
    }
    let report = phone.refresh().await;
    assert_eq!(report.answered(), 12, "{report:?}");
    while let Some(outcome) = callers.join_next().await {
        outcome.unwrap().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_callers_at_once_cause_one_refresh() {
    let town = town_without_nonces().await;
    let phone = town.phone_of(PERSON).await;
    let refreshed = town.meter_on("identity", "POST", "/token");
    town.pass(&phone, NEARLY_EXPIRED_SECONDS);
    everybody_asks(&phone).await;
    assert_eq!(town.counted(&refreshed), 1, "of a token that is about to expire");

    town.control().expire_access_tokens(PERSON).unwrap();
    everybody_asks(&phone).await;
    assert_eq!(town.counted(&refreshed), 2, "of one that is refused");
}

/// An agency's deadline ends the waiting of whoever waits for the provider, not the refresh: its token would be spent for nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_outlives_the_deadline_of_those_who_wait_for_it() {
    let town = town_without_nonces().await;
    let mut phone = town.phone_of(PERSON).await;
    phone.ask(AGENCY).await.unwrap();
    phone.close();
    phone.config.agency_deadline_ms = 50;
    phone.open().await.unwrap();

    town.pass(&phone, 2 * NEARLY_EXPIRED_SECONDS);
    let refreshed = town.meter_on("identity", "POST", "/token");
    let slow = FaultKind::LatencyMs { latency_ms: 400 };
    town.fault(Fault::new("identity", slow).on("/token").times(1));
    let mut watcher = phone.rabt().watch();
    let outcome = phone.ask(AGENCY).await;
    assert!(
        matches!(&outcome, Err(RabtError::AgencyUnavailable { agency: Some(agency), .. }) if agency.as_str() == AGENCY),
        "{outcome:?}"
    );
    let saved = async { while !watcher.changed().await.contains(&rabt::Topic::Session) {} };
    timeout(PATIENCE, saved).await.unwrap();
    phone.rabt().instruments().refresh().await.unwrap();
    assert_eq!(town.counted(&refreshed), 1, "what was asked for once is used");

    // Long after it was replaced, so that the provider would notice were the old one used again.
    town.pass(&phone, NEARLY_EXPIRED_SECONDS);
    phone.rabt().instruments().refresh().await.unwrap();
}

/// Dropping a call is no more than not waiting for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_outlives_a_caller_that_was_dropped() {
    let town = town_without_nonces().await;
    let phone = town.phone_of(PERSON).await;
    town.pass(&phone, 2 * NEARLY_EXPIRED_SECONDS);
    let refreshed = town.meter_on("identity", "POST", "/token");
    let slow = FaultKind::LatencyMs { latency_ms: 100 };
    town.fault(Fault::new("identity", slow).on("/token").times(1));
    let used = town.meter_on("gateway", "GET", "/v1/instruments");
    let caller = tokio::spawn({
        let rabt = phone.rabt().clone();
        async move { rabt.instruments().refresh().await }
    });
    town.until_faults_have_happened().await;
    caller.abort();
    until("the dropped call goes on", || town.counted(&used) == 1).await;
    phone.rabt().instruments().refresh().await.unwrap();
    assert_eq!(town.counted(&refreshed), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_that_are_rolled_over_while_somebody_is_signed_in_are_found() {
    let town = Town::start().await;
    let phone = town.phone_of(PERSON).await;
    let read = town.meter_on("identity", "GET", "/jwks");
    town.control().roll_keys().unwrap();
    phone.ask(AGENCY).await.unwrap();
    phone.step_up(&town, PERSON, acr::HIGH).await.unwrap();
    assert_eq!(town.counted(&read), 1, "the new key was not known yet");
    assert_eq!(level(&phone).await.as_deref(), Some(acr::HIGH));

    // After a theft: nothing that was signed before is believed, and nobody is signed out.
    town.control().replace_keys().unwrap();
    phone.ask(AGENCY).await.unwrap();
    town.pass(&phone, NEARLY_EXPIRED_SECONDS);
    phone.ask(AGENCY).await.unwrap();
    let newcomer = town.phone_of(PERSON).await;
    assert_eq!(level(&newcomer).await, low());
}
