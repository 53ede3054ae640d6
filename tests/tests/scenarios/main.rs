//! Runs the scenarios of `tests/scenarios/*.feature` against the Rust face, each in a fresh city. What a step means is written in
//! `tests/scenarios/README.md`; the runners of the other languages follow the same page.
//!
//! A step that nobody knows fails its scenario: nothing is skipped. `cargo test --test scenarios -- WORDS` runs those whose name
//! holds the words.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a step that isn't as it was told has failed, and the program prints what became of the scenarios"
)]

mod city;
mod money;
mod phone;
mod report;
mod stage;
mod steps;
mod vocabulary;

use cucumber::{Cucumber, WriterExt as _, writer};
use report::Report;
use stage::Stage;
use std::{env, path::Path, process::ExitCode};

/// Each has a city of its own; more at once than the machine has processors only makes each slower.
const AT_ONCE: usize = 2;

#[tokio::main]
async fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let report = Report::default();
    let (begun, ended) = (report.clone(), report.clone());
    let cucumber = Cucumber::<Stage, _, &Path, _, _>::new()
        .steps(vocabulary::collection())
        .with_writer(writer::Basic::stdout().summarized())
        .with_default_cli()
        .max_concurrent_scenarios(AT_ONCE)
        .before(move |feature, _, scenario, _| begun.begin(feature, scenario))
        .after(move |feature, _, scenario, event, stage| ended.end(feature, scenario, event, stage));
    let features = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    cucumber
        .filter_run(&features, move |feature, _, scenario| {
            let name = report::name_of(feature, scenario);
            words.iter().all(|word| name.contains(word.as_str()))
        })
        .await;
    report.close()
}
