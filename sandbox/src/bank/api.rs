//! What the gateway and the bank say to each other: the bank's service API as serde types.
//!
//! Tokens and codes are secrets, so that none of these types has a `Debug` that would show one.

use rabt_protocol::{
    Localized,
    instrument::{InstrumentKind, InstrumentStatus},
    mandate::{MandateConsentStatus, open_finance::AuthorizationDetails},
};
use serde::{Deserialize, Serialize};

/// `POST /v1/sessions` (idempotent by `link_id`): a person is to be sent to the bank's or the processor's page.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct OpenSession {
    /// The gateway's attempt.
    pub(crate) link_id: String,
    /// Who is coming.
    pub(crate) subject: String,
    /// To link what.
    pub(crate) kind: InstrumentKind,
    /// Where to send them back to.
    pub(crate) return_uri: String,
    /// Goes back with them unchanged.
    pub(crate) state: String,
    /// Until when they may decide, in milliseconds since 1970.
    pub(crate) expires_ms: i64,
}

/// The answer.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct SessionOpened {
    /// The page.
    pub(crate) authorize_url: String,
}

/// `POST /v1/tokens` (idempotent by `link_id`): the person came back with a code.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct ExchangeCode {
    /// What the page gave.
    pub(crate) code: String,
    /// The attempt that the code must be of.
    pub(crate) link_id: String,
}

/// What is linked: all that the gateway ever knows of it.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct LinkedInstrument {
    /// Stands for the account or card.
    pub(crate) token: String,
    /// Which.
    pub(crate) kind: InstrumentKind,
    /// What a person reads.
    pub(crate) name: Localized,
    /// The last four characters of the number.
    pub(crate) last_four: String,
    /// The last day on which it can be used.
    pub(crate) expires_on: String,
}

/// `GET /v1/instruments/{token}`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct InstrumentState {
    /// Where it stands today.
    pub(crate) status: InstrumentStatus,
    /// The last day on which it can be used.
    pub(crate) expires_on: String,
}

/// `POST /v1/debits` (idempotent by key): takes money from the person into clearing.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct DebitRequest {
    /// With what the person pays.
    pub(crate) token: String,
    /// Who pays; the token must be theirs.
    pub(crate) subject: String,
    /// How much, in fils.
    pub(crate) amount_fils: i64,
    /// The hub's payment.
    pub(crate) reference: String,
    /// The consent that it is made under; absent for a payment that the person confirmed themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) consent_id: Option<String>,
}

/// `POST /v1/refunds` (idempotent by key): sends money of a debit back to where it came from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct RefundRequest {
    /// The debit's key.
    pub(crate) debit_key: String,
    /// How much, in fils.
    pub(crate) amount_fils: i64,
    /// What it is for: the hub's payment and bill.
    pub(crate) reference: String,
}

/// `POST /v1/settlements` (idempotent by key): sends money of a debit on to an agency.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SettlementRequest {
    /// The debit's key.
    pub(crate) debit_key: String,
    /// To whom.
    pub(crate) agency_id: String,
    /// How much, in fils.
    pub(crate) amount_fils: i64,
    /// What it is for: the hub's payment and bill.
    pub(crate) reference: String,
}

/// The answer to all three, and to `GET /v1/movements/{key}`. One that was declined stays so under its key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Movement {
    /// Its key.
    pub(crate) key: String,
    /// How much, in fils.
    pub(crate) amount_fils: i64,
    /// What became of it.
    pub(crate) outcome: Outcome,
}

/// What became of a movement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// The money moved.
    Done,
    /// It didn't, and won't under this key.
    Declined {
        /// One of the problem codes.
        code: String,
    },
}

/// `POST /v1/consents` (idempotent by the consent's identifier): a person is to be asked to let mandates pay.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct OpenConsent {
    /// Who.
    pub(crate) subject: String,
    /// From which account.
    pub(crate) token: String,
    /// What is asked for, as the standard writes it.
    pub(crate) details: AuthorizationDetails,
    /// Where to send them back to.
    pub(crate) return_uri: String,
    /// Goes back with them unchanged.
    pub(crate) state: String,
    /// Until when they may decide, in milliseconds since 1970.
    pub(crate) expires_ms: i64,
}

/// `POST /v1/consents/{consent_id}/complete`: the person came back with a code.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct CompleteConsent {
    /// What the page gave.
    pub(crate) code: String,
}

/// `GET /v1/consents/{consent_id}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ConsentState {
    /// Where it stands now.
    pub(crate) status: MandateConsentStatus,
}

/// `POST {gateway}/v1/consent-events`: the bank tells the gateway that a consent changed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ConsentEvent {
    /// Which.
    pub(crate) consent_id: String,
}

/// `POST {gateway}/v1/instrument-events`: the bank tells the gateway that an instrument changed.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct InstrumentEvent {
    /// Which.
    pub(crate) token: String,
}
