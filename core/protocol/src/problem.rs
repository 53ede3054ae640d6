//! What a party answers when it doesn't do what was asked: RFC 9457, with the members that a client acts on.

use crate::Localized;
use serde::{Deserialize, Serialize};

/// The media type of a [`Problem`].
pub const PROBLEM_MEDIA_TYPE: &str = "application/problem+json";

/// An RFC 9457 problem.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Problem {
    /// `urn:rabt:problem:` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// The HTTP status, once more.
    pub status: u16,
    /// A short English title for logs.
    pub title: String,
    /// The stable code, one of [`code`]; what a client branches on.
    pub code: String,
    /// What to tell the person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Localized>,
    /// The member of the request that is at fault, as a JSON pointer or a plain name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Seconds until a repetition may succeed; absent where none will.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_seconds: Option<u32>,
    /// The assurance level that the act asks for, with [`code::STEP_UP_REQUIRED`] (RFC 9470's `acr_values`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
}

impl Problem {
    /// A problem with its code and title; the other members are empty.
    pub fn new(status: u16, code: &str, title: impl Into<String>) -> Self {
        Self {
            kind: format!("urn:rabt:problem:{code}"),
            status,
            title: title.into(),
            code: code.to_owned(),
            reason: None,
            field: None,
            retry_after_seconds: None,
            acr: None,
        }
    }

    /// The same with a reason for the person.
    #[must_use]
    pub fn because(mut self, reason: Localized) -> Self {
        self.reason = Some(reason);
        self
    }

    /// The same, naming the field at fault.
    #[must_use]
    pub fn at(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }
}

/// The stable codes.
pub mod code {
    /// 400: a member is missing or malformed; `field` names it.
    pub const INVALID_INPUT: &str = "invalid_input";
    /// 400: a request that changes the world came without an idempotency key.
    pub const IDEMPOTENCY_KEY_MISSING: &str = "idempotency_key_missing";
    /// 409: the same key is being worked on at this moment.
    pub const IDEMPOTENCY_KEY_IN_FLIGHT: &str = "idempotency_key_in_flight";
    /// 422: the key was used before with another body.
    pub const IDEMPOTENCY_KEY_REUSED: &str = "idempotency_key_reused";
    /// 401: no token, or one that isn't valid.
    pub const UNAUTHENTICATED: &str = "unauthenticated";
    /// 401: the token's assurance level is too low; `acr` names the one that is needed.
    pub const STEP_UP_REQUIRED: &str = "step_up_required";
    /// 403: the person has not consented to this agency's answering.
    pub const CONSENT_REQUIRED: &str = "consent_required";
    /// 403: not this person's.
    pub const FORBIDDEN: &str = "forbidden";
    /// 404: no such thing.
    pub const NOT_FOUND: &str = "not_found";
    /// 409: the bill is being paid at this moment, by whatever device.
    pub const BILL_BEING_PAID: &str = "bill_being_paid";
    /// 409: the bill is paid.
    pub const BILL_ALREADY_PAID: &str = "bill_already_paid";
    /// 409: the quote has expired, or was used by another payment.
    pub const QUOTE_EXPIRED: &str = "quote_expired";
    /// 409: the agency changed the bill after the quote.
    pub const BILL_CHANGED: &str = "bill_changed";
    /// 409: the agency withdrew the bill.
    pub const BILL_WITHDRAWN: &str = "bill_withdrawn";
    /// 422: not enough money in the account, or the card's limit is reached.
    pub const INSUFFICIENT_FUNDS: &str = "insufficient_funds";
    /// 422: the instrument is expired, revoked or unknown.
    pub const INSTRUMENT_UNUSABLE: &str = "instrument_unusable";
    /// 422: the agency doesn't know the account that the person entered.
    pub const ACCOUNT_UNKNOWN: &str = "account_unknown";
    /// 400: the statement isn't signed as it must be, not in its one form, or another person's.
    pub const STATEMENT_INVALID: &str = "statement_invalid";
    /// 403: the statement is signed by another key than the one that the token is bound to.
    pub const STATEMENT_KEY_UNKNOWN: &str = "statement_key_unknown";
    /// 409: the statement doesn't follow what is known of the mandate: its version, its `previous`, its `seq` or its time is another.
    pub const MANDATE_OLDER: &str = "mandate_older";
    /// 409: the mandate was revoked, which is for good.
    pub const MANDATE_REVOKED: &str = "mandate_revoked";
    /// 422: the terms break a bound, which `field` names, or the bank's consent can't hold them.
    pub const MANDATE_INVALID: &str = "mandate_invalid";
    /// 422: the mandate names an instrument that isn't linked.
    pub const INSTRUMENT_UNKNOWN: &str = "instrument_unknown";
    /// 429: too many requests.
    pub const TOO_MANY_REQUESTS: &str = "too_many_requests";
    /// 503: the party, or an agency behind it, doesn't answer at present.
    pub const UNAVAILABLE: &str = "unavailable";
    /// 500: a defect of the party's.
    pub const INTERNAL: &str = "internal";

    /// All of them.
    pub const ALL: [&str; 26] = [
        INVALID_INPUT,
        IDEMPOTENCY_KEY_MISSING,
        IDEMPOTENCY_KEY_IN_FLIGHT,
        IDEMPOTENCY_KEY_REUSED,
        UNAUTHENTICATED,
        STEP_UP_REQUIRED,
        CONSENT_REQUIRED,
        FORBIDDEN,
        NOT_FOUND,
        BILL_BEING_PAID,
        BILL_ALREADY_PAID,
        QUOTE_EXPIRED,
        BILL_CHANGED,
        BILL_WITHDRAWN,
        INSUFFICIENT_FUNDS,
        INSTRUMENT_UNUSABLE,
        ACCOUNT_UNKNOWN,
        STATEMENT_INVALID,
        STATEMENT_KEY_UNKNOWN,
        MANDATE_OLDER,
        MANDATE_REVOKED,
        MANDATE_INVALID,
        INSTRUMENT_UNKNOWN,
        TOO_MANY_REQUESTS,
        UNAVAILABLE,
        INTERNAL,
    ];
}
