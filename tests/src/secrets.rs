//! A secret store that outlives its process: a folder of files. It is for children that are killed and started again over the same
//! data; what protects a secret on a device is not what they are about.

use rabt::store::{Secret, SecretStore, SecretStoreError};
use std::{fs, io, path::PathBuf};

/// See the module.
#[derive(Debug)]
pub struct FolderSecrets {
    folder: PathBuf,
}

impl FolderSecrets {
    /// In a folder that is there.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }
}

fn failed(error: &io::Error) -> SecretStoreError {
    SecretStoreError::Failed {
        detail: error.kind().to_string(),
    }
}

impl SecretStore for FolderSecrets {
    fn get(&self, name: &str) -> Result<Option<Secret>, SecretStoreError> {
        match fs::read(self.folder.join(name)) {
            Ok(bytes) => Ok(Some(Secret::new(bytes))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(&error)),
        }
    }

    /// By a file beside it and a renaming, so that a kill leaves the old secret or the new one.
    fn put(&self, name: &str, secret: &Secret) -> Result<(), SecretStoreError> {
        let beside = self.folder.join(format!("{name}.new"));
        fs::write(&beside, secret.reveal())
            .and_then(|()| fs::File::open(&beside)?.sync_all())
            .and_then(|()| fs::rename(&beside, self.folder.join(name)))
            .map_err(|error| failed(&error))
    }

    fn delete(&self, name: &str) -> Result<(), SecretStoreError> {
        match fs::remove_file(self.folder.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(&error)),
            _ => Ok(()),
        }
    }
}
