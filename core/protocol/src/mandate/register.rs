//! What a phone and a gateway say to each other about mandates, around what is [signed](super::Statement).

use super::Report;
use serde::{Deserialize, Serialize};

/// The longest note of a dispute, in characters.
pub const NOTE_CHARS_MAX: usize = 500;

/// A statement, sent to the gateway. Sending it again is harmless.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct SendStatement {
    /// The compact JWS.
    pub statement: String,
}

/// `GET /v1/mandates`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Mandates {
    /// The person (`sub`).
    pub subject: String,
    /// All that were ever registered, also those that were revoked or have ended.
    pub mandates: Vec<MandateRecord>,
}

/// A mandate as the gateway keeps it: what was signed, and what is known beside it. A reader trusts the signatures, not the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct MandateRecord {
    /// Every version, oldest first.
    pub versions: Vec<String>,
    /// Every pause, resumption and revocation, oldest first.
    pub standing: Vec<String>,
    /// Every answer, oldest first.
    pub answers: Vec<String>,
    /// The bank's consent; absent where none was asked for, as for a card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<MandateConsent>,
    /// When the gateway took each version, in their order: from then on it uses no older one.
    pub acknowledged_at: Vec<String>,
    /// Since when a dispute of the person's stops it, which lasts until they resume it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disputed_at: Option<String>,
}

/// The consent by which the bank lets a mandate pay from an account, and within which bounds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct MandateConsent {
    /// The bank's identifier.
    pub consent_id: String,
    /// Where it stands.
    pub status: MandateConsentStatus,
    /// The version that it was written from; it covers later ones that are no wider.
    pub covers_version: u32,
}

/// Where a bank's consent stands, in the words of UAE Open Finance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum MandateConsentStatus {
    /// The person hasn't decided yet.
    AwaitingAuthorization,
    /// It lets the mandate pay.
    Authorized,
    /// The bank stopped it for now.
    Suspended,
    /// The person or the bank took it back. Final.
    Revoked,
    /// The person said no. Final.
    Rejected,
    /// It is past its day. Final.
    Expired,
    /// All that it allowed was paid. Final.
    Consumed,
    /// Something newer than this reader; not final, and it lets nothing pay.
    #[serde(other)]
    Unknown,
}

/// `POST /v1/mandates/{mandate_id}/consent`: asks the bank for a consent that covers the newest version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct BeginMandateConsent {
    /// Where the bank's page sends the person back to, with `consent_id`, `state` and either `code` or `error`.
    pub return_uri: String,
    /// Comes back unchanged, and must, or the return is refused.
    pub state: String,
}

/// The answer: where to send the person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct MandateConsentBegun {
    /// The bank's identifier.
    pub consent_id: String,
    /// The bank's page, to be opened in the system's browser.
    pub authorize_url: String,
    /// Until when it can be completed.
    pub expires_at: String,
}

/// `POST /v1/mandates/{mandate_id}/consent/complete`: the person came back. Repeating it answers the same record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CompleteMandateConsent {
    /// What the page gave.
    pub code: String,
}

/// `POST /v1/mandates/{mandate_id}/disputes`: the person says that a decision was not theirs. The mandate stops until they resume it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Dispute {
    /// Its name, chosen by the device, so that a repetition is the same dispute.
    pub dispute_id: String,
    /// What the phone found: `over_limit`, `twice`, ….
    pub finding: String,
    /// The agency.
    pub agency_id: String,
    /// Its bill.
    pub bill_id: String,
    /// What the person adds, at most 500 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// `GET /v1/mandate-decisions?cursor=…`: the decisions after the cursor, in the order in which they were made. One whose payment changed
/// later comes again, with the same agency, bill and cycle; the later counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct MandateDecisionPage {
    /// The person (`sub`).
    pub subject: String,
    /// At most 100 decisions, and the instant up to which these are all.
    pub report: Report,
    /// Where to go on; also when there are none.
    pub next_cursor: String,
    /// Whether there are more at this moment.
    pub more: bool,
}
