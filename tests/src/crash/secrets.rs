//! A secret store in files, for a phone whose process is killed. It protects nothing.

use rabt::store::{Secret, SecretStore, SecretStoreError};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// A folder with a file for each secret.
#[derive(Debug)]
pub(crate) struct FileSecrets(PathBuf);

impl FileSecrets {
    pub(crate) fn new(folder: &Path) -> Self {
        fs::create_dir_all(folder).expect("a folder for secrets");
        Self(folder.to_owned())
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl SecretStore for FileSecrets {
    fn get(&self, name: &str) -> Result<Option<Secret>, SecretStoreError> {
        match fs::read(self.file(name)) {
            Ok(bytes) => Ok(Some(Secret::new(bytes))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(&error)),
        }
    }

    /// Under another name first: a kill leaves the older secret or this, and no half of one.
    fn put(&self, name: &str, secret: &Secret) -> Result<(), SecretStoreError> {
        let half = self.0.join(format!("{name}.half"));
        fs::write(&half, secret.reveal())
            .and_then(|()| fs::rename(&half, self.file(name)))
            .map_err(|error| failed(&error))
    }

    fn delete(&self, name: &str) -> Result<(), SecretStoreError> {
        match fs::remove_file(self.file(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(&error)),
            _ => Ok(()),
        }
    }
}

fn failed(error: &io::Error) -> SecretStoreError {
    SecretStoreError::Failed {
        detail: error.to_string(),
    }
}
