//! What became of the scenarios: a line for each to the file that `RABT_SCENARIOS_REPORT` names, and the sum in the words of
//! `cargo test`.

use crate::stage::Stage;
use cucumber::{event::ScenarioFinished, gherkin};
use futures_util::future::LocalBoxFuture;
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    env, fs,
    process::ExitCode,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

/// Names the file.
const REPORT: &str = "RABT_SCENARIOS_REPORT";

/// See the module. Clones are the same report.
#[derive(Clone, Default)]
pub(crate) struct Report {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    begun: HashMap<String, Instant>,
    ended: Vec<Value>,
}

/// The name by which a scenario is known in every language.
pub(crate) fn name_of(feature: &gherkin::Feature, scenario: &gherkin::Scenario) -> String {
    format!("{}: {}", feature.name, scenario.name)
}

impl Report {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A scenario begins.
    pub(crate) fn begin(
        &self,
        feature: &gherkin::Feature,
        scenario: &gherkin::Scenario,
    ) -> LocalBoxFuture<'static, ()> {
        let twice = self.lock().begun.insert(name_of(feature, scenario), Instant::now());
        assert!(twice.is_none(), "two scenarios have the same name");
        Box::pin(async {})
    }

    /// A scenario has ended.
    pub(crate) fn end<'a>(
        &self,
        feature: &gherkin::Feature,
        scenario: &gherkin::Scenario,
        event: &ScenarioFinished,
        stage: Option<&'a mut Stage>,
    ) -> LocalBoxFuture<'a, ()> {
        let name = name_of(feature, scenario);
        let seconds = self.lock().begun[&name].elapsed().as_secs_f64();
        let unspoken = stage.map_or(Ok(()), |stage| stage.nothing_unspoken());
        let error = match event {
            ScenarioFinished::StepPassed => unspoken.as_ref().err().cloned(),
            ScenarioFinished::StepSkipped => Some("a step isn't known".to_owned()),
            ScenarioFinished::StepFailed(_, _, error) => Some(error.to_string()),
            ScenarioFinished::BeforeHookFailed(_) => Some("it could not begin".to_owned()),
        };
        let mut line = json!({"scenario": name, "language": "rust", "passed": error.is_none(), "seconds": seconds});
        if let Some(error) = error {
            line["error"] = error.into();
        }
        self.lock().ended.push(line);
        Box::pin(async move { unspoken.unwrap_or_else(|error| panic!("{error}")) })
    }

    /// The names of those that passed.
    pub(crate) fn passed(&self) -> Vec<String> {
        self.named(true)
    }

    /// The names of those that failed.
    pub(crate) fn failed(&self) -> Vec<String> {
        self.named(false)
    }

    fn named(&self, passed: bool) -> Vec<String> {
        let inner = self.lock();
        let lines = inner.ended.iter().filter(|line| line["passed"] == passed);
        lines
            .map(|line| line["scenario"].as_str().unwrap_or_default().to_owned())
            .collect()
    }

    /// Writes the file, prints the sum, and says whether all passed. No scenario at all is no pass.
    pub(crate) fn close(&self) -> ExitCode {
        let inner = self.lock();
        if let Some(file) = env::var_os(REPORT) {
            let lines: String = inner.ended.iter().map(|line| format!("{line}\n")).collect();
            fs::write(file, lines).expect("the report can be written");
        }
        let passed = inner.ended.iter().filter(|line| line["passed"] == true).count();
        let failed = inner.ended.len() - passed;
        for line in inner.ended.iter().filter(|line| line["passed"] == false) {
            println!("failed: {}: {}", line["scenario"], line["error"]);
        }
        let well = failed == 0 && passed > 0;
        let verdict = if well { "ok" } else { "FAILED" };
        println!("\ntest result: {verdict}. {passed} passed; {failed} failed; 0 ignored; 0 measured; 0 filtered out");
        if well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}
