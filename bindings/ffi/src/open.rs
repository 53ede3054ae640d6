//! Opening and closing the core.

use crate::{
    accounts::Accounts,
    agencies::Agencies,
    autopay::Autopay,
    bills::Bills,
    core::Core,
    diagnostics::Diagnostics,
    error::RabtError,
    instruments::Instruments,
    payments::Payments,
    ports::{Clock, DpopSigner, SecretStore, ShellClock, ShellSecrets, ShellSigner},
    runtime,
    session::Session,
    sync::Sync,
    values::{Language, millis},
    watch::{self, ChangeListener, Watch},
};
use rabt::{
    Ports,
    domain::{Invalid, InvalidReason},
    jose::{JwkSet, Signer},
    store,
};
use std::sync::Arc;

/// What a city app is built with. It holds nothing that belongs to a person.
#[derive(Clone, uniffi::Record)]
pub struct Config {
    /// The folder of the core's files, which is made if it is missing. It belongs to the core alone; keep it out of the backup.
    pub data_dir: String,
    /// The gateway's base URL, `https`.
    pub gateway_url: String,
    /// The identity provider's issuer, `https`.
    pub issuer: String,
    /// The app's client identifier with the provider.
    pub client_id: String,
    /// Where the provider sends the browser back to: a scheme of the app's own, an app link, or a loopback address (RFC 8252).
    pub redirect_uri: String,
    /// Where a bank's or card processor's page sends the browser back to; the same kinds.
    pub instrument_return_uri: String,
    /// The keys that may sign the city's directory, as a JSON Web Key Set (RFC 7517): `{"keys": […]}`. The trust of everything else
    /// follows from them, so they are built into the app.
    pub directory_keys_json: String,
    /// Certificates (PEM) that are trusted beside the platform's: a sandbox's. None in an app that is shipped.
    #[uniffi(default = [])]
    pub extra_roots_pem: Vec<String>,
    /// The language of the provider's pages.
    pub language: Language,
    /// How long a refresh waits for one agency, in milliseconds, from 1 to 120,000.
    #[uniffi(default = 10000)]
    pub agency_deadline_ms: i64,
}

impl Config {
    fn check(self) -> Result<rabt::Config, RabtError> {
        let keys: JwkSet = serde_json::from_str(&self.directory_keys_json)
            .map_err(|_| Invalid::new("directory_keys_json", InvalidReason::Malformed))?;
        let deadline = millis(self.agency_deadline_ms, "agency_deadline_ms")?;
        Ok(rabt::Config {
            data_dir: self.data_dir.into(),
            gateway_url: self.gateway_url,
            issuer: self.issuer,
            client_id: self.client_id,
            redirect_uri: self.redirect_uri,
            instrument_return_uri: self.instrument_return_uri,
            directory_keys: keys,
            extra_roots_pem: self.extra_roots_pem,
            language: self.language.into(),
            agency_deadline_ms: u64::try_from(deadline.as_millis()).unwrap_or(u64::MAX),
        })
    }
}

/// Opens the core: its files, and the session that is in them. It needs no network. There is one for a folder at a time.
///
/// `secrets` keeps the master key. `signer` is the device's own key, if the app gives one; the core makes one otherwise. `clock` is for
/// tests. A lost key or a damaged file is answered by setting it aside and starting anew, and `Rabt.opened` says so.
///
/// Throws `InvalidInput` on a field of the configuration or on `signer.public_key`; `Conflict` with `InUse` where the folder is open
/// already; `Storage`, of which `SecretStoreUnavailable` means that the device is locked: try again once it isn't.
#[uniffi::export(default(signer = None, clock = None))]
pub async fn open_rabt(
    config: Config,
    secrets: Arc<dyn SecretStore>,
    signer: Option<Arc<dyn DpopSigner>>,
    clock: Option<Arc<dyn Clock>>,
) -> Result<Arc<Rabt>, RabtError> {
    runtime::run(async move {
        let config = config.check()?;
        let mut ports = Ports::system(Arc::new(ShellSecrets(secrets)));
        if let Some(clock) = clock {
            ports.clock = Arc::new(ShellClock(clock));
        }
        if let Some(signer) = signer {
            let signer: Arc<dyn Signer> = Arc::new(ShellSigner::new(signer)?);
            ports.device_signer = Some(signer);
        }
        let rabt = rabt::Rabt::open(config, ports).await?;
        let opened = rabt.opened().into();
        Ok(Arc::new(Rabt {
            core: Core::new(rabt),
            opened,
        }))
    })
    .await
}

/// The core, opened. Its features are objects of their own, cheap to ask for; each works until the core is closed, and throws
/// `Conflict` with `Closed` from then on.
#[derive(uniffi::Object)]
pub struct Rabt {
    core: Core,
    opened: OpenReport,
}

#[uniffi::export]
impl Rabt {
    /// What was found when the core was opened: tell the person where something was set aside.
    pub fn opened(&self) -> OpenReport {
        self.opened.clone()
    }

    /// Signing in and out.
    pub fn session(&self) -> Arc<Session> {
        Arc::new(Session(self.core.clone()))
    }

    /// The linked agencies, and what the person agreed to.
    pub fn agencies(&self) -> Arc<Agencies> {
        Arc::new(Agencies(self.core.clone()))
    }

