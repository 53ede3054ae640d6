//! What is owed, summed up.

use rabt_domain::{AgencyId, DubaiDate, Fils, Personal};

/// The open bills of a day, summed up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// All of them.
    pub total: Tally,
    /// By agency, in the order of their names for machines.
    pub agencies: Vec<AgencySummary>,
    /// By the week in which they are due, the earliest first.
    pub weeks: Vec<WeekSummary>,
}

/// How many bills, and how much.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many.
    pub count: u32,
    /// Their sum; what is beyond the bounds of an amount counts as the bound. Top-ups are counted and not summed: nobody owes them.
    pub total: Personal<Fils>,
    /// How many of them are overdue.
    pub overdue: u32,
}

/// An agency's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgencySummary {
    /// Which agency.
    pub agency: AgencyId,
    /// Its open bills.
    pub tally: Tally,
}

/// A week's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WeekSummary {
    /// The Monday on which it begins.
    pub begins_on: DubaiDate,
    /// What is due in it.
    pub tally: Tally,
}
