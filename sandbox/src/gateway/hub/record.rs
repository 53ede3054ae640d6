//! The hub's journal: payments and their items in the state, and the small transactions that move them on.
//!
//! Each transaction takes one fact in. It raises the revision, leaves an event and frees what became final, all at once, so
//! that a city killed between any two of them goes on from where it was.

use super::machine::{self, Fact, ItemStage, PaymentStage, Step};
use crate::{
    clock::rfc3339,
    gateway::events::{self, Told},
    server::reply::{Refusal, Reply},
};
use rabt_protocol::{
    CURRENCY_AED,
    event::{EventData, kind},
    hub::{Payment, PaymentItem, Rejection},
    problem::code,
};
use rusqlite::{OptionalExtension as _, Row, Transaction, params};

/// A payment as the hub keeps it.
#[derive(Clone)]
pub(crate) struct Stored {
    pub(crate) seq: i64,
    pub(crate) payment_id: String,
    pub(crate) subject: String,
    pub(crate) idempotency_key: String,
    pub(crate) request_digest: String,
    pub(crate) instrument_id: String,
    pub(crate) paid_with: String,
    pub(crate) stage: PaymentStage,
    pub(crate) total_fils: i64,
    pub(crate) debited_ms: Option<i64>,
    created_ms: i64,
    updated_ms: i64,
    revision: u32,
    rejection: Option<Rejection>,
    pub(crate) items: Vec<StoredItem>,
}

/// An item as the hub keeps it.
#[derive(Clone)]
pub(crate) struct StoredItem {
    pub(crate) position: u32,
    pub(crate) agency_id: String,
    pub(crate) bill_id: String,
    pub(crate) reference: String,
    pub(crate) bill_revision: u32,
    pub(crate) amount_fils: i64,
    pub(crate) stage: ItemStage,
    receipt: Option<String>,
    rejection: Option<Rejection>,
}

/// What is learnt along with a fact about an item.
#[derive(Default)]
pub(crate) struct Detail {
    pub(crate) posting_id: Option<String>,
    pub(crate) receipt: Option<String>,
    pub(crate) rejection: Option<Rejection>,
}

/// A payment that is to be recorded.
pub(crate) struct NewPayment<'a> {
    pub(crate) payment_id: &'a str,
    pub(crate) subject: &'a str,
    pub(crate) idempotency_key: &'a str,
    pub(crate) request_digest: &'a str,
    pub(crate) quote_id: &'a str,
    pub(crate) instrument_id: &'a str,
    pub(crate) paid_with: &'a str,
    pub(crate) total_fils: i64,
    pub(crate) now_ms: i64,
}

/// A bill that is to be recorded as an item.
pub(crate) struct NewItem<'a> {
    pub(crate) agency_id: &'a str,
    pub(crate) bill_id: &'a str,
    pub(crate) reference: &'a str,
    pub(crate) bill_revision: u32,
    pub(crate) amount_fils: i64,
}

impl Stored {
    /// As a client is shown it.
    pub(crate) fn wire(&self) -> Payment {
        let stages: Vec<ItemStage> = self.items.iter().map(|item| item.stage).collect();
        Payment {
            payment_id: self.payment_id.clone(),
            idempotency_key: self.idempotency_key.clone(),
            subject: self.subject.clone(),
            instrument_id: self.instrument_id.clone(),
            status: machine::payment_status(&stages),
            items: self.items.iter().map(StoredItem::wire).collect(),
            total_fils: self.total_fils,
            currency: CURRENCY_AED.to_owned(),
            created_at: rfc3339(self.created_ms),
            updated_at: rfc3339(self.updated_ms),
            revision: self.revision,
            rejection: self.rejection.clone(),
        }
    }
}

impl StoredItem {
    fn wire(&self) -> PaymentItem {
        PaymentItem {
            agency_id: self.agency_id.clone(),
            bill_id: self.bill_id.clone(),
            amount_fils: self.amount_fils,
            status: self.stage.status(),
            // A receipt is made with the posting and shown with the settlement.
            receipt: self.receipt.clone().filter(|_| self.stage == ItemStage::Settled),
            rejection: self.rejection.clone(),
        }
    }
}

