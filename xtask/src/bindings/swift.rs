//! The Swift package on Linux: built and tested by Swift 6, and the scenarios run against the city.

use super::Library;
use crate::{
    process::PROGRAM_TIME_MAX,
    scenarios::Equipment,
    steps::{Job, StepError},
    tools::swift::{Swift, swift},
};
use std::{fs, io, path::Path};

/// The package, and the folders in it for what is generated.
const PACKAGE: &str = "bindings/swift";
const GENERATED: &str = "Sources/Rabt/Generated";
const HEADERS: &str = "Sources/RabtFFI/include";

/// The runner of the scenarios.
const RUNNER: &str = "tests/scenarios/in-swift";

/// Builds the package, runs its tests and the scenarios; whether all passed.
///
/// # Errors
/// Where something that it needs can't be brought or run.
pub(crate) fn test(job: &mut Job<'_>, equipment: &Equipment) -> Result<bool, StepError> {
    let swift = swift(job)?;
    Library::prepare_tests(job)?;
    let workspace = job.workspace();
    let package = workspace.root.join(PACKAGE);
    let generated = workspace.target.join("bindings").join("swift");
    put(&generated, &package).map_err(|error| StepError::Tool(format!("{}: {error}", package.display())))?;

    let native = workspace.target.join("bindings").join("native");
    let run = |job: &mut Job<'_>, swift: &Swift, folder: &Path, subcommand: &str, arguments: &[&str]| {
        let library = format!("-L{}", native.display());
        let build = workspace
            .target
            .join("swift")
            .join(folder.file_name().unwrap_or_default());
        let mut command = swift.command(workspace, folder, subcommand, &["-Xlinker", &library, "--scratch-path"]);
        command.arg(build).args(arguments).env("LD_LIBRARY_PATH", &native);
        job.try_run(equipment.given_to(command), PROGRAM_TIME_MAX)
    };
    let tested = run(job, &swift, &package, "test", &["-Xswiftc", "-warnings-as-errors"])?;
    let runner = workspace.root.join(RUNNER);
    let ran = run(job, &swift, &runner, "run", &["scenarios"])?;
    Ok(tested && ran)
}

/// Puts what was generated into the package.
fn put(generated: &Path, package: &Path) -> io::Result<()> {
    let (sources, headers) = (package.join(GENERATED), package.join(HEADERS));
    fs::create_dir_all(&sources)?;
    fs::create_dir_all(&headers)?;
    fs::copy(
        generated.join("RabtGenerated.swift"),
        sources.join("RabtGenerated.swift"),
    )?;
    fs::copy(generated.join("RabtFFI.h"), headers.join("RabtFFI.h"))?;
    fs::copy(generated.join("module.modulemap"), headers.join("module.modulemap"))?;
    Ok(())
}
