//! `/v1/consents/{consent_id}`.

use super::{Here, Person, transact};
use crate::{
    agencies::consent,
    context::Ctx,
    server::reply::{Reply, WireJson},
};
use axum::{
    Extension,
    extract::{Path, State},
};
use http::StatusCode;
use rabt_protocol::{
    agency::{Consent, ConsentRequest},
    directory::Capability,
};

pub(super) async fn put(
    State(ctx): State<Ctx>,
    Extension(here): Extension<Here>,
    person: Person,
    Path(consent_id): Path<String>,
    WireJson(request): WireJson<ConsentRequest>,
) -> Reply<WireJson<Consent>> {
    let fixture = here.fixture(&ctx, Capability::Accounts)?;
    let now_ms = ctx.clock.now_ms();
    let kept = transact(&ctx, |tx| {
        consent::put(tx, &fixture, &person.subject, &consent_id, request, now_ms)
    })?;
    Ok(WireJson(kept))
}

pub(super) async fn read(
    State(ctx): State<Ctx>,
    Extension(here): Extension<Here>,
    person: Person,
    Path(consent_id): Path<String>,
) -> Reply<WireJson<Consent>> {
    let kept = transact(&ctx, |tx| {
        consent::get(tx, &here.agency_id, &person.subject, &consent_id)
    })?;
    Ok(WireJson(kept))
}

pub(super) async fn withdraw(
    State(ctx): State<Ctx>,
    Extension(here): Extension<Here>,
    person: Person,
    Path(consent_id): Path<String>,
) -> Reply<StatusCode> {
    let now = ctx.clock.now();
    transact(&ctx, |tx| {
        consent::withdraw(tx, &here.agency_id, &person.subject, &consent_id, &now)
    })?;
    Ok(StatusCode::NO_CONTENT)
}
