//! Signing out of the browser, at an app's wish (OpenID Connect RP-Initiated Logout 1.0): the session ends, and so does every
//! grant that came of it. An app that shows an ID token of ours is believed; otherwise the person is asked, so that a link can't
//! sign anybody out.

use super::{
    answer, clients,
    error::IdentityError,
    grant, page,
    params::Params,
    request::{self, Language},
    secret, session,
};
use crate::context::{Context, Ctx};
use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use http::{HeaderMap, header};
use rusqlite::Transaction;

/// `GET /logout`.
pub(super) async fn by_query(State(ctx): State<Ctx>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    sign_out(&ctx, &headers, &Params::parse(query.unwrap_or_default().as_bytes()))
}

/// `POST /logout`; the confirming page posts here too, with `csrf`.
pub(super) async fn by_form(State(ctx): State<Ctx>, headers: HeaderMap, params: Params) -> Response {
    sign_out(&ctx, &headers, &params)
}

fn sign_out(ctx: &Context, headers: &HeaderMap, params: &Params) -> Response {
    let asked = params
        .get("ui_locales")
        .and_then(|tags| Language::of(tags.split_ascii_whitespace()));
    let language = page::language(asked, headers);
    match ctx.state.transact(|tx| act(ctx, tx, headers, params, language)) {
        Ok(response) => response,
        Err(error) => page::broken(language, &error),
    }
}

fn act(
    ctx: &Context,
    tx: &Transaction<'_>,
    headers: &HeaderMap,
    params: &Params,
    language: Language,
) -> Result<Response, IdentityError> {
    let wrong = |description: &str| Ok(page::wrong_request(language, "invalid_request", description));
    if let Some(fault) = params.fault() {
        return wrong(fault);
    }
    let client_id = params.get("client_id");
    if client_id.is_some_and(|client_id| !clients::is_registered(client_id)) {
        return wrong("`client_id` is not registered.");
    }
    let hint = match params.get("id_token_hint") {
        None => None,
        Some(hint) => match request::hinted(ctx, tx, client_id, hint)? {
            None => return wrong("`id_token_hint` is not an ID token of ours for this client."),
            hinted => hinted,
        },
    };
    let back_to = match params.get("post_logout_redirect_uri") {
        Some(_) if hint.is_none() && client_id.is_none() => {
            return wrong("`post_logout_redirect_uri` needs `id_token_hint` or `client_id`.");
        }
        Some(address) if !clients::may_return_to(ctx, address) => {
            return wrong("`post_logout_redirect_uri` is not one that the client registered.");
        }
        address => address,
    };
    let now_ms = ctx.clock.now_ms();
    let shown = session::shown(tx, headers, now_ms)?;
    let ends = match (hint.and_then(|hint| hint.sid), &shown) {
        (Some(sid), _) => Some(sid),
        (None, Some(session)) => {
            // Only our own page knows the hash of a cookie that no script can read.
            let csrf = session::cookie(headers)
                .map(|cookie| secret::hash(&format!("sign out {cookie}")))
                .unwrap_or_default();
            if !params.get("csrf").is_some_and(|given| secret::same(given, &csrf)) {
                return Ok(page::confirm_sign_out(
                    language,
                    &csrf,
                    client_id,
                    back_to,
                    params.get("state"),
                ));
            }
            Some(session.sid.clone())
        }
        (None, None) => None,
    };
    if let Some(sid) = &ends {
        session::forget(tx, sid)?;
        grant::revoke_of_session(tx, sid, now_ms)?;
    }
    let mut response = match back_to {
        Some(address) => {
            let state: Vec<_> = params
                .get("state")
                .map(|state| ("state", state.to_owned()))
                .into_iter()
                .collect();
            answer::redirect(&answer::address(address, &state))
        }
        None => page::signed_out(language),
    };
    if shown.is_some_and(|session| Some(session.sid) == ends) {
        response
            .headers_mut()
            .append(header::SET_COOKIE, session::clear_cookie());
    }
    Ok(response)
}
