//! The bills, in the cache: taken in as they arrive, read by page, searched and summed up.

mod block;
mod cursor;
mod find;
mod heal;
mod label;
mod normalise;
mod page;
mod pass;
mod query;
mod summary;
#[cfg(test)]
mod tests;
mod write;

pub(crate) use pass::OpenPasses;
pub use pass::Pass;
pub use query::{BillPage, BillQuery, Order, Standing, StoredBill};
pub use summary::{AgencySummary, Summary, Tally, WeekSummary};

use crate::{Store, StoreError, agency};
use rabt_domain::{AgencyId, Bill, BillKey, Directory, DubaiDate, Timestamp};

/// The room.
#[derive(Clone, Copy, Debug)]
pub struct Bills<'a> {
    pub(crate) store: &'a Store,
}

/// What a pass has changed so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PassCounts {
    /// Bills that were not known.
    pub new: u32,
    /// Bills that are different.
    pub changed: u32,
    /// Bills that were open and are no longer mentioned.
    pub gone: u32,
}

/// How a complete answer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer<'a> {
    /// When it was complete.
    pub at: Timestamp,
    /// What names its state.
    pub etag: Option<&'a str>,
    /// How long it took.
    pub took_ms: u32,
}

impl Bills<'_> {
    /// Tells the search what the agencies and their kinds of bills are called. To be called whenever the directory changes; a
    /// call that changes nothing is cheap.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn know_agencies(&self, directory: &Directory) -> Result<(), StoreError> {
        let is_known = self.store.cache_read(|tx| {
            for agency in &directory.agencies {
                if !agency::knows(tx, agency)? {
                    return Ok(false);
                }
            }
            Ok(true)
        })?;
        if is_known {
            return Ok(());
        }
        self.store.cache_write(|tx| {
            directory
                .agencies
                .iter()
                .try_for_each(|agency| agency::know(tx, agency).map(|_| ()))
        })
    }

    /// Begins a pass over an agency's bills. An older pass over the same agency is superseded.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn begin_pass(&self, agency: &AgencyId) -> Result<Pass, StoreError> {
        pass::begin(self.store, agency)
    }

    /// Takes in bills as they arrive, in one transaction, and says what this call changed. A bill whose content is the same is
    /// not written again.
    ///
    /// # Errors
    /// [`StoreError::PassSuperseded`]; [`StoreError::TooMany`] beyond
    /// [`BILLS_PER_AGENCY_MAX`](crate::limits::BILLS_PER_AGENCY_MAX); [`StoreError::Bug`] for a bill of another agency; those of the
    /// disk. None of these bills is taken in then.
    pub fn apply(&self, pass: &mut Pass, bills: &[Bill]) -> Result<PassCounts, StoreError> {
        pass::apply(self.store, pass, bills)
    }

    /// Ends a pass whose answer was complete: what was not mentioned becomes what
    /// [`when_not_mentioned`](rabt_domain::BillStatus::when_not_mentioned) says, and the agency's freshness is noted, in one
    /// transaction. Says what the whole pass changed.
    ///
    /// # Errors
    /// [`StoreError::PassSuperseded`]; those of the disk. Nothing is marked then.
    pub fn finish(&self, pass: Pass, answer: &Answer<'_>) -> Result<PassCounts, StoreError> {
        pass::finish(self.store, pass, answer)
    }

    /// Takes in one bill outside a pass, as after it was read again by itself. Says whether anything is different.
    ///
    /// # Errors
    /// As [`apply`](Self::apply).
    pub fn put(&self, bill: &Bill) -> Result<bool, StoreError> {
        pass::put(self.store, bill)
    }

    /// A page of bills.
    ///
    /// Bills that arrive while a person pages through are seen if they belong after the cursor; none is seen twice, and none
    /// is left out, unless its due day changes meanwhile.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] on `limit`, `cursor`, `due` or `search`; those of the disk.
    pub fn page(&self, query: &BillQuery) -> Result<BillPage, StoreError> {
        page::page(self.store, query)
    }

    /// One bill.
    ///
    /// # Errors
    /// Those of the disk. A damaged bill is dropped and `None`.
    pub fn get(&self, key: &BillKey) -> Result<Option<StoredBill>, StoreError> {
        page::get(self.store, key)
    }

    /// The open bills by agency and by due week.
    ///
    /// # Errors
    /// Those of the disk. Damaged bills are dropped and not counted.
    pub fn summary(&self, today: DubaiDate) -> Result<Summary, StoreError> {
        summary::summary(self.store, today)
    }

    /// Forgets all that an agency said, as when a consent to it is withdrawn: bills, freshness, accounts.
    ///
    /// # Errors
    /// Those of the disk; nothing is forgotten then.
    pub fn forget(&self, agency: &AgencyId) -> Result<(), StoreError> {
        self.store.passes().forget(agency);
        self.store.cache_write(|tx| {
            let found = agency::find_agency(tx, agency)?;
            agency::forget(tx, found.as_slice())
        })
    }
}
