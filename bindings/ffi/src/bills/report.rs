//! What became of a refresh, and what is owed in all.

use crate::{
    error::RabtError,
    values::{DubaiDate, Money, count},
};
use rabt::store::bills as store;

/// What became of a refresh.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct RefreshReport {
    /// An entry for each agency that was asked, in the order in which they were done.
    pub agencies: Vec<AgencyRefresh>,
    /// How many of them answered.
    pub answered: i32,
}

/// What became of one agency's part of a refresh.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct AgencyRefresh {
    /// Which agency.
    pub agency_id: String,
    /// What it said, or why not.
    pub outcome: RefreshOutcome,
    /// How long it took, in milliseconds.
    pub took_ms: i64,
}

/// What an agency said, or why it didn't.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum RefreshOutcome {
    /// Nothing has changed.
    Unchanged,
    /// It told its bills.
    Answered {
        /// How many weren't known.
        new_bills: i32,
        /// How many are different.
        changed_bills: i32,
        /// How many were open and are no longer mentioned.
        gone_bills: i32,
    },
    /// It didn't answer, or not properly. What it said before is still on the screen.
    Failed {
        /// Why.
        error: RabtError,
    },
}

/// The open bills of a day, summed up.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Summary {
    /// All of them.
    pub total: Tally,
    /// By agency, in the order of their names for machines.
    pub agencies: Vec<AgencySummary>,
    /// By the week in which they are due, the earliest first.
    pub weeks: Vec<WeekSummary>,
}

/// How many bills, and how much.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Tally {
    /// How many.
    pub count: i32,
    /// Their sum, without top-ups: nobody owes those.
    pub total: Money,
    /// How many of them are overdue, without top-ups.
    pub overdue: i32,
}

/// An agency's open bills, summed up.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct AgencySummary {
    /// Which agency.
    pub agency_id: String,
    /// Its open bills.
    pub tally: Tally,
}

/// A week's open bills, summed up.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct WeekSummary {
    /// The Monday on which it begins.
    pub begins_on: DubaiDate,
    /// What is due in it.
    pub tally: Tally,
}

impl From<rabt::RefreshReport> for RefreshReport {
    fn from(report: rabt::RefreshReport) -> Self {
        Self {
            answered: count(report.answered()),
            agencies: report.agencies.into_iter().map(AgencyRefresh::from).collect(),
        }
    }
}

impl From<rabt::AgencyRefresh> for AgencyRefresh {
    fn from(refresh: rabt::AgencyRefresh) -> Self {
        Self {
            agency_id: refresh.agency.as_str().to_owned(),
            outcome: match refresh.outcome {
                Ok(rabt::RefreshOutcome::Unchanged) => RefreshOutcome::Unchanged,
                Ok(rabt::RefreshOutcome::Answered(counts)) => RefreshOutcome::Answered {
                    new_bills: count(counts.new),
                    changed_bills: count(counts.changed),
                    gone_bills: count(counts.gone),
                },
                Err(error) => RefreshOutcome::Failed { error: error.into() },
            },
            took_ms: refresh.took_ms.into(),
        }
    }
}

impl From<store::Summary> for Summary {
    fn from(summary: store::Summary) -> Self {
        Self {
            total: summary.total.into(),
            agencies: summary
                .agencies
                .into_iter()
                .map(|agency| AgencySummary {
                    agency_id: agency.agency.as_str().to_owned(),
                    tally: agency.tally.into(),
                })
                .collect(),
            weeks: summary
                .weeks
                .into_iter()
                .map(|week| WeekSummary {
                    begins_on: week.begins_on.into(),
                    tally: week.tally.into(),
                })
                .collect(),
        }
    }
}

impl From<store::Tally> for Tally {
    fn from(tally: store::Tally) -> Self {
        Self {
            count: count(tally.count),
            total: tally.total.into_revealed().into(),
            overdue: count(tally.overdue),
        }
    }
}
