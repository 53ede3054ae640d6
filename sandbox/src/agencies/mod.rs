//! The agencies: one server for all of them, told apart by their fixtures. No code here names an agency.
//!
//! An agency answers a signed-in person about their own accounts and bills, the hub about a bill that is to be paid, and takes
//! the hub's postings, each bill's once and only once. It knows nothing of how tokens are made, of instruments or of money: what
//! it is told is paid, is paid.
//!
//! `fixture` says what an agency is, `validate` whether that is sound, `issue` how a bill is made of it; `consent` and `settle`
//! are the rules that guard people and money; `store` remembers, `routes` speaks HTTP, `outbox` tells the gateway, `admin` is
//! control's way in.

pub(crate) mod admin;
pub(crate) mod check;
mod consent;
mod error;
mod faulty;
mod fixture;
mod issue;
pub(crate) mod late;
mod limits;
mod outbox;
mod purpose;
mod routes;
mod schema;
mod seed;
mod settle;
mod store;
mod validate;

#[cfg(test)]
mod tests;

#[cfg(test)]
pub(crate) use tests::{DAY as DAY_FOR_TESTS, issued as issued_for_tests};

pub use admin::{BillChange, BillFilter, NewBill};
pub use error::AgencyError;
pub use fixture::{AgencyFixture, BillKindFixture, Fee, FeeAmount, FixtureError, Holding};
pub use late::LateFees;
pub(crate) use outbox::run_outbox;
pub(crate) use routes::router;
pub(crate) use schema::SCHEMA;
pub(crate) use seed::{seed, seed_agency};

/// The agencies that the city has from the beginning, as in `fixtures/agencies`, in the order in which they are shown.
pub(crate) fn built_in() -> Result<Vec<AgencyFixture>, FixtureError> {
    let parse = |(file, json): &(&str, &str)| {
        AgencyFixture::parse(json).map_err(|error| FixtureError::new(format!("{file}: {}", error.field), error.reason))
    };
    let mut agencies = crate::personas::embedded::AGENCIES
        .iter()
        .map(parse)
        .collect::<Result<Vec<_>, _>>()?;
    agencies.sort_by(|a, b| (a.position, &a.agency_id).cmp(&(b.position, &b.agency_id)));
    Ok(agencies)
}
