//! What the gateway's rooms share when they call the bank and the agencies, and when a request is repeated.

use crate::{
    context::Context,
    server::{
        calls::CallError,
        reply::{Refusal, Reply},
    },
};
use http::Method;
use rabt_protocol::{Problem, jose::sha256_base64url, problem::code};
use serde::{Serialize, de::DeserializeOwned};

/// When a client may ask again after the bank didn't answer.
const RETRY_AFTER_SECONDS: u32 = 2;

/// Calls the bank.
pub(super) async fn bank<T: DeserializeOwned>(
    ctx: &Context,
    method: Method,
    path: &str,
    body: Option<&impl Serialize>,
    key: Option<&str>,
) -> Result<T, CallError> {
    call(ctx, method, &format!("{}{path}", ctx.addresses.bank), body, key).await
}

/// Calls another party.
pub(super) async fn call<T: DeserializeOwned>(
    ctx: &Context,
    method: Method,
    url: &str,
    body: Option<&impl Serialize>,
    key: Option<&str>,
) -> Result<T, CallError> {
    let json = body
        .map(serde_json::to_value)
        .transpose()
        .map_err(|error| CallError::NotReached(format!("the request can't be written: {error}")))?;
    ctx.call_service(method, url, json.as_ref(), key).await
}

/// What a client is told where a call that its request needed failed: the other's refusal as it is, or that it isn't there.
pub(super) fn passed_on(party: &str, error: CallError) -> Refusal {
    match error {
        CallError::Refused(problem) if problem.status != 401 => Refusal(problem),
        other => {
            tracing::warn!(party, error = %other, "a call failed");
            let mut problem = Problem::new(503, code::UNAVAILABLE, format!("{party} does not answer"));
            problem.retry_after_seconds = Some(RETRY_AFTER_SECONDS);
            Refusal::from(problem)
        }
    }
}

/// The digest by which a repeated request is told from another one with the same key.
pub(super) fn digest_of(request: &impl Serialize) -> Reply<String> {
    let json = serde_json::to_vec(request).map_err(|error| Refusal::internal(&error))?;
    Ok(sha256_base64url(json))
}

/// 422: the key was used for something else.
pub(super) fn key_reused() -> Refusal {
    Refusal::new(
        422,
        code::IDEMPOTENCY_KEY_REUSED,
        "the idempotency key was used with another body",
    )
}
