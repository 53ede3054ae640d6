//! `cargo xtask bindings`: builds the library that Kotlin and Swift load, and writes their sources from it.
//!
//! The sources are made and never checked in: they belong to one build of the library, and check that when it is loaded.

pub(crate) mod kotlin;
pub(crate) mod swift;

use crate::{
    folder, report, say,
    steps::{Job, StepError},
    workspace::Workspace,
};
use std::{
    fs, io,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

/// What is written: a folder below `target/bindings`, its language, and the configuration by which it is generated.
const SOURCES: [(&str, &str, &str); 3] = [
    ("kotlin", "kotlin", "bindings/kotlin/uniffi.toml"),
    ("kotlin-android", "kotlin", "bindings/kotlin/uniffi.android.toml"),
    ("swift", "swift", "bindings/swift/uniffi.toml"),
];

/// The library's file on the system that this runs on.
#[cfg(target_os = "macos")]
pub(crate) const LIBRARY: &str = "librabt_ffi.dylib";
#[cfg(not(target_os = "macos"))]
pub(crate) const LIBRARY: &str = "librabt_ffi.so";

/// Bindings could not be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BindingsError {
    /// A program could not be started, or a folder not be emptied.
    #[error("{what}")]
    Io {
        /// What was tried.
        what: String,
        /// The system's reason.
        #[source]
        error: io::Error,
    },
    /// A program reported failure.
    #[error("{0} failed; what it said is above")]
    Failed(&'static str),
}

/// The library as it was built, with the symbols that the generator reads.
pub(crate) struct Library {
    /// Where it is.
    pub(crate) path: PathBuf,
    generator: PathBuf,
}

/// The package whose library an app loads.
pub(crate) const SHIPPED: &str = "rabt-ffi";

/// What builds the library as it is shipped, but for its symbols.
///
/// As what the tests link against too it would be no library of one piece: cargo links across crates only what is made for nothing else.
pub(crate) fn shipped(workspace: &Workspace) -> Command {
    let mut cargo = workspace.cargo();
    cargo.args(["rustc", "--locked", "--release", "--package", SHIPPED]);
    cargo.args(["--lib", "--crate-type", "cdylib"]);
    cargo
}

impl Library {
    /// Builds it, for development or as it is shipped but for its symbols, and the generator of the same version.
    ///
    /// # Errors
    /// [`BindingsError`].
    pub(crate) fn build(workspace: &Workspace, release: bool) -> Result<Self, BindingsError> {
        let mut generator = workspace.cargo();
        // Together with what is running here, so that the crates below have the features that they were compiled with already.
        generator.args(["build", "--locked", "--package", "rabt-bindgen", "--package", "xtask"]);
        if !release {
            generator.args(["--package", SHIPPED]);
        }
        must(generator, "building the generator")?;
        if release {
            must(shipped(workspace), "building the library")?;
        }
        Ok(Self::built(workspace, if release { "release" } else { "debug" }))
    }

    /// Builds it with the features of the tests, so that nothing is compiled twice, and puts it without what only a debugger reads into
    /// `target/bindings/native`; the sources of every language are written beside it.
    ///
    /// # Errors
    /// Where a program fails or a folder can't be written to.
    pub(crate) fn prepare_tests(job: &mut Job<'_>) -> Result<(), StepError> {
        let mut build = job.workspace().cargo();
        build.args(["build", "--locked", "--workspace", "--all-features", "--lib"]);
        // Without a test among them the crates below would lack what only tests ask of them, and be compiled for this alone.
        build.args([
            "--bin",
            "rabt-bindgen",
            "--bin",
            "rabt-sandbox",
            "--test",
            "architecture",
        ]);
        job.must(build)?;
        let workspace = job.workspace();
        let library = Self::built(workspace, "debug");
        let folder = library
            .generate(workspace)
            .map_err(|error| StepError::Tool(error.to_string()))?
            .join("native");
        fs::create_dir_all(&folder).map_err(|error| StepError::Tool(format!("{}: {error}", folder.display())))?;
        let mut strip = workspace.command("strip");
        strip.args(["--strip-debug", "-o"]);
        strip.arg(folder.join(LIBRARY)).arg(&library.path);
        job.must(strip)
    }

    fn built(workspace: &Workspace, profile: &str) -> Self {
        Self {
            path: workspace.target.join(profile).join(LIBRARY),
            generator: workspace.target.join("debug/rabt-bindgen"),
        }
    }

    /// Writes the sources of every language below `target/bindings`, in place of earlier ones, and returns that folder.
    ///
    /// # Errors
    /// [`BindingsError`].
    pub(crate) fn generate(&self, workspace: &Workspace) -> Result<PathBuf, BindingsError> {
        let folder = workspace.target.join("bindings");
        for (name, language, config) in SOURCES {
            let out = folder.join(name);
            empty(&out)?;
            let mut command = workspace.command(&self.generator);
            command.arg(language).arg(&self.path).arg(config).arg(&out);
            must(command, "generating the bindings")?;
        }
        Ok(folder)
    }
}

/// Builds the library and writes all sources.
pub(crate) fn run(workspace: &Workspace, release: bool) -> ExitCode {
    let made = Library::build(workspace, release).and_then(|library| {
        let folder = library.generate(workspace)?;
        say(&format!("library  {}", library.path.display()));
        for (name, ..) in SOURCES {
            say(&format!("{name:<15} {}", folder.join(name).display()));
        }
        Ok(())
    });
    match made {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => report::fail(&error),
    }
}

/// What an earlier version generated must not be compiled along.
fn empty(folder: &Path) -> Result<(), BindingsError> {
    folder::remove(folder).map_err(|error| BindingsError::Io {
        what: format!("{} can't be emptied", folder.display()),
        error,
    })
}

fn must(mut command: Command, what: &'static str) -> Result<(), BindingsError> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(BindingsError::Failed(what)),
        Err(error) => Err(BindingsError::Io {
            what: format!("{what}: `{}` can't be started", command.get_program().to_string_lossy()),
            error,
        }),
    }
}
