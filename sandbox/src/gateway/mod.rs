//! The gateway: what the city offers a person as a whole. The signed directory of agencies, instruments, quotes and payments (the
//! hub), mandates by which bills pay themselves, and the events that a client pulls.
//!
//! It holds no bill and no balance: those are the agencies' and the bank's, and it asks them. What it does hold, it holds so that
//! a payment which was begun is ended, whatever is killed meanwhile.

mod autopay;
mod calls;
mod cursor;
mod directory;
mod events;
mod hub;
mod instruments;
mod payments;
mod quotes;

pub use autopay::Cheat;
pub(crate) use autopay::{
    Autopay, SCHEMA as AUTOPAY_SCHEMA, has_open_payments, run_all as run_autopay_once, run_autopay,
};
pub(crate) use hub::{Desk, keys, run_settler};

use crate::context::Ctx;
use axum::{
    Router,
    routing::{delete, get, post},
};

/// The gateway's tables.
pub(crate) const SCHEMA: &str = include_str!("schema.sql");

/// The gateway's server, with everything applied but faults. [`run_settler`] must run beside it, or payments stay pending.
pub(crate) fn router(ctx: &Ctx) -> Router {
    Router::new()
        .route("/v1/directory", get(directory::get))
        .route("/v1/instruments", get(instruments::list))
        .route("/v1/instruments/{instrument_id}", delete(instruments::remove))
        .route("/v1/instrument-links", post(instruments::begin))
        .route("/v1/instrument-links/{link_id}/complete", post(instruments::complete))
        .route("/v1/quotes", post(quotes::create))
        .route("/v1/payments", get(payments::list).post(payments::create))
        .route("/v1/payments/{payment_id}", get(payments::get))
        .route(
            "/v1/mandates",
            get(autopay::register::list).post(autopay::register::register),
        )
        .route("/v1/mandates/{mandate_id}/consent", post(autopay::consent::begin))
        .route(
            "/v1/mandates/{mandate_id}/consent/complete",
            post(autopay::consent::complete),
        )
        .route(
            "/v1/mandates/{mandate_id}/standing",
            post(autopay::register::change_standing),
        )
        .route("/v1/mandates/{mandate_id}/answers", post(autopay::register::answer))
        .route("/v1/mandates/{mandate_id}/disputes", post(autopay::register::dispute))
        .route("/v1/mandate-decisions", get(autopay::decisions::page))
        .route("/v1/events", get(events::pull))
        .route("/v1/agency-events", post(events::from_agency))
        .route("/v1/instrument-events", post(events::from_bank))
        .route("/v1/consent-events", post(autopay::consent::from_bank))
        .with_state(ctx.clone())
}
