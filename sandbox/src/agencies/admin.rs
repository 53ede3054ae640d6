//! What control does to bills, past every agency's own rules of access.

use super::AgencyError;
use crate::context::Ctx;
use rabt_protocol::{
    Localized,
    agency::{AmountRule, Bill, BillStatus, Period},
};
use serde::{Deserialize, Serialize};

/// A bill that control adds. What is absent takes what is usual for its kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NewBill {
    /// The agency.
    pub agency_id: String,
    /// Whose it is.
    pub persona_id: String,
    /// The code of one of the agency's kinds of bill.
    pub kind_code: String,
    /// The account; absent: the person's first of the right kind.
    pub account_id: Option<String>,
    /// Its identifier; absent: a new one.
    pub bill_id: Option<String>,
    /// The number on the paper; absent: a new one.
    pub reference: Option<String>,
    /// What a person reads; absent: the kind's name.
    pub title: Option<Localized>,
    /// What is owed, in fils; instead of `lines`.
    pub amount_fils: Option<i64>,
    /// Its lines; instead of `amount_fils`.
    pub lines: Vec<crate::personas::PersonaLine>,
    /// When it was issued, `YYYY-MM-DD`; absent: today.
    pub issued_on: Option<String>,
    /// The last day without consequence, `YYYY-MM-DD`; absent: 14 days after its issue.
    pub due_on: Option<String>,
    /// The days that it is for.
    pub period: Option<Period>,
    /// Which amounts it takes; absent: as is usual for its kind.
    pub amount_rule: Option<AmountRule>,
}

/// What control changes of a bill; what is absent stays. At least one member must be there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BillChange {
    /// What is owed, in fils.
    pub amount_fils: Option<i64>,
    /// The last day without consequence, `YYYY-MM-DD`.
    pub due_on: Option<String>,
    /// What a person reads.
    pub title: Option<Localized>,
}

/// Which bills control wants to see; what is absent doesn't narrow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BillFilter {
    /// Of this agency.
    pub agency_id: Option<String>,
    /// Of this persona's own accounts.
    pub persona_id: Option<String>,
    /// In this state.
    pub status: Option<BillStatus>,
}

/// Adds a bill and tells the gateway.
pub(crate) fn add_bill(_ctx: &Ctx, _bill: NewBill) -> Result<Bill, AgencyError> {
    Err(AgencyError::NotFound {
        what: "agency".to_owned(),
    })
}

/// Changes an open bill, raises its revision and tells the gateway.
pub(crate) fn change_bill(
    _ctx: &Ctx,
    _agency_id: &str,
    _bill_id: &str,
    _change: BillChange,
) -> Result<Bill, AgencyError> {
    Err(AgencyError::NotFound {
        what: "agency".to_owned(),
    })
}

/// Withdraws an open bill and tells the gateway.
pub(crate) fn withdraw_bill(_ctx: &Ctx, _agency_id: &str, _bill_id: &str) -> Result<Bill, AgencyError> {
    Err(AgencyError::NotFound {
        what: "agency".to_owned(),
    })
}

/// Has an open bill paid at the agency's counter (`amount_fils` for one that takes a range) and tells the gateway.
pub(crate) fn pay_at_counter(
    _ctx: &Ctx,
    _agency_id: &str,
    _bill_id: &str,
    _amount_fils: Option<i64>,
) -> Result<Bill, AgencyError> {
    Err(AgencyError::NotFound {
        what: "agency".to_owned(),
    })
}

/// The bills that a filter leaves, at most [`BILLS_MAX`].
pub(crate) fn bills(_ctx: &Ctx, _filter: &BillFilter) -> Result<Vec<Bill>, AgencyError> {
    Err(AgencyError::NotFound {
        what: "agency".to_owned(),
    })
}

/// More bills than this are not listed at once: it bounds control's answer to a few megabytes.
pub(crate) const BILLS_MAX: usize = 10_000;
