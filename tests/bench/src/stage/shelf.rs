//! Folders full of sealed bills, each with a title of its own in either language, and the secret store of a program that is started
//! again and again: a file.

use crate::harness::{Child, Outcome, peak_bytes, tell};
use rabt::{
    AGENCY_DEADLINE_MS_DEFAULT, Config, Ports, Rabt,
    domain::{
        AccountId, AgencyId, Bilingual, Bill, BillId, BillKey, BillKind, BillStatus, Currency, DubaiDate, Fils,
        Language, Personal, Timestamp,
        bill::{AmountRule, BillLine},
    },
    jose::JwkSet,
    store::{
        Secret, SecretStore, SecretStoreError, Store,
        bills::{Answer, BillQuery},
    },
};
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

/// As many agencies as the city has.
const AGENCIES: usize = 12;
/// As many bills as arrive at once.
const ARRIVING: usize = 100;
/// How many days the bills are spread over.
const DAYS: usize = 700;
/// The pages that the person looks at after a refresh.
const PAGES: usize = 20;
/// What the person looks for then.
const SOUGHT: [&str; 2] = ["building", "الشقة 77"];
/// Where the secrets are within a folder.
const SECRETS: &str = "secrets";
/// A key that may sign a directory: RFC 7517's example. Nothing is signed here.
const DIRECTORY_KEY: &str = r#"{"keys":[{"kty":"EC","crv":"P-256","alg":"ES256","use":"sig","kid":"1",
    "x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}]}"#;

/// Secrets in files, each in one of its name.
#[derive(Debug)]
pub(crate) struct FileSecrets(PathBuf);

impl FileSecrets {
    /// Those of a folder.
    pub(crate) fn of(folder: &Path) -> Self {
        Self(folder.join(SECRETS))
    }
}

