//! When a bill is paid.

use crate::DubaiDate;

/// The most days before the due day: no agency of the city gives longer terms than two months.
pub const DAYS_BEFORE_DUE_MAX: u8 = 60;

/// When, and what becomes of a day on a weekend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// When.
    pub when: When,
    /// What becomes of a Saturday or Sunday.
    pub weekend: Weekend,
}

/// The day on which a bill is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// The day on which it is issued.
    OnIssue,
    /// So many days before it is due, 1 to [`DAYS_BEFORE_DUE_MAX`].
    BeforeDue {
        /// How many.
        days: u8,
    },
    /// The day on which it is due.
    OnDue,
    /// The first such day of a month on or after its issue, 1 to 31; the last of a shorter month.
    DayOfMonth {
        /// Which.
        day: u8,
    },
}

/// What becomes of a day that falls on a Saturday or Sunday.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Weekend {
    /// It stays.
    #[default]
    Keep,
    /// The Friday before.
    Before,
    /// The Monday after.
    After,
}

impl Schedule {
    /// The first day on which a bill is paid. Whatever the schedule says, it is neither before the bill is issued nor after it
    /// is due: a rule about days is never a reason to be late.
    pub fn pay_on(&self, issued_on: DubaiDate, due_on: DubaiDate) -> DubaiDate {
        let day = match self.when {
            When::OnIssue => issued_on,
            When::BeforeDue { days } => due_on.plus_days(-i32::from(days)),
            When::OnDue => due_on,
            When::DayOfMonth { day } => next_day_of_month(issued_on, day),
        };
        self.weekend.moved(day).clamp(issued_on, due_on.max(issued_on))
    }
}

/// The first such day of a month on or after `from`.
pub(super) fn next_day_of_month(from: DubaiDate, day: u8) -> DubaiDate {
    let this_month = from.on_day_of_month(day);
    if this_month >= from {
        this_month
    } else {
        from.month_begins().plus_months(1).on_day_of_month(day)
    }
}

impl Weekend {
    fn moved(self, day: DubaiDate) -> DubaiDate {
        if self == Self::Keep || !day.is_weekend() {
            return day;
        }
        let monday = day.week_begins();
        match self {
            Self::Keep => day,
            Self::Before => monday.plus_days(4),
            Self::After => monday.plus_days(7),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> DubaiDate {
        DubaiDate::parse(text).unwrap()
    }

    #[test]
    fn the_day_is_the_one_that_was_chosen_and_within_the_bill() {
        let pay_on = |when, weekend, issued: &str, due: &str| {
            Schedule { when, weekend }.pay_on(day(issued), day(due)).to_string()
        };
        use {Weekend::*, When::*};
        for (when, weekend, issued, due, expected) in [
            (OnIssue, Keep, "2026-11-01", "2026-11-20", "2026-11-01"),
            (OnDue, Keep, "2026-11-01", "2026-11-21", "2026-11-21"),
            (OnDue, Before, "2026-11-01", "2026-11-21", "2026-11-20"),
            // The Monday after would be late.
            (OnDue, After, "2026-11-01", "2026-11-21", "2026-11-21"),
            (BeforeDue { days: 3 }, Keep, "2026-02-20", "2026-03-02", "2026-02-27"),
            (BeforeDue { days: 3 }, After, "2026-11-01", "2026-11-25", "2026-11-23"),
            (BeforeDue { days: 30 }, Keep, "2026-11-10", "2026-11-20", "2026-11-10"),
            (DayOfMonth { day: 31 }, Keep, "2027-02-03", "2027-03-20", "2027-02-28"),
            (DayOfMonth { day: 31 }, Keep, "2028-02-03", "2028-03-20", "2028-02-29"),
            (DayOfMonth { day: 5 }, Keep, "2026-12-06", "2027-01-20", "2027-01-05"),
            (DayOfMonth { day: 28 }, Keep, "2026-11-01", "2026-11-20", "2026-11-20"),
            // The Friday before is before it was issued.
            (OnIssue, Before, "2026-11-21", "2026-12-20", "2026-11-21"),
        ] {
            assert_eq!(
                pay_on(when, weekend, issued, due),
                expected,
                "{when:?} {weekend:?} {issued} {due}"
            );
        }
    }
}
