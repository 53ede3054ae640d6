//! Pages of payments and of receipts, and their cursors.

use super::{PaymentPage, ReceiptPage, records};
use crate::{
    StoreError,
    file::{Database, Fault},
    limits::PAGE_MAX,
    seal::Place,
};
use rabt_domain::{Invalid, InvalidReason};

/// What a cursor is for; that of one list doesn't continue the other.
const PAYMENTS: &str = "payment cursor";
const RECEIPTS: &str = "receipt cursor";

/// Where a page ended: by when the payment was made, and by number among those of one instant.
#[derive(Clone, Copy)]
struct Position {
    created_ms: i64,
    seq: i64,
}

/// Before the first page.
const NEWEST: Position = Position {
    created_ms: i64::MAX,
    seq: i64::MAX,
};

pub(super) fn payments(ledger: &Database, cursor: Option<&str>, limit: u16) -> Result<PaymentPage, StoreError> {
    let (from, limit) = begin(ledger, PAYMENTS, cursor, limit)?;
    let (payments, damaged, last) = ledger.read(|tx| {
        let mut statement = tx.prepare_cached(
            "SELECT created_ms, seq, mac, finished, payload FROM payment WHERE (created_ms, seq) < (?1, ?2)
             ORDER BY created_ms DESC, seq DESC LIMIT ?3",
        )?;
        let mut rows = statement.query((from.created_ms, from.seq, limit + 1))?;
        let (mut payments, mut damaged, mut last) = (Vec::new(), 0, None);
        while let Some(row) = rows.next()? {
            if payments.len() + damaged == limit {
                return Ok((payments, damaged, last));
            }
            last = Some(Position {
                created_ms: row.get(0)?,
                seq: row.get(1)?,
            });
            let (mac, sealed): (Vec<u8>, Vec<u8>) = (row.get(2)?, row.get(4)?);
            match records::open(tx, &mac, row.get(3)?, &sealed) {
                Ok(one) => payments.push(one),
                Err(_) => damaged += 1,
            }
        }
        Ok::<_, Fault>((payments, damaged, None))
    })?;
    Ok(PaymentPage {
        payments,
        next: end(ledger, PAYMENTS, last)?,
        damaged: u32::try_from(damaged).unwrap_or(u32::MAX),
    })
}

pub(super) fn receipts(ledger: &Database, cursor: Option<&str>, limit: u16) -> Result<ReceiptPage, StoreError> {
    let (from, limit) = begin(ledger, RECEIPTS, cursor, limit)?;
    let (receipts, damaged, last) = ledger.read(|tx| {
        let mut statement =
            tx.prepare_cached("SELECT seq, mac, payload FROM receipt WHERE seq < ?1 ORDER BY seq DESC LIMIT ?2")?;
        let mut rows = statement.query((from.seq, limit + 1))?;
        let (mut receipts, mut damaged, mut last) = (Vec::new(), 0, None);
        while let Some(row) = rows.next()? {
            if receipts.len() + damaged == limit {
                return Ok((receipts, damaged, last));
            }
            last = Some(Position {
                created_ms: 0,
                seq: row.get(0)?,
            });
            let (mac, sealed): (Vec<u8>, Vec<u8>) = (row.get(1)?, row.get(2)?);
            match records::open_receipt(tx, &mac, &sealed) {
                Ok(one) => receipts.push(one),
                Err(_) => damaged += 1,
            }
        }
        Ok::<_, Fault>((receipts, damaged, None))
    })?;
    Ok(ReceiptPage {
        receipts,
        next: end(ledger, RECEIPTS, last)?,
        damaged: u32::try_from(damaged).unwrap_or(u32::MAX),
    })
}

fn begin(
    ledger: &Database,
    list: &'static str,
    cursor: Option<&str>,
    limit: u16,
) -> Result<(Position, usize), StoreError> {
    match limit {
        0 => return Err(Invalid::new("limit", InvalidReason::TooSmall).into()),
        limit if limit > PAGE_MAX => return Err(Invalid::new("limit", InvalidReason::TooLarge).into()),
        _ => {}
    }
    let from = match cursor {
        None => NEWEST,
        Some(text) => open(ledger, list, text).ok_or_else(|| Invalid::new("cursor", InvalidReason::Malformed))?,
    };
    Ok((from, usize::from(limit)))
}

fn open(ledger: &Database, list: &'static str, text: &str) -> Option<Position> {
    let bytes = ledger.keys().open_text(Place { table: list, row: &[] }, text)?;
    let (created_ms, seq) = bytes.split_first_chunk::<8>()?;
    Some(Position {
        created_ms: i64::from_be_bytes(*created_ms),
        seq: i64::from_be_bytes(seq.try_into().ok()?),
    })
}

fn end(ledger: &Database, list: &'static str, last: Option<Position>) -> Result<Option<String>, StoreError> {
    last.map(|last| {
        let bytes: Vec<u8> = [last.created_ms, last.seq]
            .into_iter()
            .flat_map(i64::to_be_bytes)
            .collect();
        ledger.keys().seal_text(Place { table: list, row: &[] }, &bytes)
    })
    .transpose()
}
