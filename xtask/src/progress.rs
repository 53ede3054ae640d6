//! Shows how far a command is: a bar in a terminal, plain lines anywhere else.

use crate::{report::seconds, say};
use indicatif::{ProgressBar, ProgressStyle};
use std::{
    io::{self, IsTerminal as _},
    time::Duration,
};

/// How often the bar moves while a program says nothing. Ten times a second looks alive and costs nothing.
const TICK: Duration = Duration::from_millis(100);

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// What it checks holds.
    Passed,
    /// It could not be checked here, for this reason. That is no pass.
    NotChecked(String),
    /// It doesn't hold.
    Failed,
}

impl Verdict {
    fn mark(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::NotChecked(_) => "NOT CHECKED",
            Self::Failed => "FAILED",
        }
    }
}

/// The steps of one command as they go by.
pub(crate) struct Progress {
    /// Absent where nobody watches.
    bar: Option<ProgressBar>,
    steps: usize,
    begun: usize,
}

impl Progress {
    /// For a command of so many steps.
    pub(crate) fn new(steps: usize) -> Self {
        let watched = io::stderr().is_terminal() && io::stdout().is_terminal();
        let bar = watched.then(|| {
            let bar = ProgressBar::new(u64::try_from(steps).unwrap_or(u64::MAX));
            if let Ok(style) = ProgressStyle::with_template("{bar:20} {pos}/{len} {prefix} {elapsed} {wide_msg:.dim}") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(TICK);
            bar
        });
        Self { bar, steps, begun: 0 }
    }

    /// A step begins.
    pub(crate) fn begin(&mut self, step: &str) {
        self.begun += 1;
        match &self.bar {
            Some(bar) => {
                bar.set_prefix(step.to_owned());
                bar.set_message("");
            }
            None => say(&format!("[{}/{}] {step} …", self.begun, self.steps)),
        }
    }

    /// A program of the step printed this line.
    pub(crate) fn line(&self, line: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(line.trim().to_owned());
        }
    }

    /// The step is over.
    pub(crate) fn end(&self, step: &str, verdict: &Verdict, took: Duration) {
        let line = format!(
            "[{}/{}] {step}: {}, {}",
            self.begun,
            self.steps,
            verdict.mark(),
            seconds(took)
        );
        if let Some(bar) = &self.bar {
            bar.inc(1);
        }
        self.say(&line);
    }

    /// Prints a line above the bar.
    pub(crate) fn say(&self, line: &str) {
        self.pause(|| say(line));
    }

    /// Takes the bar away while something else is printed.
    pub(crate) fn pause(&self, print: impl FnOnce()) {
        match &self.bar {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }

    /// Nothing more is shown beside the lines that are printed from now on.
    pub(crate) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
