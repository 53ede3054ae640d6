//! What has happened before a flow begins, made once and copied for each trial.

use super::{
    CityCard, Device, Flow, PERSONA,
    autopay::{ASKED, ASKED_FILS},
    children::Programs,
    files,
    ports::Ports,
};
use crate::{agency_id, bill_key, chosen};
use rabt_sandbox::{City, CityConfig, CityError, Fault, FaultKind, NewBill};
use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// Older than this it is made anew: bills would count as stale, and the background worker would do more than at first.
const AGE_MAX: Duration = Duration::from_secs(600);
/// A day, so that no token expires by itself between two trials.
const ACCESS_TOKEN_SECONDS: u32 = 86_400;
/// How long a runtime's end waits for a write that is under way.
const RUNTIME_END: Duration = Duration::from_secs(5);
/// Between two looks whether the hub has a payment.
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// The bill that was paid from another phone.
const PAID_BEFORE: (&str, &str) = ("roads", "rt-0002");
/// The bill whose payment's answer is lost.
pub(crate) const UNANSWERED: (&str, &str) = ("municipality", "mu-0001");
/// The agency whose withdrawn consent it has not heard of.
pub(crate) const WITHDRAWN: &str = "customs";
/// The bill that is news.
pub(crate) const NEWS: (&str, &str) = ("police", "the-news");

/// What has happened before a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Prior {
    /// The phone is new, the person isn't: they have paid from another one.
    New,
    /// They have signed in.
    SignedIn,
    /// They have consented, and seen their bills.
    Bills,
    /// They have linked a bank account.
    Linked,
    /// Their access token has ended.
    Expired,
    /// A payment's answer was lost, a consent was withdrawn offline, a bill was issued.
    Waiting,
    /// A mandate is at work.
    Mandate,
    /// It asks about a fine, and the phone knows.
    Asked,
    /// A fine was paid by it, another is asked about, and the phone knows of neither; a pause could not be sent.
    Decided,
}

impl Prior {
    /// What came before this.
    fn before(self) -> Option<Self> {
        match self {
            Self::New => None,
            Self::SignedIn => Some(Self::New),
            Self::Bills => Some(Self::SignedIn),
            Self::Linked => Some(Self::Bills),
            Self::Expired | Self::Waiting => Some(Self::Linked),
            Self::Mandate => Some(Self::Linked),
            Self::Asked | Self::Decided => Some(Self::Mandate),
        }
    }
}

/// A sequence of trials with a city of its own; two may go on side by side.
pub struct Lane {
    pub(crate) programs: Programs,
    folder: TempDir,
    number: u16,
    ports: Option<Ports>,
    made: HashMap<Prior, PathBuf>,
    since: Instant,
    runtime: Runtime,
}

impl Lane {
    /// The `number`th one.
    ///
    /// # Panics
    /// Where there is no room for files.
    pub fn new(programs: Programs, number: u16) -> Self {
        // In memory where the system has such a place: a process that is killed, unlike a machine, loses nothing that it has
        // written, so waiting for a disk at every commit would try nothing more.
        let memory = Path::new("/dev/shm");
        let mut builder = tempfile::Builder::new();
        builder.prefix("rabt-crash-");
        let folder = match builder.tempdir_in(memory) {
            Ok(folder) => folder,
            Err(_) => builder.tempdir().expect("a temporary folder"),
        };
        Self {
            programs,
            folder,
            number,
            ports: None,
            made: HashMap::new(),
            since: Instant::now(),
            runtime: Runtime::new().expect("a runtime"),
        }
    }

    pub(crate) fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// A fresh copy of what has happened before `flow`.
    pub(crate) fn trial_folder(&mut self, flow: Flow) -> PathBuf {
        if self.since.elapsed() > AGE_MAX {
            self.made.clear();
            self.since = Instant::now();
        }
        let prior = self.made(flow.prior());
        let folder = self.folder.path().join("trial");
        copy(&prior, &folder);
        folder
    }

