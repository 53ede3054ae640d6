//! What becomes of each bill.

use crate::Localized;
use serde::{Deserialize, Serialize};

/// The decisions of an instant, in the order in which money and limits are given out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Decisions {
    /// One for each bill.
    pub decisions: Vec<Decision>,
}

/// What becomes of a bill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Decision {
    /// The agency.
    pub agency_id: String,
    /// Its bill.
    pub bill_id: String,
    /// The revision that was decided on.
    pub revision: u32,
    /// The mandate that decided; absent where none is for the bill.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mandate_id: Option<String>,
    /// Its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    /// Paid, skipped, held or asked.
    pub outcome: Outcome,
    /// The rule that decided, and its figures.
    pub because: Rule,
    /// What is paid, where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment: Option<ToPay>,
    /// Whether the person is told now.
    pub tell: bool,
    /// What to tell them.
    pub sentence: Localized,
}

/// A payment that is to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ToPay {
    /// How much, in fils.
    pub amount_fils: i64,
    /// With what.
    pub instrument_id: String,
    /// Which time: `once/1`, `2026-11-25/1`.
    pub cycle: String,
    /// The act, line by line; the idempotency key is the first 20 bytes of its SHA-256, in hexadecimal.
    pub act: String,
}

/// What becomes of a bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is paid.
    Pay,
    /// There is nothing to do.
    Skip,
    /// Something is in the way.
    Hold,
    /// The person is asked.
    Ask,
    /// Something newer than this reader.
    #[serde(other)]
    Unknown,
}

/// What a limit holds over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", schemars(rename = "LimitPeriod"))]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// From midnight to midnight.
    Day,
    /// Monday to Sunday.
    Week,
    /// A calendar month.
    Month,
    /// A calendar year.
    Year,
    /// All versions of a mandate.
    Lifetime,
}

/// The rule that decided about a bill, with the figures that it used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(tag = "rule", rename_all = "snake_case")]
pub enum Rule {
    /// The day that was set for it has come.
    Due {
        /// That day.
        pay_on: String,
    },
    /// The person approved it.
    Approved {
        /// The most that was approved, in fils.
        up_to_fils: i64,
    },
    /// The prepaid account has run low.
    BelowFloor {
        /// What is on it, in fils.
        balance_fils: i64,
        /// Below what it is low, in fils.
        below_fils: i64,
    },
    /// No mandate is for it.
    NoMandate,
    /// It was paid through the hub.
    Paid,
    /// It was paid by another way.
    PaidElsewhere,
    /// Its agency withdrew it.
    Withdrawn,
    /// Its agency no longer mentions it.
    Vanished,
    /// A payment of it is under way.
    BeingPaid,
    /// A payment of it is settled, and its agency doesn't say so yet.
    SettledAlready,
    /// Its account was topped up today.
    ToppedUpToday,
    /// The mandate is paused.
    Paused {
        /// Since when.
        since_at: String,
    },
    /// The person declined it.
    Declined {
        /// When.
        declined_at: String,
    },
    /// The mandate says nothing of top-ups.
    NoTopUps,
    /// The prepaid account has enough.
    EnoughBalance {
        /// What is on it, in fils.
        balance_fils: i64,
        /// Below what it would be low, in fils.
        below_fils: i64,
    },
    /// The day that was set for it is still to come.
    NotYet {
        /// That day.
        pay_on: String,
    },
    /// Its agency says something of it that this version doesn't know.
    NotUnderstood,
    /// The clock is behind something that has already happened.
    ClockBehind {
        /// When that happened.
        latest_at: String,
    },
    /// Its agency doesn't answer: what is known of the bill is too old to pay on.
    Stale {
        /// When the agency answered last.
        fetched_at: String,
    },
    /// The agency doesn't tell what is on the prepaid account.
    BalanceUnknown,
    /// The bill doesn't take the amount.
    AmountNotTaken {
        /// The amount, in fils.
        amount_fils: i64,
    },
    /// It is above the limit for one payment.
    OverPayment {
        /// What it costs, in fils.
        amount_fils: i64,
        /// The limit, in fils.
        limit_fils: i64,
    },
    /// With it, a period's limit of money would be passed.
    OverValue {
        /// Which period.
        period: Period,
        /// What it costs, in fils.
        amount_fils: i64,
        /// What is used of the limit, with what is under way, in fils.
        used_fils: i64,
        /// The limit, in fils.
        limit_fils: i64,
        /// When the next period begins.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resets_on: Option<String>,
    },
    /// With it, a period's limit of payments would be passed.
    OverCount {
        /// Which period.
        period: Period,
        /// How many payments there were, with those under way.
        used: u32,
        /// The limit.
        limit: u32,
        /// When the next period begins.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resets_on: Option<String>,
    },
    /// It was tried as often as it may be.
    AttemptsUsedUp {
        /// How often.
        attempts: u8,
    },
    /// It failed today, and is tried again on another day.
    RetryOn {
        /// How often it failed.
        attempts: u8,
        /// When.
        retry_on: String,
    },
    /// The instrument has expired, and there is no other.
    NoInstrument,
    /// The instrument was suspended or revoked at its bank, or isn't linked any more.
    InstrumentStopped,
    /// There isn't enough money.
    ShortOfMoney {
        /// What it costs, in fils.
        amount_fils: i64,
        /// What is there, after what comes first, in fils.
        available_fils: i64,
    },
    /// It is overdue, so that it may cost more than it seems.
    Overdue {
        /// When it was due.
        due_on: String,
    },
    /// It grew beyond what was approved.
    GrewPastApproval {
        /// What it costs, in fils.
        amount_fils: i64,
        /// What was approved, in fils.
        up_to_fils: i64,
    },
    /// It is above the amount from which the person wants to be asked.
    AboveAmount {
        /// What it costs, in fils.
        amount_fils: i64,
        /// That amount, in fils.
        above_fils: i64,
    },
    /// It is too far above its usual.
    AboveUsual {
        /// What it costs, in fils.
        amount_fils: i64,
        /// What is usual, in fils.
        usual_fils: i64,
        /// The median of how many bills that is.
        of: u8,
        /// How many per cent above it are paid without a question.
        percent: u16,
    },
    /// It is to be compared with its usual, and there are too few paid bills to know that.
    NoUsualYet {
        /// How many there are.
        have: u8,
    },
    /// Something newer than this reader.
    #[serde(other)]
    Unknown,
}
