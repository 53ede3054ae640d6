//! A phone's disk in all its moods: another process has the files, the folder is read-only, the disk is full, files are gone or
//! damaged, the secret store is locked. Each is a typed error that says what to do, and nothing that was kept is lost.

mod damage;
mod disk;
mod locked;

use rabt::{
    ConflictCode, RabtError, Retry, SessionState, SignInReason, StorageProblem,
    domain::{Bill, IdempotencyKey, InstrumentId, InstrumentKind, PaymentState},
    store::{CacheReport, HealReason, KeyReport, LedgerReport, SetAsideReason},
};
use rabt_sandbox::{Fault, FaultKind};
use rabt_tests::{Child, Phone, Process, Town, phone_for_children, settings};
use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    time::Duration,
};
use tempfile::TempDir;
use tokio::process::Command;

const PERSONA: &str = "tenant-family";
const PLENTY: Duration = Duration::from_secs(20);
/// Nobody's, on every system that has users.
const UNPRIVILEGED: u32 = 65_534;

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_rabt-phone"))
}

fn storage(problem: StorageProblem) -> RabtError {
    RabtError::Storage { problem }
}

/// What a person would miss.
#[derive(Debug, PartialEq)]
struct Kept {
    bills: Vec<Bill>,
    instruments: Vec<InstrumentId>,
    payments: Vec<(IdempotencyKey, PaymentState)>,
    receipts: usize,
    outcomes: usize,
}

async fn kept(phone: &Phone) -> Kept {
    let rabt = phone.rabt();
    let instruments = rabt.instruments().list().await.unwrap();
    let page = rabt.payments().page(None, 100).await.unwrap();
    // Bills of one day keep the order in which they were first heard of, which is another after a healing.
    let mut bills = phone.all_bills().await;
    bills.sort_by(|one, other| one.key.cmp(&other.key));
    Kept {
        bills,
        instruments: instruments.into_iter().map(|instrument| instrument.id).collect(),
        payments: page.payments.into_iter().map(|p| (p.key, p.state)).collect(),
        receipts: rabt.payments().receipts(None, 100).await.unwrap().receipts.len(),
        outcomes: phone.outcomes().await.len(),
    }
}
/// A phone with bills, an account, a settled payment and its outcome, closed; and what is on it.
async fn used_phone(town: &Town) -> (Phone, Kept) {
    let mut phone = town.phone_of(PERSONA).await;
    let account = phone.link(town, PERSONA, InstrumentKind::BankAccount).await;
    phone.refresh().await;
    let bill = phone.bill("road-toll", "to-0001").await;
    let payment = phone.pay(&[&bill], &account.id).await.unwrap();
    assert_eq!(payment.state, PaymentState::Settled);
    phone.refresh().await;
    let before = kept(&phone).await;
    assert_eq!((before.payments.len(), before.receipts, before.outcomes), (1, 1, 1));
    phone.close();
    (phone, before)
}
