//! What the person decides, signed by the device's key and in the ledger before anything is sent. What can't be sent now is no error: the sync
//! sends it.

use super::{MandateDraft, announce, book::Book, draft, learn, send, view::MandateView};
use crate::{RabtError, core::Shared};
use rabt_domain::{
    BillKey, Invalid, InvalidReason, MandateId, Personal, SubjectId, Timestamp,
    mandate::{Answer, Standing, StandingChange, Verdict},
};
use rabt_protocol::{
    jose::{SignError, base64url},
    mandate::{
        AnswerStatement, Dispute, NOTE_CHARS_MAX, SignedTerms, StandingChange as WiredChange, StandingStatement,
        Statement as Signed, statement,
    },
};
use rabt_store::mandates::{FindingId, KeptFinding, Sent, Statement, StatementKind};

/// Signs terms, as a new mandate or as the next version of one.
pub(super) async fn terms(core: &Shared, wish: &MandateDraft) -> Result<MandateView, RabtError> {
    let subject = learn::owner(core).await?;
    let _alone = core.signing.lock().await;
    let checked = draft::check(core, wish).await?;
    let terms = checked.mandate.terms();
    let signed = SignedTerms {
        sub: subject.as_str().to_owned(),
        mandate: rabt_mandate::mandate(terms),
        previous: checked.previous.as_deref().map(learn::digest),
    };
    let text = sign(core, signed).await?;
    let (id, version, at) = (terms.id.clone(), terms.version, terms.agreed_at);
    write(
        core,
        vec![of(StatementKind::Terms, &id, version, None, text.clone(), at)],
    )
    .await?;
    send::now(core, Some(&text)).await?;
    view(core, &id).await
}

/// Stops a mandate, lets it go on, or ends it. What it is already is not said again.
pub(super) async fn standing(
    core: &Shared,
    mandate: &MandateId,
    change: StandingChange,
) -> Result<MandateView, RabtError> {
    let subject = learn::owner(core).await?;
    let text = {
        let _alone = core.signing.lock().await;
        let book = core.stored(Book::read).await?;
        let known = book.wanted(mandate, change == StandingChange::Revoke)?;
        match (known.standing(), change) {
            (Standing::Revoked { .. }, _) | (Standing::Paused { .. }, StandingChange::Pause) => None,
            _ => {
                let statement = stop(core, &subject, mandate, known.next_seq(), change, core.now()).await?;
                let text = statement.text.reveal().clone();
                write(core, vec![statement]).await?;
                Some(text)
            }
        }
    };
    if let Some(text) = text {
        send::now(core, Some(&text)).await?;
    }
    view(core, mandate).await
}

/// Answers what is asked or held.
pub(super) async fn answer(
    core: &Shared,
    mandate: &MandateId,
    bill: &BillKey,
    verdict: Verdict,
) -> Result<(), RabtError> {
    if let Verdict::Approved { up_to } = verdict
        && up_to.get() <= 0
    {
        return Err(Invalid::new("up_to_fils", InvalidReason::TooSmall).into());
    }
    let subject = learn::owner(core).await?;
    let text = {
        let _alone = core.signing.lock().await;
        let (id, key) = (mandate.clone(), bill.clone());
        let known = core
            .stored(move |store| {
                let book = Book::read(store)?;
                let known = book.wanted(&id, false)?;
                let stored = store.bills().get(&key)?;
                let covered = stored.is_some_and(|stored| {
                    let view = rabt_domain::mandate::BillView::of(&stored.bill, None, Timestamp::EPOCH);
                    known
                        .versions
                        .iter()
                        .any(|version| version.mandate.terms().scope.covers(&view))
                });
                Ok(covered
                    || store
                        .mandates()
                        .decisions()?
                        .iter()
                        .any(|decision| decision.mandate.as_ref() == Some(&id) && decision.bill == key))
            })
            .await?;
        if !known {
            return Err(Invalid::new("bill_id", InvalidReason::NotKnown).into());
        }
        let at = core.now();
        let answer = Answer {
            mandate: mandate.clone(),
            bill: bill.clone(),
            verdict,
            at,
        };
        let signed = AnswerStatement {
            sub: subject.as_str().to_owned(),
            answer: rabt_mandate::answer(&answer),
        };
        let text = sign(core, signed).await?;
        let statement = of(StatementKind::Answer, mandate, 0, Some(bill.clone()), text.clone(), at);
        write(core, vec![statement]).await?;
        text
    };
    send::now(core, Some(&text)).await
}

