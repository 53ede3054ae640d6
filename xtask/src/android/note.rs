//! What `cargo xtask android` does first: gives each line of a lock that has no checksum the one of the file that the registry serves. A run of all
//! tests doesn't: a lock that is checked in is whole.
//!
//! Which libraries there are is decided by whoever edits a lock, since nothing is resolved here. A line that has a checksum is left as it is: a
//! file that changed though its version did not is found where it is fetched, and is no cause for noting another.

use super::{
    kit::{LOCKS, emptied},
    lock::{self, Artifact, unusable, write},
};
use crate::{
    folder::sha256_of,
    steps::{Job, StepError},
};
use std::{fs, path::Path};

/// See the module.
///
/// # Errors
/// Where a lock can't be read or written, a line is no artifact, or a file can't be fetched.
pub(super) fn checksums(job: &mut Job<'_>) -> Result<(), StepError> {
    // Not where the other commands keep theirs: what is noted is what was fetched just now.
    let folder = job.workspace().target.join("android").join("noted");
    emptied(&folder)?;
    for name in LOCKS {
        let file = lock::path(job.workspace(), name);
        let text = fs::read_to_string(&file).map_err(|error| unusable(&file, &error))?;
        let bare = without_checksum(&text).map_err(|line| unusable(&file, &format!("`{line}` is no artifact")))?;
        if bare.is_empty() {
            continue;
        }
        let artifacts: Vec<&Artifact> = bare.iter().map(|(_, artifact)| artifact).collect();
        lock::fetch(job, &artifacts, &folder)?;
        write(&file, with_checksums(&text, &bare, &folder)?)?;
        job.say(&format!("{}: {} checksums noted", file.display(), bare.len()));
    }
    Ok(())
}

/// The lines that have none, each with its artifact; the line that is none at all where there is one.
fn without_checksum(text: &str) -> Result<Vec<(&str, Artifact)>, &str> {
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let bare = lines.filter(|line| Artifact::parse(line).is_none());
    bare.map(|line| Ok((line, Artifact::parse_bare(line).ok_or(line)?)))
        .collect()
}

fn with_checksums(text: &str, bare: &[(&str, Artifact)], folder: &Path) -> Result<String, StepError> {
    let mut noted = String::with_capacity(text.len());
    for line in text.lines() {
        if let Some((_, artifact)) = bare.iter().find(|(bare, _)| *bare == line) {
            let file = artifact.file(folder);
            noted += &sha256_of(&file).map_err(|error| unusable(&file, &error))?;
            noted += "  ";
        }
        noted += line;
        noted += "\n";
    }
    Ok(noted)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUM: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn only_lines_without_a_checksum_get_one() {
        let folder = tempfile::tempdir().unwrap();
        let old = format!("# said\n{}  a:b:1:jar\nc:d:2:aar\n", "0".repeat(64));
        let bare = without_checksum(&old).unwrap();
        assert_eq!(bare.len(), 1);
        fs::write(bare[0].1.file(folder.path()), "").unwrap();
        let new = with_checksums(&old, &bare, folder.path()).unwrap();
        assert_eq!(new, old.replace("c:d", &format!("{SUM}  c:d")));
        assert!(without_checksum(&new).unwrap().is_empty());
    }

    #[test]
    fn a_line_that_is_no_artifact_is_told() {
        for wrong in ["a:b:1", "12  a:b:1:jar", "a:b:1:jar:more"] {
            assert_eq!(without_checksum(wrong).unwrap_err(), wrong);
        }
    }
}
