//! The door: opening, releasing, reacquiring and destroying the store, and the way to each room.

mod files;
mod health;
mod opening;
mod report;

pub(crate) use files::{Files, Paying};
pub use health::DamagedRows;
pub use report::{CacheReport, HealReason, KeyReport, LedgerReport, OpenReport, SetAsideReason};

use crate::{
    SecretStore, StoreError,
    accounts::Accounts,
    bills::{Bills, OpenPasses},
    consents::Consents,
    directory::DirectoryRoom,
    events::Events,
    file::{Fault, Folder, FolderLock, Tx},
    flows::Flows,
    freshness::FreshnessRoom,
    incidents::Incidents,
    instruments::Instruments,
    mandates::Mandates,
    payments::Payments,
    session::Session,
};
use rabt_domain::Timestamp;
use std::{
    fmt,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
};

/// The store. Cheap to clone; every clone is the same store.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    folder: Folder,
    secrets: Arc<dyn SecretStore>,
    state: RwLock<State>,
    passes: Mutex<OpenPasses>,
    /// Held while a payment is written and its bills are marked, so that two writers can't mark in another order than they wrote.
    journal: Mutex<()>,
}

enum State {
    Open(Box<Files>),
    Released,
    Destroyed,
}

impl Store {
    /// Opens the store in a folder, which is made where there is none, and takes its lock.
    ///
    /// `now` names what is set aside. Nothing that was kept is ever overwritten: a ledger that can't be used is renamed, and the
    /// [`OpenReport`] says what it is called now.
    ///
    /// # Errors
    /// [`StoreError::InUse`], [`StoreError::KeyUnavailable`], [`StoreError::TooNew`] and those of the disk; all of them leave both
    /// files as they were.
    pub fn open(
        folder: impl AsRef<Path>,
        secrets: Arc<dyn SecretStore>,
        now: Timestamp,
    ) -> Result<(Self, OpenReport), StoreError> {
        let folder = Folder::make(folder.as_ref())?;
        let (files, report) = opening::open(&folder, &*secrets, now)?;
        let store = Self {
            inner: Arc::new(Inner {
                folder,
                secrets,
                state: RwLock::new(State::Open(Box::new(files))),
                passes: Mutex::default(),
                journal: Mutex::default(),
            }),
        };
        Ok((store, report))
    }

    /// Waits for the calls under way, closes both files and lets the lock go, as an app must before it is suspended (iOS kills
    /// one that holds a lock). Until [`Store::reacquire`] every call is [`StoreError::Released`]. Releasing twice does nothing.
    pub fn release(&self) {
        let mut state = self.inner.state.write().unwrap_or_else(PoisonError::into_inner);
        if let State::Open(files) = &*state {
            files.write_confirmed();
            *state = State::Released;
        }
    }

    /// Opens again what [`Store::release`] closed, with all the checks of [`Store::open`]; `None` where it is open already.
    ///
    /// # Errors
    /// As [`Store::open`]; [`StoreError::Destroyed`] after a sign-out.
    pub fn reacquire(&self, now: Timestamp) -> Result<Option<OpenReport>, StoreError> {
        let mut state = self.inner.state.write().unwrap_or_else(PoisonError::into_inner);
        match *state {
            State::Open(_) => Ok(None),
            State::Destroyed => Err(StoreError::Destroyed),
            State::Released => {
                let (files, report) = opening::open(&self.inner.folder, &*self.inner.secrets, now)?;
                // Row numbers may be others now, if the files are.
                lock(&self.inner.passes).forget_all();
                *state = State::Open(Box::new(files));
                Ok(Some(report))
            }
        }
    }

    /// Says that a sign-out is decided: killed from now on, the next opening begins with [`Store::destroy`]. For whoever has more to
    /// end than what is in these files, and must not be stopped half-way.
    ///
    /// # Errors
    /// Those of the disk: nothing is decided then.
    pub fn decide_to_destroy(&self) -> Result<(), StoreError> {
        self.with(|_| self.inner.folder.note_signing_out())
    }

    /// Signs out: destroys the key, then both files and what was set aside. Once the key is gone nothing can be read again;
    /// interrupted anywhere, the next opening finishes it. Afterwards every call is [`StoreError::Destroyed`].
    ///
    /// # Errors
    /// [`StoreError::KeyUnavailable`] where the key could not be destroyed now, and those of the disk: the sign-out is noted, and
    /// the next opening or another call of this finishes it. [`StoreError::InUse`] where the store was released and somebody
    /// else has it now; nothing has happened then.
    pub fn destroy(&self) -> Result<(), StoreError> {
        let mut state = self.inner.state.write().unwrap_or_else(PoisonError::into_inner);
        let lock = match std::mem::replace(&mut *state, State::Destroyed) {
            State::Open(files) => files.close(),
            before => match FolderLock::take(self.inner.folder.path()) {
                Ok(lock) => lock,
                Err(error) => {
                    *state = before;
                    return Err(error);
                }
            },
        };
        let done = opening::destroy(&self.inner.folder, &*self.inner.secrets);
        drop(lock);
        done
    }

    /// Opens every sealed row of the ledger, and says in which tables some don't open. Lists leave such rows out, so this is how
    /// a background check, or a report for QA, learns of them. It takes milliseconds for years of payments.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn check_ledger(&self) -> Result<Vec<DamagedRows>, StoreError> {
        self.ledger_read(health::check)
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

    /// Mandates: what was signed, what was decided, what was found.
    pub fn mandates(&self) -> Mandates<'_> {
        Mandates { store: self }
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

/// What the rooms work with.
impl Store {
    /// Works with the open files; the store isn't released meanwhile. `work` must not call this again.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&Files) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let state = self.inner.state.read().unwrap_or_else(PoisonError::into_inner);
        match &*state {
            State::Open(files) => work(files),
            State::Released => Err(StoreError::Released),
            State::Destroyed => Err(StoreError::Destroyed),
        }
    }

    pub(crate) fn cache_read<T>(&self, work: impl FnOnce(&Tx<'_>) -> Result<T, Fault>) -> Result<T, StoreError> {
        self.with(|files| files.cache_read(work))
    }

    pub(crate) fn cache_write<T>(&self, work: impl FnOnce(&Tx<'_>) -> Result<T, Fault>) -> Result<T, StoreError> {
        self.with(|files| files.cache_write(work))
    }

    pub(crate) fn ledger_read<T>(&self, work: impl FnOnce(&Tx<'_>) -> Result<T, Fault>) -> Result<T, StoreError> {
        self.with(|files| files.ledger().read(work))
    }

    pub(crate) fn ledger_write<T>(&self, work: impl FnOnce(&Tx<'_>) -> Result<T, Fault>) -> Result<T, StoreError> {
        self.with(|files| files.ledger().write(work))
    }

    pub(crate) fn passes(&self) -> MutexGuard<'_, OpenPasses> {
        lock(&self.inner.passes)
    }

    pub(crate) fn journal(&self) -> MutexGuard<'_, ()> {
        lock(&self.inner.journal)
    }
}

/// What these locks guard is whole after every step, so a panic elsewhere doesn't spoil it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("folder", &self.inner.folder.path())
            .finish_non_exhaustive()
    }
}
