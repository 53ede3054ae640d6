//! `cargo xtask ios`: the demo's model, built and tested against a city, and its screens parsed: SwiftUI is Apple's alone.

use crate::{
    bindings::swift::Package,
    progress::Verdict,
    scenarios,
    steps::{Job, StepError},
    swift::parses,
};
use std::{
    fs, io,
    path::{Path, PathBuf},
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
        let files = swift_files(&folder).map_err(|error| StepError::Tool(format!("{}: {error}", folder.display())))?;
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

fn swift_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries: io::Result<Vec<_>> = fs::read_dir(folder)?.collect();
    let files = entries?.into_iter().map(|entry| entry.path());
    Ok(files
        .filter(|file| file.extension().is_some_and(|is| is == "swift"))
        .collect())
}
