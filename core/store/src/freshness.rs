//! How fresh each agency's bills are, in the cache: when it last answered, when it was last asked, what went wrong, and what
//! to say to be told only of changes.

use crate::{Store, StoreError};
use rabt_domain::{AgencyId, Timestamp};

/// The room.
#[derive(Clone, Copy, Debug)]
pub struct FreshnessRoom<'a> {
    pub(crate) store: &'a Store,
}

/// How fresh an agency's bills are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Freshness {
    /// Which agency.
    pub agency: AgencyId,
    /// When it last answered completely.
    pub succeeded_at: Option<Timestamp>,
    /// When it was last asked.
    pub attempted_at: Timestamp,
    /// What went wrong the last time, as a stable code; `None` where nothing did.
    pub error: Option<String>,
    /// What names the state of its last complete answer.
    pub etag: Option<String>,
    /// How long its last complete answer took.
    pub took_ms: Option<u32>,
}

impl FreshnessRoom<'_> {
    /// One agency's, where it was ever asked.
    ///
    /// # Errors
    /// Those of the disk. A damaged entry is dropped and `None`.
    pub fn get(&self, agency: &AgencyId) -> Result<Option<Freshness>, StoreError> {
        let _ = agency;
        todo!()
    }

    /// Every agency's that was ever asked, by name.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn all(&self) -> Result<Vec<Freshness>, StoreError> {
        todo!()
    }

    /// Notes that an agency said that nothing has changed (`304`): a success that brought no bills. A complete answer is noted
    /// by [`finish`](crate::bills::Bills::finish).
    ///
    /// # Errors
    /// Those of the disk.
    pub fn not_modified(&self, agency: &AgencyId, at: Timestamp, took_ms: u32) -> Result<(), StoreError> {
        let _ = (agency, at, took_ms);
        todo!()
    }

    /// Notes that an agency did not answer, or not completely. What it said before stays.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn failed(&self, agency: &AgencyId, at: Timestamp, error: &str) -> Result<(), StoreError> {
        let _ = (agency, at, error);
        todo!()
    }
}
