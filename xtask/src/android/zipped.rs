//! Archives: AARs and JARs are taken apart and made, an APK is filled.

use super::lock::unusable;
use crate::steps::StepError;
use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
};
use zip::{CompressionMethod, ZipArchive, ZipWriter, write::SimpleFileOptions};

/// Takes an archive apart into a folder, which is made by one renaming, so that half of one is never taken for it.
///
/// # Errors
/// Where it can't be read or the folder not be written.
pub(super) fn unpack(archive: &Path, folder: &Path) -> Result<(), StepError> {
    let half = folder.with_extension("half");
    let unpacked = || -> io::Result<()> {
        if half.exists() {
            fs::remove_dir_all(&half)?;
        }
        fs::create_dir_all(&half)?;
        ZipArchive::new(File::open(archive)?)?.extract(&half)?;
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        fs::rename(&half, folder)
    };
    unpacked().map_err(|error| unusable(archive, &error))
}

/// Makes an archive of everything in a folder, in the order of the names and without times, so that the same input gives the same file.
///
/// # Errors
/// Where a file can't be read or the archive not be written.
pub(super) fn pack(folder: &Path, archive: &Path) -> Result<(), StepError> {
    let packed = || -> io::Result<()> {
        fs::create_dir_all(archive.parent().unwrap_or(Path::new("")))?;
        let mut zip = ZipWriter::new(File::create(archive)?);
        add_all(&mut zip, folder)?;
        zip.finish()?;
        Ok(())
    };
    packed().map_err(|error| unusable(archive, &error))
}

/// Adds everything in a folder to an archive that is there.
///
/// # Errors
/// As [`pack`].
pub(super) fn add(folder: &Path, archive: &Path) -> Result<(), StepError> {
    let added = || -> io::Result<()> {
        let file = File::options().read(true).write(true).open(archive)?;
        let mut zip = ZipWriter::new_append(file)?;
        add_all(&mut zip, folder)?;
        zip.finish()?;
        Ok(())
    };
    added().map_err(|error| unusable(archive, &error))
}

/// Copies the files of an archive whose names are wanted into another.
///
/// # Errors
/// Where one can't be read or the other not be written.
pub(super) fn select(archive: &Path, into: &Path, is_wanted: impl Fn(&str) -> bool) -> Result<(), StepError> {
    let half = into.with_extension("half");
    let selected = || -> io::Result<()> {
        let mut from = ZipArchive::new(File::open(archive)?)?;
        let mut to = ZipWriter::new(File::create(&half)?);
        for index in 0..from.len() {
            let file = from.by_index_raw(index)?;
            if is_wanted(&file.name()?) {
                to.raw_copy_file(file)?;
            }
        }
        to.finish()?;
        fs::rename(&half, into)
    };
    selected().map_err(|error| unusable(archive, &error))
}

fn add_all(zip: &mut ZipWriter<File>, folder: &Path) -> io::Result<()> {
    for file in files_in(folder)? {
        let name = file
            .strip_prefix(folder)
            .unwrap_or(&file)
            .to_string_lossy()
            .replace('\\', "/");
        // Android maps a native library from the package as it lies there; packed small it would be copied out first.
        let method = if name.ends_with(".so") {
            CompressionMethod::Stored
        } else {
            CompressionMethod::Deflated
        };
        zip.start_file(name, SimpleFileOptions::default().compression_method(method))?;
        zip.write_all(&fs::read(&file)?)?;
    }
    Ok(())
}

/// All files in a folder and those below it, by name; none where it isn't there.
///
/// # Errors
/// As the system says.
pub(super) fn files_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        if !next.is_dir() {
            continue;
        }
        for entry in fs::read_dir(next)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path)
            } else {
                files.push(path)
            }
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_is_unpacked_and_the_same_input_gives_the_same_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        fs::create_dir_all(from.join("jni/x86_64")).unwrap();
        fs::write(from.join("classes.jar"), "classes").unwrap();
        fs::write(from.join("jni/x86_64/library.so"), vec![7; 5000]).unwrap();
        let (one, two) = (folder.path().join("one.aar"), folder.path().join("two.aar"));
        pack(&from, &one).unwrap();
        pack(&from, &two).unwrap();
        assert_eq!(fs::read(&one).unwrap(), fs::read(&two).unwrap());
        fs::create_dir_all(folder.path().join("more")).unwrap();
        fs::write(folder.path().join("more/classes.dex"), "dex").unwrap();
        add(&folder.path().join("more"), &one).unwrap();
        let few = folder.path().join("few.jar");
        select(&one, &few, |name| name.starts_with("classes")).unwrap();
        unpack(&few, &to).unwrap();
        assert_eq!(files_in(&to).unwrap(), [to.join("classes.dex"), to.join("classes.jar")]);
        unpack(&one, &to).unwrap();
        let names: Vec<String> = files_in(&to)
            .unwrap()
            .iter()
            .map(|file| file.strip_prefix(&to).unwrap().to_string_lossy().into_owned())
            .collect();
        assert_eq!(names, ["classes.dex", "classes.jar", "jni/x86_64/library.so"]);
        assert_eq!(fs::read(to.join("jni/x86_64/library.so")).unwrap(), vec![7; 5000]);
    }
}
