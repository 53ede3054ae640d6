//! Brings what the checks need beyond a Rust toolchain: at one exact version where it comes from cargo, by the system's package
//! manager where it is a program of the system. What can't be brought ends the run in words; nothing goes unchecked for want of
//! a tool.

pub(crate) mod swift;

use crate::{
    process::{PROGRAM_TIME_MAX, ProcessError},
    steps::{Job, StepError},
};
use std::{
    env,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// The one version of cargo-deny: another may judge `deny.toml` otherwise.
const CARGO_DENY_VERSION: &str = "0.20.2";

/// The programs of a desktop session that the tests of the platform's secret store need, each with its Debian package.
const SECRET_SERVICE: [(&str, &str); 2] = [("dbus-run-session", "dbus"), ("gnome-keyring-daemon", "gnome-keyring")];

/// The programs that run the identity provider of the tests, which is written in JavaScript, each with its Debian package.
const NODE: [(&str, &str); 2] = [("node", "nodejs"), ("npm", "npm")];

/// Succeeds where node has what that provider uses of it.
const NODE_IS_NEW_ENOUGH: &str =
    "process.exit(typeof URL.parse === 'function' && typeof require('crypto').hash === 'function' ? 0 : 1)";

/// The programs that build and run what is written in Kotlin, each with its Debian package.
const MAVEN: [(&str, &str); 2] = [("javac", "default-jdk-headless"), ("mvn", "maven")];

/// What Compose draws with on a desktop, also without a display: a library of the system's and letters of both languages. Each is
/// a file, with its Debian package.
const DRAWING: [(&str, &str); 2] = [
    ("/usr/lib/x86_64-linux-gnu/libGL.so.1", "libgl1"),
    (
        "/usr/share/fonts/truetype/noto/NotoNaskhArabic-Regular.ttf",
        "fonts-noto-core",
    ),
];

/// The oldest Java that what is written in Kotlin here is built for.
const JAVA_MIN: u32 = 17;

/// Opens a new keyring in the session that it runs in, then becomes its arguments. The password guards an empty keyring in a
/// folder that is thrown away. `HOME` is the daemon's alone: cargo finds its own things below the real one.
const WITH_KEYRING: &str = r#"
printf %s throw-away | HOME="$XDG_DATA_HOME" gnome-keyring-daemon --unlock --components=secrets >/dev/null || exit 1
exec "$@"
"#;

/// cargo-deny at its version: as found on PATH, as built here before, or built now.
///
/// # Errors
/// Where it can't be built.
pub(crate) fn cargo_deny(job: &mut Job<'_>) -> Result<PathBuf, StepError> {
    let folder = job.workspace().target.join("tools");
    let built = folder
        .join("bin")
        .join(format!("cargo-deny{}", env::consts::EXE_SUFFIX));
    let is_it = |program: &Path| {
        Command::new(program)
            .arg("--version")
            .stderr(Stdio::null())
            .output()
            .is_ok_and(|output| output.stdout.trim_ascii() == format!("cargo-deny {CARGO_DENY_VERSION}").as_bytes())
    };
    let candidates = [built.clone(), PathBuf::from("cargo-deny")];
    if let Some(found) = candidates.into_iter().find(|program| is_it(program)) {
        return Ok(found);
    }
    job.say(&format!(
        "cargo-deny {CARGO_DENY_VERSION} is built once, in {}",
        folder.display()
    ));
    let mut install = job.workspace().cargo();
    install
        .args([
            "install",
            "cargo-deny",
            "--locked",
            "--version",
            CARGO_DENY_VERSION,
            "--root",
        ])
        .arg(&folder)
        .arg("--target-dir")
        .arg(folder.join("build"));
    job.must(install)?;
    // What it was built from is several hundred megabytes that nobody needs again; that they stay is no failure.
    let _ = fs::remove_dir_all(folder.join("build"));
    if is_it(&built) {
        Ok(built)
    } else {
        Err(StepError::Tool(format!(
            "cargo-deny was built but {} doesn't answer with version {CARGO_DENY_VERSION}; remove {} and run this again",
            built.display(),
            folder.display()
        )))
    }
}

/// A part of the Rust toolchain (`rustfmt`, `clippy`), which a minimal one lacks.
///
/// # Errors
/// Where it is missing and rustup can't add it.
pub(crate) fn component(job: &mut Job<'_>, subcommand: &str, component: &str) -> Result<(), StepError> {
    let mut ask = job.workspace().cargo();
    ask.args([subcommand, "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    if ask.status().is_ok_and(|status| status.success()) {
        return Ok(());
    }
    job.say(&format!("{component} is added to the toolchain"));
    let mut add = job.workspace().command("rustup");
    add.args(["component", "add", component]);
    job.must(add)
}

/// The programs of a [`SecretStoreSession`].
///
/// # Errors
/// Where they are missing and can't be installed.
pub(crate) fn secret_service(job: &mut Job<'_>) -> Result<(), StepError> {
    if cfg!(target_os = "linux") {
        bring(job, &SECRET_SERVICE, "the tests of the secret store")
    } else {
        Ok(())
    }
}

/// Node.js with npm, new enough for the identity provider that the tests of signing in run against.
///
/// # Errors
/// Where it is missing and can't be installed, or too old.
pub(crate) fn node(job: &mut Job<'_>) -> Result<(), StepError> {
    bring(job, &NODE, "the tests of signing in")?;
    let asked = job
        .workspace()
        .command("node")
        .args(["--eval", NODE_IS_NEW_ENOUGH])
        .stdin(Stdio::null())
        .status();
    if asked.is_ok_and(|status| status.success()) {
        Ok(())
    } else {
        Err(StepError::Tool(
            "the tests of signing in need Node.js 20.19 or later and found an older one; install a newer one, put it first on \
             PATH, and run this again"
                .to_owned(),
        ))
    }
}

/// Maven and a Java that it can build with. `needed_by` is what a refusal calls what needs them, in the plural.
///
/// # Errors
/// Where they are missing and can't be installed, or Java is too old.
pub(crate) fn maven(job: &mut Job<'_>, needed_by: &str) -> Result<(), StepError> {
    bring(job, &MAVEN, needed_by)?;
    let asked = job.workspace().command("javac").arg("-version").output();
    // Up to Java 8 it says so on standard error, and begins with `1.`.
    let version = asked.map(|output| java_version(&String::from_utf8_lossy(&output.stdout)));
    if version.is_ok_and(|version| version >= Some(JAVA_MIN)) {
        Ok(())
    } else {
        Err(StepError::Tool(format!(
            "{needed_by} need a JDK of version {JAVA_MIN} or later and found another; install a newer one, put it first on PATH, \
             and run this again"
        )))
    }
}

/// What draws a screen on a desktop. Where it isn't Debian, it is taken to be there.
///
/// # Errors
/// Where it is missing and can't be installed.
pub(crate) fn drawing(job: &mut Job<'_>, needed_by: &str) -> Result<(), StepError> {
    if Path::new("/etc/debian_version").exists() && cfg!(target_arch = "x86_64") {
        bring_files(job, &DRAWING, needed_by)
    } else {
        Ok(())
    }
}

/// The first number of what `javac -version` says: `javac 17.0.15`.
fn java_version(said: &str) -> Option<u32> {
    said.trim().strip_prefix("javac ")?.split('.').next()?.parse().ok()
}

/// A desktop session of its own with an unlocked, empty keyring: the secret store that Linux desktops have. Elsewhere the
/// platform's own store is what the tests talk to, and none is made.
pub(crate) struct SecretStoreSession {
    /// Holds the keyring and the session's sockets; gone with this value.
    folder: tempfile::TempDir,
}

impl SecretStoreSession {
    /// A folder for one; it is started around a command.
    ///
    /// # Errors
    /// Where there is no room for the folder.
    pub(crate) fn prepare() -> Result<Self, StepError> {
        let folder = tempfile::Builder::new()
            .prefix("rabt-session-")
            .tempdir()
            .map_err(|error| StepError::Tool(format!("no folder for the test session can be made: {error}")))?;
        Ok(Self { folder })
    }

    /// The command, to be run within the session.
    pub(crate) fn around(&self, workspace: &crate::workspace::Workspace, command: &Command) -> Command {
        let mut wrapped = if cfg!(target_os = "linux") {
            let mut session = workspace.command("dbus-run-session");
            session
                .args(["--", "sh", "-c", WITH_KEYRING, "sh"])
                .arg(command.get_program())
                .env("XDG_DATA_HOME", self.folder.path())
                .env("XDG_RUNTIME_DIR", self.folder.path());
            session
        } else {
            workspace.command(command.get_program())
        };
        wrapped.args(command.get_args());
        wrapped
    }
}

/// The packages of the programs that can't be found.
fn missing_packages(programs: &[(&str, &'static str)]) -> Vec<&'static str> {
    programs
        .iter()
        .filter(|(program, _)| !on_path(program))
        .map(|(_, package)| *package)
        .collect()
}

/// Installs the packages of programs that are missing, where that can be done without asking anybody.
fn bring(job: &mut Job<'_>, programs: &[(&str, &'static str)], needed_by: &str) -> Result<(), StepError> {
    install(job, || missing_packages(programs), needed_by)
}

/// As [`bring`], for packages of files that aren't programs.
fn bring_files(job: &mut Job<'_>, files: &[(&str, &'static str)], needed_by: &str) -> Result<(), StepError> {
    let missing = || {
        files
            .iter()
            .filter(|(file, _)| !Path::new(file).exists())
            .map(|(_, package)| *package)
            .collect()
    };
    install(job, missing, needed_by)
}

fn install(job: &mut Job<'_>, missing: impl Fn() -> Vec<&'static str>, needed_by: &str) -> Result<(), StepError> {
    let packages = missing();
    if packages.is_empty() {
        return Ok(());
    }
    let names = packages.join(" ");
    let by_hand = || {
        StepError::Tool(format!(
            "{needed_by} need {names}, which can't be installed here without you: install with \
             `sudo apt-get install {names}` or your system's own command, and run this again"
        ))
    };
    if !on_path("apt-get") {
        return Err(by_hand());
    }
    let is_root = Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|output| output.stdout.trim_ascii() == b"0");
    let apt = |job: &Job<'_>, arguments: &[&str]| {
        let mut command = if is_root {
            job.workspace().command("apt-get")
        } else {
            let mut command = job.workspace().command("sudo");
            command.args(["--non-interactive", "apt-get"]);
            command
        };
        command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    job.say(&format!("installing {names}"));
    let install: Vec<&str> = ["install", "--yes", "--no-install-recommends"]
        .into_iter()
        .chain(packages.iter().copied())
        .collect();
    for arguments in [&["update"][..], &install] {
        let command = apt(job, arguments);
        match job.try_run(command, PROGRAM_TIME_MAX) {
            Ok(true) => {}
            Ok(false) | Err(StepError::Process(ProcessError::NotStarted { .. })) => return Err(by_hand()),
            Err(error) => return Err(error),
        }
    }
    if missing().is_empty() { Ok(()) } else { Err(by_hand()) }
}

/// Whether a program of this name can be found.
fn on_path(program: impl AsRef<OsStr>) -> bool {
    let program = program.as_ref();
    env::var_os("PATH").is_some_and(|path| env::split_paths(&path).any(|folder| folder.join(program).is_file()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_of_java_is_read() {
        assert_eq!(java_version("javac 17.0.15\n"), Some(17));
        assert_eq!(java_version("javac 1.8.0_402"), Some(1));
        assert_eq!(java_version("javac 25-ea"), None);
        assert_eq!(java_version(""), None);
        assert!(java_version("") < Some(JAVA_MIN));
    }

    #[test]
    fn a_program_is_found_on_the_path_or_not() {
        assert!(on_path("sh"));
        assert!(!on_path("rabt-no-such-program"));
    }
}
