use super::*;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method};

fn response(status: u16, media_type: &'static str, body: serde_json::Value) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    Response {
        status: StatusCode::from_u16(status).unwrap(),
        headers,
        body: Bytes::from(body.to_string()),
    }
}

fn problem(status: u16, code: &str) -> serde_json::Value {
    serde_json::json!({"type": "t", "status": status, "title": "t", "code": code})
}

fn call(changes: bool) -> Call {
    let url = "https://agency.example/v1".parse().unwrap();
    let read = Call::get("test", url, 1_000, 1_000);
    Call {
        method: if changes { Method::POST } else { Method::GET },
        changes,
        ..read
    }
}

#[test]
fn a_refusal_is_believed_only_from_the_party_itself() {
    let of = |status, media_type, changes| {
        refused(
            &response(status, media_type, problem(status, "bill_being_paid")),
            &call(changes),
        )
    };
    for changes in [true, false] {
        assert!(matches!(
            of(409, "application/problem+json", changes),
            LinkError::Refused(Refusal { code, status: 409, .. }) if code == "bill_being_paid"
        ));
    }
    for (status, media_type) in [
        (409, "text/html"),
        (404, "application/json"),
        (500, "application/problem+json"),
        (503, "application/problem+json"),
        (502, "text/html"),
    ] {
        assert!(
            matches!(of(status, media_type, true), LinkError::Lost { .. }),
            "{status}"
        );
        assert!(
            matches!(of(status, media_type, false), LinkError::Unavailable { .. }),
            "{status}"
        );
    }
}

#[test]
fn a_key_in_flight_is_a_doubt_and_too_many_requests_is_none() {
    let of = |status, code: &str| {
        refused(
            &response(status, "application/problem+json", problem(status, code)),
            &call(true),
        )
    };
    assert!(matches!(
        of(409, code::IDEMPOTENCY_KEY_IN_FLIGHT),
        LinkError::Lost { .. }
    ));
    assert!(matches!(
        of(429, code::TOO_MANY_REQUESTS),
        LinkError::Unavailable { .. }
    ));
}

#[test]
fn a_reason_that_may_not_be_shown_is_dropped() {
    let with = |en: &str, field: &str| {
        let mut problem = problem(422, "insufficient_funds");
        problem["reason"] = serde_json::json!({"en": en, "ar": "لا يكفي"});
        problem["field"] = field.into();
        match refused(&response(422, "application/problem+json", problem), &call(true)) {
            LinkError::Refused(refusal) => (refusal.reason.is_some(), refusal.field.is_some()),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(with("Not enough money.", "/instrument_id"), (true, true));
    assert_eq!(with("Pay \u{202E}001\u{202C} now", "/instrument_id"), (false, true));
    assert_eq!(with("Not enough money.", "an instrument"), (true, false));
}

#[test]
fn a_wait_is_bounded() {
    let mut far = problem(503, "unavailable");
    far["retry_after_seconds"] = u32::MAX.into();
    assert!(matches!(
        refused(&response(503, "application/problem+json", far), &call(false)),
        LinkError::Unavailable {
            retry_after_seconds: Some(RETRY_AFTER_SECONDS_MAX),
            ..
        }
    ));
}

#[test]
fn a_code_that_is_no_code_is_no_problem() {
    let odd = response(409, "application/problem+json", problem(409, "bill being paid"));
    assert!(matches!(refused(&odd, &call(true)), LinkError::Lost { .. }));
}
