//! The platform's secret store, as a port: where the one master key lives, and what a secret looks like in memory.
//!
//! Nothing here knows a table or a file. An adapter keeps small byte strings by name, for this device alone; that is all a
//! Keychain, a Keystore or a Secret Service has to be able to do. It is synchronous, since all of them are.

#[cfg(all(feature = "keyring", target_os = "linux"))]
mod keyring;
mod memory;

#[cfg(all(feature = "keyring", target_os = "linux"))]
pub use keyring::KeyringSecretStore;
pub use memory::MemorySecretStore;

use std::fmt;
use zeroize::Zeroizing;

/// Secret bytes. They are overwritten when dropped, and `Debug` shows nothing of them.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes bytes into care; the caller's buffer becomes this one.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes, for whoever needs them this moment.
    pub fn reveal(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Secret text, such as a token. It is overwritten when dropped, and `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText(Zeroizing<String>);

impl SecretText {
    /// Takes a text into care; the caller's buffer becomes this one.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text, for whoever needs it this moment.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(…)")
    }
}

/// Where secrets of this device live: Keychain, Keystore, Secret Service.
///
/// An adapter must not let a secret leave the device (by a backup or a sync), must survive the app's kill once `put` has
/// returned, and must tell "there is none" (`Ok(None)`) from "it can't be read now" ([`SecretStoreError::Unavailable`]): on the
/// first the store makes a new key and the old files are lost, on the second it waits.
pub trait SecretStore: Send + Sync + fmt::Debug {
    /// Reads a secret; `None` where there is none of that name.
    ///
    /// # Errors
    /// [`SecretStoreError::Unavailable`] where that can't be known now, [`SecretStoreError::Failed`] where it won't be.
    fn get(&self, name: &str) -> Result<Option<Secret>, SecretStoreError>;

    /// Keeps a secret, in place of an older one of that name.
    ///
    /// # Errors
    /// As [`SecretStore::get`]; the older one is then unchanged.
    fn put(&self, name: &str, secret: &Secret) -> Result<(), SecretStoreError>;

    /// Removes a secret; no error where there is none.
    ///
    /// # Errors
    /// As [`SecretStore::get`].
    fn delete(&self, name: &str) -> Result<(), SecretStoreError>;
}

/// Why a secret store did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretStoreError {
    /// It is locked, or not running yet: try again once the person has unlocked the device.
    #[error("the secret store can't be reached now ({detail}): unlock the device and try again")]
    Unavailable {
        /// What the platform says. It must hold no secret.
        detail: String,
    },
    /// It refused, and will again.
    #[error("the secret store refused ({detail}): check the app's entitlements and the platform's log")]
    Failed {
        /// What the platform says. It must hold no secret.
        detail: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_shows_nothing_of_itself() {
        assert_eq!(format!("{:?}", Secret::new(b"key".to_vec())), "Secret(…)");
        assert_eq!(format!("{:?}", SecretText::new("token".to_owned())), "SecretText(…)");
    }
}