/// Records a payment and locks its bills.
///
/// # Errors
/// 409 `bill_being_paid` where another payment holds one of them.
pub(crate) fn record(tx: &Transaction<'_>, payment: &NewPayment<'_>, items: &[NewItem<'_>]) -> Reply<()> {
    tx.execute(
        "INSERT INTO gateway_payment (payment_id, subject, idempotency_key, request_digest, quote_id, instrument_id, paid_with,
             stage, total_fils, created_ms, updated_ms, revision)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'recorded', ?8, ?9, ?9, 1)",
        params![
            payment.payment_id,
            payment.subject,
            payment.idempotency_key,
            payment.request_digest,
            payment.quote_id,
            payment.instrument_id,
            payment.paid_with,
            payment.total_fils,
            payment.now_ms
        ],
    )?;
    for (position, item) in items.iter().enumerate() {
        tx.execute(
            "INSERT INTO gateway_payment_item (payment_id, position, agency_id, bill_id, reference, bill_revision, amount_fils,
                 stage)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'waiting')",
            params![
                payment.payment_id,
                i64::try_from(position).unwrap_or(i64::MAX),
                item.agency_id,
                item.bill_id,
                item.reference,
                item.bill_revision,
                item.amount_fils
            ],
        )?;
        lock_bill(tx, payment.payment_id, item)?;
    }
    tell(tx, payment.payment_id, payment.subject, payment.now_ms)
}

fn lock_bill(tx: &Transaction<'_>, payment_id: &str, item: &NewItem<'_>) -> Reply<()> {
    let settled: bool = tx.query_row(
        "SELECT EXISTS (SELECT 1 FROM gateway_payment_item
             WHERE agency_id = ?1 AND bill_id = ?2 AND bill_revision = ?3 AND stage IN ('posted', 'settled'))",
        params![item.agency_id, item.bill_id, item.bill_revision],
        |row| row.get(0),
    )?;
    let locked = tx.execute(
        "INSERT INTO gateway_bill_lock (agency_id, bill_id, payment_id) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        params![item.agency_id, item.bill_id, payment_id],
    )?;
    let refused = |code, title| {
        Err(Refusal::from(
            rabt_protocol::Problem::new(409, code, title).at(item.bill_id),
        ))
    };
    match (locked, settled) {
        (0, _) => refused(code::BILL_BEING_PAID, "the bill is in another payment"),
        (_, true) => refused(code::BILL_ALREADY_PAID, "the bill was paid by another payment"),
        (_, false) => Ok(()),
    }
}

/// Whether a bill is in a payment at this moment.
pub(crate) fn is_locked(tx: &Transaction<'_>, agency_id: &str, bill_id: &str) -> rusqlite::Result<bool> {
    tx.query_row(
        "SELECT EXISTS (SELECT 1 FROM gateway_bill_lock WHERE agency_id = ?1 AND bill_id = ?2)",
        [agency_id, bill_id],
        |row| row.get(0),
    )
}

/// Whether a payment can take a bill: none holds it, and none has settled it as it is.
pub(crate) fn is_free(
    tx: &Transaction<'_>,
    agency_id: &str,
    bill_id: &str,
    bill_revision: u32,
) -> rusqlite::Result<bool> {
    tx.query_row(
        "SELECT NOT EXISTS (SELECT 1 FROM gateway_bill_lock WHERE agency_id = ?1 AND bill_id = ?2)
             AND NOT EXISTS (SELECT 1 FROM gateway_payment_item
                 WHERE agency_id = ?1 AND bill_id = ?2 AND bill_revision = ?3 AND stage IN ('posted', 'settled'))",
        params![agency_id, bill_id, bill_revision],
        |row| row.get(0),
    )
}

