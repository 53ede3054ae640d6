//! The eight faults that national apps were seen with, each a test that fails where its fault is put back: the whole core over
//! real sockets and real files, against the city.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that meets something else has failed"
)]

use rabt::{
    ConflictCode, RabtError, SessionState, SignInReason, StorageProblem,
    domain::{Bill, InstrumentKind, PaymentState},
    store::{KeyReport, LedgerReport, MemorySecretStore, SetAsideReason, bills::BillQuery},
};
use rabt_protocol::instrument;
use rabt_sandbox::{CityConfig, Fault, FaultKind};
use rabt_tests::{Phone, Process, Town, chosen, until};
use std::{sync::Arc, time::Duration};
use tokio::time::timeout;

/// Who signs in.
const PERSON: &str = "tenant-family";
/// An agency with a bill of theirs, and another.
const AGENCY: &str = "police";
const OTHER_AGENCY: &str = "roads";
/// How long a call may take that must not hang: far beyond what it takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);
/// After so long an access token is about to expire, and a refresh token that was replaced is no longer taken a second time.
const NEARLY_EXPIRED_SECONDS: i64 = 280;
/// Longer than any test lasts.
const NEVER: FaultKind = FaultKind::LatencyMs { latency_ms: 600_000 };

/// A city in which each request to the provider is one request: without nonces, no first attempt is made to get one.
async fn town() -> Town {
    let town = Town::start().await;
    let mut settings = town.control().identity_settings().unwrap();
    settings.dpop_nonces = false;
    town.control().set_identity_settings(&settings).unwrap();
    town
}

async fn is_signed_in(phone: &Phone) -> bool {
    let state = phone.rabt().session().state().await.unwrap();
    matches!(state, SessionState::SignedIn { .. })
}

/// After a 401 the token was refreshed and the request sent again, and then the old 401 was what the caller got.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_1_the_answer_after_a_refresh_is_the_one_that_counts() {
    let town = town().await;
    let phone = town.phone_of(PERSON).await;
    let (asked, refreshed) = (
        town.meter_on("gateway", "GET", "/v1/instruments"),
        town.meter_on("identity", "POST", "/token"),
    );
    assert!(town.control().expire_access_tokens(PERSON).unwrap() > 0);

    let linked = phone.rabt().instruments().refresh().await;
    assert_eq!(linked.map(|linked| linked.len()), Ok(0));
    assert_eq!((town.counted(&asked), town.counted(&refreshed)), (2, 1));

    town.control().expire_access_tokens(PERSON).unwrap();
    phone.ask(AGENCY).await.unwrap();
    assert!(!phone.open_bills().await.is_empty());
    assert_eq!(town.counted(&refreshed), 2);
}

/// A token that the provider had revoked was never refreshed before its local expiry, and the call went round in a loop.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_2_a_revoked_token_is_refreshed_before_its_expiry_and_does_not_loop() {
    let town = town().await;
    let phone = town.phone_of(PERSON).await;
    let refreshed = town.meter_on("identity", "POST", "/token");
    town.control().expire_access_tokens(PERSON).unwrap();
    phone.rabt().instruments().refresh().await.unwrap();
    assert_eq!(town.counted(&refreshed), 1, "by its local expiry it was still good");

    // A party that refuses whatever token it is shown: two requests, one refresh, and an end, which isn't the session's.
    let refuses = FaultKind::Status {
        status: 401,
        body: None,
    };
    let asked = town.meter_on("gateway", "GET", "/v1/instruments");
    let refusing = town.fault(Fault::new("gateway", refuses).on("/v1/instruments"));
    let outcome = timeout(PATIENCE, phone.rabt().instruments().refresh()).await.unwrap();
    assert!(
        matches!(outcome, Err(RabtError::AgencyUnavailable { .. })),
        "{outcome:?}"
    );
    assert_eq!((town.counted(&asked), town.counted(&refreshed)), (2, 2));
    assert!(is_signed_in(&phone).await);
    phone.ask(AGENCY).await.unwrap();
    town.control().clear_fault(refusing).unwrap();

    // What the provider has taken back altogether is asked for once.
    town.control().revoke_sessions(PERSON).unwrap();
    let ended = RabtError::SignInRequired {
        reason: SignInReason::SessionEnded,
    };
    let outcome = timeout(PATIENCE, phone.rabt().instruments().refresh()).await.unwrap();
    assert_eq!(outcome, Err(ended));
    assert_eq!((town.counted(&asked), town.counted(&refreshed)), (3, 3));
}

