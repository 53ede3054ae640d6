//! Passes: taking in what an agency says of all its bills, page by page, and marking what it no longer mentions once it has
//! said all.
//!
//! Which bills were mentioned is kept in memory, so that a bill that is the same costs no write and a pass that is killed, or
//! fails half-way, marks nothing.

use super::{
    Answer, PassCounts, label,
    write::{Written, write},
};
use crate::{
    Store, StoreError,
    agency::agency_row,
    file::{Fault, Tx},
    freshness,
    limits::BILLS_PER_AGENCY_MAX,
    rows::bill::{BillRow, TABLE},
    store::Files,
};
use rabt_domain::{AgencyId, Bill};
use std::collections::{HashMap, HashSet};

/// A pass over an agency's bills: it knows which were mentioned. Dropped before
/// [`finish`](super::Bills::finish), it marks nothing, and what was applied stays.
#[derive(Debug)]
pub struct Pass {
    agency: AgencyId,
    number: u64,
    epoch: u64,
    mentioned: HashSet<i64>,
    kept: usize,
    counts: PassCounts,
}

impl Pass {
    /// Whose bills.
    pub fn agency(&self) -> &AgencyId {
        &self.agency
    }

    /// What has changed so far.
    pub fn counts(&self) -> PassCounts {
        self.counts
    }
}

/// The newest pass over each agency, and what was put in beside it.
#[derive(Debug, Default)]
pub(crate) struct OpenPasses {
    last: u64,
    newest: HashMap<AgencyId, Newest>,
}

#[derive(Debug)]
struct Newest {
    number: u64,
    /// Bills that were read again by themselves meanwhile; the pass's answer may be older than they are.
    put: HashSet<i64>,
}

impl OpenPasses {
    fn begin(&mut self, agency: &AgencyId) -> u64 {
        self.last += 1;
        let newest = Newest {
            number: self.last,
            put: HashSet::new(),
        };
        self.newest.insert(agency.clone(), newest);
        self.last
    }

    fn check(&self, files: &Files, pass: &Pass) -> Result<&Newest, StoreError> {
        self.newest
            .get(&pass.agency)
            .filter(|newest| newest.number == pass.number && files.epoch() == pass.epoch)
            .ok_or(StoreError::PassSuperseded)
    }

    /// Supersedes every pass. Numbers go on, so that no later pass is taken for one of these.
    pub(crate) fn forget_all(&mut self) {
        self.newest.clear();
    }

    /// Supersedes the pass over an agency, if there is one.
    pub(super) fn forget(&mut self, agency: &AgencyId) {
        self.newest.remove(agency);
    }
}

pub(super) fn begin(store: &Store, agency: &AgencyId) -> Result<Pass, StoreError> {
    store.with(|files| {
        let epoch = files.epoch();
        let kept = files.cache_write(|tx| {
            let row = agency_row(tx, agency)?;
            Ok(tx.query_row("SELECT count(*) FROM bill WHERE agency = ?1", [row], |row| row.get(0))?)
        })?;
        Ok(Pass {
            agency: agency.clone(),
            number: store.passes().begin(agency),
            epoch,
            mentioned: HashSet::new(),
            kept,
            counts: PassCounts::default(),
        })
    })
}

pub(super) fn apply(store: &Store, pass: &mut Pass, bills: &[Bill]) -> Result<PassCounts, StoreError> {
    of_agency(&pass.agency, bills)?;
    store.with(|files| {
        store.passes().check(files, pass)?;
        let (ids, counts) = files.cache_write(|tx| {
            let agency = agency_row(tx, &pass.agency)?;
            label::writing(tx, agency, |labels| {
                let mut counts = PassCounts::default();
                let mut ids = Vec::with_capacity(bills.len());
                for bill in bills {
                    let (id, written) = write(tx, labels, bill)?;
                    ids.push(id);
                    counts.new += u32::from(written == Written::New);
                    counts.changed += u32::from(written == Written::Changed);
                }
                bounded(pass.kept, counts.new)?;
                Ok((ids, counts))
            })
        })?;
        pass.mentioned.extend(ids);
        pass.kept = pass
            .kept
            .saturating_add(usize::try_from(counts.new).unwrap_or(usize::MAX));
        pass.counts.new = pass.counts.new.saturating_add(counts.new);
        pass.counts.changed = pass.counts.changed.saturating_add(counts.changed);
        Ok(counts)
    })
}

