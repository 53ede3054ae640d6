//! Rabt's face: what an app sees of the city, one module a feature, composing the store and the link over the domain's rules.
//!
//! A screen reads the store and never the network: every call that answers a page works offline, and says how old its word is. A
//! command goes to the network and from there into the store, and a [`Watcher`] says which topic changed. What doesn't belong here: a
//! rule about money or time (the domain's), a table (the store's), an HTTP call (the link's).
//!
//! Every call needs a tokio runtime, and every call that changes something is spawned on it and awaited: **dropping a call never drops
//! a payment**. [`RabtError`] is the one error; each of its variants is something that a shell does differently.
//!
//! ```no_run
//! use rabt::{Chosen, Config, Ports, Rabt, RabtError, store::bills::BillQuery};
//! use rabt::domain::{InstrumentKind, PaymentState};
//!
//! # async fn browser(_: rabt::Page) -> String { String::new() }
//! # async fn app(config: Config, secrets: std::sync::Arc<dyn rabt::store::SecretStore>) -> Result<(), RabtError> {
//! // No network is needed: what was stored is there.
//! let rabt = Rabt::open(config, Ports::system(secrets)).await?;
//!
//! // One sign-in. The page is opened in the system's browser; the URL that comes back is handed in.
//! let page = rabt.session().begin_sign_in().await?;
//! rabt.session().complete(&browser(page).await).await?;
//!
//! // The person agrees that the agencies answer, and all are asked at once.
//! rabt.agencies().refresh().await?;
//! let agencies: Vec<_> = rabt.agencies().list().await?.into_iter().map(|view| view.agency.id).collect();
//! rabt.agencies().consent(&agencies).await?;
//! let report = rabt.bills().refresh().await?;
//! println!("{} of {} agencies answered", report.answered(), report.agencies.len());
//!
//! // The screen reads the store, with or without a network.
//! let page = rabt.bills().page(BillQuery::default()).await?;
//! let chosen: Vec<_> = page.bills.iter().map(|stored| Chosen { bill: stored.bill.key.clone(), amount: None }).collect();
//!
//! // A bank account is linked once; then a basket is quoted, confirmed and paid.
//! let page = rabt.instruments().begin_link(InstrumentKind::BankAccount).await?;
//! let account = rabt.instruments().complete_link(&browser(page).await).await?;
//! let quote = rabt.payments().quote(&chosen).await?;
//! let payment = match rabt.payments().pay(&quote.id, &account.id).await {
//!     Err(RabtError::StepUpRequired { acr }) => {
//!         let page = rabt.session().begin_step_up(&acr).await?;
//!         rabt.session().complete(&browser(page).await).await?;
//!         rabt.payments().pay(&quote.id, &account.id).await?
//!     }
//!     other => other?,
//! };
//! assert_ne!(payment.state, PaymentState::Created);
//! # Ok(())
//! # }
//! ```

mod accounts;
mod agencies;
mod autopay;
mod bills;
mod config;
mod core;
mod diagnostics;
mod directory;
mod error;
mod instruments;
mod payments;
mod ports;
mod session;
mod sync;
mod watch;

pub use accounts::Accounts;
pub use agencies::{Agencies, AgencyView, CONSENT_DAYS};
pub use autopay::{
    Autopay, BankConsentState, DecisionPage, DecisionView, Drafted, ForeseenBill, LimitsLeft, MandateDraft,
    MandateView, Preview, Sentence, Suggestion, Upcoming,
};
pub use bills::{AgencyRefresh, Bills, RefreshOutcome, RefreshReport};
pub use config::{AGENCY_DEADLINE_MS_DEFAULT, Config};
pub use diagnostics::{AgencyHealth, Bundle, Diagnostics};
pub use error::{ConflictCode, RabtError, Retry, SignInReason, StorageProblem};
pub use instruments::Instruments;
pub use payments::{Chosen, Payments, ReceiptPage, ReceiptView, VerifiedReceipt};
pub use ports::{Clock, Entropy, Ports, SystemClock, SystemEntropy};
pub use session::{Page, Session, SessionState, SignedOut};
pub use sync::{BUDGET_MIN, Sync, SyncReport};
pub use watch::{Topic, Watcher};

/// The domain's types, as they appear in this face.
pub use rabt_domain as domain;
/// Mandates in JSON, and the engine that decides about them.
pub use rabt_mandate as mandate;
/// The signed envelope: keys for the configuration, the signer's port.
pub use rabt_protocol::jose;
/// The store's types, as they appear in this face: queries, pages, the secret store's port and adapters.
pub use rabt_store as store;

use crate::core::{Core, Shared};
use rabt_link::{Http, HttpConfig};
use rabt_store::{OpenReport, Store, StoreError};
use std::sync::Arc;

