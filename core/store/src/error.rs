//! What can go wrong with the store, told apart by what to do about it.

use crate::SecretStoreError;
use rabt_domain::Invalid;
use std::{fmt, io, path::PathBuf};

/// One of the two files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StoreFile {
    /// `cache.db`: what the agencies said; it comes back by a refresh.
    Cache,
    /// `ledger.db`: what the person did; it comes from nowhere else.
    Ledger,
}

impl StoreFile {
    /// Its name in the folder.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cache => "cache.db",
            Self::Ledger => "ledger.db",
        }
    }
}

impl fmt::Display for StoreFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why the store did not do what it was asked. Whatever it is, nothing was changed, unless the variant says otherwise.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another process, or another `Store` of this one, has the folder open.
    #[error("another process has the store in {folder} open: close it there, or release it, and open again")]
    InUse {
        /// The folder.
        folder: PathBuf,
    },
    /// The store was released, as before a suspension.
    #[error("the store is released: reacquire it first")]
    Released,
    /// The person signed out and the files are gone.
    #[error("the store was destroyed by a sign-out: open it anew")]
    Destroyed,
    /// The key can't be read now. No new one was made, so nothing is lost.
    #[error("the store's key can't be read now: try again once the device is unlocked")]
    KeyUnavailable(#[source] SecretStoreError),
    /// A file was written by a newer version. It was left untouched.
    #[error("{file} is of version {found}, and this version knows up to {known}: update the app")]
    TooNew {
        /// Which.
        file: StoreFile,
        /// The file's version.
        found: u32,
        /// The newest that is known here.
        known: u32,
    },
    /// A file, or a row of it, isn't what was written. A damaged cache has been emptied by the time that this is returned, and
    /// a refresh fills it again. A damaged ledger is left as it is: what is broken is refused, the rest can be read, lists leave
    /// it out, and a file that is broken as a whole is set aside at the next opening.
    #[error(
        "{file} is damaged ({what}): refresh the cache, or open the store again so that a broken ledger is set aside"
    )]
    Damaged {
        /// Which.
        file: StoreFile,
        /// Which table, or what SQLite says.
        what: String,
    },
    /// The device is full.
    #[error("the device is full: free some space and try again")]
    Full,
    /// The folder or a file can't be written to.
    #[error("the store can't be written to: check the folder's permissions")]
    ReadOnly,
    /// Somebody holds a lock within a file for too long.
    #[error("a file of the store is locked by somebody else: try again")]
    Locked,
    /// The operating system failed to read or write.
    #[error("the store's folder can't be read or written: {0}")]
    Io(#[source] io::Error),
    /// An argument is refused: a cursor, a limit, a search text.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The directory is older than the one that is kept.
    #[error("directory version {given} is older than version {kept}, which is kept")]
    OlderDirectory {
        /// What is kept.
        kept: u64,
        /// What was given.
        given: u64,
    },
    /// A newer pass over the same agency has begun, or the cache was emptied since this one began. Begin again.
    #[error("a newer pass over the agency has begun: drop this one")]
    PassSuperseded,
    /// More than is kept.
    #[error("more than {max} {what} are not kept")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// The bound.
        max: usize,
    },
    /// Something that can't be unless this crate is wrong.
    #[error("a defect of the store: {0}")]
    Bug(String),
}
