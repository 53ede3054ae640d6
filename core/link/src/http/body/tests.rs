use super::*;
use http::HeaderValue;

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    pairs
        .iter()
        .map(|(name, value)| {
            (
                http::HeaderName::from_static(name),
                HeaderValue::from_str(value).unwrap(),
            )
        })
        .collect()
}

#[test]
fn a_body_has_the_type_that_was_asked_for() {
    let bound = |status: u16, found: &str| {
        let headers = headers(&[("content-type", found)]);
        expected(
            StatusCode::from_u16(status).unwrap(),
            &headers,
            &["application/json"],
            99,
        )
    };
    assert_eq!(bound(200, "application/json").unwrap(), Some(99));
    assert_eq!(bound(200, "Application/JSON; charset=utf-8").unwrap(), Some(99));
    assert_eq!(bound(204, "text/html").unwrap(), None);
    for found in ["text/html", "application/json-seq", "application/problem+json", ""] {
        let refused = bound(200, found).unwrap_err();
        assert_eq!(
            refused.incident(),
            Some(rabt_domain::IncidentKind::WrongContentType),
            "{found}"
        );
    }
    assert!(matches!(
        expected(StatusCode::OK, &HeaderMap::new(), &["application/json"], 99),
        Err(HttpError::WrongContentType { found: None })
    ));
}

#[test]
fn a_refusal_is_read_if_it_is_json_and_short() {
    let bound = |found: &str| {
        expected(
            StatusCode::BAD_GATEWAY,
            &headers(&[("content-type", found)]),
            &["application/jose"],
            1 << 30,
        )
        .unwrap()
    };
    assert_eq!(bound("application/problem+json"), Some(PROBLEM_BODY_BYTES_MAX));
    assert_eq!(bound("text/html"), None);
}

#[test]
fn headers_are_bounded_and_uncompressed() {
    assert!(check_headers(&headers(&[("content-encoding", "identity")])).is_ok());
    assert!(matches!(
        check_headers(&headers(&[("content-encoding", "g zip")])),
        Err(HttpError::Encoded { found }) if found == "g?zip"
    ));
    let at = |bytes: usize| check_headers(&headers(&[("x", &"a".repeat(bytes - 5))]));
    assert!(at(RESPONSE_HEADERS_BYTES_MAX).is_ok());
    assert!(matches!(
        at(RESPONSE_HEADERS_BYTES_MAX + 1),
        Err(HttpError::TooLarge { .. })
    ));
}
