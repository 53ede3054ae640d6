//! What each agency offers: to a person consents, accounts and bills; to the payment hub a bill and its posting.

use super::{Answer, Body, CURSOR, Caller, Endpoint, Method, Parameter, Party, Place, Value, in_path, ok};
use crate::problem::code;

/// The bills of one page at most, and where the caller doesn't say.
const BILLS_PER_PAGE_MAX: u32 = 500;
const BILLS_PER_PAGE_USUAL: u32 = 100;

const CONSENT_ID: Parameter = in_path("consent_id", "The identifier that the client gave to the consent.");

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        party: Party::Agency,
        operation_id: "putConsent",
        method: Method::Put,
        path: "/v1/consents/{consent_id}",
        summary: "The person lets this agency answer",
        description: "The identifier is the client's, so that a repetition is the same consent. It holds for at most a year. One \
             that was withdrawn can't come back: a new consent needs a new identifier.",
        caller: Caller::Person,
        parameters: &[CONSENT_ID],
        needs_key: false,
        conditional: false,
        request: Some("ConsentRequest"),
        answers: &[ok("The consent as the agency keeps it.", "Consent")],
        refusals: &[code::FORBIDDEN, code::NOT_FOUND],
    },
    Endpoint {
        party: Party::Agency,
        operation_id: "getConsent",
        method: Method::Get,
        path: "/v1/consents/{consent_id}",
        summary: "A consent as the agency keeps it",
        description: "Also one that has expired; not one that was withdrawn.",
        caller: Caller::Person,
        parameters: &[CONSENT_ID],
        needs_key: false,
        conditional: false,
        request: None,
        answers: &[ok("The consent.", "Consent")],
        refusals: &[code::NOT_FOUND],
    },
    Endpoint {
        party: Party::Agency,
        operation_id: "withdrawConsent",
        method: Method::Delete,
        path: "/v1/consents/{consent_id}",
        summary: "The person takes a consent back",
        description: "From then on the agency answers `consent_required`. A second time does nothing.",
        caller: Caller::Person,
        parameters: &[CONSENT_ID],
        needs_key: false,
        conditional: false,
        request: None,
        answers: &[Answer {
            status: 204,
            description: "It is withdrawn.",
            body: Body::Empty,
        }],
        refusals: &[code::NOT_FOUND],
    },
    Endpoint {
        party: Party::Agency,
        operation_id: "listAccounts",
        method: Method::Get,
        path: "/v1/accounts",
        summary: "What the agency holds for the person",
        description: "Their own accounts, and those that they added by hand, which show no more than was entered.",
        caller: Caller::Person,
        parameters: &[],
        needs_key: false,
        conditional: false,
        request: None,
        answers: &[ok("All accounts.", "Accounts")],
        refusals: &[code::CONSENT_REQUIRED, code::NOT_FOUND],
    },
    Endpoint {
        party: Party::Agency,
        operation_id: "addAccount",
        method: Method::Post,
        path: "/v1/accounts",
        summary: "Add somebody's account by hand",
        description: "A parent's electricity, say. The fields are those of the account kind's form in the directory. An account is \
             what its fields say, which is what makes this idempotent: adding one twice answers the same account.",
        caller: Caller::Person,
        parameters: &[],
        needs_key: false,
        conditional: false,
        request: Some("AddAccount"),
        answers: &[
            ok("The person has this account already.", "Account"),
            Answer {
                status: 201,
                description: "It is added.",
                body: Body::Json("Account"),
            },
        ],
        refusals: &[code::CONSENT_REQUIRED, code::NOT_FOUND, code::ACCOUNT_UNKNOWN],
    },
    Endpoint {
        party: Party::Agency,
        operation_id: "listBills",
        method: Method::Get,
        path: "/v1/bills",
        summary: "The person's bills, page by page",
        description: "All that are open, and those that were closed within 24 months. The `ETag` names the state of the whole set: \
             every page of one pass carries the same, and where it changes on the way the reader begins anew. `If-None-Match` counts \
             on the first page only.",
        caller: Caller::Person,
        parameters: &[
            Parameter {
                name: "limit",
                place: Place::Query,
                required: false,
                description: "The most bills of the page.",
                value: Value::Count {
                    min: 1,
                    max: BILLS_PER_PAGE_MAX,
                    usual: BILLS_PER_PAGE_USUAL,
                },
            },
            CURSOR,
        ],
        needs_key: false,
        conditional: true,
        request: None,
        answers: &[ok("A page of them.", "BillPage")],
        refusals: &[code::CONSENT_REQUIRED, code::NOT_FOUND],
    },
    Endpoint {
        party: Party::Agency,
        operation_id: "getBillForHub",
        method: Method::Get,
        path: "/v1/hub/bills/{bill_id}",
        summary: "A bill that a person wants to pay, as it is now",
        description: "For the payment hub's quote. The person's consent is what lets the agency answer here too.",
        caller: Caller::Service,
        parameters: &[
            in_path("bill_id", "The agency's identifier of the bill."),
            Parameter {
                name: "subject",
                place: Place::Query,
                required: true,
                description: "The person (`sub`) who wants to pay.",
                value: Value::Opaque,
            },
        ],
        needs_key: false,
        conditional: false,
        request: None,
        answers: &[ok("The bill.", "Bill")],
        refusals: &[code::CONSENT_REQUIRED, code::NOT_FOUND],
    },
    Endpoint {
        party: Party::Agency,
        operation_id: "postPayment",
        method: Method::Post,
        path: "/v1/postings",
        summary: "The hub holds the money: the bill is paid",
        description: "The key is derived from the hub's payment and the bill. The same key with the same body is answered as it was \
             before, a refusal too: the hub has given that money back, and a repetition that was long under way must not post it \
             after all. A bill is posted once, whoever paid it.",
        caller: Caller::Service,
        parameters: &[],
        needs_key: true,
        conditional: false,
        request: Some("PostingRequest"),
        answers: &[ok("It is posted.", "Posting")],
        refusals: &[
            code::NOT_FOUND,
            code::BILL_ALREADY_PAID,
            code::BILL_CHANGED,
            code::BILL_WITHDRAWN,
        ],
    },
    Endpoint {
        party: Party::Agency,
        operation_id: "findPosting",
        method: Method::Get,
        path: "/v1/postings/{idempotency_key}",
        summary: "The posting that was made with a key",
        description: "How the hub learns what became of a posting whose answer was lost. `not_found` means that nothing was posted \
             with this key, also where it was refused.",
        caller: Caller::Service,
        parameters: &[Parameter {
            name: "idempotency_key",
            place: Place::Path,
            required: true,
            description: "The key that the posting was sent with.",
            value: Value::Key,
        }],
        needs_key: false,
        conditional: false,
        request: None,
        answers: &[ok("The posting.", "Posting")],
        refusals: &[code::NOT_FOUND],
    },
];
