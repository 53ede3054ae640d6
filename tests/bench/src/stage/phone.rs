//! The client, as an app has it: real files, its own threads, a person who has signed in and agreed to the made agencies.

use super::{PERSONA, city::City};
use crate::harness::Outcome;
use rabt::{
    Ports, Rabt, RefreshOutcome,
    domain::AgencyId,
    store::{MemorySecretStore, bills::PassCounts},
};
use rabt_sandbox::browser::{Browser, Intent};
use std::{sync::Arc, time::Instant};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

/// As many threads as a phone's app gives the core.
const WORKERS: usize = 2;
/// Where the made agencies' names begin.
const MADE: &str = "made-";

/// See the module.
pub(crate) struct Phone {
    runtime: Runtime,
    secrets: Arc<MemorySecretStore>,
    rabt: Option<Rabt>,
    config: rabt::Config,
    folder: TempDir,
}

impl Phone {
    /// A new one, on which the person has signed in and agreed; no bill is known yet.
    ///
    /// # Errors
    /// Where something of that fails.
    pub(crate) fn of(city: &City) -> Outcome<Self> {
        let folder = tempfile::Builder::new().prefix("rabt-bench-").tempdir()?;
        let mut phone = Self {
            runtime: Builder::new_multi_thread()
                .worker_threads(WORKERS)
                .enable_all()
                .build()?,
            secrets: Arc::new(MemorySecretStore::default()),
            rabt: None,
            config: city.config(folder.path()),
            folder,
        };
        phone.open()?;
        let rabt = phone.rabt()?.clone();
        phone.runtime.block_on(async {
            let page = rabt.session().begin_sign_in().await?;
            let mut browser = Browser::new(city.ca_pem())?;
            let back = browser.visit(page.url.as_str(), PERSONA, Intent::Approve).await?;
            rabt.session().complete(&back).await?;
            rabt.agencies().refresh().await?;
            let agencies = rabt.agencies().list().await?.into_iter().map(|view| view.agency.id);
            let made: Vec<AgencyId> = agencies.filter(|id| id.as_str().starts_with(MADE)).collect();
            if made.len() != city.agency_urls().len() {
                return Err(format!("the directory names {} made agencies", made.len()).into());
            }
            rabt.agencies().consent(&made).await?;
            Outcome::Ok(())
        })?;
        Ok(phone)
    }

    /// Closes the app and opens it again: what is in memory, connections too, is gone.
    ///
    /// # Errors
    /// Where it doesn't open.
    pub(crate) fn open(&mut self) -> Outcome<()> {
        self.rabt = None;
        let ports = Ports::system(self.secrets.clone());
        self.rabt = Some(self.runtime.block_on(Rabt::open(self.config.clone(), ports))?);
        Ok(())
    }

    /// The core.
    pub(crate) fn rabt(&self) -> Outcome<&Rabt> {
        Ok(self.rabt.as_ref().ok_or("the app is closed")?)
    }

    /// Where its files are.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Asks all agencies for all bills, as a person who pulls the list down does. How long it took, in seconds, and what came of it.
    ///
    /// # Errors
    /// Where an agency didn't answer.
    pub(crate) fn refresh(&self) -> Outcome<(f64, Came)> {
        let rabt = self.rabt()?;
        let begun = Instant::now();
        let report = self.runtime.block_on(rabt.bills().refresh())?;
        let took = begun.elapsed().as_secs_f64();
        let mut came = Came::default();
        for agency in report.agencies {
            let name = agency.agency;
            match agency
                .outcome
                .map_err(|error| format!("{}: {error:?}", name.as_str()))?
            {
                RefreshOutcome::Unchanged => came.unchanged += 1,
                RefreshOutcome::Answered(PassCounts { new, changed, gone }) => {
                    came.answered += 1;
                    came.new += new;
                    came.changed += changed + gone;
                }
            }
        }
        Ok((took, came))
    }
}

/// What came of a refresh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Came {
    /// Agencies that said their bills.
    pub(crate) answered: usize,
    /// Agencies that said that nothing has changed.
    pub(crate) unchanged: usize,
    /// New bills.
    pub(crate) new: u32,
    /// Changed bills, and those that went.
    pub(crate) changed: u32,
}
