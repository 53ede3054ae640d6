//! Ten ways in which a gateway could cheat, each really executed, so that a phone can be tested against it. Control asks for one; nothing
//! else does.
//!
//! A cheat takes what the engine decided and makes something else of it: the first bill for which it can. Where an agency would say no to
//! it (a bill a second time, a part of a bill), the money is moved at the bank and the agency isn't asked.

use super::{
    runner::{Pay, Planned},
    situation::{Known, Tries, instrument_of},
};
use crate::{clock::dubai_date, context::Context, gateway::instruments, server::reply::Reply};
use rabt_protocol::{
    agency::BillKind,
    instrument::InstrumentStatus,
    mandate::{ByVersion, MandateState, Progress, ReportedPayment, Rule, Standing},
};
use rusqlite::Transaction;
use serde::{Deserialize, Serialize};

/// A way to cheat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cheat {
    /// Pays what a limit holds.
    OverLimit,
    /// Pays a bill that no mandate is for.
    AnotherBill,
    /// Takes the money for a bill again.
    Twice,
    /// Goes on after the person revoked.
    AfterRevocation,
    /// Pays before the day has come.
    TooEarly,
    /// Pays a bill in parts, each within the limit for one payment.
    Split,
    /// Pays with what the mandate doesn't name.
    AnotherInstrument,
    /// Pays by a version that nobody signed.
    UnsignedVersion,
    /// Pays and doesn't tell.
    HiddenPayment,
    /// Doesn't pay what is due, and says that the person declined it.
    InventedSkip,
}

impl Cheat {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::OverLimit,
        Self::AnotherBill,
        Self::Twice,
        Self::AfterRevocation,
        Self::TooEarly,
        Self::Split,
        Self::AnotherInstrument,
        Self::UnsignedVersion,
        Self::HiddenPayment,
        Self::InventedSkip,
    ];
}

/// What was revoked is taken to be at work.
pub(super) fn forget_revocations(states: &mut [MandateState]) {
    for state in states {
        if matches!(state.standing, Standing::Revoked { .. }) {
            state.standing = Standing::Active;
        }
    }
}

/// Makes something else of what was decided.
pub(super) fn spoil(
    ctx: &Context,
    tx: &Transaction<'_>,
    subject: &str,
    cheat: Cheat,
    known: &Known,
    planned: &mut [Planned],
    now_ms: i64,
) -> Reply<()> {
    let today = dubai_date(now_ms).to_string();
    let spoiler = Spoiler { ctx, known, today };
    match cheat {
        // The engine was told another standing before.
        Cheat::AfterRevocation => {}
        Cheat::OverLimit => {
            if let Some(plan) = planned.iter_mut().find(|plan| is_over(&plan.decision.because)) {
                spoiler.pay_in_full(plan);
            }
        }
        Cheat::AnotherBill => {
            let by = planned
                .iter()
                .find_map(|plan| plan.decision.by.clone())
                .or_else(|| spoiler.any_mandate());
            let target = planned
                .iter_mut()
                .find(|plan| matches!(plan.decision.because, Rule::NoMandate) && spoiler.is_open(plan));
            if let (Some(by), Some(plan)) = (by, target) {
                plan.decision.by = Some(by);
                spoiler.pay_in_full(plan);
            }
        }
        Cheat::Twice => {
            let once = |tries: Tries| tries.settled == 1 && tries.counting == 1;
            if let Some(plan) = planned
                .iter_mut()
                .find(|plan| plan.decision.by.is_some() && once(spoiler.tries(plan)))
            {
                spoiler.pay_in_full(plan);
                spoiler.without_the_agency(plan);
            }
        }
        Cheat::TooEarly => {
            let early = planned.iter_mut().find_map(|plan| match plan.decision.because.clone() {
                Rule::NotYet { pay_on } => Some((plan, pay_on)),
                _ => None,
            });
            if let Some((plan, pay_on)) = early {
                spoiler.pay_in_full(plan);
                plan.decision.because = Rule::Due { pay_on };
            }
        }
        Cheat::Split => {
            for plan in planned {
                let limit = match plan.decision.because {
                    Rule::OverPayment { limit_fils, .. } => Some(limit_fils),
                    Rule::SettledAlready => spoiler.part_left(plan),
                    _ => None,
                };
                if let Some(limit) = limit {
                    spoiler.pay(plan, limit);
                    spoiler.without_the_agency(plan);
                    break;
                }
            }
        }
        Cheat::AnotherInstrument => {
            for plan in planned.iter_mut().filter(|plan| plan.pay.is_some()) {
                let named = spoiler.named_instruments(plan);
                let other = instruments::all_of(tx, subject)?.into_iter().find(|held| {
                    held.shown.status == InstrumentStatus::Active && !named.contains(&held.shown.instrument_id)
                });
                if let (Some(other), Some(payment), Some(pay)) = (other, &mut plan.decision.payment, &mut plan.pay) {
                    payment.instrument_id = other.shown.instrument_id;
                    pay.consent_id = None;
                    break;
                }
            }
        }
        Cheat::UnsignedVersion => {
            let target = planned
                .iter_mut()
                .find(|plan| plan.decision.by.is_some() && spoiler.is_open(plan) && spoiler.tries(plan).counting == 0);
            if let Some(plan) = target {
                spoiler.pay_in_full(plan);
                if let Some(by) = &mut plan.decision.by {
                    by.version = by.version.saturating_add(1);
                }
            }
        }
        Cheat::HiddenPayment => {
            if let Some(plan) = planned.iter_mut().find(|plan| plan.pay.is_some()) {
                plan.is_told = false;
            }
        }
        Cheat::InventedSkip => {
            for plan in planned.iter_mut().filter(|plan| plan.pay.is_some()) {
                plan.pay = None;
                plan.decision.payment = None;
                plan.decision.because = Rule::Declined {
                    declined_at: plan.decision.decided_at.clone(),
                };
                // Said once: it would be another instant each time.
                plan.is_told = !said_already(tx, subject, plan)?;
            }
        }
    }
    Ok(())
}

