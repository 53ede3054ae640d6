//! The demo's screens on a desktop: tested without a display, and as a window beside the city.

use crate::{
    process::PROGRAM_TIME_MAX,
    scenarios::SANDBOX,
    steps::{Job, StepError},
    workspace::Workspace,
};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Where Maven leaves the window's classes and the list of what they need, below the build folder.
const BUILT: &str = "maven/rabt-demo-desktop";

fn maven(job: &Job<'_>, goal: &str) -> Command {
    let target = &job.workspace().target;
    let mut maven = job.workspace().command("mvn");
    maven.args(["--batch-mode", "--quiet", "--file", "android-demo/pom.xml"]);
    maven.args([
        "--projects",
        ":rabt-demo-desktop",
        "--also-make",
        "-Dkotlin.compiler.daemon=false",
    ]);
    maven.arg(format!("-Drabt.target={}", target.display()));
    maven.arg(goal);
    maven.env(SANDBOX, target.join("debug/rabt-sandbox"));
    maven
}

/// Builds it with the Kotlin library and runs its tests; whether all passed. Their pictures go into the folder.
///
/// # Errors
/// Where Maven can't be run.
pub(super) fn test(job: &mut Job<'_>, pictures: &Path) -> Result<bool, StepError> {
    let mut maven = maven(job, "test");
    maven.arg(format!("-Drabt.pictures={}", pictures.display()));
    job.try_run(maven, PROGRAM_TIME_MAX)
}

/// Builds it.
///
/// # Errors
/// Where it doesn't build.
pub(super) fn build(job: &mut Job<'_>) -> Result<(), StepError> {
    let maven = maven(job, "process-classes");
    job.must(maven)
}

/// The window, as a program that is given the address of the city's control.
///
/// # Errors
/// Where it wasn't built.
pub(super) fn window(workspace: &Workspace) -> Result<Command, StepError> {
    let built = workspace.target.join(BUILT);
    let list = built.join("window.classpath");
    let needed = fs::read_to_string(&list).map_err(|error| StepError::Tool(format!("{}: {error}", list.display())))?;
    let classes: PathBuf = built.join("classes");
    let mut java = workspace.command("java");
    java.arg(format!(
        "-Djna.library.path={}",
        workspace.target.join("bindings/native").display()
    ));
    java.arg("-cp").arg(format!("{}:{}", classes.display(), needed.trim()));
    java.arg("city.rabt.demo.MainKt");
    Ok(java)
}
