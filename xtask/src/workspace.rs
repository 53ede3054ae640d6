//! Where the checkout and its build folder are.

use cargo_metadata::MetadataCommand;
use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

/// The checkout that this binary was built from.
pub(crate) struct Workspace {
    /// The folder of the workspace's `Cargo.toml`.
    pub(crate) root: PathBuf,
    /// Where cargo builds; everything that is made here and not checked in goes below it.
    pub(crate) target: PathBuf,
    /// Whether tests that usually try a sample are told to try all of it.
    all: bool,
}

/// Tells such a test.
const TRY_ALL: &str = "RABT_ALL";

impl Workspace {
    /// Asks cargo, who knows about `CARGO_TARGET_DIR` and configuration files.
    ///
    /// # Errors
    /// Where the manifest can't be read.
    pub(crate) fn find() -> Result<Self, cargo_metadata::Error> {
        let metadata = MetadataCommand::new()
            .manifest_path(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"))
            .no_deps()
            .exec()?;
        Ok(Self {
            root: metadata.workspace_root.into_std_path_buf(),
            target: metadata.target_directory.into_std_path_buf(),
            all: false,
        })
    }

    /// The same, telling tests to try all of what they usually try a sample of.
    pub(crate) fn trying_all(self, all: bool) -> Self {
        Self { all, ..self }
    }

    /// Whether tests try all.
    pub(crate) fn tries_all(&self) -> bool {
        self.all
    }

    /// A program that runs in the workspace's root.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root).env("CARGO_TERM_COLOR", "never");
        // `cargo run` describes this package to us in the environment. A build script that watches those variables would be
        // run again, and what depends on it compiled again, each time the developer changes between `cargo` and `cargo xtask`.
        for (name, _) in env::vars_os() {
            let described = name.to_str().is_some_and(|name| {
                ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"]
                    .iter()
                    .any(|lead| name.starts_with(lead))
            });
            if described {
                command.env_remove(name);
            }
        }
        if self.all {
            command.env(TRY_ALL, "1");
        }
        command
    }

    /// The cargo that started us, so that a toolchain chosen on the command line (`cargo +nightly xtask`) is kept.
    pub(crate) fn cargo(&self) -> Command {
        self.command(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
    }
}
