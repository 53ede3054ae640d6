//! Runs the scenarios of `tests/scenarios/*.feature` against the Rust face, each in a fresh city. What a step means is written in
//! `tests/scenarios/README.md`; the runners of the other languages follow the same page.
//!
//! A step that nobody knows fails its scenario: nothing is skipped. Before it says anything, the runner is tried on scenarios that must
//! fail. `cargo test --test scenarios -- WORDS` runs those whose name holds the words.

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

use cucumber::{
    Cucumber, WriterExt as _,
    writer::{self, Coloring, Stats as _, Verbosity},
};
use report::Report;
use stage::Stage;
use std::{
    env, io,
    path::{Path, PathBuf},
    process::ExitCode,
};

/// Each has a city of its own; more at once than the machine has processors only makes each slower.
const AT_ONCE: usize = 2;

#[tokio::main]
async fn main() -> ExitCode {
    let features = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let words: Vec<String> = env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let wrong = run(features.join("wrong"), Vec::new(), io::sink()).await;
    let passed = wrong.passed();
    if !passed.is_empty() || wrong.failed().is_empty() {
        println!("this runner can't be believed: it lets pass what must fail: {passed:?}");
        return ExitCode::FAILURE;
    }
    run(features, words, io::stdout()).await.close()
}

/// Runs the scenarios of a folder, not of those in it, whose names hold all the words.
async fn run(folder: PathBuf, words: Vec<String>, out: impl io::Write + 'static) -> Report {
    let report = Report::default();
    let (begun, ended) = (report.clone(), report.clone());
    let folder = folder.canonicalize().expect("the folder of the features");
    let here = folder.clone();
    let plain = writer::Basic::raw(out, Coloring::Auto, Verbosity::Default);
    let told = Cucumber::<Stage, _, PathBuf, _, _>::new()
        .steps(vocabulary::collection())
        .with_writer(plain.normalized().summarized())
        .with_default_cli()
        .max_concurrent_scenarios(AT_ONCE)
        .before(move |feature, _, scenario, _| begun.begin(feature, scenario))
        .after(move |feature, _, scenario, event, stage| ended.end(feature, scenario, event, stage))
        .filter_run(folder, move |feature, _, scenario| {
            let name = report::name_of(feature, scenario);
            let is_here = feature.path.as_deref().and_then(Path::parent) == Some(here.as_path());
            is_here && words.iter().all(|word| name.contains(word.as_str()))
        })
        .await;
    assert_eq!(told.parsing_errors(), 0, "a feature can't be read");
    report
}
