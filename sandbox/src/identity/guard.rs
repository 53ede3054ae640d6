//! The gate of the resource servers: who calls the gateway or an agency, and how surely.
//!
//! It runs inside the other parties, and yet reads the provider's keys and tables. In a real city a party would verify the token
//! with the published keys and ask the provider's introspection endpoint (RFC 7662) whether it was revoked; this stands for
//! those two calls, so that a revocation counts at once and a test needs no waiting. No party gets more from here than they would
//! answer.

use super::{
    dpop::{self, Expected, ProofRefusal},
    error::IdentityError,
    grant,
    issue::{ACCESS_TOKEN_TYPE, AccessClaims, CITY_AUDIENCE},
    keys,
    settings::IdentitySettings,
};
use crate::context::Ctx;
use axum::{
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts};
use rabt_protocol::{
    Problem,
    jose::{self, JwsError},
    problem::{PROBLEM_MEDIA_TYPE, code},
};
use rusqlite::Transaction;

/// The person on whose behalf a request is made, and the app that makes it. Taking it as a handler's argument is all that a party
/// does to be safe: without a valid token the handler isn't reached.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    /// Who (`sub`).
    pub(crate) subject: String,
    /// How surely (`acr`).
    pub(crate) acr: String,
    /// By which client.
    pub(crate) client_id: String,
    /// For what, separated by spaces.
    pub(crate) scope: String,
    /// The thumbprint of the key that the token is bound to, where it is.
    pub(crate) jkt: Option<String>,
}

impl std::fmt::Debug for Caller {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Caller")
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

/// A request is refused at the gate.
#[derive(Debug)]
pub(crate) struct Refused {
    /// `invalid_token`, `invalid_dpop_proof`, `use_dpop_nonce`; none where there was no token at all (RFC 6750, 3.1).
    error: Option<&'static str>,
    title: &'static str,
    scheme: Scheme,
    nonce: Option<String>,
    broken: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    Bearer,
    Dpop,
}

impl Refused {
    fn token(scheme: Scheme, title: &'static str) -> Self {
        Self {
            error: Some("invalid_token"),
            title,
            scheme,
            nonce: None,
            broken: false,
        }
    }