/// On a refresh the old refresh token was kept where the provider had replaced it, so that the next refresh signed the person out.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_3_a_replaced_refresh_token_is_not_used_again() {
    let town = town().await;
    let mut phone = town.phone_of(PERSON).await;
    let refreshed = town.meter_on("identity", "POST", "/token");
    let mut held = Vec::new();
    for turn in 1..=3 {
        town.pass(&phone, NEARLY_EXPIRED_SECONDS);
        phone.ask(AGENCY).await.unwrap();
        assert_eq!(town.counted(&refreshed), turn);
        phone.close();
        held.push(phone.kept_session().unwrap().refresh_token.unwrap());
        phone.open().await.unwrap();
    }
    assert!(held[0] != held[1] && held[1] != held[2]);

    // A provider that answers no new one means the old one to be kept.
    let mut settings = town.control().identity_settings().unwrap();
    settings.refresh_rotation = false;
    town.control().set_identity_settings(&settings).unwrap();
    for turn in 4..=5 {
        town.pass(&phone, NEARLY_EXPIRED_SECONDS);
        phone.ask(AGENCY).await.unwrap();
        assert_eq!(town.counted(&refreshed), turn);
    }
    phone.close();
    assert!(phone.kept_session().unwrap().refresh_token.as_ref() == held.last());
}

/// Whatever went wrong during a refresh, a lost network too, forced the person to sign in again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_4_no_fault_of_a_network_or_server_signs_anybody_out() {
    let town = Town::start().await;
    let phone = town.phone_of(PERSON).await;
    let status = |status, body: &str| FaultKind::Status {
        status,
        body: Some(body.to_owned()),
    };
    for fault in [
        FaultKind::CutBeforeCommit,
        FaultKind::CutAfterCommit,
        FaultKind::Garbage,
        FaultKind::EndlessBody,
        FaultKind::WrongContentType,
        FaultKind::Redirect {
            location: "https://portal.example/sign-in".to_owned(),
        },
        status(500, ""),
        status(503, r#"{"error":"temporarily_unavailable"}"#),
        // What a captive portal, a firewall or a broken registration says is no verdict on a session.
        status(200, "<html>Welcome to the airport</html>"),
        status(401, "<html>Who are you?</html>"),
        status(404, r#"{"error":"invalid_grant"}"#),
        status(400, r#"{"error":"invalid_client"}"#),
    ] {
        town.control().expire_access_tokens(PERSON).unwrap();
        let during_refresh = Fault::new("identity", fault.clone()).on("/token").times(1);
        town.fault(during_refresh);
        let outcome = phone.rabt().instruments().refresh().await;
        assert!(
            !matches!(outcome, Ok(_) | Err(RabtError::SignInRequired { .. })),
            "{fault:?}: {outcome:?}"
        );
        assert!(is_signed_in(&phone).await, "{fault:?}");
        // The next call refreshes, also where the provider had done so already and its answer was lost.
        let again = phone.rabt().instruments().refresh().await;
        assert!(again.is_ok(), "{fault:?}: {again:?}");
        town.pass(&phone, NEARLY_EXPIRED_SECONDS);
        phone.rabt().instruments().refresh().await.unwrap();
    }
}

/// The same where there is no network at all.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_4_without_a_network_the_person_stays_signed_in() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let lasting = CityConfig {
        state_file: Some(file.path().to_owned()),
        ..CityConfig::default()
    };
    let town = Town::with(lasting.clone()).await;
    let mut phone = town.phone_of(PERSON).await;
    phone.ask(AGENCY).await.unwrap();
    town.pass(&phone, 10 * NEARLY_EXPIRED_SECONDS);
    town.kill();

    let outcome = phone.ask(AGENCY).await;
    assert!(
        matches!(outcome, Err(RabtError::Offline | RabtError::AgencyUnavailable { .. })),
        "{outcome:?}"
    );
    phone.close();
    phone.open().await.unwrap();
    assert!(is_signed_in(&phone).await);
    assert!(!phone.open_bills().await.is_empty());

    let town = Town::with(lasting).await;
    phone.ask(AGENCY).await.unwrap();
    town.stop().await;
}

/// The expiry was stored before the new refresh token, so that a kill between them lost the session.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_5_a_new_refresh_token_is_on_the_disk_before_anything_of_its_answer_is_used() {
    let town = town().await;
    let mut phone = town.phone_of(PERSON).await;
    phone.ask(AGENCY).await.unwrap();
    for turn in 1..=3 {
        let app = Process::of(&mut phone).await;
        town.pass(&phone, NEARLY_EXPIRED_SECONDS);
        let refreshed = town.meter_on("identity", "POST", "/token");
        let first_use = Fault::new("gateway", NEVER).on("/v1/instruments").times(1);
        town.fault(first_use);
        let _asking = app.begin(|rabt| async move { rabt.instruments().refresh().await });
        town.until_faults_have_happened().await;
        assert_eq!(town.counted(&refreshed), 1, "it is the new token that is being used");
        app.kill();

        // Long enough that the provider no longer takes the token before.
        town.pass(&phone, NEARLY_EXPIRED_SECONDS);
        phone.open().await.unwrap();
        let outcome = phone.ask(AGENCY).await;
        assert!(outcome.is_ok(), "after kill {turn}: {outcome:?}");
    }
}

