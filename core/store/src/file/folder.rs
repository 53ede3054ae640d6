//! The folder: names, and every renaming and removing of whole files. Each step is ordered so that a kill after it leaves
//! something that the next opening understands.

use super::from_io;
use crate::{StoreError, StoreFile, crash::point, limits::SET_ASIDE_MAX};
use rabt_domain::Timestamp;
use std::{
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
};

/// What SQLite keeps beside a file: committed pages that are not in it yet, and an index of them.
const WAL: &str = "-wal";
const SHM: &str = "-shm";
/// A rollback journal, which only a file in the making has.
const JOURNAL: &str = "-journal";
/// Stands in the name of a file in the making; it gets its own name once it is whole.
const IN_THE_MAKING: &str = ".new";
/// Stands before the time in the name of a ledger that was set aside.
const SET_ASIDE: &str = ".set-aside-";
/// There while a sign-out is under way.
const SIGNING_OUT: &str = "signing-out";

/// The folder of a store.
#[derive(Clone, Debug)]
pub(crate) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Makes it where there is none, readable by its owner alone.
    pub(crate) fn make(path: &Path) -> Result<Self, StoreError> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(path).map_err(from_io)?;
        Ok(Self { path: path.to_owned() })
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A file's path.
    pub(crate) fn file(&self, file: StoreFile) -> PathBuf {
        self.path.join(file.name())
    }

    /// The path of a file in the making.
    pub(crate) fn in_the_making(&self, file: StoreFile) -> PathBuf {
        with_suffix(&self.file(file), IN_THE_MAKING)
    }

    /// Whether a file is there, of whatever length.
    pub(crate) fn has(&self, file: StoreFile) -> Result<bool, StoreError> {
        self.file(file).try_exists().map_err(from_io)
    }

    /// Gives a file in the making its name. What SQLite left beside an earlier file of that name must not be taken for its own.
    pub(crate) fn put_in_place(&self, file: StoreFile) -> Result<(), StoreError> {
        let path = self.file(file);
        remove(&with_suffix(&path, WAL))?;
        remove(&with_suffix(&path, SHM))?;
        point(format_args!("before {file} gets its name"));
        fs::rename(self.in_the_making(file), &path).map_err(from_io)?;
        point(format_args!("after {file} got its name"));
        self.sync();
        Ok(())
    }

    /// Removes a file, itself first: a leftover beside it is removed again before another takes its place.
    pub(crate) fn remove(&self, file: StoreFile) -> Result<(), StoreError> {
        for path in [self.file(file), self.in_the_making(file)] {
            remove_with_companions(&path)?;
        }
        self.sync();
        Ok(())
    }

    /// Renames the ledger and what SQLite keeps beside it, and says what the ledger is called now; nothing of them is written to. A kill in between leaves pages
    /// without their file, which [`Folder::set_aside_leftovers`] finds at the next opening.
    pub(crate) fn set_aside(&self, now: Timestamp) -> Result<String, StoreError> {
        let ledger = self.file(StoreFile::Ledger);
        let aside = self.free_name(now)?;
        point(format_args!("before the ledger is set aside"));
        fs::rename(&ledger, &aside).map_err(from_io)?;
        point(format_args!("after the ledger was set aside"));
        rename_if_there(&with_suffix(&ledger, WAL), &with_suffix(&aside, WAL))?;
        remove(&with_suffix(&ledger, SHM))?;
        self.sync();
        self.drop_oldest_aside()?;
        Ok(aside.file_name().unwrap_or_default().to_string_lossy().into_owned())
    }

    /// Sets pages aside that a kill has left without their ledger.
    pub(crate) fn set_aside_leftovers(&self, now: Timestamp) -> Result<(), StoreError> {
        let ledger = self.file(StoreFile::Ledger);
        let leftover = with_suffix(&ledger, WAL);
        if !ledger.try_exists().map_err(from_io)? && leftover.try_exists().map_err(from_io)? {
            let aside = self.free_name(now)?;
            rename_if_there(&leftover, &with_suffix(&aside, WAL))?;
            self.sync();
        }
        Ok(())
    }

    /// Notes that a sign-out is under way, so that the next opening finishes it.
    pub(crate) fn note_signing_out(&self) -> Result<(), StoreError> {
        point(format_args!("before the sign-out is noted"));
        let file = fs::File::create(self.path.join(SIGNING_OUT)).map_err(from_io)?;
        file.sync_all().map_err(from_io)?;
        self.sync();
        point(format_args!("after the sign-out was noted"));
        Ok(())
    }

    /// Whether a sign-out is under way.
    pub(crate) fn is_signing_out(&self) -> Result<bool, StoreError> {
        self.path.join(SIGNING_OUT).try_exists().map_err(from_io)
    }

    /// Removes both files, what was set aside, and last the note of the sign-out.
    pub(crate) fn remove_all(&self) -> Result<(), StoreError> {
        self.remove(StoreFile::Ledger)?;
        self.remove(StoreFile::Cache)?;
        for path in self.aside()? {
            remove(&path)?;
        }
        self.sync();
        remove(&self.path.join(SIGNING_OUT))?;
        self.sync();
        Ok(())
    }

    /// A name for what is set aside that comes after all of the same second, so that sorting by name sorts by time.
    fn free_name(&self, now: Timestamp) -> Result<PathBuf, StoreError> {
        let utc: String = now
            .to_string()
            .chars()
            .filter(|c| !matches!(c, '-' | ':'))
            .take_while(|c| *c != '.')
            .collect();
        let first = with_suffix(&self.file(StoreFile::Ledger), &format!("{SET_ASIDE}{utc}Z"));
        let first = first.to_string_lossy().into_owned();
        let of_this_second = self.aside()?.into_iter().filter_map(|path| {
            let rest = path.to_string_lossy().strip_prefix(&first)?.to_owned();
            let count = rest.trim_end_matches(WAL).trim_start_matches('-');
            Some(count.parse::<u32>().unwrap_or(1))
        });
        Ok(match of_this_second.max() {
            None => PathBuf::from(first),
            Some(last) => PathBuf::from(format!("{first}-{:06}", last.saturating_add(1))),
        })
    }

    /// All that was set aside, the oldest first.
    fn aside(&self) -> Result<Vec<PathBuf>, StoreError> {
        let prefix = format!("{}{SET_ASIDE}", StoreFile::Ledger.name());
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.path).map_err(from_io)? {
            let entry = entry.map_err(from_io)?;
            if entry.file_name().to_string_lossy().starts_with(&prefix) {
                found.push(entry.path());
            }
        }
        found.sort();
        Ok(found)
    }

    fn drop_oldest_aside(&self) -> Result<(), StoreError> {
        let mut ledgers = self.aside()?;
        ledgers.retain(|path| !path.to_string_lossy().ends_with(WAL));
        let surplus = ledgers.len().saturating_sub(SET_ASIDE_MAX);
        for path in ledgers.iter().take(surplus) {
            remove_with_companions(path)?;
        }
        Ok(())
    }

    /// Makes renamings durable. Not every system can; a rename that is lost is found again at the next opening.
    fn sync(&self) {
        if let Ok(folder) = fs::File::open(&self.path) {
            let _ = folder.sync_all();
        }
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

fn remove(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Ok(()) => {
            point(format_args!("after the removal of a file"));
            Ok(())
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(from_io(error)),
    }
}

fn remove_with_companions(path: &Path) -> Result<(), StoreError> {
    remove(path)?;
    [WAL, SHM, JOURNAL]
        .iter()
        .try_for_each(|suffix| remove(&with_suffix(path, suffix)))
}

fn rename_if_there(from: &Path, to: &Path) -> Result<(), StoreError> {
    match fs::rename(from, to) {
        Ok(()) => {
            point(format_args!("after a file was renamed"));
            Ok(())
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(from_io(error)),
    }
}