struct Spoiler<'a> {
    ctx: &'a Context,
    known: &'a Known,
    today: String,
}

impl Spoiler<'_> {
    fn tries(&self, plan: &Planned) -> Tries {
        self.known.tries(&plan.decision.agency_id, &plan.decision.bill_id)
    }

    fn bill(&self, plan: &Planned) -> Option<&rabt_domain::mandate::BillView> {
        self.known.given.bills.iter().find(|bill| {
            bill.key.agency.as_str() == plan.decision.agency_id && bill.key.bill.as_str() == plan.decision.bill_id
        })
    }

    fn is_open(&self, plan: &Planned) -> bool {
        self.bill(plan)
            .is_some_and(|bill| bill.status == rabt_domain::BillStatus::Open)
    }

    fn any_mandate(&self) -> Option<ByVersion> {
        self.known.given.mandates.first().map(|mandate| ByVersion {
            mandate_id: mandate.id().as_str().to_owned(),
            version: mandate.terms().version,
        })
    }

    fn mandate(&self, plan: &Planned) -> Option<&rabt_domain::Mandate> {
        let by = plan.decision.by.as_ref()?;
        self.known
            .given
            .mandates
            .iter()
            .find(|mandate| mandate.id().as_str() == by.mandate_id)
    }

    fn named_instruments(&self, plan: &Planned) -> Vec<String> {
        self.mandate(plan).map_or_else(Vec::new, |mandate| {
            let terms = mandate.terms();
            std::iter::once(&terms.instrument)
                .chain(&terms.fallback)
                .map(|id| instrument_of(id.as_str()).to_owned())
                .collect()
        })
    }

    /// What of a bill isn't paid yet, where it was paid in parts.
    fn part_left(&self, plan: &Planned) -> Option<i64> {
        let left = self.bill(plan)?.amount.get() - self.tries(plan).fils;
        let limit = self.mandate(plan)?.terms().limits.per_payment?.get();
        (left > 0).then_some(left.min(limit))
    }

    fn pay_in_full(&self, plan: &mut Planned) {
        let Some(bill) = self.bill(plan) else { return };
        let top_up = self.mandate(plan).and_then(|mandate| mandate.terms().top_up);
        let amount = match (bill.kind, top_up) {
            (rabt_domain::BillKind::TopUp, Some(floor)) => floor.add,
            _ => bill.amount,
        };
        self.pay(plan, amount.get());
    }

    fn pay(&self, plan: &mut Planned, amount_fils: i64) {
        let Some(instrument) = self.mandate(plan).map(|mandate| mandate.terms().instrument.clone()) else {
            return;
        };
        let tries = self.tries(plan);
        let attempt = tries.attempts.saturating_add(1);
        let cycle = match plan.decision.kind {
            BillKind::TopUp => format!("{}/{attempt}", self.today),
            _ => format!("once/{attempt}"),
        };
        plan.decision.because = Rule::Due {
            pay_on: self.today.clone(),
        };
        plan.decision.payment = Some(ReportedPayment {
            amount_fils,
            instrument_id: instrument_of(instrument.as_str()).to_owned(),
            cycle,
            progress: Progress::InFlight,
        });
        plan.tell = false;
        plan.pay = Some(Pay {
            key: self.ctx.new_id("cheat"),
            revision: plan.decision.revision,
            consent_id: None,
            is_posted: true,
        });
    }

    /// The hub would take a bill that was settled for settled; under another revision it doesn't look.
    fn without_the_agency(&self, plan: &mut Planned) {
        let counting = u32::from(self.tries(plan).counting);
        if let Some(pay) = &mut plan.pay {
            pay.is_posted = false;
            pay.revision = pay.revision.saturating_add(counting);
        }
    }
}

fn is_over(rule: &Rule) -> bool {
    matches!(
        rule,
        Rule::OverPayment { .. } | Rule::OverValue { .. } | Rule::OverCount { .. }
    )
}

fn said_already(tx: &Transaction<'_>, subject: &str, plan: &Planned) -> Reply<bool> {
    Ok(tx.query_row(
        "SELECT EXISTS (SELECT 1 FROM gateway_decision WHERE subject = ?1 AND agency_id = ?2 AND bill_id = ?3
             AND body LIKE '%\"rule\":\"declined\"%')",
        [
            subject,
            plan.decision.agency_id.as_str(),
            plan.decision.bill_id.as_str(),
        ],
        |row| row.get(0),
    )?)
}
