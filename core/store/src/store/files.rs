//! The two open files and the lock that they are under; and the cache's healing, when it is found damaged in use.

use crate::{
    StoreError, StoreFile,
    file::{Database, Fault, Folder, FolderLock, Tx, create},
    freshness::ConfirmedAnswers,
    seal::FileKeys,
};
use rabt_domain::{BillKey, IdempotencyKey};
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

/// Bills that are being paid, each with the payment's key.
pub(crate) type Paying = BTreeMap<BillKey, IdempotencyKey>;

/// Both files, open.
pub(crate) struct Files {
    folder: Folder,
    ledger: Database,
    /// `None` while a damaged cache could not be replaced, as on a full device: the next call tries again.
    cache: RwLock<Option<Database>>,
    cache_keys: Arc<FileKeys>,
    /// Rises when the cache is replaced: row numbers from before mean nothing then.
    epoch: AtomicU64,
    /// Which bills are bound by payments that aren't finished: what the ledger says, at hand for every page of bills.
    paying: RwLock<Paying>,
    /// What agencies have confirmed and no file says yet.
    confirmed: Mutex<ConfirmedAnswers>,
    // Last, so that it is let go when both files are closed.
    lock: FolderLock,
}

impl Files {
    pub(super) fn new(
        folder: Folder,
        ledger: Database,
        cache: Database,
        cache_keys: Arc<FileKeys>,
        paying: Paying,
        lock: FolderLock,
    ) -> Self {
        Self {
            folder,
            ledger,
            cache: RwLock::new(Some(cache)),
            cache_keys,
            epoch: AtomicU64::new(0),
            paying: RwLock::new(paying),
            confirmed: Mutex::default(),
            lock,
        }
    }

    /// Closes both files and hands back the lock.
    pub(super) fn close(self) -> FolderLock {
        self.lock
    }

    /// The ledger.
    pub(crate) fn ledger(&self) -> &Database {
        &self.ledger
    }

    /// What opens the cache.
    pub(crate) fn cache_keys(&self) -> &FileKeys {
        &self.cache_keys
    }

    /// The payment that binds a bill.
    pub(crate) fn paying(&self, bill: &BillKey) -> Option<IdempotencyKey> {
        let paying = self.paying.read().unwrap_or_else(PoisonError::into_inner);
        paying.get(bill).cloned()
    }

    /// Takes in what the ledger says now.
    pub(crate) fn set_paying(&self, paying: Paying) {
        *self.paying.write().unwrap_or_else(PoisonError::into_inner) = paying;
    }

    /// What agencies have confirmed and no file says yet.
    pub(crate) fn confirmed(&self) -> MutexGuard<'_, ConfirmedAnswers> {
        self.confirmed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes that down, before the files are closed in good order. Where it can't be, agencies' words look older than they are.
    pub(super) fn write_confirmed(&self) {
        let confirmed = self.confirmed();
        if confirmed.is_empty() {
            return;
        }
        if let Err(error) = self.cache_write(|tx| confirmed.write(tx)) {
            tracing::warn!(%error, "what agencies have confirmed can't be written down");
        }
    }

    /// How often the cache was replaced.
    pub(crate) fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    /// Reads the cache. Where it turns out damaged it is replaced by an empty one, and the call is [`StoreError::Damaged`].
    pub(crate) fn cache_read<T>(&self, work: impl FnOnce(&Tx<'_>) -> Result<T, Fault>) -> Result<T, StoreError> {
        self.on_cache(|cache| cache.read(work))
    }

    /// Writes the cache; as [`Files::cache_read`] where it is damaged.
    pub(crate) fn cache_write<T>(&self, work: impl FnOnce(&Tx<'_>) -> Result<T, Fault>) -> Result<T, StoreError> {
        self.on_cache(|cache| cache.write(work))
    }

    fn on_cache<T>(&self, work: impl FnOnce(&Database) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let (epoch, done) = {
            let cache = self.cache.read().unwrap_or_else(PoisonError::into_inner);
            let missing = || StoreError::Damaged {
                file: StoreFile::Cache,
                what: "it could not be replaced yet".to_owned(),
            };
            (self.epoch(), cache.as_ref().ok_or_else(missing).and_then(work))
        };
        if let Err(StoreError::Damaged {
            file: StoreFile::Cache,
            what,
        }) = &done
        {
            tracing::warn!(what, "the cache is damaged and is replaced by an empty one");
            self.replace_cache(epoch)?;
        }
        done
    }

    /// Replaces the cache, unless somebody else has done so since `epoch`.
    fn replace_cache(&self, epoch: u64) -> Result<(), StoreError> {
        let mut cache = self.cache.write().unwrap_or_else(PoisonError::into_inner);
        if self.epoch() == epoch {
            // Closed first: some systems don't remove a file that is open.
            *cache = None;
            let fresh = create(&self.folder, StoreFile::Cache, &self.cache_keys)?;
            *cache = Some(fresh);
            // An empty cache has nothing that could be confirmed. Whoever writes them down just now holds them, and finds no row.
            if let Ok(mut confirmed) = self.confirmed.try_lock() {
                *confirmed = ConfirmedAnswers::default();
            }
            self.epoch.fetch_add(1, Ordering::AcqRel);
        }
        Ok(())
    }
}
