//! Where a program keeps the native library that its jar carries (`NativeCopy`), as a test sees and spoils it.

use super::super::{jna_system, unusable};
use crate::{bindings::LIBRARY, folder::sha256_of, steps::StepError, workspace::Workspace};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// See the module.
pub(super) struct Kept {
    /// The cache that a program is given.
    pub(super) cache: PathBuf,
    carried: PathBuf,
}

impl Kept {
    /// In a folder of its own.
    pub(super) fn within(place: &Path, workspace: &Workspace) -> Self {
        let jar = workspace.target.join("bindings").join("jar");
        Self {
            cache: place.join("cache"),
            carried: jar.join(jna_system()).join(LIBRARY),
        }
    }

    /// The one copy, which is what the jar carries and which nobody else can read or change.
    ///
    /// # Errors
    /// Where it isn't there, or isn't so.
    pub(super) fn copy(&self) -> Result<PathBuf, StepError> {
        let wrong = |what: &dyn std::fmt::Display| unusable(&self.cache, &format!("the library's copy: {what}"));
        let sha256 = sha256_of(&self.carried).map_err(|error| wrong(&error))?;
        let folder = self.cache.join("city.rabt").join(&sha256);
        let copy = folder.join(LIBRARY);
        if sha256_of(&copy).map_err(|error| wrong(&error))? != sha256 {
            return Err(wrong(&"isn't what the jar carries"));
        }
        let files = fs::read_dir(&folder).map_err(|error| wrong(&error))?.count();
        if files != 1 || !is_private(&folder) || !is_private(&copy) {
            return Err(wrong(&"isn't alone, or others can change it"));
        }
        Ok(copy)
    }

    /// Cuts it short, as a disk that was full does.
    ///
    /// # Errors
    /// As the system says.
    pub(super) fn cut_short(&self) -> Result<(), StepError> {
        let copy = self.copy()?;
        let cut = fs::OpenOptions::new()
            .write(true)
            .open(&copy)
            .and_then(|file| file.set_len(1_000));
        cut.map_err(|error| unusable(&copy, &error))
    }

    /// Puts something else in its place that is as long and that others could have put there. Whoever loaded it would fail.
    ///
    /// # Errors
    /// As the system says.
    pub(super) fn replace_by_others(&self) -> Result<(), StepError> {
        let copy = self.copy()?;
        let replaced = fs::metadata(&copy).and_then(|is| {
            fs::write(&copy, vec![0; usize::try_from(is.len()).map_err(io::Error::other)?])?;
            open_to_others(&copy)
        });
        replaced.map_err(|error| unusable(&copy, &error))
    }
}

#[cfg(unix)]
fn is_private(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).is_ok_and(|is| is.permissions().mode() & 0o077 == 0)
}

#[cfg(unix)]
fn open_to_others(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o666))
}

/// Nothing is kept where there are no such permissions.
#[cfg(not(unix))]
fn is_private(_: &Path) -> bool {
    false
}

#[cfg(not(unix))]
fn open_to_others(_: &Path) -> io::Result<()> {
    Ok(())
}
