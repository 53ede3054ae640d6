//! What was found of a gateway that keeps to no mandate. A finding stays, whatever is learnt later.

use super::{Mandates, Statement, statements};
use crate::{
    StoreError,
    file::{Fault, Tx},
    limits::FINDINGS_MAX,
    rows::mandate::{FINDING, FindingRow},
    seal::Broken,
};
use rabt_domain::{Bilingual, BillKey, Invalid, InvalidReason, MandateId, Timestamp};
use rusqlite::OptionalExtension as _;
use std::collections::BTreeSet;

/// Names a finding. It is never used again for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FindingId(pub u64);

/// Something that lies outside what the person signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFinding {
    /// What, as a stable code.
    pub code: String,
    /// What to tell the person.
    pub sentence: Bilingual,
    /// The mandate that was claimed, or that is for the bill; `None` where none is.
    pub mandate: Option<MandateId>,
    /// Which bill.
    pub bill: BillKey,
    /// When it was decided; `None` for what wasn't reported.
    pub decided_at: Option<Timestamp>,
    /// When it was found.
    pub found_at: Timestamp,
}

/// A finding as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptFinding {
    /// Its name.
    pub id: FindingId,
    /// What was found.
    pub finding: NewFinding,
    /// When the person disputed it.
    pub disputed_at: Option<Timestamp>,
}

impl Mandates<'_> {
    /// Keeps findings that aren't kept yet (one is told from others by what, which bill and when it was decided), and says how many were
    /// new.
    ///
    /// # Errors
    /// [`StoreError::TooMany`] beyond [`FINDINGS_MAX`]; those of the disk. Nothing is kept then.
    pub fn keep_findings(&self, findings: &[NewFinding]) -> Result<usize, StoreError> {
        self.store.ledger_write(|tx| {
            let mut new = 0;
            for finding in findings {
                new += usize::from(keep(tx, finding)?);
            }
            let count: usize = tx.query_row("SELECT count(*) FROM finding", (), |row| row.get(0))?;
            if count > FINDINGS_MAX {
                return Err(StoreError::TooMany {
                    what: "findings",
                    max: FINDINGS_MAX,
                }
                .into());
            }
            Ok(new)
        })
    }

    /// All findings, oldest first, without those that are damaged.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn findings(&self) -> Result<Vec<KeptFinding>, StoreError> {
        self.store.ledger_read(list)
    }

    /// Notes that a finding is disputed and writes the statements down that go with it, in one transaction; says what was disputed. One
    /// that was disputed before stays as it was, and nothing is written.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] on `finding_id` where there is none; [`StoreError::Damaged`]; those of the disk.
    pub fn dispute(&self, id: FindingId, at: Timestamp, statements: &[Statement]) -> Result<KeptFinding, StoreError> {
        self.store.ledger_write(|tx| {
            let unknown = || StoreError::from(Invalid::new("finding_id", InvalidReason::NotKnown));
            let seq = i64::try_from(id.0).map_err(|_| unknown())?;
            let row: Option<(Vec<u8>, Vec<u8>)> = tx
                .query_row("SELECT mac, payload FROM finding WHERE seq = ?1", [seq], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })
                .optional()?;
            let (mac, sealed) = row.ok_or_else(unknown)?;
            let mut kept = open(tx, seq, &mac, &sealed)?;
            if kept.disputed_at.is_none() {
                kept.disputed_at = Some(at);
                let sealed = tx.seal(FINDING, &mac, &FindingRow::from(&kept))?;
                tx.execute("UPDATE finding SET payload = ?2 WHERE seq = ?1", (seq, sealed))?;
                statements::write_all(tx, statements)?;
            }
            Ok(kept)
        })
    }
}

/// The decisions that something was found about: bill and instant.
pub(super) fn flagged(tx: &Tx<'_>) -> Result<BTreeSet<(BillKey, i64)>, Fault> {
    let found = list(tx)?.into_iter();
    Ok(found
        .filter_map(|kept| Some((kept.finding.bill, kept.finding.decided_at?.millis())))
        .collect())
}

fn list(tx: &Tx<'_>) -> Result<Vec<KeptFinding>, Fault> {
    let mut query = tx.prepare_cached("SELECT seq, mac, payload FROM finding ORDER BY seq")?;
    let mut rows = query.query(())?;
    let mut findings = Vec::new();
    while let Some(row) = rows.next()? {
        let (mac, sealed): (Vec<u8>, Vec<u8>) = (row.get(1)?, row.get(2)?);
        findings.extend(open(tx, row.get(0)?, &mac, &sealed));
    }
    Ok(findings)
}

fn keep(tx: &Tx<'_>, finding: &NewFinding) -> Result<bool, Fault> {
    let decided = finding
        .decided_at
        .map_or_else(String::new, |at| at.millis().to_string());
    let (agency, bill) = (finding.bill.agency.as_str(), finding.bill.bill.as_str());
    let mac = tx.mac(FINDING, &[&finding.code, agency, bill, &decided]);
    let kept = KeptFinding {
        id: FindingId(0),
        finding: finding.clone(),
        disputed_at: None,
    };
    let sealed = tx.seal(FINDING, &mac, &FindingRow::from(&kept))?;
    let new = tx
        .prepare_cached("INSERT OR IGNORE INTO finding (mac, payload) VALUES (?1, ?2)")?
        .execute((mac.as_slice(), sealed))?;
    Ok(new > 0)
}

fn open(tx: &Tx<'_>, seq: i64, mac: &[u8], sealed: &[u8]) -> Result<KeptFinding, Broken> {
    let kept = KeptFinding::try_from(tx.open::<FindingRow>(FINDING, mac, sealed)?)?;
    let id = FindingId(u64::try_from(seq).unwrap_or(0));
    Ok(KeptFinding { id, ..kept })
}
