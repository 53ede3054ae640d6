//! The endpoints as paths, and what they share: servers, security, headers.

use super::schemas::reference;
use crate::{
    IDEMPOTENCY_KEY_CHARS_MAX,
    directory::DIRECTORY_MEDIA_TYPE,
    endpoint::{self, Body, Caller, Endpoint, Parameter, Party, Place, REFUSALS, Value as Takes},
    problem::{PROBLEM_MEDIA_TYPE, code},
};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

const JSON_MEDIA_TYPE: &str = "application/json";

/// The refusals by which a client is asked to wait.
const RETRY_LATER: [u16; 3] = [409, 429, 503];

/// Where the two kinds of party are; each path names the one that offers it.
pub(super) fn servers() -> Value {
    json!([server(Party::Gateway), server(Party::Agency)])
}

fn server(party: Party) -> Value {
    let (description, example) = match party {
        Party::Gateway => (
            "The gateway. An app is shipped with its address; the directory repeats it.",
            "gateway.city.example",
        ),
        Party::Agency => (
            "An agency, at the `base_url` that the directory gives for it.",
            "agency.city.example",
        ),
    };
    json!({
        "url": "https://{host}",
        "description": description,
        "variables": { "host": { "default": example, "description": "Host, port and path prefix." } }
    })
}

fn tag(party: Party) -> &'static str {
    match party {
        Party::Gateway => "Gateway",
        Party::Agency => "Agency",
    }
}

pub(super) fn tags() -> Value {
    json!([
        {
            "name": tag(Party::Gateway),
            "description": "The one party that knows all others: the directory, what a person pays with, payments over many agencies, mandates by which bills pay themselves, events."
        },
        {
            "name": tag(Party::Agency),
            "description": "What each agency offers. To a person, within a consent: accounts and bills. To the payment hub: a bill, and its posting."
        }
    ])
}

pub(super) fn security_schemes() -> Value {
    json!({
        "personDpop": {
            "type": "http",
            "scheme": "DPoP",
            "description": "An access token of the identity provider, bound to a key of the device (RFC 9449): `Authorization: DPoP …` and \
                a proof in the `DPoP` header of each request. `htu` is the address without query. A 401 with `use_dpop_nonce` is \
                answered by one repetition with the nonce of its `DPoP-Nonce`."
        },
        "personBearer": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT (RFC 9068)",
            "description": "The same without a key, where the provider doesn't offer DPoP."
        },
        "service": {
            "type": "http",
            "scheme": "Service",
            "description": "Another party of the city. The simulated city uses a secret that its parties share; a real one authenticates \
                both ends by mutual TLS."
        }
    })
}

fn security(caller: Caller) -> Value {
    match caller {
        Caller::Anyone => json!([]),
        Caller::Person => json!([{ "personDpop": [] }, { "personBearer": [] }]),
        Caller::Service => json!([{ "service": [] }]),
    }
}

pub(super) fn shared_parameters() -> Value {
    json!({
        "IdempotencyKey": {
            "name": "Idempotency-Key",
            "in": "header",
            "required": true,
            "description": "Names the act, for 24 hours at least. The same key with the same body is the same act; with another body it is refused. \
                It is derived from what the act is, so that whoever repeats it uses the same.",
            "schema": key_schema()
        },
        "DpopProof": {
            "name": "DPoP",
            "in": "header",
            "required": false,
            "description": "The proof of possession (RFC 9449, 4.2); with the scheme `DPoP` it must be there.",
            "schema": { "type": "string" }
        },
        "IfNoneMatch": {
            "name": "If-None-Match",
            "in": "header",
            "required": false,
            "description": "The `ETag` of what the reader has; where nothing changed, the answer is 304 without a body.",
            "schema": { "type": "string" }
        }
    })
}

pub(super) fn shared_headers() -> Value {
    json!({
        "ETag": {
            "description": "Names the state that the answer is of.",
            "schema": { "type": "string" }
        },
        "RetryAfter": {
            "description": "Seconds until a repetition may succeed, where one may.",
            "schema": { "type": "integer", "minimum": 0 }
        },
        "WwwAuthenticate": {
            "description": "What is wrong with the token (RFC 6750, RFC 9449), or which assurance level is needed (RFC 9470).",
            "schema": { "type": "string" }
        },
        "DpopNonce": {
            "description": "The nonce that the next proofs for this server must carry, where it asks for one.",
            "schema": { "type": "string" }
        }
    })
}

fn key_schema() -> Value {
    json!({ "type": "string", "pattern": "^[!-~]+$", "minLength": 1, "maxLength": IDEMPOTENCY_KEY_CHARS_MAX })
}

/// The paths with their operations.
pub(super) fn paths() -> Value {
    let mut paths = Map::new();
    for endpoint in endpoint::all() {
        let path = paths
            .entry(endpoint.path)
            .or_insert_with(|| json!({ "servers": [server(endpoint.party)] }));
        path[endpoint.method.name().to_lowercase()] = operation(endpoint);
    }
    Value::Object(paths)
}

fn operation(endpoint: &Endpoint) -> Value {
    let mut operation = json!({
        "operationId": endpoint.operation_id,
        "tags": [tag(endpoint.party)],
        "summary": endpoint.summary,
        "description": endpoint.description,
        "security": security(endpoint.caller),
        "responses": responses(endpoint)
    });
    let parameters = parameters(endpoint);
    if !parameters.is_empty() {
        operation["parameters"] = Value::Array(parameters);
    }
    if let Some(request) = endpoint.request {
        operation["requestBody"] =
            json!({ "required": true, "content": { JSON_MEDIA_TYPE: { "schema": reference(request) } } });
    }
    operation
}

