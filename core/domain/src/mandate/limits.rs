//! How much, and how often.

use crate::{DubaiDate, Fils, Invalid, InvalidReason};

/// A span of time that a limit holds over. Days, weeks, months and years are those of Dubai's calendar; a week begins on Monday.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Period {
    /// From midnight to midnight.
    Day,
    /// Monday to Sunday.
    Week,
    /// A calendar month.
    Month,
    /// A calendar year.
    Year,
    /// As long as the mandate exists, over all its versions.
    Lifetime,
}

impl Period {
    /// All, the shortest first.
    pub const ALL: [Self; 5] = [Self::Day, Self::Week, Self::Month, Self::Year, Self::Lifetime];

    /// The first day of the one that a day is in; `None` for the lifetime, which has no first day.
    pub fn begins(self, day: DubaiDate) -> Option<DubaiDate> {
        match self {
            Self::Day => Some(day),
            Self::Week => Some(day.week_begins()),
            Self::Month => Some(day.month_begins()),
            Self::Year => Some(day.year_begins()),
            Self::Lifetime => None,
        }
    }

    /// The first day of the next one; `None` for the lifetime.
    pub fn next_begins(self, day: DubaiDate) -> Option<DubaiDate> {
        let begins = self.begins(day)?;
        Some(match self {
            Self::Day => begins.plus_days(1),
            Self::Week => begins.plus_days(7),
            Self::Month => begins.plus_months(1),
            Self::Year | Self::Lifetime => begins.plus_months(12),
        })
    }

    /// Its stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
            Self::Lifetime => "lifetime",
        }
    }
}

/// What may be paid within a period: both, either, or no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allowance {
    /// The most money, above zero; exactly so much is still within it.
    pub value: Option<Fils>,
    /// The most payments, above zero. Each bill paid is one.
    pub count: Option<u32>,
}

impl Allowance {
    /// Whether it limits anything.
    pub fn is_limit(&self) -> bool {
        self.value.is_some() || self.count.is_some()
    }
}

/// All limits of a mandate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// The most for one bill.
    pub per_payment: Option<Fils>,
    /// By period, in the order of [`Period::ALL`].
    pub periods: [Allowance; 5],
}

impl Limits {
    /// The limit of a period.
    pub fn of(&self, period: Period) -> Allowance {
        self.periods[period as usize]
    }

    /// Whether anything bounds what may be paid.
    pub fn is_limit(&self) -> bool {
        self.per_payment.is_some() || self.periods.iter().any(Allowance::is_limit)
    }

    /// Refuses limits that contradict each other: one of a shorter period above one of a longer, by which the shorter would
    /// never be reached.
    pub(super) fn checked(self) -> Result<Self, Invalid> {
        let mut value = self.per_payment;
        let mut count = None;
        for period in Period::ALL {
            let allowance = self.of(period);
            let contradicts =
                |what: &str| Invalid::new(format!("limits.{}.{what}", period.code()), InvalidReason::Inconsistent);
            if let (Some(shorter), Some(longer)) = (value, allowance.value)
                && shorter > longer
            {
                return Err(contradicts("value_fils"));
            }
            if let (Some(shorter), Some(longer)) = (count, allowance.count)
                && shorter > longer
            {
                return Err(contradicts("count"));
            }
            value = allowance.value.or(value);
            count = allowance.count.or(count);
        }
        Ok(self)
    }
}
