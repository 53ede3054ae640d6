//! What anyone may know of the provider: its metadata and its public keys.

use super::{
    acr, dpop,
    error::{IdentityError, OauthRefusal},
    keys,
    request::SCOPES,
    settings::{IdentitySettings, Offer},
};
use crate::context::{Context, Ctx};
use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use rabt_protocol::oidc::ProviderMetadata;
use rusqlite::Transaction;
use serde::Serialize;

/// Short: a roll-over must reach a client soon.
const CACHE: [(header::HeaderName, &str); 1] = [(header::CACHE_CONTROL, "public, max-age=60")];

/// The metadata with what OpenID Connect Discovery asks for beside what our client reads.
#[derive(Serialize)]
struct Metadata {
    #[serde(flatten)]
    provider: ProviderMetadata,
    response_types_supported: [&'static str; 1],
    response_modes_supported: [&'static str; 1],
    grant_types_supported: [&'static str; 2],
    subject_types_supported: [&'static str; 1],
    token_endpoint_auth_methods_supported: [&'static str; 1],
    revocation_endpoint_auth_methods_supported: [&'static str; 1],
    scopes_supported: [&'static str; SCOPES.len()],
    claims_supported: [&'static str; 8],
    prompt_values_supported: [&'static str; 4],
    ui_locales_supported: [&'static str; 2],
    request_parameter_supported: bool,
    request_uri_parameter_supported: bool,
    claims_parameter_supported: bool,
}

/// OpenID Connect Discovery 1.0 and RFC 8414.
pub(super) async fn metadata(State(ctx): State<Ctx>) -> Result<Response, OauthRefusal> {
    let document = ctx.state.transact(|tx| describe(&ctx, tx))?;
    Ok((CACHE, Json(document)).into_response())
}

/// RFC 7517.
pub(super) async fn key_set(State(ctx): State<Ctx>) -> Result<Response, OauthRefusal> {
    let keys = ctx.state.transact(|tx| keys::published(&ctx, tx))?;
    Ok((CACHE, Json(keys)).into_response())
}

fn describe(ctx: &Context, tx: &Transaction<'_>) -> Result<Metadata, IdentityError> {
    let settings = IdentitySettings::read(ctx, tx)?;
    let issuer = ctx.addresses.identity.clone();
    let at = |path: &str| format!("{issuer}{path}");
    let one = |value: &str| vec![value.to_owned()];
    Ok(Metadata {
        provider: ProviderMetadata {
            authorization_endpoint: at("/authorize"),
            token_endpoint: at("/token"),
            jwks_uri: at("/jwks"),
            pushed_authorization_request_endpoint: (settings.pushed_requests != Offer::Absent).then(|| at("/par")),
            require_pushed_authorization_requests: settings.pushed_requests == Offer::Required,
            userinfo_endpoint: Some(at("/userinfo")),
            revocation_endpoint: Some(at("/revoke")),
            end_session_endpoint: Some(at("/logout")),
            dpop_signing_alg_values_supported: match settings.dpop {
                Offer::Absent => Vec::new(),
                Offer::Optional | Offer::Required => one(dpop::ALGORITHM),
            },
            code_challenge_methods_supported: one("S256"),
            authorization_response_iss_parameter_supported: settings.response_issuer,
            acr_values_supported: acr::KNOWN.iter().map(|(name, _)| (*name).to_owned()).collect(),
            id_token_signing_alg_values_supported: one("ES256"),
            issuer,
        },
        response_types_supported: ["code"],
        response_modes_supported: ["query"],
        grant_types_supported: ["authorization_code", "refresh_token"],
        subject_types_supported: ["public"],
        token_endpoint_auth_methods_supported: ["none"],
        revocation_endpoint_auth_methods_supported: ["none"],
        scopes_supported: SCOPES,
        claims_supported: [
            "sub",
            "name",
            "name_ar",
            "phone_number",
            "auth_time",
            "acr",
            "nonce",
            "sid",
        ],
        prompt_values_supported: ["none", "login", "consent", "select_account"],
        ui_locales_supported: ["en", "ar"],
        request_parameter_supported: false,
        // Only those that were pushed here; a request is never fetched from elsewhere.
        request_uri_parameter_supported: false,
        claims_parameter_supported: false,
    })
}
