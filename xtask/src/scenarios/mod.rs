//! `cargo xtask scenarios`: the scenarios of `tests/scenarios`, in every language that has the core, and one report of them.
//!
//! Which scenarios there are is read from the features by the official reader of Gherkin, and not from what the runners say: one that
//! a runner left out has failed in its language. How a runner is told what it needs, and what it writes, is in
//! `tests/scenarios/README.md`; a language is added to [`LANGUAGES`].

mod pickles;
mod verdicts;

use crate::{
    bindings::{kotlin, swift},
    process::PROGRAM_TIME_MAX,
    progress::Verdict,
    steps::{Job, StepError},
    workspace::Workspace,
};
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};
use verdicts::Line;

/// Names the file that a runner writes its lines to.
pub(crate) const REPORT: &str = "RABT_SCENARIOS_REPORT";
/// Names the city's program.
pub(crate) const SANDBOX: &str = "RABT_SANDBOX";
/// Names the file of all scenarios, as JSON.
const PICKLES: &str = "RABT_SCENARIOS_PICKLES";
/// Names the file of those that must fail.
const WRONG: &str = "RABT_SCENARIOS_WRONG";

/// A language that has the core, and a runner.
struct Language {
    /// As its lines say.
    name: &'static str,
    /// Builds the runner and runs it; whether it ended well.
    run: fn(&mut Job<'_>, &Equipment) -> Result<bool, StepError>,
}

/// All of them.
const LANGUAGES: &[Language] = &[
    Language { name: RUST, run: rust },
    Language {
        name: "kotlin",
        run: kotlin::test,
    },
    Language {
        name: "swift",
        run: swift::scenarios,
    },
];

/// The one whose runner is a test of cargo's.
const RUST: &str = "rust";

/// What a runner is told, in its environment.
pub(crate) struct Equipment {
    report: PathBuf,
    sandbox: PathBuf,
    pickles: PathBuf,
    wrong: PathBuf,
}

impl Equipment {
    /// The command, with all of it.
    pub(crate) fn given_to(&self, mut command: Command) -> Command {
        command
            .env(REPORT, &self.report)
            .env(SANDBOX, &self.sandbox)
            .env(PICKLES, &self.pickles)
            .env(WRONG, &self.wrong);
        command
    }
}

/// Where the runner of a language writes its lines.
fn lines_of(workspace: &Workspace, language: &str) -> PathBuf {
    workspace.target.join("scenarios").join(format!("{language}.jsonl"))
}

/// Has the tests of cargo leave the lines of the Rust runner, so that [`check`] need not run it again.
pub(crate) fn reporting(workspace: &Workspace, mut tests: Command) -> Command {
    tests.env(REPORT, lines_of(workspace, RUST));
    tests
}

/// Makes room for the lines of a new run: what an earlier one left must not be taken for this one's.
///
/// # Errors
/// Where the folder can't be written to.
pub(crate) fn forget(workspace: &Workspace, language: &str) -> Result<(), StepError> {
    let file = lines_of(workspace, language);
    let folder = file.parent().unwrap_or(Path::new(""));
    let made = fs::create_dir_all(folder).and_then(|()| match fs::remove_file(&file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    });
    made.map_err(|error| unusable(&file, &error))
}

/// As [`forget`], for the tests of cargo.
///
/// # Errors
/// As there.
pub(crate) fn forget_rust(workspace: &Workspace) -> Result<(), StepError> {
    forget(workspace, RUST)
}

fn unusable(file: &Path, error: &dyn std::fmt::Display) -> StepError {
    StepError::Tool(format!("{}: {error}", file.display()))
}

/// The command: every language, whatever fails.
///
/// # Errors
/// As [`check`].
pub(crate) fn check_all(job: &mut Job<'_>) -> Result<Verdict, StepError> {
    every(job, true)
}

/// The step of `cargo xtask test`, after the tests of cargo, which ran the scenarios in Rust.
///
/// # Errors
/// Where a runner can't be built or run, or what it wrote can't be read.
pub(crate) fn check(job: &mut Job<'_>) -> Result<Verdict, StepError> {
    every(job, false)
}

fn every(job: &mut Job<'_>, with_rust: bool) -> Result<Verdict, StepError> {
    let workspace = job.workspace();
    let (pickles, names) = pickles::make(job, pickles::FEATURES, "pickles.json")?;
    let (wrong, _) = pickles::make(job, pickles::WRONG, "wrong.json")?;
    let sandbox = sandbox(job)?;
    let mut report = Vec::new();
    for language in LANGUAGES {
        let equipment = Equipment {
            report: lines_of(workspace, language.name),
            sandbox: sandbox.clone(),
            pickles: pickles.clone(),
            wrong: wrong.clone(),
        };
        let by_cargo = language.name == RUST && !with_rust;
        let ended_well = by_cargo || {
            forget(workspace, language.name)?;
            (language.run)(job, &equipment)?
        };
        let lines = verdicts::read(&equipment.report).map_err(|error| unusable(&equipment.report, &error))?;
        let lines = verdicts::judged(&names, language.name, lines, ended_well);
        tell(job, language.name, &lines);
        report.extend(lines);
    }
    let file = workspace.target.join("reports").join("scenarios.json");
    verdicts::write(&file, &report).map_err(|error| unusable(&file, &error))?;
    let failed = report.iter().any(|line| !line.passed);
    Ok(if failed { Verdict::Failed } else { Verdict::Passed })
}

/// Says what failed in a language, and the sum. Lines of cargo's tests are counted where they are printed.
fn tell(job: &mut Job<'_>, language: &str, lines: &[Line]) {
    for line in lines.iter().filter(|line| !line.passed) {
        let error = line.error.as_deref().unwrap_or("it did not say why");
        job.say(&format!("{language}: {}: {error}", line.scenario));
    }
    let passed = lines.iter().filter(|line| line.passed).count();
    let seconds: f64 = lines.iter().map(|line| line.seconds).sum();
    job.say(&format!(
        "{language}: {passed} of {} scenarios hold, {seconds:.1} s",
        lines.len()
    ));
    if language != RUST {
        job.count(passed, lines.len() - passed);
    }
}

/// The city's program, built with the features that the tests are built with, so that nothing is compiled twice.
///
/// # Errors
/// Where it can't be built.
pub(crate) fn sandbox(job: &mut Job<'_>) -> Result<PathBuf, StepError> {
    let mut build = job.workspace().cargo();
    build.args([
        "build",
        "--locked",
        "--workspace",
        "--all-features",
        "--bin",
        "rabt-sandbox",
        "--test",
        "architecture",
    ]);
    job.must(build)?;
    let program = format!("rabt-sandbox{}", env::consts::EXE_SUFFIX);
    Ok(job.workspace().target.join("debug").join(program))
}

fn rust(job: &mut Job<'_>, equipment: &Equipment) -> Result<bool, StepError> {
    let mut tests = job.workspace().cargo();
    tests.args([
        "test",
        "--locked",
        "--workspace",
        "--all-features",
        "--test",
        "scenarios",
    ]);
    job.try_run(equipment.given_to(tests), PROGRAM_TIME_MAX)
}
