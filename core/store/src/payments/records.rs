//! Reading and writing the journal's records.

use super::StoredReceipt;
use crate::{
    file::{Fault, Tx},
    rows::payment::{OUTCOME, OutcomeRow, PAYMENT, PaymentRow, RECEIPT, ReceiptRow},
    seal::{Broken, Mac},
    store::Paying,
};
use rabt_domain::{BillKey, IdempotencyKey, Payment, payment::Outcome};
use rusqlite::OptionalExtension as _;
use std::collections::BTreeSet;

/// The purpose of the look-up of a bound bill.
const BOUND: &str = "bound bill";

/// What a payment is found by.
fn payment_mac(tx: &Tx<'_>, key: &IdempotencyKey) -> Mac {
    tx.mac(PAYMENT, &[key.as_str()])
}

fn bound_mac(tx: &Tx<'_>, bill: &BillKey) -> Mac {
    tx.mac(BOUND, &[bill.agency.as_str(), bill.bill.as_str()])
}

/// Opens a record, and checks that its columns say what it says.
pub(super) fn open(tx: &Tx<'_>, mac: &[u8], finished: bool, sealed: &[u8]) -> Result<Payment, Broken> {
    let payment = Payment::try_from(tx.open::<PaymentRow>(PAYMENT, mac, sealed)?)?;
    if finished == payment.state.is_final() {
        Ok(payment)
    } else {
        Err(Broken { table: PAYMENT })
    }
}

