//! The Secret Service of a Linux desktop (GNOME Keyring, KWallet), through `keyring-core`.
//!
//! Of `zbus-secret-service-keyring-store` the feature `crypto-rust` without a runtime is taken: it drives D-Bus by `async-io`, whose
//! `block_on` may be called anywhere, also on a thread of tokio's. With `rt-tokio-…` the same call would start a runtime within a
//! runtime, which panics. A call waits for the service, and for the person where the service asks them to unlock it, so make it
//! from a blocking task.
//!
//! On iOS and Android the shells bring adapters of their own (Keychain with `AfterFirstUnlockThisDeviceOnly`, so that background
//! work finds the key; Keystore, with its file kept out of the backup): both need what only an app has, an entitlement or a
//! context, and the port is small enough to be written there.

use super::{Secret, SecretStore, SecretStoreError};
use keyring_core::{Entry, Error, api::CredentialStoreApi as _};
use secret_service::{EncryptionType, blocking::SecretService};
use std::{collections::HashMap, fmt, sync::Arc};
use zbus_secret_service_keyring_store::Store;

/// Secrets in the session's Secret Service, under the name of a service, which is the app's.
pub struct KeyringSecretStore {
    service: String,
    store: Arc<Store>,
}

impl KeyringSecretStore {
    /// Connects to the session's Secret Service. `service` tells this app's secrets from others'.
    ///
    /// # Errors
    /// [`SecretStoreError::Unavailable`] where there is no session bus or no such service on it.
    pub fn connect(service: impl Into<String>) -> Result<Self, SecretStoreError> {
        Ok(Self {
            service: service.into(),
            store: Store::new().map_err(refused)?,
        })
    }

    fn entry(&self, name: &str) -> Result<Entry, SecretStoreError> {
        let label = format!("{}: {name}", self.service);
        let modifiers = HashMap::from([("label", label.as_str())]);
        self.store.build(&self.service, name, Some(&modifiers)).map_err(refused)
    }
}

impl SecretStore for KeyringSecretStore {
    fn get(&self, name: &str) -> Result<Option<Secret>, SecretStoreError> {
        match self.entry(name)?.get_secret() {
            Ok(bytes) => Ok(Some(Secret::new(bytes))),
            Err(Error::NoEntry) => must_be_unlocked().map(|()| None),
            Err(error) => Err(refused(error)),
        }
    }

    fn put(&self, name: &str, secret: &Secret) -> Result<(), SecretStoreError> {
        self.entry(name)?.set_secret(secret.reveal()).map_err(refused)
    }

    fn delete(&self, name: &str) -> Result<(), SecretStoreError> {
        match self.entry(name)?.delete_credential() {
            Ok(()) => Ok(()),
            Err(Error::NoEntry) => must_be_unlocked(),
            Err(error) => Err(refused(error)),
        }
    }
}

/// A service whose collection is locked may find nothing where there is something. That must not pass for "there is none", or
/// a new key would take the place of the one that opens the files.
fn must_be_unlocked() -> Result<(), SecretStoreError> {
    let failed = |error: secret_service::Error| SecretStoreError::Unavailable {
        detail: error.to_string(),
    };
    let service = SecretService::connect(EncryptionType::Plain).map_err(failed)?;
    let collection = match service.get_default_collection() {
        // There is no collection yet, and so nothing in it.
        Err(secret_service::Error::NoResult) => return Ok(()),
        found => found.map_err(failed)?,
    };
    if collection.is_locked().map_err(failed)? {
        return Err(SecretStoreError::Unavailable {
            detail: "the default collection is locked".to_owned(),
        });
    }
    Ok(())
}

/// None of what a platform's error carries is shown but its own words, since some carry the secret.
fn refused(error: Error) -> SecretStoreError {
    match error {
        Error::NoStorageAccess(why) | Error::PlatformFailure(why) => SecretStoreError::Unavailable {
            detail: why.to_string(),
        },
        Error::Ambiguous(_) => SecretStoreError::Failed {
            detail: "there are several secrets of that name".to_owned(),
        },
        Error::BadEncoding(_) | Error::BadDataFormat(..) => SecretStoreError::Failed {
            detail: "the secret is malformed".to_owned(),
        },
        other => SecretStoreError::Failed {
            detail: other.to_string(),
        },
    }
}

impl fmt::Debug for KeyringSecretStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyringSecretStore")
            .field("service", &self.service)
            .finish_non_exhaustive()
    }
}
