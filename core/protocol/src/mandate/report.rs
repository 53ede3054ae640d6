//! What a gateway reports of its decisions, for the phone to check.

use super::{Progress, Rule};
use crate::agency::BillKind;
use serde::{Deserialize, Serialize};

/// The decisions of a gateway.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Report {
    /// In the order in which they were made.
    pub decisions: Vec<ReportedDecision>,
    /// The instant up to which these are all.
    pub as_of_at: String,
}

/// A decision that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ReportedDecision {
    /// The mandate by which it was made; absent where none was for the bill.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<ByVersion>,
    /// The agency.
    pub agency_id: String,
    /// Its bill.
    pub bill_id: String,
    /// The account that it belongs to.
    pub account_id: String,
    /// Its shape.
    pub kind: BillKind,
    /// The revision that was decided on.
    pub revision: u32,
    /// When.
    pub decided_at: String,
    /// The rule that decided, and its figures.
    pub because: Rule,
    /// What was paid, where it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment: Option<ReportedPayment>,
}

/// A version of a mandate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ByVersion {
    /// Which mandate.
    pub mandate_id: String,
    /// Which version of it.
    pub version: u32,
}

/// A payment that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ReportedPayment {
    /// How much, in fils.
    pub amount_fils: i64,
    /// With what.
    pub instrument_id: String,
    /// Which time: `once/1`, `2026-11-25/1`.
    pub cycle: String,
    /// What became of it.
    pub progress: Progress,
}
