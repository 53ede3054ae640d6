//! Holding the gateway to what was signed: what is registered and was decided is read, and each decision replayed by the rules against the
//! statements, the bills that this phone saw, the answers, and what was paid by hand. What lies outside is kept as a finding.

use super::{announce, book, book::Book, learn};
use crate::{RabtError, core::Shared, payments};
use rabt_domain::{
    AgencyId, Bilingual, BillKey, IncidentKind, Language, MandateId, Personal, Timestamp,
    mandate::{Finding, FindingKind, Report, ReportedDecision, Seen, audit},
};
use rabt_link::{Cursor, gateway::DecisionsPage};
use rabt_protocol::mandate as wired;
use rabt_store::{
    Store, StoreError,
    mandates::{Asked, KeptDecision, NewFinding},
};
use std::collections::BTreeSet;

/// How many pages of decisions are read in one go; the rest waits for the next sync.
const PAGES_MAX: usize = 50;

/// What a check brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Checked {
    /// Decisions that are new, or of which something became known.
    pub(crate) decisions: usize,
    /// Findings that are new.
    pub(crate) findings: usize,
}

/// Reads what the gateway says of mandates and checks it.
pub(crate) async fn check(core: &Shared) -> Result<Checked, RabtError> {
    let _alone = core.checking.lock().await;
    let sifted = match core.gateway_client().await?.mandates().await {
        Ok(sifted) => sifted,
        Err(error) => {
            core.record_incident(None, &error).await;
            return Err(error.into());
        }
    };
    core.record_kinds(None, sifted.refused).await;
    learn::records(core, sifted.items, true).await?;
    let decisions = pull(core).await?;
    if !core.has_mandates().await? && decisions == 0 {
        return Ok(Checked::default());
    }
    see_all(core).await?;
    let mut found = audited(core).await?;
    if found.iter().any(needs_payments) {
        // A payment by hand that this phone hasn't heard of would explain it: the hub is asked before the gateway is accused.
        payments::read_newest(core).await?;
        found = audited(core).await?;
    }
    let findings = core.stored(move |store| store.mandates().keep_findings(&found)).await?;
    if findings > 0 {
        tracing::warn!(findings, "the gateway did not keep to what was signed");
    }
    if decisions + findings > 0 {
        announce(core);
    }
    Ok(Checked { decisions, findings })
}

fn needs_payments(finding: &NewFinding) -> bool {
    ["hidden_payment", "invented_skip"].contains(&finding.code.as_str())
}

/// Reads the report from where it was read to.
async fn pull(core: &Shared) -> Result<usize, RabtError> {
    let kept = core.stored(|store| store.mandates().reported()).await?.cursor;
    let mut cursor = kept.and_then(|cursor| Cursor::parse(cursor).ok());
    let mut changed = 0;
    for _ in 0..PAGES_MAX {
        let page = match core.gateway_client().await?.mandate_decisions(cursor.as_ref()).await {
            Ok(page) => page,
            Err(error) => {
                core.record_incident(None, &error).await;
                return Err(error.into());
            }
        };
        let more = page.more;
        cursor = Some(page.next.clone());
        changed += take(core, page).await?;
        if !more {
            break;
        }
    }
    Ok(changed)
}

async fn take(core: &Shared, page: DecisionsPage) -> Result<usize, RabtError> {
    let mut kept = Vec::with_capacity(page.decisions.len());
    let mut refused = false;
    for text in page.decisions {
        match read(&text) {
            Some(decision) => kept.push(of(&decision, text)),
            // It can't be judged. What it may hide is found by what the bill becomes.
            None => refused = true,
        }
    }
    if refused {
        core.record(None, IncidentKind::Malformed).await;
    }
    let (next, as_of) = (page.next.as_str().to_owned(), (!page.more).then_some(page.as_of));
    core.stored(move |store| store.mandates().take_decisions(&kept, &next, as_of))
        .await
}

fn read(text: &Personal<String>) -> Option<ReportedDecision> {
    let decision: wired::ReportedDecision = serde_json::from_str(text.reveal()).ok()?;
    rabt_mandate::read_decision(decision).ok()
}

