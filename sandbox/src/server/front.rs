//! What stands between a party's socket and its router: the agency's usual latency and the faults that are switched on.

mod bomb;

use super::{faults::FaultKind, traffic::Meter};
use crate::context::Ctx;
use axum::{Router, body::Body, extract::Request, response::Response};
use bytes::Bytes;
use futures_util::stream;
use http::{HeaderValue, StatusCode, header};
use rabt_protocol::{Problem, problem::PROBLEM_MEDIA_TYPE};
use std::{io, sync::Arc, time::Duration};
use tower::ServiceExt as _;

/// The largest answer of a party's that a fault rewrites; the parties' own are far below.
const REWRITTEN_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Where a body "without end" ends after all: beyond what any reader may take, and not the machine's memory, since it is made
/// chunk by chunk.
const ENDLESS_BYTES: usize = 1024 * 1024 * 1024;
const ENDLESS_CHUNK_BYTES: usize = 16 * 1024;
/// A compressed body has so many bytes, below what any reader takes of one that isn't compressed.
const COMPRESSED_BYTES: usize = 1024 * 1024;
/// A slow body comes in this many chunks a second, as far as its rate has a byte for each.
const SLOW_CHUNKS_PER_SECOND: u32 = 10;
/// No JSON, no UTF-8, and no end of a line.
const GARBAGE: &[u8] = b"\xff\xfe{\"bills\":[\x00\x9f<html>503 \xf0\x28";

/// There is no answer: the connection (HTTP/1.1) or the stream (HTTP/2) ends without one.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("cut by a fault")]
pub(crate) struct Cut;

/// A party behind its faults.
#[derive(Clone)]
pub(crate) struct Front {
    router: Router,
    faulty: Option<Faulty>,
    meter: Arc<Meter>,
}

#[derive(Clone)]
struct Faulty {
    ctx: Ctx,
    party: String,
    latency: Duration,
}

impl Front {
    /// A party of the city, which takes `latency_ms` times the configured scale for each answer.
    pub(crate) fn of_party(ctx: &Ctx, party: &str, latency_ms: u32, router: Router) -> Self {
        let latency = Duration::from_secs_f64((f64::from(latency_ms) * ctx.config.latency_scale / 1_000.0).max(0.0));
        Self {
            router,
            faulty: Some(Faulty {
                ctx: Ctx::clone(ctx),
                party: party.to_owned(),
                latency,
            }),
            meter: ctx.meters.of(party),
        }
    }

    /// A server that nothing can be wrong with: control.
    pub(crate) fn plain(router: Router) -> Self {
        Self {
            router,
            faulty: None,
            meter: Arc::default(),
        }
    }

    /// What counts the bytes of its sockets.
    pub(crate) fn meter(&self) -> Arc<Meter> {
        Arc::clone(&self.meter)
    }

    /// Answers a request, or doesn't.
    pub(crate) async fn answer(self, request: Request) -> Result<Response, Cut> {
        let Some(faulty) = self.faulty.clone() else {
            return self.run(request).await;
        };
        let mut response = self.answer_faultily(&faulty, request).await?;
        // The machine's time would be the server's word otherwise, and the city's may be another.
        if let Some(date) = faulty
            .ctx
            .clock
            .http_date()
            .and_then(|date| HeaderValue::try_from(date).ok())
        {
            response.headers_mut().insert(header::DATE, date);
        }
        Ok(response)
    }

    async fn answer_faultily(self, faulty: &Faulty, request: Request) -> Result<Response, Cut> {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let kinds = faulty.ctx.faults.take_for_layer(&faulty.party, &method, &path);
        let extra_ms: u64 = kinds.iter().map(latency_ms).sum();
        let pause = faulty.latency + Duration::from_millis(extra_ms);
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
        if let Some(answer) = kinds.iter().find_map(instead) {
            return answer;
        }
        let front = Self {
            router: self.router,
            faulty: None,
            meter: self.meter,
        };
        let mut response = front.run(request).await?;
        for kind in &kinds {
            response = afterwards(kind, response).await?;
        }
        tracing::debug!(party = faulty.party, %method, status = response.status().as_u16(), "answered");
        Ok(response)
    }

    async fn run(self, request: Request) -> Result<Response, Cut> {
        self.router.oneshot(request).await.map_err(|never| match never {})
    }
}

fn latency_ms(kind: &FaultKind) -> u64 {
    match kind {
        FaultKind::LatencyMs { latency_ms } => u64::from(*latency_ms),
        _ => 0,
    }
}

