//! A phone in somebody's hand: the real client on a folder and a secret store of its own.

use crate::Town;
use rabt::{
    Chosen, Clock, Config, Ports, Rabt, RabtError, RefreshOutcome, RefreshReport, SessionState, SystemClock,
    SystemEntropy,
    domain::{
        AgencyId, Bill, BillId, BillKey, IncidentKind, Instrument, InstrumentId, InstrumentKind, Payment, Quote,
        Timestamp,
    },
    jose::Signer,
    store::{
        MemorySecretStore, SecretStore, Store,
        bills::{BillQuery, Standing},
        freshness::Freshness,
        payments::QueuedOutcome,
        session::StoredSession,
    },
};
use rabt_sandbox::browser::{Browser, Intent};
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use tempfile::TempDir;

/// The phone's clock: the machine's and an offset that a test sets.
#[derive(Debug, Default)]
pub struct PhoneClock {
    ahead_ms: AtomicI64,
}

impl PhoneClock {
    /// One that is ahead of the machine's by so many milliseconds.
    pub fn ahead_of_the_machine(ahead_ms: i64) -> Self {
        Self {
            ahead_ms: AtomicI64::new(ahead_ms),
        }
    }

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
    /// Where its key is, unless it is kept elsewhere.
    pub secrets: Arc<MemorySecretStore>,
    /// Where its key is kept instead, from the next opening on.
    pub kept_elsewhere: Option<Arc<dyn SecretStore>>,
    /// What proves the device, from the next opening on; the core's own key where there is none.
    pub signer: Option<Arc<dyn Signer>>,
    /// What its app was built with.
    pub config: Config,
    rabt: Option<Rabt>,
}

impl Phone {
    /// One with the city's app on it, which was never opened.
    pub fn unopened(town: &Town) -> Self {
        let dir = TempDir::new().expect("a temporary folder");
        let config = town.config(dir.path());
        Self {
            dir,
            clock: Arc::new(PhoneClock::ahead_of_the_machine(town.control().clock().ahead_ms)),
            secrets: Arc::new(MemorySecretStore::default()),
            kept_elsewhere: None,
            signer: None,
            config,
            rabt: None,
        }
    }

    pub(crate) async fn new(town: &Town) -> Self {
        let mut phone = Self::unopened(town);
        phone.open().await.expect("the core opens");
        phone
    }

