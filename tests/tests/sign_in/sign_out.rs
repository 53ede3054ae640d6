//! Signing out: the key first, with and without a network, and at no payment's cost.

use crate::{AGENCY, NEVER, OTHER, PERSON, signed_out, state};
use rabt::{
    ConflictCode, RabtError, SessionState, SignInReason,
    domain::{InstrumentKind, PaymentState},
    store::{KeyReport, LedgerReport, SetAsideReason, Store},
};
use rabt_protocol::instrument;
use rabt_sandbox::{Fault, FaultKind};
use rabt_tests::{Phone, Process, Town, chosen, until};
use std::{fs, path::Path};
use tempfile::TempDir;

/// A copy of a phone's files, as a thief of a backup would have.
fn copy_of(phone: &Phone) -> TempDir {
    let copy = TempDir::new().unwrap();
    for entry in fs::read_dir(phone.dir.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            fs::copy(&path, copy.path().join(path.file_name().unwrap())).unwrap();
        }
    }
    copy
}

/// Whether the files in a folder can't be read with what the phone's secret store holds now.
fn is_unreadable(phone: &Phone, folder: &Path) -> bool {
    let now = rabt::Clock::now(&*phone.clock);
    let (_, report) = Store::open(folder, phone.secrets.clone(), now).unwrap();
    let set_aside = matches!(
        report.ledger,
        LedgerReport::SetAside {
            reason: SetAsideReason::KeyLost,
            ..
        }
    );
    set_aside && report.key == KeyReport::LostAndReplaced
}

async fn nothing_is_left(phone: &Phone) {
    assert_eq!(state(phone).await, signed_out(SignInReason::NobodySignedIn));
    assert!(phone.all_bills().await.is_empty());
    assert!(phone.rabt().instruments().list().await.unwrap().is_empty());
    assert!(
        phone
            .rabt()
            .payments()
            .page(None, 10)
            .await
            .unwrap()
            .payments
            .is_empty()
    );
    let consented = |view: &rabt::AgencyView| view.consent.is_some() || view.freshness.is_some();
    assert!(!phone.rabt().agencies().list().await.unwrap().iter().any(consented));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_out_destroys_the_key_and_the_files_and_tells_the_provider() {
    let town = Town::start().await;
    let mut phone = town.phone_of(PERSON).await;
    phone.ask(AGENCY).await.unwrap();
    phone.link(&town, PERSON, InstrumentKind::BankAccount).await;
    let stolen = copy_of(&phone);
    let out = phone.rabt().session().sign_out(false).await.unwrap();
    assert!(out.revoked);
    let farewell = out.page.expect("a page at which the browser is signed out too").url;
    assert!(farewell.as_str().starts_with(town.city().issuer()));
    assert_eq!(town.control().revoke_sessions(PERSON).unwrap(), 0, "the provider knows");
    nothing_is_left(&phone).await;
    phone.close();
    assert!(is_unreadable(&phone, stolen.path()));
    phone.open().await.unwrap();
    nothing_is_left(&phone).await;

    // The phone is anybody's now, and nobody has to be asked who the agencies are.
    assert!(!phone.rabt().agencies().list().await.unwrap().is_empty());
    let next = phone.sign_in(&town, OTHER).await.unwrap();
    assert!(matches!(next, SessionState::SignedIn { .. }));
    assert!(phone.all_bills().await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_out_works_without_a_network() {
    let town = Town::start().await;
    let mut phone = town.phone_of(PERSON).await;
    phone.ask(AGENCY).await.unwrap();
    let stolen = copy_of(&phone);
    town.kill();
    let out = phone.rabt().session().sign_out(false).await.unwrap();
    assert!(!out.revoked);
    nothing_is_left(&phone).await;
    phone.close();
    assert!(is_unreadable(&phone, stolen.path()));
    phone.open().await.unwrap();
    nothing_is_left(&phone).await;
}

/// Telling the provider can take seconds. Whoever gives the phone away in that time has signed out all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_that_is_killed_while_it_tells_the_provider_has_signed_out() {
    let town = Town::start().await;
    let mut phone = town.phone_of(PERSON).await;
    phone.ask(AGENCY).await.unwrap();
    let stolen = copy_of(&phone);
    let app = Process::of(&mut phone).await;
    town.fault(Fault::new("identity", NEVER).on("/revoke").times(1));
    let _signing_out = app.begin(|rabt| async move { rabt.session().sign_out(false).await });
    town.until_faults_have_happened().await;
    app.kill();
    phone.open().await.unwrap();
    nothing_is_left(&phone).await;
    phone.close();
    assert!(is_unreadable(&phone, stolen.path()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_out_does_not_forget_an_unfinished_payment_unasked() {
    let town = Town::start().await;
    let mut phone = town.phone_of(PERSON).await;
    phone.ask(AGENCY).await.unwrap();
    let account = phone.link(&town, PERSON, InstrumentKind::BankAccount).await;
    let bills = phone.open_bills().await;
    let funds = || {
        let kind = instrument::InstrumentKind::BankAccount;
        town.control().available_fils(PERSON, kind).unwrap()
    };
    let before = funds();
    town.fault(
        Fault::new("gateway", FaultKind::CutAfterCommit)
            .on("/v1/payments")
            .method("POST")
            .times(1),
    );
    town.fault(
        Fault::new("gateway", FaultKind::CutBeforeCommit)
            .on("/v1/payments")
            .method("GET"),
    );
    let app = Process::of(&mut phone).await;
    let (wanted, with) = (chosen(&[&bills[0]]), account.id.clone());
    let _paying = app.begin(|rabt| async move {
        let quote = rabt.payments().quote(&wanted).await?;
        rabt.payments().pay(&quote.id, &with).await
    });
    until("the money is taken", || funds() < before).await;
    app.kill();
    phone.open().await.unwrap();

    let unfinished = RabtError::Conflict {
        code: ConflictCode::PaymentsUnfinished,
    };
    assert_eq!(phone.rabt().session().sign_out(false).await, Err(unfinished));
    assert!(matches!(state(&phone).await, SessionState::SignedIn { .. }));
    assert_eq!(phone.rabt().payments().page(None, 10).await.unwrap().payments.len(), 1);

    // Forgotten here, it goes on at the hub, and comes back with the person.
    phone.rabt().session().sign_out(true).await.unwrap();
    nothing_is_left(&phone).await;
    town.control().clear_faults(None);
    phone.sign_in(&town, PERSON).await.unwrap();
    let payments = phone.rabt().payments().page(None, 10).await.unwrap().payments;
    assert_eq!(payments.len(), 1);
    assert_eq!(payments[0].state, PaymentState::Settled);
    assert_eq!(town.control().books().unwrap().paid_twice, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_out_twice_is_no_error() {
    let town = Town::start().await;
    let phone = town.phone_of(PERSON).await;
    phone.rabt().session().sign_out(false).await.unwrap();
    let again = phone.rabt().session().sign_out(false).await.unwrap();
    assert!(!again.revoked && again.page.is_none());
    nothing_is_left(&phone).await;
}
