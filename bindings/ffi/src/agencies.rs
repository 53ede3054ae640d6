//! The linked agencies: who they are, how fresh their word is, and what the person agreed to.

use crate::{
    bills::BillKind,
    core::Core,
    error::RabtError,
    values::{Bilingual, Timestamp, id, list},
};
use rabt::domain::{self, AgencyId};

/// The linked agencies, and what the person agreed to.
#[derive(uniffi::Object)]
pub struct Agencies(pub(crate) Core);

/// A linked agency.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Agency {
    /// Its name for machines.
    pub id: String,
    /// Its full name.
    pub name: Bilingual,
    /// Its name in a list.
    pub short_name: Bilingual,
    /// Whether it is simulated; show that beside its name.
    pub simulated: bool,
    /// Whether it tells which accounts it holds for a person.
    pub has_accounts: bool,
    /// Whether it presents bills.
    pub has_bills: bool,
    /// Whether its bills can be paid here.
    pub takes_payments: bool,
    /// What it bills.
    pub bill_kinds: Vec<BillKindEntry>,
    /// What a person can hold with it.
    pub account_kinds: Vec<AccountKind>,
    /// What a consent to it is for, as codes.
    pub consent_purposes: Vec<String>,
    /// How fresh its bills are; none before it was ever asked.
    pub freshness: Option<Freshness>,
    /// What the person agreed to; none where they didn't, or no longer do.
    pub consent: Option<Consent>,
}

/// A kind of bill that an agency issues.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct BillKindEntry {
    /// The agency's own code.
    pub code: String,
    /// Its shape.
    pub kind: BillKind,
    /// What a person reads.
    pub name: Bilingual,
}

/// A kind of account that a person can hold with an agency.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct AccountKind {
    /// The agency's own code.
    pub code: String,
    /// What a person reads.
    pub name: Bilingual,
    /// The form by which one is added by hand; empty where that isn't possible.
    pub form: Vec<FormField>,
}

/// A field of a form.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct FormField {
    /// Its name in the request.
    pub name: String,
    /// What a person reads beside it.
    pub label: Bilingual,
    /// Which characters it takes.
    pub charset: Charset,
    /// The fewest characters.
    pub chars_min: i32,
    /// The most characters.
    pub chars_max: i32,
    /// An example that belongs to nobody.
    pub example: String,
}

/// Which characters a field of a form takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Charset {
    /// `0` to `9`.
    Digits,
    /// `0` to `9`, `A` to `Z`.
    UpperAlphanumeric,
    /// The same and hyphens.
    UpperAlphanumericHyphen,
    /// `784-YYYY-NNNNNNN-N`.
    EmiratesId,
    /// Any text that may be shown.
    Text,
    /// Something newer than this version: such an account can't be added here.
    Unknown,
}

/// How fresh an agency's bills are.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Freshness {
    /// When it last answered completely.
    pub succeeded_at: Option<Timestamp>,
    /// When it was last asked.
    pub attempted_at: Timestamp,
    /// What went wrong the last time, as a stable code; none where nothing did.
    pub error: Option<String>,
    /// How long its last complete answer took, in milliseconds.
    pub took_ms: Option<i64>,
    /// Whether it has said, since its last complete answer, that it has something new.
    pub has_news: bool,
}

/// What the person agreed to.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Consent {
    /// Its name for machines.
    pub id: String,
    /// For what, as codes.
    pub purposes: Vec<String>,
    /// When it was given.
    pub granted_at: Timestamp,
    /// Until when it holds: a year at most.
    pub expires_at: Timestamp,
}

#[uniffi::export]
impl Agencies {
    /// The agencies of the directory, in its order, from the store; empty before the first directory came. It needs no network.
    ///
    /// Throws `Storage`.
    pub async fn list(&self) -> Result<Vec<Agency>, RabtError> {
        self.0
            .call(|rabt| async move { Ok(rabt.agencies().list().await?.iter().map(Agency::from).collect()) })
            .await
    }

    /// Asks the gateway for a newer directory. An agency that joined the city is in the list afterwards.
    ///
    /// Throws `Offline`; `AgencyUnavailable`, also where the answer was refused: the directory at hand stands.
    pub async fn refresh(&self) -> Result<(), RabtError> {
        self.0
            .call(|rabt| async move { Ok(rabt.agencies().refresh().await?) })
            .await
    }

