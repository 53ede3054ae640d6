//! The agencies of the city, and those that join it.

use super::{Control, ControlError};
use crate::{agencies::AgencyFixture, context::RunningAgency, server::traffic::Traffic};
use rabt_protocol::Localized;
use serde::{Deserialize, Serialize};

/// An agency that runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgencySummary {
    /// Its identifier.
    pub agency_id: String,
    /// Its name.
    pub name: Localized,
    /// The name that a list shows.
    pub short_name: Localized,
    /// Where it listens, without a trailing slash.
    pub base_url: String,
    /// Where it stands in the directory.
    pub position: u16,
    /// The codes of what it bills, with their names.
    pub bill_kinds: Vec<BillKindSummary>,
}

/// What an agency bills.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillKindSummary {
    /// The agency's own code.
    pub code: String,
    /// What a person reads.
    pub name: Localized,
}

impl From<&RunningAgency> for AgencySummary {
    fn from(agency: &RunningAgency) -> Self {
        let fixture = &agency.fixture;
        Self {
            agency_id: fixture.agency_id.clone(),
            name: fixture.name.clone(),
            short_name: fixture.short_name.clone(),
            base_url: agency.base_url.clone(),
            position: fixture.position,
            bill_kinds: fixture
                .bill_kinds
                .iter()
                .map(|kind| BillKindSummary {
                    code: kind.code.clone(),
                    name: kind.name.clone(),
                })
                .collect(),
        }
    }
}

impl Control {
    /// The agencies that run, in the directory's order.
    pub fn agencies(&self) -> Vec<AgencySummary> {
        let mut agencies: Vec<AgencySummary> = self.ctx().agencies().values().map(AgencySummary::from).collect();
        agencies.sort_by(|a, b| (a.position, &a.agency_id).cmp(&(b.position, &b.agency_id)));
        agencies
    }

    /// What went over a party's sockets since the city started: `identity`, `gateway`, `bank` or an agency's identifier.
    pub fn traffic(&self, party: &str) -> Traffic {
        self.ctx().meters.of(party).read()
    }

    /// An agency joins the running city: its server starts on a port of its own, and the directory's version rises. It stays
    /// across restarts. `fixture_json` is what an agency is, as in the sandbox's `fixtures/agencies`.
    ///
    /// # Errors
    /// [`ControlError::Invalid`] names the member of the fixture that is at fault.
    pub async fn add_agency(&self, fixture_json: &str) -> Result<AgencySummary, ControlError> {
        let fixture = AgencyFixture::parse(fixture_json).map_err(|error| ControlError::Invalid {
            field: error.field,
            reason: error.reason,
        })?;
        self.join(fixture).await
    }

    pub(super) async fn join(&self, fixture: AgencyFixture) -> Result<AgencySummary, ControlError> {
        Ok(AgencySummary::from(&self.running.join(fixture).await?))
    }
}
