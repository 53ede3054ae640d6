//! A mandate that would have paid everything on time.

use super::{AllowanceDraft, BillView, Draft, LimitsDraft, Period, Schedule, TopUpDraft, Weekend, When, WhenDraft};
use crate::{BillKind, BillStatus, DubaiDate, Fils, InstrumentId, MandateId, Timestamp};
use std::collections::BTreeMap;

/// A suggestion leaves a quarter above the most that there was.
const ROOM_PER_CENT: i64 = 25;
/// And is a round number of tens of dirhams.
const ROUND_FILS: i64 = 1_000;
/// Early enough for a failed payment to be tried again.
const DAYS_BEFORE_DUE: i64 = 3;
/// A road toll account runs low in a day or two below AED 20, at AED 4 or 6 a gate.
const TOP_UP_BELOW_FILS: i64 = 2_000;
/// What is added then.
const TOP_UP_ADD_FILS: i64 = 10_000;

/// From the bills of the last twelve months, a mandate for all bills that would have paid every one of them before it was due:
/// three days before, a weekend's on the Friday, with limits a quarter above the largest bill and the largest month. Prepaid
/// accounts are topped up where there is one that takes it. It asks nothing; the person may add that.
///
/// `None` where there was no bill, since nothing would bound it.
pub fn suggest(id: &MandateId, instrument: &InstrumentId, bills: &[BillView], now: Timestamp) -> Option<Draft> {
    let today = DubaiDate::at(now);
    let first = today.plus_months(-12);
    let schedule = Schedule {
        when: When::BeforeDue { days: 3 },
        weekend: Weekend::Before,
    };
    let mut largest = 0;
    let mut months: BTreeMap<DubaiDate, i64> = BTreeMap::new();
    let played = bills
        .iter()
        .filter(|bill| bill.issued_on >= first && !matches!(bill.kind, BillKind::TopUp | BillKind::Unknown))
        .filter(|bill| !matches!(bill.status, BillStatus::Withdrawn | BillStatus::Vanished));
    for bill in played {
        largest = largest.max(bill.amount.get());
        let month = months
            .entry(schedule.pay_on(bill.issued_on, bill.due_on).month_begins())
            .or_default();
        *month = month.saturating_add(bill.amount.get());
    }
    let largest_month = months.into_values().max()?;
    let add = Fils::new(TOP_UP_ADD_FILS).ok()?;
    let tops_up = bills.iter().any(|bill| bill.kind == BillKind::TopUp && bill.takes(add));
    let floor = if tops_up { TOP_UP_ADD_FILS } else { 0 };
    let mut limits = LimitsDraft {
        per_payment_fils: Some(with_room(largest.max(floor))),
        ..LimitsDraft::default()
    };
    limits.periods[Period::Month as usize] = AllowanceDraft {
        value_fils: Some(with_room(largest_month.saturating_add(floor))),
        count: None,
    };
    Some(Draft {
        mandate_id: id.as_str().to_owned(),
        version: 1,
        agreed_at: now,
        scope: None,
        instrument_id: instrument.as_str().to_owned(),
        fallback_instrument_id: None,
        when: WhenDraft::BeforeDue { days: DAYS_BEFORE_DUE },
        weekend: Weekend::Before,
        limits,
        ask_above_fils: None,
        ask_above_usual_percent: None,
        top_up: tops_up.then_some(TopUpDraft {
            below_fils: TOP_UP_BELOW_FILS,
            add_fils: TOP_UP_ADD_FILS,
        }),
        priority: 1,
        from_on: today.to_string(),
        until_on: today.plus_months(12).plus_days(-1).to_string(),
    })
}

fn with_room(fils: i64) -> i64 {
    let roomy = fils.saturating_add(fils / 100 * ROOM_PER_CENT + ROUND_FILS);
    (roomy - roomy % ROUND_FILS).min(Fils::MAX.get())
}
