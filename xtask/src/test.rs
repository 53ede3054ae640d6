//! `cargo xtask test`: all steps, one after the other, to the first that fails.

use crate::{
    progress::{Progress, Verdict},
    report::{self, Totals, seconds},
    say,
    steps::{Job, STEPS, Step},
    workspace::Workspace,
};
use std::{process::ExitCode, time::Instant};

/// Runs the steps. `keep_going` goes on after one that failed. The last line is always `N passed, N failed`, over all test runs.
pub(crate) fn run(workspace: &Workspace, keep_going: bool) -> ExitCode {
    let begun = Instant::now();
    let mut progress = Progress::new(STEPS.len());
    let mut totals = Totals::default();
    let mut failed = Vec::new();
    let mut not_checked = Vec::new();
    for step in &STEPS {
        match one(workspace, step, &mut progress, &mut totals) {
            Verdict::Passed => {}
            Verdict::NotChecked(why) => not_checked.push((step.name, why)),
            Verdict::Failed => {
                failed.push(step.name);
                if !keep_going {
                    break;
                }
            }
        }
    }
    progress.finish();
    for (step, why) in &not_checked {
        say(&format!("{step}: NOT CHECKED, which is no pass: {why}."));
    }
    if totals.ignored > 0 {
        say(&format!("tests: {} marked #[ignore] did NOT RUN.", totals.ignored));
    }
    let took = seconds(begun.elapsed());
    if failed.is_empty() {
        say(&format!("everything that was checked holds, {took}"));
    } else {
        say(&format!("failed: {}, {took}", failed.join(", ")));
    }
    say(&totals.to_string());
    if failed.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// One step as a command of its own; whatever tests it runs are summed.
pub(crate) fn alone(workspace: &Workspace, step: &Step) -> ExitCode {
    let (mut progress, mut totals) = (Progress::new(1), Totals::default());
    let verdict = one(workspace, step, &mut progress, &mut totals);
    progress.finish();
    if totals != Totals::default() {
        say(&totals.to_string());
    }
    if verdict == Verdict::Passed {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// One step from its first line to its last; where it fails, its whole output.
fn one(workspace: &Workspace, step: &Step, progress: &mut Progress, totals: &mut Totals) -> Verdict {
    let begun = Instant::now();
    progress.begin(step.name);
    let log = workspace
        .target
        .join("xtask")
        .join(format!("{}.log", step.name.replace(' ', "-")));
    let done = Job::new(workspace, progress, log.clone(), totals).and_then(|mut job| (step.run)(&mut job));
    let verdict = match &done {
        Ok(verdict) => verdict.clone(),
        Err(_) => Verdict::Failed,
    };
    if verdict == Verdict::Failed {
        progress.pause(|| report::show(&log));
    }
    if let Err(error) = done {
        progress.say(&format!("{}: {error}", step.name));
    }
    progress.end(step.name, &verdict, begun.elapsed());
    verdict
}
