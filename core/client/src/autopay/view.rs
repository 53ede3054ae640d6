//! Mandates and decisions as a screen shows them, from the store.

use super::{
    book::{self, Book, Known},
    draft,
    said::Sentence,
};
use crate::{RabtError, core::Shared};
use rabt_domain::{
    BillKey, BillKind, Directory, Instrument, InstrumentKind, MandateId, Timestamp,
    mandate::{Outcome, ReportedDecision, ReportedPayment, Rule, Standing, Terms, Verdict},
};
use rabt_store::{
    Store, StoreError,
    limits::PAGE_MAX,
    mandates::{DecisionQuery, KeptFinding},
};

/// A mandate as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MandateView {
    /// Its name; all its versions share it.
    pub id: MandateId,
    /// What was agreed, in its newest version.
    pub terms: Terms,
    /// The same in words, a sentence each.
    pub summary: Vec<Sentence>,
    /// Whether it is at work, paused or revoked.
    pub standing: Standing,
    /// Whether the gateway has the newest version, as far as is known.
    pub registered: bool,
    /// How many things that the person said about it are still to be sent.
    pub unsent: usize,
    /// Where the bank's consent stands.
    pub consent: BankConsentState,
    /// What was found of the gateway about it, oldest first.
    pub findings: Vec<KeptFinding>,
}

/// Where the bank's consent to a mandate stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BankConsentState {
    /// The mandate is on a card, which needs none.
    NotNeeded,
    /// There is none: the mandate pays nothing before [`Autopay::begin_consent`](super::Autopay::begin_consent).
    Missing,
    /// There is one.
    There {
        /// The bank's name for it.
        consent_id: String,
        /// Where it stands, as a stable code of the protocol: `authorized` lets the mandate pay, nothing else does.
        status: String,
        /// The version that it was written from; it covers later ones that are no wider.
        covers_version: u32,
    },
}

/// A decision as it was reported, in words, with what was found about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecisionView {
    /// The mandate and its version; `None` where none was for the bill.
    pub by: Option<(MandateId, u32)>,
    /// Which bill.
    pub bill: BillKey,
    /// Its shape.
    pub kind: BillKind,
    /// Paid, skipped, held or asked.
    pub outcome: Outcome,
    /// Why, with its figures.
    pub rule: Rule,
    /// The same in words.
    pub sentence: Sentence,
    /// When it was decided.
    pub decided_at: Timestamp,
    /// What was paid, where it was.
    pub payment: Option<ReportedPayment>,
    /// The person's last word on the bill.
    pub answer: Option<Verdict>,
    /// What was found about it; empty where it keeps to what was signed, as far as this phone can tell.
    pub findings: Vec<KeptFinding>,
}

/// A page of decisions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecisionPage {
    /// Newest first.
    pub decisions: Vec<DecisionView>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<String>,
    /// How many can't be read: damaged, or said by a newer gateway in words that this version doesn't know.
    pub unreadable: u32,
}

pub(super) async fn list(core: &Shared) -> Result<Vec<MandateView>, RabtError> {
    let signed = core.directory.get();
    let nobody = Directory {
        version: 0,
        issued_at: Timestamp::EPOCH,
        expires_at: Timestamp::EPOCH,
        gateway_url: String::new(),
        agencies: Vec::new(),
    };
    core.stored(move |store| {
        let book = Book::read(store)?;
        let findings = store.mandates().findings()?;
        let instruments = store.instruments().list()?;
        let directory = signed.as_ref().map_or(&nobody, |signed| &signed.directory);
        let views = book.mandates.iter().rev();
        Ok(views
            .map(|known| MandateView::of(known, directory, &instruments, &findings))
            .collect())
    })
    .await
}

