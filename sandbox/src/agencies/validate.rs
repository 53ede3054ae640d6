//! Whether a fixture is one that the city can run and a client can trust to be well-formed.

use super::fixture::{AgencyFixture, FixtureError};

impl AgencyFixture {
    /// Whether the fixture is sound in itself.
    ///
    /// # Errors
    /// Names the first member that is wrong.
    pub fn validate(&self) -> Result<(), FixtureError> {
        if self.agency_id.is_empty() {
            return Err(FixtureError::new("agency_id", "is empty"));
        }
        Ok(())
    }
}
