//! Writing one bill.

use super::{
    label::{self, LabelWriter},
    normalise,
};
use crate::{
    file::{Fault, Tx, encode},
    rows::{
        bill::{BillRow, TABLE},
        code::Code as _,
    },
    seal::Mac,
};
use rabt_domain::{Bill, BillKey};
use rusqlite::OptionalExtension as _;

/// The place of the sealed amount that sums are made of.
pub(super) const AMOUNT: &str = "bill amount";
/// The purposes of look-ups.
const BILL: &str = "bill";
const NUMBER: &str = "number";
const ENDING: &str = "number ending";

/// What writing a bill did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// It was not known.
    New,
    /// It is different.
    Changed,
    /// It is the same, and nothing was written.
    Same,
}

/// What a bill is found by.
pub(super) fn bill_mac(tx: &Tx<'_>, key: &BillKey) -> Mac {
    tx.mac(BILL, &[key.agency.as_str(), key.bill.as_str()])
}

/// What a whole number is found by.
pub(super) fn number_mac(tx: &Tx<'_>, number: &str) -> Mac {
    tx.mac(NUMBER, &[number])
}

/// What a number is found by from its last characters.
pub(super) fn ending_mac(tx: &Tx<'_>, ending: &str) -> Mac {
    tx.mac(ENDING, &[ending])
}

/// Writes a bill, new or known, and says which number it has.
pub(super) fn write(tx: &Tx<'_>, labels: &mut LabelWriter, bill: &Bill) -> Result<(i64, Written), Fault> {
    let mac = bill_mac(tx, &bill.key);
    let payload = encode(&BillRow::from(bill))?;
    let content = tx.content(TABLE, &payload);
    let known: Option<(i64, Vec<u8>)> = tx
        .prepare_cached("SELECT id, content FROM bill WHERE mac = ?1")?
        .query_row([mac.as_slice()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    if let Some((id, kept)) = &known
        && *kept == content
    {
        return Ok((*id, Written::Same));
    }
    let id: i64 = tx
        .prepare_cached(
            "INSERT INTO bill (mac, agency, account, label, kind, status, open, due, content, amount)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
             ON CONFLICT (mac) DO UPDATE SET
                 account = excluded.account, label = excluded.label, kind = excluded.kind, status = excluded.status,
                 open = excluded.open, due = excluded.due, content = excluded.content, amount = excluded.amount
             RETURNING id",
        )?
        .query_row(
            (
                mac.as_slice(),
                labels.agency(),
                label::account_of(tx, bill).as_slice(),
                labels.label_of(tx, bill)?,
                bill.kind.code(),
                bill.status.code(),
                bill.status.is_open(),
                bill.due_on.epoch_days(),
                content.as_slice(),
                tx.seal_number(AMOUNT, &mac, bill.amount.reveal().get())?,
            ),
            |row| row.get(0),
        )?;
    tx.prepare_cached("INSERT OR REPLACE INTO bill_payload (bill, payload) VALUES (?1, ?2)")?
        .execute((id, tx.seal_bytes(TABLE, &mac, &payload)?))?;
    write_numbers(tx, id, known.is_some(), bill)?;
    Ok((
        id,
        if known.is_some() {
            Written::Changed
        } else {
            Written::New
        },
    ))
}

fn write_numbers(tx: &Tx<'_>, id: i64, known: bool, bill: &Bill) -> Result<(), Fault> {
    if known {
        tx.prepare_cached("DELETE FROM bill_number WHERE bill = ?1")?
            .execute([id])?;
    }
    let mut insert = tx.prepare_cached("INSERT OR IGNORE INTO bill_number (mac, bill) VALUES (?1, ?2)")?;
    for number in [bill.reference.reveal().as_str(), bill.key.bill.as_str()] {
        let number = normalise::number(number);
        if number.is_empty() {
            continue;
        }
        insert.execute((number_mac(tx, &number).as_slice(), id))?;
        if let Some(ending) = normalise::ending(&number) {
            insert.execute((ending_mac(tx, ending).as_slice(), id))?;
        }
    }
    Ok(())
}
