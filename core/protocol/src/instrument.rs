//! What a person pays with: a bank account by an open-finance consent, or a card by a token.
//!
//! Neither an account's full number nor a card's ever travels to the client.

use crate::Localized;
use serde::{Deserialize, Serialize};

/// `GET /v1/instruments`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Instruments {
    /// The person (`sub`).
    pub subject: String,
    /// All that are linked, also those that can't be used at present.
    pub instruments: Vec<Instrument>,
}

/// A linked instrument.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Instrument {
    /// The gateway's identifier.
    pub instrument_id: String,
    /// Which it is.
    pub kind: InstrumentKind,
    /// "Bank of the Creek (simulated)", "Visa".
    pub name: Localized,
    /// The last four characters of the IBAN or the card number.
    pub last_four: String,
    /// Where it stands.
    pub status: InstrumentStatus,
    /// The last day on which it can be used: the card's expiry or the consent's.
    pub expires_on: String,
}

/// Which instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum InstrumentKind {
    /// A bank account, by an open-finance consent.
    BankAccount,
    /// A card, by a processor's token.
    Card,
    /// Something newer than this reader; it can't be paid with.
    #[serde(other)]
    Unknown,
}

/// Where an instrument stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum InstrumentStatus {
    /// It can be paid with.
    Active,
    /// The bank suspended the consent.
    Suspended,
    /// The person or the bank revoked it.
    Revoked,
    /// It is past its day.
    Expired,
    /// Something newer than this reader; it can't be paid with.
    #[serde(other)]
    Unknown,
}

/// `POST /v1/instrument-links` (idempotent by key): begins to link one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct BeginLink {
    /// Which.
    pub kind: InstrumentKind,
    /// Where the bank's or processor's page sends the person back to, with `link_id`, `state` and either `code` or `error`.
    pub return_uri: String,
    /// Comes back unchanged, and must, or the return is refused.
    pub state: String,
}

/// The answer: where to send the person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct LinkBegun {
    /// Names this attempt.
    pub link_id: String,
    /// The bank's consent page or the processor's card page.
    pub authorize_url: String,
    /// Until when it can be completed.
    pub expires_at: String,
}

/// `POST /v1/instrument-links/{link_id}/complete`: the person came back. Repeating it answers the same instrument.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CompleteLink {
    /// What the page gave.
    pub code: String,
}
