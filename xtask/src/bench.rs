//! `cargo xtask bench`: builds what is measured as it is shipped, and measures it.

use crate::{report, say, workspace::Workspace};
use std::{
    env,
    process::{Command, ExitCode},
};

/// Builds the bench and runs it in the foreground. It fails where a measure could not be made; a goal that was missed is printed and in the report.
pub(crate) fn run(workspace: &Workspace, only: &[String], quick: bool) -> ExitCode {
    say("building what is measured, with the profile of what is shipped; the first time takes some minutes");
    let mut build = workspace.cargo();
    build.args(["build", "--locked", "--release", "--package", "rabt-bench"]);
    if let Err(code) = succeed(build) {
        return code;
    }
    let program = workspace
        .target
        .join("release")
        .join(format!("rabt-bench{}", env::consts::EXE_SUFFIX));
    let mut bench = workspace.command(program);
    bench
        .arg("--report")
        .arg(workspace.target.join("reports").join("bench.json"));
    for name in only {
        bench.args(["--only", name]);
    }
    if quick {
        bench.arg("--quick");
    }
    match succeed(bench) {
        Ok(()) => ExitCode::SUCCESS,
        Err(code) => code,
    }
}

/// Runs a program in the foreground.
fn succeed(mut command: Command) -> Result<(), ExitCode> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(ExitCode::FAILURE),
        Err(error) => Err(report::fail(&error)),
    }
}
