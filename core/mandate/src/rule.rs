//! The rules, both ways.

use crate::{amount, day, instant};
use rabt_domain::{Invalid, InvalidReason, mandate as domain};
use rabt_protocol::mandate as wired;

/// The rule on the wire.
pub fn rule(rule: &domain::Rule) -> wired::Rule {
    match *rule {
        domain::Rule::Due { pay_on } => wired::Rule::Due {
            pay_on: pay_on.to_string(),
        },
        domain::Rule::Approved { up_to } => wired::Rule::Approved {
            up_to_fils: up_to.get(),
        },
        domain::Rule::BelowFloor { balance, below } => wired::Rule::BelowFloor {
            balance_fils: balance.get(),
            below_fils: below.get(),
        },
        domain::Rule::NoMandate => wired::Rule::NoMandate,
        domain::Rule::Paid => wired::Rule::Paid,
        domain::Rule::PaidElsewhere => wired::Rule::PaidElsewhere,
        domain::Rule::Withdrawn => wired::Rule::Withdrawn,
        domain::Rule::Vanished => wired::Rule::Vanished,
        domain::Rule::BeingPaid => wired::Rule::BeingPaid,
        domain::Rule::SettledAlready => wired::Rule::SettledAlready,
        domain::Rule::ToppedUpToday => wired::Rule::ToppedUpToday,
        domain::Rule::Paused { since } => wired::Rule::Paused {
            since_at: since.to_string(),
        },
        domain::Rule::Declined { at } => wired::Rule::Declined {
            declined_at: at.to_string(),
        },
        domain::Rule::NoTopUps => wired::Rule::NoTopUps,
        domain::Rule::EnoughBalance { balance, below } => wired::Rule::EnoughBalance {
            balance_fils: balance.get(),
            below_fils: below.get(),
        },
        domain::Rule::NotYet { pay_on } => wired::Rule::NotYet {
            pay_on: pay_on.to_string(),
        },
        domain::Rule::NotUnderstood => wired::Rule::NotUnderstood,
        domain::Rule::ClockBehind { latest } => wired::Rule::ClockBehind {
            latest_at: latest.to_string(),
        },
        domain::Rule::Stale { fetched_at } => wired::Rule::Stale {
            fetched_at: fetched_at.to_string(),
        },
        domain::Rule::BalanceUnknown => wired::Rule::BalanceUnknown,
        domain::Rule::AmountNotTaken { amount } => wired::Rule::AmountNotTaken {
            amount_fils: amount.get(),
        },
        domain::Rule::OverPayment { amount, limit } => wired::Rule::OverPayment {
            amount_fils: amount.get(),
            limit_fils: limit.get(),
        },
        domain::Rule::OverValue {
            period,
            amount,
            used,
            limit,
            resets_on,
        } => wired::Rule::OverValue {
            period: write_period(period),
            amount_fils: amount.get(),
            used_fils: used.get(),
            limit_fils: limit.get(),
            resets_on: resets_on.map(|day| day.to_string()),
        },
        domain::Rule::OverCount {
            period,
            used,
            limit,
            resets_on,
        } => wired::Rule::OverCount {
            period: write_period(period),
            used,
            limit,
            resets_on: resets_on.map(|day| day.to_string()),
        },
        domain::Rule::AttemptsUsedUp { attempts } => wired::Rule::AttemptsUsedUp { attempts },
        domain::Rule::RetryOn { attempts, on } => wired::Rule::RetryOn {
            attempts,
            retry_on: on.to_string(),
        },
        domain::Rule::NoInstrument => wired::Rule::NoInstrument,
        domain::Rule::InstrumentStopped => wired::Rule::InstrumentStopped,
        domain::Rule::ShortOfMoney { amount, available } => wired::Rule::ShortOfMoney {
            amount_fils: amount.get(),
            available_fils: available.get(),
        },
        domain::Rule::Overdue { due_on } => wired::Rule::Overdue {
            due_on: due_on.to_string(),
        },
        domain::Rule::GrewPastApproval { amount, up_to } => wired::Rule::GrewPastApproval {
            amount_fils: amount.get(),
            up_to_fils: up_to.get(),
        },
        domain::Rule::AboveAmount { amount, above } => wired::Rule::AboveAmount {
            amount_fils: amount.get(),
            above_fils: above.get(),
        },
        domain::Rule::AboveUsual {
            amount,
            usual,
            of,
            percent,
        } => wired::Rule::AboveUsual {
            amount_fils: amount.get(),
            usual_fils: usual.get(),
            of,
            percent,
        },
        domain::Rule::NoUsualYet { have } => wired::Rule::NoUsualYet { have },
        // `Rule` may grow in its crate; here every one is named, and a test writes each.
        _ => wired::Rule::Unknown,
    }
}