/// How long the link waits for a connection, in milliseconds: mobile networks take a second or two, a dead one for ever.
const CONNECT_TIMEOUT_MS: u64 = 5_000;

/// The core, opened. Cheap to clone; clones are the same core. There is one for a folder at a time.
#[derive(Clone)]
pub struct Rabt {
    core: Shared,
}

impl std::fmt::Debug for Rabt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rabt").finish_non_exhaustive()
    }
}

fn http(config: &Config) -> Result<Http, RabtError> {
    let config = HttpConfig {
        extra_roots_pem: config.extra_roots_pem.clone(),
        user_agent: concat!("rabt/", env!("CARGO_PKG_VERSION")).to_owned(),
        connect_timeout_ms: CONNECT_TIMEOUT_MS,
        ..HttpConfig::default()
    };
    Ok(Http::new(&config).map_err(|_| domain::Invalid::new("extra_roots_pem", domain::InvalidReason::Malformed))?)
}

impl Rabt {
    /// Opens the core: the store's files, the directory and the session that are in it. It needs no network.
    ///
    /// What a kill left in the journal is noted; [`Sync::run`] or [`Payments::follow`] finds out what became of it. A lost key or a
    /// damaged file is answered by setting it aside and starting anew, and [`Rabt::opened`] says so.
    ///
    /// # Errors
    /// [`RabtError::InvalidInput`] on a field of the configuration; [`RabtError::Conflict`] with `InUse` where another process has the
    /// folder open; [`RabtError::Storage`].
    pub async fn open(config: Config, ports: Ports) -> Result<Self, RabtError> {
        config.check()?;
        // Roots that can't be used are refused before a file is touched.
        let http = http(&config)?;
        let (dir, secrets, now) = (config.data_dir.clone(), Arc::clone(&ports.secrets), ports.clock.now());
        let own_key = ports.device_signer.is_none();
        // All that is read at an opening is read by one thread in one go: each change of threads costs as much as a row.
        let opened = tokio::task::spawn_blocking(move || {
            let (store, opened) = Store::open(dir, secrets, now)?;
            let device_key = own_key.then(|| session::device_key(&store)).transpose()?;
            let directory = store.directory().load();
            payments::reopen(&store, now)?;
            Ok::<_, StoreError>((store, opened, device_key, directory))
        });
        let (store, opened, device_key, directory) = opened.await.map_err(|_| RabtError::Bug { at: "open" })??;
        let core = Arc::new(Core::new(config, ports, http, store, opened));
        core.take_kept_directory(directory.map_err(Into::into)).await?;
        core.put_session_together(device_key)?;
        Ok(Self { core })
    }

    /// What was found when the store was opened: tell the person where something was set aside.
    pub fn opened(&self) -> &OpenReport {
        &self.core.opened
    }

    /// Signing in and out.
    pub fn session(&self) -> Session {
        Session {
            core: self.core.clone(),
        }
    }

    /// The linked agencies, and what the person agreed to.
    pub fn agencies(&self) -> Agencies {
        Agencies {
            core: self.core.clone(),
        }
    }

    /// What the person holds with them.
    pub fn accounts(&self) -> Accounts {
        Accounts {
            core: self.core.clone(),
        }
    }

    /// Their bills.
    pub fn bills(&self) -> Bills {
        Bills {
            core: self.core.clone(),
        }
    }

    /// What the person pays with.
    pub fn instruments(&self) -> Instruments {
        Instruments {
            core: self.core.clone(),
        }
    }

    /// Paying.
    pub fn payments(&self) -> Payments {
        Payments {
            core: self.core.clone(),
        }
    }

    /// Bills that pay themselves.
    pub fn autopay(&self) -> Autopay {
        Autopay {
            core: self.core.clone(),
        }
    }

    /// Background work.
    pub fn sync(&self) -> Sync {
        Sync {
            core: self.core.clone(),
        }
    }

    /// How the core is.
    pub fn diagnostics(&self) -> Diagnostics {
        Diagnostics {
            core: self.core.clone(),
        }
    }

    /// Learns which topics change from now on.
    pub fn watch(&self) -> Watcher {
        self.core.changes.watch()
    }

    /// Lets go of the database's locks, as an app must before it is suspended (iOS kills one that holds a lock). Until
    /// [`Rabt::resume`] every call is [`RabtError::Conflict`] with `Paused`. Work that is under way is waited for.
    ///
    /// # Errors
    /// [`RabtError::Bug`].
    pub async fn pause(&self) -> Result<(), RabtError> {
        self.core.pause().await
    }

    /// Takes the locks again, and goes on with what is in the files now: another process of the app may have used them meanwhile, and
    /// have renewed or ended the session. Where it fails the core stays paused, and this can be called again.
    ///
    /// # Errors
    /// As [`Rabt::open`].
    pub async fn resume(&self) -> Result<(), RabtError> {
        self.core.resume().await
    }
}