fn parameters(endpoint: &Endpoint) -> Vec<Value> {
    let shared = |name: &str| json!({ "$ref": format!("#/components/parameters/{name}") });
    let mut parameters: Vec<Value> = endpoint.parameters.iter().map(parameter).collect();
    if endpoint.needs_key {
        parameters.push(shared("IdempotencyKey"));
    }
    if endpoint.conditional {
        parameters.push(shared("IfNoneMatch"));
    }
    if endpoint.caller == Caller::Person {
        parameters.push(shared("DpopProof"));
    }
    parameters
}

fn parameter(parameter: &Parameter) -> Value {
    let schema = match parameter.value {
        Takes::Identifier => json!({ "type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$" }),
        Takes::Opaque => json!({ "type": "string", "minLength": 1 }),
        Takes::Key => key_schema(),
        Takes::Count { min, max, usual } => {
            json!({ "type": "integer", "minimum": min, "maximum": max, "default": usual })
        }
    };
    json!({
        "name": parameter.name,
        "in": match parameter.place {
            Place::Path => "path",
            Place::Query => "query",
        },
        "required": parameter.required,
        "description": parameter.description,
        "schema": schema
    })
}

fn responses(endpoint: &Endpoint) -> Value {
    let mut responses = Map::new();
    for answer in endpoint.answers {
        let mut response = json!({ "description": answer.description });
        match answer.body {
            Body::Empty => {}
            Body::Json(schema) => response["content"] = json!({ JSON_MEDIA_TYPE: { "schema": reference(schema) } }),
            Body::Jose(schema) => {
                response["content"] = json!({ DIRECTORY_MEDIA_TYPE: { "schema": reference(schema) } })
            }
        }
        if endpoint.conditional {
            response["headers"] = json!({ "ETag": header("ETag") });
        }
        responses.insert(answer.status.to_string(), response);
    }
    if endpoint.conditional {
        let unchanged =
            json!({ "description": "Nothing changed since that `ETag`.", "headers": { "ETag": header("ETag") } });
        responses.insert("304".to_owned(), unchanged);
    }
    for (status, codes) in refusals(endpoint) {
        let response = match codes.as_slice() {
            [code] => json!({ "$ref": format!("#/components/responses/{}", shared_name(status, code)) }),
            several => refusal(status, several),
        };
        responses.insert(status.to_string(), response);
    }
    Value::Object(responses)
}

/// The refusals that are alone with their status wherever they are possible, said once.
pub(super) fn shared_responses() -> Value {
    let mut shared = Map::new();
    for (status, codes) in endpoint::all().flat_map(refusals) {
        if let [code] = codes.as_slice() {
            shared.insert(shared_name(status, code), refusal(status, &codes));
        }
    }
    Value::Object(shared)
}

/// `not_found` is `NotFound`; three refusals have one code and are told apart by their status.
fn shared_name(status: u16, code: &str) -> String {
    match status {
        413 => "TooLarge".to_owned(),
        415 => "NotJson".to_owned(),
        _ => code
            .split('_')
            .flat_map(str::char_indices)
            .map(|(index, letter)| {
                if index == 0 {
                    letter.to_ascii_uppercase()
                } else {
                    letter
                }
            })
            .collect(),
    }
}

/// The codes of an endpoint's refusals by status.
fn refusals(endpoint: &Endpoint) -> BTreeMap<u16, Vec<&'static str>> {
    let mut by_status: BTreeMap<u16, Vec<&'static str>> = BTreeMap::new();
    let possible = endpoint.refusals();
    for refusal in REFUSALS.iter().filter(|refusal| possible.contains(&refusal.code)) {
        by_status.entry(refusal.status).or_default().push(refusal.code);
    }
    if endpoint.request.is_some() {
        // A body that is too large, and one that isn't JSON.
        by_status.entry(413).or_default().push(code::INVALID_INPUT);
        by_status.entry(415).or_default().push(code::INVALID_INPUT);
    }
    by_status
}

fn refusal(status: u16, codes: &[&str]) -> Value {
    let description = match status {
        413 => "The body is too large.".to_owned(),
        415 => "The body isn't `application/json`.".to_owned(),
        _ => codes
            .iter()
            .filter_map(|code| REFUSALS.iter().find(|refusal| refusal.code == *code))
            .map(|refusal| format!("- `{}`: {}", refusal.code, refusal.meaning))
            .collect::<Vec<_>>()
            .join("\n"),
    };
    let mut schema = reference("Problem");
    schema["properties"] = json!({ "code": { "examples": codes }, "status": { "const": status } });
    let mut response = json!({
        "description": description,
        "content": { PROBLEM_MEDIA_TYPE: { "schema": schema } }
    });
    if status == 401 {
        response["headers"] =
            json!({ "WWW-Authenticate": header("WwwAuthenticate"), "DPoP-Nonce": header("DpopNonce") });
    }
    if RETRY_LATER.contains(&status) {
        response["headers"] = json!({ "Retry-After": header("RetryAfter") });
    }
    response
}

fn header(name: &str) -> Value {
    json!({ "$ref": format!("#/components/headers/{name}") })
}