    /// What the person holds with the agencies.
    pub fn accounts(&self) -> Arc<Accounts> {
        Arc::new(Accounts(self.core.clone()))
    }

    /// The person's bills.
    pub fn bills(&self) -> Arc<Bills> {
        Arc::new(Bills(self.core.clone()))
    }

    /// What the person pays with.
    pub fn instruments(&self) -> Arc<Instruments> {
        Arc::new(Instruments(self.core.clone()))
    }

    /// Bills that pay themselves.
    pub fn autopay(&self) -> Arc<Autopay> {
        Arc::new(Autopay(self.core.clone()))
    }

    /// Paying.
    pub fn payments(&self) -> Arc<Payments> {
        Arc::new(Payments(self.core.clone()))
    }

    /// Background work.
    pub fn sync(&self) -> Arc<Sync> {
        Arc::new(Sync(self.core.clone()))
    }

    /// How the core is.
    pub fn diagnostics(&self) -> Arc<Diagnostics> {
        Arc::new(Diagnostics(self.core.clone()))
    }

    /// Tells `listener` which topics change from now on, until the watch that is returned is stopped or let go of, or the core closed.
    ///
    /// Throws `Conflict` with `Closed`.
    pub fn watch(&self, listener: Arc<dyn ChangeListener>) -> Result<Arc<Watch>, RabtError> {
        watch::begin(self.core.get()?.watch(), listener)
    }

    /// Lets go of the files' locks, as an app must before it is suspended (iOS kills one that holds a lock). Work that is under way is
    /// waited for. Until `resume` every call throws `Conflict` with `Paused`. Pausing twice does nothing more.
    ///
    /// Throws `Conflict` with `Closed`; `Bug`.
    pub async fn pause(&self) -> Result<(), RabtError> {
        self.core.call(|rabt| async move { Ok(rabt.pause().await?) }).await
    }

    /// Takes the locks again, and goes on with what is in the files now: an extension of the app may have used them meanwhile. Where it
    /// fails the core stays paused, and this can be called again.
    ///
    /// Throws what `openRabt` does.
    pub async fn resume(&self) -> Result<(), RabtError> {
        self.core.call(|rabt| async move { Ok(rabt.resume().await?) }).await
    }

    /// Closes the core: from now on every call of it and of its features throws `Conflict` with `Closed`, and its watches end. What is
    /// under way goes on to its end, a payment too, and only then the folder can be opened again. Closing twice does nothing, and a core
    /// that is let go of without this closes by itself.
    pub fn shut_down(&self) {
        self.core.close();
    }
}

/// What was found when the core was opened.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct OpenReport {
    /// The master key.
    pub key: KeyState,
    /// The cache, which a refresh brings back.
    pub cache: CacheState,
    /// The ledger: payments, receipts, consents.
    pub ledger: LedgerState,
}

/// What was found of the master key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum KeyState {
    /// It is the one that the files were written with.
    Existing,
    /// There were neither key nor files: a first start, or the first after a sign-out.
    Created,
    /// The files were written with a key that is gone. They were set aside, and the person signs in again.
    LostAndReplaced,
}

/// What was found of the cache. All but `Healthy` mean that it is empty: refresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum CacheState {
    /// Nothing is wrong.
    Healthy,
    /// It was damaged.
    Damaged,
    /// It was written with another key.
    OtherKey,
    /// It was gone, and the ledger is there.
    Missing,
    /// It wasn't known whose it is.
    OwnerUnknown,
}

/// What was found of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum LedgerState {
    /// Nothing is wrong.
    Healthy,
    /// It is damaged and lies beside a new one, untouched.
    Damaged {
        /// What it is called now, in the data folder.
        file_name: String,
    },
    /// It was written with a key that is gone, and lies beside a new one, untouched.
    KeyLost {
        /// What it is called now, in the data folder.
        file_name: String,
    },
    /// It is gone although the key and the cache are there: somebody removed it.
    Missing,
}

impl From<&store::OpenReport> for OpenReport {
    fn from(report: &store::OpenReport) -> Self {
        use store::{CacheReport, HealReason, KeyReport, LedgerReport, SetAsideReason};
        Self {
            key: match report.key {
                KeyReport::Existing => KeyState::Existing,
                KeyReport::Created => KeyState::Created,
                KeyReport::LostAndReplaced => KeyState::LostAndReplaced,
            },
            cache: match report.cache {
                CacheReport::Healthy => CacheState::Healthy,
                CacheReport::Healed { reason } => match reason {
                    HealReason::Damaged => CacheState::Damaged,
                    HealReason::OtherKey => CacheState::OtherKey,
                    HealReason::Missing => CacheState::Missing,
                    HealReason::OwnerUnknown => CacheState::OwnerUnknown,
                },
            },
            ledger: match &report.ledger {
                LedgerReport::Healthy => LedgerState::Healthy,
                LedgerReport::Missing => LedgerState::Missing,
                LedgerReport::SetAside { file_name, reason } => {
                    let file_name = file_name.clone();
                    match reason {
                        SetAsideReason::Damaged => LedgerState::Damaged { file_name },
                        SetAsideReason::KeyLost => LedgerState::KeyLost { file_name },
                    }
                }
            },
        }
    }
}
