//! `cargo xtask ios`: the demo's model, built and tested against a city, and its screens parsed: SwiftUI is Apple's alone.

use crate::{
    bindings::swift::Package,
    folder,
    progress::Verdict,
    scenarios,
    steps::{Job, StepError},
    swift::parses,
};

/// The demo's package.
const DEMO: &str = "ios-demo";

/// What needs SwiftUI.
const SCREENS: [&str; 2] = ["Sources/DemoScreens", "App"];

/// The command, and a step of `cargo xtask test`.
///
/// # Errors
/// Where something that it needs can't be brought or run.
pub(crate) fn check(job: &mut Job<'_>) -> Result<Verdict, StepError> {
    let package = Package::prepare(job)?;
    let sandbox = scenarios::sandbox(job)?;
    let demo = job.workspace().root.join(DEMO);
    if !package.test(job, &demo, &sandbox)? {
        return Ok(Verdict::Failed);
    }
    let mut parsed = 0;
    for folder in SCREENS {
        let folder = demo.join(folder);
        let files = folder::files(&folder, "swift")
            .map_err(|error| StepError::Tool(format!("{}: {error}", folder.display())))?;
        for file in files {
            if !parses(job, &package, &file)? {
                return Ok(Verdict::Failed);
            }
            parsed += 1;
        }
    }
    job.say(&format!(
        "ios: the model is tested; {parsed} files of screens were parsed and not run: SwiftUI is Apple's alone"
    ));
    Ok(Verdict::Passed)
}
