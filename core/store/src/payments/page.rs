//! Pages of payments and of receipts.

use super::{PaymentPage, ReceiptPage, records};
use crate::{
    StoreError,
    file::{Database, Fault},
    newest_first::{Position, begin, end},
    seal::Place,
};

/// What a cursor is for.
const PAYMENTS: Place<'_> = Place {
    table: "payment cursor",
    row: &[],
};
const RECEIPTS: Place<'_> = Place {
    table: "receipt cursor",
    row: &[],
};

pub(super) fn payments(ledger: &Database, cursor: Option<&str>, limit: u16) -> Result<PaymentPage, StoreError> {
    let (from, limit) = begin(ledger, PAYMENTS, cursor, limit)?;
    let (payments, damaged, last) = ledger.read(|tx| {
        let mut statement = tx.prepare_cached(
            "SELECT created_ms, seq, mac, finished, payload FROM payment WHERE (created_ms, seq) < (?1, ?2)
             ORDER BY created_ms DESC, seq DESC LIMIT ?3",
        )?;
        let mut rows = statement.query((from.at_ms, from.seq, limit + 1))?;
        let (mut payments, mut damaged, mut last) = (Vec::new(), 0, None);
        while let Some(row) = rows.next()? {
            if payments.len() + damaged == limit {
                return Ok((payments, damaged, last));
            }
            last = Some(Position {
                at_ms: row.get(0)?,
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
                at_ms: 0,
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
