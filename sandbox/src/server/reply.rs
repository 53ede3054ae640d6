//! The shapes that every party's requests and answers share: JSON bodies, problems, the callers that are services, keys.

use crate::context::Ctx;
use axum::{
    extract::{FromRequest, FromRequestParts, Request},
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header, request::Parts};
use rabt_protocol::{
    IDEMPOTENCY_KEY_CHARS_MAX, IDEMPOTENCY_KEY_HEADER, Problem,
    problem::{PROBLEM_MEDIA_TYPE, code},
};
use serde::{Serialize, de::DeserializeOwned};

/// The largest request body that a party reads. A basket of 100 bills is some 10 KB; this is far above and still harmless.
pub(crate) const REQUEST_BYTES_MAX: usize = 256 * 1024;

/// A party doesn't do what was asked. Boxed, since it travels through many results and is made seldom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal(pub(crate) Box<Problem>);

/// What a handler answers.
pub(crate) type Reply<T> = Result<T, Refusal>;

impl Refusal {
    /// A refusal with a status, one of [`code`] and an English title for logs.
    pub(crate) fn new(status: u16, code: &str, title: impl Into<String>) -> Self {
        Self::from(Problem::new(status, code, title))
    }

    /// 400: `field` is missing or malformed.
    pub(crate) fn invalid(field: impl Into<String>, title: impl Into<String>) -> Self {
        Self::from(Problem::new(400, code::INVALID_INPUT, title).at(field))
    }

    /// 404: no such thing.
    pub(crate) fn not_found(title: impl Into<String>) -> Self {
        Self::new(404, code::NOT_FOUND, title)
    }

    /// 500: a defect of the party's. What it was is logged, not answered.
    pub(crate) fn internal(cause: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(cause, "a party failed");
        Self::new(500, code::INTERNAL, "internal error")
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self(Box::new(problem))
    }
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        Self::internal(&error)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let problem = self.0;
        let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = json_response(status, &problem);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_MEDIA_TYPE));
        if let Some(seconds) = problem.retry_after_seconds {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, challenge(&problem));
        }
        response
    }
}

/// RFC 6750 and, for a step-up, RFC 9470. Whoever needs more of it (a nonce) sets the header on the response.
fn challenge(problem: &Problem) -> HeaderValue {
    let challenge = match (problem.code.as_str(), &problem.acr) {
        (code::STEP_UP_REQUIRED, Some(acr)) => {
            format!(r#"DPoP error="insufficient_user_authentication", acr_values="{acr}""#)
        }
        _ => r#"DPoP error="invalid_token", algs="ES256""#.to_owned(),
    };
    HeaderValue::try_from(challenge).unwrap_or(HeaderValue::from_static("DPoP"))
}

/// A JSON body, in and out. What can't be read is refused as [`code::INVALID_INPUT`] that names the member where serde knows it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WireJson<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for WireJson<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, _state: &S) -> Reply<Self> {
        let is_json = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split(';').next())
            .is_some_and(|media_type| media_type.trim().eq_ignore_ascii_case("application/json"));
        if !is_json {
            return Err(Refusal::from(
                Problem::new(415, code::INVALID_INPUT, "the body must be application/json").at("content-type"),
            ));
        }
        let body = axum::body::to_bytes(request.into_body(), REQUEST_BYTES_MAX)
            .await
            .map_err(|_| {
                Refusal::from(Problem::new(413, code::INVALID_INPUT, "the body is too large or broke off").at("body"))
            })?;
        serde_json::from_slice(&body)
            .map(Self)
            .map_err(|error| Refusal::invalid(member_in(&error), error.to_string()))
    }
}

/// serde's messages quote the member that is missing or unknown; for a wrong type they don't, and the whole body is named.
fn member_in(error: &serde_json::Error) -> String {
    let message = error.to_string();
    ["missing field `", "unknown field `", "duplicate field `"]
        .iter()
        .find_map(|lead| message.strip_prefix(lead)?.split('`').next().map(str::to_owned))
        .unwrap_or_else(|| "body".to_owned())
}

impl<T: Serialize> IntoResponse for WireJson<T> {
    fn into_response(self) -> Response {
        json_response(StatusCode::OK, &self.0)
    }
}

fn json_response<T: Serialize>(status: StatusCode, value: &T) -> Response {
    match serde_json::to_vec(value) {
        Ok(body) => (status, [(header::CONTENT_TYPE, "application/json")], body).into_response(),
        Err(error) => {
            tracing::error!(%error, "an answer can't be written as JSON");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// The caller is the gateway, the bank or an agency: it knows the city's service secret.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ServiceCaller;

impl FromRequestParts<Ctx> for ServiceCaller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, ctx: &Ctx) -> Reply<Self> {
        let shown = parts
            .headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Service "));
        if shown == Some(ctx.service_secret.as_str()) {
            Ok(Self)
        } else {
            Err(Refusal::new(
                401,
                code::UNAUTHENTICATED,
                "only the city's services may call this",
            ))
        }
    }
}

/// The key of an act that changes the world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IdempotencyKey(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Reply<Self> {
        let mut values = parts.headers.get_all(IDEMPOTENCY_KEY_HEADER).iter();
        let Some(value) = values.next() else {
            return Err(Refusal::from(
                Problem::new(400, code::IDEMPOTENCY_KEY_MISSING, "an idempotency key is required")
                    .at(IDEMPOTENCY_KEY_HEADER),
            ));
        };
        let malformed = || {
            Refusal::invalid(
                IDEMPOTENCY_KEY_HEADER,
                format!("one key of 1 to {IDEMPOTENCY_KEY_CHARS_MAX} visible ASCII characters"),
            )
        };
        let key = value.to_str().map_err(|_| malformed())?;
        let fits = !key.is_empty()
            && key.len() <= IDEMPOTENCY_KEY_CHARS_MAX
            && key.bytes().all(|byte| byte.is_ascii_graphic());
        if fits && values.next().is_none() {
            Ok(Self(key.to_owned()))
        } else {
            Err(malformed())
        }
    }
}

#[cfg(test)]
mod tests;
