//! The two processes that are killed, as the parent holds them.

use super::points::{HELD, Plan};
use std::{
    fs::File,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

/// What the city says once it takes requests.
pub(crate) const READY: &str = "ready";
/// A city needs less than a second; this is for a machine that does much else.
const START_WITHIN: Duration = Duration::from_secs(30);
/// How much of a child's last words is shown.
const LAST_WORDS_BYTES: usize = 4_000;

/// Where the programs are.
#[derive(Clone, Debug)]
pub struct Programs {
    /// `crash-phone`.
    pub phone: PathBuf,
    /// `crash-city`.
    pub city: PathBuf,
}

fn start(program: &Path, arguments: &[&str], folder: &Path, plan: &Plan) -> Child {
    let log = File::options().create(true).append(true).open(log_of(program, folder));
    let mut command = std::process::Command::new(program);
    command.arg(folder).args(arguments);
    plan.tell(&mut command);
    let mut command = Command::from(command);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(log.expect("a child's log can be written"))
        .kill_on_drop(true);
    command.spawn().expect("the child starts")
}

fn log_of(program: &Path, folder: &Path) -> PathBuf {
    let name = program.file_stem().expect("a program has a name");
    folder.join(name).with_extension("log")
}

/// What a child said before it ended.
pub(crate) fn last_words(program: &Path, folder: &Path) -> String {
    let words = std::fs::read(log_of(program, folder)).unwrap_or_default();
    String::from_utf8_lossy(&words[words.len().saturating_sub(LAST_WORDS_BYTES)..]).into_owned()
}

/// Whether a process was killed, rather than ended.
pub(crate) fn was_killed(status: ExitStatus) -> bool {
    status.code().is_none()
}

/// The city's process.
pub(crate) struct CityProcess {
    child: Child,
    said: Lines<BufReader<ChildStdout>>,
}

/// What the city did.
pub(crate) enum CityEvent {
    /// It waits at the place that its plan names.
    Held,
    /// It ended.
    Ended(ExitStatus),
}

impl CityProcess {
    /// Starts it, and waits until it takes requests.
    pub(crate) async fn start(programs: &Programs, folder: &Path, plan: &Plan) -> Result<Self, String> {
        let mut child = start(&programs.city, &[], folder, plan);
        let output = child.stdout.take().expect("its output is piped");
        let mut said = BufReader::new(output).lines();
        let ready = tokio::time::timeout(START_WITHIN, said.next_line()).await;
        match ready {
            Ok(Ok(Some(line))) if line == READY => Ok(Self { child, said }),
            other => Err(format!(
                "the city doesn't start ({other:?}): {}",
                last_words(&programs.city, folder)
            )),
        }
    }

    /// Waits for what it does next.
    pub(crate) async fn next(&mut self) -> CityEvent {
        match self.said.next_line().await {
            Ok(Some(line)) if line == HELD => CityEvent::Held,
            Ok(Some(line)) => panic!("the city said {line:?}"),
            Ok(None) | Err(_) => CityEvent::Ended(self.child.wait().await.expect("a child can be waited for")),
        }
    }

    /// Lets it go on from where it waits.
    pub(crate) async fn go_on(&mut self) {
        let input = self.child.stdin.as_mut().expect("its input is piped");
        input.write_all(b"go on\n").await.expect("the city listens");
    }

    /// Kills it, if it still runs.
    pub(crate) async fn end(&mut self) {
        self.child.kill().await.expect("a child can be killed");
    }
}

/// The phone's process.
pub(crate) struct PhoneProcess(Child);

impl PhoneProcess {
    pub(crate) fn start(programs: &Programs, folder: &Path, flow: super::Flow, plan: &Plan) -> Self {
        Self(start(&programs.phone, &[flow.name()], folder, plan))
    }

    /// Waits for its end.
    pub(crate) async fn ended(&mut self) -> ExitStatus {
        self.0.wait().await.expect("a child can be waited for")
    }

    /// Kills it; whether it still ran.
    pub(crate) async fn kill(&mut self) -> bool {
        // An error means that it has ended already.
        let _ = self.0.start_kill();
        was_killed(self.ended().await)
    }
}