    /// Where what has happened before `flow` lies, untouched.
    pub(crate) fn prior_folder(&self, flow: Flow) -> &Path {
        self.made.get(&flow.prior()).expect("a trial was made of it")
    }

    fn made(&mut self, prior: Prior) -> PathBuf {
        if let Some(folder) = self.made.get(&prior) {
            return folder.clone();
        }
        let folder = self.folder.path().join(format!("{prior:?}"));
        match prior.before() {
            Some(before) => copy(&self.made(before), &folder),
            None => self.found(&folder),
        }
        // Whatever still runs of the phone ends with its runtime, as it would with its process.
        let runtime = Runtime::new().expect("a runtime");
        runtime.block_on(make(prior, &folder));
        runtime.shutdown_timeout(RUNTIME_END);
        self.made.insert(prior, folder.clone());
        folder
    }

    /// Founds a city on ports that are free.
    fn found(&mut self, folder: &Path) {
        for ports in Ports::free(self.number) {
            empty(folder);
            let config = CityConfig {
                ports_from: Some(ports.first),
                ..config(folder)
            };
            match self.block_on(City::start(config)) {
                Ok(city) => {
                    CityCard::of(&city).write(folder);
                    city.kill();
                    self.ports = Some(ports);
                    return;
                }
                Err(CityError::Listen { .. }) => {}
                Err(error) => panic!("the city can't be founded: {error}"),
            }
        }
        panic!("no block of free ports was found");
    }
}

/// The city of a trial's folder.
fn config(folder: &Path) -> CityConfig {
    CityConfig {
        state_file: Some(folder.join(files::CITY)),
        access_token_seconds: ACCESS_TOKEN_SECONDS,
        personas: vec![PERSONA.to_owned()],
        ..CityConfig::default()
    }
}

/// Starts the city of a trial's folder.
///
/// # Panics
/// Where it doesn't start.
pub async fn city_in(folder: &Path) -> City {
    City::start(config(folder)).await.expect("the city starts")
}

/// Makes a state of the one before.
async fn make(prior: Prior, folder: &Path) {
    let city = city_in(folder).await;
    match prior {
        Prior::New => pay_from_another_phone(folder).await,
        Prior::SignedIn => finish(Flow::SignIn, folder).await,
        Prior::Bills => finish(Flow::RefreshBills, folder).await,
        Prior::Linked => finish(Flow::LinkInstrument, folder).await,
        Prior::Expired => {
            let ended = city.control().expire_access_tokens(PERSONA).expect("control can");
            assert!(ended > 0, "there was a token");
        }
        Prior::Waiting => leave_work_behind(&city, folder).await,
        Prior::Mandate => finish(Flow::SignMandate, folder).await,
        Prior::Asked => {
            ask(&city);
            run(&city).await;
            finish(Flow::SyncMandates, folder).await;
        }
        Prior::Decided => leave_decisions_behind(&city, folder).await,
    }
    city.kill();
}

async fn finish(flow: Flow, folder: &Path) {
    let device = Device::open(folder).await.expect("the app opens");
    flow.finish(&device).await;
}

async fn pay_from_another_phone(folder: &Path) {
    let other = folder.join("another-phone");
    empty(&other);
    fs::copy(folder.join(files::CARD), other.join(files::CARD)).expect("a copy");
    {
        let device = Device::open(&other).await.expect("the app opens");
        Flow::SignIn.finish(&device).await;
        device.rabt.agencies().refresh().await.expect("a directory");
        // To no other agency, so that the new phone is the first of which the others hear that the person consents.
        let agencies = [agency_id(PAID_BEFORE.0)];
        device.rabt.agencies().consent(&agencies).await.expect("a consent");
        device.rabt.bills().refresh().await.expect("a refresh");
        Flow::LinkInstrument.finish(&device).await;
        device
            .pay(&[bill_key(PAID_BEFORE.0, PAID_BEFORE.1)])
            .await
            .expect("it is paid");
        let linked = device.rabt.instruments().list().await.expect("a list");
        device
            .rabt
            .instruments()
            .remove(&linked[0].id)
            .await
            .expect("it is unlinked");
    }
    fs::remove_dir_all(other).expect("that phone is gone");
}

