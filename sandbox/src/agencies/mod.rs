//! The agencies: one server for all of them, told apart by their fixtures. No code here names an agency.
//!
//! An agency answers a signed-in person about their own accounts and bills, the hub about a bill that is to be paid, and takes
//! the hub's postings, each bill's once and only once. It knows nothing of tokens' making, of instruments or of money: what it
//! is told is paid, is paid.

pub(crate) mod admin;
mod error;
mod fixture;
mod validate;

pub use admin::{BillChange, BillFilter, NewBill};
pub use error::AgencyError;
pub use fixture::{AgencyFixture, BillKindFixture, Fee, FeeAmount, FixtureError, Holding};

use crate::{context::Ctx, personas::Persona};

/// The agencies' tables; each row says whose it is.
pub(crate) const SCHEMA: &str = "";

/// The agencies that the city has from the beginning, as in `fixtures/agencies`, in the order in which they are shown.
pub(crate) fn built_in() -> Result<Vec<AgencyFixture>, FixtureError> {
    let mut agencies = Vec::new();
    for (file, json) in crate::personas::embedded::AGENCIES {
        agencies.push(
            AgencyFixture::parse(json)
                .map_err(|error| FixtureError::new(format!("{file}: {}", error.field), error.reason))?,
        );
    }
    agencies.sort_by(|a, b| (a.position, &a.agency_id).cmp(&(b.position, &b.agency_id)));
    Ok(agencies)
}

/// The server of one agency, with everything applied but faults.
pub(crate) fn router(_ctx: &Ctx, _agency_id: &str) -> axum::Router {
    axum::Router::new()
}

/// Writes a persona's accounts and bills into every agency that runs. A second time does nothing.
pub(crate) fn seed(_ctx: &Ctx, _persona: &Persona) -> Result<(), AgencyError> {
    Ok(())
}

/// Writes what an agency's fixture holds from the beginning, and what the personas that are loaded have with it. To be called
/// when an agency starts, also one that joins a running city. A second time does nothing.
pub(crate) fn seed_agency(_ctx: &Ctx, _agency_id: &str) -> Result<(), AgencyError> {
    Ok(())
}

/// Tells the gateway of what changed, for as long as the city runs; what it could not tell before a kill it tells after.
/// Spawn it once and abort it at the end.
pub(crate) async fn run_outbox(_ctx: Ctx) {
    std::future::pending::<()>().await;
}
