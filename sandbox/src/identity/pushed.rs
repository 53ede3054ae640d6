//! Pushed authorization requests (RFC 9126): the client sends its request here first, directly, so that nobody between reads or
//! changes it, and the browser carries only a reference, good for one use.

use super::{
    error::{IdentityError, OauthRefusal},
    limits,
    params::Params,
    request::{AuthorizationRequest, Wrong},
    secret,
    settings::{IdentitySettings, Offer},
    token,
};
use crate::context::{Context, Ctx};
use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header};
use rabt_protocol::oidc::PushedRequest;
use rusqlite::{OptionalExtension as _, Transaction, params};

/// How a reference begins (RFC 9126, 2.2).
pub(super) const REFERENCE_PREFIX: &str = "urn:ietf:params:oauth:request_uri:";

/// `POST /par`.
pub(super) async fn push(State(ctx): State<Ctx>, headers: HeaderMap, params: Params) -> Result<Response, OauthRefusal> {
    let params = params.sound()?;
    token::client(&headers, &params)?;
    if params.get("request_uri").is_some() {
        return Err(OauthRefusal::request("`request_uri` can't be pushed."));
    }
    // A proof is welcome here, never required (RFC 9449, 10.1).
    let proven = token::prove(&ctx, &headers, "/par")?;
    let pushed = ctx
        .state
        .transact(|tx| keep(&ctx, tx, &params, proven.jkt.clone()))
        .map_err(told_at_once)?;
    let mut response = (StatusCode::CREATED, [(header::CACHE_CONTROL, "no-store")], Json(pushed)).into_response();
    proven.add_nonce(&mut response);
    Ok(response)
}

fn keep(ctx: &Context, tx: &Transaction<'_>, params: &Params, jkt: Option<String>) -> Result<PushedRequest, Wrong> {
    if IdentitySettings::read(ctx, tx)?.pushed_requests == Offer::Absent {
        let description = "Pushed requests are not offered.".to_owned();
        return Err(Wrong::Untrusted {
            error: "invalid_request",
            description,
        });
    }
    let mut request = AuthorizationRequest::read(ctx, tx, params)?;
    // A proof binds the code as `dpop_jkt` does; both together must agree (RFC 9449, 10.1).
    if request.dpop_jkt.is_some() && jkt.is_some() && request.dpop_jkt != jkt {
        let description = "`dpop_jkt` is not the proof's key.".to_owned();
        return Err(Wrong::Untrusted {
            error: "invalid_dpop_proof",
            description,
        });
    }
    request.dpop_jkt = request.dpop_jkt.or(jkt);
    let request_uri = format!("{REFERENCE_PREFIX}{}", secret::fresh());
    tx.execute(
        "INSERT INTO identity_pushed (request_uri, request, expires_ms) VALUES (?1, ?2, ?3)",
        params![
            request_uri,
            serde_json::to_string(&request)?,
            ctx.clock.now_ms().saturating_add(limits::PUSHED_MS)
        ],
    )?;
    Ok(PushedRequest {
        request_uri,
        expires_in: limits::PUSHED_MS.unsigned_abs() / 1000,
    })
}

/// What was pushed under a reference; it can't be taken again.
pub(super) fn take(
    tx: &Transaction<'_>,
    request_uri: &str,
    now_ms: i64,
) -> Result<Option<AuthorizationRequest>, IdentityError> {
    let request: Option<String> = tx
        .query_row(
            "DELETE FROM identity_pushed WHERE request_uri = ?1 AND expires_ms > ?2 RETURNING request",
            params![request_uri, now_ms],
            |row| row.get(0),
        )
        .optional()?;
    Ok(request.map(|json| serde_json::from_str(&json)).transpose()?)
}

fn told_at_once(wrong: Wrong) -> OauthRefusal {
    match wrong {
        Wrong::Untrusted {
            error: "invalid_client",
            description,
        } => OauthRefusal::client(description),
        Wrong::Untrusted { error, description } | Wrong::Told { error, description, .. } => {
            OauthRefusal::new(error, description)
        }
        Wrong::Broken(error) => error.into(),
    }
}
