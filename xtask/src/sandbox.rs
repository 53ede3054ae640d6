//! `cargo xtask sandbox`: the simulated city, by its own binary.

use crate::{report, workspace::Workspace};
use std::{ffi::OsString, process::ExitCode};

/// Builds and runs the city in the foreground with the arguments that it is given.
pub(crate) fn run(workspace: &Workspace, arguments: Vec<OsString>) -> ExitCode {
    let mut command = workspace.cargo();
    command
        .env_remove("CARGO_TERM_COLOR")
        .args(["run", "--package", "rabt-sandbox", "--bin", "rabt-sandbox", "--"])
        .args(arguments);
    run_in_our_place(command)
}

/// The city takes over this process, so that a signal reaches it and nobody else, and its exit code is ours.
#[cfg(unix)]
fn run_in_our_place(mut command: std::process::Command) -> ExitCode {
    use std::os::unix::process::CommandExt as _;
    report::fail(&command.exec())
}

#[cfg(not(unix))]
fn run_in_our_place(mut command: std::process::Command) -> ExitCode {
    match command.status() {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => report::fail(&error),
    }
}
