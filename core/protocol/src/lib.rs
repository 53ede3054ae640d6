//! The wire: what a client, the gateway and the agencies say to each other, as serde types, and the signed envelope (JWS) that
//! some of it travels in.
//!
//! Both sides of the city use this crate, the client to speak and the reference implementation to answer, so that the OpenAPI
//! document which is made from these types (feature `openapi`) can't drift from either. Nothing here decides anything: a value
//! that parses is well-formed, not trusted. What it may hold is judged by the reader, who turns it into types of the domain.
//! There is no HTTP here, no clock and no storage.
//!
//! Conventions of the whole wire: money is an integer of fils (1/100 dirham) beside an ISO 4217 code; instants are RFC 3339 in
//! UTC; dates are `YYYY-MM-DD` in Asia/Dubai; text for people comes in English and Arabic; an enumeration may grow, and a
//! reader takes a value that it doesn't know as `Unknown`, never as final.

pub mod agency;
pub mod directory;
pub mod endpoint;
pub mod event;
pub mod hub;
pub mod instrument;
pub mod jose;
pub mod mandate;
pub mod oidc;
#[cfg(feature = "openapi")]
pub mod openapi;
pub mod problem;
pub mod text;

pub use problem::Problem;
pub use text::Localized;

/// The header that carries an act's idempotency key, at most [`IDEMPOTENCY_KEY_CHARS_MAX`] characters.
pub const IDEMPOTENCY_KEY_HEADER: &str = "idempotency-key";

/// The longest idempotency key, after UAE Open Finance v2.1 (`x-idempotency-key`).
pub const IDEMPOTENCY_KEY_CHARS_MAX: usize = 40;

/// The one currency of the city's wire, ISO 4217.
pub const CURRENCY_AED: &str = "AED";
