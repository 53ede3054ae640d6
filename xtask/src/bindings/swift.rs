//! The Swift package on Linux, with what is generated in it: whatever is built with it here is built the same way.

use super::{LIBRARY, Library};
use crate::{
    process::PROGRAM_TIME_MAX,
    scenarios::{Equipment, SANDBOX},
    steps::{Job, StepError},
    tools::swift::{Swift, swift},
    workspace::Workspace,
};
use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

/// The package, and the folders in it for what is generated.
pub(crate) const PACKAGE: &str = "bindings/swift";
const GENERATED: &str = "Sources/Rabt/Generated";
const HEADERS: &str = "Sources/RabtFFI/include";

/// The runner of the scenarios.
const RUNNER: &str = "tests/scenarios/in-swift";

/// The app that `cargo xtask bench` measures.
const PEER: &str = "tests/peers/swift-app";

/// What every build is held to. Language mode 6 checks concurrency completely; it is said again so that a package which
/// forgets its mode isn't checked less.
const STRICT: [&str; 4] = [
    "-Xswiftc",
    "-warnings-as-errors",
    "-Xswiftc",
    "-strict-concurrency=complete",
];

/// The package, ready to be built, and Swift to build it with.
pub(crate) struct Package {
    swift: Swift,
    native: PathBuf,
}

impl Package {
    /// Brings Swift, builds the library, and puts what is generated into the package.
    ///
    /// # Errors
    /// Where something that it needs can't be brought, built or written.
    pub(crate) fn prepare(job: &mut Job<'_>) -> Result<Self, StepError> {
        let swift = swift(job)?;
        Library::prepare_tests(job)?;
        let workspace = job.workspace();
        let folder = workspace.root.join(PACKAGE);
        let bindings = workspace.target.join("bindings");
        put(&bindings.join("swift"), &folder)
            .map_err(|error| StepError::Tool(format!("{}: {error}", folder.display())))?;
        Ok(Self {
            swift,
            native: bindings.join("native"),
        })
    }

    /// `swift build`, `test` or `run` of a package that is this one or depends on it, in a build folder of its own.
    pub(crate) fn command(&self, workspace: &Workspace, folder: &Path, subcommand: &str, more: &[&str]) -> Command {
        let library = format!("-L{}", self.native.display());
        let scratch = scratch(workspace, folder).display().to_string();
        let arguments = [
            &["-Xlinker", library.as_str(), "--scratch-path", scratch.as_str()],
            &STRICT[..],
            more,
        ]
        .concat();
        let mut command = self.swift.command(workspace, folder, subcommand, &arguments);
        command.env("LD_LIBRARY_PATH", &self.native);
        command
    }

    /// Builds a package's tests and runs them, against the city's program; whether all passed.
    ///
    /// # Errors
    /// Where they can't be run, or said nothing that was understood.
    pub(crate) fn test(&self, job: &mut Job<'_>, folder: &Path, sandbox: &Path) -> Result<bool, StepError> {
        let mut tests = self.command(job.workspace(), folder, "test", &[]);
        tests.env(SANDBOX, sandbox);
        let runs_before = job.runs();
        let passed = job.try_run(tests, PROGRAM_TIME_MAX)?;
        if passed && job.runs() == runs_before {
            return Err(StepError::Tool(
                "`swift test` reported no run; the form of its lines must have changed: mend `report::Totals::read`"
                    .to_owned(),
            ));
        }
        Ok(passed)
    }

    /// Another program of the toolchain, run in `folder`. Debian keeps some off PATH; elsewhere they lie beside `swift`.
    pub(crate) fn beside(&self, workspace: &Workspace, folder: &Path, program: &str) -> Command {
        const BESIDE: &str = r#"PATH=$PATH:/usr/libexec/swift/bin exec "$@""#;
        let mut command = self.swift.program(workspace, folder, "sh");
        command.args(["-c", BESIDE, "sh", program]);
        command
    }
}

/// Builds the app that is measured, over the library as it is shipped; a program that starts it.
///
/// # Errors
/// Where something that it needs can't be brought, built or written.
pub(crate) fn peer(job: &mut Job<'_>) -> Result<PathBuf, StepError> {
    let swift = swift(job)?;
    let workspace = job.workspace();
    let failed = |error: &dyn std::fmt::Display| StepError::Tool(format!("the app in Swift can't be made: {error}"));
    let library = Library::build(workspace, true).map_err(|error| failed(&error))?;
    let bindings = library.generate(workspace).map_err(|error| failed(&error))?;
    put(&bindings.join("swift"), &workspace.root.join(PACKAGE)).map_err(|error| failed(&error))?;
    let native = bindings.join("native-release");
    fs::create_dir_all(&native).map_err(|error| failed(&error))?;
    fs::copy(&library.path, native.join(LIBRARY)).map_err(|error| failed(&error))?;
    let package = Package { swift, native };
    let folder = workspace.root.join(PEER);
    let build = package.command(workspace, &folder, "build", &["--configuration", "release"]);
    job.must(build)?;
    let program = scratch(workspace, &folder).join("release").join("swift-peer");
    let start = package.swift.program(workspace, &workspace.target, &program);
    let script = scratch(workspace, &folder).join("start.sh");
    fs::write(&script, starting(&start, &package.native)).map_err(|error| failed(&error))?;
    let mut executable = workspace.command("chmod");
    executable.arg("+x").arg(&script);
    job.must(executable)?;
    Ok(script)
}

/// A script that becomes a command, with the library beside it and with further arguments.
fn starting(command: &Command, native: &Path) -> String {
    let quoted = |word: &std::ffi::OsStr| format!("'{}'", word.to_string_lossy().replace('\'', r"'\''"));
    let words: Vec<String> = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(quoted)
        .collect();
    format!(
        "#!/bin/sh\nexport LD_LIBRARY_PATH={}\nexec {} \"$@\"\n",
        quoted(native.as_os_str()),
        words.join(" ")
    )
}

/// Where a package is built.
pub(crate) fn scratch(workspace: &Workspace, folder: &Path) -> PathBuf {
    let name = folder.file_name().unwrap_or_default();
    workspace.target.join("swift").join(name)
}

/// Builds the runner of the scenarios and runs it; whether all passed.
///
/// # Errors
/// Where something that it needs can't be brought or run.
pub(crate) fn scenarios(job: &mut Job<'_>, equipment: &Equipment) -> Result<bool, StepError> {
    let package = Package::prepare(job)?;
    let runner = job.workspace().root.join(RUNNER);
    let command = package.command(job.workspace(), &runner, "run", &["scenarios"]);
    job.try_run(equipment.given_to(command), PROGRAM_TIME_MAX)
}

/// Puts what was generated into the package. A file that hasn't changed is left alone, so that nothing is compiled for it again.
fn put(generated: &Path, package: &Path) -> io::Result<()> {
    let (sources, headers) = (package.join(GENERATED), package.join(HEADERS));
    for (file, folder) in [
        ("RabtGenerated.swift", &sources),
        ("RabtFFI.h", &headers),
        ("module.modulemap", &headers),
    ] {
        fs::create_dir_all(folder)?;
        let (made, old) = (fs::read(generated.join(file))?, fs::read(folder.join(file)).ok());
        if old.as_deref() != Some(&made) {
            fs::write(folder.join(file), made)?;
        }
    }
    Ok(())
}
