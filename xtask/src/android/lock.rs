//! What the Android build takes from elsewhere: each file by name and checksum in a lock file, fetched by Maven, kept between runs.
//!
//! Maven can't resolve Google's libraries by itself (their descriptions name roots without classes, and ranges), so nothing is resolved
//! here either: `android-demo/locks/README.md` says how a lock is made anew.

use crate::{
    folder::sha256_of,
    steps::{Job, StepError},
    workspace::Workspace,
};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// One file of the registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Artifact {
    sha256: String,
    group: String,
    name: String,
    version: String,
    /// `jar` or `aar`.
    kind: String,
}

impl Artifact {
    /// Reads a line: `SHA-256  group:name:version:kind`.
    pub(super) fn parse(line: &str) -> Option<Self> {
        let (sha256, coordinates) = line.split_once("  ")?;
        let mut parts = coordinates.split(':').map(str::to_owned);
        let artifact = Self {
            sha256: sha256.to_owned(),
            group: parts.next()?,
            name: parts.next()?,
            version: parts.next()?,
            kind: parts.next()?,
        };
        let is_whole = parts.next().is_none()
            && sha256.len() == 64
            && !coordinates.contains(char::is_whitespace)
            && ["jar", "aar"].contains(&artifact.kind.as_str());
        is_whole.then_some(artifact)
    }

    /// Reads a line that has no checksum yet: `group:name:version:kind`.
    pub(super) fn parse_bare(coordinates: &str) -> Option<Self> {
        Self::parse(&format!("{}  {coordinates}", "0".repeat(64)))
    }

    /// Its file in the folder of all of them, as Maven's `copy` calls it.
    pub(super) fn file(&self, folder: &Path) -> PathBuf {
        folder.join(format!("{}.{}-{}.{}", self.group, self.name, self.version, self.kind))
    }

    fn is_there(&self, folder: &Path) -> bool {
        sha256_of(&self.file(folder)).is_ok_and(|found| found == self.sha256)
    }

    fn item(&self) -> String {
        let Self {
            group,
            name,
            version,
            kind,
            ..
        } = self;
        format!(
            "<artifactItem><groupId>{group}</groupId><artifactId>{name}</artifactId><version>{version}</version>\
             <type>{kind}</type></artifactItem>"
        )
    }
}

/// The files of some locks, fetched and checked.
pub(super) struct Shelf {
    folder: PathBuf,
    locks: Vec<(&'static str, Vec<Artifact>)>,
}

impl Shelf {
    /// Fetches what is missing of these locks, and checks all of it.
    ///
    /// # Errors
    /// Where a lock can't be read, a file not be fetched, or one isn't what its lock says.
    pub(super) fn fill(job: &mut Job<'_>, names: &[&'static str]) -> Result<Self, StepError> {
        let folder = cache(job.workspace()).join("libraries");
        let mut locks = Vec::new();
        for name in names {
            locks.push((*name, read(job.workspace(), name)?));
        }
        let shelf = Self { folder, locks };
        let missing: Vec<&Artifact> = shelf
            .all()
            .filter(|artifact| !artifact.is_there(&shelf.folder))
            .collect();
        if !missing.is_empty() {
            job.say(&format!(
                "fetching {} libraries for Android; the first time takes minutes",
                missing.len()
            ));
            fetch(job, &missing, &shelf.folder)?;
        }
        match missing.iter().find(|artifact| !artifact.is_there(&shelf.folder)) {
            None => Ok(shelf),
            Some(wrong) => Err(StepError::Tool(format!(
                "{} isn't what android-demo/locks says: it may have been changed where it came from",
                wrong.file(&shelf.folder).display()
            ))),
        }
    }

    /// The files of a lock.
    pub(super) fn files(&self, lock: &str) -> Vec<PathBuf> {
        let of_lock = self.locks.iter().filter(|(name, _)| *name == lock);
        of_lock
            .flat_map(|(_, artifacts)| artifacts)
            .map(|artifact| artifact.file(&self.folder))
            .collect()
    }

    /// The one file of this name, whatever its version.
    ///
    /// # Errors
    /// Where no lock has it.
    pub(super) fn file(&self, name: &str) -> Result<PathBuf, StepError> {
        let found = self.all().find(|artifact| artifact.name == name);
        found
            .map(|artifact| artifact.file(&self.folder))
            .ok_or_else(|| StepError::Tool(format!("no lock in android-demo/locks names `{name}`")))
    }

