//! Payments that a gateway reports, and those that it doesn't.

use super::{Auditor, Finding, FindingKind, ReportedDecision, ReportedPayment};
use crate::{
    BillKind, BillStatus, DubaiDate, Timestamp,
    mandate::{BillView, Outcome, Progress, Rule, STALE_AFTER_SECONDS, Terms, Verdict},
};
use std::collections::BTreeSet;

impl Auditor<'_> {
    /// Everything about one payment.
    pub(super) fn payment(&self, index: usize, payment: &ReportedPayment, terms: &Terms, findings: &mut Vec<Finding>) {
        let decision = self.decisions[index];
        let mut find = |kind| findings.push(Finding::of(decision, kind));
        let today = DubaiDate::at(decision.decided_at);
        if decision.rule.outcome() != Outcome::Pay {
            // It says one thing and does another.
            find(FindingKind::InventedSkip);
        }
        if let Some(stop) = self.stop(decision) {
            find(if stop.revoked {
                FindingKind::AfterRevocation { revoked_at: stop.from }
            } else {
                FindingKind::WhilePaused
            });
        }
        if today > terms.until {
            find(FindingKind::TooLate);
        }
        if today < terms.from {
            find(FindingKind::TooEarly { pay_on: terms.from });
        }
        if !terms.may_pay_with(&payment.instrument) {
            find(FindingKind::AnotherInstrument);
        }
        if self.is_another_bill(decision, terms) {
            find(FindingKind::AnotherBill);
        }
        if self.is_outdated(decision) {
            find(FindingKind::OutdatedBill);
        }
        if let Some(kind) = self.amount(decision, payment, terms) {
            find(kind);
        }
        if decision.kind == BillKind::TopUp && !claims_to_be_low(decision, terms) {
            find(FindingKind::NotLow);
        }
        if self.is_paid_again(index, payment) {
            find(FindingKind::Twice);
        }
        let too_early = self.view(decision).and_then(|view| {
            let pay_on = terms.schedule.pay_on(view.issued_on, view.due_on);
            (decision.kind != BillKind::TopUp && today < pay_on).then_some(FindingKind::TooEarly { pay_on })
        });
        too_early.into_iter().for_each(&mut find);
        self.answers(decision)
            .into_iter()
            .map(|answer| self.against_the_answer(index, payment, terms, answer))
            .min_by_key(Vec::len)
            .into_iter()
            .flatten()
            .for_each(find);
    }

    /// What is wrong with a payment if that was the person's answer: an approval passes limits and questions up to its amount.
    fn against_the_answer(
        &self,
        index: usize,
        payment: &ReportedPayment,
        terms: &Terms,
        answer: Option<Verdict>,
    ) -> Vec<FindingKind> {
        let decision = self.decisions[index];
        let today = DubaiDate::at(decision.decided_at);
        let mut found = Vec::new();
        match answer {
            Some(Verdict::Approved { up_to }) => {
                if payment.amount > up_to {
                    found.push(FindingKind::NotAsked);
                }
                return found;
            }
            Some(Verdict::Declined) => found.push(FindingKind::NotAsked),
            None => {
                let overdue =
                    decision.kind != BillKind::TopUp && self.view(decision).is_some_and(|view| today > view.due_on);
                let above = terms.ask_first.above.is_some_and(|above| payment.amount > above);
                if overdue || above {
                    found.push(FindingKind::NotAsked);
                }
            }
        }
        if payment.progress_counts()
            && let Err(rule) = self
                .used_before(index, false)
                .within(&terms.limits, payment.amount, today)
        {
            found.push(FindingKind::OverLimit { rule });
        }
        found
    }

    fn is_another_bill(&self, decision: &ReportedDecision, terms: &Terms) -> bool {
        let covered = terms
            .scope
            .closeness_of(&decision.bill.agency, &decision.account, decision.kind)
            .is_some();
        let mut seen = false;
        let mut differs = false;
        for view in self.views(&decision.bill) {
            seen = true;
            differs |= view.account != decision.account || view.kind != decision.kind;
            // A revision only rises.
            differs |= view.fetched_at > decision.decided_at && view.revision < decision.revision;
        }
        let answered_since = self
            .seen
            .complete
            .iter()
            .any(|(agency, at)| *agency == decision.bill.agency && *at > decision.decided_at);
        !covered || differs || (!seen && answered_since)
    }

    /// The phone had seen a later revision, longer ago than the gateway may have fetched its own.
    fn is_outdated(&self, decision: &ReportedDecision) -> bool {
        let fetched_at = decision.decided_at.plus_seconds(-STALE_AFTER_SECONDS);
        self.views(&decision.bill)
            .any(|view| view.revision > decision.revision && view.fetched_at < fetched_at)
    }

    fn amount(&self, decision: &ReportedDecision, payment: &ReportedPayment, terms: &Terms) -> Option<FindingKind> {
        let paid = payment.amount;
        if decision.kind == BillKind::TopUp {
            let add = terms.top_up.map(|floor| floor.add);
            return (add != Some(paid)).then_some(FindingKind::AnotherAmount { paid });
        }
        let bill = self.view(decision)?.amount;
        if paid < bill {
            Some(FindingKind::Split { paid, bill })
        } else {
            (paid > bill).then_some(FindingKind::AnotherAmount { paid })
        }
    }

    /// Whether an earlier payment, or one by hand, took money for the same.
    fn is_paid_again(&self, index: usize, payment: &ReportedPayment) -> bool {
        let decision = self.decisions[index];
        if !payment.progress_counts() {
            return false;
        }
        let earlier = self.decisions[..index].iter().any(|earlier| {
            let counts = earlier.payment.as_ref().is_some_and(ReportedPayment::progress_counts);
            let same = if decision.kind == BillKind::TopUp {
                earlier.kind == BillKind::TopUp
                    && earlier.bill.agency == decision.bill.agency
                    && earlier.account == decision.account
                    && DubaiDate::at(earlier.decided_at) == DubaiDate::at(decision.decided_at)
            } else {
                earlier.bill == decision.bill
            };
            counts && same
        });
        let by_hand = decision.kind != BillKind::TopUp
            && self
                .seen
                .by_hand
                .iter()
                .any(|(bill, took_money)| *took_money && *bill == decision.bill);
        earlier || by_hand
    }

    /// Bills that were open under a mandate, are paid through the hub, and that nobody says they paid.
    pub(super) fn hidden(&self, as_of: Timestamp) -> Vec<Finding> {
        let paid: BTreeSet<_> = self
            .seen
            .bills
            .iter()
            .filter(|view| view.status == BillStatus::Paid && view.fetched_at <= as_of)
            .filter(|view| view.kind != BillKind::TopUp)
            .map(|view| &view.key)
            .collect();
        let mut findings: Vec<Finding> = paid
            .into_iter()
            .filter(|bill| self.payments(bill).all(|(_, payment)| !payment.progress_counts()))
            .filter(|bill| {
                self.seen
                    .by_hand
                    .iter()
                    .all(|(by_hand, took_money)| !took_money || by_hand != *bill)
            })
            .filter(|bill| self.views(bill).any(|view| self.was_open_under_a_mandate(view)))
            .map(|bill| Finding {
                kind: FindingKind::HiddenPayment,
                mandate: None,
                bill: bill.clone(),
                decided_at: None,
            })
            .collect();
        // A decision to pay without a payment.
        findings.extend(
            self.decisions
                .iter()
                .filter(|decision| decision.rule.outcome() == Outcome::Pay && decision.payment.is_none())
                .map(|decision| Finding::of(decision, FindingKind::HiddenPayment)),
        );
        findings
    }

    fn was_open_under_a_mandate(&self, view: &BillView) -> bool {
        view.status == BillStatus::Open
            && self.seen.versions.iter().any(|signed| {
                let terms = signed.mandate.terms();
                terms.agreed_at <= view.fetched_at && terms.scope.covers(view)
            })
    }
}

/// An approval lets a top-up pass limits, not its floor; of an approved one the report has no balance.
fn claims_to_be_low(decision: &ReportedDecision, terms: &Terms) -> bool {
    match decision.rule {
        Rule::BelowFloor { balance, below } => {
            balance < below && terms.top_up.is_some_and(|floor| floor.below == below)
        }
        Rule::Approved { .. } => true,
        _ => false,
    }
}

impl ReportedPayment {
    pub(super) fn progress_counts(&self) -> bool {
        !matches!(self.progress, Progress::Failed { .. })
    }
}
