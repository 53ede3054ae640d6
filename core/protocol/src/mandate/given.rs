//! What a decision depends on.

use super::Mandate;
use crate::agency::{AmountRule, BillKind};
use crate::instrument::InstrumentStatus;
use serde::{Deserialize, Serialize};

/// All that the decisions of an instant depend on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Situation {
    /// The person's mandates, and where each stands.
    pub mandates: Vec<MandateState>,
    /// The person's bills.
    pub bills: Vec<BillView>,
    /// What has happened.
    #[serde(default)]
    pub history: History,
    /// What the person can pay with.
    pub instruments: Vec<InstrumentView>,
    /// The instant.
    pub now_at: String,
}

/// A mandate and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct MandateState {
    /// What was agreed.
    pub mandate: Mandate,
    /// Whether it is at work.
    #[serde(default)]
    pub standing: Standing,
}

/// Whether a mandate is at work. A reader refuses what it doesn't know.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Standing {
    /// It pays.
    #[default]
    Active,
    /// It pays nothing, and still claims its bills.
    Paused {
        /// Since when.
        since_at: String,
    },
    /// It never pays again.
    Revoked {
        /// Since when.
        since_at: String,
    },
}

/// What a decision needs to know of a bill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct BillView {
    /// The agency.
    pub agency_id: String,
    /// Its bill.
    pub bill_id: String,
    /// The account that it belongs to.
    pub account_id: String,
    /// Its shape.
    pub kind: BillKind,
    /// Where it stands, as the core sees it: `open`, `paid`, `paid_elsewhere`, `withdrawn`, `vanished`; another word is neither payable nor final.
    pub status: String,
    /// When it was issued.
    pub issued_on: String,
    /// The last day without consequence.
    pub due_on: String,
    /// What is owed, in fils; what is suggested for a top-up.
    pub amount_fils: i64,
    /// Which amounts are taken.
    pub amount_rule: AmountRule,
    /// Rises with each change.
    pub revision: u32,
    /// What is on the prepaid account, in fils.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub balance_fils: Option<i64>,
    /// When its agency answered with this.
    pub fetched_at: String,
}

/// What has happened.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct History {
    /// Payments through the hub, by mandates and by hand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub payments: Vec<PaymentMade>,
    /// Bills that were paid by whatever way.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paid: Vec<PaidBill>,
    /// What the person answered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<Answer>,
}

/// A payment of one bill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct PaymentMade {
    /// Which mandate decided it; absent for one by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<ByMandate>,
    /// The agency.
    pub agency_id: String,
    /// Its bill.
    pub bill_id: String,
    /// The account that it belongs to.
    pub account_id: String,
    /// How much, in fils.
    pub amount_fils: i64,
    /// When it was decided.
    pub decided_at: String,
    /// What became of it.
    pub progress: Progress,
}

/// The mandate behind a payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ByMandate {
    /// Which.
    pub mandate_id: String,
    /// Which version of it.
    pub version: u32,
    /// Which time it paid this bill: `once/1`, `2026-11-25/1`.
    pub cycle: String,
}

/// What became of a payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Progress {
    /// It is settled.
    Settled,
    /// Nothing was taken, or all of it went back.
    Failed {
        /// Why.
        why: Failure,
        /// When that was known.
        failed_at: String,
    },
    /// It may still take money; so may whatever is newer than this reader.
    #[serde(other)]
    InFlight,
}

/// Why a payment failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// The bank had not enough money.
    NotEnoughMoney,
    /// The bill was another by then.
    BillChanged,
    /// Anything else.
    #[serde(other)]
    Other,
}

/// A bill that was paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct PaidBill {
    /// The agency.
    pub agency_id: String,
    /// Its account.
    pub account_id: String,
    /// The shape of the bill.
    pub kind: BillKind,
    /// How much, in fils.
    pub amount_fils: i64,
    /// When.
    pub paid_on: String,
}

/// What a person answered about one bill of a mandate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Answer {
    /// Which mandate had asked.
    pub mandate_id: String,
    /// The agency.
    pub agency_id: String,
    /// Its bill.
    pub bill_id: String,
    /// What they said.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// When.
    pub answered_at: String,
}

/// A person's word on a bill. A reader refuses what it doesn't know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// Pay it, as long as it is at most this.
    Approved {
        /// The most, in fils.
        up_to_fils: i64,
    },
    /// Don't.
    Declined,
}

/// What a decision needs to know of an instrument.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct InstrumentView {
    /// Which.
    pub instrument_id: String,
    /// Where it stands with its bank.
    pub status: InstrumentStatus,
    /// The last day on which it can be used.
    pub expires_on: String,
    /// What is there to be spent, in fils, where the bank tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub available_fils: Option<i64>,
}