    /// The person agrees that these agencies answer about them. It is kept, and said to each agency when it is first asked. Agreeing
    /// twice changes nothing.
    ///
    /// Throws `InvalidInput` on `agencies[N]` for one that isn't in the directory, and nothing is kept then; `Storage`.
    pub async fn consent(&self, agency_ids: Vec<String>) -> Result<(), RabtError> {
        self.0
            .call(move |rabt| async move {
                let agencies = list(agency_ids, "agencies", |text, field| id(text, field, AgencyId::parse))?;
                Ok(rabt.agencies().consent(&agencies).await?)
            })
            .await
    }

    /// The person takes their consent to an agency back. From now on it isn't asked, and what it said is forgotten. It is told now if it
    /// can be reached, else at the next syncs; it works offline.
    ///
    /// Throws `InvalidInput` on `agency_id`; `Storage`, and then nothing has changed.
    pub async fn withdraw_consent(&self, agency_id: String) -> Result<(), RabtError> {
        self.0
            .call(move |rabt| async move {
                let agency = id(agency_id, "agency_id", AgencyId::parse)?;
                Ok(rabt.agencies().withdraw_consent(&agency).await?)
            })
            .await
    }
}

impl From<&rabt::AgencyView> for Agency {
    fn from(view: &rabt::AgencyView) -> Self {
        let agency = &view.agency;
        Self {
            id: agency.id.as_str().to_owned(),
            name: Bilingual::from(&agency.name),
            short_name: Bilingual::from(&agency.short_name),
            simulated: agency.simulated,
            has_accounts: agency.has_accounts,
            has_bills: agency.has_bills,
            takes_payments: agency.takes_payments,
            bill_kinds: agency.bill_kinds.iter().map(BillKindEntry::from).collect(),
            account_kinds: agency.account_kinds.iter().map(AccountKind::from).collect(),
            consent_purposes: agency.consent_purposes.clone(),
            freshness: view.freshness.as_ref().map(Freshness::from),
            consent: view.consent.as_ref().map(Consent::from),
        }
    }
}

impl From<&domain::agency::BillKindEntry> for BillKindEntry {
    fn from(entry: &domain::agency::BillKindEntry) -> Self {
        Self {
            code: entry.code.clone(),
            kind: entry.kind.into(),
            name: Bilingual::from(&entry.name),
        }
    }
}

impl From<&domain::agency::AccountKind> for AccountKind {
    fn from(kind: &domain::agency::AccountKind) -> Self {
        Self {
            code: kind.code.clone(),
            name: Bilingual::from(&kind.name),
            form: kind.form.iter().map(FormField::from).collect(),
        }
    }
}

impl From<&domain::agency::FormField> for FormField {
    fn from(field: &domain::agency::FormField) -> Self {
        Self {
            name: field.name.clone(),
            label: Bilingual::from(&field.label),
            charset: field.charset.into(),
            chars_min: field.chars_min.into(),
            chars_max: field.chars_max.into(),
            example: field.example.clone(),
        }
    }
}

impl From<domain::agency::Charset> for Charset {
    fn from(charset: domain::agency::Charset) -> Self {
        match charset {
            domain::agency::Charset::Digits => Self::Digits,
            domain::agency::Charset::UpperAlphanumeric => Self::UpperAlphanumeric,
            domain::agency::Charset::UpperAlphanumericHyphen => Self::UpperAlphanumericHyphen,
            domain::agency::Charset::EmiratesId => Self::EmiratesId,
            domain::agency::Charset::Text => Self::Text,
            domain::agency::Charset::Unknown => Self::Unknown,
        }
    }
}

impl From<&rabt::store::freshness::Freshness> for Freshness {
    fn from(freshness: &rabt::store::freshness::Freshness) -> Self {
        Self {
            succeeded_at: freshness.succeeded_at.map(Timestamp::from),
            attempted_at: freshness.attempted_at.into(),
            error: freshness.error.clone(),
            took_ms: freshness.took_ms.map(i64::from),
            has_news: freshness.has_news,
        }
    }
}

impl From<&rabt::store::consents::Consent> for Consent {
    fn from(consent: &rabt::store::consents::Consent) -> Self {
        Self {
            id: consent.id.as_str().to_owned(),
            purposes: consent.purposes.clone(),
            granted_at: consent.granted_at.into(),
            expires_at: consent.expires_at.into(),
        }
    }
}
