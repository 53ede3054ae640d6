//! What a person holds with an agency: a contract, a traffic file, a toll account, a licence.

use crate::{AccountId, AgencyId, Bilingual, Fils, Personal};

/// Names an account across agencies.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountKey {
    /// The agency.
    pub agency: AgencyId,
    /// Its account.
    pub account: AccountId,
}

/// An account with an agency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Which.
    pub key: AccountKey,
    /// The code of the directory's account kind.
    pub kind: String,
    /// The number that the person knows it by.
    pub number: Personal<String>,
    /// What the person reads: it may name their home.
    pub label: Bilingual,
    /// Whose it is.
    pub holder: Holder,
    /// What is on it, where it is prepaid.
    pub balance: Option<Personal<Fils>>,
}

/// Whose account it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// The person's own.
    Own,
    /// Somebody else's, added by hand.
    AddedByHand,
    /// Something newer than this version.
    Unknown,
}
