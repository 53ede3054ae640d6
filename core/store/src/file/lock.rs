//! The folder's lock: one store at a time, over all processes.

use super::from_io;
use crate::StoreError;
use std::{
    fs::{File, TryLockError},
    path::Path,
    time::{Duration, Instant},
};

/// Its name. The file is never removed: whoever removed it could let a third in beside a second.
const NAME: &str = "lock";
/// How long somebody else may have it before that is believed. A program that this process starts shares what is open until it
/// runs, so that a lock which was just let go seems taken for an instant.
const PATIENCE: Duration = Duration::from_millis(250);
const PAUSE: Duration = Duration::from_millis(10);

/// Held as long as it lives. The operating system lets it go when the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct FolderLock {
    _file: File,
}

impl FolderLock {
    /// Takes it, or says that somebody else has it.
    pub(crate) fn take(folder: &Path) -> Result<Self, StoreError> {
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(folder.join(NAME))
            .map_err(from_io)?;
        let begun = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::WouldBlock) if begun.elapsed() < PATIENCE => std::thread::sleep(PAUSE),
                Err(TryLockError::WouldBlock) => {
                    return Err(StoreError::InUse {
                        folder: folder.to_owned(),
                    });
                }
                Err(TryLockError::Error(error)) => return Err(from_io(error)),
            }
        }
    }
}
