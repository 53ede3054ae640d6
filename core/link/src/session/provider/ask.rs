//! One request to the provider: what is sent, and what the answer is.

use super::{Failure, Form, Provider, distrusted};
use crate::{
    dpop::{NONCE_HEADER, PROOF_HEADER, USE_NONCE},
    http::{Http, HttpError, Request, RequestBody, Response},
    session::{
        limits::{ANSWER_BYTES_MAX, ATTEMPT_PAUSE_MS, ATTEMPTS_MAX, ENDPOINT_DEADLINE_MS, ERROR_CODE_BYTES_MAX},
        refusal::AnswerRefusal,
    },
};
use http::{HeaderValue, Method, StatusCode, header};
use rabt_protocol::oidc::OauthError;
use serde::de::DeserializeOwned;
use std::{sync::Arc, time::Duration};
use url::Url;

/// The longest wait that a provider may ask for, in seconds.
const RETRY_AFTER_SECONDS_MAX: u32 = 3600;

/// How long a request may take, and how often one may be sent that certainly never left.
#[derive(Clone, Copy, Debug)]
pub(in crate::session) struct Patience {
    pub(in crate::session) deadline_ms: u64,
    pub(in crate::session) attempts: u32,
}

/// Reads a document. A request that only reads is sent up to [`ATTEMPTS_MAX`] times while the host is there and the answer isn't.
pub(super) async fn get<T: DeserializeOwned>(
    http: &Http,
    url: Url,
    accept: &'static [&'static str],
) -> Result<T, Failure> {
    let mut attempt = 1;
    loop {
        let request = Request::new(Method::GET, url.clone(), accept, ENDPOINT_DEADLINE_MS, ANSWER_BYTES_MAX);
        let again = match http.send(request).await {
            Ok(response) if response.status.is_server_error() => refused(&response),
            Ok(response) => return document(&response),
            Err(error @ (HttpError::Cut(_) | HttpError::Unreachable(_))) => unsent(error),
            Err(error) => return Err(unsent(error)),
        };
        if attempt == ATTEMPTS_MAX {
            return Err(again);
        }
        pause(attempt).await;
        attempt += 1;
    }
}

impl Provider {
    /// Posts a form. It is sent a second time where the provider asks for a nonce, which says that it wasn't acted on; and up to
    /// `attempts` times where it certainly never left. In every other case once: a code or refresh token may have been used.
    pub(in crate::session) async fn post_with<T: DeserializeOwned>(
        &self,
        url: &Url,
        form: &Form,
        proof: bool,
        patience: Patience,
    ) -> Result<T, Failure> {
        document(&self.exchange(url, form, proof, patience).await?)
    }

    /// The same where the answer's body doesn't count.
    pub(in crate::session) async fn tell(
        &self,
        url: &Url,
        form: &Form,
        proof: bool,
        patience: Patience,
    ) -> Result<(), Failure> {
        let response = self.exchange(url, form, proof, patience).await?;
        if response.status.is_success() {
            Ok(())
        } else {
            Err(refused(&response))
        }
    }

    async fn exchange(&self, url: &Url, form: &Form, proof: bool, patience: Patience) -> Result<Response, Failure> {
        let (mut attempt, mut nonce_was_asked) = (1, false);
        loop {
            match self.send(url, form, proof, patience.deadline_ms).await {
                Err(error) if !error.may_have_arrived() && attempt < patience.attempts => {
                    pause(attempt).await;
                    attempt += 1;
                }
                Err(error) => return Err(unsent(error)),
                Ok(Sent::NotSigned(failure)) => return Err(failure),
                Ok(Sent::Answered { response, nonce_given }) => {
                    if proof && nonce_given && !nonce_was_asked && oauth_code(&response).as_deref() == Some(USE_NONCE) {
                        nonce_was_asked = true;
                    } else {
                        return Ok(response);
                    }
                }
            }
        }
    }

    async fn send(&self, url: &Url, form: &Form, proof: bool, deadline_ms: u64) -> Result<Sent, HttpError> {
        let mut request = Request::new(
            Method::POST,
            url.clone(),
            &["application/json"],
            deadline_ms,
            ANSWER_BYTES_MAX,
        );
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        request.body = Some(RequestBody::Form(form.pairs().map(owned).collect()));
        if let Some(prover) = self.prover().filter(|_| proof) {
            let value = match prover.proof(&Method::POST, url, None, self.now()) {
                Ok(value) => value,
                Err(error) => return Ok(Sent::NotSigned(Failure::Key(error))),
            };
            let value = HeaderValue::from_str(&value).map_err(|_| HttpError::BadHeader)?;
            request.headers.insert(PROOF_HEADER, value);
        }
        let response = self.0.http.send(request).await?;
        let nonce = response.header(NONCE_HEADER);
        let nonce_given = match (self.prover(), nonce) {
            (Some(prover), Some(nonce)) => prover.heard(url, nonce),
            _ => false,
        };
        Ok(Sent::Answered { response, nonce_given })
    }
}

enum Sent {
    NotSigned(Failure),
    Answered { response: Response, nonce_given: bool },
}

async fn pause(attempt: u32) {
    tokio::time::sleep(Duration::from_millis(
        ATTEMPT_PAUSE_MS << attempt.min(ATTEMPTS_MAX).saturating_sub(1),
    ))
    .await;
}

fn document<T: DeserializeOwned>(response: &Response) -> Result<T, Failure> {
    if !response.status.is_success() {
        return Err(refused(response));
    }
    serde_json::from_slice(&response.body).map_err(|_| distrusted(AnswerRefusal::Document))
}

/// What an answer that isn't a success says. An OAuth error counts as one with the statuses that RFC 6749 (5.2) gives it; what a
/// gateway or firewall in between says with another is no verdict on a grant.
fn refused(response: &Response) -> Failure {
    let verdict = matches!(
        response.status,
        StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN
    );
    match oauth_code(response) {
        Some(code) if verdict && !matches!(code.as_str(), "server_error" | "temporarily_unavailable" | "slow_down") => {
            Failure::Refused(code)
        }
        _ => Failure::Unavailable {
            retry_after_seconds: retry_after(response),
            cause: Some(Arc::new(Answered(response.status))),
        },
    }
}

fn oauth_code(response: &Response) -> Option<String> {
    let error: OauthError = serde_json::from_slice(&response.body).ok()?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let code = error.error;
    (!code.is_empty() && code.len() <= ERROR_CODE_BYTES_MAX && code.bytes().all(plain)).then_some(code)
}

fn retry_after(response: &Response) -> Option<u32> {
    let seconds: u32 = response.header(header::RETRY_AFTER)?.trim().parse().ok()?;
    Some(seconds.min(RETRY_AFTER_SECONDS_MAX))
}

/// What a fault of the network is to a session: never a reason to end it.
fn unsent(error: HttpError) -> Failure {
    if let Some(kind) = error.incident() {
        return distrusted(AnswerRefusal::Transport(kind));
    }
    match error {
        HttpError::Offline(_) => Failure::Offline(Arc::new(error)),
        HttpError::Setup(_) | HttpError::BadUrl | HttpError::BadHeader => Failure::Bug(error.to_string()),
        _ => Failure::Unavailable {
            retry_after_seconds: None,
            cause: Some(Arc::new(error)),
        },
    }
}

/// The status of an answer that wasn't a success, for the log.
#[derive(Debug, thiserror::Error)]
#[error("it answered {0}")]
struct Answered(StatusCode);