/// A decision as it is kept. Its name has everything but what may become known later, what became of the payment: a gateway that tells
/// another story of a decision has told two.
fn of(decision: &ReportedDecision, text: Personal<String>) -> KeptDecision {
    let by = decision.by.as_ref().map_or_else(String::new, |(mandate, version)| {
        format!("{} {version}", mandate.as_str())
    });
    let what = match &decision.payment {
        Some(payment) => format!(
            "{} {} {}",
            payment.cycle,
            payment.amount.get(),
            payment.instrument.as_str()
        ),
        None => format!("{} {}", decision.revision, decision.rule.code()),
    };
    let name = format!(
        "{by}\n{}\n{}\n{}\n{what}",
        decision.bill.agency.as_str(),
        decision.bill.bill.as_str(),
        decision.decided_at.millis()
    );
    KeptDecision {
        name: Personal::new(name),
        mandate: decision.by.as_ref().map(|(mandate, _)| mandate.clone()),
        bill: decision.bill.clone(),
        outcome: decision.rule.outcome(),
        decided_at: decision.decided_at,
        text,
    }
}

/// Keeps what an agency's bills are, after it was asked, as evidence; nothing where the person has no mandate.
pub(crate) async fn see(core: &Shared, agency: &AgencyId, asked: Asked) -> Result<(), RabtError> {
    if !core.has_mandates().await? {
        return Ok(());
    }
    let agency = agency.clone();
    core.stored(move |store| store.mandates().see(&agency, &asked, &BTreeSet::new()))
        .await
}

/// The same for all agencies from their last answers, and for every bill that something was decided about.
async fn see_all(core: &Shared) -> Result<(), RabtError> {
    core.stored(|store| {
        let named: BTreeSet<BillKey> = store
            .mandates()
            .decisions()?
            .into_iter()
            .map(|decision| decision.bill)
            .collect();
        for freshness in store.freshness().all()? {
            let Some(answered_at) = freshness.succeeded_at else {
                continue;
            };
            let took_seconds = i64::from(freshness.took_ms.unwrap_or(0)).div_euclid(1000) + 1;
            let asked = Asked {
                at: answered_at.plus_seconds(-took_seconds),
                answered_at,
                // Whether it was is noted when it answers.
                whole: false,
            };
            store.mandates().see(&freshness.agency, &asked, &named)?;
        }
        Ok(())
    })
    .await
}

/// What lies outside what was signed, as far as this phone knows.
async fn audited(core: &Shared) -> Result<Vec<NewFinding>, RabtError> {
    let now = core.now();
    core.stored(move |store| audit_store(store, now)).await
}

fn audit_store(store: &Store, now: Timestamp) -> Result<Vec<NewFinding>, StoreError> {
    let book = Book::read(store)?;
    let Some(as_of) = store.mandates().reported()?.as_of else {
        return Ok(Vec::new());
    };
    let decisions = book::decisions(store)?;
    let by_hand = book::by_hand(store, &book, &decisions)?;
    let (versions, stops) = (book.signed(), book.stops());
    let bills = store.mandates().seen()?;
    let complete = store.mandates().complete_answers()?;
    let seen = Seen {
        versions: &versions,
        bills: &bills,
        complete: &complete,
        by_hand: &by_hand,
        answers: &book.answers,
        stops: &stops,
    };
    let findings = audit(&seen, &Report { decisions, as_of });
    findings.into_iter().map(|finding| new(finding, &seen, now)).collect()
}

fn new(finding: Finding, seen: &Seen<'_>, now: Timestamp) -> Result<NewFinding, StoreError> {
    let say = |kind: &FindingKind, language| kind.sentence(language);
    let sentence = Bilingual::parse(say(&finding.kind, Language::En), say(&finding.kind, Language::Ar))?;
    Ok(NewFinding {
        code: finding.kind.code().to_owned(),
        sentence,
        mandate: finding.mandate.clone().or_else(|| mandate_for(&finding.bill, seen)),
        bill: finding.bill,
        decided_at: finding.decided_at,
        found_at: now,
    })
}

/// The mandate that is for a bill of which nothing was reported, so that there is one to dispute.
fn mandate_for(bill: &BillKey, seen: &Seen<'_>) -> Option<MandateId> {
    let views = seen.bills.iter().filter(|view| view.key == *bill);
    let newest = views.max_by_key(|view| view.fetched_at)?;
    let mut of = seen.versions.iter().rev().map(|signed| &signed.mandate);
    of.find(|mandate| mandate.terms().scope.covers(newest))
        .map(|mandate| mandate.id().clone())
}