    /// What the app gives its core.
    pub fn ports(&self) -> Ports {
        let kept_here: Arc<dyn SecretStore> = self.secrets.clone();
        Ports {
            clock: self.clock.clone(),
            entropy: Arc::new(SystemEntropy::default()),
            secrets: self.kept_elsewhere.clone().unwrap_or(kept_here),
            device_signer: self.signer.clone(),
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

    /// Begins a sign-in and goes through the page, as [`Phone::sign_in`] does; returns what the browser hands to the app.
    pub async fn callback(&self, town: &Town, persona: &str) -> String {
        let page = self.rabt().session().begin_sign_in().await.expect("a page");
        let city = town.city();
        let arrived = city.sign_in_as(page.url.as_str(), persona, false).await;
        arrived.expect("the page works")
    }

    /// Refreshes the bills of one agency, and says what became of that.
    pub async fn ask(&self, agency: &str) -> Result<RefreshOutcome, RabtError> {
        let report = self.rabt().bills().refresh_agencies(&[agency_id(agency)]).await?;
        report.agencies.into_iter().next().expect("it was asked").outcome
    }

    /// What the closed app's files hold of the session.
    pub fn kept_session(&self) -> Option<StoredSession> {
        let (store, _) = Store::open(self.dir.path(), self.ports().secrets, self.clock.now()).expect("the files open");
        store.session().load().expect("they are whole")
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

    /// Goes to the bank's or processor's page to link an instrument and presses the button that ends it.
    pub async fn decline_to_link(
        &self,
        town: &Town,
        persona: &str,
        kind: InstrumentKind,
    ) -> Result<Instrument, RabtError> {
        let page = self.rabt().instruments().begin_link(kind).await?;
        let mut browser = Browser::new(town.city().ca_pem()).expect("the city's certificate");
        let url = browser.visit(page.url.as_str(), persona, Intent::Refuse).await;
        let url = url.expect("the bank's page works");
        self.rabt().instruments().complete_link(&url).await
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

    /// All bills, whatever became of them.
    pub async fn all_bills(&self) -> Vec<Bill> {
        let all = BillQuery {
            standing: Standing::All,
            ..BillQuery::default()
        };
        self.bills(all).await
    }

    /// One bill.
    pub async fn bill(&self, agency: &str, bill: &str) -> Bill {
        let found = self.rabt().bills().get(&bill_key(agency, bill)).await;
        found.expect("the store answers").expect("the bill is known").bill
    }

    /// Some bills of the same person's: pairs of agency and bill.
    pub async fn some_bills(&self, keys: &[(&str, &str)]) -> Vec<Bill> {
        let mut bills = Vec::with_capacity(keys.len());
        for (agency, bill) in keys {
            bills.push(self.bill(agency, bill).await);
        }
        bills
    }

    /// Asks every agency.
    pub async fn refresh(&self) -> RefreshReport {
        self.rabt().bills().refresh().await.expect("a refresh")
    }

    /// How fresh an agency's word is.
    pub async fn freshness(&self, agency: &str) -> Option<Freshness> {
        let views = self.rabt().agencies().list().await.expect("a list");
        let view = views.into_iter().find(|view| view.agency.id.as_str() == agency);
        view.expect("the agency is in the directory").freshness
    }

    /// What was refused so far, and whose it was (`None`: the gateway's), newest first.
    pub async fn incidents(&self) -> Vec<(Option<String>, IncidentKind)> {
        let incidents = self.rabt().diagnostics().incidents(200).await.expect("incidents");
        let party = |agency: AgencyId| agency.as_str().to_owned();
        incidents
            .into_iter()
            .map(|incident| (incident.agency.map(party), incident.kind))
            .collect()
    }

    /// The queue of outcomes.
    pub async fn outcomes(&self) -> Vec<QueuedOutcome> {
        self.rabt().payments().outcomes(100).await.expect("outcomes")
    }

    /// Waits, woken by whatever changes, until something is so.
    ///
    /// # Panics
    /// Where it isn't within half a minute.
    pub async fn until(&self, what: &str, is_so: impl AsyncFn(&Self) -> bool) {
        let mut watcher = self.rabt().watch();
        let awaited = async {
            while !is_so(self).await {
                watcher.changed().await;
            }
        };
        assert!(
            tokio::time::timeout(UNTIL_WITHIN, awaited).await.is_ok(),
            "waited too long until {what}"
        );
    }

    /// Quotes bills at what is owed.
    pub async fn quote(&self, bills: &[&Bill]) -> Result<Quote, RabtError> {
        self.rabt().payments().quote(&chosen(bills)).await
    }

    /// Quotes bills and pays what is payable.
    pub async fn pay(&self, bills: &[&Bill], instrument: &InstrumentId) -> Result<Payment, RabtError> {
        let quote = self.rabt().payments().quote(&chosen(bills)).await?;
        self.rabt().payments().pay(&quote.id, instrument).await
    }
}

/// Far beyond what anything here takes, so that a machine under load isn't a failure.
const UNTIL_WITHIN: Duration = Duration::from_secs(30);

/// Names a bill.
pub fn bill_key(agency: &str, bill: &str) -> BillKey {
    BillKey {
        agency: agency_id(agency),
        bill: BillId::parse(bill).expect("a bill's identifier"),
    }
}

/// Names an agency.
pub fn agency_id(agency: &str) -> AgencyId {
    AgencyId::parse(agency).expect("an agency's identifier")
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
