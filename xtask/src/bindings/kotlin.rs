//! The Kotlin library on the JVM: built by Maven, and tested against the city.

use super::Library;
use crate::{
    process::PROGRAM_TIME_MAX,
    scenarios::Equipment,
    steps::{Job, StepError},
    tools,
};

/// Builds the library and runs all its tests, the scenarios among them; whether all passed.
///
/// # Errors
/// Where something that it needs can't be brought or run.
pub(crate) fn test(job: &mut Job<'_>, equipment: &Equipment) -> Result<bool, StepError> {
    tools::maven(job, "the tests of the Kotlin library")?;
    Library::prepare_tests(job)?;
    let mut maven = job.workspace().command("mvn");
    maven
        .args(["--batch-mode", "--quiet", "--file", "bindings/kotlin/pom.xml"])
        .arg("-Dkotlin.compiler.daemon=false")
        .arg(format!("-Drabt.target={}", job.workspace().target.display()))
        .arg("test");
    job.try_run(equipment.given_to(maven), PROGRAM_TIME_MAX)
}