impl MandateView {
    fn of(known: &Known, directory: &Directory, instruments: &[Instrument], findings: &[KeptFinding]) -> Self {
        let last = known.last();
        let terms = last.mandate.terms();
        let kind = instruments
            .iter()
            .find(|instrument| instrument.id == terms.instrument)
            .map(|instrument| instrument.kind);
        Self {
            id: known.id().clone(),
            summary: draft::in_words(&last.mandate, directory),
            terms: terms.clone(),
            standing: known.standing(),
            registered: last.acknowledged_at.is_some(),
            unsent: known.unsent,
            consent: match (&known.consent, kind) {
                (Some(consent), _) => BankConsentState::There {
                    consent_id: consent.id.clone(),
                    status: consent.status.clone(),
                    covers_version: consent.covers_version,
                },
                (None, Some(InstrumentKind::Card)) => BankConsentState::NotNeeded,
                (None, _) => BankConsentState::Missing,
            },
            findings: findings
                .iter()
                .filter(|kept| kept.finding.mandate.as_ref() == Some(known.id()))
                .cloned()
                .collect(),
        }
    }
}

pub(super) async fn decisions(core: &Shared, query: DecisionQuery) -> Result<DecisionPage, RabtError> {
    core.stored(move |store| page(store, &Book::read(store)?, &query)).await
}

fn page(store: &Store, book: &Book, query: &DecisionQuery) -> Result<DecisionPage, StoreError> {
    let page = store.mandates().decision_page(query)?;
    let findings = store.mandates().findings()?;
    let kept = page.decisions.len();
    let decisions: Vec<DecisionView> = page
        .decisions
        .iter()
        .filter_map(book::reported)
        .map(|decision| DecisionView::of(decision, book, &findings))
        .collect();
    let unread = u32::try_from(kept - decisions.len()).unwrap_or(u32::MAX);
    Ok(DecisionPage {
        decisions,
        next: page.next,
        unreadable: page.damaged.saturating_add(unread),
    })
}

impl DecisionView {
    fn of(decision: ReportedDecision, book: &Book, findings: &[KeptFinding]) -> Self {
        let about = |kept: &&KeptFinding| {
            kept.finding.bill == decision.bill && kept.finding.decided_at == Some(decision.decided_at)
        };
        Self {
            answer: last_answer(book, &decision).map(|(verdict, _)| verdict),
            findings: findings.iter().filter(about).cloned().collect(),
            by: decision.by,
            bill: decision.bill,
            kind: decision.kind,
            outcome: decision.rule.outcome(),
            sentence: Sentence::of(|language| decision.rule.sentence(language)),
            rule: decision.rule,
            decided_at: decision.decided_at,
            payment: decision.payment,
        }
    }
}

fn last_answer(book: &Book, decision: &ReportedDecision) -> Option<(Verdict, Timestamp)> {
    let (mandate, _) = decision.by.as_ref()?;
    let mine = book
        .answers
        .iter()
        .filter(|answer| answer.mandate == *mandate && answer.bill == decision.bill);
    mine.max_by_key(|answer| answer.at)
        .map(|answer| (answer.verdict, answer.at))
}

/// What is asked and wasn't answered since: the last decision about a bill, where that is a question.
pub(super) fn asked(store: &Store, book: &Book) -> Result<Vec<DecisionView>, StoreError> {
    let findings = store.mandates().findings()?;
    let mut last: std::collections::BTreeMap<BillKey, ReportedDecision> = std::collections::BTreeMap::new();
    for decision in book::decisions(store)? {
        match last.get(&decision.bill) {
            Some(known) if known.decided_at > decision.decided_at => {}
            _ => drop(last.insert(decision.bill.clone(), decision)),
        }
    }
    let waits = |decision: &ReportedDecision| {
        let stands = decision
            .by
            .as_ref()
            .and_then(|(mandate, _)| book.get(mandate))
            .is_some_and(|known| !matches!(known.standing(), Standing::Revoked { .. }));
        let answered = last_answer(book, decision).is_some_and(|(_, at)| at >= decision.decided_at);
        decision.rule.outcome() == Outcome::Ask && stands && !answered
    };
    let mut asked: Vec<ReportedDecision> = last.into_values().filter(waits).collect();
    asked.sort_by_key(|decision| std::cmp::Reverse(decision.decided_at));
    asked.truncate(usize::from(PAGE_MAX));
    Ok(asked
        .into_iter()
        .map(|decision| DecisionView::of(decision, book, &findings))
        .collect())
}