/// A rule from the wire; one that is newer than this version can't be judged.
///
/// # Errors
/// [`Invalid`] naming the figure, or on `rule` for one that isn't known.
pub fn read_rule(rule: &wired::Rule) -> Result<domain::Rule, Invalid> {
    Ok(match rule {
        wired::Rule::Due { pay_on } => domain::Rule::Due {
            pay_on: day(pay_on, "pay_on")?,
        },
        wired::Rule::Approved { up_to_fils } => domain::Rule::Approved {
            up_to: amount(*up_to_fils, "up_to_fils")?,
        },
        wired::Rule::BelowFloor {
            balance_fils,
            below_fils,
        } => domain::Rule::BelowFloor {
            balance: amount(*balance_fils, "balance_fils")?,
            below: amount(*below_fils, "below_fils")?,
        },
        wired::Rule::NoMandate => domain::Rule::NoMandate,
        wired::Rule::Paid => domain::Rule::Paid,
        wired::Rule::PaidElsewhere => domain::Rule::PaidElsewhere,
        wired::Rule::Withdrawn => domain::Rule::Withdrawn,
        wired::Rule::Vanished => domain::Rule::Vanished,
        wired::Rule::BeingPaid => domain::Rule::BeingPaid,
        wired::Rule::SettledAlready => domain::Rule::SettledAlready,
        wired::Rule::ToppedUpToday => domain::Rule::ToppedUpToday,
        wired::Rule::Paused { since_at } => domain::Rule::Paused {
            since: instant(since_at, "since_at")?,
        },
        wired::Rule::Declined { declined_at } => domain::Rule::Declined {
            at: instant(declined_at, "declined_at")?,
        },
        wired::Rule::NoTopUps => domain::Rule::NoTopUps,
        wired::Rule::EnoughBalance {
            balance_fils,
            below_fils,
        } => domain::Rule::EnoughBalance {
            balance: amount(*balance_fils, "balance_fils")?,
            below: amount(*below_fils, "below_fils")?,
        },
        wired::Rule::NotYet { pay_on } => domain::Rule::NotYet {
            pay_on: day(pay_on, "pay_on")?,
        },
        wired::Rule::NotUnderstood => domain::Rule::NotUnderstood,
        wired::Rule::ClockBehind { latest_at } => domain::Rule::ClockBehind {
            latest: instant(latest_at, "latest_at")?,
        },
        wired::Rule::Stale { fetched_at } => domain::Rule::Stale {
            fetched_at: instant(fetched_at, "fetched_at")?,
        },
        wired::Rule::BalanceUnknown => domain::Rule::BalanceUnknown,
        wired::Rule::AmountNotTaken { amount_fils } => domain::Rule::AmountNotTaken {
            amount: amount(*amount_fils, "amount_fils")?,
        },
        wired::Rule::OverPayment {
            amount_fils,
            limit_fils,
        } => domain::Rule::OverPayment {
            amount: amount(*amount_fils, "amount_fils")?,
            limit: amount(*limit_fils, "limit_fils")?,
        },
        wired::Rule::OverValue {
            period,
            amount_fils,
            used_fils,
            limit_fils,
            resets_on,
        } => domain::Rule::OverValue {
            period: read_period(*period),
            amount: amount(*amount_fils, "amount_fils")?,
            used: amount(*used_fils, "used_fils")?,
            limit: amount(*limit_fils, "limit_fils")?,
            resets_on: resets_on.as_deref().map(|text| day(text, "resets_on")).transpose()?,
        },
        wired::Rule::OverCount {
            period,
            used,
            limit,
            resets_on,
        } => domain::Rule::OverCount {
            period: read_period(*period),
            used: *used,
            limit: *limit,
            resets_on: resets_on.as_deref().map(|text| day(text, "resets_on")).transpose()?,
        },
        wired::Rule::AttemptsUsedUp { attempts } => domain::Rule::AttemptsUsedUp { attempts: *attempts },
        wired::Rule::RetryOn { attempts, retry_on } => domain::Rule::RetryOn {
            attempts: *attempts,
            on: day(retry_on, "retry_on")?,
        },
        wired::Rule::NoInstrument => domain::Rule::NoInstrument,
        wired::Rule::InstrumentStopped => domain::Rule::InstrumentStopped,
        wired::Rule::ShortOfMoney {
            amount_fils,
            available_fils,
        } => domain::Rule::ShortOfMoney {
            amount: amount(*amount_fils, "amount_fils")?,
            available: amount(*available_fils, "available_fils")?,
        },
        wired::Rule::Overdue { due_on } => domain::Rule::Overdue {
            due_on: day(due_on, "due_on")?,
        },
        wired::Rule::GrewPastApproval {
            amount_fils,
            up_to_fils,
        } => domain::Rule::GrewPastApproval {
            amount: amount(*amount_fils, "amount_fils")?,
            up_to: amount(*up_to_fils, "up_to_fils")?,
        },
        wired::Rule::AboveAmount {
            amount_fils,
            above_fils,
        } => domain::Rule::AboveAmount {
            amount: amount(*amount_fils, "amount_fils")?,
            above: amount(*above_fils, "above_fils")?,
        },
        wired::Rule::AboveUsual {
            amount_fils,
            usual_fils,
            of,
            percent,
        } => domain::Rule::AboveUsual {
            amount: amount(*amount_fils, "amount_fils")?,
            usual: amount(*usual_fils, "usual_fils")?,
            of: *of,
            percent: *percent,
        },
        wired::Rule::NoUsualYet { have } => domain::Rule::NoUsualYet { have: *have },
        wired::Rule::Unknown => return Err(Invalid::new("rule", InvalidReason::Unsupported)),
    })
}

fn write_period(period: domain::Period) -> wired::Period {
    match period {
        domain::Period::Day => wired::Period::Day,
        domain::Period::Week => wired::Period::Week,
        domain::Period::Month => wired::Period::Month,
        domain::Period::Year => wired::Period::Year,
        domain::Period::Lifetime => wired::Period::Lifetime,
    }
}

fn read_period(period: wired::Period) -> domain::Period {
    match period {
        wired::Period::Day => domain::Period::Day,
        wired::Period::Week => domain::Period::Week,
        wired::Period::Month => domain::Period::Month,
        wired::Period::Year => domain::Period::Year,
        wired::Period::Lifetime => domain::Period::Lifetime,
    }
}
