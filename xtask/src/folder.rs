//! What several steps do with folders and files.

use ring::digest;
use std::{
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
};

/// Removes a file, or a folder with all that is in it, if it is there.
///
/// # Errors
/// As the system says.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    let removed = if path.is_dir() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Makes a folder anew and empty.
///
/// # Errors
/// As the system says.
pub(crate) fn empty(folder: &Path) -> io::Result<()> {
    remove(folder)?;
    fs::create_dir_all(folder)
}

/// The files in a folder whose names end so (`deb`, `swift`).
///
/// # Errors
/// Where it can't be read.
pub(crate) fn files(folder: &Path, extension: &str) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|is| is == extension) {
            files.push(path);
        }
    }
    Ok(files)
}

/// The checksum of a file, in hexadecimal digits.
///
/// # Errors
/// Where it can't be read.
pub(crate) fn sha256_of(file: &Path) -> io::Result<String> {
    let digest = digest::digest(&digest::SHA256, &fs::read(file)?);
    Ok(digest.as_ref().iter().fold(String::new(), |mut text, byte| {
        // Writing to a text can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    }))
}