impl SecretStore for FileSecrets {
    fn get(&self, name: &str) -> Result<Option<Secret>, SecretStoreError> {
        match fs::read(self.0.join(name)) {
            Ok(bytes) => Ok(Some(Secret::new(bytes))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    fn put(&self, name: &str, secret: &Secret) -> Result<(), SecretStoreError> {
        fs::create_dir_all(&self.0).map_err(failed)?;
        fs::write(self.0.join(name), secret.reveal()).map_err(failed)
    }

    fn delete(&self, name: &str) -> Result<(), SecretStoreError> {
        match fs::remove_file(self.0.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(error)),
            _ => Ok(()),
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed over by map_err")]
fn failed(error: io::Error) -> SecretStoreError {
    SecretStoreError::Failed {
        detail: error.to_string(),
    }
}

/// A folder of bills. Made once a run for each number of bills, by a process of its own.
pub(crate) struct Shelf {
    folder: TempDir,
    /// The most memory that the process had in use, bytes.
    pub(crate) peak_bytes: f64,
}

/// Those of this run.
static SHELVES: Mutex<BTreeMap<usize, Arc<Shelf>>> = Mutex::new(BTreeMap::new());

impl Shelf {
    /// One with so many bills.
    ///
    /// # Errors
    /// Where it can't be filled.
    pub(crate) fn of(bills: usize) -> Outcome<Arc<Self>> {
        let mut shelves = SHELVES.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(shelf) = shelves.get(&bills) {
            return Ok(Arc::clone(shelf));
        }
        let shelf = Arc::new(Self::filled(bills)?);
        shelves.insert(bills, Arc::clone(&shelf));
        Ok(shelf)
    }

    /// A fresh one, which no other measure uses.
    ///
    /// # Errors
    /// As [`Shelf::of`].
    pub(crate) fn filled(bills: usize) -> Outcome<Self> {
        let folder = tempfile::Builder::new().prefix("rabt-bench-").tempdir()?;
        let path = folder
            .path()
            .to_str()
            .ok_or("a folder whose name is no text")?
            .to_owned();
        let mut child = Child::start("shelf", &[&path, &bills.to_string()])?;
        let peak_bytes = child.heard()?.parse()?;
        Ok(Self { folder, peak_bytes })
    }

    /// Where it is.
    ///
    /// # Errors
    /// Where the name is no text.
    pub(crate) fn path(&self) -> Outcome<&str> {
        Ok(self.folder.path().to_str().ok_or("a folder whose name is no text")?)
    }
}

/// The child: takes in so many bills as a refresh does, looks at some pages, and says how much memory that took at most.
///
/// # Errors
/// Where anything of it fails.
pub(crate) fn fill(arguments: &[String]) -> Outcome<()> {
    let [folder, bills] = arguments else {
        return Err("a folder and a number of bills".into());
    };
    let folder = Path::new(folder);
    refresh(folder, bills.parse()?)?;
    look(folder)?;
    tell(&peak_bytes()?.to_string())
}

fn refresh(folder: &Path, bills: usize) -> Outcome<()> {
    let now = Timestamp::parse("2026-11-23T08:00:00Z")?;
    let (store, _) = Store::open(folder, Arc::new(FileSecrets::of(folder)), now)?;
    for number in 0..AGENCIES {
        let agency = AgencyId::parse(format!("agency-{number}"))?;
        let mut pass = store.bills().begin_pass(&agency)?;
        let own: Vec<usize> = (number..bills).step_by(AGENCIES).collect();
        for arriving in own.chunks(ARRIVING) {
            let arriving: Outcome<Vec<Bill>> = arriving.iter().map(|bill| made(&agency, *bill)).collect();
            store.bills().apply(&mut pass, &arriving?)?;
        }
        let answer = Answer {
            at: now,
            etag: None,
            took_ms: 100,
        };
        store.bills().finish(pass, &answer)?;
    }
    Ok(())
}

fn made(agency: &AgencyId, number: usize) -> Outcome<Bill> {
    let day = DubaiDate::parse("2026-11-24")?;
    let amount = Personal::new(Fils::new(10_000 + i64::try_from(number)?)?);
    let line = BillLine {
        code: "consumption".to_owned(),
        title: Bilingual::parse("Consumption", "الاستهلاك")?,
        amount,
        source: None,
    };
    Ok(Bill {
        key: BillKey {
            agency: agency.clone(),
            bill: BillId::parse(format!("bill-{number}"))?,
        },
        account: AccountId::parse(format!("account-{}", number % 7))?,
        kind: BillKind::Utility,
        kind_code: "monthly".to_owned(),
        title: Bilingual::parse(
            format!("Electricity of flat {} in building {number}", number % 90),
            format!("كهرباء الشقة {} في المبنى {number}", number % 90),
        )?,
        reference: Personal::new(format!("INV-{number:08}")),
        status: BillStatus::Open,
        issued_on: day.plus_days(-30),
        due_on: day.plus_days(i32::try_from(number * 7919 % DAYS)?),
        period: None,
        lines: vec![line],
        amount,
        currency: Currency::Aed,
        amount_rule: AmountRule::Exact,
        revision: 1,
        paid: None,
    })
}

fn look(folder: &Path) -> Outcome<()> {
    let (runtime, rabt) = open(folder)?;
    let mut query = BillQuery::default();
    for _ in 0..PAGES {
        let page = runtime.block_on(rabt.bills().page(query.clone()))?;
        query.cursor = page.next;
        if query.cursor.is_none() {
            break;
        }
    }
    for text in SOUGHT {
        let page = runtime.block_on(rabt.bills().page(search(text)))?;
        if page.bills.is_empty() {
            return Err(format!("`{text}` finds nothing").into());
        }
    }
    runtime.block_on(rabt.bills().summary())?;
    Ok(())
}

/// The first page of what a text finds.
pub(crate) fn search(text: &str) -> BillQuery {
    BillQuery {
        search: Some(Personal::new(text.to_owned())),
        ..BillQuery::default()
    }
}

/// Opens the core over a folder, as an app does: with two threads.
///
/// # Errors
/// Where it doesn't open.
pub(crate) fn open(folder: &Path) -> Outcome<(Runtime, Rabt)> {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let config = Config {
        data_dir: folder.to_owned(),
        gateway_url: "https://gateway.example".to_owned(),
        issuer: "https://id.example".to_owned(),
        client_id: "bench".to_owned(),
        redirect_uri: "http://127.0.0.1/".to_owned(),
        instrument_return_uri: "http://127.0.0.1/instrument".to_owned(),
        directory_keys: serde_json::from_str::<JwkSet>(DIRECTORY_KEY)?,
        extra_roots_pem: Vec::new(),
        language: Language::En,
        agency_deadline_ms: AGENCY_DEADLINE_MS_DEFAULT,
    };
    let ports = Ports::system(Arc::new(FileSecrets::of(folder)));
    let rabt = runtime.block_on(Rabt::open(config, ports))?;
    Ok((runtime, rabt))
}
