//! Starting and stopping the whole city.

mod config;
mod error;

pub use config::CityConfig;
pub use error::CityError;

/// A running city.
pub struct City {}
