//! The simulated city: an identity provider, a gateway, agencies and a bank, each on a loopback port of its own with TLS from
//! a throw-away CA, sharing one clock and one database but talking to each other over sockets only.
//!
//! It is what every test of Rabt runs against and what QA drives by hand. It is a reference implementation of the wire too, so
//! it takes the protocol seriously; it knows nothing of the client. Everybody in it is fictional.

mod agencies;
mod bank;
pub mod browser;
mod city;
mod clock;
mod console;
mod context;
mod control;
mod crash;
mod gateway;
mod identity;
mod personas;
mod server;
mod state;

pub use agencies::{
    AgencyError, AgencyFixture, BillChange, BillFilter, BillKindFixture, Fee, FeeAmount, FixtureError, Holding,
    LateFees, NewBill,
};
pub use bank::Books;
pub use city::{City, CityConfig, CityError};
pub use control::{AgencySummary, BillKindSummary, ClockReading, Control, ControlError, PersonaSummary};
#[cfg(feature = "crash-points")]
pub use crash::on_crash_point;
pub use gateway::Cheat;
pub use identity::{IdentityError, IdentitySettings, Offer, Tamper};
pub use personas::{
    BillSeries, Persona, PersonaAccount, PersonaBank, PersonaBill, PersonaCard, PersonaLine, PersonaPaid,
    RelativePeriod, SeriesLine,
};
pub use server::{
    faults::{ActiveFault, Fault, FaultKind},
    traffic::Traffic,
};
