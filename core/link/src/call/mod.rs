//! Authorised calls: a token and its proof are put on, a 401 is answered as the rules say, and what comes back is an answer to
//! be read or a [`LinkError`].
//!
//! The rules of a 401, each of which was once broken in a national app: where the server wants a nonce, the same is sent once
//! more with it; otherwise the token is renewed, whatever its local expiry says, and the same is sent once more; **the second
//! answer is the one that counts**. A 401 says that the request was not acted on, so that sending it again is safe also where
//! it changes the world. Nothing else is ever repeated here. What the answers say of bills and money is for the rooms beside.

mod challenge;
mod problem;
mod tag;

pub(crate) use challenge::can_be_asked_for;
pub use tag::ETag;

use crate::{
    LinkError,
    http::{Http, Request, RequestBody, Response},
    session::{Access, Scheme, TokenSource},
};
use bytes::Bytes;
use challenge::Challenge;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use rabt_domain::{IdempotencyKey, IncidentKind};
use serde::Serialize;
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;
use url::Url;

/// The media types that the APIs answer in.
pub(crate) const JSON: &[&str] = &["application/json"];
/// No body is expected.
pub(crate) const NOTHING: &[&str] = &[];

const DPOP: HeaderName = HeaderName::from_static("dpop");
const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static(rabt_protocol::IDEMPOTENCY_KEY_HEADER);

/// Makes authorised calls. Cheap to clone.
#[derive(Clone)]
pub struct Caller {
    http: Http,
    tokens: Arc<dyn TokenSource>,
}

impl std::fmt::Debug for Caller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Caller").finish_non_exhaustive()
    }
}

/// A call to be made.
pub(crate) struct Call {
    /// What a log calls it.
    pub(crate) name: &'static str,
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) body: Option<Bytes>,
    pub(crate) key: Option<IdempotencyKey>,
    pub(crate) if_none_match: Option<ETag>,
    pub(crate) accept: &'static [&'static str],
    pub(crate) body_bytes_max: usize,
    /// For all attempts together, without the time that a renewal of the token takes.
    pub(crate) deadline_ms: u64,
    /// Whether it changes the world, so that a lost answer leaves a doubt.
    pub(crate) changes: bool,
}

impl Call {
    /// Reads something.
    pub(crate) fn get(name: &'static str, url: Url, deadline_ms: u64, body_bytes_max: usize) -> Self {
        Self {
            name,
            method: Method::GET,
            url,
            body: None,
            key: None,
            if_none_match: None,
            accept: JSON,
            body_bytes_max,
            deadline_ms,
            changes: false,
        }
    }

    /// Changes something.
    pub(crate) fn change(
        name: &'static str,
        method: Method,
        url: Url,
        deadline_ms: u64,
        body_bytes_max: usize,
    ) -> Self {
        Self {
            method,
            changes: true,
            ..Self::get(name, url, deadline_ms, body_bytes_max)
        }
    }

    /// The same with a JSON document.
    pub(crate) fn with_json(mut self, document: &impl Serialize) -> Result<Self, LinkError> {
        let bytes = serde_json::to_vec(document).map_err(|error| LinkError::Bug(error.into()))?;
        self.body = Some(Bytes::from(bytes));
        Ok(self)
    }

    /// The request of one attempt, before it is authorised.
    fn request(&self, deadline_ms: u64) -> Result<Request, LinkError> {
        let mut request = Request::new(
            self.method.clone(),
            self.url.clone(),
            self.accept,
            deadline_ms,
            self.body_bytes_max,
        );
        request.body = self.body.clone().map(RequestBody::Json);
        if let Some(key) = &self.key {
            request.headers.insert(IDEMPOTENCY_KEY, value(key.as_str())?);
        }
        if let Some(tag) = &self.if_none_match {
            request.headers.insert(header::IF_NONE_MATCH, value(tag.as_str())?);
        }
        Ok(request)
    }
}

fn value(text: &str) -> Result<HeaderValue, LinkError> {
    HeaderValue::from_str(text).map_err(|error| LinkError::Bug(error.into()))
}

fn secret_value(text: &str) -> Result<HeaderValue, LinkError> {
    let mut value = value(text)?;
    value.set_sensitive(true);
    Ok(value)
}

impl Caller {
    /// Over a client and a session.
    pub fn new(http: Http, tokens: Arc<dyn TokenSource>) -> Self {
        Self { http, tokens }
    }

