//! An app in a process of its own, without a screen: it does what it is told, line by line, and says what came of it. The other end
//! is `child.rs`.

use rabt::{
    AgencyRefresh, Chosen, Ports, Rabt, RabtError, RefreshOutcome,
    domain::{AgencyId, Incident, InstrumentId, Payment},
    store::bills::BillQuery,
};
use rabt_tests::{FolderSecrets, PhoneClock, bill_key, config_of};
use serde_json::Value;
use std::{
    error::Error,
    fs::OpenOptions,
    io::{self, Write as _},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

/// How many bills one payment of the loop takes.
const BASKET: usize = 2;
/// The most bills and incidents that are told of.
const BILLS_MAX: u16 = 200;
/// See [`BILLS_MAX`].
const INCIDENTS_MAX: usize = 1_000;
/// The budget of the loop's syncs.
const BUDGET: Duration = Duration::from_secs(1);

fn main() -> Result<(), Box<dyn Error>> {
    let mut settings = String::new();
    io::stdin().read_line(&mut settings)?;
    let settings: Value = serde_json::from_str(&settings)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let mut app = App { settings, rabt: None };
    let mut line = String::new();
    while io::stdin().read_line(&mut line)? > 0 {
        match runtime.block_on(app.does(line.trim())) {
            Ok(done) => say(&format!("ok {done}")),
            Err(error) => say(&format!("error {} {error:?}", error.code())),
        }
        line.clear();
    }
    Ok(())
}

fn say(line: &str) {
    println!("{line}");
    // Nobody listens any more: the test is over.
    let _ = io::stdout().flush();
}

struct App {
    settings: Value,
    rabt: Option<Rabt>,
}

impl App {
    async fn does(&mut self, command: &str) -> Result<String, RabtError> {
        match command {
            "open" => self.open().await,
            "close" => {
                self.rabt = None;
                Ok(String::new())
            }
            "refresh" => {
                let report = self.rabt()?.bills().refresh().await?;
                let failed = report.agencies.iter().find_map(|agency| agency.outcome.clone().err());
                failed.map_or_else(|| Ok(report.answered().to_string()), Err)
            }
            "outcomes" => {
                let report = self.rabt()?.bills().refresh().await?;
                Ok(report.agencies.iter().map(outcome).collect::<Vec<_>>().join(" "))
            }
            "directory" => self.rabt()?.agencies().refresh().await.map(|()| String::new()),
            "owed" => Ok(self
                .rabt()?
                .bills()
                .summary()
                .await?
                .total
                .total
                .reveal()
                .get()
                .to_string()),
            "titles" => {
                let query = BillQuery {
                    limit: BILLS_MAX,
                    ..BillQuery::default()
                };
                let page = self.rabt()?.bills().page(query).await?;
                let titles = page.bills.iter().map(|stored| stored.bill.title.en());
                Ok(titles.collect::<Vec<_>>().join("|"))
            }
            "incidents" => {
                let incidents = self.rabt()?.diagnostics().incidents(INCIDENTS_MAX).await?;
                let party = |agency: Option<AgencyId>| agency.map_or("gateway".to_owned(), |id| id.as_str().to_owned());
                let told = |incident: Incident| format!("{}:{}", party(incident.agency), incident.kind.code());
                Ok(incidents.into_iter().map(told).collect::<Vec<_>>().join(" "))
            }
            "bills" => Ok(self.rabt()?.bills().summary().await?.total.count.to_string()),
            "pay" => match pay(self.rabt()?).await? {
                Some(payment) => Ok(told(&payment)),
                None => Ok("nothing".to_owned()),
            },
            "sign-in-page" => Ok(self.rabt()?.session().begin_sign_in().await?.url.into()),
            "work" => self.work().await,
            _ => match command.strip_prefix("pay-bills ") {
                Some(bills) => self.pay_bills(bills).await,
                None => Err(RabtError::Bug { at: "command" }),
            },
        }
    }

    fn rabt(&self) -> Result<&Rabt, RabtError> {
        self.rabt.as_ref().ok_or(RabtError::Bug { at: "not open" })
    }

    async fn open(&mut self) -> Result<String, RabtError> {
        let bad = || RabtError::Bug { at: "settings" };
        let config = config_of(&self.settings).ok_or_else(bad)?;
        let secrets = self.settings["secrets_dir"].as_str().ok_or_else(bad)?;
        let ahead_ms = self.settings["clock_ahead_ms"].as_i64().unwrap_or(0);
        let ports = Ports {
            clock: Arc::new(PhoneClock::ahead_of_the_machine(ahead_ms)),
            ..Ports::system(Arc::new(FolderSecrets::new(secrets)))
        };
        let rabt = Rabt::open(config, ports).await?;
        let found = format!("{:?}", rabt.opened());
        self.rabt = Some(rabt);
        Ok(found)
    }

    /// Pays bills that are named `agency/bill`, with a blank between them.
    async fn pay_bills(&self, bills: &str) -> Result<String, RabtError> {
        let named = |bill: &str| {
            let (agency, bill) = bill.split_once('/').ok_or(RabtError::Bug { at: "command" })?;
            let bill = bill_key(agency, bill);
            Ok(Chosen { bill, amount: None })
        };
        let chosen = bills.split(' ').map(named).collect::<Result<Vec<_>, RabtError>>()?;
        let payment = pay_with_the_first(self.rabt()?, &chosen).await?;
        Ok(payment.as_ref().map_or_else(|| "nothing".to_owned(), told))
    }

    /// Refreshes, pays and hands outcomes to "the person" (a file of notes) until it is killed, saying each thing that it has done.
    async fn work(&self) -> Result<String, RabtError> {
        let rabt = self.rabt()?;
        let notes = PathBuf::from(self.settings["secrets_dir"].as_str().unwrap_or_default()).join("outcomes.txt");
        loop {
            let report = rabt.sync().run(BUDGET).await?;
            say(&format!("synced {}", report.payments_finished));
            rabt.bills().refresh().await?;
            say("refreshed");
            match pay(rabt).await {
                Ok(Some(payment)) => say(&format!("paid {}", told(&payment))),
                Ok(None) => say("nothing to pay"),
                Err(error) => say(&format!("not paid: {error}")),
            }
            let outcomes = rabt.payments().outcomes(10).await?;
            let noted = OpenOptions::new()
                .create(true)
                .append(true)
                .open(&notes)
                .and_then(|mut file| {
                    for queued in &outcomes {
                        writeln!(file, "{}", queued.outcome.key.as_str())?;
                    }
                    file.sync_all()
                });
            noted.map_err(|_| RabtError::Bug { at: "notes" })?;
            let ids: Vec<_> = outcomes.iter().map(|queued| queued.id).collect();
            rabt.payments().acknowledge(&ids).await?;
            say(&format!("acknowledged {}", ids.len()));
        }
    }
}

/// Pays the first open bills that nothing is paying yet.
async fn pay(rabt: &Rabt) -> Result<Option<Payment>, RabtError> {
    let bills = rabt.bills().page(BillQuery::default()).await?.bills;
    let chosen: Vec<Chosen> = bills
        .iter()
        .filter(|stored| stored.paying.is_none() && stored.bill.is_payable())
        .take(BASKET)
        .map(|stored| Chosen {
            bill: stored.bill.key.clone(),
            amount: None,
        })
        .collect();
    pay_with_the_first(rabt, &chosen).await
}

/// Pays with the instrument that is listed first; nothing where there is none, or nothing to pay.
async fn pay_with_the_first(rabt: &Rabt, chosen: &[Chosen]) -> Result<Option<Payment>, RabtError> {
    let instrument: Option<InstrumentId> = rabt.instruments().list().await?.into_iter().next().map(|i| i.id);
    let Some(instrument) = instrument.filter(|_| !chosen.is_empty()) else {
        return Ok(None);
    };
    let quote = rabt.payments().quote(chosen).await?;
    rabt.payments().pay(&quote.id, &instrument).await.map(Some)
}

/// What became of asking an agency, as a word.
fn outcome(asked: &AgencyRefresh) -> String {
    let word = match &asked.outcome {
        Ok(RefreshOutcome::Answered(_)) => "answered",
        Ok(RefreshOutcome::Unchanged) => "unchanged",
        Err(error) => error.code(),
    };
    format!("{}:{word}", asked.agency.as_str())
}

fn told(payment: &Payment) -> String {
    format!("{} {:?}", payment.key.as_str(), payment.state)
}
