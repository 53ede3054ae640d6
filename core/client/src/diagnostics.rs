//! What QA and support may see: how the core is, without anything of a person.

use crate::{RabtError, core::Shared};
use rabt_domain::{Incident, Timestamp};
use rabt_store::OpenReport;

/// How many incidents a bundle holds: the newest say what is wrong now.
const INCIDENTS_MAX: usize = 200;

/// Diagnostics. Cheap to make and to drop.
#[derive(Clone)]
pub struct Diagnostics {
    pub(crate) core: Shared,
}

/// What can be handed to QA. It holds no name, number, amount, bill or token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    /// The version of the core.
    pub version: &'static str,
    /// When it was made.
    pub at: Timestamp,
    /// Whether somebody is signed in.
    pub signed_in: bool,
    /// The directory's version; `None` before the first.
    pub directory_version: Option<u64>,
    /// What was found when the store was opened.
    pub opened: OpenReport,
    /// Each agency's name for machines, when it last answered, and the code of its last failure.
    pub agencies: Vec<AgencyHealth>,
    /// How many payments aren't finished.
    pub payments_unfinished: usize,
    /// Answers that were refused, newest first.
    pub incidents: Vec<Incident>,
}

/// How an agency is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgencyHealth {
    /// Which.
    pub agency: rabt_domain::AgencyId,
    /// When it last answered completely.
    pub succeeded_at: Option<Timestamp>,
    /// How long that took, in milliseconds.
    pub took_ms: Option<u32>,
    /// What went wrong the last time.
    pub error: Option<String>,
}

impl Diagnostics {
    /// The refused answers, newest first, at most `limit`.
    ///
    /// # Errors
    /// [`RabtError::Storage`].
    pub async fn incidents(&self, limit: usize) -> Result<Vec<Incident>, RabtError> {
        self.core.stored(move |store| store.incidents().newest(limit)).await
    }

    /// What can be handed to QA.
    ///
    /// # Errors
    /// [`RabtError::Storage`].
    pub async fn bundle(&self) -> Result<Bundle, RabtError> {
        let signed_in = self.core.keeper()?.current().await?.is_some();
        let (now, opened) = (self.core.now(), self.core.opened.clone());
        let directory_version = self.core.directory.get().map(|signed| signed.directory.version);
        self.core
            .stored(move |store| {
                let health = |entry: rabt_store::freshness::Freshness| AgencyHealth {
                    agency: entry.agency,
                    succeeded_at: entry.succeeded_at,
                    took_ms: entry.took_ms,
                    error: entry.error,
                };
                Ok(Bundle {
                    version: env!("CARGO_PKG_VERSION"),
                    at: now,
                    signed_in,
                    directory_version,
                    opened,
                    agencies: store.freshness().all()?.into_iter().map(health).collect(),
                    payments_unfinished: store.payments().unfinished()?.len(),
                    incidents: store.incidents().newest(INCIDENTS_MAX)?,
                })
            })
            .await
    }
}
