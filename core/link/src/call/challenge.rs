//! What a 401 asks for.

use super::problem;
use crate::{http::Response, limits::ACR_CHARS_MAX};
use http::{StatusCode, header};
use rabt_protocol::problem::code;

/// What a 401 asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Challenge {
    /// The same once more, with the nonce that came along (RFC 9449, 9).
    Nonce,
    /// A higher assurance level (RFC 9470); another token of the same level won't do.
    StepUp {
        /// The level, where it can be asked for.
        acr: Option<String>,
    },
    /// Another token.
    Token,
}

/// Reads the challenge of an answer; `None` where it isn't a 401.
pub(super) fn of(response: &Response) -> Option<Challenge> {
    if response.status != StatusCode::UNAUTHORIZED {
        return None;
    }
    let problem = problem::read(response);
    let errors: Vec<&str> = response
        .headers
        .get_all(header::WWW_AUTHENTICATE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .filter_map(|challenge| parameter(challenge, "error"))
        .collect();
    let stepped_up = problem
        .as_ref()
        .is_some_and(|problem| problem.code == code::STEP_UP_REQUIRED);
    if stepped_up || errors.contains(&"insufficient_user_authentication") {
        let named = response
            .headers
            .get_all(header::WWW_AUTHENTICATE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .find_map(|challenge| parameter(challenge, "acr_values"));
        let acr = problem.and_then(|problem| problem.acr).or(named.map(str::to_owned));
        return Some(Challenge::StepUp {
            acr: acr.filter(|acr| can_be_asked_for(acr)),
        });
    }
    if errors.contains(&"use_dpop_nonce") {
        return Some(Challenge::Nonce);
    }
    Some(Challenge::Token)
}

/// One level, which goes into the next authorization request as it is.
pub(crate) fn can_be_asked_for(acr: &str) -> bool {
    !acr.is_empty() && acr.len() <= ACR_CHARS_MAX && acr.bytes().all(|byte| byte.is_ascii_graphic())
}

/// A parameter of a challenge, quoted or plain. What is within quotes is no parameter.
fn parameter<'a>(challenge: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = challenge;
    // Each turn consumes a name and its value, so there are at most as many as characters.
    while let Some((before, after)) = rest.split_once('=') {
        let found = before.rsplit([' ', ',', '\t']).next().unwrap_or_default();
        let (value, next) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => after.split_once([',', ' ']).unwrap_or((after, "")),
        };
        if found.eq_ignore_ascii_case(name) {
            return Some(value);
        }
        rest = next;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use http::{HeaderMap, HeaderValue};

    fn response(status: u16, challenge: &str, body: &'static str) -> Response {
        let mut headers = HeaderMap::new();
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_str(challenge).unwrap());
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        Response {
            status: StatusCode::from_u16(status).unwrap(),
            headers,
            body: Bytes::from_static(body.as_bytes()),
        }
    }

    #[test]
    fn a_401_says_what_it_wants() {
        let of = |challenge: &str| super::of(&response(401, challenge, "")).unwrap();
        assert_eq!(of(r#"DPoP error="use_dpop_nonce", algs="ES256""#), Challenge::Nonce);
        assert_eq!(of(r#"DPoP algs="ES256", error=use_dpop_nonce"#), Challenge::Nonce);
        assert_eq!(of(r#"DPoP error="invalid_token""#), Challenge::Token);
        assert_eq!(of("DPoP"), Challenge::Token);
        // A description that quotes the parameter isn't the parameter.
        assert_eq!(
            of(r#"DPoP error_description="no error=use_dpop_nonce here", error="invalid_token""#),
            Challenge::Token
        );
        assert_eq!(
            of(r#"DPoP error="insufficient_user_authentication", acr_values="urn:rabt:acr:high""#),
            Challenge::StepUp {
                acr: Some("urn:rabt:acr:high".to_owned())
            }
        );
        assert_eq!(super::of(&response(403, r#"DPoP error="use_dpop_nonce""#, "")), None);
    }

    #[test]
    fn a_step_up_is_told_by_the_problem_too_and_a_bad_level_is_dropped() {
        let body = |acr: &str| {
            let body = format!(
                r#"{{"type":"t","status":401,"title":"t","code":"step_up_required","acr":{}}}"#,
                serde_json::Value::from(acr)
            );
            super::of(&response(401, "DPoP", Box::leak(body.into_boxed_str())))
        };
        let level = |acr: Option<&str>| {
            Some(Challenge::StepUp {
                acr: acr.map(str::to_owned),
            })
        };
        assert_eq!(body("urn:rabt:acr:high"), level(Some("urn:rabt:acr:high")));
        assert_eq!(body("two levels"), level(None));
        assert_eq!(body(&"a".repeat(ACR_CHARS_MAX + 1)), level(None));
    }
}
