//! The bank and the card processor: persons' accounts and cards on a double-entry ledger, consents and card tokens, the pages on
//! which a person gives them, and the service by which the gateway moves money.
//!
//! It knows nothing of bills: a debit takes money from a person into the hub's clearing account, from where it goes on to an
//! agency's account or back. `books` looks over everybody's tables and says whether that is what happened.

pub(crate) mod admin;
pub(crate) mod api;
mod books;
mod cards;
mod consents;
mod instruments;
mod ledger;
mod movements;
mod pages;
mod sealed;
mod seed;
mod service;
mod sessions;

pub use books::Books;
pub(crate) use books::books;
pub(crate) use sealed::seal;
pub(crate) use seed::seed;

use crate::context::Ctx;

/// The bank's tables.
pub(crate) const SCHEMA: &str = include_str!("schema.sql");

/// The bank's server, with everything applied but faults.
pub(crate) fn router(ctx: &Ctx) -> axum::Router {
    service::router().merge(pages::router()).with_state(ctx.clone())
}

#[cfg(test)]
mod tests;
