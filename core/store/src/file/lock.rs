//! The folder's lock: one store at a time, over all processes.

use super::from_io;
use crate::StoreError;
use std::{
    fs::{File, TryLockError},
    path::Path,
};

/// Its name. The file is never removed: whoever removed it could let a third in beside a second.
const NAME: &str = "lock";

/// Held as long as it lives. The operating system lets it go when the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct FolderLock {
    _file: File,
}

impl FolderLock {
    /// Takes it, or says that somebody else has it; it never waits.
    pub(crate) fn take(folder: &Path) -> Result<Self, StoreError> {
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(folder.join(NAME))
            .map_err(from_io)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(StoreError::InUse {
                folder: folder.to_owned(),
            }),
            Err(TryLockError::Error(error)) => Err(from_io(error)),
        }
    }
}
