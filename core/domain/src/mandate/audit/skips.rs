//! Reasons for which a gateway says that it did not pay.

use super::{Auditor, FindingKind, ReportedDecision};
use crate::{
    BillKind, BillStatus, DubaiDate, Fils,
    mandate::{Progress, Rule, STALE_AFTER_SECONDS, Terms, USUAL_NEEDS, Verdict, is_above_usual},
};

impl Auditor<'_> {
    /// Whether the reason can't be so. What a bank or an agency said to the gateway alone is believed.
    pub(super) fn invented(&self, index: usize, terms: Option<&Terms>) -> Option<FindingKind> {
        let decision = self.decisions[index];
        let holds = match terms {
            None => match decision.rule {
                Rule::NoMandate => !self.a_mandate_is_there(decision),
                _ => return Some(FindingKind::UnsignedVersion),
            },
            Some(terms) => self.can_be_so(index, decision, terms),
        };
        (!holds).then_some(FindingKind::InventedSkip)
    }

    fn can_be_so(&self, index: usize, decision: &ReportedDecision, terms: &Terms) -> bool {
        let today = DubaiDate::at(decision.decided_at);
        let view = self.view(decision);
        let costs = |amount: Fils| match decision.kind {
            BillKind::TopUp => terms.top_up.is_some_and(|floor| floor.add == amount),
            _ => view.is_none_or(|view| view.amount == amount),
        };
        match decision.rule {
            // Of a decision to pay without a payment it is said elsewhere that the payment is hidden.
            Rule::Due { .. } | Rule::Approved { .. } | Rule::BelowFloor { .. } => true,
            Rule::NoMandate => false,
            Rule::Paid | Rule::PaidElsewhere | Rule::Withdrawn => !self.is_open_afterwards(decision),
            Rule::BeingPaid | Rule::SettledAlready => self.is_somehow_paid(index),
            Rule::ToppedUpToday => decision.kind == BillKind::TopUp && self.is_somehow_paid(index),
            Rule::Paused { .. } => self.seen.stops.iter().any(|stop| {
                let mine = decision
                    .by
                    .as_ref()
                    .is_some_and(|(mandate, _)| *mandate == stop.mandate);
                mine && stop.from <= decision.decided_at && stop.until.is_none_or(|until| decision.decided_at <= until)
            }),
            Rule::Declined { .. } => self.was_answered(decision, Verdict::Declined),
            Rule::NoTopUps => decision.kind == BillKind::TopUp && terms.top_up.is_none(),
            Rule::EnoughBalance { balance, below } => {
                balance >= below && terms.top_up.is_some_and(|floor| floor.below == below)
            }
            Rule::NotYet { pay_on } => {
                today < pay_on && view.is_none_or(|view| terms.schedule.pay_on(view.issued_on, view.due_on) == pay_on)
            }
            Rule::ClockBehind { latest } => latest > decision.decided_at,
            Rule::Stale { fetched_at } => {
                let age = decision.decided_at.millis() - fetched_at.millis();
                !(0..=STALE_AFTER_SECONDS * 1000).contains(&age)
            }
            Rule::AmountNotTaken { amount } => view.is_none_or(|view| !view.takes(amount)),
            Rule::OverPayment { amount, limit } => {
                costs(amount) && amount > limit && terms.limits.per_payment == Some(limit)
            }
            Rule::OverValue {
                period,
                amount,
                used,
                limit,
                ..
            } => {
                costs(amount)
                    && terms.limits.of(period).value == Some(limit)
                    && used <= self.used_before(index, true).value(period)
                    && used.get().saturating_add(amount.get()) > limit.get()
            }
            Rule::OverCount {
                period, used, limit, ..
            } => {
                terms.limits.of(period).count == Some(limit)
                    && used <= self.used_before(index, true).count(period)
                    && used >= limit
            }
            Rule::AttemptsUsedUp { attempts } | Rule::RetryOn { attempts, .. } => {
                self.failures_before(index) >= usize::from(attempts) && attempts > 0
            }
            Rule::ShortOfMoney { amount, available } => costs(amount) && available < amount,
            // What the bank or the agency said.
            Rule::Vanished
            | Rule::NotUnderstood
            | Rule::BalanceUnknown
            | Rule::NoInstrument
            | Rule::InstrumentStopped => true,
            Rule::Overdue { due_on } => today > due_on && view.is_none_or(|view| view.due_on == due_on),
            Rule::GrewPastApproval { amount, up_to } => {
                costs(amount) && amount > up_to && self.was_answered(decision, Verdict::Approved { up_to })
            }
            Rule::AboveAmount { amount, above } => {
                costs(amount) && amount > above && terms.ask_first.above == Some(above)
            }
            Rule::AboveUsual {
                amount, usual, percent, ..
            } => {
                costs(amount)
                    && terms.ask_first.above_usual_percent == Some(percent)
                    && is_above_usual(amount, usual, percent)
            }
            Rule::NoUsualYet { have } => {
                decision.kind == BillKind::Utility
                    && terms.ask_first.above_usual_percent.is_some()
                    && usize::from(have) < USUAL_NEEDS
            }
        }
    }

    /// Whether the agency still gave the same revision as open later on, which it can't of a bill that was closed.
    fn is_open_afterwards(&self, decision: &ReportedDecision) -> bool {
        self.views(&decision.bill).any(|view| {
            view.status == BillStatus::Open
                && view.revision == decision.revision
                && view.fetched_at > decision.decided_at
        })
    }

    /// Whether the person ever said so; which of several answers the gateway knew at the time can't be told.
    fn was_answered(&self, decision: &ReportedDecision, verdict: Verdict) -> bool {
        self.seen.answers.iter().any(|answer| {
            let mine = decision
                .by
                .as_ref()
                .is_some_and(|(mandate, _)| *mandate == answer.mandate);
            mine && answer.bill == decision.bill && answer.verdict == verdict && answer.at <= decision.decided_at
        })
    }

    /// Whether any payment explains it, by a mandate or by hand.
    fn is_somehow_paid(&self, index: usize) -> bool {
        let decision = self.decisions[index];
        let by_mandate = self.decisions.iter().any(|earlier| {
            let same = earlier.bill == decision.bill
                || (decision.kind == BillKind::TopUp
                    && earlier.bill.agency == decision.bill.agency
                    && earlier.account == decision.account);
            let could_count = earlier.payment.as_ref().is_some_and(|payment| match payment.progress {
                Progress::Failed { at, .. } => at >= decision.decided_at,
                Progress::InFlight | Progress::Settled => true,
            });
            same && could_count
        });
        by_mandate || self.seen.by_hand.iter().any(|(bill, _)| *bill == decision.bill)
    }

    fn failures_before(&self, index: usize) -> usize {
        self.decisions[..index]
            .iter()
            .filter(|earlier| earlier.bill == self.decisions[index].bill)
            .filter(|earlier| {
                earlier
                    .payment
                    .as_ref()
                    .is_some_and(|payment| matches!(payment.progress, Progress::Failed { .. }))
            })
            .count()
    }

    /// Whether a mandate that the gateway had acknowledged was for the bill and at work.
    fn a_mandate_is_there(&self, decision: &ReportedDecision) -> bool {
        let today = DubaiDate::at(decision.decided_at);
        self.seen.versions.iter().any(|signed| {
            let terms = signed.mandate.terms();
            let newest = self.seen.versions.iter().all(|other| {
                other.mandate.id() != signed.mandate.id() || other.mandate.terms().version <= terms.version
            });
            let revoked = self
                .seen
                .stops
                .iter()
                .any(|stop| stop.revoked && stop.mandate == terms.id);
            newest
                && !revoked
                && signed.acknowledged_at.is_some_and(|at| at < decision.decided_at)
                && (terms.from..=terms.until).contains(&today)
                && terms
                    .scope
                    .closeness_of(&decision.bill.agency, &decision.account, decision.kind)
                    .is_some()
        })
    }
}
