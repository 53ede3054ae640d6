//! What a person pays with.

use crate::{Bilingual, DubaiDate, InstrumentId, Personal};

/// A linked bank account or card. Neither's number is known here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instrument {
    /// Its name for machines.
    pub id: InstrumentId,
    /// Which it is.
    pub kind: InstrumentKind,
    /// "Visa", or the bank's name.
    pub name: Bilingual,
    /// The last four characters of the number.
    pub last_four: Personal<String>,
    /// Where it stands.
    pub status: InstrumentStatus,
    /// The last day on which it can be used.
    pub expires_on: DubaiDate,
}

impl Instrument {
    /// Whether it can be paid with on a day. The bank may still refuse.
    pub fn is_usable(&self, today: DubaiDate) -> bool {
        self.kind != InstrumentKind::Unknown && self.status == InstrumentStatus::Active && today <= self.expires_on
    }
}

/// Which instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InstrumentKind {
    /// A bank account, by an open-finance consent.
    BankAccount,
    /// A card, by a processor's token.
    Card,
    /// Something newer than this version.
    Unknown,
}

/// Where an instrument stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InstrumentStatus {
    /// It can be paid with.
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
