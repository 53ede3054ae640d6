//! What a command says at its end: the sum of the tests, and what failed.

use crate::say;
use std::{
    error::Error,
    fmt,
    fs::File,
    io::{self, Write as _},
    path::Path,
    process::ExitCode,
    time::Duration,
};

/// The tests of all runs together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    /// How many passed.
    pub(crate) passed: u64,
    /// How many failed.
    pub(crate) failed: u64,
    /// How many were not run. None may be, where everything is to be tested.
    pub(crate) ignored: u64,
    /// How many runs reported. Zero after a run of cargo means that its words were not understood.
    pub(crate) runs: u64,
}

impl Totals {
    /// Adds tests that were counted otherwise.
    pub(crate) fn add(&mut self, passed: usize, failed: usize) {
        self.passed += u64::try_from(passed).unwrap_or(u64::MAX);
        self.failed += u64::try_from(failed).unwrap_or(u64::MAX);
    }

    /// Adds what a line of a test run says. Other lines say nothing.
    pub(crate) fn read(&mut self, line: &str) {
        self.read_cargo(line.trim());
        self.read_swift(line.trim());
        if let Some((passed, failed)) = of_junit(line.trim()) {
            self.add(passed, failed);
        }
    }

    /// `test result: ok. 3 passed; 0 failed; 0 ignored; …`
    fn read_cargo(&mut self, line: &str) {
        let Some(counts) = line.strip_prefix("test result: ") else {
            return;
        };
        let counts = counts.split_once(". ").map_or(counts, |(_verdict, counts)| counts);
        let count = |word: &str| {
            counts
                .split(';')
                .find_map(|part| part.trim().strip_suffix(word)?.trim().parse::<u64>().ok())
        };
        if let (Some(passed), Some(failed), Some(ignored)) = (count("passed"), count("failed"), count("ignored")) {
            self.passed += passed;
            self.failed += failed;
            self.ignored += ignored;
            self.runs += 1;
        }
    }

    /// Swift Testing marks each line: `✔ Test it() passed after 0.1 seconds.`, `✘ Test it() failed after …`, and at the end
    /// `✔ Test run with 2 tests passed after …`.
    fn read_swift(&mut self, line: &str) {
        let Some((mark, said)) = line.split_once(" Test ") else {
            return;
        };
        if mark.is_empty() || mark.is_ascii() {
            return;
        }
        if said.starts_with("run with ") && (said.contains(" passed after ") || said.contains(" failed after ")) {
            self.runs += 1;
        } else if said.contains(" passed after ") {
            self.passed += 1;
        } else if said.contains(" failed after ") {
            self.failed += 1;
        }
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

/// What JUnit 4 says at the end of a run, of which it says one: `OK (3 tests)`, `Tests run: 3,  Failures: 1`.
fn of_junit(line: &str) -> Option<(usize, usize)> {
    if let Some(rest) = line.strip_prefix("OK (") {
        return Some((rest.split_once(" test")?.0.parse().ok()?, 0));
    }
    let (run, failed) = line.strip_prefix("Tests run: ")?.split_once(",  Failures: ")?;
    let (run, failed): (usize, usize) = (run.parse().ok()?, failed.parse().ok()?);
    Some((run.saturating_sub(failed), failed))
}

/// A duration as people read it: `12.3 s`.
pub(crate) fn seconds(took: Duration) -> String {
    format!("{:.1} s", took.as_secs_f64())
}

/// Prints a file as it is.
pub(crate) fn show(log: &Path) {
    let shown = File::open(log).and_then(|mut file| {
        let mut out = io::stdout().lock();
        io::copy(&mut file, &mut out)?;
        out.flush()
    });
    if let Err(error) = shown {
        say(&format!("{} can't be shown: {error}", log.display()));
    }
}

/// Prints an error with its causes.
pub(crate) fn fail(error: &dyn Error) -> ExitCode {
    let mut text = format!("error: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!("\n  because: {error}"));
        cause = error.source();
    }
    let _ = writeln!(io::stderr().lock(), "{text}");
    ExitCode::FAILURE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runs_of_all_crates_are_summed() {
        let mut totals = Totals::default();
        for line in [
            "   Doc-tests rabt",
            "test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.31s",
            "test reads_a_bill ... ok",
            "test result: FAILED. 3 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out; finished in 1.00s",
        ] {
            totals.read(line);
        }
        assert_eq!(
            totals,
            Totals {
                passed: 15,
                failed: 2,
                ignored: 1,
                runs: 2
            }
        );
        assert_eq!(totals.to_string(), "15 passed, 2 failed");
    }

    #[test]
    fn what_junit_says_is_summed_too() {
        let mut totals = Totals::default();
        for line in [
            "OK (7 tests)",
            "OK (1 test)",
            "Tests run: 5,  Failures: 2",
            "Tests run: 5, Failures: 2, Errors: 0",
            "OK (all)",
        ] {
            totals.read(line);
        }
        assert_eq!((totals.passed, totals.failed, totals.runs), (11, 2, 0));
    }

    #[test]
    fn what_swift_says_is_summed_too() {
        let mut totals = Totals::default();
        for line in [
            "◇ Test run started.",
            "◇ Test isExact() started.",
            "✔ Test isExact() passed after 0.001 seconds.",
            "✘ Test isSafe() recorded an issue at SafetyTests.swift:7:9: Expectation failed: false",
            "✘ Test isSafe() failed after 0.002 seconds with 1 issue.",
            "✘ Suite SafetyTests failed after 0.002 seconds with 1 issue.",
            "✘ Test run with 2 tests failed after 0.003 seconds with 1 issue.",
        ] {
            totals.read(line);
        }
        assert_eq!((totals.passed, totals.failed, totals.runs), (1, 1, 1));
    }

    #[test]
    fn words_that_are_not_understood_are_no_run() {
        let mut totals = Totals::default();
        totals.read("test result: splendid");
        totals.read("test result: ok. many passed; 0 failed; 0 ignored");
        assert_eq!(totals, Totals::default());
    }
}