/// Disputes what was found, and stops the mandate that it is about.
pub(super) async fn dispute(core: &Shared, id: FindingId, note: Option<String>) -> Result<KeptFinding, RabtError> {
    if note.as_ref().is_some_and(|note| note.chars().count() > NOTE_CHARS_MAX) {
        return Err(Invalid::new("note", InvalidReason::TooMany).into());
    }
    let subject = learn::owner(core).await?;
    let kept = {
        let _alone = core.signing.lock().await;
        let (book, findings) = core
            .stored(|store| Ok((Book::read(store)?, store.mandates().findings()?)))
            .await?;
        let unknown = || Invalid::new("finding_id", InvalidReason::NotKnown);
        let kept = findings.into_iter().find(|kept| kept.id == id).ok_or_else(unknown)?;
        let at = core.now();
        let mut statements = Vec::new();
        if let Some(known) = kept.finding.mandate.as_ref().and_then(|mandate| book.get(mandate)) {
            if known.standing() == Standing::Active {
                let change = StandingChange::Pause;
                statements.push(stop(core, &subject, known.id(), known.next_seq(), change, at).await?);
            }
            let dispute = Dispute {
                dispute_id: format!("dsp_{}", base64url(core.random::<16>()?)),
                finding: kept.finding.code.clone(),
                agency_id: kept.finding.bill.agency.as_str().to_owned(),
                bill_id: kept.finding.bill.bill.as_str().to_owned(),
                note,
            };
            let text = serde_json::to_string(&dispute).map_err(|_| RabtError::Bug { at: "dispute" })?;
            let bill = Some(kept.finding.bill.clone());
            statements.push(of(StatementKind::Dispute, known.id(), 0, bill, text, at));
        }
        core.stored(move |store| store.mandates().dispute(id, at, &statements))
            .await?
    };
    announce(core);
    send::now(core, None).await?;
    Ok(kept)
}

/// Signs a stop.
pub(super) async fn stop(
    core: &Shared,
    subject: &SubjectId,
    mandate: &MandateId,
    seq: u32,
    change: StandingChange,
    at: Timestamp,
) -> Result<Statement, RabtError> {
    let signed = StandingStatement {
        sub: subject.as_str().to_owned(),
        mandate_id: mandate.as_str().to_owned(),
        change: match change {
            StandingChange::Pause => WiredChange::Pause,
            StandingChange::Resume => WiredChange::Resume,
            StandingChange::Revoke => WiredChange::Revoke,
        },
        at: at.to_string(),
        seq,
    };
    let text = sign(core, signed).await?;
    Ok(of(learn::kind_of(change), mandate, seq, None, text, at))
}

/// Signs with the device's key, which may live where signing takes its time.
async fn sign<S: Signed + Send + 'static>(core: &Shared, said: S) -> Result<String, RabtError> {
    let signer = core.signer()?;
    let signed = tokio::task::spawn_blocking(move || statement::sign(&said, signer.as_ref())).await;
    signed
        .map_err(|_| RabtError::Bug { at: "signing" })?
        .map_err(|error: SignError| {
            tracing::warn!(%error, "the device's key doesn't sign");
            RabtError::Storage {
                problem: crate::StorageProblem::SecretStoreUnavailable,
            }
        })
}

fn of(
    kind: StatementKind,
    mandate: &MandateId,
    number: u32,
    bill: Option<BillKey>,
    text: String,
    at: Timestamp,
) -> Statement {
    Statement {
        kind,
        mandate: mandate.clone(),
        number,
        bill,
        text: Personal::new(text),
        at,
        own: true,
        sent: Sent::NotYet,
    }
}

async fn write(core: &Shared, statements: Vec<Statement>) -> Result<(), RabtError> {
    core.stored(move |store| store.mandates().write_statements(&statements))
        .await?;
    core.mandates_known();
    announce(core);
    Ok(())
}

pub(super) async fn view(core: &Shared, mandate: &MandateId) -> Result<MandateView, RabtError> {
    let all = super::view::list(core).await?;
    let found = all.into_iter().find(|view| view.id == *mandate);
    found.ok_or(RabtError::Bug { at: "mandate" })
}
