//! A shell: what an app gives the library, and a person in front of it.

use rabt_ffi::{
    BillQuery, ChosenBill, Clock, Config, DpopSigner, InstrumentKind, Language, PortError, Rabt, RabtError,
    SecretStore, Session, open_rabt,
};
use rabt_tests::Town;
use std::{
    collections::HashMap,
    path::Path,
    sync::{Arc, Condvar, Mutex},
    time::Duration,
};
use tempfile::TempDir;

/// Who lives in these stories.
pub(crate) const PERSONA: &str = "tenant-family";

/// Secrets in memory.
#[derive(Default)]
pub(crate) struct MemorySecrets {
    kept: Mutex<HashMap<String, Vec<u8>>>,
}

impl SecretStore for MemorySecrets {
    fn get(&self, name: String) -> Result<Option<Vec<u8>>, PortError> {
        Ok(self.kept.lock().unwrap().get(&name).cloned())
    }

    fn put(&self, name: String, secret: Vec<u8>) -> Result<(), PortError> {
        self.kept.lock().unwrap().insert(name, secret);
        Ok(())
    }

    fn delete(&self, name: String) -> Result<(), PortError> {
        self.kept.lock().unwrap().remove(&name);
        Ok(())
    }
}

/// An app on a device of its own.
pub(crate) struct App {
    /// Its folder.
    pub(crate) dir: TempDir,
    /// Where its key is.
    pub(crate) secrets: Arc<dyn SecretStore>,
    /// Its core.
    pub(crate) rabt: Arc<Rabt>,
}

impl App {
    /// Opened for the first time.
    pub(crate) async fn open(town: &Town) -> Self {
        Self::open_with(town, Arc::new(MemorySecrets::default()), None, None)
            .await
            .expect("the core opens")
    }

    /// The same with ports of the test's own.
    pub(crate) async fn open_with(
        town: &Town,
        secrets: Arc<dyn SecretStore>,
        signer: Option<Arc<dyn DpopSigner>>,
        clock: Option<Arc<dyn Clock>>,
    ) -> Result<Self, RabtError> {
        let dir = TempDir::new().expect("a temporary folder");
        let rabt = open_rabt(config(town, dir.path()), Arc::clone(&secrets), signer, clock).await?;
        Ok(Self { dir, secrets, rabt })
    }

    /// Opened, signed in, every agency agreed to and asked.
    pub(crate) async fn with_bills(town: &Town) -> Self {
        let app = Self::open(town).await;
        app.sign_in(town).await;
        app.rabt.agencies().refresh().await.expect("a directory");
        let agencies = app.rabt.agencies().list().await.expect("a list");
        let ids = agencies.into_iter().map(|agency| agency.id).collect();
        app.rabt.agencies().consent(ids).await.expect("consents are kept");
        app.rabt.bills().refresh().await.expect("a refresh");
        app
    }

    /// Signs the person in.
    pub(crate) async fn sign_in(&self, town: &Town) {
        let page = self.rabt.session().begin_sign_in().await.expect("a page");
        complete(town, &self.rabt.session(), &page, false).await;
    }

    /// Steps the person up.
    pub(crate) async fn step_up(&self, town: &Town, acr: &str) {
        let page = self.rabt.session().begin_step_up(acr.to_owned()).await.expect("a page");
        complete(town, &self.rabt.session(), &page, true).await;
    }

    /// Links an instrument, and names it.
    pub(crate) async fn link(&self, town: &Town, kind: InstrumentKind) -> String {
        let page = self.rabt.instruments().begin_link(kind).await.expect("a page");
        let url = town
            .city()
            .approve_at_bank(&page, PERSONA)
            .await
            .expect("the bank's page works");
        self.rabt
            .instruments()
            .complete_link(url)
            .await
            .expect("it is linked")
            .id
    }

    /// The open bills that can be paid, as a basket takes them.
    pub(crate) async fn payable(&self) -> Vec<ChosenBill> {
        let page = self.rabt.bills().page(all_open()).await.expect("a page");
        let payable = page.bills.into_iter().filter(|bill| bill.payable);
        payable
            .map(|bill| ChosenBill {
                bill: bill.key,
                amount: None,
            })
            .collect()
    }
}

async fn complete(town: &Town, session: &Session, page: &str, step_up: bool) {
    let url = town
        .city()
        .sign_in_as(page, PERSONA, step_up)
        .await
        .expect("the page works");
    session.complete(url).await.expect("the sign-in succeeds");
}

/// What an app for this city is built with.
pub(crate) fn config(town: &Town, dir: &Path) -> Config {
    let config = town.config(dir);
    Config {
        data_dir: dir.to_str().expect("the folder's name is text").to_owned(),
        gateway_url: config.gateway_url,
        issuer: config.issuer,
        client_id: config.client_id,
        redirect_uri: config.redirect_uri,
        instrument_return_uri: config.instrument_return_uri,
        directory_keys_json: serde_json::to_string(&config.directory_keys).expect("keys are JSON"),
        extra_roots_pem: config.extra_roots_pem,
        language: Language::En,
        agency_deadline_ms: 3_000,
    }
}

/// The first page of all that is open.
pub(crate) fn all_open() -> BillQuery {
    BillQuery {
        agency_ids: Vec::new(),
        kinds: Vec::new(),
        standing: None,
        due_from: None,
        due_to: None,
        account: None,
        search: None,
        order: None,
        cursor: None,
        limit: 200,
    }
}

/// What a call was refused with.
#[track_caller]
pub(crate) fn refused<T>(result: Result<T, RabtError>) -> RabtError {
    result.err().expect("it is refused")
}

/// Waits, woken by nobody, until something is so.
///
/// # Panics
/// Where it isn't within half a minute, which is far beyond what anything here takes.
pub(crate) async fn until(what: &str, is_so: impl AsyncFn() -> bool) {
    let awaited = async {
        while !is_so().await {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    assert!(
        tokio::time::timeout(UNTIL_WITHIN, awaited).await.is_ok(),
        "waited too long until {what}"
    );
}

const UNTIL_WITHIN: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// A door at which a port of the shell stays until it is opened.
#[derive(Default)]
pub(crate) struct Door {
    waiting: Mutex<usize>,
    open: Mutex<bool>,
    opened: Condvar,
}

impl Door {
    /// Stays until the door is open.
    pub(crate) fn pass(&self) {
        *self.waiting.lock().unwrap() += 1;
        let mut open = self.open.lock().unwrap();
        while !*open {
            open = self.opened.wait(open).unwrap();
        }
    }

    /// How many came to it so far.
    pub(crate) fn came(&self) -> usize {
        *self.waiting.lock().unwrap()
    }

    /// Opens it for good.
    pub(crate) fn open(&self) {
        *self.open.lock().unwrap() = true;
        self.opened.notify_all();
    }
}