    /// Makes a call. What is returned has a status of success, or 304 where a tag was sent.
    ///
    /// # Errors
    /// [`LinkError`]; where the call changes the world, [`LinkError::Lost`] for every doubt.
    pub(crate) async fn call(&self, call: &Call) -> Result<Response, LinkError> {
        let mut budget = Budget::new(call.deadline_ms);
        let mut access = self.tokens.access().await?;
        let (mut nonce_tried, mut token_renewed) = (false, false);
        // Three answers at most: one, one with a nonce, one with a new token.
        loop {
            let response = self.attempt(call, &access, &mut budget).await?;
            match challenge::of(&response) {
                None => return verdict(call, response),
                Some(Challenge::StepUp { acr }) => return Err(LinkError::StepUpRequired { acr }),
                Some(Challenge::Nonce) if !nonce_tried => nonce_tried = true,
                Some(Challenge::Token) if !token_renewed => {
                    token_renewed = true;
                    access = self.tokens.renew(&access).await?;
                }
                // A fresh token is refused, or the nonce that was asked for. The session is the provider's to end, not a party's.
                Some(Challenge::Nonce | Challenge::Token) => return Err(problem::refused(&response, call)),
            }
        }
    }

    async fn attempt(&self, call: &Call, access: &Access, budget: &mut Budget) -> Result<Response, LinkError> {
        let mut request = call.request(budget.left_ms()?)?;
        authorise(&mut request.headers, call, access, &*self.tokens)?;
        let begun = Instant::now();
        let outcome = self.http.send(request).await;
        budget.spend(begun.elapsed());
        match outcome {
            Ok(response) => {
                tracing::debug!(
                    call = call.name,
                    status = response.status.as_u16(),
                    ms = ms(begun.elapsed()),
                    "answered"
                );
                if let Some(nonce) = response.header(DPOP_NONCE) {
                    self.tokens.heard_nonce(&call.url, nonce);
                }
                Ok(response)
            }
            Err(error) => {
                tracing::debug!(call = call.name, %error, ms = ms(begun.elapsed()), "not answered");
                Err(LinkError::of_http(error, call.changes))
            }
        }
    }
}

fn authorise(headers: &mut HeaderMap, call: &Call, access: &Access, tokens: &dyn TokenSource) -> Result<(), LinkError> {
    headers.insert(header::AUTHORIZATION, authorization(access)?);
    if let Some(proof) = tokens.proof(&call.method, &call.url, access)? {
        headers.insert(DPOP, secret_value(&proof)?);
    }
    Ok(())
}

/// A header that is marked as secret is spelt out in every request; one that isn't is a number from the second request of a connection
/// on (RFC 7541, 7.1.3 leaves that to the sender), and the token is half of what a question weighs. A token that is bound to the device's key is
/// worth nothing without it; any other stays out of every table.
fn authorization(access: &Access) -> Result<HeaderValue, LinkError> {
    let mut value = secret_value(access.authorization().reveal())?;
    value.set_sensitive(access.scheme() != Scheme::Dpop);
    Ok(value)
}

/// Makes a call that needs no token.
pub(crate) async fn anonymous(http: &Http, call: &Call) -> Result<Response, LinkError> {
    let request = call.request(call.deadline_ms)?;
    let response = http
        .send(request)
        .await
        .map_err(|error| LinkError::of_http(error, call.changes))?;
    verdict(call, response)
}

/// What an answer that isn't a challenge amounts to.
fn verdict(call: &Call, response: Response) -> Result<Response, LinkError> {
    let status = response.status;
    match status {
        StatusCode::NOT_MODIFIED if call.if_none_match.is_some() => Ok(response),
        StatusCode::NOT_MODIFIED => Err(distrusted(call, "304 without having been asked")),
        // 202 and the like say that something else is still to come, which nothing here waits for.
        StatusCode::OK | StatusCode::CREATED | StatusCode::NO_CONTENT => Ok(response),
        _ if status.is_success() => Err(distrusted(call, "a status of success that has no meaning here")),
        _ => Err(problem::refused(&response, call)),
    }
}

fn distrusted(call: &Call, what: &'static str) -> LinkError {
    let error = LinkError::distrusted(IncidentKind::Malformed, what);
    if call.changes { error.into_lost() } else { error }
}

/// The time that is left for the attempts of a call.
struct Budget(Duration);

impl Budget {
    fn new(deadline_ms: u64) -> Self {
        Self(Duration::from_millis(deadline_ms))
    }

    fn spend(&mut self, time: Duration) {
        self.0 = self.0.saturating_sub(time);
    }

    /// Nothing was sent where nothing is left: what was sent before was answered by a 401.
    fn left_ms(&self) -> Result<u64, LinkError> {
        match ms(self.0) {
            0 => Err(LinkError::Unavailable {
                retry_after_seconds: None,
                cause: Some("no time was left for another attempt".into()),
            }),
            left => Ok(left),
        }
    }
}

fn ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
