//! A phone's disk in all its moods: another process has the files, the folder is read-only, the disk is full, files are gone or
//! damaged, the secret store is locked. Each is a typed error that says what to do, and nothing that was kept is lost.

use rabt::{
    ConflictCode, RabtError, Retry, SessionState, SignInReason, StorageProblem,
    domain::{Bill, IdempotencyKey, InstrumentId, InstrumentKind, PaymentState},
    store::{CacheReport, HealReason, KeyReport, LedgerReport, SetAsideReason},
};
use rabt_sandbox::{Fault, FaultKind};
use rabt_tests::{Child, FolderSecrets, Phone, Process, Town, settings};
use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tempfile::TempDir;
use tokio::process::Command;

const PERSONA: &str = "tenant-family";
const PLENTY: Duration = Duration::from_secs(20);
/// Nobody's, on every system that has users.
const UNPRIVILEGED: u32 = 65_534;

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_rabt-phone"))
}

fn storage(problem: StorageProblem) -> RabtError {
    RabtError::Storage { problem }
}

/// A phone whose key another process can read too, on which somebody has signed in and seen their bills; it is closed.
async fn shared_phone(town: &Town, dir: Option<TempDir>) -> (Phone, TempDir) {
    let secrets = TempDir::new().unwrap();
    let mut phone = Phone::unopened(town);
    if let Some(dir) = dir {
        phone.config = town.config(dir.path());
        phone.dir = dir;
    }
    phone.kept_elsewhere = Some(Arc::new(FolderSecrets::new(secrets.path())));
    phone.open().await.unwrap();
    phone.sign_in(town, PERSONA).await.unwrap();
    phone.consent_to_all().await;
    phone.link(town, PERSONA, InstrumentKind::BankAccount).await;
    phone.refresh().await;
    phone.close();
    (phone, secrets)
}

/// What a person would miss.
#[derive(Debug, PartialEq)]
struct Kept {
    bills: Vec<Bill>,
    instruments: Vec<InstrumentId>,
    payments: Vec<(IdempotencyKey, PaymentState)>,
    receipts: usize,
    outcomes: usize,
}

