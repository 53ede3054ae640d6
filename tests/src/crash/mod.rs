//! Killed anywhere: a phone and a city that are ended at every place at which that could hurt, and go on from their files.
//!
//! The phone is a process of its own (`crash-phone`) that walks through one [`Flow`], the city another (`crash-city`); both count
//! the places that the crates' feature `crash-points` compiles and end themselves at the one that [`Plan`] names. The parent, a
//! test, starts whatever was killed again over the same files, lets the flow be finished, and looks at what both remember.
//! `docs/crash.md` tells it from the outside.

mod autopay;
mod check;
mod children;
mod control;
mod device;
mod flow;
mod ports;
mod prior;
mod trial;

pub mod points;

pub use check::{Finding, FindingKind};
pub use children::Programs;
pub use device::{CityCard, Device};
pub use flow::Flow;
pub use points::Plan;
pub use prior::{Lane, city_in};
pub use trial::{Outcome, Places, Side, Trial, count, run};

/// The person of every flow.
pub const PERSONA: &str = "tenant-family";
/// Names of what lies in a trial's folder.
pub(crate) mod files {
    /// What the phone knows of the city.
    pub(crate) const CARD: &str = "city.json";
    /// The city's state.
    pub(crate) const CITY: &str = "city.db";
    /// The phone's folder.
    pub(crate) const PHONE: &str = "phone";
    /// The phone's secret store.
    pub(crate) const SECRETS: &str = "secrets";
    /// What the operating system holds for the app: the URL that a page led back to.
    pub(crate) const RETURNED: &str = "returned";
}
