//! What the gateway offers for bills that pay themselves: mandates, the bank's consent to them, and what was decided by them.

use super::{Answer, Body, CURSOR, Caller, Endpoint, Method, Parameter, Party, in_path, ok};
use crate::problem::code;

const MANDATE_ID: Parameter = in_path("mandate_id", "The mandate, as its device named it.");

/// The refusals of whatever is signed.
const SIGNED: [&str; 2] = [code::STATEMENT_INVALID, code::STATEMENT_KEY_UNKNOWN];

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        party: Party::Gateway,
        operation_id: "listMandates",
        method: Method::Get,
        path: "/v1/mandates",
        summary: "The person's mandates, as they were signed",
        description: "A reader checks each statement itself: that it is signed by one of the person's devices, which their identity \
             provider lists at `{issuer}/devices`, and that each version names the one before.",
        caller: Caller::Person,
        parameters: &[],
        needs_key: false,
        conditional: false,
        request: None,
        answers: &[ok("All of them, with where the bank's consents stand.", "Mandates")],
        refusals: &[],
    },
    Endpoint {
        party: Party::Gateway,
        operation_id: "registerMandate",
        method: Method::Post,
        path: "/v1/mandates",
        summary: "The person agreed to a mandate, or to the next version of one",
        description: "The statement is a `MandateVersion`, signed by the key that the token is bound to. A version is exactly one above the \
             newest and names its statement as `previous`. The same bytes again are idempotent. A mandate on a bank account pays once the \
             bank's consent is there; one on a card at once.",
        caller: Caller::Person,
        parameters: &[],
        needs_key: false,
        conditional: false,
        request: Some("SendStatement"),
        answers: &[
            ok("The gateway had this statement already.", "MandateRecord"),
            Answer {
                status: 201,
                description: "From now on it decides by this version.",
                body: Body::Json("MandateRecord"),
            },
        ],
        refusals: &[
            SIGNED[0],
            SIGNED[1],
            code::MANDATE_OLDER,
            code::MANDATE_REVOKED,
            code::MANDATE_INVALID,
            code::INSTRUMENT_UNKNOWN,
        ],
    },
    Endpoint {
        party: Party::Gateway,
        operation_id: "beginMandateConsent",
        method: Method::Post,
        path: "/v1/mandates/{mandate_id}/consent",
        summary: "Ask the bank to let a mandate pay",
        description: "A multi-payment consent of UAE Open Finance v2.1 that covers the newest version: limits which the standard can't hold \
             stay with the mandate, so that the consent is never narrower. The person is sent to the bank's page and comes back to \
             `return_uri` with `consent_id`, `state` and either `code` or `error`. A repetition is harmless: what isn't authorized lets \
             nothing pay. A mandate on a card needs none and is refused with `invalid_input`.",
        caller: Caller::Person,
        parameters: &[MANDATE_ID],
        needs_key: false,
        conditional: false,
        request: Some("BeginMandateConsent"),
        answers: &[ok("Send the person there.", "MandateConsentBegun")],
        refusals: &[
            code::NOT_FOUND,
            code::MANDATE_REVOKED,
            code::MANDATE_INVALID,
            code::INSTRUMENT_UNUSABLE,
        ],
    },
    Endpoint {
        party: Party::Gateway,
        operation_id: "completeMandateConsent",
        method: Method::Post,
        path: "/v1/mandates/{mandate_id}/consent/complete",
        summary: "The person came back from the bank",
        description: "The code is good for one consent, which is what makes this idempotent: a repetition answers the same record.",
        caller: Caller::Person,
        parameters: &[MANDATE_ID],
        needs_key: false,
        conditional: false,
        request: Some("CompleteMandateConsent"),
        answers: &[ok("The mandate, with its consent as it is now.", "MandateRecord")],
        refusals: &[code::NOT_FOUND],
    },
    Endpoint {
        party: Party::Gateway,
        operation_id: "changeMandateStanding",
        method: Method::Post,
        path: "/v1/mandates/{mandate_id}/standing",
        summary: "The person pauses, resumes or revokes a mandate",
        description: "The statement is a `MandateStanding`. Its `seq` is one above the last. The same bytes again are idempotent, and a \
             revocation is taken whatever was missed before it, and also a second time: nothing is in the way of stopping. A \
             revoked mandate's consent is taken back at the bank.",
        caller: Caller::Person,
        parameters: &[MANDATE_ID],
        needs_key: false,
        conditional: false,
        request: Some("SendStatement"),
        answers: &[ok("The mandate as it stands now.", "MandateRecord")],
        refusals: &[
            SIGNED[0],
            SIGNED[1],
            code::NOT_FOUND,
            code::MANDATE_OLDER,
            code::MANDATE_REVOKED,
        ],
    },
    Endpoint {
        party: Party::Gateway,
        operation_id: "answerMandate",
        method: Method::Post,
        path: "/v1/mandates/{mandate_id}/answers",
        summary: "The person answers what a mandate asked",
        description: "The statement is a `MandateAnswer`. Of several about one bill the latest counts. The same bytes again are idempotent.",
        caller: Caller::Person,
        parameters: &[MANDATE_ID],
        needs_key: false,
        conditional: false,
        request: Some("SendStatement"),
        answers: &[Answer {
            status: 204,
            description: "It counts from now on.",
            body: Body::Empty,
        }],
        refusals: &[
            SIGNED[0],
            SIGNED[1],
            code::NOT_FOUND,
            code::MANDATE_REVOKED,
            code::MANDATE_INVALID,
        ],
    },
    Endpoint {
        party: Party::Gateway,
        operation_id: "disputeDecision",
        method: Method::Post,
        path: "/v1/mandates/{mandate_id}/disputes",
        summary: "The person says that a decision was not theirs",
        description: "The mandate pays nothing more until they resume it. The identifier is the device's, which makes it idempotent.",
        caller: Caller::Person,
        parameters: &[MANDATE_ID],
        needs_key: false,
        conditional: false,
        request: Some("Dispute"),
        answers: &[Answer {
            status: 204,
            description: "The mandate is stopped.",
            body: Body::Empty,
        }],
        refusals: &[code::NOT_FOUND],
    },
    Endpoint {
        party: Party::Gateway,
        operation_id: "listMandateDecisions",
        method: Method::Get,
        path: "/v1/mandate-decisions",
        summary: "What was decided by the person's mandates",
        description: "In the order in which it was decided, also what was skipped, held and asked, each with its rule and figures. What didn't \
             change isn't told again; a decision whose payment changed comes again, and the later one of the same agency, bill and \
             cycle counts. `as_of_at` is the instant up to which the report is complete. A reader keeps `next_cursor` once it has \
             checked a page.",
        caller: Caller::Person,
        parameters: &[CURSOR],
        needs_key: false,
        conditional: false,
        request: None,
        answers: &[ok("At most 100.", "MandateDecisionPage")],
        refusals: &[],
    },
];