/// The same where the provider's answer is lost together with the app: its refresh token was spent for nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_5_a_kill_before_the_answer_came_does_not_cost_the_session() {
    let town = Town::start().await;
    let mut phone = town.phone_of(PERSON).await;
    let app = Process::of(&mut phone).await;
    town.pass(&phone, NEARLY_EXPIRED_SECONDS);
    let lost = Fault::new("identity", FaultKind::CutAfterCommit).on("/token").times(1);
    town.fault(lost);
    let asking = app.begin(|rabt| async move { rabt.instruments().refresh().await });
    town.until_faults_have_happened().await;
    asking.abort();
    app.kill();
    phone.open().await.unwrap();
    phone.ask(AGENCY).await.unwrap();
}

/// One slow query kept everything else waiting, whether or not it had to do with it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_6_a_slow_agency_delays_nothing_that_does_not_concern_it() {
    let town = Town::start().await;
    let phone = town.phone_of(PERSON).await;
    let account = phone.link(&town, PERSON, InstrumentKind::BankAccount).await;
    let slow = Fault::new(AGENCY, NEVER).on("/v1/accounts").times(1);
    town.fault(slow);
    let mut watcher = phone.rabt().watch();
    let all = tokio::spawn({
        let rabt = phone.rabt().clone();
        async move { rabt.bills().refresh().await }
    });
    let unconcerned = async {
        // What the other eleven say is there as they say it.
        loop {
            let agencies = phone.rabt().agencies().list().await.unwrap();
            let has_answered = |view: &&rabt::AgencyView| {
                let freshness = view.freshness.as_ref();
                freshness.is_some_and(|freshness| freshness.succeeded_at.is_some())
            };
            if agencies.iter().filter(has_answered).count() == 11 {
                break;
            }
            watcher.changed().await;
        }
        town.until_faults_have_happened().await;
        let bills = phone.open_bills().await;
        assert!(bills.iter().all(|bill| bill.key.agency.as_str() != AGENCY));
        phone.ask(OTHER_AGENCY).await.unwrap();
        phone.rabt().agencies().refresh().await.unwrap();
        phone.rabt().bills().summary().await.unwrap();
        let payment = phone.pay(&[cheapest(&bills)], &account.id).await.unwrap();
        assert_eq!(payment.state, PaymentState::Settled);
    };
    timeout(PATIENCE, unconcerned).await.unwrap();
    assert!(!all.is_finished(), "the slow one is still awaited");
}

fn cheapest(bills: &[Bill]) -> &Bill {
    let by_amount = |bill: &&Bill| bill.amount.reveal().get();
    bills.iter().min_by_key(by_amount).unwrap()
}

/// After an update of the system the key was gone, and the app stuck at its greeting until its data was wiped by hand.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_7_a_lost_key_costs_a_sign_in_and_nothing_else() {
    let town = Town::start().await;
    let mut phone = town.phone_of(PERSON).await;
    phone.ask(AGENCY).await.unwrap();
    let before = phone.open_bills().await;
    let account = phone.link(&town, PERSON, InstrumentKind::BankAccount).await;
    let payment = phone.pay(&[cheapest(&before)], &account.id).await.unwrap();
    phone.close();

    phone.secrets = Arc::new(MemorySecretStore::new());
    phone.open().await.expect("it opens");
    let opened = phone.rabt().opened().clone();
    assert_eq!(opened.key, KeyReport::LostAndReplaced);
    let LedgerReport::SetAside { file_name, reason } = opened.ledger else {
        panic!("{opened:?}");
    };
    assert_eq!(reason, SetAsideReason::KeyLost);
    assert!(
        phone.dir.path().join(file_name).exists(),
        "what was kept is set aside, untouched"
    );
    let nobody = SessionState::SignedOut {
        reason: SignInReason::NobodySignedIn,
    };
    assert_eq!(phone.rabt().session().state().await.unwrap(), nobody);
    assert!(phone.open_bills().await.is_empty());

    phone
        .sign_in(&town, PERSON)
        .await
        .expect("signing in is all that is asked");
    phone.consent_to_all().await;
    phone.ask(AGENCY).await.unwrap();
    assert_eq!(phone.open_bills().await.len() + 1, before.len(), "all but the paid one");
    let heard = phone.rabt().payments().get(&payment.key).await.unwrap();
    assert_eq!(heard.map(|heard| heard.state), Some(PaymentState::Settled));
}