pub(super) fn finish(store: &Store, mut pass: Pass, answer: &Answer<'_>) -> Result<PassCounts, StoreError> {
    store.with(|files| {
        // Held until all is marked, so that no bill is put in beside the pass unseen.
        let mut passes = store.passes();
        pass.mentioned.extend(&passes.check(files, &pass)?.put);
        pass.counts.gone = files.cache_write(|tx| {
            let agency = agency_row(tx, &pass.agency)?;
            let gone = mark_gone(tx, agency, &pass.mentioned)?;
            if gone > 0 || pass.counts.changed > 0 {
                label::forget_unused(tx, agency)?;
            }
            freshness::succeeded(tx, &pass.agency, answer)?;
            Ok(gone)
        })?;
        passes.forget(&pass.agency);
        files.confirmed().forget(&pass.agency);
        Ok(pass.counts)
    })
}

pub(super) fn put(store: &Store, bill: &Bill) -> Result<bool, StoreError> {
    store.with(|files| {
        let mut passes = store.passes();
        let (id, written) = files.cache_write(|tx| {
            let agency = agency_row(tx, &bill.key.agency)?;
            let (id, written) = label::writing(tx, agency, |labels| write(tx, labels, bill))?;
            if written == Written::New {
                let kept = tx.query_row("SELECT count(*) FROM bill WHERE agency = ?1", [agency], |row| {
                    row.get(0)
                })?;
                bounded(kept, 0)?;
            }
            Ok((id, written))
        })?;
        if let Some(newest) = passes.newest.get_mut(&bill.key.agency) {
            newest.put.insert(id);
        }
        Ok(written != Written::Same)
    })
}

/// Marks the open bills that were not mentioned. Only open ones change by that, so only they are read.
fn mark_gone(tx: &Tx<'_>, agency: i64, mentioned: &HashSet<i64>) -> Result<u32, Fault> {
    let open: Vec<(i64, Vec<u8>, Option<Vec<u8>>)> = {
        let mut statement = tx.prepare_cached(
            "SELECT bill.id, bill.mac, bill_payload.payload
             FROM bill LEFT JOIN bill_payload ON bill_payload.bill = bill.id WHERE bill.agency = ?1 AND bill.open = 1",
        )?;
        let mut rows = statement.query([agency])?;
        let mut open = Vec::new();
        while let Some(row) = rows.next()? {
            let id = row.get(0)?;
            if !mentioned.contains(&id) {
                open.push((id, row.get(1)?, row.get(2)?));
            }
        }
        open
    };
    label::writing(tx, agency, |labels| {
        let mut gone = 0;
        for (id, mac, sealed) in open {
            let opened = sealed.and_then(|sealed| tx.open::<BillRow>(TABLE, &mac, &sealed).ok());
            match opened.and_then(|row| Bill::try_from(row).ok()) {
                Some(mut bill) => {
                    bill.status = bill.status.when_not_mentioned();
                    write(tx, labels, &bill)?;
                    gone += 1;
                }
                // Damaged and no longer mentioned: nothing brings it back, and nothing says what it was.
                None => {
                    tx.prepare_cached("DELETE FROM bill WHERE id = ?1")?.execute([id])?;
                }
            }
        }
        Ok(gone)
    })
}

fn of_agency(agency: &AgencyId, bills: &[Bill]) -> Result<(), StoreError> {
    if bills.iter().any(|bill| &bill.key.agency != agency) {
        return Err(StoreError::Bug("a bill of another agency was handed in".to_owned()));
    }
    Ok(())
}

fn bounded(kept: usize, new: u32) -> Result<(), StoreError> {
    if kept.saturating_add(usize::try_from(new).unwrap_or(usize::MAX)) > BILLS_PER_AGENCY_MAX {
        return Err(StoreError::TooMany {
            what: "bills of one agency",
            max: BILLS_PER_AGENCY_MAX,
        });
    }
    Ok(())
}