/// Takes in what the bank said of the debit.
pub(crate) fn learn_debit(
    tx: &Transaction<'_>,
    payment_id: &str,
    rejection: Option<&Rejection>,
    now_ms: i64,
) -> Reply<()> {
    let fact = if rejection.is_some() {
        Fact::DebitDeclined
    } else {
        Fact::Debited
    };
    let payment = load(tx, payment_id)?;
    let mut moved = false;
    for item in &payment.items {
        let detail = Detail {
            rejection: rejection.cloned(),
            ..Detail::default()
        };
        moved |= step_item(tx, payment_id, item, fact, &detail)?;
    }
    if !moved {
        return Ok(());
    }
    match rejection {
        Some(rejection) => tx.execute(
            "UPDATE gateway_payment SET rejection = ?2 WHERE payment_id = ?1",
            params![payment_id, json(rejection)?],
        )?,
        None => tx.execute(
            "UPDATE gateway_payment SET debited_ms = ?2 WHERE payment_id = ?1",
            params![payment_id, now_ms],
        )?,
    };
    touch(tx, payment_id, now_ms)
}

/// Takes in a fact about one item.
pub(crate) fn learn(
    tx: &Transaction<'_>,
    payment_id: &str,
    position: u32,
    fact: Fact,
    detail: &Detail,
    now_ms: i64,
) -> Reply<StoredItem> {
    let payment = load(tx, payment_id)?;
    let item = payment.items.iter().find(|item| item.position == position);
    let item = item.ok_or_else(|| Refusal::not_found("no such item"))?;
    if step_item(tx, payment_id, item, fact, detail)? {
        touch(tx, payment_id, now_ms)?;
    }
    let items = load(tx, payment_id)?.items;
    items
        .into_iter()
        .find(|item| item.position == position)
        .ok_or_else(|| Refusal::not_found("no such item"))
}

/// Whether the item moved.
fn step_item(tx: &Transaction<'_>, payment_id: &str, item: &StoredItem, fact: Fact, detail: &Detail) -> Reply<bool> {
    let next = match item.stage.step(fact) {
        Step::To(next) => next,
        Step::Known => return Ok(false),
        Step::Contradiction => {
            tracing::error!(payment_id, position = item.position, stage = ?item.stage, ?fact, "contradicts what is known");
            return Ok(false);
        }
    };
    tx.execute(
        "UPDATE gateway_payment_item SET stage = ?3, posting_id = COALESCE(?4, posting_id), receipt = COALESCE(?5, receipt),
             rejection = COALESCE(?6, rejection)
         WHERE payment_id = ?1 AND position = ?2",
        params![
            payment_id,
            item.position,
            next.name(),
            detail.posting_id,
            detail.receipt,
            detail.rejection.as_ref().map(json).transpose()?
        ],
    )?;
    if next.is_final() {
        tx.execute(
            "DELETE FROM gateway_bill_lock WHERE agency_id = ?1 AND bill_id = ?2 AND payment_id = ?3",
            [&item.agency_id, &item.bill_id, payment_id],
        )?;
    }
    Ok(true)
}

/// After items moved: the payment's stage, revision and event.
fn touch(tx: &Transaction<'_>, payment_id: &str, now_ms: i64) -> Reply<()> {
    let payment = load(tx, payment_id)?;
    let stages: Vec<ItemStage> = payment.items.iter().map(|item| item.stage).collect();
    tx.execute(
        "UPDATE gateway_payment SET stage = ?2, updated_ms = ?3, revision = revision + 1 WHERE payment_id = ?1",
        params![payment_id, PaymentStage::of(&stages).name(), now_ms],
    )?;
    tell(tx, payment_id, &payment.subject, now_ms)
}

fn tell(tx: &Transaction<'_>, payment_id: &str, subject: &str, now_ms: i64) -> Reply<()> {
    let data = EventData {
        payment_id: Some(payment_id.to_owned()),
        ..EventData::default()
    };
    events::append(
        tx,
        Told::One(subject),
        events::GATEWAY,
        kind::PAYMENT_CHANGED,
        now_ms,
        &data,
    )
}

const SELECT: &str =
    "SELECT seq, payment_id, subject, idempotency_key, request_digest, instrument_id, paid_with, stage,
    total_fils, debited_ms, created_ms, updated_ms, revision, rejection FROM gateway_payment";

/// A payment that is known to be there.
pub(crate) fn load(tx: &Transaction<'_>, payment_id: &str) -> Reply<Stored> {
    find(tx, "payment_id = ?1", &[&payment_id])?.ok_or_else(|| Refusal::not_found("no such payment"))
}

