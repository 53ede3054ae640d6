//! What being late costs, so that a year with mandates can be held against one without.
//!
//! **A simulated rule.** Real agencies each have their own, and few publish an amount: the road toll fines AED 50 after five days short of
//! funds, others cut off, block a renewal or add a percentage. Here every agency adds the same to a bill that is overdue, once: 5 % of it, at
//! least AED 10 and at most AED 100. Agencies do it only when control says so, since a city in which bills grow by themselves would
//! make other tests' amounts depend on the day.

use super::{AgencyError, admin::BILLS_MAX, outbox, store::bills};
use crate::context::Ctx;
use jiff::civil::Date;
use rabt_protocol::{
    Localized,
    agency::{Bill, BillKind, BillLine, BillStatus, FeeSource},
};
use serde::{Deserialize, Serialize};

/// The line that holds it.
const CODE: &str = "late-payment";
const PERCENT: i64 = 5;
const FILS_MIN: i64 = 1_000;
const FILS_MAX: i64 = 10_000;

/// What was charged for being late.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LateFees {
    /// For how many bills.
    pub bills: usize,
    /// How much, in fils.
    pub fils: i64,
}

/// Every agency looks at what is overdue and wasn't charged yet; what is charged now.
pub(crate) fn charge(ctx: &Ctx) -> Result<LateFees, AgencyError> {
    let today = ctx.clock.today();
    let charged = ctx.state.transact(|tx| {
        let mut charged = LateFees::default();
        for mut bill in bills::list(tx, None, None, Some(BillStatus::Open), BILLS_MAX)? {
            if !is_late(&bill, today) || fee_of(&bill).is_some() {
                continue;
            }
            let fils = (bill.amount_fils.saturating_mul(PERCENT) / 100).clamp(FILS_MIN, FILS_MAX);
            bill.lines.push(line(fils));
            bill.amount_fils = bill.amount_fils.saturating_add(fils);
            bills::change(tx, &mut bill, &today.to_string())?;
            charged.bills += 1;
            charged.fils += fils;
        }
        Ok::<_, AgencyError>(charged)
    })?;
    outbox::ring();
    Ok(charged)
}

/// All that was ever charged, paid or not.
pub(crate) fn charged(ctx: &Ctx) -> Result<LateFees, AgencyError> {
    let all = ctx.state.transact(|tx| bills::list(tx, None, None, None, BILLS_MAX))?;
    let fees: Vec<i64> = all.iter().filter_map(fee_of).collect();
    Ok(LateFees {
        bills: fees.len(),
        fils: fees.iter().sum(),
    })
}

fn is_late(bill: &Bill, today: Date) -> bool {
    bill.kind != BillKind::TopUp && bill.due_on.parse::<Date>().is_ok_and(|due_on| due_on < today)
}

fn fee_of(bill: &Bill) -> Option<i64> {
    bill.lines
        .iter()
        .find(|line| line.code == CODE)
        .map(|line| line.amount_fils)
}

fn line(amount_fils: i64) -> BillLine {
    BillLine {
        code: CODE.to_owned(),
        title: Localized::new("Late payment (simulated rule)", "رسم تأخر (قاعدة محاكاة)"),
        amount_fils,
        source: Some(FeeSource {
            name: "Chosen for the sandbox, not a published figure".to_owned(),
            as_of: "2026-11-27".to_owned(),
        }),
    }
}
