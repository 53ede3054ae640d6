use super::*;
use crate::session::Distrust;
use rabt_domain::IncidentKind;

fn answered(status: u16, body: &'static str) -> Response {
    Response {
        status: StatusCode::from_u16(status).unwrap(),
        headers: http::HeaderMap::new(),
        body: bytes::Bytes::from_static(body.as_bytes()),
    }
}

#[test]
fn only_an_oauth_error_with_its_own_status_is_a_verdict() {
    for (status, body, verdict) in [
        (400, r#"{"error":"invalid_grant"}"#, Some("invalid_grant")),
        (
            401,
            r#"{"error":"invalid_client","error_description":"x"}"#,
            Some("invalid_client"),
        ),
        (500, r#"{"error":"invalid_grant"}"#, None),
        (503, r#"{"error":"invalid_grant"}"#, None),
        (404, r#"{"error":"invalid_grant"}"#, None),
        (400, r#"{"error":"temporarily_unavailable"}"#, None),
        (400, r#"{"error":"server_error"}"#, None),
        (400, r#"{"error":"not a code\u202e"}"#, None),
        (400, r#"{"error":""}"#, None),
        (400, r#"{"error":{"code":"invalid_grant"}}"#, None),
        (400, "<html>", None),
        (400, "", None),
    ] {
        match (refused(&answered(status, body)), verdict) {
            (Failure::Refused(code), Some(verdict)) => assert_eq!(code, verdict),
            (Failure::Unavailable { .. }, None) => {}
            (failure, _) => panic!("{status} {body}: {failure:?}"),
        }
    }
}

#[test]
fn the_wait_that_a_provider_asks_for_is_bounded() {
    for (header, seconds) in [
        ("17", Some(17)),
        ("4000000000", Some(RETRY_AFTER_SECONDS_MAX)),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
        ("-1", None),
    ] {
        let mut response = answered(503, "");
        response.headers.insert(header::RETRY_AFTER, header.parse().unwrap());
        assert_eq!(retry_after(&response), seconds, "{header}");
    }
}

#[test]
fn a_fault_of_the_network_is_never_a_verdict() {
    let io = || std::io::Error::other("x").into();
    assert!(matches!(unsent(HttpError::Offline(io())), Failure::Offline(_)));
    for error in [
        HttpError::Unreachable(io()),
        HttpError::Tls(io()),
        HttpError::Cut(io()),
        HttpError::Timeout { deadline_ms: 1 },
    ] {
        assert!(matches!(unsent(error), Failure::Unavailable { .. }));
    }
    let refused = unsent(HttpError::Redirected);
    assert!(matches!(
        refused,
        Failure::Distrusted(Distrust::Answer(AnswerRefusal::Transport(IncidentKind::Redirected)))
    ));
    assert!(matches!(unsent(HttpError::BadUrl), Failure::Bug(_)));
}
