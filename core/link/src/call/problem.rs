//! RFC 9457 problems, as far as they are believed: the code decides, the texts pass the checks of every shown text or are dropped.

use super::Call;
use crate::{
    LinkError, codes,
    error::Refusal,
    http::Response,
    limits::{FIELD_CHARS_MAX, RETRY_AFTER_SECONDS_MAX},
    wire,
};
use http::{StatusCode, header};
use rabt_protocol::{
    Problem,
    problem::{PROBLEM_MEDIA_TYPE, code},
};

/// The problem of an answer, where it is one: of its media type, readable, with a code of the right shape.
pub(super) fn read(response: &Response) -> Option<Problem> {
    let essence = response.header(header::CONTENT_TYPE)?.split(';').next()?.trim();
    if !essence.eq_ignore_ascii_case(PROBLEM_MEDIA_TYPE) {
        return None;
    }
    let mut problem: Problem = wire::document(&response.body).ok()?;
    problem.code = codes::of_problem(&wire::code(problem.code, "code").ok()?).to_owned();
    Some(problem)
}

/// What an answer that isn't a success amounts to.
///
/// A refusal is believed where it is a 4xx with a problem of the protocol: that came from the party itself. Of a call that
/// changes the world everything else leaves a doubt: a 5xx may come after the commit, and a bare 4xx from a box between.
pub(super) fn refused(response: &Response, call: &Call) -> LinkError {
    let (status, problem) = (response.status, read(response));
    let retry_after_seconds = retry_after(response, problem.as_ref());
    let wait = |cause: String| LinkError::Unavailable {
        retry_after_seconds,
        cause: Some(cause.into()),
    };
    let doubt = |cause: String| LinkError::Lost {
        incident: None,
        cause: Some(cause.into()),
    };
    match problem {
        // The protocol says of both that nothing was done.
        Some(problem) if status == StatusCode::TOO_MANY_REQUESTS => wait(cause(status, &problem.code)),
        Some(problem) if problem.code == code::IDEMPOTENCY_KEY_IN_FLIGHT && call.changes => {
            doubt(cause(status, &problem.code))
        }
        Some(problem) if status.is_client_error() => LinkError::Refused(believed(problem, status)),
        other => {
            let code = other.map_or_else(|| "no problem document".to_owned(), |problem| problem.code);
            let cause = cause(status, &code);
            if call.changes { doubt(cause) } else { wait(cause) }
        }
    }
}

fn cause(status: StatusCode, code: &str) -> String {
    format!("status {}: {code}", status.as_u16())
}

fn believed(problem: Problem, status: StatusCode) -> Refusal {
    let names_a_field = |field: &String| {
        !field.is_empty() && field.len() <= FIELD_CHARS_MAX && field.bytes().all(|byte| byte.is_ascii_graphic())
    };
    Refusal {
        code: problem.code,
        reason: problem.reason.and_then(|reason| wire::bilingual(reason, "reason").ok()),
        field: problem.field.filter(names_a_field),
        status: status.as_u16(),
    }
}

/// Seconds, from the problem or the header; bounded, or a party could silence the client for years.
fn retry_after(response: &Response, problem: Option<&Problem>) -> Option<u32> {
    let header = || response.header(header::RETRY_AFTER)?.trim().parse().ok();
    problem
        .and_then(|problem| problem.retry_after_seconds)
        .or_else(header)
        .map(|seconds: u32| seconds.min(RETRY_AFTER_SECONDS_MAX))
}

#[cfg(test)]
mod tests;
