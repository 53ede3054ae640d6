//! The list of what can be asked of whom. The OpenAPI document is made from it; nothing else is.
//!
//! It is plain data without behaviour, so that it can be read from top to bottom like a table of contents: who offers what at which
//! path, who may call, what travels in and out, and which refusals are possible. What the identity provider offers isn't here:
//! that is OpenID Connect, and the provider's own metadata describes it. The bank's part is between it and the gateway.

mod agency;
mod autopay;
mod gateway;
mod refusal;

pub use refusal::{REFUSALS, Refusal};

use crate::problem::code;

/// All endpoints, the gateway's first.
pub fn all() -> impl Iterator<Item = &'static Endpoint> {
    gateway::ENDPOINTS
        .iter()
        .chain(autopay::ENDPOINTS)
        .chain(agency::ENDPOINTS)
}

/// Something that can be asked of a party.
#[derive(Clone, Copy, Debug)]
pub struct Endpoint {
    /// Who offers it.
    pub party: Party,
    /// Its name, unique over both parties.
    pub operation_id: &'static str,
    /// The HTTP method.
    pub method: Method,
    /// The path below the party's base URL, with its parameters in braces.
    pub path: &'static str,
    /// What it does, in a line.
    pub summary: &'static str,
    /// What a caller must know beyond that; CommonMark.
    pub description: &'static str,
    /// Who may call it.
    pub caller: Caller,
    /// What the path and the query carry.
    pub parameters: &'static [Parameter],
    /// Whether the request must carry an idempotency key.
    pub needs_key: bool,
    /// Whether the answer has an `ETag`, and `If-None-Match` is answered 304.
    pub conditional: bool,
    /// The type of the request's JSON body, by its name in the document.
    pub request: Option<&'static str>,
    /// The answers where it is done.
    pub answers: &'static [Answer],
    /// The codes of the refusals that are this endpoint's own; [`Endpoint::refusals`] adds what follows from its shape.
    pub refusals: &'static [&'static str],
}

/// Who offers an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Party {
    /// The city's one gateway.
    Gateway,
    /// Each of the agencies.
    Agency,
}

/// An HTTP method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Acts.
    Post,
    /// Puts something under a name that the caller chose.
    Put,
    /// Takes away.
    Delete,
}

impl Method {
    /// As it is sent.
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// Who may call an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// Anybody.
    Anyone,
    /// A person's app, with an access token.
    Person,
    /// Another party of the city.
    Service,
}

/// A parameter of a path or a query.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// Where it stands.
    pub place: Place,
    /// Whether it must be there.
    pub required: bool,
    /// What it means.
    pub description: &'static str,
    /// Which values it takes.
    pub value: Value,
}

/// Where a parameter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the path.
    Path,
    /// In the query.
    Query,
}

/// Which values a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// An identifier that travels in paths: 1 to 64 letters, digits, hyphens, underscores and dots.
    Identifier,
    /// Text that the other side gave and that is handed back as it is.
    Opaque,
    /// An idempotency key.
    Key,
    /// A whole number.
    Count {
        /// The least.
        min: u32,
        /// The most.
        max: u32,
        /// What an absent one means.
        usual: u32,
    },
}

/// An answer where what was asked is done.
#[derive(Clone, Copy, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// When it is this one.
    pub description: &'static str,
    /// Its body.
    pub body: Body,
}

/// The body of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// None.
    Empty,
    /// JSON of the type that has this name in the document.
    Json(&'static str),
    /// A compact JWS, of the type that has this name in the document.
    Jose(&'static str),
}

impl Endpoint {
    /// The codes of all refusals that are possible: its own, and those that follow from who may call and what must be sent.
    pub fn refusals(&self) -> Vec<&'static str> {
        let mut codes = vec![code::TOO_MANY_REQUESTS, code::UNAVAILABLE, code::INTERNAL];
        if self.caller != Caller::Anyone {
            codes.push(code::UNAUTHENTICATED);
        }
        if self.request.is_some() || !self.parameters.is_empty() {
            codes.push(code::INVALID_INPUT);
        }
        if self.needs_key {
            codes.extend([
                code::INVALID_INPUT,
                code::IDEMPOTENCY_KEY_MISSING,
                code::IDEMPOTENCY_KEY_REUSED,
            ]);
        }
        codes.extend(self.refusals);
        codes.sort_unstable();
        codes.dedup();
        codes
    }
}

/// A parameter of the path that is an identifier.
const fn in_path(name: &'static str, description: &'static str) -> Parameter {
    Parameter {
        name,
        place: Place::Path,
        required: true,
        description,
        value: Value::Identifier,
    }
}

/// The cursor of a paged answer.
const CURSOR: Parameter = Parameter {
    name: "cursor",
    place: Place::Query,
    required: false,
    description: "Where to go on: the `next_cursor` of the page before, as it was given. Absent: from the beginning.",
    value: Value::Opaque,
};

/// The one answer of most endpoints.
const fn ok(description: &'static str, schema: &'static str) -> Answer {
    Answer {
        status: 200,
        description,
        body: Body::Json(schema),
    }
}

#[cfg(test)]
mod tests;
