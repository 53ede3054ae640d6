//! What QA and support may see: how the core is, without anything of a person.

use crate::{
    core::Core,
    error::RabtError,
    open::OpenReport,
    values::{Timestamp, count, size},
};
use rabt::domain;

/// How the core is, for QA and support.
#[derive(uniffi::Object)]
pub struct Diagnostics(pub(crate) Core);

/// What can be handed to QA. It holds no name, number, amount, bill or token.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct DiagnosticsBundle {
    /// The version of the core.
    pub version: String,
    /// When it was made.
    pub at: Timestamp,
    /// Whether somebody is signed in.
    pub signed_in: bool,
    /// The directory's version; none before the first.
    pub directory_version: Option<i64>,
    /// What was found when the core was opened.
    pub opened: OpenReport,
    /// How each agency is doing.
    pub agencies: Vec<AgencyHealth>,
    /// How many payments aren't finished.
    pub payments_unfinished: i32,
    /// Answers that were refused, newest first.
    pub incidents: Vec<Incident>,
}

/// How an agency is doing.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct AgencyHealth {
    /// Which agency.
    pub agency_id: String,
    /// When it last answered completely.
    pub succeeded_at: Option<Timestamp>,
    /// How long that took, in milliseconds.
    pub took_ms: Option<i64>,
    /// What went wrong the last time, as a stable code.
    pub error: Option<String>,
}

/// An answer that the core refused to believe. None of what was said is in it.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Incident {
    /// Whose answer; none for the gateway's or the identity provider's.
    pub agency_id: Option<String>,
    /// What was wrong, as a stable code: `another_person`, `bad_signature`, `too_much`.
    pub code: String,
    /// When it was refused.
    pub at: Timestamp,
}

#[uniffi::export]
impl Diagnostics {
    /// The refused answers, newest first, at most `limit`.
    ///
    /// Throws `InvalidInput` on `limit`; `Storage`.
    #[uniffi::method(default(limit = 50))]
    pub async fn incidents(&self, limit: i32) -> Result<Vec<Incident>, RabtError> {
        self.0
            .call(move |rabt| async move {
                let incidents = rabt.diagnostics().incidents(size(limit, "limit")?).await?;
                Ok(incidents.iter().map(Incident::from).collect())
            })
            .await
    }

    /// What can be handed to QA.
    ///
    /// Throws `Storage`.
    pub async fn bundle(&self) -> Result<DiagnosticsBundle, RabtError> {
        self.0
            .call(|rabt| async move { Ok(rabt.diagnostics().bundle().await?.into()) })
            .await
    }
}

impl From<rabt::Bundle> for DiagnosticsBundle {
    fn from(bundle: rabt::Bundle) -> Self {
        Self {
            version: bundle.version.to_owned(),
            at: bundle.at.into(),
            signed_in: bundle.signed_in,
            directory_version: bundle
                .directory_version
                .map(|version| i64::try_from(version).unwrap_or(i64::MAX)),
            opened: OpenReport::from(&bundle.opened),
            agencies: bundle.agencies.into_iter().map(AgencyHealth::from).collect(),
            payments_unfinished: count(bundle.payments_unfinished),
            incidents: bundle.incidents.iter().map(Incident::from).collect(),
        }
    }
}

impl From<rabt::AgencyHealth> for AgencyHealth {
    fn from(health: rabt::AgencyHealth) -> Self {
        Self {
            agency_id: health.agency.as_str().to_owned(),
            succeeded_at: health.succeeded_at.map(Timestamp::from),
            took_ms: health.took_ms.map(i64::from),
            error: health.error,
        }
    }
}

impl From<&domain::Incident> for Incident {
    fn from(incident: &domain::Incident) -> Self {
        Self {
            agency_id: incident.agency.as_ref().map(|agency| agency.as_str().to_owned()),
            code: incident.kind.code().to_owned(),
            at: incident.at.into(),
        }
    }
}