async fn leave_work_behind(city: &City, folder: &Path) {
    let control = city.control();
    let fault = |fault: Fault| control.set_fault(fault).expect("a fault");
    let device = Device::open(folder).await.expect("the app opens");
    fault(Fault::new(WITHDRAWN, FaultKind::CutBeforeCommit).method("DELETE"));
    let withdrawn = device.rabt.agencies().withdraw_consent(&agency_id(WITHDRAWN)).await;
    withdrawn.expect("a withdrawal works offline");
    let news = NewBill {
        agency_id: NEWS.0.to_owned(),
        persona_id: PERSONA.to_owned(),
        kind_code: "traffic-fine".to_owned(),
        bill_id: Some(NEWS.1.to_owned()),
        amount_fils: Some(30_000),
        ..NewBill::default()
    };
    control.add_bill(news).expect("a bill is issued");

    // The hub takes the payment, and whatever it says of it is lost.
    fault(
        Fault::new("gateway", FaultKind::CutAfterCommit)
            .on("/v1/payments")
            .method("POST"),
    );
    fault(
        Fault::new("gateway", FaultKind::CutBeforeCommit)
            .on("/v1/payments")
            .method("GET"),
    );
    let bill = device.rabt.bills().get(&bill_key(UNANSWERED.0, UNANSWERED.1)).await;
    let bill = bill.expect("the store answers").expect("the bill is known").bill;
    let quote = device.rabt.payments().quote(&chosen(&[&bill])).await.expect("a quote");
    let instruments = device.rabt.instruments().list().await.expect("a list");
    let (payments, instrument) = (device.rabt.payments(), instruments[0].id.clone());
    let paying = tokio::spawn(async move { payments.pay(&quote.id, &instrument).await });
    let taken = async {
        while !device.knows_of_a_lost_payment().await {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    tokio::time::timeout(RUNTIME_END, taken)
        .await
        .expect("an answer is lost");
    paying.abort();
}

/// The police issue a fine that the mandate asks about.
fn ask(city: &City) {
    let fine = NewBill {
        agency_id: ASKED.0.to_owned(),
        persona_id: PERSONA.to_owned(),
        kind_code: "traffic-fine".to_owned(),
        bill_id: Some(ASKED.1.to_owned()),
        amount_fils: Some(ASKED_FILS),
        ..NewBill::default()
    };
    city.control().add_bill(fine).expect("a fine is issued");
}

/// The gateway looks at mandates.
async fn run(city: &City) {
    city.control().run_autopay().await.expect("the gateway runs");
}

async fn leave_decisions_behind(city: &City, folder: &Path) {
    let control = city.control();
    let small = NewBill {
        agency_id: ASKED.0.to_owned(),
        persona_id: PERSONA.to_owned(),
        kind_code: "traffic-fine".to_owned(),
        amount_fils: Some(20_000),
        ..NewBill::default()
    };
    control.add_bill(small).expect("a fine is issued");
    ask(city);
    run(city).await;
    let device = Device::open(folder).await.expect("the app opens");
    let cut = Fault::new("gateway", FaultKind::CutBeforeCommit).method("POST");
    control.set_fault(cut).expect("a fault");
    let mandates = device.rabt.autopay().list().await.expect("a list");
    let paused = device.rabt.autopay().pause(&mandates[0].id).await;
    assert_eq!(paused.expect("a pause works offline").unsent, 1);
}

impl Device {
    async fn knows_of_a_lost_payment(&self) -> bool {
        let page = self.rabt.payments().page(None, 1).await.expect("a page");
        page.payments
            .first()
            .is_some_and(|payment| payment.state == rabt::domain::PaymentState::Unknown)
    }
}

fn empty(folder: &Path) {
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder).expect("a folder");
}

/// Copies a folder over another.
fn copy(from: &Path, to: &Path) {
    empty(to);
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let (path, copied) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &copied);
        } else {
            fs::copy(&path, &copied).expect("a copy");
        }
    }
}
