//! The Kotlin library on the JVM: built by Maven, tested against the city, packaged, and tried by an app that has the package alone.

mod outside;

use super::{LIBRARY, Library};
use crate::{
    process::PROGRAM_TIME_MAX,
    progress::{Progress, Verdict},
    report::{self, Totals},
    say,
    scenarios::{self, Equipment, SANDBOX},
    steps::{Job, StepError},
    tools,
    workspace::Workspace,
};
use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

/// The build of everything that is written in Kotlin here.
const POM: &str = "bindings/kotlin/pom.xml";
/// The library's, and this program's.
const VERSION: &str = env!("CARGO_PKG_VERSION");
/// What needs Maven, as a refusal calls it.
const NEEDED_BY: &str = "the Kotlin library's build and tests";

/// Builds the library and runs all its tests, the scenarios among them; whether all passed.
///
/// # Errors
/// Where something that it needs can't be brought or run.
pub(crate) fn test(job: &mut Job<'_>, equipment: &Equipment) -> Result<bool, StepError> {
    tools::maven(job, NEEDED_BY)?;
    Library::prepare_tests(job)?;
    let mut maven = maven(job.workspace(), Path::new(POM));
    maven.arg("test");
    job.try_run(equipment.given_to(maven), PROGRAM_TIME_MAX)
}

/// The command: the library as it is shipped (`release`) or for development, its tests, its package with sources and documentation, and
/// an app that uses it.
pub(crate) fn run(workspace: &Workspace, release: bool) -> ExitCode {
    let (mut progress, mut totals) = (Progress::new(1), Totals::default());
    progress.begin("kotlin");
    let log = workspace.target.join("xtask").join("kotlin.log");
    let made =
        Job::new(workspace, &progress, log.clone(), &mut totals).and_then(|mut job| everything(&mut job, release));
    progress.finish();
    match made {
        Ok(made) => {
            for file in made {
                say(&file.display().to_string());
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            report::show(&log);
            report::fail(&error)
        }
    }
}

/// The step of `cargo xtask test`, after that of the scenarios, which ran the library's own tests.
///
/// # Errors
/// Where something can't be brought, built or run.
pub(crate) fn check(job: &mut Job<'_>) -> Result<Verdict, StepError> {
    tools::maven(job, NEEDED_BY)?;
    Library::prepare_tests(job)?;
    let native = job.workspace().target.join("bindings").join("native").join(LIBRARY);
    let sandbox = scenarios::sandbox(job)?;
    carry(job, &native)?;
    outside::run(job, &sandbox)?;
    job.count(1, 0);
    Ok(Verdict::Passed)
}

/// Returns the jars.
fn everything(job: &mut Job<'_>, release: bool) -> Result<Vec<PathBuf>, StepError> {
    tools::maven(job, NEEDED_BY)?;
    Library::prepare_tests(job)?;
    let mut native = job.workspace().target.join("bindings").join("native").join(LIBRARY);
    if release {
        job.say("building the library as it is shipped takes some minutes");
        job.must(super::shipped(job.workspace()))?;
        native = job.workspace().target.join("release").join(LIBRARY);
    }
    carry(job, &native)?;
    let sandbox = scenarios::sandbox(job)?;
    let mut build = maven(job.workspace(), Path::new(POM));
    build
        .args(["--activate-profiles", "documentation", "package"])
        .env(SANDBOX, &sandbox);
    job.must(build)?;
    outside::run(job, &sandbox)?;
    let made = job.workspace().target.join("maven").join("rabt");
    let jars = ["", "-sources"].map(|kind| made.join(format!("rabt-{VERSION}{kind}.jar")));
    Ok(jars.into_iter().chain([made.join("dokka")]).collect())
}

/// Packages the library with a native one, and builds the bench's program over it (`bindings/kotlin/bench`); its class path.
///
/// # Errors
/// Where something can't be brought or built.
pub(crate) fn bench(job: &mut Job<'_>, native: &Path) -> Result<OsString, StepError> {
    tools::maven(job, NEEDED_BY)?;
    carry(job, native)?;
    let mut build = maven(job.workspace(), Path::new(POM));
    build.args(["--activate-profiles", "bench", "--projects", "rabt,bench", "package"]);
    job.must(build)?;
    let made = job.workspace().target.join("maven").join("rabt-kotlin-bench");
    let jars = [
        made.join(format!("rabt-kotlin-bench-{VERSION}.jar")),
        made.join("lib").join("*"),
    ];
    env::join_paths(jars).map_err(|error| StepError::Tool(format!("the library has no class path: {error}")))
}

/// Has the jar carry a native library, without the symbols that only the generator and a debugger read.
fn carry(job: &mut Job<'_>, native: &Path) -> Result<(), StepError> {
    let workspace = job.workspace();
    let folder = workspace.target.join("bindings").join("jar").join(jna_system());
    fs::create_dir_all(&folder).map_err(|error| unusable(&folder, &error))?;
    let mut strip = workspace.command("strip");
    if cfg!(target_vendor = "apple") {
        // There, what other programs look up is in the same list.
        strip.arg("-x");
    }
    strip.arg("-o").arg(folder.join(LIBRARY)).arg(native);
    job.must(strip)
}

/// Maven on a project, as it is run here.
fn maven(workspace: &Workspace, pom: &Path) -> Command {
    let mut maven = workspace.command("mvn");
    maven
        .args(["--batch-mode", "--quiet", "--file"])
        .arg(pom)
        .arg("-Dkotlin.compiler.daemon=false")
        .arg(format!("-Drabt.target={}", workspace.target.display()));
    maven
}

/// The folder of a jar in which JNA looks for the libraries of this system.
fn jna_system() -> String {
    let system = match env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    let processor = match env::consts::ARCH {
        "x86_64" => "x86-64",
        other => other,
    };
    format!("{system}-{processor}")
}

fn unusable(path: &Path, error: &dyn std::fmt::Display) -> StepError {
    StepError::Tool(format!("{}: {error}", path.display()))
}