/// The same mistaken: a key that merely can't be read yet, before the device is unlocked, is no lost key.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_7_a_locked_device_costs_nothing() {
    let town = Town::start().await;
    let mut phone = town.phone_of(PERSON).await;
    phone.ask(AGENCY).await.unwrap();
    let before = phone.open_bills().await.len();
    phone.close();
    phone.secrets.set_locked(true);
    let locked = RabtError::Storage {
        problem: StorageProblem::SecretStoreUnavailable,
    };
    assert_eq!(phone.open().await, Err(locked));
    phone.secrets.set_locked(false);
    phone.open().await.unwrap();
    assert_eq!(phone.rabt().opened().key, KeyReport::Existing);
    assert!(is_signed_in(&phone).await);
    assert_eq!(phone.open_bills().await.len(), before);
}

/// The money was taken, the answer was lost, and the customer paid again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_8_nobody_is_charged_again_for_an_answer_that_was_lost() {
    let town = Town::start().await;
    let mut phone = town.phone_of(PERSON).await;
    phone.ask(AGENCY).await.unwrap();
    let account = phone.link(&town, PERSON, InstrumentKind::BankAccount).await;
    let bills = phone.open_bills().await;
    let bill = cheapest(&bills).clone();
    let funds = || {
        let account = instrument::InstrumentKind::BankAccount;
        town.control().available_fils(PERSON, account).unwrap()
    };
    let before = funds();

    let lost = Fault::new("gateway", FaultKind::CutAfterCommit);
    town.fault(lost.on("/v1/payments").method("POST").times(1));
    let unreachable = Fault::new("gateway", FaultKind::CutBeforeCommit);
    town.fault(unreachable.on("/v1/payments").method("GET"));
    let app = Process::of(&mut phone).await;
    let (wanted, with) = (chosen(&[&bill]), account.id.clone());
    let _paying = app.begin(|rabt| async move {
        let quote = rabt.payments().quote(&wanted).await?;
        rabt.payments().pay(&quote.id, &with).await
    });
    until("the money is taken", || funds() < before).await;
    app.kill();

    // The person sees an app that knows nothing of an answer, and tries again.
    phone.open().await.unwrap();
    let refused = phone.pay(&[&bill], &account.id).await;
    let being_paid = RabtError::Conflict {
        code: ConflictCode::BillBeingPaid,
    };
    assert_eq!(refused.unwrap_err(), being_paid);
    town.control().clear_faults(None);
    assert_eq!(phone.pay(&[&bill], &account.id).await.unwrap_err(), being_paid);

    let payments = phone.rabt().payments();
    let journal = payments.page(None, 10).await.unwrap().payments;
    assert_eq!(journal.len(), 1);
    let found = payments.follow(&journal[0].key, PATIENCE).await.unwrap();
    assert_eq!(found.state, PaymentState::Settled);
    assert_eq!(before - funds(), found.total.reveal().get());
    let again = payments.quote(&chosen(&[&bill])).await;
    assert!(again.is_err(), "a paid bill can't be put into a basket: {again:?}");
    let books = town.control().books().unwrap();
    assert!(books.balanced && books.problems.is_empty(), "{books:?}");
    assert_eq!((books.paid_twice, books.lost_fils), (0, 0));
}

/// The same in an app that goes on running: it finds the payment itself, and the person sees nothing but that it is paid.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_8_an_app_that_goes_on_finds_the_payment_again() {
    let town = Town::start().await;
    let phone = town.phone_of(PERSON).await;
    phone.ask(AGENCY).await.unwrap();
    let account = phone.link(&town, PERSON, InstrumentKind::BankAccount).await;
    let bills = phone.bills(BillQuery::default()).await;
    let sent = town.meter_on("gateway", "POST", "/v1/payments");
    let lost = Fault::new("gateway", FaultKind::CutAfterCommit);
    town.fault(lost.on("/v1/payments").method("POST").times(1));
    let paid = phone.pay(&[cheapest(&bills)], &account.id).await.unwrap();
    assert_eq!(paid.state, PaymentState::Settled);
    assert_eq!(town.counted(&sent), 1, "it was looked up, not sent again");
    let books = town.control().books().unwrap();
    assert_eq!(books.debited_fils, paid.total.reveal().get());
    assert_eq!((books.paid_twice, books.lost_fils), (0, 0));
}
