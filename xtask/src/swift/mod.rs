//! `cargo xtask swift`: the Swift package, generated, built without a warning in Swift 6's language mode, tested against a city, and documented.

mod documentation;
mod snippets;

use crate::{
    bindings::swift::{PACKAGE, Package},
    process::PROGRAM_TIME_MAX,
    progress::Verdict,
    scenarios,
    steps::{Job, StepError},
};
use std::path::Path;

/// What only a machine with Xcode can run, and what an app's review reads of it.
const XCFRAMEWORK: &str = "bindings/swift/build-xcframework.sh";
const PRIVACY: &str = "PrivacyInfo.xcprivacy";

/// The step of `cargo xtask test`: the package's tests. Its documentation, and the Swift of the pages for app teams, belong to the run that tries all.
///
/// # Errors
/// As [`check`].
pub(crate) fn step(job: &mut Job<'_>) -> Result<Verdict, StepError> {
    if job.workspace().tries_all() {
        return check(job);
    }
    let package = Package::prepare(job)?;
    if !tested(job, &package)? {
        return Ok(Verdict::Failed);
    }
    job.say("swift: its documentation and the snippets of docs/embedding-ios.md are tried by `cargo xtask swift`");
    Ok(Verdict::Passed)
}

/// The command.
///
/// # Errors
/// Where something that it needs can't be brought or run.
pub(crate) fn check(job: &mut Job<'_>) -> Result<Verdict, StepError> {
    let package = Package::prepare(job)?;
    if !tested(job, &package)? {
        return Ok(Verdict::Failed);
    }
    let folder = job.workspace().root.join(PACKAGE);
    if !snippets::compile(job, &package)? {
        return Ok(Verdict::Failed);
    }
    documentation::build(job, &package)?;
    let mut script = job.workspace().command("bash");
    script.args(["-n", XCFRAMEWORK]);
    job.must(script)?;
    let mut manifest = package.beside(job.workspace(), &folder, "plutil");
    manifest.args(["-lint", "--", PRIVACY]);
    job.must(manifest)?;
    Ok(Verdict::Passed)
}

fn tested(job: &mut Job<'_>, package: &Package) -> Result<bool, StepError> {
    let sandbox = scenarios::sandbox(job)?;
    let folder = job.workspace().root.join(PACKAGE);
    package.test(job, &folder, &sandbox)
}

/// Whether a file is Swift, as far as that can be said without what it imports.
///
/// # Errors
/// Where the compiler can't be run.
pub(crate) fn parses(job: &mut Job<'_>, package: &Package, file: &Path) -> Result<bool, StepError> {
    let folder = file.parent().unwrap_or(Path::new("."));
    let mut parse = package.beside(job.workspace(), folder, "swiftc");
    parse.args(["-parse", "-swift-version", "6"]).arg(file);
    job.try_run(parse, PROGRAM_TIME_MAX)
}
