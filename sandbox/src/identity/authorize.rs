//! The authorization endpoint: where an app sends the person's browser. It answers at once where it can, with an error or, if the
//! browser is signed in surely enough, with a code; otherwise it opens an interaction and sends the browser to its page.

use super::{
    answer, interaction, page,
    params::Params,
    pushed::{self, REFERENCE_PREFIX},
    request::{AuthorizationRequest, Language, Wrong},
    session,
    settings::{IdentitySettings, Offer},
};
use crate::context::{Context, Ctx};
use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use http::HeaderMap;
use rusqlite::Transaction;

/// `GET /authorize`.
pub(super) async fn by_query(State(ctx): State<Ctx>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    authorize(&ctx, &headers, &Params::parse(query.unwrap_or_default().as_bytes()))
}

/// `POST /authorize`.
pub(super) async fn by_form(State(ctx): State<Ctx>, headers: HeaderMap, params: Params) -> Response {
    authorize(&ctx, &headers, &params)
}

fn authorize(ctx: &Context, headers: &HeaderMap, params: &Params) -> Response {
    let decided = ctx.state.transact(|tx| decide(ctx, tx, headers, params));
    let told = match decided {
        Err(Wrong::Told {
            redirect_uri,
            state,
            error,
            description,
        }) => ctx
            .state
            .transact(|tx| answer::with_error(ctx, tx, &redirect_uri, state.as_deref(), error, &description))
            .map_err(Wrong::Broken),
        decided => decided,
    };
    match told {
        Ok(location) => answer::redirect(&location),
        Err(Wrong::Untrusted { error, description } | Wrong::Told { error, description, .. }) => {
            let asked = params
                .get("ui_locales")
                .and_then(|tags| Language::of(tags.split_ascii_whitespace()));
            page::wrong_request(page::language(asked, headers), error, &description)
        }
        Err(Wrong::Broken(error)) => page::broken(page::language(None, headers), &error),
    }
}

/// Where the browser is to go.
fn decide(ctx: &Context, tx: &Transaction<'_>, headers: &HeaderMap, params: &Params) -> Result<String, Wrong> {
    let now_ms = ctx.clock.now_ms();
    let request = asked(ctx, tx, params, now_ms)?;
    if let Some(session) = session::shown(tx, headers, now_ms)?
        && session.satisfies(&request, now_ms)
    {
        return Ok(answer::with_code(ctx, tx, &request, &session)?);
    }
    if request.silent {
        let (error, description) = ("login_required", "The person must be asked.");
        let state = request.state.as_deref();
        return Ok(answer::with_error(
            ctx,
            tx,
            &request.redirect_uri,
            state,
            error,
            description,
        )?);
    }
    Ok(interaction::open(ctx, tx, &request)?)
}

/// The request, wherever it is. Beside a reference only `client_id` counts: anything else in the browser's address may have been
/// put there by somebody else (RFC 9126, 4; RFC 9101, 5).
fn asked(ctx: &Context, tx: &Transaction<'_>, params: &Params, now_ms: i64) -> Result<AuthorizationRequest, Wrong> {
    let untrusted = |error, description: &str| Wrong::Untrusted {
        error,
        description: description.to_owned(),
    };
    let settings = IdentitySettings::read(ctx, tx)?;
    let Some(request_uri) = params.get("request_uri") else {
        let request = AuthorizationRequest::read(ctx, tx, params)?;
        return if settings.pushed_requests == Offer::Required {
            Err(Wrong::Told {
                redirect_uri: request.redirect_uri,
                state: request.state,
                error: "invalid_request",
                description: "The request must be pushed (RFC 9126).".to_owned(),
            })
        } else {
            Ok(request)
        };
    };
    if !request_uri.starts_with(REFERENCE_PREFIX) || settings.pushed_requests == Offer::Absent {
        return Err(untrusted(
            "request_uri_not_supported",
            "Only requests that were pushed here are read.",
        ));
    }
    match pushed::take(tx, request_uri, now_ms)? {
        Some(request) if params.get("client_id") == Some(&request.client_id) => Ok(request),
        Some(_) => Err(untrusted(
            "invalid_request",
            "The request was pushed by another client.",
        )),
        None => Err(untrusted(
            "invalid_request_uri",
            "The request is not known, was used before, or has expired.",
        )),
    }
}
