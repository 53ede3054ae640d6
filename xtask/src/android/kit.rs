//! What the Android build works with: the libraries and tools of the locks, taken apart, and how each tool is run.

use super::{
    lock::{self, Shelf, unusable},
    zipped,
};
use crate::steps::{Job, StepError};
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The lock files: what the app embeds, that and what its tests need, the compiler of Kotlin, the merger of manifests, everything else.
pub(crate) const LOCKS: [&str; 5] = ["app", "test", "kotlin", "manifest", "tools"];

/// The framework that stands in for the SDK's `android.jar`.
const FRAMEWORK: &str = "android-all";

/// A library of the app: a JAR, or an AAR that was taken apart.
#[derive(Clone)]
pub(super) struct Part {
    /// Its classes.
    pub(super) classes: Vec<PathBuf>,
    /// The AAR's folder, where it is one.
    pub(super) aar: Option<PathBuf>,
}

impl Part {
    /// An AAR that lies unpacked in a folder.
    ///
    /// # Errors
    /// Where the folder can't be read.
    pub(super) fn of_aar(folder: PathBuf) -> Result<Self, StepError> {
        let mut classes = vec![folder.join("classes.jar")];
        classes.retain(|jar| jar.is_file());
        let more = zipped::files_in(&folder.join("libs")).map_err(|error| unusable(&folder, &error))?;
        classes.extend(
            more.into_iter()
                .filter(|file| file.extension().is_some_and(|is| is == "jar")),
        );
        Ok(Self {
            classes,
            aar: Some(folder),
        })
    }

    /// A file of its AAR, where it has one that isn't empty.
    pub(super) fn file(&self, name: &str) -> Option<PathBuf> {
        let file = self.aar.as_ref()?.join(name);
        fs::metadata(&file).is_ok_and(|is| is.len() > 0).then_some(file)
    }
}

/// See the module.
pub(super) struct Kit {
    /// What the app embeds beside Rabt.
    pub(super) app: Vec<Part>,
    /// That, and what its tests need.
    pub(super) test: Vec<Part>,
    /// The framework's classes.
    pub(super) framework: PathBuf,
    /// Where everything is made.
    pub(super) out: PathBuf,
    /// What is kept between runs.
    pub(super) cache: PathBuf,
    aapt2: PathBuf,
    shelf: Shelf,
}

impl Kit {
    /// Fetches all of it and takes apart what is an archive of an archive.
    ///
    /// # Errors
    /// Where something can't be had.
    pub(super) fn prepare(job: &mut Job<'_>) -> Result<Self, StepError> {
        let shelf = Shelf::fill(job, &LOCKS)?;
        let cache = lock::cache(job.workspace());
        let aapt2 = unpacked(&cache, &shelf.file("apktool-lib")?)?.join("prebuilt/linux/aapt2");
        executable(&aapt2)?;
        let parts = |lock: &str| {
            shelf
                .files(lock)
                .iter()
                .map(|file| part(&cache, file))
                .collect::<Result<Vec<_>, _>>()
        };
        Ok(Self {
            app: parts("app")?,
            test: parts("test")?,
            framework: shelf.file(FRAMEWORK)?,
            out: job.workspace().target.join("android"),
            cache,
            aapt2,
            shelf,
        })
    }

    /// A tool's JAR, by its name in the locks.
    ///
    /// # Errors
    /// Where no lock has it.
    pub(super) fn jar(&self, name: &str) -> Result<PathBuf, StepError> {
        self.shelf.file(name)
    }

    /// Java, with a class path.
    pub(super) fn java(&self, job: &Job<'_>, memory: &str, classes: &[PathBuf]) -> Command {
        let mut java = job.workspace().command("java");
        java.arg(memory).arg("-cp").arg(class_path(classes));
        java
    }

    /// The compiler of Kotlin, for Java 17 and without a library of its own choice.
    pub(super) fn kotlinc(&self, job: &Job<'_>, module: &str, classes: &[PathBuf], into: &Path) -> Command {
        let mut java = self.java(job, "-Xmx1500m", &self.shelf.files("kotlin"));
        java.arg("org.jetbrains.kotlin.cli.jvm.K2JVMCompiler");
        java.args(["-no-stdlib", "-no-reflect", "-jvm-target", "17", "-module-name", module]);
        java.arg("-cp").arg(class_path(classes)).arg("-d").arg(into);
        java
    }

    /// The plugin for that compiler that knows Compose.
    ///
    /// # Errors
    /// Where no lock has it.
    pub(super) fn compose_plugin(&self) -> Result<String, StepError> {
        let plugin = self.jar("kotlin-compose-compiler-plugin-embeddable")?;
        Ok(format!("-Xplugin={}", plugin.display()))
    }

    /// The merger of manifests.
    pub(super) fn merger(&self, job: &Job<'_>) -> Command {
        let mut java = self.java(job, "-Xmx512m", &self.shelf.files("manifest"));
        java.arg("com.android.manifmerger.Merger");
        java
    }

    /// The compiler of resources.
    pub(super) fn aapt2(&self, job: &Job<'_>) -> Command {
        job.workspace().command(&self.aapt2)
    }
}

/// The classes of libraries, in their order.
pub(super) fn classes_of(parts: &[Part]) -> Vec<PathBuf> {
    parts.iter().flat_map(|part| part.classes.iter().cloned()).collect()
}

/// A class path.
pub(super) fn class_path(files: &[PathBuf]) -> std::ffi::OsString {
    // No path of ours holds a colon: they are all below the checkout, which Java could not be told of otherwise either.
    env::join_paths(files).unwrap_or_default()
}

/// Makes a folder anew and empty.
///
/// # Errors
/// As the system says.
pub(super) fn emptied(folder: &Path) -> Result<(), StepError> {
    crate::folder::empty(folder).map_err(|error| unusable(folder, &error))
}

fn part(cache: &Path, file: &Path) -> Result<Part, StepError> {
    if file.extension().is_some_and(|is| is == "aar") {
        Part::of_aar(unpacked(cache, file)?)
    } else {
        Ok(Part {
            classes: vec![file.to_owned()],
            aar: None,
        })
    }
}

/// The folder in which an archive lies unpacked; its name is the archive's, which holds the version.
fn unpacked(cache: &Path, archive: &Path) -> Result<PathBuf, StepError> {
    let folder = cache.join("unpacked").join(archive.file_name().unwrap_or_default());
    if !folder.is_dir() {
        zipped::unpack(archive, &folder)?;
    }
    Ok(folder)
}

#[cfg(unix)]
fn executable(program: &Path) -> Result<(), StepError> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(program, fs::Permissions::from_mode(0o755)).map_err(|error| unusable(program, &error))
}

#[cfg(not(unix))]
fn executable(_: &Path) -> Result<(), StepError> {
    Ok(())
}
