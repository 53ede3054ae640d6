//! A phone in somebody's hand: the real client on a folder and a secret store of its own.

use crate::Town;
use rabt::{
    Chosen, Clock, Config, Ports, Rabt, RabtError, SessionState, SystemClock, SystemEntropy,
    domain::{Bill, Instrument, InstrumentId, InstrumentKind, Payment, Timestamp},
    store::{MemorySecretStore, bills::BillQuery},
};
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};
use tempfile::TempDir;

/// The phone's clock: the machine's and an offset that a test sets.
#[derive(Debug, Default)]
pub struct PhoneClock {
    ahead_ms: AtomicI64,
}

impl PhoneClock {
    /// Moves it.
    pub fn advance_seconds(&self, seconds: i64) {
        self.ahead_ms.fetch_add(seconds * 1000, Ordering::SeqCst);
    }
}

impl Clock for PhoneClock {
    fn now(&self) -> Timestamp {
        let moved = SystemClock.now().millis() + self.ahead_ms.load(Ordering::SeqCst);
        Timestamp::from_millis(moved).unwrap_or(Timestamp::EPOCH)
    }
}

/// See the module.
pub struct Phone {
    /// Its folder.
    pub dir: TempDir,
    /// Its clock.
    pub clock: Arc<PhoneClock>,
    /// Where its key is.
    pub secrets: Arc<MemorySecretStore>,
    /// What its app was built with.
    pub config: Config,
    rabt: Option<Rabt>,
}

impl Phone {
    pub(crate) async fn new(town: &Town) -> Self {
        let dir = TempDir::new().expect("a temporary folder");
        let config = town.config(dir.path());
        let mut phone = Self {
            dir,
            clock: Arc::default(),
            secrets: Arc::new(MemorySecretStore::default()),
            config,
            rabt: None,
        };
        phone.open().await.expect("the core opens");
        phone
    }

    /// What the app gives its core.
    pub fn ports(&self) -> Ports {
        Ports {
            clock: self.clock.clone(),
            entropy: Arc::new(SystemEntropy::default()),
            secrets: self.secrets.clone(),
            device_signer: None,
        }
    }

    /// Opens the app.
    pub async fn open(&mut self) -> Result<(), RabtError> {
        self.rabt = Some(Rabt::open(self.config.clone(), self.ports()).await?);
        Ok(())
    }

    /// Closes the app: drops its core, whatever it is doing.
    pub fn close(&mut self) {
        self.rabt = None;
    }

    /// The core.
    pub fn rabt(&self) -> &Rabt {
        self.rabt.as_ref().expect("the app is open")
    }

    /// Signs somebody in, as a browser with the person in front of it would.
    pub async fn sign_in(&self, town: &Town, persona: &str) -> Result<SessionState, RabtError> {
        let page = self.rabt().session().begin_sign_in().await?;
        let url = town
            .city()
            .sign_in_as(page.url.as_str(), persona, false)
            .await
            .expect("the page works");
        self.rabt().session().complete(&url).await
    }

    /// Raises the assurance level.
    pub async fn step_up(&self, town: &Town, persona: &str, acr: &str) -> Result<SessionState, RabtError> {
        let page = self.rabt().session().begin_step_up(acr).await?;
        let url = town
            .city()
            .sign_in_as(page.url.as_str(), persona, true)
            .await
            .expect("the page works");
        self.rabt().session().complete(&url).await
    }

    /// Agrees to every agency of the directory.
    pub async fn consent_to_all(&self) {
        self.rabt().agencies().refresh().await.expect("a directory");
        let agencies: Vec<_> = self
            .rabt()
            .agencies()
            .list()
            .await
            .expect("a list")
            .into_iter()
            .map(|view| view.agency.id)
            .collect();
        self.rabt()
            .agencies()
            .consent(&agencies)
            .await
            .expect("consents are kept");
    }

    /// Links an instrument at the bank's or processor's page.
    pub async fn link(&self, town: &Town, persona: &str, kind: InstrumentKind) -> Instrument {
        let page = self.rabt().instruments().begin_link(kind).await.expect("a page");
        let url = town
            .city()
            .approve_at_bank(page.url.as_str(), persona)
            .await
            .expect("the bank's page works");
        self.rabt()
            .instruments()
            .complete_link(&url)
            .await
            .expect("the instrument is linked")
    }

    /// Every bill that a query finds, over all its pages.
    pub async fn bills(&self, query: BillQuery) -> Vec<Bill> {
        let mut bills = Vec::new();
        let mut query = BillQuery { limit: 200, ..query };
        loop {
            let page = self.rabt().bills().page(query.clone()).await.expect("a page");
            bills.extend(page.bills.into_iter().map(|stored| stored.bill));
            match page.next {
                Some(next) => query.cursor = Some(next),
                None => return bills,
            }
        }
    }

    /// The open bills.
    pub async fn open_bills(&self) -> Vec<Bill> {
        self.bills(BillQuery::default()).await
    }

    /// Quotes bills and pays what is payable.
    pub async fn pay(&self, bills: &[&Bill], instrument: &InstrumentId) -> Result<Payment, RabtError> {
        let quote = self.rabt().payments().quote(&chosen(bills)).await?;
        self.rabt().payments().pay(&quote.id, instrument).await
    }
}

/// The bills as a basket takes them, each at what is owed.
pub fn chosen(bills: &[&Bill]) -> Vec<Chosen> {
    bills
        .iter()
        .map(|bill| Chosen {
            bill: bill.key.clone(),
            amount: None,
        })
        .collect()
}