    /// `WWW-Authenticate` (RFC 6750, 3; RFC 9449, 7.1).
    fn challenge(&self) -> String {
        let (scheme, last) = match self.scheme {
            Scheme::Bearer => ("Bearer", "realm=\"rabt\"".to_owned()),
            Scheme::Dpop => ("DPoP", format!("algs=\"{}\"", dpop::ALGORITHM)),
        };
        match self.error {
            Some(error) => {
                let description = self.title.replace('`', "'");
                format!("{scheme} error=\"{error}\", error_description=\"{description}\", {last}")
            }
            None => format!("{scheme} {last}"),
        }
    }
}

impl<E: Into<IdentityError>> From<E> for Refused {
    fn from(error: E) -> Self {
        let error: IdentityError = error.into();
        tracing::error!(%error, "the gate failed");
        Self {
            error: None,
            title: "the gate failed",
            scheme: Scheme::Dpop,
            nonce: None,
            broken: true,
        }
    }
}

impl From<ProofRefusal> for Refused {
    fn from(refusal: ProofRefusal) -> Self {
        match refusal {
            ProofRefusal::Invalid(title) => Self {
                error: Some("invalid_dpop_proof"),
                ..Self::token(Scheme::Dpop, title)
            },
            ProofRefusal::NonceNeeded(nonce) => Self {
                error: Some("use_dpop_nonce"),
                nonce: Some(nonce),
                ..Self::token(Scheme::Dpop, "The proof must carry the nonce.")
            },
            ProofRefusal::Broken(error) => error.into(),
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let problem = if self.broken {
            Problem::new(500, code::INTERNAL, self.title)
        } else {
            Problem::new(401, code::UNAUTHENTICATED, self.title)
        };
        let status = if self.broken {
            StatusCode::INTERNAL_SERVER_ERROR
        } else {
            StatusCode::UNAUTHORIZED
        };
        let mut response = (status, axum::Json(problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_MEDIA_TYPE));
        if !self.broken {
            let challenge = self.challenge();
            if let Ok(challenge) = HeaderValue::from_str(&challenge) {
                headers.insert(header::WWW_AUTHENTICATE, challenge);
            }
        }
        if let Some(nonce) = self.nonce.and_then(|nonce| HeaderValue::from_str(&nonce).ok()) {
            headers.insert(dpop::NONCE_HEADER, nonce);
        }
        response
    }
}

impl FromRequestParts<Ctx> for Caller {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, ctx: &Ctx) -> Result<Self, Refused> {
        let (scheme, token) = presented(&parts.headers)?;
        let authority = authority(parts).ok_or_else(|| Refused::token(scheme, "The request names no host."))?;
        // The whole path: each party serves its own port and no party's router is nested in another.
        let url = format!("https://{authority}{}", parts.uri.path());
        ctx.state
            .transact(|tx| admit(ctx, tx, parts, scheme, token, &url, &authority))
    }
}

fn admit(
    ctx: &Ctx,
    tx: &Transaction<'_>,
    parts: &Parts,
    scheme: Scheme,
    token: &str,
    url: &str,
    authority: &str,
) -> Result<Caller, Refused> {
    let now_ms = ctx.clock.now_ms();
    let verified = jose::verify::<AccessClaims>(token, Some(ACCESS_TOKEN_TYPE), &keys::published(ctx, tx)?);
    let claims = verified
        .map_err(|error| Refused::token(scheme, sentence(&error)))?
        .claims;
    if claims.iss != ctx.addresses.identity || claims.aud != CITY_AUDIENCE {
        return Err(Refused::token(scheme, "The token is not for this city."));
    }
    if claims.exp.saturating_mul(1000) <= now_ms {
        return Err(Refused::token(scheme, "The token has expired."));
    }
    if !grant::access_token(tx, &claims.jti)?.is_some_and(|record| record.stands) {
        return Err(Refused::token(scheme, "The token was revoked."));
    }
    match (&claims.cnf, scheme) {
        (None, Scheme::Bearer) => {}
        // A bound token as a bearer token would be worth stealing (RFC 9449, 7.2).
        (Some(_), Scheme::Bearer) => return Err(Refused::token(Scheme::Dpop, "The token is bound to a key.")),
        (None, Scheme::Dpop) => return Err(Refused::token(scheme, "The token is not bound to a key.")),
        (Some(bound), Scheme::Dpop) => {
            let settings = IdentitySettings::read(ctx, tx)?;
            let expected = Expected {
                method: parts.method.as_str(),
                url,
                access_token: Some(token),
                nonce_of: settings.resource_dpop_nonces.then_some(authority),
            };
            match dpop::check(ctx, tx, &parts.headers, &expected)? {
                None => return Err(ProofRefusal::Invalid("The DPoP proof is missing.").into()),
                Some(jkt) if jkt != bound.jkt => {
                    return Err(Refused::token(scheme, "The proof was made by another key."));
                }
                Some(_) => {}
            }
        }
    }
    Ok(Caller {
        subject: claims.sub,
        acr: claims.acr,
        client_id: claims.client_id,
        scope: claims.scope,
        jkt: claims.cnf.map(|bound| bound.jkt),
    })
}

/// The one token of a request and how it is presented.
fn presented(headers: &HeaderMap) -> Result<(Scheme, &str), Refused> {
    let nothing = || Refused {
        error: None,
        ..Refused::token(Scheme::Dpop, "An access token is required.")
    };
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next().ok_or_else(nothing)?;
    if values.next().is_some() {
        return Err(Refused::token(Scheme::Dpop, "There is more than one access token."));
    }
    let (scheme, token) = value
        .to_str()
        .ok()
        .and_then(|value| value.split_once(' '))
        .ok_or_else(nothing)?;
    if scheme.eq_ignore_ascii_case("DPoP") {
        Ok((Scheme::Dpop, token.trim()))
    } else if scheme.eq_ignore_ascii_case("Bearer") {
        Ok((Scheme::Bearer, token.trim()))
    } else {
        Err(nothing())
    }
}

/// The host and port that the client meant: in HTTP/2 a part of the address, in HTTP/1.1 a header.
fn authority(parts: &Parts) -> Option<String> {
    let host = || {
        parts
            .headers
            .get(header::HOST)
            .and_then(|host| host.to_str().ok())
            .map(str::to_owned)
    };
    parts.uri.authority().map(ToString::to_string).or_else(host)
}

fn sentence(error: &JwsError) -> &'static str {
    match error {
        JwsError::Malformed(_) | JwsError::Critical => "The token is malformed.",
        JwsError::Algorithm => "The token's algorithm is refused.",
        JwsError::Type { .. } => "The token is not an access token.",
        JwsError::UnknownKey => "The token's key is not known.",
        JwsError::BadSignature => "The token's signature does not match.",
    }
}