/// A payment by its key.
pub(super) fn get(tx: &Tx<'_>, key: &IdempotencyKey) -> Result<Option<Payment>, Fault> {
    let mac = payment_mac(tx, key);
    let row: Option<(bool, Vec<u8>)> = tx
        .prepare_cached("SELECT finished, payload FROM payment WHERE mac = ?1")?
        .query_row([mac.as_slice()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let opened = row.map(|(finished, sealed)| open(tx, &mac, finished, &sealed));
    Ok(opened.transpose()?)
}

/// The payments that aren't finished, oldest first; each by itself, since one may be damaged.
pub(super) fn unfinished(tx: &Tx<'_>) -> Result<Vec<Result<Payment, Broken>>, Fault> {
    let mut statement =
        tx.prepare_cached("SELECT mac, payload FROM payment WHERE finished = 0 ORDER BY created_ms, seq")?;
    let mut rows = statement.query(())?;
    let mut payments = Vec::new();
    while let Some(row) = rows.next()? {
        let (mac, sealed): (Vec<u8>, Vec<u8>) = (row.get(0)?, row.get(1)?);
        payments.push(open(tx, &mac, false, &sealed));
    }
    Ok(payments)
}

/// Which bills are bound. A payment that is damaged names none here; a new one for its bills is refused all the same, by
/// [`bound`].
pub(crate) fn paying(tx: &Tx<'_>) -> Result<Paying, Fault> {
    let payments = unfinished(tx)?.into_iter().filter_map(Result::ok);
    Ok(bindings(payments))
}

/// The bills that payments bind; of two payments the older one counts.
pub(super) fn bindings(payments: impl Iterator<Item = Payment>) -> Paying {
    let mut paying = Paying::new();
    for payment in payments {
        for bill in payment.bound_bills() {
            paying.entry(bill.clone()).or_insert_with(|| payment.key.clone());
        }
    }
    paying
}

/// The bills of a payment that other payments bind: by their records, and by what is noted beside them, which holds also for a
/// record that is damaged.
pub(super) fn bound(tx: &Tx<'_>, payment: &Payment) -> Result<Vec<BillKey>, Fault> {
    let paying = paying(tx)?;
    let mut statement = tx.prepare_cached("SELECT 1 FROM bound_bill WHERE bill = ?1")?;
    let mut bound = Vec::new();
    for item in &payment.items {
        if paying.contains_key(&item.bill) || statement.exists([bound_mac(tx, &item.bill).as_slice()])? {
            bound.push(item.bill.clone());
        }
    }
    Ok(bound)
}

/// Writes a record, which bills it binds, its receipts and its outcome.
pub(super) fn write(tx: &Tx<'_>, payment: &Payment, outcome: Option<&Outcome>) -> Result<(), Fault> {
    let mac = payment_mac(tx, &payment.key);
    let sealed = tx.seal(PAYMENT, &mac, &PaymentRow::from(payment))?;
    let (created_ms, finished) = (payment.created_at.millis(), payment.state.is_final());
    let known: Option<(i64, i64, bool)> = tx
        .prepare_cached("SELECT seq, created_ms, finished FROM payment WHERE mac = ?1")?
        .query_row([mac.as_slice()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    // What stays as it is isn't written again: each index that is touched is a page more that the disk has to take.
    let seq = match known {
        None => {
            tx.prepare_cached("INSERT INTO payment (mac, created_ms, finished, payload) VALUES (?1, ?2, ?3, ?4)")?
                .execute((mac.as_slice(), created_ms, finished, sealed))?;
            tx.last_insert_rowid()
        }
        Some((seq, was_created_ms, was_finished)) if (was_created_ms, was_finished) == (created_ms, finished) => {
            tx.prepare_cached("UPDATE payment SET payload = ?2 WHERE seq = ?1")?
                .execute((seq, sealed))?;
            seq
        }
        Some((seq, ..)) => {
            tx.prepare_cached("UPDATE payment SET created_ms = ?2, finished = ?3, payload = ?4 WHERE seq = ?1")?
                .execute((seq, created_ms, finished, sealed))?;
            seq
        }
    };
    bind(tx, seq, payment)?;
    write_receipts(tx, payment)?;
    if let Some(outcome) = outcome {
        tx.append(OUTCOME, &OutcomeRow::from(outcome))?;
    }
    Ok(())
}

/// Notes which bills a payment binds.
fn bind(tx: &Tx<'_>, seq: i64, payment: &Payment) -> Result<(), Fault> {
    let wanted: BTreeSet<Vec<u8>> = payment.bound_bills().map(|bill| bound_mac(tx, bill).to_vec()).collect();
    // As long as they are: one that damage made shorter goes like any other that isn't wanted.
    let noted: BTreeSet<Vec<u8>> = {
        let mut statement = tx.prepare_cached("SELECT bill FROM bound_bill WHERE payment = ?1")?;
        let rows = statement.query_map([seq], |row| row.get(0))?;
        rows.collect::<Result<_, _>>()?
    };
    let mut unbind = tx.prepare_cached("DELETE FROM bound_bill WHERE bill = ?1 AND payment = ?2")?;
    for bill in noted.difference(&wanted) {
        unbind.execute((bill, seq))?;
    }
    let mut bind = tx.prepare_cached("INSERT INTO bound_bill (bill, payment) VALUES (?1, ?2)")?;
    for bill in wanted.difference(&noted) {
        bind.execute((bill, seq))?;
    }
    Ok(())
}

/// Adds the receipts that aren't there yet. A receipt is never changed and never removed.
fn write_receipts(tx: &Tx<'_>, payment: &Payment) -> Result<(), Fault> {
    let mut insert = tx.prepare_cached("INSERT OR IGNORE INTO receipt (mac, payload) VALUES (?1, ?2)")?;
    for item in &payment.items {
        if let Some(token) = &item.receipt {
            let mac = tx.mac(RECEIPT, &[token.reveal()]);
            insert.execute((
                mac.as_slice(),
                tx.seal(RECEIPT, &mac, &ReceiptRow::new(payment, item, token.reveal()))?,
            ))?;
        }
    }
    Ok(())
}

/// Opens a receipt.
pub(super) fn open_receipt(tx: &Tx<'_>, mac: &[u8], sealed: &[u8]) -> Result<StoredReceipt, Broken> {
    tx.open::<ReceiptRow>(RECEIPT, mac, sealed)?.try_into()
}
