//! The token endpoint, and what it has in common with the other endpoints for machines: who the client is and which key it proves.

use super::{
    clients, code,
    dpop::{self, Expected, ProofRefusal},
    error::OauthRefusal,
    params::Params,
    refresh,
    settings::{IdentitySettings, Offer},
};
use crate::context::{Context, Ctx};
use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};

/// `POST /token`.
pub(super) async fn exchange(
    State(ctx): State<Ctx>,
    headers: HeaderMap,
    params: Params,
) -> Result<Response, OauthRefusal> {
    let params = params.sound()?;
    let client_id = client(&headers, &params)?;
    let redeem = match params.required("grant_type")? {
        "authorization_code" => code::redeem,
        "refresh_token" => refresh::redeem,
        _ => {
            return Err(OauthRefusal::new(
                "unsupported_grant_type",
                "Only codes and refresh tokens are redeemed.",
            ));
        }
    };
    let proven = prove(&ctx, &headers, "/token")?;
    if proven.jkt.is_none() && proven.offer == Offer::Required {
        return Err(OauthRefusal::new("invalid_dpop_proof", "A DPoP proof is required.").with_nonce(proven.nonce));
    }
    let answer = ctx
        .state
        .transact(|tx| redeem(&ctx, tx, client_id, &params, proven.jkt.as_deref()))??;
    let mut response = (StatusCode::OK, [(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response();
    proven.add_nonce(&mut response);
    Ok(response)
}

/// The client that a request names. It is public, so that naming is all; credentials would be somebody else's.
pub(super) fn client<'a>(headers: &HeaderMap, params: &'a Params) -> Result<&'a str, OauthRefusal> {
    let credentials = ["client_secret", "client_assertion"];
    if headers.contains_key(header::AUTHORIZATION) || credentials.iter().any(|name| params.get(name).is_some()) {
        return Err(OauthRefusal::client("The client is public and has no credentials."));
    }
    let client_id = params.required("client_id")?;
    if clients::is_registered(client_id) {
        Ok(client_id)
    } else {
        Err(OauthRefusal::client("`client_id` is not registered."))
    }
}

/// What a request proves of a key.
pub(super) struct Proven {
    /// The key's thumbprint.
    pub(super) jkt: Option<String>,
    /// For the next proof.
    nonce: Option<String>,
    /// Whether one is asked for at all.
    offer: Offer,
}

impl Proven {
    /// Tells the client the nonce for its next proof.
    pub(super) fn add_nonce(&self, response: &mut Response) {
        if let Some(nonce) = self
            .nonce
            .as_deref()
            .and_then(|nonce| HeaderValue::from_str(nonce).ok())
        {
            response.headers_mut().insert(dpop::NONCE_HEADER, nonce);
        }
    }
}

/// Checks the proof of a request to one of our own endpoints; a request without one proves nothing, which may be enough.
pub(super) fn prove(ctx: &Context, headers: &HeaderMap, path: &str) -> Result<Proven, OauthRefusal> {
    let issuer = &ctx.addresses.identity;
    let url = format!("{issuer}{path}");
    let checked = ctx.state.transact(|tx| {
        let settings = IdentitySettings::read(ctx, tx)?;
        let offer = settings.dpop;
        if offer == Offer::Absent {
            return Ok(Proven {
                jkt: None,
                nonce: None,
                offer,
            });
        }
        let nonce_of = settings.dpop_nonces.then_some(issuer.as_str());
        let expected = Expected {
            method: "POST",
            url: &url,
            access_token: None,
            nonce_of,
        };
        let jkt = dpop::check(ctx, tx, headers, &expected)?;
        let nonce = nonce_of.map(|party| dpop::nonce(ctx, party));
        Ok(Proven { jkt, nonce, offer })
    });
    checked.map_err(|refusal| match refusal {
        ProofRefusal::Invalid(why) => OauthRefusal::new("invalid_dpop_proof", why),
        ProofRefusal::NonceNeeded(nonce) => {
            OauthRefusal::new("use_dpop_nonce", "The proof must carry the nonce.").with_nonce(Some(nonce))
        }
        ProofRefusal::Broken(error) => error.into(),
    })
}
