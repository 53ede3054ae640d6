//! Secrets in memory, for tests and for a run that is meant to leave nothing behind.

use super::{Secret, SecretStore, SecretStoreError};
use std::{
    collections::BTreeMap,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// A secret store that forgets all when it is dropped. Share it by `Arc` to "restart" over the same files.
#[derive(Default)]
pub struct MemorySecretStore {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    secrets: BTreeMap<String, Secret>,
    locked: bool,
}

impl MemorySecretStore {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Locks or unlocks it, as a device does: while it is locked every call is [`SecretStoreError::Unavailable`].
    pub fn set_locked(&self, locked: bool) {
        self.state().locked = locked;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn unlocked(&self) -> Result<MutexGuard<'_, State>, SecretStoreError> {
        let state = self.state();
        if state.locked {
            Err(SecretStoreError::Unavailable {
                detail: "locked".to_owned(),
            })
        } else {
            Ok(state)
        }
    }
}

impl SecretStore for MemorySecretStore {
    fn get(&self, name: &str) -> Result<Option<Secret>, SecretStoreError> {
        Ok(self.unlocked()?.secrets.get(name).cloned())
    }

    fn put(&self, name: &str, secret: &Secret) -> Result<(), SecretStoreError> {
        self.unlocked()?.secrets.insert(name.to_owned(), secret.clone());
        Ok(())
    }

    fn delete(&self, name: &str) -> Result<(), SecretStoreError> {
        self.unlocked()?.secrets.remove(name);
        Ok(())
    }
}

impl fmt::Debug for MemorySecretStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemorySecretStore")
            .field("names", &self.state().secrets.keys().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locked_store_says_so_and_loses_nothing() {
        let store = MemorySecretStore::new();
        store.put("a", &Secret::new(vec![1])).unwrap();
        store.set_locked(true);
        assert!(matches!(store.get("a"), Err(SecretStoreError::Unavailable { .. })));
        assert!(store.delete("a").is_err());
        store.set_locked(false);
        assert_eq!(store.get("a").unwrap(), Some(Secret::new(vec![1])));
        store.delete("a").unwrap();
        store.delete("a").unwrap();
        assert_eq!(store.get("a").unwrap(), None);
    }
}