async fn kept(phone: &Phone) -> Kept {
    let rabt = phone.rabt();
    let instruments = rabt.instruments().list().await.unwrap();
    let page = rabt.payments().page(None, 100).await.unwrap();
    Kept {
        bills: phone.all_bills().await,
        instruments: instruments.into_iter().map(|instrument| instrument.id).collect(),
        payments: page.payments.into_iter().map(|p| (p.key, p.state)).collect(),
        receipts: rabt.payments().receipts(None, 100).await.unwrap().receipts.len(),
        outcomes: phone.outcomes().await.len(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_process_is_told_that_the_files_are_in_use() {
    let town = Town::start().await;
    let (mut phone, secrets) = shared_phone(&town, None).await;
    let mut first = Child::start(program(), &settings(&phone.config, secrets.path())).await;
    assert!(first.ask("open").await.starts_with("ok"));
    let before = phone.disk();
    let in_use = RabtError::Conflict {
        code: ConflictCode::InUse,
    };
    assert_eq!(phone.open().await.unwrap_err(), in_use);
    assert_eq!(in_use.retry(), Retry::No);
    assert_eq!(phone.disk(), before);
    // Within one process it is the same, and the first isn't disturbed.
    assert_eq!(first.ask("refresh").await, "ok 12");
    first.kill().await;
    phone.open().await.unwrap();
    let again = rabt::Rabt::open(phone.config.clone(), phone.ports()).await;
    assert_eq!(again.unwrap_err(), in_use);
    assert_eq!(phone.refresh().await.answered(), 12);
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// Has everything in a folder, and itself, be what another user may read (or write) or not.
fn set_modes(folder: &Path, files: u32, itself: u32) {
    set_mode(folder, 0o700);
    for entry in fs::read_dir(folder).unwrap() {
        set_mode(&entry.unwrap().path(), files);
    }
    set_mode(folder, itself);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_only_folder_is_said_to_be_one_and_works_again_once_it_isnt() {
    let town = Town::start().await;
    let (mut phone, secrets) = shared_phone(&town, None).await;
    set_modes(phone.dir.path(), 0o444, 0o555);
    set_modes(secrets.path(), 0o444, 0o555);
    // Who runs these tests may write anywhere, perhaps: the app is somebody's who may not. It may not go where the program was built
    // either, so that it gets a copy.
    let shelf = TempDir::new().unwrap();
    set_mode(shelf.path(), 0o755);
    let copy = shelf.path().join("rabt-phone");
    fs::copy(env!("CARGO_BIN_EXE_rabt-phone"), &copy).unwrap();
    let mut command = Command::new(&copy);
    if is_root() {
        command.uid(UNPRIVILEGED).gid(UNPRIVILEGED);
    }
    command.current_dir("/");
    let before = phone.disk();
    let mut app = Child::start(command, &settings(&phone.config, secrets.path())).await;
    let answer = app.ask("open").await;
    assert!(
        answer.ends_with(&format!("{:?}", storage(StorageProblem::ReadOnly))),
        "{answer}"
    );
    app.kill().await;
    assert_eq!(phone.disk(), before);

    set_modes(phone.dir.path(), 0o600, 0o700);
    set_modes(secrets.path(), 0o600, 0o700);
    phone.open().await.unwrap();
    assert_eq!(phone.rabt().opened().ledger, LedgerReport::Healthy);
    assert_eq!(phone.rabt().opened().cache, CacheReport::Healthy);
    assert_eq!(phone.refresh().await.answered(), 12);
}

/// Whether this process may do what it likes: a folder that nobody may write to tells.
fn is_root() -> bool {
    let folder = TempDir::new().unwrap();
    set_mode(folder.path(), 0o555);
    let may = fs::write(folder.path().join("probe"), "").is_ok();
    set_mode(folder.path(), 0o700);
    may
}

/// A small disk of its own, where this process may mount one.
struct SmallDisk {
    at: PathBuf,
}

impl SmallDisk {
    const BYTES: u64 = 8 << 20;

    fn mount(at: &Path) -> Option<Self> {
        let mounted = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={}", Self::BYTES), "rabt-test"])
            .arg(at)
            .status();
        mounted
            .is_ok_and(|status| status.success())
            .then(|| Self { at: at.to_owned() })
    }

    /// Fills it to the last byte.
    fn fill(&self) {
        use std::io::Write as _;
        let mut filler = fs::File::create(self.at.join("filler")).unwrap();
        let block = [0x2a; 4096];
        while filler.write_all(&block).is_ok() {}
        while filler.write_all(&[0x2a]).is_ok() {}
    }

    fn make_room(&self) {
        fs::remove_file(self.at.join("filler")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount")
            .arg("--lazy")
            .arg(&self.at)
            .status();
    }
}

/// How a disk gets full here.
enum FullDisk {
    /// It really does.
    Small(SmallDisk),
    /// The system lets no file of the process grow beyond a size, and says so like a quota does.
    Limited,
}

impl FullDisk {
    fn fill(&self, app: &Child) {
        match self {
            Self::Small(disk) => disk.fill(),
            // Less than any file of the store already has.
            Self::Limited => limit_files(app, "4096"),
        }
    }

    fn make_room(&self, app: &Child) {
        match self {
            Self::Small(disk) => disk.make_room(),
            Self::Limited => limit_files(app, "unlimited"),
        }
    }

    fn tells(&self, answer: &str) -> bool {
        let ends = |problem| answer.ends_with(&format!("{:?}", storage(problem)));
        match self {
            Self::Small(_) => ends(StorageProblem::Full),
            Self::Limited => ends(StorageProblem::Full) || ends(StorageProblem::Io),
        }
    }
}

/// The soft limit alone: a process that isn't privileged may not raise the hard one again.
fn limit_files(app: &Child, bytes: &str) {
    let limited = std::process::Command::new("prlimit")
        .arg(format!("--pid={}", app.id()))
        .arg(format!("--fsize={bytes}:"))
        .status();
    assert!(
        limited.is_ok_and(|status| status.success()),
        "prlimit (util-linux) is needed"
    );
}

async fn fills_up_and_gets_room(town: &Town, disk: FullDisk, phone: &mut Phone, secrets: &TempDir) {
    // A shell that ignores the signal by which the system tells of the limit hands that down to what it becomes.
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; exec \"$0\"", env!("CARGO_BIN_EXE_rabt-phone")]);
    phone.open().await.unwrap();
    let before = kept(phone).await;
    phone.close();

    let mut app = Child::start(command, &settings(&phone.config, secrets.path())).await;
    assert!(app.ask("open").await.starts_with("ok"));
    disk.fill(&app);
    // A change that every agency has to tell of.
    let change = rabt_sandbox::BillChange {
        amount_fils: Some(77_700),
        ..rabt_sandbox::BillChange::default()
    };
    town.control().change_bill("police", "po-0001", change).unwrap();
    let refreshed = app.ask("refresh").await;
    assert!(disk.tells(&refreshed), "{refreshed}");
    let paid = app.ask("pay").await;
    assert!(disk.tells(&paid), "{paid}");
    assert_eq!(
        town.books().debited_fils,
        0,
        "nothing was sent that could not be written down first"
    );
    let shown = app.ask("bills").await;
    let open = before.bills.iter().filter(|bill| bill.status.is_open()).count();
    assert_eq!(shown, format!("ok {open}"), "what was kept can be read");

    disk.make_room(&app);
    assert_eq!(app.ask("refresh").await, "ok 12");
    let paid = app.ask("pay").await;
    assert!(paid.ends_with(" Settled"), "{paid}");

    // The same while it is opened: it can't be, and loses nothing.
    assert!(app.ask("close").await.starts_with("ok"));
    disk.fill(&app);
    let opened = app.ask("open").await;
    assert!(opened.starts_with("ok") || disk.tells(&opened), "{opened}");
    assert!(app.ask("close").await.starts_with("ok"));
    disk.make_room(&app);
    assert!(app.ask("open").await.starts_with("ok"));
    assert_eq!(app.ask("refresh").await, "ok 12");
    app.kill().await;

    phone.open().await.unwrap();
    assert_eq!(phone.rabt().opened().ledger, LedgerReport::Healthy);
    let after = kept(phone).await;
    assert_eq!(after.bills.len(), before.bills.len());
    assert_eq!(after.instruments, before.instruments);
    assert_eq!((after.payments.len(), after.outcomes), (1, 1));
    assert_eq!(after.payments[0].1, PaymentState::Settled);
    let state = phone.rabt().session().state().await.unwrap();
    assert!(matches!(state, SessionState::SignedIn { .. }));
    town.books_at_rest().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_said_to_be_one_and_works_again_once_it_has_room() {
    let town = Town::start().await;
    let dir = TempDir::new().unwrap();
    // Where nothing may be mounted, as in a container without privileges, a limit stands in for the small disk.
    let disk = SmallDisk::mount(dir.path()).map_or(FullDisk::Limited, FullDisk::Small);
    let (mut phone, secrets) = shared_phone(&town, Some(dir)).await;
    fills_up_and_gets_room(&town, disk, &mut phone, &secrets).await;
    phone.close();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_that_may_not_grow_are_like_a_full_disk() {
    let town = Town::start().await;
    let (mut phone, secrets) = shared_phone(&town, None).await;
    fills_up_and_gets_room(&town, FullDisk::Limited, &mut phone, &secrets).await;
}

/// What happens to a file while the app is closed.
fn damage(path: &Path, how: &str) {
    let mut bytes = fs::read(path).unwrap();
    match how {
        "gone" => return fs::remove_file(path).unwrap(),
        "empty" => bytes.clear(),
        "cut short" => bytes.truncate(bytes.len() / 3),
        "garbage" => bytes
            .iter_mut()
            .enumerate()
            .for_each(|(at, byte)| *byte = (at * 7) as u8),
        "header" => bytes[20] ^= 0x10,
        "schema" => bytes[120] ^= 0x10,
        "middle" => {
            let at = bytes.len() / 2;
            bytes[at..at + 64].fill(0xff);
        }
        other => panic!("{other} is no damage"),
    }
    fs::write(path, bytes).unwrap();
}

const DAMAGES: [&str; 7] = ["gone", "empty", "cut short", "garbage", "header", "schema", "middle"];

/// A phone with bills, an account, a settled payment and its outcome, closed; and what is on it.
async fn used_phone(town: &Town) -> (Phone, Kept) {
    let mut phone = town.phone_of(PERSONA).await;
    let account = phone.link(town, PERSONA, InstrumentKind::BankAccount).await;
    phone.refresh().await;
    let bill = phone.bill("road-toll", "to-0001").await;
    let payment = phone.pay(&[&bill], &account.id).await.unwrap();
    assert_eq!(payment.state, PaymentState::Settled);
    phone.refresh().await;
    let before = kept(&phone).await;
    assert_eq!((before.payments.len(), before.receipts, before.outcomes), (1, 1, 1));
    phone.close();
    (phone, before)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_cache_heals_by_a_sync_whatever_happened_to_it() {
    let town = Town::start().await;
    let (mut phone, before) = used_phone(&town).await;
    let cache = phone.dir.path().join("cache.db");
    for how in DAMAGES {
        damage(&cache, how);
        phone.open().await.unwrap();
        let opened = phone.rabt().opened();
        assert_eq!(opened.ledger, LedgerReport::Healthy, "{how}");
        assert_eq!(opened.key, KeyReport::Existing, "{how}");
        match how {
            // A page in the middle is looked at when somebody reads it.
            "middle" => {}
            "gone" => assert_eq!(
                opened.cache,
                CacheReport::Healed {
                    reason: HealReason::Missing
                }
            ),
            _ => assert_eq!(
                opened.cache,
                CacheReport::Healed {
                    reason: HealReason::Damaged
                },
                "{how}"
            ),
        }
        // Whatever is shown before is true; a call that meets the damage says so and has healed it.
        let all = rabt::store::bills::BillQuery {
            standing: rabt::store::bills::Standing::All,
            limit: 200,
            ..rabt::store::bills::BillQuery::default()
        };
        match phone.rabt().bills().page(all).await {
            Ok(page) => assert!(
                page.bills.iter().all(|stored| before.bills.contains(&stored.bill)),
                "{how}"
            ),
            Err(error) => assert_eq!(error, storage(StorageProblem::Damaged), "{how}"),
        }
        let report = phone.rabt().sync().run(PLENTY).await.unwrap();
        assert_eq!(report.trouble, None, "{how}");
        phone.refresh().await;
        assert_eq!(kept(&phone).await, before, "{how}");
        phone.close();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_flipped_byte_of_the_cache_is_never_shown_as_a_bill() {
    const FLIPS: usize = 24;
    let town = Town::start().await;
    let (mut phone, before) = used_phone(&town).await;
    let cache = phone.dir.path().join("cache.db");
    let whole = fs::read(&cache).unwrap();
    for flip in 0..FLIPS {
        // Spread over the file; an odd step, so that no two are at the same place of a page.
        let at = (flip * (whole.len() / FLIPS) + flip * 271 + 33) % whole.len();
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (flip % 8);
        fs::write(&cache, bytes).unwrap();
        phone.open().await.unwrap();
        let everything = rabt::store::bills::BillQuery {
            standing: rabt::store::bills::Standing::All,
            limit: 200,
            ..rabt::store::bills::BillQuery::default()
        };
        let shown = phone.rabt().bills().page(everything).await.map(|page| page.bills);
        for stored in shown.unwrap_or_default() {
            assert!(before.bills.contains(&stored.bill), "byte {at}");
        }
        // The first may meet the damage and heal it; the second finds all.
        let _healed = phone.rabt().sync().run(PLENTY).await.unwrap();
        phone.refresh().await;
        let report = phone.rabt().sync().run(PLENTY).await.unwrap();
        assert_eq!(report.trouble, None, "byte {at}");
        phone.refresh().await;
        assert_eq!(kept(&phone).await, before, "byte {at}");
        phone.close();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_ledger_is_reported_set_aside_and_the_app_works() {
    for how in DAMAGES {
        let town = Town::start().await;
        let (mut phone, before) = used_phone(&town).await;
        let ledger = phone.dir.path().join("ledger.db");
        damage(&ledger, how);
        let damaged = fs::read(&ledger).unwrap_or_default();
        phone.open().await.unwrap();
        match (&phone.rabt().opened().ledger, how) {
            (LedgerReport::Missing, "gone") => {}
            (LedgerReport::SetAside { path, reason }, _) => {
                assert_eq!(*reason, SetAsideReason::Damaged, "{how}");
                assert_eq!(fs::read(path).unwrap(), damaged, "{how}: not a byte of it was changed");
            }
            (other, _) => panic!("{how}: {other:?}"),
        }
        assert_eq!(
            phone.rabt().session().state().await.unwrap(),
            SessionState::SignedOut {
                reason: SignInReason::NobodySignedIn
            }
        );
        // The person signs in again, and has all that the city knows.
        phone.sign_in(&town, PERSONA).await.unwrap();
        phone.consent_to_all().await;
        phone.rabt().instruments().refresh().await.unwrap();
        phone.refresh().await;
        let after = kept(&phone).await;
        assert_eq!(after.bills, before.bills, "{how}");
        assert_eq!(after.instruments, before.instruments, "{how}");
        assert_eq!(
            (&after.payments, after.receipts),
            (&before.payments, before.receipts),
            "{how}"
        );

        phone.close();
        phone.open().await.unwrap();
        assert_eq!(phone.rabt().opened().ledger, LedgerReport::Healthy, "{how}");
        phone.rabt().session().sign_out(false).await.unwrap();
        let left: Vec<_> = fs::read_dir(phone.dir.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert!(
            left.iter().all(|name| !name.to_string_lossy().contains("set-aside")),
            "{left:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_signs_in_after_the_ledger_was_lost_sees_nothing_of_who_was_there_before() {
    let town = Town::start().await;
    for how in ["garbage", "gone"] {
        let mut phone = town.phone_of(PERSONA).await;
        phone.refresh().await;
        assert!(phone.all_bills().await.len() > 12);
        phone.close();
        damage(&phone.dir.path().join("ledger.db"), how);
        phone.open().await.unwrap();
        phone.sign_in(&town, "trader").await.unwrap();
        assert_eq!(phone.all_bills().await.len(), 0, "{how}");
        assert_eq!(phone.rabt().accounts().list().await.unwrap(), [], "{how}");
        assert_eq!(phone.rabt().instruments().list().await.unwrap(), [], "{how}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payment_that_was_unknown_when_the_ledger_broke_is_found_again_and_not_paid_twice() {
    let town = Town::start().await;
    let mut phone = town.phone_of(PERSONA).await;
    let account = phone.link(&town, PERSONA, InstrumentKind::BankAccount).await;
    phone.refresh().await;
    let bill = phone.bill("police", "po-0001").await;
    town.control()
        .set_fault(
            Fault::new("gateway", FaultKind::CutAfterCommit)
                .on("/v1/payments")
                .method("POST")
                .times(1),
        )
        .unwrap();
    let process = Process::of(&mut phone).await;
    let basket = rabt_tests::chosen(&[&bill]);
    let paying = process.begin(async move |rabt| {
        let quote = rabt.payments().quote(&basket).await.unwrap();
        rabt.payments().pay(&quote.id, &account.id).await.map(drop)
    });
    town.until_faults_have_happened().await;
    process.kill();
    drop(paying);
    damage(&phone.dir.path().join("ledger.db"), "garbage");

    phone.open().await.unwrap();
    assert!(matches!(phone.rabt().opened().ledger, LedgerReport::SetAside { .. }));
    phone.sign_in(&town, PERSONA).await.unwrap();
    phone.consent_to_all().await;
    let instruments = phone.rabt().instruments().refresh().await.unwrap();
    phone.refresh().await;
    let page = phone.rabt().payments().page(None, 10).await.unwrap();
    assert_eq!(page.payments.len(), 1);
    let payment = phone
        .rabt()
        .payments()
        .follow(&page.payments[0].key, PLENTY)
        .await
        .unwrap();
    assert_eq!(payment.state, PaymentState::Settled);
    assert!(phone.pay(&[&bill], &instruments[0].id).await.is_err());
    let books = town.books_at_rest().await;
    assert_eq!(books.settled_fils, payment.total.reveal().get());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_locked_secret_store_is_waited_for_and_costs_nothing() {
    let town = Town::start().await;
    let (mut phone, before) = used_phone(&town).await;
    let phone_dir = phone.dir.path().to_owned();
    phone.secrets.set_locked(true);
    let files = || ["cache.db", "ledger.db"].map(|name| fs::read(phone_dir.join(name)).unwrap());
    let disk = files();
    for _ in 0..2 {
        let error = phone.open().await.unwrap_err();
        assert_eq!(error, storage(StorageProblem::SecretStoreUnavailable));
        assert!(matches!(error.retry(), Retry::After(_)));
    }
    assert_eq!(files(), disk);
    phone.secrets.set_locked(false);
    phone.open().await.unwrap();
    assert_eq!(phone.rabt().opened().key, KeyReport::Existing);
    assert_eq!(kept(&phone).await, before);

    // An app that is open goes on while the device is locked, since it has its key.
    phone.secrets.set_locked(true);
    assert_eq!(phone.refresh().await.answered(), 12);
    // A pause and a resume need it again.
    phone.rabt().pause().await.unwrap();
    let unavailable = Err(storage(StorageProblem::SecretStoreUnavailable));
    assert_eq!(phone.rabt().resume().await, unavailable);
    phone.secrets.set_locked(false);
    phone.rabt().resume().await.unwrap();
    assert_eq!(kept(&phone).await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_out_on_a_locked_device_is_finished_once_it_is_unlocked() {
    let town = Town::start().await;
    for restarted in [false, true] {
        let mut phone = town.phone_of(PERSONA).await;
        phone.refresh().await;
        phone.secrets.set_locked(true);
        let unavailable = storage(StorageProblem::SecretStoreUnavailable);
        assert_eq!(phone.rabt().session().sign_out(false).await.unwrap_err(), unavailable);
        phone.secrets.set_locked(false);
        if restarted {
            phone.close();
            phone.open().await.unwrap();
            assert_eq!(phone.rabt().opened().key, KeyReport::Created);
        } else {
            phone.rabt().session().sign_out(false).await.unwrap();
        }
        assert_eq!(phone.all_bills().await, []);
        // Another person may come.
        let state = phone.sign_in(&town, "trader").await.unwrap();
        assert!(matches!(state, SessionState::SignedIn { .. }));
    }
}