    fn all(&self) -> impl Iterator<Item = &Artifact> {
        self.locks.iter().flat_map(|(_, artifacts)| artifacts)
    }
}

/// What is kept between runs.
pub(super) fn cache(workspace: &Workspace) -> PathBuf {
    workspace.target.join("tools").join("android")
}

/// Where a lock is.
pub(super) fn path(workspace: &Workspace, name: &str) -> PathBuf {
    workspace
        .root
        .join("android-demo")
        .join("locks")
        .join(format!("{name}.lock"))
}

fn read(workspace: &Workspace, name: &str) -> Result<Vec<Artifact>, StepError> {
    let file = path(workspace, name);
    let text = fs::read_to_string(&file).map_err(|error| unusable(&file, &error))?;
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| Artifact::parse(line).ok_or_else(|| unusable(&file, &format!("`{line}` is no artifact"))))
        .collect()
}

/// Has Maven bring files, by the settings and mirrors that it has on this machine.
///
/// # Errors
/// Where one can't be had.
pub(super) fn fetch(job: &mut Job<'_>, artifacts: &[&Artifact], folder: &Path) -> Result<(), StepError> {
    let items: String = artifacts.iter().map(|artifact| artifact.item()).collect();
    let pom = format!(
        "<project xmlns=\"http://maven.apache.org/POM/4.0.0\"><modelVersion>4.0.0</modelVersion><groupId>city.rabt</groupId>\
         <artifactId>fetch</artifactId><version>1</version><packaging>pom</packaging><build><plugins><plugin>\
         <artifactId>maven-dependency-plugin</artifactId><version>3.6.1</version><executions><execution><id>fetch</id>\
         <phase>initialize</phase><goals><goal>copy</goal></goals><configuration><prependGroupId>true</prependGroupId>\
         <overWriteReleases>true</overWriteReleases><outputDirectory>{}</outputDirectory><artifactItems>{items}</artifactItems>\
         </configuration></execution></executions></plugin></plugins></build></project>",
        folder.display()
    );
    let file = job.workspace().target.join("android").join("fetch").join("pom.xml");
    write(&file, &pom)?;
    let mut maven = job.workspace().command("mvn");
    maven
        .args(["--batch-mode", "--quiet", "--file"])
        .arg(&file)
        .arg("initialize");
    job.must(maven)
}

/// Writes a file, and the folders that it is in.
///
/// # Errors
/// As the system says.
pub(super) fn write(file: &Path, contents: impl AsRef<[u8]>) -> Result<(), StepError> {
    let folder = file.parent().unwrap_or(Path::new(""));
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(file, contents))
        .map_err(|error| unusable(file, &error))
}

/// What to say of a file that can't be used.
pub(super) fn unusable(file: &Path, why: &dyn std::fmt::Display) -> StepError {
    StepError::Tool(format!("{}: {why}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUM: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn a_line_is_an_artifact() {
        let artifact = Artifact::parse(&format!("{SUM}  androidx.core:core:1.18.0:aar")).unwrap();
        assert_eq!(
            artifact.file(Path::new("/x")),
            Path::new("/x/androidx.core.core-1.18.0.aar")
        );
        for wrong in [
            "androidx.core:core:1.18.0:aar".to_owned(),
            format!("{SUM}  androidx.core:core:1.18.0"),
            format!("{SUM}  androidx.core:core:1.18.0:so"),
            format!("{SUM}  androidx.core:core:1.18.0:aar:more"),
            "12  androidx.core:core:1.18.0:aar".to_owned(),
        ] {
            assert_eq!(Artifact::parse(&wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_file_that_was_changed_is_not_taken_for_what_was_locked() {
        let folder = tempfile::tempdir().unwrap();
        let artifact = Artifact::parse(&format!("{SUM}  a:b:1:jar")).unwrap();
        assert!(!artifact.is_there(folder.path()));
        fs::write(artifact.file(folder.path()), "").unwrap();
        assert!(artifact.is_there(folder.path()));
        fs::write(artifact.file(folder.path()), "x").unwrap();
        assert!(!artifact.is_there(folder.path()));
    }

    #[test]
    fn every_lock_can_be_read() {
        let workspace = Workspace::find().unwrap();
        for name in super::super::LOCKS {
            assert!(!read(&workspace, name).unwrap().is_empty(), "{name}");
        }
    }
}
