//! The disk itself: another process, a read-only folder, no room left.

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_process_is_told_that_the_files_are_in_use() {
    let town = Town::start().await;
    let (mut phone, secrets) = phone_for_children(&town, PERSONA, None).await;
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
    let (mut phone, secrets) = phone_for_children(&town, PERSONA, None).await;
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
    let (mut phone, secrets) = phone_for_children(&town, PERSONA, Some(dir)).await;
    fills_up_and_gets_room(&town, disk, &mut phone, &secrets).await;
    phone.close();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_that_may_not_grow_are_like_a_full_disk() {
    let town = Town::start().await;
    let (mut phone, secrets) = phone_for_children(&town, PERSONA, None).await;
    fills_up_and_gets_room(&town, FullDisk::Limited, &mut phone, &secrets).await;
}
