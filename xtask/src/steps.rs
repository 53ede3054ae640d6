//! The steps of `cargo xtask test`, in the order in which a mistake is found soonest, and what a step can do.

use crate::{
    android,
    bindings::kotlin,
    fuzz, ios,
    process::{self, Log, PROGRAM_TIME_MAX, ProcessError},
    progress::{Progress, Verdict},
    report::Totals,
    scenarios, swift,
    tools::{self, SecretStoreSession},
    workspace::Workspace,
};
use std::{path::PathBuf, process::Command, time::Duration};

/// How long the advisories' database may take to come. It is some megabytes; a network that needs longer has none.
const ADVISORIES_FETCH_TIME_MAX: Duration = Duration::from_secs(120);

/// What a step does.
pub(crate) type Check = fn(&mut Job<'_>) -> Result<Verdict, StepError>;

/// One step: a name, and what it does.
pub(crate) struct Step {
    /// As it is shown; the file of its output is called so too.
    pub(crate) name: &'static str,
    /// Does it.
    pub(crate) run: Check,
}

/// All steps. One dev profile serves them all, so that they share what they compile.
pub(crate) const STEPS: [Step; 14] = [
    Step {
        name: "tools",
        run: bring_tools,
    },
    Step {
        name: "format",
        run: format,
    },
    Step {
        name: "clippy",
        run: clippy,
    },
    Step {
        name: "rustdoc",
        run: rustdoc,
    },
    Step {
        name: "dependencies",
        run: dependencies,
    },
    Step {
        name: "advisories",
        run: advisories,
    },
    Step {
        name: "build tests",
        run: build_tests,
    },
    Step {
        name: "tests",
        run: run_tests,
    },
    Step {
        name: "scenarios",
        run: scenarios::check,
    },
    Step {
        name: "kotlin package",
        run: kotlin::check,
    },
    Step {
        name: "android",
        run: android::check,
    },
    Step {
        name: "swift package",
        run: swift::step,
    },
    Step {
        name: "ios",
        run: ios::check,
    },
    Step {
        name: "fuzz",
        run: fuzz::step,
    },
];

/// A step could not be done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StepError {
    /// A program could not be run to its end.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// A tool is missing and can't be brought; says what to do.
    #[error("{0}")]
    Tool(String),
    /// cargo said that all is well, but not one line about a test was understood.
    #[error(
        "cargo reported no test runs; the form of its `test result` lines must have changed: mend `report::Totals::read`"
    )]
    NoTestRuns,
}

/// What a step works with.
pub(crate) struct Job<'a> {
    workspace: &'a Workspace,
    progress: &'a Progress,
    log: Log,
    totals: &'a mut Totals,
}

impl<'a> Job<'a> {
    /// For one step.
    ///
    /// # Errors
    /// Where the file of its output can't be made.
    pub(crate) fn new(
        workspace: &'a Workspace,
        progress: &'a Progress,
        log: PathBuf,
        totals: &'a mut Totals,
    ) -> Result<Self, StepError> {
        Ok(Self {
            workspace,
            progress,
            log: Log::create(log)?,
            totals,
        })
    }

    /// The checkout.
    pub(crate) fn workspace(&self) -> &'a Workspace {
        self.workspace
    }

    /// Tells the person something between the steps' own lines.
    pub(crate) fn say(&self, line: &str) {
        self.progress.say(line);
    }

    /// Runs a program; whether it reported success.
    ///
    /// # Errors
    /// Where it could not be run to its end.
    pub(crate) fn try_run(&mut self, command: Command, limit: Duration) -> Result<bool, StepError> {
        let (progress, totals) = (self.progress, &mut *self.totals);
        let status = process::run(command, limit, &mut self.log, &mut |line| {
            progress.line(line);
            totals.read(line);
        })?;
        Ok(status.success())
    }

    /// Runs a program that must succeed if the step is to go on.
    ///
    /// # Errors
    /// Where it could not be run to its end, or failed.
    pub(crate) fn must(&mut self, command: Command) -> Result<(), StepError> {
        let program = command.get_program().to_string_lossy().into_owned();
        if self.try_run(command, PROGRAM_TIME_MAX)? {
            Ok(())
        } else {
            Err(StepError::Tool(format!("`{program}` failed; what it said is above")))
        }
    }

    /// Adds tests to the sum that were not counted from what cargo printed.
    pub(crate) fn count(&mut self, passed: usize, failed: usize) {
        self.totals.add(passed, failed);
    }

    /// How many runs of tests have reported so far.
    pub(crate) fn runs(&self) -> u64 {
        self.totals.runs
    }

    /// Runs a program whose success is the step's.
    fn check(&mut self, command: Command) -> Result<Verdict, StepError> {
        Ok(if self.try_run(command, PROGRAM_TIME_MAX)? {
            Verdict::Passed
        } else {
            Verdict::Failed
        })
    }

    fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = self.workspace.cargo();
        command.args(arguments);
        command
    }
}

