//! The door: opening, releasing, reacquiring and destroying the store, and the way to each room.

use crate::{
    SecretStore, StoreError, accounts::Accounts, bills::Bills, consents::Consents, directory::DirectoryRoom,
    events::Events, flows::Flows, freshness::FreshnessRoom, incidents::Incidents, instruments::Instruments,
    payments::Payments, session::Session,
};
use rabt_domain::Timestamp;
use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

/// The store. Cheap to clone; every clone is the same store.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {}

/// What was found when the store was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenReport {
    /// The key.
    pub key: KeyReport,
    /// The cache.
    pub cache: CacheReport,
    /// The ledger.
    pub ledger: LedgerReport,
}

/// What was found of the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyReport {
    /// It is the one that the files were written with.
    Existing,
    /// There were neither key nor files: a first start, or the first after a sign-out.
    Created,
    /// The files were written with a key that is gone. They were set aside, and the person signs in again.
    LostAndReplaced,
}

/// What was found of the cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CacheReport {
    /// Nothing wrong.
    Healthy,
    /// It was replaced by an empty one: refresh.
    Healed {
        /// Why.
        reason: HealReason,
    },
}

/// Why a cache was replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HealReason {
    /// It is damaged.
    Damaged,
    /// It was written with another key.
    OtherKey,
    /// It is gone, and the ledger is there.
    Missing,
}

/// What was found of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LedgerReport {
    /// Nothing wrong.
    Healthy,
    /// It can't be used, and lies beside a new one, untouched.
    SetAside {
        /// Where it lies.
        path: PathBuf,
        /// Why.
        reason: SetAsideReason,
    },
    /// It is gone although the key and the cache are there: somebody removed it.
    Missing,
}

/// Why a ledger was set aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetAsideReason {
    /// It is damaged.
    Damaged,
    /// It was written with a key that is gone.
    KeyLost,
}

impl Store {
    /// Opens the store in a folder, which is made where there is none, and takes its lock.
    ///
    /// `now` names what is set aside. Nothing that was kept is ever overwritten: a ledger that can't be used is renamed, and the
    /// [`OpenReport`] says where it lies.
    ///
    /// # Errors
    /// [`StoreError::InUse`], [`StoreError::KeyUnavailable`], [`StoreError::TooNew`] and those of the disk; all of them leave the
    /// folder as it was.
    pub fn open(
        folder: impl AsRef<Path>,
        secrets: Arc<dyn SecretStore>,
        now: Timestamp,
    ) -> Result<(Self, OpenReport), StoreError> {
        let _ = (folder.as_ref(), secrets, now);
        todo!()
    }

    /// Waits for the calls under way, closes both files and lets the lock go, as an app must before it is suspended (iOS kills
    /// one that holds a lock). Until [`Store::reacquire`] every call is [`StoreError::Released`]. Releasing twice does nothing.
    pub fn release(&self) {
        todo!()
    }

    /// Opens again what [`Store::release`] closed, with all the checks of [`Store::open`]. Does nothing where it is open.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn reacquire(&self, now: Timestamp) -> Result<Option<OpenReport>, StoreError> {
        let _ = now;
        todo!()
    }

    /// Signs out: destroys the key, then both files and what was set aside. Once the key is gone nothing can be read again;
    /// interrupted anywhere, the next opening finishes it. Afterwards every call is [`StoreError::Destroyed`].
    ///
    /// # Errors
    /// [`StoreError::KeyUnavailable`] where the key could not be destroyed now: the sign-out is noted, and the next opening or
    /// another call finishes it. Those of the disk, likewise.
    pub fn destroy(&self) -> Result<(), StoreError> {
        todo!()
    }

    /// The session and the device's key.
    pub fn session(&self) -> Session<'_> {
        Session { store: self }
    }

    /// Browser hops under way.
    pub fn flows(&self) -> Flows<'_> {
        Flows { store: self }
    }

    /// The signed directory.
    pub fn directory(&self) -> DirectoryRoom<'_> {
        DirectoryRoom { store: self }
    }

    /// How fresh each agency's bills are.
    pub fn freshness(&self) -> FreshnessRoom<'_> {
        FreshnessRoom { store: self }
    }

    /// What the person consented to.
    pub fn consents(&self) -> Consents<'_> {
        Consents { store: self }
    }

    /// What the person holds with the agencies.
    pub fn accounts(&self) -> Accounts<'_> {
        Accounts { store: self }
    }

    /// What the person pays with.
    pub fn instruments(&self) -> Instruments<'_> {
        Instruments { store: self }
    }

    /// The bills.
    pub fn bills(&self) -> Bills<'_> {
        Bills { store: self }
    }

    /// The journal of payments, their outcomes and receipts.
    pub fn payments(&self) -> Payments<'_> {
        Payments { store: self }
    }

    /// Answers that were refused.
    pub fn incidents(&self) -> Incidents<'_> {
        Incidents { store: self }
    }

    /// Where reading the gateway's events stands.
    pub fn events(&self) -> Events<'_> {
        Events { store: self }
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}
