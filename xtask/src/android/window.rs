//! The demo's screens in a window, beside a city of their own.

use super::desktop;
use crate::{
    bindings::Library,
    report, say,
    steps::{Job, StepError},
    tools,
    workspace::Workspace,
};
use std::{
    env,
    io::{self, BufRead as _, BufReader},
    process::{Command, ExitCode, Stdio},
};

/// Builds what the window needs.
///
/// # Errors
/// Where it can't be built.
pub(super) fn prepare(job: &mut Job<'_>) -> Result<(), StepError> {
    if env::var_os("DISPLAY").is_none() && env::var_os("WAYLAND_DISPLAY").is_none() {
        return Err(StepError::Tool(
            "there is no display to open a window on; `cargo xtask android` leaves pictures of the screens in target/reports/pictures"
                .to_owned(),
        ));
    }
    tools::maven(job, "the demo's screens")?;
    tools::drawing(job, "the demo's screens")?;
    Library::prepare_tests(job)?;
    desktop::build(job)
}

/// Starts a city, opens the window beside it, and ends the city when the window is closed.
pub(super) fn open(workspace: &Workspace) -> ExitCode {
    match beside_a_city(workspace) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => report::fail(&error),
    }
}

fn beside_a_city(workspace: &Workspace) -> Result<bool, StepError> {
    let failed = |what: &dyn std::fmt::Display| StepError::Tool(format!("the city: {what}"));
    let mut city: Command = workspace.command(workspace.target.join("debug/rabt-sandbox"));
    city.arg("--as-child").stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut city = city.spawn().map_err(|error| failed(&error))?;
    let mut said = String::new();
    let output = city.stdout.take().ok_or_else(|| failed(&"it has no output"))?;
    BufReader::new(output)
        .read_line(&mut said)
        .map_err(|error| failed(&error))?;
    let introduction: serde_json::Value = serde_json::from_str(&said).map_err(|error| failed(&error))?;
    let control = introduction["control"]
        .as_str()
        .ok_or_else(|| failed(&"it doesn't say where control is"))?;
    say(&format!(
        "the city's console is at {control}; close the window to end both"
    ));
    let ended = desktop::window(workspace)?.arg(control).status();
    // The end of its input is the end of the city.
    drop(city.stdin.take());
    city.wait().map_err(|error: io::Error| failed(&error))?;
    ended.map(|status| status.success()).map_err(|error| failed(&error))
}
