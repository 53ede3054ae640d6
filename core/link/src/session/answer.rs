//! The token endpoint's answer, checked: the same for a code and for a refresh.

use super::{
    Scheme, Secret,
    limits::{ACCESS_SECONDS_DEFAULT, ACCESS_SECONDS_MAX, ACCESS_SECONDS_MIN, ID_TOKEN_BYTES_MAX, TOKEN_BYTES_MAX},
    refusal::AnswerRefusal,
};
use rabt_protocol::oidc::TokenResponse;

/// The longest scope that is kept.
const SCOPE_BYTES_MAX: usize = 2048;

/// What an answer of the token endpoint grants.
#[derive(Clone, Debug)]
pub(super) struct Grant {
    pub(super) access: Secret,
    pub(super) scheme: Scheme,
    /// For how many seconds it is relied on.
    pub(super) seconds: i64,
    pub(super) refresh: Option<Secret>,
    pub(super) id_token: Option<Secret>,
    pub(super) scope: Option<String>,
}

impl Grant {
    /// Checks an answer. With `bound` a token must be bound to the key: a provider that announces proofs, was given one, and
    /// answers a bearer token is not the one that it says, or somebody is in between.
    pub(super) fn check(answer: TokenResponse, bound: bool) -> Result<Self, AnswerRefusal> {
        let wanted = if bound { Scheme::Dpop } else { Scheme::Bearer };
        let scheme = Scheme::by_name(&answer.token_type)
            .filter(|scheme| *scheme == wanted)
            .ok_or(AnswerRefusal::TokenType)?;
        let optional = |token: Option<String>, field, most| token.map(|text| secret(text, field, most)).transpose();
        if answer.scope.as_ref().is_some_and(|scope| scope.len() > SCOPE_BYTES_MAX) {
            return Err(AnswerRefusal::BadValue("scope"));
        }
        Ok(Self {
            access: secret(answer.access_token, "access_token", TOKEN_BYTES_MAX)?,
            scheme,
            seconds: relied_on(answer.expires_in),
            refresh: optional(answer.refresh_token, "refresh_token", TOKEN_BYTES_MAX)?,
            id_token: optional(answer.id_token, "id_token", ID_TOKEN_BYTES_MAX)?,
            scope: answer.scope,
        })
    }
}

fn relied_on(expires_in: Option<u64>) -> i64 {
    expires_in
        .map_or(ACCESS_SECONDS_DEFAULT, |seconds| {
            i64::try_from(seconds).unwrap_or(ACCESS_SECONDS_MAX)
        })
        .clamp(ACCESS_SECONDS_MIN, ACCESS_SECONDS_MAX)
}

/// A token stands in a header or a form, so it is of visible ASCII (RFC 6749, A.12 and A.17).
fn secret(text: String, field: &'static str, bytes_max: usize) -> Result<Secret, AnswerRefusal> {
    let fits = !text.is_empty() && text.len() <= bytes_max && text.bytes().all(|byte| byte.is_ascii_graphic());
    if fits {
        Ok(Secret::new(text))
    } else {
        Err(AnswerRefusal::BadValue(field))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer() -> TokenResponse {
        TokenResponse {
            access_token: "at".into(),
            token_type: "dpop".into(),
            expires_in: Some(300),
            refresh_token: Some("rt".into()),
            id_token: Some("a.b.c".into()),
            scope: None,
        }
    }

    #[test]
    fn a_downgrade_or_a_token_that_cannot_be_sent_is_refused() {
        assert!(Grant::check(answer(), true).is_ok());
        type Change = fn(&mut TokenResponse);
        let cases: [(Change, AnswerRefusal); 7] = [
            (|a| a.token_type = "Bearer".into(), AnswerRefusal::TokenType),
            (|a| a.token_type = "mac".into(), AnswerRefusal::TokenType),
            (
                |a| a.access_token = String::new(),
                AnswerRefusal::BadValue("access_token"),
            ),
            (
                |a| a.access_token = "a\r\nb".into(),
                AnswerRefusal::BadValue("access_token"),
            ),
            (
                |a| a.access_token = "a".repeat(TOKEN_BYTES_MAX + 1),
                AnswerRefusal::BadValue("access_token"),
            ),
            (
                |a| a.refresh_token = Some(String::new()),
                AnswerRefusal::BadValue("refresh_token"),
            ),
            (
                |a| a.scope = Some("s".repeat(SCOPE_BYTES_MAX + 1)),
                AnswerRefusal::BadValue("scope"),
            ),
        ];
        for (change, refusal) in cases {
            let mut wrong = answer();
            change(&mut wrong);
            assert_eq!(Grant::check(wrong, true).map(|_| ()), Err(refusal));
        }
        // A proof wasn't sent, so a token that needs one can't be used.
        assert_eq!(Grant::check(answer(), false).map(|_| ()), Err(AnswerRefusal::TokenType));
    }

    #[test]
    fn a_token_is_relied_on_within_bounds() {
        for (said, seconds) in [
            (None, ACCESS_SECONDS_DEFAULT),
            (Some(0), ACCESS_SECONDS_MIN),
            (Some(300), 300),
            (Some(u64::MAX), ACCESS_SECONDS_MAX),
        ] {
            assert_eq!(relied_on(said), seconds);
        }
    }
}
