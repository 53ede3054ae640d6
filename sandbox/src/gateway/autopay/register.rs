//! What a person signs comes in here, and goes out again as it came.

use super::{consent, store};
use crate::{
    context::{Context, Ctx},
    gateway::instruments,
    identity::guard::Caller,
    server::reply::{Refusal, Reply, WireJson},
};
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use http::StatusCode;
use rabt_domain::{
    MandateId,
    mandate::{Scope, StandingChange},
};
use rabt_mandate::signed::{self, Refused};
use rabt_protocol::{
    Problem,
    mandate::{Dispute, MandateRecord, Mandates, NOTE_CHARS_MAX, SendStatement, SignedTerms, Standing, statement},
    problem::code,
};
use rusqlite::Transaction;

/// As many mandates as a person has; a dozen is a household's.
const MANDATES_MAX: usize = 50;
/// Longer than any identifier that a device makes up, or any finding's code.
const ID_CHARS_MAX: usize = 64;

/// `GET /v1/mandates`.
pub(in crate::gateway) async fn list(State(ctx): State<Ctx>, caller: Caller) -> Reply<WireJson<Mandates>> {
    consent::refresh_all(&ctx, &caller.subject).await?;
    let mandates = ctx.state.transact(|tx| -> Reply<Vec<MandateRecord>> {
        store::mandates(tx, &caller.subject)?
            .iter()
            .map(|mandate_id| store::record(tx, &caller.subject, mandate_id))
            .collect()
    })?;
    Ok(WireJson(Mandates {
        subject: caller.subject,
        mandates,
    }))
}

/// `POST /v1/mandates`.
pub(in crate::gateway) async fn register(
    State(ctx): State<Ctx>,
    caller: Caller,
    WireJson(SendStatement { statement }): WireJson<SendStatement>,
) -> Reply<Response> {
    let now_ms = ctx.clock.now_ms();
    let (is_new, record) = ctx.state.transact(|tx| -> Reply<_> {
        let subject = &caller.subject;
        let opened = statement::open::<SignedTerms>(&statement, subject).map_err(|error| refusal(error.into()))?;
        let mandate_id = opened.statement.mandate.mandate_id;
        let (known, versions) = store::versions(tx, subject, &mandate_id)?;
        if known.contains(&statement) {
            return Ok((false, store::record(tx, subject, &mandate_id)?));
        }
        let version = signed::next_version(versions.last(), &statement, subject).map_err(refusal)?;
        signed_by(&caller, &version.jkt)?;
        check(&ctx, tx, subject, &version.mandate)?;
        store::insert_version(tx, subject, &version, &statement, now_ms)?;
        Ok((true, store::record(tx, subject, &mandate_id)?))
    })?;
    ctx.autopay.wake(&caller.subject);
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, WireJson(record)).into_response())
}

/// What the gateway knows better than whoever signed: that the mandate isn't revoked, that what it names is there.
fn check(ctx: &Context, tx: &Transaction<'_>, subject: &str, mandate: &rabt_domain::Mandate) -> Reply<()> {
    let terms = mandate.terms();
    let invalid =
        |field: String, title: &str| Err(Refusal::from(Problem::new(422, code::MANDATE_INVALID, title).at(field)));
    match store::newest(tx, subject, terms.id.as_str())? {
        Some((_, Standing::Revoked { .. })) => return Err(refusal(Refused::Revoked)),
        Some(_) => {}
        None if store::mandates(tx, subject)?.len() >= MANDATES_MAX => {
            return invalid(
                "mandate_id".to_owned(),
                "there are as many mandates as a person can have",
            );
        }
        None => {}
    }
    if let Scope::Chosen(entries) = &terms.scope {
        for (index, entry) in entries.iter().enumerate() {
            if entry
                .agency
                .as_ref()
                .is_some_and(|id| ctx.agency(id.as_str()).is_none())
            {
                return invalid(format!("scope[{index}].agency_id"), "is no agency of this city");
            }
        }
    }
    for (id, field) in [
        (Some(&terms.instrument), "instrument_id"),
        (terms.fallback.as_ref(), "fallback_instrument_id"),
    ] {
        let Some(id) = id else { continue };
        let linked = instruments::of_subject(tx, subject, id.as_str())?.is_some_and(|held| !held.removed);
        if !linked {
            let problem = Problem::new(422, code::INSTRUMENT_UNKNOWN, "no such instrument is linked");
            return Err(problem.at(field).into());
        }
    }
    Ok(())
}

