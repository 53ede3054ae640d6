//! Reading an answer within its bounds.

use super::{HttpError, only};
use crate::limits::{
    FOUND_CHARS_MAX, PACE_BYTES_PER_SECOND_MIN, PACE_GRACE_MS, PROBLEM_BODY_BYTES_MAX, RESPONSE_HEADERS_BYTES_MAX,
};
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode, header};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// What a first reservation is at most: a `Content-Length` is a claim, and memory follows what has come.
const RESERVE_BYTES_MAX: usize = 64 * 1024;

/// Refuses headers that are too long together, or a body in a coding that wasn't asked for.
pub(super) fn check_headers(headers: &HeaderMap) -> Result<(), HttpError> {
    let bytes: usize = headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + 4)
        .sum();
    if bytes > RESPONSE_HEADERS_BYTES_MAX {
        return Err(HttpError::TooLarge {
            limit_bytes: RESPONSE_HEADERS_BYTES_MAX,
        });
    }
    match headers
        .get_all(header::CONTENT_ENCODING)
        .iter()
        .find(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity"))
    {
        Some(coding) => Err(HttpError::Encoded {
            found: cleaned(coding.as_bytes()),
        }),
        None => Ok(()),
    }
}

/// How long a body is to be read; `None` for not at all.
pub(super) fn expected(
    status: StatusCode,
    headers: &HeaderMap,
    accept: &[&str],
    body_bytes_max: usize,
) -> Result<Option<usize>, HttpError> {
    let without_body = matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    if without_body {
        return Ok(None);
    }
    let found = only(headers, header::CONTENT_TYPE).map(|value| essence(value.as_bytes()));
    let is = |wanted: &str| found.as_deref() == Some(wanted);
    if !status.is_success() {
        // What a broken proxy says of itself in HTML is of no use; the status is.
        let readable =
            is("application/problem+json") || is("application/json") || accept.iter().any(|wanted| is(wanted));
        return Ok(readable.then_some(PROBLEM_BODY_BYTES_MAX));
    }
    if accept.is_empty() {
        return Ok(None);
    }
    if accept.iter().any(|wanted| is(wanted)) {
        Ok(Some(body_bytes_max))
    } else {
        Err(HttpError::WrongContentType {
            found: found.map(|found| cleaned(found.as_bytes())),
        })
    }
}

/// The media type without its parameters, in lower case.
fn essence(value: &[u8]) -> String {
    let essence = value.split(|byte| *byte == b';').next().unwrap_or_default();
    String::from_utf8_lossy(essence).trim().to_ascii_lowercase()
}

/// What another party wrote, fit for a log line.
fn cleaned(bytes: &[u8]) -> String {
    bytes
        .iter()
        .take(FOUND_CHARS_MAX)
        .map(|byte| {
            if byte.is_ascii_graphic() {
                char::from(*byte)
            } else {
                '?'
            }
        })
        .collect()
}

/// Reads the body chunk by chunk. Every byte that came buys time at the least pace, so that a drip ends soon after the grace.
pub(super) async fn collect(mut answer: reqwest::Response, bytes_max: usize) -> Result<Bytes, HttpError> {
    let too_large = HttpError::TooLarge { limit_bytes: bytes_max };
    let announced = answer.content_length().unwrap_or(0);
    if announced > bytes_max as u64 {
        return Err(too_large);
    }
    let begun = Instant::now();
    let mut body = BytesMut::with_capacity(RESERVE_BYTES_MAX.min(announced as usize));
    loop {
        let patience = Duration::from_millis(PACE_GRACE_MS + body.len() as u64 * 1_000 / PACE_BYTES_PER_SECOND_MIN);
        let chunk = timeout_at(begun + patience, answer.chunk())
            .await
            .map_err(|_| HttpError::TooSlow)?
            .map_err(|error| HttpError::Cut(error.without_url().into()))?;
        let Some(chunk) = chunk else {
            return Ok(body.freeze());
        };
        if body.len() + chunk.len() > bytes_max {
            return Err(too_large);
        }
        body.extend_from_slice(&chunk);
    }
}

#[cfg(test)]
mod tests;
