//! What each limit of a mandate still allows.

use super::{
    History, Mandate, Period,
    decide::{Used, Windows},
};
use crate::{DubaiDate, Fils, Timestamp};

/// What is left of a period's limits; `None` where it has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Left {
    /// Which period.
    pub period: Period,
    /// How much money.
    pub value: Option<Fils>,
    /// How many payments.
    pub count: Option<u32>,
    /// When the next period begins; `None` for the lifetime.
    pub resets_on: Option<DubaiDate>,
}

/// What each limited period has left at an instant, with the payments that are under way taken off. What an approval let pass
/// beyond a limit leaves zero, not less.
pub fn limits_left(mandate: &Mandate, history: &History, now: Timestamp) -> Vec<Left> {
    let today = DubaiDate::at(now);
    let used = Used::of(mandate, &history.payments, &Windows::at(today));
    Period::ALL
        .into_iter()
        .filter_map(|period| {
            let allowance = mandate.terms().limits.of(period);
            allowance.is_limit().then(|| Left {
                period,
                value: allowance.value.map(|limit| {
                    limit
                        .checked_sub(used.value(period))
                        .unwrap_or(Fils::ZERO)
                        .max(Fils::ZERO)
                }),
                count: allowance.count.map(|limit| limit.saturating_sub(used.count(period))),
                resets_on: period.next_begins(today),
            })
        })
        .collect()
}
