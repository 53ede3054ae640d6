//! What was found when the store was opened.

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
    /// The ledger, which says whose it is, is damaged or gone: whoever signs in next must not see it.
    OwnerUnknown,
}

/// What was found of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LedgerReport {
    /// Nothing wrong.
    Healthy,
    /// It can't be used, and lies beside a new one, untouched.
    SetAside {
        /// Its name in the store's folder. Where that is isn't said: on a desktop it may hold a person's name.
        file_name: String,
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
