//! Payments a second through the journal, on the disk.
//!
//! A payment of two bills is four commits, as the rules have it: the record before anything leaves; that it is being sent, so that a kill in
//! between is told from one before; the hub's answer with receipts and outcome; and the outcome's acknowledgement by the shell. What
//! the domain's state machine decides in between is counted too. The reference makes four commits of one row of the same length, in
//! a bare SQLite file with the same journal and `synchronous=FULL`, in the same folder.

use crate::harness::{Bench, Better, Goal, Measure, Outcome, Samples, Unit, timed};
use rabt::{
    domain::{
        AgencyId, BillId, BillKey, Fils, HubPaymentId, IdempotencyKey, InstrumentId, Payment, PaymentState, Personal,
        QuoteId, Timestamp,
        payment::{HubItem, HubItemStatus, HubReport, HubStatus, ItemState, Origin, PaymentEvent, PaymentItem, step},
    },
    store::{MemorySecretStore, Store},
};
use ring::digest::{SHA256, digest};
use rusqlite::Connection;
use std::{cell::Cell, sync::Arc};

/// Payments a repetition.
const PAYMENTS: u32 = 50;
const BILLS_EACH: u32 = 2;
const AMOUNT_FILS: i64 = 12_345;
/// As long as a signed receipt is.
const RECEIPT_BYTES: usize = 700;
/// As long as such a payment's sealed record is.
const ROW_BYTES: usize = 1_024;

/// See the module.
pub(crate) const MEASURE: Measure = Measure {
    name: "journaled-payments",
    what: "payments of two bills a second through the journal: four commits each",
    reference_is: "four bare commits each, synchronous=FULL, same file system",
    unit: Unit::PerSecond,
    better: Better::Higher,
    goal: Goal::Ratio(0.8),
    peer: None,
    run,
};

fn run(bench: &Bench) -> Outcome<Samples> {
    let folder = tempfile::Builder::new().prefix("rabt-bench-").tempdir()?;
    let now = Timestamp::parse("2026-11-23T08:00:00Z")?;
    let (store, _) = Store::open(folder.path().join("rabt"), Arc::new(MemorySecretStore::new()), now)?;
    let bare = Connection::open(folder.path().join("bare.db"))?;
    bare.pragma_update(None, "journal_mode", "WAL")?;
    bare.pragma_update(None, "synchronous", "FULL")?;
    bare.execute_batch("CREATE TABLE record (id INTEGER PRIMARY KEY, payload BLOB NOT NULL)")?;
    let made = Cell::new(0);
    let a_second = |took: f64| f64::from(PAYMENTS) / took;
    bench.interleave(
        1,
        15,
        || {
            let first = made.replace(made.get() + PAYMENTS);
            let took = timed(|| (first..first + PAYMENTS).try_for_each(|number| pay(&store, number, now)))?;
            Ok(a_second(took))
        },
        || Ok(a_second(timed(|| (0..PAYMENTS).try_for_each(|_| commit_four(&bare)))?)),
    )
}

fn commit_four(bare: &Connection) -> Outcome<()> {
    // Other bytes each time, as a sealed record has: SQLite doesn't commit a page that is what it was.
    let row = |commit: u8| [commit; ROW_BYTES];
    bare.prepare_cached("INSERT INTO record (payload) VALUES (?1)")?
        .execute([row(1).as_slice()])?;
    let id = bare.last_insert_rowid();
    for commit in 2..=4 {
        bare.prepare_cached("UPDATE record SET payload = ?1 WHERE id = ?2")?
            .execute((row(commit).as_slice(), id))?;
    }
    Ok(())
}

fn pay(store: &Store, number: u32, now: Timestamp) -> Outcome<()> {
    let payment = made(number, now)?;
    let (key, report) = (payment.key.clone(), settled(&payment, number, now)?);
    store.payments().create(&payment)?;
    for event in [PaymentEvent::Submit, PaymentEvent::Told(report)] {
        store
            .payments()
            .update(&key, |payment| step(payment, event, now))?
            .ok_or("the payment is gone")??;
    }
    let outcomes: Vec<_> = store
        .payments()
        .pull_outcomes(10)?
        .iter()
        .map(|queued| queued.id)
        .collect();
    match store.payments().acknowledge_outcomes(&outcomes)? {
        1 => Ok(()),
        other => Err(format!("{other} outcomes").into()),
    }
}

fn made(number: u32, now: Timestamp) -> Outcome<Payment> {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, &number.to_be_bytes()).as_ref());
    let items: Outcome<Vec<PaymentItem>> = (0..BILLS_EACH)
        .map(|item| {
            Ok(PaymentItem {
                bill: BillKey {
                    agency: AgencyId::parse("police")?,
                    bill: BillId::parse(format!("bill-{number}-{item}"))?,
                },
                amount: Personal::new(Fils::new(AMOUNT_FILS)?),
                state: ItemState::Pending,
                receipt: None,
                rejection: None,
            })
        })
        .collect();
    Ok(Payment {
        key: IdempotencyKey::from_digest(&hash),
        origin: Origin::ThisDevice {
            quote: QuoteId::parse(format!("quote-{number}"))?,
            quote_expires_at: now.plus_seconds(600),
        },
        instrument: InstrumentId::parse("card-1")?,
        items: items?,
        total: Personal::new(Fils::new(AMOUNT_FILS * i64::from(BILLS_EACH))?),
        state: PaymentState::Created,
        hub_id: None,
        hub_revision: 0,
        sends: 0,
        look_ups: 0,
        look_up_at: None,
        created_at: now,
        updated_at: now,
        rejection: None,
    })
}

/// What the hub answers.
fn settled(payment: &Payment, number: u32, now: Timestamp) -> Outcome<HubReport> {
    let items = payment.items.iter().zip(0_u32..).map(|(item, place)| HubItem {
        bill: item.bill.clone(),
        amount: item.amount,
        status: HubItemStatus::Settled,
        receipt: Some(Personal::new(format!("{number:08}{place:0>RECEIPT_BYTES$}"))),
        rejection: None,
    });
    Ok(HubReport {
        hub_id: HubPaymentId::parse(format!("hub-{number}"))?,
        key: payment.key.clone(),
        instrument: payment.instrument.clone(),
        status: HubStatus::Settled,
        items: items.collect(),
        total: payment.total,
        revision: 1,
        created_at: now,
        rejection: None,
    })
}
