//! What a phone holds against a gateway that pays for the person.
//!
//! Whatever can't be judged by what the phone knows for certain is let pass: an honest gateway is never accused. So a bill that
//! the phone hasn't seen is no evidence until its agency has answered in full and not named it, and a hold because a bank or an
//! agency refused is believed.

mod finding;
mod payments;
mod skips;

pub use finding::{Finding, FindingKind};

use super::{
    Answer, BillView, Cycle, Mandate, Progress, Rule, Terms, Verdict,
    decide::{Used, Windows},
};
use crate::{AccountId, AgencyId, BillKey, BillKind, DubaiDate, Fils, InstrumentId, MandateId, Timestamp};

/// What a gateway reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Its decisions, in the order in which they were made.
    pub decisions: Vec<ReportedDecision>,
    /// The instant up to which it says that these are all.
    pub as_of: Timestamp,
}

/// A decision as the gateway reported it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportedDecision {
    /// The mandate and its version; `None` where none was for the bill.
    pub by: Option<(MandateId, u32)>,
    /// Which bill.
    pub bill: BillKey,
    /// Whose account it is on.
    pub account: AccountId,
    /// Its shape.
    pub kind: BillKind,
    /// Which revision of it was decided on.
    pub revision: u32,
    /// When.
    pub decided_at: Timestamp,
    /// Why.
    pub rule: Rule,
    /// What was paid.
    pub payment: Option<ReportedPayment>,
}

/// A payment within a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportedPayment {
    /// How much.
    pub amount: Fils,
    /// With what.
    pub instrument: InstrumentId,
    /// Which time.
    pub cycle: Cycle,
    /// What became of it.
    pub progress: Progress,
}

/// What the phone knows for certain.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// Every version of every mandate that the person signed.
    pub versions: &'a [SignedVersion],
    /// Every view of a bill that it had.
    pub bills: &'a [BillView],
    /// When each agency last answered in full.
    pub complete: &'a [(AgencyId, Timestamp)],
    /// The payments that the person made by hand, and whether each took money.
    pub by_hand: &'a [(BillKey, bool)],
    /// What the person answered.
    pub answers: &'a [Answer],
    /// When mandates were paused and revoked.
    pub stops: &'a [Stop],
}

/// A version that the person signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedVersion {
    /// What was signed.
    pub mandate: Mandate,
    /// When the gateway acknowledged it; from then on it must not use an older one.
    pub acknowledged_at: Option<Timestamp>,
}

/// A time during which a mandate must not pay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// Which mandate.
    pub mandate: MandateId,
    /// From this instant on.
    pub from: Timestamp,
    /// Until it was resumed; `None` while it isn't, and always for one that was revoked.
    pub until: Option<Timestamp>,
    /// Whether it was revoked.
    pub revoked: bool,
}

/// Holds a report against what was signed and seen. What it finds is outside the rules, each finding with the decision that it is
/// about; nothing found means that everything reported is what the person agreed to, as far as the phone can tell.
///
/// A revocation counts from the instant at which the person revoked, also offline: a payment decided later is found, whether or not
/// the gateway knew.
pub fn audit(seen: &Seen<'_>, report: &Report) -> Vec<Finding> {
    let mut decisions: Vec<&ReportedDecision> = report.decisions.iter().collect();
    // Stable: what was decided at one instant stays in its order.
    decisions.sort_by_key(|decision| decision.decided_at);
    let auditor = Auditor {
        seen,
        decisions: &decisions,
    };
    let mut findings = Vec::new();
    for (index, decision) in decisions.iter().enumerate() {
        match (&decision.payment, auditor.version(decision)) {
            (_, Err(kind)) => findings.push(Finding::of(decision, kind)),
            (Some(payment), Ok(Some(terms))) => auditor.payment(index, payment, terms, &mut findings),
            (Some(_), Ok(None)) => findings.push(Finding::of(decision, FindingKind::UnsignedVersion)),
            (None, Ok(terms)) => {
                if let Some(kind) = auditor.invented(index, terms) {
                    findings.push(Finding::of(decision, kind));
                }
            }
        }
    }
    findings.extend(auditor.hidden(report.as_of));
    findings
}

