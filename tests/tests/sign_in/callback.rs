//! The URL that comes back: the right one once, and no other.

use crate::{PERSON, foreign_url, sign_in_required, signed_out, state};
use rabt::{RabtError, SessionState, SignInReason};
use rabt_protocol::instrument;
use rabt_sandbox::{Fault, FaultKind, browser::Intent};
use rabt_tests::{Phone, Town};
use url::Url;

/// Longer than a person may take on the provider's pages.
const TOO_LONG_SECONDS: i64 = 1801;

async fn is_signed_in(phone: &Phone) -> bool {
    matches!(state(phone).await, SessionState::SignedIn { .. })
}

/// A URL with a parameter set to another value.
fn with(url: &str, name: &str, value: &str) -> String {
    let mut changed = Url::parse(url).unwrap();
    let others: Vec<(String, String)> = changed
        .query_pairs()
        .filter(|(other, _)| other != name)
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    changed
        .query_pairs_mut()
        .clear()
        .extend_pairs(others)
        .append_pair(name, value);
    changed.to_string()
}

/// A URL with a parameter there twice.
fn doubled(url: &str, name: &str) -> String {
    let mut changed = Url::parse(url).unwrap();
    let (_, value) = changed.query_pairs().find(|(other, _)| other == name).unwrap();
    let value = value.into_owned();
    changed.query_pairs_mut().append_pair(name, &value);
    changed.to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_url_that_answers_no_attempt_leaves_the_attempt_waiting() {
    let town = Town::start().await;
    let phone = town.phone().await;
    let right = phone.callback(&town, PERSON).await;
    for foreign in [
        String::new(),
        "not a url".to_owned(),
        "rabt-demo:/signed-in".to_owned(),
        "rabt-demo:/signed-in?code=a-code".to_owned(),
        right.replace("rabt-demo:/signed-in", "rabt-demo:/elsewhere"),
        right.replace("rabt-demo:/signed-in", "https://rabt.example/signed-in"),
        with(&right, "state", "another"),
        with(&right, "state", ""),
        doubled(&right, "state"),
        format!("{right}#access_token=implicit"),
        format!("{right}&{}", "x=1&".repeat(40)),
        format!("{right}&long={}", "x".repeat(10_000)),
    ] {
        let outcome = phone.rabt().session().complete(&foreign).await;
        assert_eq!(outcome, Err(foreign_url()), "{foreign}");
        assert_eq!(state(&phone).await, signed_out(SignInReason::NobodySignedIn));
    }
    assert!(phone.incidents().await.is_empty(), "anybody can send an app a URL");
    phone.rabt().session().complete(&right).await.unwrap();
    assert!(is_signed_in(&phone).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_url_that_answers_the_attempt_wrongly_ends_it() {
    let town = Town::start().await;
    let phone = town.phone().await;
    type Change = fn(&str) -> String;
    let changes: [Change; 5] = [
        |url| doubled(url, "code"),
        |url| doubled(url, "iss"),
        |url| with(url, "iss", "https://identity.elsewhere.example"),
        |url| with(url, "code", ""),
        |url| format!("{url}&error=access_denied"),
    ];
    for (incidents, change) in changes.iter().enumerate() {
        let right = phone.callback(&town, PERSON).await;
        let wrong = change(&right);
        let outcome = phone.rabt().session().complete(&wrong).await;
        assert_eq!(outcome, Err(sign_in_required(SignInReason::AnswerRefused)), "{wrong}");
        assert_eq!(phone.incidents().await.len(), incidents + 1, "{wrong}");
        assert_eq!(phone.rabt().session().complete(&right).await, Err(foreign_url()));
    }
    assert!(!is_signed_in(&phone).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_that_was_made_up_is_refused_by_the_provider() {
    let town = Town::start().await;
    let phone = town.phone().await;
    let made_up = with(&phone.callback(&town, PERSON).await, "code", "made-up");
    let outcome = phone.rabt().session().complete(&made_up).await;
    assert_eq!(outcome, Err(sign_in_required(SignInReason::AnswerRefused)));
    assert!(!is_signed_in(&phone).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_url_is_taken_once_however_often_it_is_delivered() {
    let town = Town::start().await;
    let phone = town.phone().await;
    let url = phone.callback(&town, PERSON).await;
    let exchanged = town.meter_on("identity", "POST", "/token");
    let session = phone.rabt().session();
    let (one, two, three) = tokio::join!(session.complete(&url), session.complete(&url), session.complete(&url));
    let taken = [&one, &two, &three].iter().filter(|outcome| outcome.is_ok()).count();
    assert_eq!(taken, 1, "{one:?} {two:?} {three:?}");
    let exchanges = town.counted(&exchanged);
    assert_eq!(session.complete(&url).await, Err(foreign_url()));
    assert_eq!(town.counted(&exchanged), exchanges, "nothing is asked for it again");
    assert!(is_signed_in(&phone).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_that_was_killed_while_the_page_was_open_goes_on() {
    let town = Town::start().await;
    let mut phone = town.phone().await;
    let (first, second) = (phone.callback(&town, PERSON).await, phone.callback(&town, PERSON).await);
    phone.close();
    phone.open().await.unwrap();
    phone.rabt().session().complete(&second).await.unwrap();
    assert!(is_signed_in(&phone).await);
    // The page that was opened before is answered too: whoever pressed twice isn't told off.
    phone.rabt().session().complete(&first).await.unwrap();
    phone.close();
    phone.open().await.unwrap();
    assert!(is_signed_in(&phone).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_who_cancels_is_as_they_were() {
    let town = Town::start().await;
    let phone = town.phone().await;
    let page = phone.rabt().session().begin_sign_in().await.unwrap();
    let mut browser = town.city().browser().unwrap();
    let url = browser.visit(page.url.as_str(), PERSON, Intent::Refuse).await.unwrap();
    let outcome = phone.rabt().session().complete(&url).await;
    assert_eq!(outcome, Err(sign_in_required(SignInReason::Cancelled)));
    assert_eq!(state(&phone).await, signed_out(SignInReason::NobodySignedIn));
    assert!(phone.incidents().await.is_empty(), "saying no is no incident");
    phone.sign_in(&town, PERSON).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_url_that_comes_too_late_is_answered_by_beginning_again() {
    let town = Town::start().await;
    let phone = town.phone().await;
    let url = phone.callback(&town, PERSON).await;
    town.pass(&phone, TOO_LONG_SECONDS);
    assert_eq!(phone.rabt().session().complete(&url).await, Err(foreign_url()));
    phone.sign_in(&town, PERSON).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_that_the_network_breaks_off_is_begun_again() {
    let town = Town::start().await;
    let phone = town.phone().await;
    for kind in [FaultKind::CutBeforeCommit, FaultKind::CutAfterCommit] {
        let url = phone.callback(&town, PERSON).await;
        town.fault(Fault::new("identity", kind).on("/token").times(1));
        let outcome = phone.rabt().session().complete(&url).await;
        assert!(
            matches!(outcome, Err(RabtError::Offline | RabtError::AgencyUnavailable { .. })),
            "{outcome:?}"
        );
        assert_eq!(phone.rabt().session().complete(&url).await, Err(foreign_url()));
        assert_eq!(state(&phone).await, signed_out(SignInReason::NobodySignedIn));
    }
    phone.sign_in(&town, PERSON).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_url_of_the_banks_page_is_no_answer_to_a_sign_in_and_links_all_the_same() {
    let town = Town::start().await;
    let phone = town.phone_of(PERSON).await;
    let kind = rabt::domain::InstrumentKind::BankAccount;
    let page = phone.rabt().instruments().begin_link(kind).await.unwrap();
    let url = town.city().approve_at_bank(page.url.as_str(), PERSON).await.unwrap();
    assert_eq!(phone.rabt().session().complete(&url).await, Err(foreign_url()));
    phone.rabt().instruments().complete_link(&url).await.unwrap();
    assert_eq!(
        town.control().instruments(PERSON).unwrap()[0].kind,
        instrument::InstrumentKind::BankAccount
    );
}
