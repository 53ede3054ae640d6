//! Why a bill is paid, skipped, held or asked about.

use super::Period;
use crate::{DubaiDate, Fils, Timestamp};

/// What becomes of a bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// It is paid now.
    Pay,
    /// There is nothing to do.
    Skip,
    /// It should be paid, and something is in the way that the mandate can't pass.
    Hold,
    /// The person is asked.
    Ask,
}

macro_rules! rules {
    ($($outcome:ident: { $($(#[$doc:meta])* $name:ident $({ $($(#[$field_doc:meta])* $field:ident: $type:ty,)* })? = $code:literal,)* })*) => {
        /// The rule that decided about a bill, with the figures that it used.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Rule {
            $($($(#[$doc])* $name $({ $($(#[$field_doc])* $field: $type,)* })?,)*)*
        }

        impl Rule {
            /// The stable codes of all rules with their outcomes, in the order of the table in `docs/autopay.md`.
            pub const ALL: &[(&str, Outcome)] = &[$($(($code, Outcome::$outcome),)*)*];

            /// Its stable code.
            pub fn code(&self) -> &'static str {
                match self {
                    $($(Self::$name $({ $($field: _,)* })? => $code,)*)*
                }
            }

            /// What it makes of the bill.
            pub fn outcome(&self) -> Outcome {
                match self {
                    $($(Self::$name $({ $($field: _,)* })? => Outcome::$outcome,)*)*
                }
            }
        }
    };
}

rules! {
    Pay: {
        /// The day that was set for it has come.
        Due {
            /// That day.
            pay_on: DubaiDate,
        } = "due",
        /// The person approved it.
        Approved {
            /// The most that was approved.
            up_to: Fils,
        } = "approved",
        /// The prepaid account has run low.
        BelowFloor {
            /// What is on it.
            balance: Fils,
            /// Below what it is low.
            below: Fils,
        } = "below_floor",
    }
    Skip: {
        /// No mandate is for it.
        NoMandate = "no_mandate",
        /// It was paid through the hub.
        Paid = "paid",
        /// It was paid by another way.
        PaidElsewhere = "paid_elsewhere",
        /// Its agency withdrew it.
        Withdrawn = "withdrawn",
        /// Its agency no longer mentions it.
        Vanished = "vanished",
        /// A payment of it is under way.
        BeingPaid = "being_paid",
        /// A payment of it is settled, and its agency doesn't say so yet.
        SettledAlready = "settled_already",
        /// Its account was topped up today.
        ToppedUpToday = "topped_up_today",
        /// The mandate is paused.
        Paused {
            /// Since when.
            since: Timestamp,
        } = "paused",
        /// The person declined it.
        Declined {
            /// When.
            at: Timestamp,
        } = "declined",
        /// The mandate says nothing of top-ups.
        NoTopUps = "no_top_ups",
        /// The prepaid account has enough.
        EnoughBalance {
            /// What is on it.
            balance: Fils,
            /// Below what it would be low.
            below: Fils,
        } = "enough_balance",
        /// The day that was set for it is still to come.
        NotYet {
            /// That day.
            pay_on: DubaiDate,
        } = "not_yet",
    }
    Hold: {
        /// Its agency says something of it that this version doesn't know.
        NotUnderstood = "not_understood",
        /// The clock is behind something that has already happened.
        ClockBehind {
            /// When that happened.
            latest: Timestamp,
        } = "clock_behind",
        /// Its agency doesn't answer: what is known of the bill is too old to pay on.
        Stale {
            /// When the agency answered last.
            fetched_at: Timestamp,
        } = "stale",
        /// The agency doesn't tell what is on the prepaid account.
        BalanceUnknown = "balance_unknown",
        /// The bill doesn't take the amount.
        AmountNotTaken {
            /// The amount.
            amount: Fils,
        } = "amount_not_taken",
        /// It is above the limit for one payment.
        OverPayment {
            /// What it costs.
            amount: Fils,
            /// The limit.
            limit: Fils,
        } = "over_payment",
        /// With it, a period's limit of money would be passed.
        OverValue {
            /// Which period.
            period: Period,
            /// What it costs.
            amount: Fils,
            /// What is used of the limit, with what is under way.
            used: Fils,
            /// The limit.
            limit: Fils,
            /// When the next period begins.
            resets_on: Option<DubaiDate>,
        } = "over_value",
        /// With it, a period's limit of payments would be passed.
        OverCount {
            /// Which period.
            period: Period,
            /// How many payments there were, with those under way.
            used: u32,
            /// The limit.
            limit: u32,
            /// When the next period begins.
            resets_on: Option<DubaiDate>,
        } = "over_count",
        /// It was tried as often as it may be.
        AttemptsUsedUp {
            /// How often.
            attempts: u8,
        } = "attempts_used_up",
        /// It failed today, and is tried again on another day.
        RetryOn {
            /// How often it failed.
            attempts: u8,
            /// When.
            on: DubaiDate,
        } = "retry_on",
        /// The instrument has expired, and there is no other.
        NoInstrument = "no_instrument",
        /// The instrument was suspended or revoked at its bank, or isn't linked any more.
        InstrumentStopped = "instrument_stopped",
        /// There isn't enough money.
        ShortOfMoney {
            /// What it costs.
            amount: Fils,
            /// What is there, after what comes first.
            available: Fils,
        } = "short_of_money",
    }
    Ask: {
        /// It is overdue, so that it may cost more than it seems.
        Overdue {
            /// When it was due.
            due_on: DubaiDate,
        } = "overdue",
        /// It grew beyond what was approved.
        GrewPastApproval {
            /// What it costs.
            amount: Fils,
            /// What was approved.
            up_to: Fils,
        } = "grew_past_approval",
        /// It is above the amount from which the person wants to be asked.
        AboveAmount {
            /// What it costs.
            amount: Fils,
            /// That amount.
            above: Fils,
        } = "above_amount",
        /// It is too far above its usual.
        AboveUsual {
            /// What it costs.
            amount: Fils,
            /// What is usual.
            usual: Fils,
            /// The median of how many bills that is.
            of: u8,
            /// How many per cent above it are paid without a question.
            percent: u16,
        } = "above_usual",
        /// It is to be compared with its usual, and there are too few paid bills to know that.
        NoUsualYet {
            /// How many there are.
            have: u8,
        } = "no_usual_yet",
    }
}

impl Rule {
    /// Whether a hold passes only if the person does something, so that they are told at once and not when it becomes urgent.
    pub(super) fn needs_the_person(&self) -> bool {
        match self {
            Self::NotUnderstood
            | Self::AmountNotTaken { .. }
            | Self::OverPayment { .. }
            | Self::AttemptsUsedUp { .. }
            | Self::NoInstrument
            | Self::InstrumentStopped => true,
            Self::OverValue { period, .. } | Self::OverCount { period, .. } => *period == Period::Lifetime,
            rule => rule.outcome() == Outcome::Ask,
        }
    }
}