struct Auditor<'a> {
    seen: &'a Seen<'a>,
    decisions: &'a [&'a ReportedDecision],
}

impl<'a> Auditor<'a> {
    /// The terms that a decision claims, if they are signed and no newer ones were acknowledged.
    fn version(&self, decision: &ReportedDecision) -> Result<Option<&'a Terms>, FindingKind> {
        let Some((mandate, version)) = &decision.by else {
            return Ok(None);
        };
        let mut found = None;
        for signed in self
            .seen
            .versions
            .iter()
            .filter(|signed| signed.mandate.id() == mandate)
        {
            let terms = signed.mandate.terms();
            if terms.version == *version && terms.agreed_at <= decision.decided_at {
                found = Some(terms);
            }
            let superseded = signed.acknowledged_at.is_some_and(|at| at < decision.decided_at);
            if terms.version > *version && superseded {
                return Err(FindingKind::UnsignedVersion);
            }
        }
        found.map(Some).ok_or(FindingKind::UnsignedVersion)
    }

    /// The view of that very revision, where the phone had one.
    fn view(&self, decision: &ReportedDecision) -> Option<&'a BillView> {
        let same = |bill: &&BillView| bill.key == decision.bill && bill.revision == decision.revision;
        self.seen.bills.iter().filter(same).max_by_key(|bill| bill.fetched_at)
    }

    fn views(&self, bill: &BillKey) -> impl Iterator<Item = &'a BillView> {
        self.seen.bills.iter().filter(move |view| view.key == *bill)
    }

    /// The answers that may have held when a decision was made: the last one before it, and each of the same instant, of which
    /// it can't be told whether they came before or after.
    fn answers(&self, decision: &ReportedDecision) -> Vec<Option<Verdict>> {
        let mine = |answer: &&Answer| {
            answer.bill == decision.bill
                && decision
                    .by
                    .as_ref()
                    .is_some_and(|(mandate, _)| *mandate == answer.mandate)
        };
        let answers = || self.seen.answers.iter().filter(mine);
        let before = answers()
            .filter(|answer| answer.at < decision.decided_at)
            .max_by_key(|answer| answer.at);
        let at_once = answers().filter(|answer| answer.at == decision.decided_at);
        std::iter::once(before.map(|answer| answer.verdict))
            .chain(at_once.map(|answer| Some(answer.verdict)))
            .collect()
    }

    fn stop(&self, decision: &ReportedDecision) -> Option<&'a Stop> {
        let (mandate, _) = decision.by.as_ref()?;
        let at = decision.decided_at;
        self.seen
            .stops
            .iter()
            .find(|stop| stop.mandate == *mandate && stop.from < at && stop.until.is_none_or(|until| at < until))
    }

    /// What a mandate had used of its limits before a decision: by payments that took money for certain, or, with
    /// `also_failed`, by all that might have seemed to at that time.
    fn used_before(&self, index: usize, also_failed: bool) -> Used {
        let decision = self.decisions[index];
        let windows = Windows::at(DubaiDate::at(decision.decided_at));
        let mut used = Used::default();
        for earlier in &self.decisions[..index] {
            let Some(payment) = &earlier.payment else { continue };
            let same = match (&earlier.by, &decision.by) {
                (Some((earlier, _)), Some((this, _))) => earlier == this,
                _ => false,
            };
            let counts = match payment.progress {
                Progress::InFlight | Progress::Settled => true,
                Progress::Failed { at, .. } => also_failed && at >= decision.decided_at,
            };
            if same && counts {
                used.add_where(&windows, earlier.decided_at, payment.amount);
            }
        }
        used
    }

    /// All reported payments of a bill.
    fn payments(&self, bill: &BillKey) -> impl Iterator<Item = (&'a ReportedDecision, &'a ReportedPayment)> {
        self.decisions
            .iter()
            .filter(move |decision| decision.bill == *bill)
            .filter_map(|decision| Some((*decision, decision.payment.as_ref()?)))
    }
}
