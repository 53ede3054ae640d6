//! The signed directory, in the ledger: the token as it was signed, so that it is verified again whenever it is read, and the
//! version, so that an older one never takes a newer one's place.

use crate::{
    Store, StoreError,
    file::{Fault, Tx},
};
use serde::{Deserialize, Serialize};

/// The room.
#[derive(Clone, Copy, Debug)]
pub struct DirectoryRoom<'a> {
    pub(crate) store: &'a Store,
}

/// The slots: the version stands apart, so that it outlives a token that was forgotten.
const DIRECTORY: &str = "directory";
const VERSION: &str = "directory version";

#[derive(Serialize, Deserialize)]
struct DirectoryRow {
    version: u64,
    token: String,
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
        self.store.ledger_read(|tx| {
            let row: Option<DirectoryRow> = tx.slot(DIRECTORY)?;
            Ok(row.map(|DirectoryRow { version, token }| StoredDirectory { version, token }))
        })
    }

    /// Keeps a directory whose signature was checked. The same version again replaces the token.
    ///
    /// # Errors
    /// [`StoreError::OlderDirectory`] where a newer version is kept.
    pub fn save(&self, directory: &StoredDirectory) -> Result<(), StoreError> {
        self.store.ledger_write(|tx| {
            let kept: u64 = tx.slot(VERSION)?.unwrap_or(0);
            let given = directory.version;
            if given < kept {
                return Err(StoreError::OlderDirectory { kept, given }.into());
            }
            let row = DirectoryRow {
                version: given,
                token: directory.token.clone(),
            };
            tx.set_slot(DIRECTORY, &row)?;
            tx.set_slot(VERSION, &given)
        })
    }

    /// Forgets a directory that can't be read. The version that was reached is kept, where it can be read, so that this is no
    /// way round [`StoreError::OlderDirectory`].
    ///
    /// # Errors
    /// Those of the disk.
    pub fn forget(&self) -> Result<(), StoreError> {
        self.store.ledger_write(|tx: &Tx<'_>| {
            tx.clear_slot(DIRECTORY)?;
            match tx.slot::<u64>(VERSION) {
                Err(Fault::Broken(_)) => tx.clear_slot(VERSION),
                Err(fault) => Err(fault),
                Ok(_) => Ok(()),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Fixture;

    fn version(version: u64) -> StoredDirectory {
        StoredDirectory {
            version,
            token: format!("token-{version}"),
        }
    }

    #[test]
    fn an_older_directory_never_takes_a_newer_ones_place() {
        let fixture = Fixture::new();
        fixture.store.directory().save(&version(7)).unwrap();
        let fixture = fixture.reopened(|_| {});
        let room = fixture.store.directory();
        let older = room.save(&version(6));
        assert!(matches!(older, Err(StoreError::OlderDirectory { kept: 7, given: 6 })));
        assert_eq!(room.load().unwrap(), Some(version(7)));
        room.save(&version(7)).unwrap();
        room.save(&version(8)).unwrap();
        assert_eq!(room.load().unwrap(), Some(version(8)));
    }

    #[test]
    fn forgetting_is_no_way_round_the_version() {
        let fixture = Fixture::new();
        let room = fixture.store.directory();
        room.save(&version(7)).unwrap();
        room.forget().unwrap();
        assert_eq!(room.load().unwrap(), None);
        assert!(room.save(&version(6)).is_err());
        room.save(&version(7)).unwrap();
    }
}
