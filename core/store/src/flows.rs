//! Browser hops under way, in the ledger: what was sent along with a person who left for a browser, until they come back or
//! too much time has passed. Each is taken exactly once, so a return that comes twice finds nothing the second time.

use crate::{Secret, Store, StoreError};
use rabt_domain::Timestamp;

/// The room.
#[derive(Clone, Copy, Debug)]
pub struct Flows<'a> {
    pub(crate) store: &'a Store,
}

/// What a hop is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FlowKind {
    /// To sign in.
    SignIn,
    /// To reach a higher assurance level.
    StepUp,
    /// To link a bank account or a card.
    InstrumentLink,
}

/// A hop that came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flow {
    /// What it was for.
    pub kind: FlowKind,
    /// What was put away with it.
    pub payload: Secret,
    /// Until when it would have been taken.
    pub expires_at: Timestamp,
}

impl Flows<'_> {
    /// Puts a hop away under its unguessable `state`, in place of one of the same. Beyond
    /// [`FLOWS_MAX`](crate::limits::FLOWS_MAX) the oldest is forgotten.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn put(&self, kind: FlowKind, state: &str, payload: &Secret, expires_at: Timestamp) -> Result<(), StoreError> {
        let _ = (kind, state, payload, expires_at);
        todo!()
    }

    /// Takes a hop by its `state`: it is gone from then on, also after a kill. `None` where there is none, or it has expired.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where it can't be read: the person begins again.
    pub fn take(&self, state: &str, now: Timestamp) -> Result<Option<Flow>, StoreError> {
        let _ = (state, now);
        todo!()
    }

    /// Forgets the hops that have expired, and says how many.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn purge(&self, now: Timestamp) -> Result<usize, StoreError> {
        let _ = now;
        todo!()
    }
}