/// Before anything that takes long: what can't be brought should be known at once.
fn bring_tools(job: &mut Job<'_>) -> Result<Verdict, StepError> {
    tools::component(job, "fmt", "rustfmt")?;
    tools::component(job, "clippy", "clippy")?;
    tools::secret_service(job)?;
    tools::node(job)?;
    tools::cargo_deny(job)?;
    Ok(Verdict::Passed)
}

fn format(job: &mut Job<'_>) -> Result<Verdict, StepError> {
    job.check(job.cargo(&["fmt", "--all", "--check"]))
}

fn clippy(job: &mut Job<'_>) -> Result<Verdict, StepError> {
    job.check(job.cargo(&[
        "clippy",
        "--locked",
        "--workspace",
        "--all-targets",
        "--all-features",
        "--",
        "-D",
        "warnings",
    ]))
}

fn rustdoc(job: &mut Job<'_>) -> Result<Verdict, StepError> {
    let mut command = job.cargo(&["doc", "--locked", "--workspace", "--no-deps", "--all-features"]);
    command.env("RUSTDOCFLAGS", "-D warnings");
    job.check(command)
}

/// Licences, bans and sources, against `deny.toml`. An exception there that has become needless fails too.
fn dependencies(job: &mut Job<'_>) -> Result<Verdict, StepError> {
    let mut command = job.workspace.command(tools::cargo_deny(job)?);
    command.args(["--locked", "check", "-D", "unmatched-skip", "-D", "unnecessary-skip"]);
    command.args(["bans", "licenses", "sources"]);
    job.check(command)
}

/// Known weaknesses of the dependencies. The database lies in a repository of its own: without a network to fetch it by, it is
/// not known whether there are any, and this says so.
fn advisories(job: &mut Job<'_>) -> Result<Verdict, StepError> {
    let cargo_deny = tools::cargo_deny(job)?;
    let mut fetch = job.workspace.command(&cargo_deny);
    fetch.args(["fetch", "db"]);
    let fetched = match job.try_run(fetch, ADVISORIES_FETCH_TIME_MAX) {
        Ok(fetched) => fetched,
        Err(StepError::Process(ProcessError::TooLong { .. })) => false,
        Err(error) => return Err(error),
    };
    if !fetched {
        return Ok(Verdict::NotChecked(
            "the advisory database could not be fetched, so it is not known whether a dependency has a published weakness; \
             run this again where there is a network"
                .to_owned(),
        ));
    }
    let mut check = job.workspace.command(cargo_deny);
    check.args(["--locked", "check", "--disable-fetch", "advisories"]);
    job.check(check)
}

/// The arguments of both steps below, so that the second finds built what the first built.
const ALL_TESTS: [&str; 5] = ["test", "--locked", "--workspace", "--all-features", "--no-fail-fast"];

/// Apart from running them, so that the seconds of each are known.
fn build_tests(job: &mut Job<'_>) -> Result<Verdict, StepError> {
    let mut command = job.cargo(&ALL_TESTS);
    command.arg("--no-run");
    job.check(command)
}

fn run_tests(job: &mut Job<'_>) -> Result<Verdict, StepError> {
    let session = SecretStoreSession::prepare()?;
    scenarios::forget_rust(job.workspace)?;
    let command = session.around(job.workspace, &job.cargo(&ALL_TESTS));
    let command = scenarios::reporting(job.workspace, command);
    let runs_before = job.totals.runs;
    let verdict = job.check(command)?;
    if verdict == Verdict::Passed && job.totals.runs == runs_before {
        return Err(StepError::NoTestRuns);
    }
    Ok(verdict)
}
