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
use std::collections::BTreeSet;

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

/// What of a bill lies open: by these columns bills are found and put in order.
type Open = (Vec<u8>, i64, u8, u8, bool, i32);

/// Writes a bill, new or known, and says which number it has. Of a known one only what differs is written: most that change have another
/// amount or another status, and neither concerns most of the indices.
pub(super) fn write(tx: &Tx<'_>, labels: &mut LabelWriter, bill: &Bill) -> Result<(i64, Written), Fault> {
    let mac = bill_mac(tx, &bill.key);
    let payload = encode(&BillRow::from(bill))?;
    let content = tx.content(TABLE, &payload);
    let known: Option<(i64, Vec<u8>, Open)> = tx
        .prepare_cached("SELECT id, content, account, label, kind, status, open, due FROM bill WHERE mac = ?1")?
        .query_row([mac.as_slice()], |row| {
            let open = (
                row.get(2)?,
                row.get(3)?,
                row.get(4)?,
                row.get(5)?,
                row.get(6)?,
                row.get(7)?,
            );
            Ok((row.get(0)?, row.get(1)?, open))
        })
        .optional()?;
    if let Some((id, kept, _)) = &known
        && *kept == content
    {
        return Ok((*id, Written::Same));
    }
    let open: Open = (
        label::account_of(tx, bill).to_vec(),
        labels.label_of(tx, bill)?,
        bill.kind.code(),
        bill.status.code(),
        bill.status.is_open(),
        bill.due_on.epoch_days(),
    );
    let amount = tx.seal_number(AMOUNT, &mac, bill.amount.reveal().get())?;
    let id = match &known {
        Some((id, _, as_before)) if *as_before == open => {
            tx.prepare_cached("UPDATE bill SET content = ?2, amount = ?3 WHERE id = ?1")?
                .execute((id, content.as_slice(), amount))?;
            *id
        }
        Some((id, ..)) => {
            let (account, label, kind, status, is_open, due) = open;
            tx.prepare_cached(
                "UPDATE bill SET content = ?2, amount = ?3, account = ?4, label = ?5, kind = ?6, status = ?7, open = ?8, due = ?9
                 WHERE id = ?1",
            )?
            .execute((id, content.as_slice(), amount, account, label, kind, status, is_open, due))?;
            *id
        }
        None => {
            let (account, label, kind, status, is_open, due) = open;
            tx.prepare_cached(
                "INSERT INTO bill (mac, agency, account, label, kind, status, open, due, content, amount)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?
            .execute((
                mac.as_slice(),
                labels.agency(),
                account,
                label,
                kind,
                status,
                is_open,
                due,
                content.as_slice(),
                amount,
            ))?;
            tx.last_insert_rowid()
        }
    };
    tx.prepare_cached(
        "INSERT INTO bill_payload (bill, payload) VALUES (?1, ?2) ON CONFLICT (bill) DO UPDATE SET payload = excluded.payload",
    )?
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

/// Writes what a bill is found by when somebody types a number, unless it is what it was.
fn write_numbers(tx: &Tx<'_>, id: i64, known: bool, bill: &Bill) -> Result<(), Fault> {
    let mut numbers = BTreeSet::new();
    for number in [bill.reference.reveal().as_str(), bill.key.bill.as_str()] {
        let number = normalise::number(number);
        if number.is_empty() {
            continue;
        }
        numbers.insert(number_mac(tx, &number).to_vec());
        numbers.extend(normalise::ending(&number).map(|ending| ending_mac(tx, ending).to_vec()));
    }
    if known {
        let mut kept = tx.prepare_cached("SELECT mac FROM bill_number WHERE bill = ?1")?;
        let kept: BTreeSet<Vec<u8>> = kept.query_map([id], |row| row.get(0))?.collect::<Result<_, _>>()?;
        if kept == numbers {
            return Ok(());
        }
        tx.prepare_cached("DELETE FROM bill_number WHERE bill = ?1")?
            .execute([id])?;
    }
    let mut insert = tx.prepare_cached("INSERT INTO bill_number (mac, bill) VALUES (?1, ?2)")?;
    for mac in numbers {
        insert.execute((mac, id))?;
    }
    Ok(())
}
