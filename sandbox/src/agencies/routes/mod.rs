//! The HTTP face of an agency: who asks, what of, and how it is answered. Rules are next door; here are paths and headers.

mod accounts;
mod bills;
mod consents;
mod etag;
mod hub;

use super::{AgencyError, AgencyFixture};
use crate::{context::Ctx, identity::guard::Caller, server::reply::Refusal};
use axum::{
    Extension, Router,
    extract::FromRequestParts,
    response::{IntoResponse, Response},
    routing::{get, post, put},
};
use http::request::Parts;
use rabt_protocol::directory::Capability;
use std::sync::Arc;

/// The server of one agency. Its usual latency and the faults of a whole request are what stands in front of it.
pub(crate) fn router(ctx: &Ctx, agency_id: &str) -> Router {
    Router::new()
        .route(
            "/v1/consents/{consent_id}",
            put(consents::put).get(consents::read).delete(consents::withdraw),
        )
        .route("/v1/accounts", get(accounts::list).post(accounts::add))
        .route("/v1/bills", get(bills::page))
        .route("/v1/hub/bills", get(hub::page))
        .route("/v1/hub/bills/{bill_id}", get(hub::bill))
        .route("/v1/hub/accounts", get(hub::accounts))
        .route("/v1/postings", post(hub::post))
        .route("/v1/postings/{idempotency_key}", get(hub::posting))
        .fallback(|| async { Refusal::not_found("there is no such path") })
        .layer(Extension(Here {
            agency_id: Arc::from(agency_id),
        }))
        .with_state(Ctx::clone(ctx))
}

/// Which agency this server is.
#[derive(Clone)]
struct Here {
    agency_id: Arc<str>,
}

impl Here {
    /// The agency's fixture, if it offers what is asked for.
    fn fixture(&self, ctx: &Ctx, needed: Capability) -> Result<Arc<AgencyFixture>, AgencyError> {
        ctx.agency(&self.agency_id)
            .map(|agency| agency.fixture)
            .filter(|fixture| fixture.capabilities.contains(&needed))
            .ok_or_else(|| AgencyError::not_found("such thing at this agency"))
    }
}

/// The person on whose behalf a request is made. An agency asks no more of them than who they are.
#[derive(Clone)]
pub(super) struct Person {
    pub(super) subject: String,
}

impl FromRequestParts<Ctx> for Person {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, ctx: &Ctx) -> Result<Self, Response> {
        #[cfg(test)]
        if let Some(person) = parts.extensions.get::<Self>() {
            return Ok(person.clone());
        }
        Caller::from_request_parts(parts, ctx)
            .await
            .map(|caller| Self {
                subject: caller.subject,
            })
            .map_err(IntoResponse::into_response)
    }
}

/// Runs an act on the city's memory.
fn transact<T>(
    ctx: &Ctx,
    act: impl FnOnce(&rusqlite::Transaction<'_>) -> Result<T, AgencyError>,
) -> Result<T, AgencyError> {
    ctx.state.transact(act)
}
