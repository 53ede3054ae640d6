//! Brings the provider's packages: once, into the build folder, exactly those that the lock names.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// The program that runs the provider.
pub(super) const NODE: &str = "node";
/// Succeeds where node has what the provider uses of it: its newer functions of URLs and hashes came to 20.19 too.
const NODE_IS_NEW_ENOUGH: &str =
    "process.exit(typeof URL.parse === 'function' && typeof require('crypto').hash === 'function' ? 0 : 1)";
/// What says how to mend a lack.
const HOW: &str = "install Node.js 20.19 or later with npm (`cargo xtask test` tries to), and run this again";
/// What of the folder is copied to beside the packages.
const FILES: [&str; 4] = ["package.json", "package-lock.json", ".npmrc", "server.js"];
/// Says, within the folder of the packages, from which lock they were installed.
const DONE: &str = "installed-from.json";

/// The provider's program, ready to run.
pub(super) async fn server() -> PathBuf {
    tokio::task::spawn_blocking(installed).await.expect("it is installed")
}

fn installed() -> PathBuf {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/oidc-provider");
    let to = target().join("peers/oidc-provider");
    fs::create_dir_all(&to).expect("a folder");
    // Tests start it at the same moment, and so do other test programs.
    let turn = fs::File::create(to.join("turn.lock")).expect("a file");
    turn.lock().expect("the turn comes");
    for file in FILES {
        copy_if_changed(&from.join(file), &to.join(file));
    }
    let lock = fs::read(from.join("package-lock.json")).expect("the lock");
    if fs::read(to.join(DONE)).ok().as_ref() != Some(&lock) {
        let node = Command::new(NODE)
            .args(["--eval", NODE_IS_NEW_ENOUGH])
            .stdin(Stdio::null())
            .status();
        assert!(
            node.is_ok_and(|status| status.success()),
            "`{NODE}` can't be started or is too old: {HOW}"
        );
        let npm = Command::new("npm")
            .args(["ci", "--omit=dev", "--no-audit", "--no-fund", "--ignore-scripts"])
            .current_dir(&to)
            .output();
        let npm = npm.unwrap_or_else(|error| panic!("`npm` can't be started ({error}): {HOW}"));
        assert!(
            npm.status.success(),
            "npm can't install the provider's packages: {}",
            String::from_utf8_lossy(&npm.stderr)
        );
        fs::write(to.join(DONE), lock).expect("it is noted");
    }
    to.join("server.js")
}

/// A running node may be reading the file: it is left alone where it is right already.
fn copy_if_changed(from: &Path, to: &Path) {
    let wanted = fs::read(from).unwrap_or_else(|error| panic!("{}: {error}", from.display()));
    if fs::read(to).ok().as_ref() != Some(&wanted) {
        fs::write(to, wanted).expect("it is copied");
    }
}

fn target() -> PathBuf {
    let metadata = cargo_metadata::MetadataCommand::new()
        .manifest_path(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"))
        .no_deps()
        .exec();
    metadata.expect("cargo tells its folders").target_directory.into()
}
