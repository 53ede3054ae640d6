//! Other parties' error codes, as far as they may be written down: in a log, an error, a bundle for QA. A code that nobody published can
//! be anything, somebody's name or number too, so that only those of the standards pass. Nothing is decided by another.

use rabt_protocol::problem::code;

/// Stands for a code that this version doesn't know.
pub const UNRECOGNISED: &str = "unrecognised";

/// The error codes of RFC 6749 (4.1.2.1 and 5.2), OpenID Connect Core 1.0 (3.1.2.6), RFC 8628, RFC 9101, RFC 9126, RFC 9449 and
/// OpenID Connect's Unmet Authentication Requirements 1.0.
const OAUTH: [&str; 26] = [
    "access_denied",
    "account_selection_required",
    "authorization_pending",
    "consent_required",
    "expired_token",
    "interaction_required",
    "invalid_client",
    "invalid_dpop_proof",
    "invalid_grant",
    "invalid_request",
    "invalid_request_object",
    "invalid_request_uri",
    "invalid_scope",
    "invalid_target",
    "invalid_token",
    "login_required",
    "registration_not_supported",
    "request_not_supported",
    "request_uri_not_supported",
    "server_error",
    "slow_down",
    "temporarily_unavailable",
    "unauthorized_client",
    "unmet_authentication_requirements",
    "unsupported_grant_type",
    "unsupported_response_type",
];
/// RFC 9449's, which is an answer to be acted on.
const USE_DPOP_NONCE: &str = "use_dpop_nonce";

/// A problem's or rejection's code, where it is one of the protocol's.
pub(crate) fn of_problem(given: &str) -> &str {
    if code::ALL.contains(&given) {
        given
    } else {
        UNRECOGNISED
    }
}

/// An OAuth error's code, where it is one of the standards'.
pub(crate) fn of_oauth(given: &str) -> &str {
    if OAUTH.contains(&given) || given == USE_DPOP_NONCE {
        given
    } else {
        UNRECOGNISED
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_published_is_written_down() {
        assert_eq!(of_problem("bill_being_paid"), "bill_being_paid");
        assert_eq!(of_oauth("invalid_grant"), "invalid_grant");
        assert_eq!(of_oauth("use_dpop_nonce"), "use_dpop_nonce");
        for given in ["784-1891-1204871-9", "salma.burjanoor", "", "Invalid_Grant"] {
            assert_eq!(
                (of_problem(given), of_oauth(given)),
                (UNRECOGNISED, UNRECOGNISED),
                "{given}"
            );
        }
    }
}
