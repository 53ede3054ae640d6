//! Each stable code with its status and what it tells a caller.

use crate::problem::code;

/// A refusal that the wire knows.
#[derive(Clone, Copy, Debug)]
pub struct Refusal {
    /// One of [`code`].
    pub code: &'static str,
    /// The HTTP status that it comes with.
    pub status: u16,
    /// When it is answered.
    pub meaning: &'static str,
}

/// All of them, as in [`code`].
pub const REFUSALS: &[Refusal] = &[
    Refusal {
        code: code::INVALID_INPUT,
        status: 400,
        meaning: "A member is missing or malformed; `field` names it.",
    },
    Refusal {
        code: code::IDEMPOTENCY_KEY_MISSING,
        status: 400,
        meaning: "A request that changes the world came without an idempotency key.",
    },
    Refusal {
        code: code::IDEMPOTENCY_KEY_IN_FLIGHT,
        status: 409,
        meaning: "The same key is being worked on at this moment.",
    },
    Refusal {
        code: code::IDEMPOTENCY_KEY_REUSED,
        status: 422,
        meaning: "The key was used before with another body.",
    },
    Refusal {
        code: code::UNAUTHENTICATED,
        status: 401,
        meaning: "No token, or one that isn't valid.",
    },
    Refusal {
        code: code::STEP_UP_REQUIRED,
        status: 401,
        meaning: "The token's assurance level is too low; `acr` names the one that is needed.",
    },
    Refusal {
        code: code::CONSENT_REQUIRED,
        status: 403,
        meaning: "The person has not consented to this agency's answering.",
    },
    Refusal {
        code: code::FORBIDDEN,
        status: 403,
        meaning: "Not this person's.",
    },
    Refusal {
        code: code::NOT_FOUND,
        status: 404,
        meaning: "No such thing.",
    },
    Refusal {
        code: code::BILL_BEING_PAID,
        status: 409,
        meaning: "The bill is being paid at this moment, by whatever device.",
    },
    Refusal {
        code: code::BILL_ALREADY_PAID,
        status: 409,
        meaning: "The bill is paid.",
    },
    Refusal {
        code: code::QUOTE_EXPIRED,
        status: 409,
        meaning: "The quote has expired, or was used by another payment.",
    },
    Refusal {
        code: code::BILL_CHANGED,
        status: 409,
        meaning: "The agency changed the bill after the quote.",
    },
    Refusal {
        code: code::BILL_WITHDRAWN,
        status: 409,
        meaning: "The agency withdrew the bill.",
    },
    Refusal {
        code: code::INSUFFICIENT_FUNDS,
        status: 422,
        meaning: "Not enough money in the account, or the card's limit is reached.",
    },
    Refusal {
        code: code::INSTRUMENT_UNUSABLE,
        status: 422,
        meaning: "The instrument is expired, revoked or unknown.",
    },
    Refusal {
        code: code::ACCOUNT_UNKNOWN,
        status: 422,
        meaning: "The agency doesn't know the account that the person entered.",
    },
    Refusal {
        code: code::STATEMENT_INVALID,
        status: 400,
        meaning: "The statement isn't signed as it must be, not in its one form, or another person's.",
    },
    Refusal {
        code: code::STATEMENT_KEY_UNKNOWN,
        status: 403,
        meaning: "The statement is signed by another key than the one that the token is bound to.",
    },
    Refusal {
        code: code::MANDATE_OLDER,
        status: 409,
        meaning: "The statement doesn't follow what is known of the mandate: its version, its `previous`, its `seq` or its time is another.",
    },
    Refusal {
        code: code::MANDATE_REVOKED,
        status: 409,
        meaning: "The mandate was revoked, which is for good.",
    },
    Refusal {
        code: code::MANDATE_INVALID,
        status: 422,
        meaning: "The terms break a bound, which `field` names, or the bank's consent can't hold them.",
    },
    Refusal {
        code: code::INSTRUMENT_UNKNOWN,
        status: 422,
        meaning: "The mandate names an instrument that isn't linked.",
    },
    Refusal {
        code: code::TOO_MANY_REQUESTS,
        status: 429,
        meaning: "Too many requests.",
    },
    Refusal {
        code: code::UNAVAILABLE,
        status: 503,
        meaning: "The party, or an agency behind it, doesn't answer at present.",
    },
    Refusal {
        code: code::INTERNAL,
        status: 500,
        meaning: "A defect of the party's.",
    },
];
