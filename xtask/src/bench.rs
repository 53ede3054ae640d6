//! `cargo xtask bench`: builds what is measured as it is shipped, and what it is measured against, and measures.

use crate::{
    bindings::{Library, kotlin, swift},
    progress::Progress,
    report::{self, Totals},
    say,
    steps::{Job, StepError},
    tools,
    workspace::Workspace,
};
use std::{
    collections::BTreeSet,
    env,
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

/// What a measure calls the peer in Kotlin.
const KOTLIN: &str = "kotlin";
/// What a measure calls the library in Kotlin.
const KOTLIN_LIBRARY: &str = "kotlin-library";
/// What it calls the app in Swift.
const SWIFT: &str = "swift";

/// Builds the bench and the peers that the chosen measures need, and runs it in the foreground. It fails where a measure could not
/// be made; a goal that was missed is printed, and in the report.
pub(crate) fn run(workspace: &Workspace, only: &[String], quick: bool) -> ExitCode {
    match prepare_and_run(workspace, only, quick) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => report::fail(&error),
    }
}

fn prepare_and_run(workspace: &Workspace, only: &[String], quick: bool) -> Result<bool, StepError> {
    say("building what is measured, with the profile of what is shipped; the first time takes some minutes");
    let mut build = workspace.cargo();
    build.args(["build", "--locked", "--release", "--package", "rabt-bench"]);
    if !succeeds(build)? {
        return Ok(false);
    }
    let program = workspace
        .target
        .join("release")
        .join(format!("rabt-bench{}", env::consts::EXE_SUFFIX));
    let mut bench = workspace.command(&program);
    for name in only {
        bench.args(["--only", name]);
    }
    let needed = needed(workspace, &program, only)?;
    if needed.contains(KOTLIN) {
        bench.arg("--kotlin-peer").arg(kotlin_peer(workspace)?);
    }
    if needed.contains(KOTLIN_LIBRARY) {
        bench.arg("--kotlin-library").arg(kotlin_library(workspace)?);
    }
    if needed.contains(SWIFT) {
        bench.arg("--swift-peer").arg(swift_peer(workspace)?);
        // The app in Swift may run in a folder of its own, from which no other than the build folder is seen.
        let folders = workspace.target.join("tmp");
        fs::create_dir_all(&folders).map_err(|error| StepError::Tool(format!("{}: {error}", folders.display())))?;
        bench.env("TMPDIR", folders);
    }
    if quick {
        bench.arg("--quick");
    }
    bench
        .arg("--report")
        .arg(workspace.target.join("reports").join("bench.json"));
    succeeds(bench)
}

/// Asks the bench, which lists each chosen measure with what it needs.
fn needed(workspace: &Workspace, program: &Path, only: &[String]) -> Result<BTreeSet<String>, StepError> {
    let mut list = workspace.command(program);
    list.arg("--list");
    for name in only {
        list.args(["--only", name]);
    }
    let listed = list.output().map_err(|error| failed(&list, &error))?;
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    let needed = listed.lines().filter_map(|line| line.split('\t').nth(1));
    Ok(needed.flat_map(|needed| needed.split(',')).map(str::to_owned).collect())
}

/// Builds the Kotlin library as it is shipped, and the bench's own program over it; the class path.
fn kotlin_library(workspace: &Workspace) -> Result<OsString, StepError> {
    say("building the library for Kotlin as it is shipped; the first time takes some minutes");
    let library = Library::build(workspace, true)
        .and_then(|library| library.generate(workspace).map(|_| library))
        .map_err(|error| StepError::Tool(error.to_string()))?;
    making(workspace, "kotlin-library", |job| kotlin::bench(job, &library.path))
}

/// Builds `tests/peers/kotlin`; its class path.
fn kotlin_peer(workspace: &Workspace) -> Result<OsString, StepError> {
    let target = workspace.target.join("peers").join(KOTLIN);
    making(workspace, "kotlin-peer", |job| {
        tools::maven(job, "the measures against Kotlin")?;
        say("building the peer that is written in Kotlin; the first time fetches its libraries");
        let mut build = workspace.command("mvn");
        build
            .args(["--batch-mode", "--quiet", "--file", "tests/peers/kotlin/pom.xml"])
            .args(["-Dkotlin.compiler.daemon=false", "package"]);
        build.arg(format!("-Dpeer.target={}", target.display()));
        job.must(build)
    })?;
    let jars: [PathBuf; 2] = [target.join("kotlin-peer-0.1.0.jar"), target.join("lib").join("*")];
    env::join_paths(jars).map_err(|error| StepError::Tool(format!("the peer has no class path: {error}")))
}

/// Builds `tests/peers/swift-app` over the library as it is shipped; a program that starts it.
fn swift_peer(workspace: &Workspace) -> Result<PathBuf, StepError> {
    say("building the app that is written in Swift, and the library as it is shipped");
    making(workspace, "swift-peer", swift::peer)
}

/// Makes something that a measure needs. What the programs say is in a log of this name, and shown where one fails.
fn making<T>(
    workspace: &Workspace,
    name: &str,
    make: impl FnOnce(&mut Job<'_>) -> Result<T, StepError>,
) -> Result<T, StepError> {
    let (progress, mut totals) = (Progress::new(1), Totals::default());
    let log = workspace.target.join("xtask").join(format!("{name}.log"));
    let made = Job::new(workspace, &progress, log.clone(), &mut totals).and_then(|mut job| make(&mut job));
    progress.finish();
    if made.is_err() {
        report::show(&log);
    }
    made
}

/// Runs a program in the foreground; whether it reported success.
fn succeeds(mut command: Command) -> Result<bool, StepError> {
    let status = command.status().map_err(|error| failed(&command, &error))?;
    Ok(status.success())
}

fn failed(command: &Command, error: &io::Error) -> StepError {
    StepError::Tool(format!("`{}`: {error}", command.get_program().to_string_lossy()))
}
