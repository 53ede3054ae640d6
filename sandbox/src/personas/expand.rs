//! Bills that a fixture gives by a rule, written out.

use super::persona::{BillSeries, PersonaBill, PersonaLine, PersonaPaid, RelativePeriod, SeriesLine};
use crate::agencies::FixtureError;

/// The most bills of a series; its numbers have four digits.
const SERIES_BILLS_MAX: u16 = 9_999;

/// The bills of a fixture, those of its series included.
pub(crate) fn all_bills(bills: &[PersonaBill], series: &[BillSeries]) -> Result<Vec<PersonaBill>, FixtureError> {
    let mut all = bills.to_vec();
    for (index, series) in series.iter().enumerate() {
        expand(series, &mut all)
            .map_err(|error| FixtureError::new(format!("series[{index}].{}", error.field), error.reason))?;
    }
    Ok(all)
}

fn expand(series: &BillSeries, into: &mut Vec<PersonaBill>) -> Result<(), FixtureError> {
    if !(1..=SERIES_BILLS_MAX).contains(&series.count) {
        return Err(FixtureError::new("count", format!("must be 1 to {SERIES_BILLS_MAX}")));
    }
    if series.bills_per_step == 0 {
        return Err(FixtureError::new("bills_per_step", "must be above 0"));
    }
    if series.paid_days_before_due.is_some() != series.paid_channel.is_some() {
        return Err(FixtureError::new("paid_channel", "goes with paid_days_before_due"));
    }
    for number in 0..series.count {
        into.push(one(series, number));
    }
    Ok(())
}

fn one(series: &BillSeries, number: u16) -> PersonaBill {
    let step = i32::from(number / series.bills_per_step);
    let due_in_days = series
        .first_due_in_days
        .saturating_add(series.step_days.saturating_mul(step));
    let issued_days_ago = series.issued_days_before_due.saturating_sub(due_in_days);
    PersonaBill {
        bill_id: format!("{}{:04}", series.bill_id_prefix, number + 1),
        agency_id: series.agency_id.clone(),
        account_id: series.account_id.clone(),
        kind_code: series.kind_code.clone(),
        title: None,
        reference: format!("{}{:04}", series.reference_prefix, number + 1),
        issued_days_ago,
        due_in_days,
        period: series.period_days.map(|days| RelativePeriod {
            from_days_ago: issued_days_ago.saturating_add(days),
            to_days_ago: issued_days_ago.saturating_add(1),
        }),
        lines: series.lines.iter().map(|line| line_of(line, number)).collect(),
        amount_rule: None,
        paid: series
            .paid_days_before_due
            .zip(series.paid_channel.clone())
            .map(|(days, channel)| PersonaPaid {
                days_ago: days.saturating_sub(due_in_days),
                channel,
            }),
    }
}

fn line_of(line: &SeriesLine, number: u16) -> PersonaLine {
    let amount_fils = line
        .amounts_fils
        .iter()
        .cycle()
        .nth(usize::from(number) % line.amounts_fils.len().max(1));
    PersonaLine {
        fee: line.fee.clone(),
        amount_fils: amount_fils.copied(),
    }
}
