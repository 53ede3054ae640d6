//! Calls from one party to another, over sockets as in a real city: with a deadline, a bounded answer, and an error that says
//! whether the act may have been done.

use crate::context::Context;
use http::{Method, StatusCode, header};
use rabt_protocol::{IDEMPOTENCY_KEY_HEADER, Problem};
use serde::de::DeserializeOwned;
use std::time::Duration;

/// How long a call may take unless its caller says otherwise.
pub(crate) const CALL_TIMEOUT_MS: u64 = 5_000;
/// The largest answer that is read: 500 bills are below 1 MB.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// A call to another party had no usable answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CallError {
    /// It refused, and said why. What was asked was not done.
    #[error("refused: {} {}", .0.status, .0.code)]
    Refused(Box<Problem>),
    /// There was no connection, so that nothing was asked.
    #[error("not reached: {0}")]
    NotReached(String),
    /// Asked, and not answered in time or not to the end, or by a status or body that nobody understands. It may have been done
    /// or not: look it up by its key.
    #[error("outcome unknown: {0}")]
    Unknown(String),
}

impl CallError {
    /// The refusal's code.
    pub(crate) fn code(&self) -> Option<&str> {
        match self {
            Self::Refused(problem) => Some(&problem.code),
            Self::NotReached(_) | Self::Unknown(_) => None,
        }
    }
}

impl Context {
    /// Calls another party as a service, within [`CALL_TIMEOUT_MS`].
    ///
    /// # Errors
    /// [`CallError`].
    pub(crate) async fn call_service<T: DeserializeOwned>(
        &self,
        method: Method,
        url: &str,
        json: Option<&serde_json::Value>,
        idempotency_key: Option<&str>,
    ) -> Result<T, CallError> {
        self.call_service_within(CALL_TIMEOUT_MS, method, url, json, idempotency_key)
            .await
    }

    /// The same with another deadline, in milliseconds, for the whole exchange.
    ///
    /// # Errors
    /// [`CallError`].
    pub(crate) async fn call_service_within<T: DeserializeOwned>(
        &self,
        timeout_ms: u64,
        method: Method,
        url: &str,
        json: Option<&serde_json::Value>,
        idempotency_key: Option<&str>,
    ) -> Result<T, CallError> {
        let mut request = self
            .http
            .request(method, url)
            .header(header::AUTHORIZATION, format!("Service {}", self.service_secret))
            .header(header::ACCEPT, "application/json");
        if let Some(json) = json {
            request = request
                .header(header::CONTENT_TYPE, "application/json")
                .body(json.to_string());
        }
        if let Some(key) = idempotency_key {
            request = request.header(IDEMPOTENCY_KEY_HEADER, key);
        }
        tokio::time::timeout(Duration::from_millis(timeout_ms), exchange(request))
            .await
            .unwrap_or_else(|_| Err(CallError::Unknown(format!("no answer within {timeout_ms} ms"))))
    }
}

impl Context {
    /// Reads what carries an `ETag`, as a service: what is there with its tag, or `None` where it is still what `known` names.
    ///
    /// # Errors
    /// [`CallError`].
    pub(crate) async fn get_tagged<T: DeserializeOwned>(
        &self,
        timeout_ms: u64,
        url: &str,
        known: Option<&str>,
    ) -> Result<Option<(Option<String>, T)>, CallError> {
        let mut request = self
            .http
            .get(url)
            .header(header::AUTHORIZATION, format!("Service {}", self.service_secret))
            .header(header::ACCEPT, "application/json");
        if let Some(known) = known {
            request = request.header(header::IF_NONE_MATCH, known);
        }
        tokio::time::timeout(Duration::from_millis(timeout_ms), async {
            let response = sent(request).await?;
            if known.is_some() && response.status() == StatusCode::NOT_MODIFIED {
                return Ok(None);
            }
            let tag = response.headers().get(header::ETAG);
            let tag = tag.and_then(|tag| tag.to_str().ok()).map(str::to_owned);
            Ok(Some((tag, read(response).await?)))
        })
        .await
        .unwrap_or_else(|_| Err(CallError::Unknown(format!("no answer within {timeout_ms} ms"))))
    }
}

async fn exchange<T: DeserializeOwned>(request: reqwest::RequestBuilder) -> Result<T, CallError> {
    read(sent(request).await?).await
}

async fn sent(request: reqwest::RequestBuilder) -> Result<reqwest::Response, CallError> {
    request.send().await.map_err(|error| {
        if error.is_connect() || error.is_builder() {
            CallError::NotReached(error.without_url().to_string())
        } else {
            CallError::Unknown(error.without_url().to_string())
        }
    })
}

async fn read<T: DeserializeOwned>(mut response: reqwest::Response) -> Result<T, CallError> {
    let status = response.status();
    let mut body = Vec::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| CallError::Unknown(error.without_url().to_string()))?
    {
        if body.len() + chunk.len() > ANSWER_BYTES_MAX {
            return Err(CallError::Unknown("the answer is too large".to_owned()));
        }
        body.extend_from_slice(&chunk);
    }
    judge(status, &body)
}

fn judge<T: DeserializeOwned>(status: StatusCode, body: &[u8]) -> Result<T, CallError> {
    if status.is_success() {
        // No content is `null`, so that a call without an answer is one for `()`.
        let body = if body.is_empty() { b"null" } else { body };
        return serde_json::from_slice(body).map_err(|error| CallError::Unknown(format!("unreadable answer: {error}")));
    }
    match serde_json::from_slice::<Problem>(body) {
        // A server's error may have come after the act; only a client's error says that it was not done.
        Ok(problem) if status.is_client_error() => Err(CallError::Refused(Box::new(problem))),
        Ok(problem) => Err(CallError::Unknown(format!("{status} {}", problem.code))),
        Err(_) => Err(CallError::Unknown(format!("{status} without a problem"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rabt_protocol::problem::code;

    #[test]
    fn only_a_refusal_in_words_says_that_nothing_was_done() {
        let problem = serde_json::to_vec(&Problem::new(404, code::NOT_FOUND, "none")).unwrap();
        let read = |status: u16, body: &[u8]| judge::<u32>(StatusCode::from_u16(status).unwrap(), body);
        assert_eq!(read(200, b"7"), Ok(7));
        assert_eq!(read(404, &problem).unwrap_err().code(), Some(code::NOT_FOUND));
        for (status, body) in [(200, &b"<html>"[..]), (404, b"not found"), (500, &problem), (302, b"")] {
            assert!(matches!(read(status, body), Err(CallError::Unknown(_))), "{status}");
        }
        assert_eq!(judge::<()>(StatusCode::NO_CONTENT, b""), Ok(()));
    }
}
