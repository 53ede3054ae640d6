//! The signed directory, in the ledger: the token as it was signed, so that it is verified again whenever it is read, and the
//! version, so that an older one never takes a newer one's place.

use crate::{Store, StoreError};

/// The room.
#[derive(Clone, Copy, Debug)]
pub struct DirectoryRoom<'a> {
    pub(crate) store: &'a Store,
}

/// The directory as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredDirectory {
    /// Its version.
    pub version: u64,
    /// The compact JWS.
    pub token: String,
}

impl DirectoryRoom<'_> {
    /// The directory, where one was kept.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where it can't be read: [`forget`](Self::forget) it and fetch it again.
    pub fn load(&self) -> Result<Option<StoredDirectory>, StoreError> {
        todo!()
    }

    /// Keeps a directory whose signature was checked. The same version again replaces the token.
    ///
    /// # Errors
    /// [`StoreError::OlderDirectory`] where a newer version is kept.
    pub fn save(&self, directory: &StoredDirectory) -> Result<(), StoreError> {
        let _ = directory;
        todo!()
    }

    /// Forgets a directory that can't be read. The version that was reached is kept, where it can be read, so that this is no
    /// way round [`StoreError::OlderDirectory`].
    ///
    /// # Errors
    /// Those of the disk.
    pub fn forget(&self) -> Result<(), StoreError> {
        todo!()
    }
}