/// What happens in place of what was asked.
fn instead(kind: &FaultKind) -> Option<Result<Response, Cut>> {
    match kind {
        FaultKind::CutBeforeCommit => Some(Err(Cut)),
        FaultKind::Status { status, body } => {
            let mut response = Response::new(Body::from(body.clone().unwrap_or_default()));
            *response.status_mut() = StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            if let Some(media_type) = body.as_deref().and_then(media_type) {
                response
                    .headers_mut()
                    .insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
            }
            Some(Ok(response))
        }
        FaultKind::Redirect { location } => {
            // 307, since whoever follows it would send the request's body there too.
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::TEMPORARY_REDIRECT;
            if let Ok(location) = HeaderValue::try_from(location) {
                response.headers_mut().insert(header::LOCATION, location);
            }
            Some(Ok(response))
        }
        _ => None,
    }
}

/// What a fault's body says it is: a problem where it is one of the wire's, so that it is believed like a party's own.
fn media_type(body: &str) -> Option<&'static str> {
    if serde_json::from_str::<Problem>(body).is_ok() {
        return Some(PROBLEM_MEDIA_TYPE);
    }
    serde_json::from_str::<serde_json::Value>(body)
        .is_ok()
        .then_some("application/json")
}

/// What happens to the answer once what was asked is done.
async fn afterwards(kind: &FaultKind, mut response: Response) -> Result<Response, Cut> {
    match kind {
        FaultKind::CutAfterCommit => {
            // The body is read first: an answer that is made while it is sent is part of the act.
            collect(response.into_body()).await?;
            Err(Cut)
        }
        FaultKind::Garbage => Ok(with_body(response, Body::from(GARBAGE))),
        FaultKind::EndlessBody => Ok(with_body(response, endless())),
        FaultKind::CompressedBody => {
            let gzip = HeaderValue::from_static("gzip");
            response.headers_mut().insert(header::CONTENT_ENCODING, gzip);
            Ok(with_body(response, Body::from(bomb::gzip_of_zeros(COMPRESSED_BYTES))))
        }
        FaultKind::SlowBody { bytes_per_second } => {
            let (parts, body) = response.into_parts();
            let bytes = collect(body).await?;
            Ok(Response::from_parts(parts, slow(bytes, *bytes_per_second)))
        }
        FaultKind::WrongContentType => {
            response.headers_mut().insert(
                header::CONTENT_TYPE,
                HeaderValue::from_static("text/html; charset=utf-8"),
            );
            Ok(response)
        }
        FaultKind::RewriteJson { pointer, value } => {
            let (mut parts, body) = response.into_parts();
            let bytes = collect(body).await?;
            let rewritten = rewrite(&bytes, pointer, value);
            if rewritten.is_some() {
                parts.headers.remove(header::CONTENT_LENGTH);
            }
            Ok(Response::from_parts(
                parts,
                Body::from(rewritten.map_or(bytes, Bytes::from)),
            ))
        }
        _ => Ok(response),
    }
}

async fn collect(body: Body) -> Result<Bytes, Cut> {
    axum::body::to_bytes(body, REWRITTEN_BYTES_MAX).await.map_err(|error| {
        tracing::error!(%error, "an answer was too large or broke off behind a fault");
        Cut
    })
}

fn with_body(response: Response, body: Body) -> Response {
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    // 204 and 304 have no body to spoil.
    if matches!(parts.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED) {
        parts.status = StatusCode::OK;
    }
    Response::from_parts(parts, body)
}

/// JSON that begins well and never closes.
fn endless() -> Body {
    let chunk = Bytes::from(vec![b' '; ENDLESS_CHUNK_BYTES]);
    Body::from_stream(stream::unfold(0, move |sent| {
        let next = match sent {
            0 => Some(Bytes::from_static(b"{\"agency_id\":")),
            sent if sent < ENDLESS_BYTES => Some(chunk.clone()),
            _ => None,
        };
        async move { next.map(|bytes| (Ok::<_, io::Error>(bytes.clone()), sent + bytes.len())) }
    }))
}

fn slow(bytes: Bytes, bytes_per_second: u32) -> Body {
    let per_second = bytes_per_second.max(1);
    let chunks_per_second = per_second.min(SLOW_CHUNKS_PER_SECOND);
    let chunk_bytes = usize::try_from(per_second / chunks_per_second).unwrap_or(usize::MAX);
    let pause = Duration::from_secs(1) / chunks_per_second;
    Body::from_stream(stream::unfold(bytes, move |mut rest| async move {
        if rest.is_empty() {
            return None;
        }
        tokio::time::sleep(pause).await;
        let chunk = rest.split_to(chunk_bytes.min(rest.len()));
        Some((Ok::<_, io::Error>(chunk), rest))
    }))
}

/// `None` where the answer is no JSON or has no such member.
fn rewrite(bytes: &[u8], pointer: &str, value: &serde_json::Value) -> Option<Vec<u8>> {
    let mut json: serde_json::Value = serde_json::from_slice(bytes).ok()?;
    *json.pointer_mut(pointer)? = value.clone();
    serde_json::to_vec(&json).ok()
}

#[cfg(test)]
mod tests;
