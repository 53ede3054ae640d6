//! What the person pays with, in the cache.

use crate::{Store, StoreError};
use rabt_domain::{Instrument, InstrumentId};

/// The room.
#[derive(Clone, Copy, Debug)]
pub struct Instruments<'a> {
    pub(crate) store: &'a Store,
}

impl Instruments<'_> {
    /// Takes the gateway's complete answer in place of its last one, and says whether anything is different.
    ///
    /// # Errors
    /// [`StoreError::TooMany`] beyond [`ACCOUNTS_MAX`](crate::limits::ACCOUNTS_MAX); those of the disk. Nothing is changed then.
    pub fn replace(&self, instruments: &[Instrument]) -> Result<bool, StoreError> {
        let _ = instruments;
        todo!()
    }

    /// Keeps one instrument, as after it was linked, in place of one of the same name.
    ///
    /// # Errors
    /// As [`replace`](Self::replace).
    pub fn put(&self, instrument: &Instrument) -> Result<(), StoreError> {
        let _ = instrument;
        todo!()
    }

    /// One instrument.
    ///
    /// # Errors
    /// Those of the disk. A damaged one is dropped and `None`.
    pub fn get(&self, id: &InstrumentId) -> Result<Option<Instrument>, StoreError> {
        let _ = id;
        todo!()
    }

    /// All instruments, in the gateway's order.
    ///
    /// # Errors
    /// Those of the disk. Damaged ones are dropped.
    pub fn list(&self) -> Result<Vec<Instrument>, StoreError> {
        todo!()
    }

    /// Forgets an instrument; `false` where there is none.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn remove(&self, id: &InstrumentId) -> Result<bool, StoreError> {
        let _ = id;
        todo!()
    }
}
