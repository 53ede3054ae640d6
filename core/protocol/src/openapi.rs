//! The OpenAPI 3.1 document of the city's protocol, made from the types and the list of endpoints.
//!
//! It is for those who join without this code: an agency, a gateway team, a tester. The doc comments of the types are its
//! descriptions, so that there is one text to keep true. `schemas` turns the types into JSON Schema and says what a Rust type can't;
//! `operations` turns the endpoints into paths. Nothing here is in a shipped client.
//!
//! The document is checked in as `docs/openapi.json`; `cargo xtask openapi` writes it anew, and a test fails while it is old.

mod operations;
mod schemas;

use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What a newcomer must know before the first endpoint; CommonMark.
const DESCRIPTION: &str = "\
What a person's app, the gateway and the agencies of a city say to each other. An agency that speaks its part joins through the \
signed directory, without a release of any app.

**Conventions.** Money is an integer of fils (1/100 dirham) beside an ISO 4217 code, never a fraction. Instants are RFC 3339 in \
UTC; dates are `YYYY-MM-DD` in Asia/Dubai. Text for people comes in English and Arabic. An object may gain members, which a reader \
ignores. An enumeration may grow: a reader takes a value that it doesn't know as unknown, never as final. An absent member is left \
out, not `null`.

**Writes are safe to repeat.** What changes the world carries an `Idempotency-Key` that is derived from what the act is, or is \
idempotent by itself. After a lost answer the act is looked up by its key and never sent again under another one.

**Refusals** are RFC 9457 problems with a stable `code`, which is what to branch on. Those that a person should hear of carry a \
`reason` in both languages.

**Answers are doubted.** An answer names the agency and the person that it is about, and a reader refuses one that is about \
another. Bodies are bounded, redirects are not followed, and all of it travels over TLS 1.2 or later.

**Signing in** is plain OpenID Connect (authorization code with PKCE, PAR, DPoP) at the city's identity provider, described by the \
provider's own metadata and not here.";

/// The document.
pub fn document() -> Value {
    let mut schemas = schemas::all();
    let paths = operations::paths();
    schemas::say_what_types_cannot(&mut schemas);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Rabt: the protocol of a linked city",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Agencies, bills and payments of a city, one protocol for all of them.",
            "description": DESCRIPTION,
            "license": { "name": "Apache License 2.0", "identifier": "Apache-2.0" }
        },
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "servers": operations::servers(),
        "tags": operations::tags(),
        "paths": paths,
        "components": {
            "securitySchemes": operations::security_schemes(),
            "parameters": operations::shared_parameters(),
            "headers": operations::shared_headers(),
            "responses": operations::shared_responses(),
            "schemas": schemas
        }
    })
}

/// The document as it is checked in: indented, what a reader wants first at the top, the rest by name, a line break at its end.
///
/// # Errors
/// None in practice: every value is JSON already.
pub fn text() -> Result<String, serde_json::Error> {
    Ok(serde_json::to_string_pretty(&Ordered(&document()))? + "\n")
}

/// The members of the document in the order in which they are read.
const READING_ORDER: [&str; 7] = [
    "openapi",
    "info",
    "jsonSchemaDialect",
    "servers",
    "tags",
    "paths",
    "components",
];

struct Ordered<'a>(&'a Value);

impl Serialize for Ordered<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(READING_ORDER.iter().map(|name| (name, ByName(&self.0[name]))))
    }
}

/// The same bytes whether or not another crate of the build lets serde_json keep the order of insertion.
struct ByName<'a>(&'a Value);

impl Serialize for ByName<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Object(members) => {
                let sorted: BTreeMap<_, _> = members.iter().map(|(name, member)| (name, ByName(member))).collect();
                serializer.collect_map(sorted)
            }
            Value::Array(items) => serializer.collect_seq(items.iter().map(ByName)),
            plain => plain.serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests;
