//! Answers that were refused, in the ledger: the newest thousand.

use crate::{Store, StoreError};
use rabt_domain::Incident;

/// The room.
#[derive(Clone, Copy, Debug)]
pub struct Incidents<'a> {
    pub(crate) store: &'a Store,
}

impl Incidents<'_> {
    /// Notes one. Beyond [`INCIDENTS_MAX`](crate::limits::INCIDENTS_MAX) the oldest is forgotten.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn record(&self, incident: &Incident) -> Result<(), StoreError> {
        let _ = incident;
        todo!()
    }

    /// The newest ones, newest first, at most `limit`. One whose kind is newer than this version is left out.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where one can't be read.
    pub fn newest(&self, limit: usize) -> Result<Vec<Incident>, StoreError> {
        let _ = limit;
        todo!()
    }
}