/// `POST /v1/mandates/{mandate_id}/standing`.
pub(in crate::gateway) async fn change_standing(
    State(ctx): State<Ctx>,
    caller: Caller,
    Path(mandate_id): Path<String>,
    WireJson(SendStatement { statement }): WireJson<SendStatement>,
) -> Reply<WireJson<MandateRecord>> {
    let subject = &caller.subject;
    let mandate = id(&mandate_id)?;
    let revoked = ctx.state.transact(|tx| -> Reply<bool> {
        known(tx, subject, &mandate_id)?;
        let (list, mut changes) = store::standings(tx, subject, &mandate)?;
        if list.contains(&statement) {
            return Ok(false);
        }
        let change = signed::next_standing(&mandate, &changes, &statement, subject).map_err(refusal)?;
        signed_by(&caller, &change.jkt)?;
        let revokes = change.change == StandingChange::Revoke;
        changes.push(change);
        let standing = match signed::standing(&changes) {
            rabt_domain::mandate::Standing::Active => Standing::Active,
            rabt_domain::mandate::Standing::Paused { since } => Standing::Paused {
                since_at: since.to_string(),
            },
            rabt_domain::mandate::Standing::Revoked { at } => Standing::Revoked {
                since_at: at.to_string(),
            },
        };
        store::insert_standing(tx, subject, &mandate_id, &statement, &standing)?;
        Ok(revokes)
    })?;
    if revoked {
        consent::take_back(&ctx, subject, &mandate_id).await;
    }
    ctx.autopay.wake(subject);
    ctx.state
        .transact(|tx| store::record(tx, subject, &mandate_id))
        .map(WireJson)
}

/// `POST /v1/mandates/{mandate_id}/answers`.
pub(in crate::gateway) async fn answer(
    State(ctx): State<Ctx>,
    caller: Caller,
    Path(mandate_id): Path<String>,
    WireJson(SendStatement { statement }): WireJson<SendStatement>,
) -> Reply<StatusCode> {
    let subject = &caller.subject;
    let mandate = id(&mandate_id)?;
    ctx.state.transact(|tx| -> Reply<()> {
        if matches!(known(tx, subject, &mandate_id)?, Standing::Revoked { .. }) {
            return Err(refusal(Refused::Revoked));
        }
        let signed = signed::answer(&mandate, &statement, subject).map_err(refusal)?;
        signed_by(&caller, &signed.jkt)?;
        let answer = rabt_mandate::answer(&signed.answer);
        store::insert_answer(tx, subject, &mandate_id, &statement, &answer)
    })?;
    ctx.autopay.wake(subject);
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /v1/mandates/{mandate_id}/disputes`.
pub(in crate::gateway) async fn dispute(
    State(ctx): State<Ctx>,
    caller: Caller,
    Path(mandate_id): Path<String>,
    WireJson(dispute): WireJson<Dispute>,
) -> Reply<StatusCode> {
    for (field, text) in [
        ("dispute_id", &dispute.dispute_id),
        ("finding", &dispute.finding),
        ("agency_id", &dispute.agency_id),
        ("bill_id", &dispute.bill_id),
    ] {
        if text.is_empty() || text.len() > ID_CHARS_MAX {
            return Err(Refusal::invalid(
                field,
                format!("must have 1 to {ID_CHARS_MAX} characters"),
            ));
        }
    }
    if dispute
        .note
        .as_ref()
        .is_some_and(|note| note.chars().count() > NOTE_CHARS_MAX)
    {
        return Err(Refusal::invalid(
            "note",
            format!("must have at most {NOTE_CHARS_MAX} characters"),
        ));
    }
    let now_ms = ctx.clock.now_ms();
    ctx.state.transact(|tx| -> Reply<()> {
        known(tx, &caller.subject, &mandate_id)?;
        store::dispute(tx, &caller.subject, &mandate_id, &dispute, now_ms)
    })?;
    ctx.autopay.wake(&caller.subject);
    Ok(StatusCode::NO_CONTENT)
}

/// Where a mandate that must be there stands.
pub(super) fn known(tx: &Transaction<'_>, subject: &str, mandate_id: &str) -> Reply<Standing> {
    store::newest(tx, subject, mandate_id)?
        .map(|(_, standing)| standing)
        .ok_or_else(|| Refusal::not_found("no such mandate"))
}

fn id(mandate_id: &str) -> Reply<MandateId> {
    MandateId::parse(mandate_id).map_err(|_| Refusal::not_found("no such mandate"))
}

/// Only the device that asks may sign: a statement that was seen elsewhere is worth nothing without its key.
fn signed_by(caller: &Caller, jkt: &str) -> Reply<()> {
    if caller.jkt.as_deref() == Some(jkt) {
        Ok(())
    } else {
        Err(refusal(Refused::KeyUnknown))
    }
}

/// What a person's app is told of a statement that isn't taken.
pub(super) fn refusal(refused: Refused) -> Refusal {
    let title = refused.to_string();
    let problem = |status, code| Problem::new(status, code, title.clone());
    Refusal::from(match refused {
        Refused::Statement(_) => problem(400, code::STATEMENT_INVALID).at("statement"),
        Refused::KeyUnknown => problem(403, code::STATEMENT_KEY_UNKNOWN).at("statement"),
        Refused::NotNext(field) => problem(409, code::MANDATE_OLDER).at(field),
        Refused::Revoked => problem(409, code::MANDATE_REVOKED),
        Refused::Invalid(invalid) => problem(422, code::MANDATE_INVALID).at(invalid.field),
    })
}
