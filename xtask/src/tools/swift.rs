//! Swift 6: the machine's own, or Debian's in a folder of its own.
//!
//! Debian packages Swift from its release 13 on. A folder with that release's base system and compiler serves an older one too: it is
//! entered with `chroot`, in a mount namespace that ends with the command, so that nothing stays mounted below `target/`.

use super::{bring, on_path};
use crate::{
    folder,
    steps::{Job, StepError},
    workspace::Workspace,
};
use std::{
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// The first version with Swift 6's language mode, which the package is written in.
const SWIFT_MAJOR_MIN: u32 = 6;

/// The release whose Swift is taken: the first that has one of version 6.
const SUITE: &str = "trixie";

/// The compiler, and what it links with.
const PACKAGES: &str = "swiftlang,libc6-dev,libstdc++-14-dev,g++,git,ca-certificates";

/// The program that makes such a folder, with its Debian package.
const DEBOOTSTRAP: [(&str, &str); 1] = [("debootstrap", "debootstrap")];

/// What of them isn't needed here: the packages themselves, documentation, the debugger and the editors' servers, which are a third of all.
const UNUSED: [&str; 9] = [
    "debootstrap",
    "usr/libexec/swift/bin/clangd",
    "usr/libexec/swift/bin/lldb-server",
    "usr/libexec/swift/bin/sourcekit-lsp",
    "usr/libexec/swift/lib/liblldb.so.17.0.0",
    "usr/share/doc",
    "usr/share/locale",
    "usr/share/man",
    "var/cache",
];

/// Written into the folder once it is whole.
const WHOLE: &str = "rabt-complete";

/// Enters the folder `$1` with `$2` (the checkout) and `$3` (its build folder) at their own places, and becomes the rest, in `$4`.
const ENTER: &str = r#"
root=$1 checkout=$2 target=$3 folder=$4
shift 4
mount -t proc proc "$root/proc" && mount --rbind /dev "$root/dev" || exit 1
for outside in "$checkout" "$target"; do
    mkdir -p "$root$outside" && mount --bind "$outside" "$root$outside" || exit 1
done
exec chroot "$root" /usr/bin/env --unset=TMPDIR HOME=/tmp LC_ALL=C.UTF-8 PATH=/usr/libexec/swift/bin:/usr/bin:/bin /bin/sh -c 'cd "$1" && shift && exec "$@"' sh "$folder" "$@"
"#;

/// Debian's Swift 6.0.3 lacks a symbol that its own `libswiftObservation.so` refers to and nothing calls.
const DEBIAN_LINKS_WITH: [&str; 2] = ["-Xlinker", "--allow-shlib-undefined"];

/// A Swift toolchain that can be used.
#[derive(Clone, Debug)]
pub(crate) enum Swift {
    /// The one on PATH.
    OnPath,
    /// Debian's, in this folder.
    Folder(PathBuf),
}

impl Swift {
    /// A `swift` subcommand (`build`, `test`, …) that runs in `folder`, which lies in the checkout or its build folder.
    pub(crate) fn command(
        &self,
        workspace: &Workspace,
        folder: &Path,
        subcommand: &str,
        arguments: &[&str],
    ) -> Command {
        let mut command = self.program(workspace, folder, "swift");
        command.arg(subcommand);
        if matches!(self, Self::Folder(_)) && matches!(subcommand, "build" | "test" | "run") {
            command.args(DEBIAN_LINKS_WITH);
        }
        command.args(arguments);
        command
    }

    /// Another program of the toolchain, likewise.
    pub(crate) fn program(&self, workspace: &Workspace, folder: &Path, program: impl AsRef<OsStr>) -> Command {
        match self {
            Self::OnPath => {
                let mut command = workspace.command(program);
                command.current_dir(folder);
                command
            }
            Self::Folder(root) => {
                let mut command = workspace.command("unshare");
                command
                    .args(["--mount", "--propagation", "private", "sh", "-c", ENTER, "sh"])
                    .args([root, &workspace.root, &workspace.target])
                    .arg(folder)
                    .arg(program);
                command
            }
        }
    }
}

/// Swift 6 or later.
///
/// # Errors
/// Where there is none and none can be brought.
pub(crate) fn swift(job: &mut Job<'_>) -> Result<Swift, StepError> {
    if version_on_path().is_some_and(|major| major >= SWIFT_MAJOR_MIN) {
        return Ok(Swift::OnPath);
    }
    let root = job.workspace().target.join("tools").join("swift");
    if root.join(WHOLE).is_file() {
        return Ok(Swift::Folder(root));
    }
    if !on_path("apt-get") {
        return Err(StepError::Tool(
            "the Swift package needs Swift 6, which can't be installed here without you: install it so that `swift` is on PATH, and \
             run this again"
                .to_owned(),
        ));
    }
    bring(job, &DEBOOTSTRAP, "the tests of the Swift package")?;
    job.say(&format!("Swift is brought once, to {}", root.display()));
    // A half-made one can't be gone on with.
    folder::remove(&root).map_err(|error| unusable(&root, &error))?;
    fill(job, &root)?;
    write(&root.join(WHOLE), SUITE)?;
    Ok(Swift::Folder(root))
}

/// Unpacks the packages into `root`. None is configured: what a package does when it is installed needs more of the machine (a process table,
/// users, devices) than a compiler does, and a machine that withholds some of it would have none.
fn fill(job: &mut Job<'_>, root: &Path) -> Result<(), StepError> {
    let include = format!("--include={PACKAGES}");
    let mut download = job.workspace().command("debootstrap");
    download
        .args(["--download-only", "--variant=minbase", &include, SUITE])
        .arg(root);
    download.args(archive(job.workspace()));
    job.must(download)?;
    let cache = root.join("var/cache/apt/archives");
    for package in folder::files(&cache, "deb").map_err(|error| unusable(&cache, &error))? {
        let mut unpack = job.workspace().command("dpkg-deb");
        unpack.arg("--extract").arg(&package).arg(root);
        job.must(unpack)?;
    }
    for unused in UNUSED {
        let unused = root.join(unused);
        folder::remove(&unused).map_err(|error| unusable(&unused, &error))?;
    }
    // Without it `localhost` has no address, and no test reaches its city.
    write(&root.join("etc/hosts"), "127.0.0.1 localhost\n")?;
    write(&root.join("etc/passwd"), "root:x:0:0:root:/tmp:/bin/sh\n")?;
    write(&root.join("etc/group"), "root:x:0:\n")
}

fn write(file: &Path, text: &str) -> Result<(), StepError> {
    fs::write(file, text).map_err(|error| unusable(file, &error))
}

fn unusable(path: &Path, error: &io::Error) -> StepError {
    StepError::Tool(format!("{}: {error}", path.display()))
}

/// The major version of the `swift` on PATH, if there is one.
fn version_on_path() -> Option<u32> {
    let output = Command::new("swift")
        .arg("--version")
        .stderr(Stdio::null())
        .output()
        .ok()?;
    major_of(&String::from_utf8_lossy(&output.stdout))
}

/// From a line such as `Swift version 6.0.3 (swift-6.0.3-RELEASE)`.
fn major_of(said: &str) -> Option<u32> {
    let (_, version) = said.split_once("Swift version ")?;
    version.split('.').next()?.parse().ok()
}

/// Where this system has its packages from; nothing where it doesn't say, and then `debootstrap` knows an address itself.
fn archive(workspace: &Workspace) -> Option<String> {
    let said = workspace
        .command("apt-get")
        .args([
            "indextargets",
            "--format",
            "$(LABEL) $(REPO_URI)",
            "Created-By: Packages",
        ])
        .output()
        .ok()?;
    String::from_utf8_lossy(&said.stdout)
        .lines()
        .find_map(|line| line.strip_prefix("Debian ").map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_read_from_what_linux_and_apple_say() {
        assert_eq!(
            major_of("Swift version 6.0.3 (swift-6.0.3-RELEASE)\nTarget: x86_64"),
            Some(6)
        );
        assert_eq!(
            major_of("swift-driver version: 1.115 Apple Swift version 5.10 (swiftlang-5.10)"),
            Some(5)
        );
        assert_eq!(major_of("no such thing"), None);
    }
}
