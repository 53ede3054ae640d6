//! What the hub asks: a bill that is to be paid, all of a person's for what pays by mandate, and that one is paid.

use super::{Here, accounts as people, bills as pages, transact};
use crate::{
    agencies::{
        AgencyError, consent, faulty, outbox, purpose, settle,
        store::{
            accounts, bills,
            postings::{self, Answer},
        },
    },
    context::Ctx,
    server::reply::{IdempotencyKey, Refusal, Reply, ServiceCaller, WireJson},
};
use axum::{
    Extension,
    extract::{Path, Query, State, rejection::QueryRejection},
    response::Response,
};
use http::{HeaderMap, Uri};
use rabt_protocol::{
    agency::{Accounts, Bill, Posting, PostingRequest},
    directory::Capability,
};
use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct Asked {
    subject: String,
}

pub(super) async fn bill(
    _service: ServiceCaller,
    State(ctx): State<Ctx>,
    Extension(here): Extension<Here>,
    Path(bill_id): Path<String>,
    asked: Result<Query<Asked>, QueryRejection>,
    uri: Uri,
) -> Reply<WireJson<Bill>> {
    let Query(asked) = asked.map_err(|error| Refusal::invalid("subject", error.body_text()))?;
    here.fixture(&ctx, Capability::Bills)?;
    let now_ms = ctx.clock.now_ms();
    if let Some(foreign) = faulty::bill(&ctx, &here.agency_id, &asked.subject, uri.path())? {
        return Ok(WireJson(foreign));
    }
    let bill = transact(&ctx, |tx| {
        consent::require(tx, &here.agency_id, &asked.subject, purpose::BILLS, now_ms)?;
        let unknown = || AgencyError::not_found("such bill of this person's");
        let bill = bills::get(tx, &here.agency_id, &bill_id)?.ok_or_else(unknown)?;
        if accounts::is_seen_by(tx, &here.agency_id, &bill.account_id, &asked.subject)? {
            Ok(bill)
        } else {
            Err(unknown())
        }
    })?;
    Ok(WireJson(bill))
}

#[derive(Deserialize)]
pub(super) struct AskedPage {
    subject: String,
    #[serde(default)]
    limit: Option<usize>,
    #[serde(default)]
    cursor: Option<String>,
}

pub(super) async fn page(
    _service: ServiceCaller,
    State(ctx): State<Ctx>,
    Extension(here): Extension<Here>,
    asked: Result<Query<AskedPage>, QueryRejection>,
    headers: HeaderMap,
) -> Reply<Response> {
    let Query(asked) = asked.map_err(|error| Refusal::invalid("subject", error.body_text()))?;
    let page = pages::Asked {
        limit: asked.limit,
        cursor: asked.cursor,
    };
    pages::page_of(&ctx, &here, asked.subject, &page, &headers, "/v1/hub/bills")
}

pub(super) async fn accounts(
    _service: ServiceCaller,
    State(ctx): State<Ctx>,
    Extension(here): Extension<Here>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Reply<WireJson<Accounts>> {
    let Query(asked) = asked.map_err(|error| Refusal::invalid("subject", error.body_text()))?;
    people::of(&ctx, &here, asked.subject)
}

pub(super) async fn post(
    _service: ServiceCaller,
    State(ctx): State<Ctx>,
    Extension(here): Extension<Here>,
    IdempotencyKey(key): IdempotencyKey,
    WireJson(request): WireJson<PostingRequest>,
) -> Reply<WireJson<Posting>> {
    here.fixture(&ctx, Capability::Payments)?;
    let answer = transact(&ctx, |tx| settle::post(&ctx, tx, &here.agency_id, &key, &request))?;
    outbox::ring();
    match answer {
        Answer::Posted(posting) => Ok(WireJson(posting)),
        Answer::Refused(problem) => Err(problem.into()),
    }
}

pub(super) async fn posting(
    _service: ServiceCaller,
    State(ctx): State<Ctx>,
    Extension(here): Extension<Here>,
    Path(key): Path<String>,
) -> Reply<WireJson<Posting>> {
    here.fixture(&ctx, Capability::Payments)?;
    match transact(&ctx, |tx| postings::answer(tx, &here.agency_id, &key))? {
        Some((_, Answer::Posted(posting))) => Ok(WireJson(posting)),
        Some((_, Answer::Refused(_))) | None => Err(Refusal::not_found("nothing was posted with this key")),
    }
}
