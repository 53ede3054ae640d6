//! What the person holds with the agencies.

use crate::{
    core::Core,
    error::RabtError,
    values::{Bilingual, Money, id},
};
use rabt::domain::{self, AccountId, AgencyId, Invalid};
use std::collections::HashMap;

/// What the person holds with the agencies. They are found at each refresh of bills; others, such as a parent's electricity, are added
/// by hand.
#[derive(uniffi::Object)]
pub struct Accounts(pub(crate) Core);

/// Names an account across agencies.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct AccountKey {
    /// The agency.
    pub agency_id: String,
    /// Its account.
    pub account_id: String,
}

/// An account with an agency: a contract, a traffic file, a toll account, a licence.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Account {
    /// Which.
    pub key: AccountKey,
    /// The code of its kind in the directory.
    pub kind: String,
    /// The number that the person knows it by.
    pub number: String,
    /// What the person reads; it may name their home.
    pub label: Bilingual,
    /// Whose it is.
    pub holder: Holder,
    /// What is on it, where it is prepaid.
    pub balance: Option<Money>,
}

/// Whose account it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Holder {
    /// The person's own.
    Own,
    /// Somebody else's, added by hand.
    AddedByHand,
    /// Something newer than this version.
    Unknown,
}

#[uniffi::export]
impl Accounts {
    /// All that are known, by agency, from the store; it needs no network.
    ///
    /// Throws `Storage`.
    pub async fn list(&self) -> Result<Vec<Account>, RabtError> {
        self.0
            .call(|rabt| async move { Ok(rabt.accounts().list().await?.iter().map(Account::from).collect()) })
            .await
    }

    /// Adds one by hand, with the fields of the form that the directory gives for its kind, by name. Adding one twice is the same
    /// account.
    ///
    /// Throws `InvalidInput` on `agency_id`, `kind` or `fields.NAME`, with nothing sent; `Conflict` with `ConsentMissing`; `Refused` with
    /// the code `account_unknown` where the agency knows no such account; `Offline`; `AgencyUnavailable`.
    pub async fn add(
        &self,
        agency_id: String,
        kind: String,
        fields: HashMap<String, String>,
    ) -> Result<Account, RabtError> {
        self.0
            .call(move |rabt| async move {
                let agency = id(agency_id, "agency_id", AgencyId::parse)?;
                let account = rabt
                    .accounts()
                    .add(&agency, &kind, fields.into_iter().collect())
                    .await?;
                Ok(Account::from(&account))
            })
            .await
    }
}

impl AccountKey {
    pub(crate) fn check(self, field: &str) -> Result<domain::AccountKey, Invalid> {
        Ok(domain::AccountKey {
            agency: id(self.agency_id, &format!("{field}.agency_id"), AgencyId::parse)?,
            account: id(self.account_id, &format!("{field}.account_id"), AccountId::parse)?,
        })
    }
}

impl From<&domain::Account> for Account {
    fn from(account: &domain::Account) -> Self {
        Self {
            key: AccountKey {
                agency_id: account.key.agency.as_str().to_owned(),
                account_id: account.key.account.as_str().to_owned(),
            },
            kind: account.kind.clone(),
            number: account.number.reveal().clone(),
            label: Bilingual::from(&account.label),
            holder: match account.holder {
                domain::Holder::Own => Holder::Own,
                domain::Holder::AddedByHand => Holder::AddedByHand,
                domain::Holder::Unknown => Holder::Unknown,
            },
            balance: account.balance.map(|balance| balance.into_revealed().into()),
        }
    }
}
