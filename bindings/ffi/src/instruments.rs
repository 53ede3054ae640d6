//! What the person pays with.

use crate::{
    core::Core,
    error::RabtError,
    values::{Bilingual, DubaiDate, id},
};
use rabt::domain::{self, InstrumentId};

/// What the person pays with. A bank account is linked by an open-finance consent, a card at the processor's own page: no number is
/// ever seen here.
#[derive(uniffi::Object)]
pub struct Instruments(pub(crate) Core);

/// A linked bank account or card.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Instrument {
    /// Its name for machines.
    pub id: String,
    /// Which it is.
    pub kind: InstrumentKind,
    /// "Visa", or the bank's name.
    pub name: Bilingual,
    /// The last four characters of the number.
    pub last_four: String,
    /// Where it stands.
    pub status: InstrumentStatus,
    /// The last day on which it can be used.
    pub expires_on: DubaiDate,
}

/// Which instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum InstrumentKind {
    /// A bank account, by an open-finance consent.
    BankAccount,
    /// A card, by a processor's token.
    Card,
    /// Something newer than this version. It can't be linked or paid with here.
    Unknown,
}

/// Where an instrument stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum InstrumentStatus {
    /// It can be paid with. The bank may still refuse.
    Active,
    /// The bank suspended it.
    Suspended,
    /// It was revoked.
    Revoked,
    /// It is past its day.
    Expired,
    /// Something newer than this version.
    Unknown,
}

#[uniffi::export]
impl Instruments {
    /// All that are linked, from the store; it needs no network.
    ///
    /// Throws `Storage`.
    pub async fn list(&self) -> Result<Vec<Instrument>, RabtError> {
        self.0
            .call(|rabt| async move { Ok(rabt.instruments().list().await?.iter().map(Instrument::from).collect()) })
            .await
    }

    /// Asks the gateway which are linked, and where they stand.
    ///
    /// Throws `SignInRequired`; `Offline`; `AgencyUnavailable` for the gateway.
    pub async fn refresh(&self) -> Result<Vec<Instrument>, RabtError> {
        self.0
            .call(|rabt| async move {
                Ok(rabt
                    .instruments()
                    .refresh()
                    .await?
                    .iter()
                    .map(Instrument::from)
                    .collect())
            })
            .await
    }

    /// Begins to link one, and returns the address of the page to open in the system's browser. It is for this one attempt. Hand the URL
    /// that comes back to `completeLink`.
    ///
    /// Throws `InvalidInput` on `kind`; `SignInRequired`; `Offline`; `Refused`; `AgencyUnavailable` for the gateway.
    pub async fn begin_link(&self, kind: InstrumentKind) -> Result<String, RabtError> {
        self.0
            .call(move |rabt| async move { Ok(rabt.instruments().begin_link(kind.into()).await?.url.into()) })
            .await
    }

    /// Takes the URL that came back from the bank's or processor's page, also after the app was killed in between.
    ///
    /// Throws `InvalidInput` on `url` for one that answers no attempt of this device; `Refused` with the code `access_denied` where the
    /// person said no there; `Offline`: hand the same URL in again.
    pub async fn complete_link(&self, url: String) -> Result<Instrument, RabtError> {
        self.0
            .call(move |rabt| async move { Ok(Instrument::from(&rabt.instruments().complete_link(&url).await?)) })
            .await
    }

    /// Unlinks one: the consent or token is given back.
    ///
    /// Throws `InvalidInput` on `instrument_id`; `Offline`; `AgencyUnavailable`: it is still linked then.
    pub async fn remove(&self, instrument_id: String) -> Result<(), RabtError> {
        self.0
            .call(move |rabt| async move {
                let instrument = id(instrument_id, "instrument_id", InstrumentId::parse)?;
                Ok(rabt.instruments().remove(&instrument).await?)
            })
            .await
    }
}

impl From<&domain::Instrument> for Instrument {
    fn from(instrument: &domain::Instrument) -> Self {
        Self {
            id: instrument.id.as_str().to_owned(),
            kind: match instrument.kind {
                domain::InstrumentKind::BankAccount => InstrumentKind::BankAccount,
                domain::InstrumentKind::Card => InstrumentKind::Card,
                domain::InstrumentKind::Unknown => InstrumentKind::Unknown,
            },
            name: Bilingual::from(&instrument.name),
            last_four: instrument.last_four.reveal().clone(),
            status: match instrument.status {
                domain::InstrumentStatus::Active => InstrumentStatus::Active,
                domain::InstrumentStatus::Suspended => InstrumentStatus::Suspended,
                domain::InstrumentStatus::Revoked => InstrumentStatus::Revoked,
                domain::InstrumentStatus::Expired => InstrumentStatus::Expired,
                domain::InstrumentStatus::Unknown => InstrumentStatus::Unknown,
            },
            expires_on: instrument.expires_on.into(),
        }
    }
}

impl From<InstrumentKind> for domain::InstrumentKind {
    fn from(kind: InstrumentKind) -> Self {
        match kind {
            InstrumentKind::BankAccount => Self::BankAccount,
            InstrumentKind::Card => Self::Card,
            InstrumentKind::Unknown => Self::Unknown,
        }
    }
}
