//! What the person holds with the agencies, in the cache.

use crate::{Store, StoreError};
use rabt_domain::{Account, AccountKey, AgencyId};

/// The room.
#[derive(Clone, Copy, Debug)]
pub struct Accounts<'a> {
    pub(crate) store: &'a Store,
}

impl Accounts<'_> {
    /// Takes an agency's complete answer in place of its last one, and says whether anything is different.
    ///
    /// # Errors
    /// [`StoreError::TooMany`] beyond [`ACCOUNTS_MAX`](crate::limits::ACCOUNTS_MAX); [`StoreError::Bug`] for an account of another
    /// agency; those of the disk. Nothing is changed then.
    pub fn replace_for(&self, agency: &AgencyId, accounts: &[Account]) -> Result<bool, StoreError> {
        let _ = (agency, accounts);
        todo!()
    }

    /// Keeps one account, as after it was added by hand, in place of one of the same key.
    ///
    /// # Errors
    /// As [`replace_for`](Self::replace_for).
    pub fn put(&self, account: &Account) -> Result<(), StoreError> {
        let _ = account;
        todo!()
    }

    /// One account.
    ///
    /// # Errors
    /// Those of the disk. A damaged one is dropped and `None`.
    pub fn get(&self, key: &AccountKey) -> Result<Option<Account>, StoreError> {
        let _ = key;
        todo!()
    }

    /// All accounts, by agency and then in the agency's order.
    ///
    /// # Errors
    /// Those of the disk. Damaged ones are dropped.
    pub fn list(&self) -> Result<Vec<Account>, StoreError> {
        todo!()
    }

    /// Forgets an account; `false` where there is none.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn remove(&self, key: &AccountKey) -> Result<bool, StoreError> {
        let _ = key;
        todo!()
    }
}
