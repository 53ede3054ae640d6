//! One request to the provider: what is sent, and what the answer is.

use super::{Failure, Provider, distrusted};
use crate::{
    codes,
    dpop::{INVALID_PROOF, NONCE_HEADER, PROOF_HEADER, USE_NONCE},
    http::{Http, HttpError, Request, RequestBody, Response},
    session::{
        Form,
        limits::{
            ANSWER_BYTES_MAX, ATTEMPT_PAUSE_MS, ATTEMPTS_MAX, CLOCK_DIFFERENCE_SECONDS_MIN, ENDPOINT_DEADLINE_MS,
            ERROR_CODE_BYTES_MAX,
        },
        refusal::AnswerRefusal,
    },
    wire,
};
use http::{HeaderValue, Method, StatusCode, header};
use rabt_protocol::oidc::OauthError;
use serde::de::DeserializeOwned;
use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use url::Url;

/// What the endpoints answer in.
const JSON: &[&str] = &["application/json"];
/// The longest wait that a provider may ask for, in seconds.
const RETRY_AFTER_SECONDS_MAX: u32 = 3600;

/// A form for one of the provider's endpoints, and how it is posted.
#[derive(Clone, Copy, Debug)]
pub(in crate::session) struct Post<'a> {
    pub(in crate::session) url: &'a Url,
    pub(in crate::session) form: &'a Form,
    /// Whether with a proof of the device's key.
    pub(in crate::session) proof: bool,
    pub(in crate::session) deadline_ms: u64,
    /// How often it is sent while it certainly never left.
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
    /// Posts a form and reads the answer. It is sent a second time where the provider asks for a nonce, or refuses the proof and says
    /// by its `Date` that the device's clock is wrong: both say that it wasn't acted on; and up to `attempts` times where it certainly never left. In every other case once: a code or refresh token may
    /// have been used.
    pub(in crate::session) async fn post<T: DeserializeOwned>(&self, post: Post<'_>) -> Result<T, Failure> {
        document(&self.exchange(post, JSON).await?)
    }

    /// The same where the answer's body doesn't count, and need not be there.
    pub(in crate::session) async fn tell(&self, post: Post<'_>) -> Result<(), Failure> {
        let response = self.exchange(post, &[]).await?;
        if response.status.is_success() {
            Ok(())
        } else {
            Err(refused(&response))
        }
    }

    async fn exchange(&self, post: Post<'_>, accept: &'static [&'static str]) -> Result<Response, Failure> {
        let (mut attempt, mut nonce_was_asked, mut clock_was_set) = (1, false, false);
        loop {
            let ahead_before = self.ahead_seconds();
            match self.send(post, accept).await {
                Err(error) if !error.may_have_arrived() && attempt < post.attempts => {
                    pause(attempt).await;
                    attempt += 1;
                }
                Err(error) => return Err(unsent(error)),
                Ok(Sent::NotSigned(failure)) => return Err(failure),
                Ok(Sent::Answered { response, nonce_given }) => {
                    let code = oauth_code(&response).filter(|_| post.proof);
                    let moved = (self.ahead_seconds() - ahead_before).abs() >= CLOCK_DIFFERENCE_SECONDS_MIN;
                    match code.as_deref() {
                        Some(USE_NONCE) if nonce_given && !nonce_was_asked => nonce_was_asked = true,
                        Some(INVALID_PROOF) if moved && !clock_was_set => clock_was_set = true,
                        _ => return Ok(response),
                    }
                }
            }
        }
    }

    async fn send(&self, post: Post<'_>, accept: &'static [&'static str]) -> Result<Sent, HttpError> {
        let mut request = Request::new(
            Method::POST,
            post.url.clone(),
            accept,
            post.deadline_ms,
            ANSWER_BYTES_MAX,
        );
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        request.body = Some(RequestBody::Form(post.form.pairs().map(owned).collect()));
        if let Some(prover) = self.prover().filter(|_| post.proof) {
            let value = match prover.proof(&Method::POST, post.url, None, self.now_there()) {
                Ok(value) => value,
                Err(error) => return Ok(Sent::NotSigned(Failure::Key(error))),
            };
            let value = HeaderValue::from_str(&value).map_err(|_| HttpError::BadHeader)?;
            request.headers.insert(PROOF_HEADER, value);
        }
        let response = self.0.http.send(request).await?;
        self.heard_date(&response);
        let nonce_given = match (self.prover(), response.header(NONCE_HEADER)) {
            (Some(prover), Some(nonce)) => prover.heard(post.url, nonce),
            _ => false,
        };
        Ok(Sent::Answered { response, nonce_given })
    }
}

impl Provider {
    /// Takes the provider's clock from its answer to a form, which no cache may keep. It is the provider's word on its own time: what
    /// it could gain by a wrong one, it could gain by signing what it likes.
    fn heard_date(&self, response: &Response) {
        if let Some(ahead) = wire::ahead_seconds(&response.headers, self.now()) {
            self.0.ahead_seconds.store(ahead, Ordering::Relaxed);
        }
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
    let is_code = !code.is_empty() && code.len() <= ERROR_CODE_BYTES_MAX && code.bytes().all(plain);
    is_code.then(|| codes::of_oauth(&code).to_owned())
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

#[cfg(test)]
mod tests;