/// A person's payment, by its identifier.
pub(crate) fn of_subject(tx: &Transaction<'_>, subject: &str, payment_id: &str) -> Reply<Option<Stored>> {
    find(tx, "subject = ?1 AND payment_id = ?2", &[&subject, &payment_id])
}

/// A person's payment, by the key that it was made with.
pub(crate) fn by_key(tx: &Transaction<'_>, subject: &str, key: &str) -> Reply<Option<Stored>> {
    find(tx, "subject = ?1 AND idempotency_key = ?2", &[&subject, &key])
}

/// A person's payments before a position, newest first.
pub(crate) fn page(tx: &Transaction<'_>, subject: &str, before_seq: i64, at_most: u32) -> Reply<Vec<Stored>> {
    let mut statement = tx.prepare(&format!(
        "{SELECT} WHERE subject = ?1 AND seq < ?2 ORDER BY seq DESC LIMIT ?3"
    ))?;
    let rows: Vec<Stored> = statement
        .query_map(params![subject, before_seq, at_most], read)?
        .collect::<rusqlite::Result<_>>()?;
    rows.into_iter().map(|payment| with_items(tx, payment)).collect()
}

/// The payments that something is still to be done for, oldest first.
pub(crate) fn unfinished(tx: &Transaction<'_>, at_most: u32) -> rusqlite::Result<Vec<String>> {
    tx.prepare("SELECT payment_id FROM gateway_payment WHERE stage IN ('recorded', 'debited') ORDER BY seq LIMIT ?1")?
        .query_map([at_most], |row| row.get(0))?
        .collect()
}

fn find(tx: &Transaction<'_>, condition: &str, values: &[&dyn rusqlite::ToSql]) -> Reply<Option<Stored>> {
    let found = tx
        .query_row(&format!("{SELECT} WHERE {condition}"), values, read)
        .optional()?;
    found.map(|payment| with_items(tx, payment)).transpose()
}

fn with_items(tx: &Transaction<'_>, mut payment: Stored) -> Reply<Stored> {
    let mut statement = tx.prepare(
        "SELECT position, agency_id, bill_id, reference, bill_revision, amount_fils, stage, receipt, rejection
         FROM gateway_payment_item WHERE payment_id = ?1 ORDER BY position",
    )?;
    let rows = statement.query_map([&payment.payment_id], |row| {
        Ok(StoredItem {
            position: row.get(0)?,
            agency_id: row.get(1)?,
            bill_id: row.get(2)?,
            reference: row.get(3)?,
            bill_revision: row.get(4)?,
            amount_fils: row.get(5)?,
            stage: named(row, 6, ItemStage::by_name)?,
            receipt: row.get(7)?,
            rejection: parsed(row, 8)?,
        })
    })?;
    payment.items = rows.collect::<rusqlite::Result<_>>()?;
    Ok(payment)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Stored> {
    Ok(Stored {
        seq: row.get(0)?,
        payment_id: row.get(1)?,
        subject: row.get(2)?,
        idempotency_key: row.get(3)?,
        request_digest: row.get(4)?,
        instrument_id: row.get(5)?,
        paid_with: row.get(6)?,
        stage: named(row, 7, PaymentStage::by_name)?,
        total_fils: row.get(8)?,
        debited_ms: row.get(9)?,
        created_ms: row.get(10)?,
        updated_ms: row.get(11)?,
        revision: row.get(12)?,
        rejection: parsed(row, 13)?,
        items: Vec::new(),
    })
}

fn named<T>(row: &Row<'_>, column: usize, by_name: impl Fn(&str) -> Option<T>) -> rusqlite::Result<T> {
    let name: String = row.get(column)?;
    by_name(&name).ok_or_else(|| unreadable(column, format!("`{name}` is no stage").into()))
}

fn parsed<T: serde::de::DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<T>> {
    let text: Option<String> = row.get(column)?;
    text.map(|text| serde_json::from_str(&text).map_err(|error| unreadable(column, error.into())))
        .transpose()
}

fn unreadable(column: usize, cause: Box<dyn std::error::Error + Send + Sync>) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, cause)
}

fn json(value: &impl serde::Serialize) -> Reply<String> {
    serde_json::to_string(value).map_err(|error| Refusal::internal(&error))
}
