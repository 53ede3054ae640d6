//! A mandate as a person agrees to it. Unlike elsewhere on the wire, a member that a reader doesn't know is refused: it may be a bound,
//! and to act on half of what was agreed is worse than not to act.

use crate::agency::BillKind;
use serde::{Deserialize, Serialize};

/// One version of a mandate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Mandate {
    /// Its name, chosen by the device; all its versions share it.
    pub mandate_id: String,
    /// From 1; a change of the terms is the next version.
    pub version: i64,
    /// When the person agreed to this version.
    pub agreed_at: String,
    /// Which bills.
    pub scope: Scope,
    /// What they are paid with.
    pub instrument_id: String,
    /// What they are paid with once that has expired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback_instrument_id: Option<String>,
    /// When they are paid.
    pub schedule: Schedule,
    /// How much and how often at most.
    #[serde(default)]
    pub limits: Limits,
    /// When the person is asked first.
    #[serde(default)]
    pub ask_first: AskFirst,
    /// When prepaid accounts are topped up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top_up: Option<TopUpFloor>,
    /// What comes first when money or a limit is short: 1 before 2, at most 100.
    pub priority: i64,
    /// The first day on which it pays.
    pub from_on: String,
    /// The last day on which it pays, less than a year after the agreement.
    pub until_on: String,
}

/// Which bills.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(tag = "bills", rename_all = "snake_case", deny_unknown_fields)]
pub enum Scope {
    /// All of the person's.
    All,
    /// Those that at least one entry covers.
    Chosen {
        /// 1 to 100 entries.
        entries: Vec<ScopeEntry>,
    },
}

/// Covers a bill that has everything which it names; it names something, and an account with its agency.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ScopeEntry {
    /// The agency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agency_id: Option<String>,
    /// Its account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
    /// The shape of the bill.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<BillKind>,
}

/// When bills are paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// On which day.
    pub pay: When,
    /// What becomes of a Saturday or Sunday.
    #[serde(default)]
    pub weekend: Weekend,
}

/// On which day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(tag = "on", rename_all = "snake_case", deny_unknown_fields)]
pub enum When {
    /// When a bill is issued.
    Issue,
    /// So many days before it is due.
    BeforeDue {
        /// 1 to 60.
        days: i64,
    },
    /// When it is due.
    Due,
    /// The first such day of a month after its issue; the last of a shorter month.
    DayOfMonth {
        /// 1 to 31.
        day: i64,
    },
}

/// What becomes of a day on a weekend. A reader refuses what it doesn't know, since it would pay on another day than was agreed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Weekend {
    /// It stays.
    #[default]
    Keep,
    /// The Friday before.
    Before,
    /// The Monday after.
    After,
}

/// How much and how often at most; an absent member is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// For one bill, in fils.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_payment_fils: Option<i64>,
    /// From midnight to midnight in Dubai.
    #[serde(default, skip_serializing_if = "Allowance::is_none")]
    pub day: Allowance,
    /// From Monday to Sunday.
    #[serde(default, skip_serializing_if = "Allowance::is_none")]
    pub week: Allowance,
    /// A calendar month.
    #[serde(default, skip_serializing_if = "Allowance::is_none")]
    pub month: Allowance,
    /// A calendar year.
    #[serde(default, skip_serializing_if = "Allowance::is_none")]
    pub year: Allowance,
    /// Over all versions.
    #[serde(default, skip_serializing_if = "Allowance::is_none")]
    pub lifetime: Allowance,
}

/// What may be paid within a period; an absent member is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Allowance {
    /// The most money, in fils.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_fils: Option<i64>,
    /// The most payments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<i64>,
}

impl Allowance {
    /// Whether it limits nothing.
    pub fn is_none(&self) -> bool {
        self.value_fils.is_none() && self.count.is_none()
    }
}

/// When the person is asked before a bill is paid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AskFirst {
    /// When it is more than this, in fils.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub above_fils: Option<i64>,
    /// When a utility bill is more than so many per cent above its usual, 1 to 1,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub above_usual_percent: Option<i64>,
}

/// When prepaid accounts are topped up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TopUpFloor {
    /// Below this balance, in fils.
    pub below_fils: i64,
    /// What is added, in fils.
    pub add_fils: i64,
}
