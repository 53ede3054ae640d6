//! The secret store.

use super::PortError;
use crate::runtime::call_shell;
use rabt::store::{Secret, SecretStoreError};
use std::{fmt, sync::Arc};

/// Keeps the core's one master key on this device: over the Keychain, or a file under a key of the Keystore.
///
/// What is kept must not leave the device, neither by a backup nor by a sync, and must survive a kill once `put` has returned. Calls
/// come from the core's own threads, may block, and may come from several threads at once.
#[uniffi::export(foreign)]
pub trait SecretStore: Send + Sync {
    /// Reads a secret; none where there is none of that name. **Tell that apart from "it can't be read now"**, for which throw
    /// `Unavailable`: when there is none the core makes a new key, and the old files can never be read again.
    fn get(&self, name: String) -> Result<Option<Vec<u8>>, PortError>;

    /// Keeps a secret, in place of an older one of that name. Where it throws, the older one is unchanged.
    fn put(&self, name: String, secret: Vec<u8>) -> Result<(), PortError>;

    /// Removes a secret for good: a sign-out destroys everything by this. No error where there is none of that name.
    fn delete(&self, name: String) -> Result<(), PortError>;
}

/// The shell's store, as the core takes it.
pub(crate) struct ShellSecrets(pub(crate) Arc<dyn SecretStore>);

impl fmt::Debug for ShellSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ShellSecrets")
    }
}

impl rabt::store::SecretStore for ShellSecrets {
    fn get(&self, name: &str) -> Result<Option<Secret>, SecretStoreError> {
        let kept = call_shell(|| self.0.get(name.to_owned()))?;
        Ok(kept.map(Secret::new))
    }

    fn put(&self, name: &str, secret: &Secret) -> Result<(), SecretStoreError> {
        Ok(call_shell(|| self.0.put(name.to_owned(), secret.reveal().to_vec()))?)
    }

    fn delete(&self, name: &str) -> Result<(), SecretStoreError> {
        Ok(call_shell(|| self.0.delete(name.to_owned()))?)
    }
}

impl From<PortError> for SecretStoreError {
    fn from(error: PortError) -> Self {
        match error {
            PortError::Unavailable { detail } => Self::Unavailable { detail },
            PortError::Failed { detail } => Self::Failed { detail },
        }
    }
}
