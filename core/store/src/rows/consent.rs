//! A consent.

use super::parsed;
use crate::{consents::Consent, seal::Broken};
use rabt_domain::{AgencyId, ConsentId, Invalid, Timestamp};
use serde::{Deserialize, Serialize};

/// The table whose payload this is.
pub(crate) const TABLE: &str = "consent";

#[derive(Serialize, Deserialize)]
pub(crate) struct ConsentRow {
    id: String,
    agency: String,
    purposes: Vec<String>,
    granted_ms: i64,
    expires_ms: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    withdrawn_ms: Option<i64>,
}

impl From<&Consent> for ConsentRow {
    fn from(consent: &Consent) -> Self {
        Self {
            id: consent.id.as_str().to_owned(),
            agency: consent.agency.as_str().to_owned(),
            purposes: consent.purposes.clone(),
            granted_ms: consent.granted_at.millis(),
            expires_ms: consent.expires_at.millis(),
            withdrawn_ms: consent.withdrawn_at.map(Timestamp::millis),
        }
    }
}

impl TryFrom<ConsentRow> for Consent {
    type Error = Broken;

    fn try_from(row: ConsentRow) -> Result<Self, Broken> {
        parsed(TABLE, row.into_consent())
    }
}

impl ConsentRow {
    fn into_consent(self) -> Result<Consent, Invalid> {
        Ok(Consent {
            id: ConsentId::parse(self.id)?,
            agency: AgencyId::parse(self.agency)?,
            purposes: self.purposes,
            granted_at: Timestamp::from_millis(self.granted_ms)?,
            expires_at: Timestamp::from_millis(self.expires_ms)?,
            withdrawn_at: self.withdrawn_ms.map(Timestamp::from_millis).transpose()?,
        })
    }
}
