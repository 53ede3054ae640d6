//! What is on a phone's disk, to the byte: the plainest proof that something changed nothing.

use crate::Phone;
use std::{collections::BTreeMap, fs, hash::Hasher, path::Path};

/// The files of a phone's folder at one moment. Two are equal where nothing was written in between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiskImage(BTreeMap<String, u64>);

impl DiskImage {
    fn of(dir: &Path) -> Self {
        let entries = fs::read_dir(dir).expect("the folder can be read");
        let files = entries.filter_map(|entry| {
            let path = entry.expect("an entry").path();
            let name = path.file_name()?.to_string_lossy().into_owned();
            // The shared-memory index of SQLite's log: readers write their marks there.
            if !path.is_file() || name.ends_with("-shm") {
                return None;
            }
            let mut digest = std::hash::DefaultHasher::new();
            digest.write(&fs::read(&path).expect("a file can be read"));
            Some((name, digest.finish()))
        });
        Self(files.collect())
    }
}

impl Phone {
    /// What is on its disk now.
    pub fn disk(&self) -> DiskImage {
        DiskImage::of(self.dir.path())
    }
}
