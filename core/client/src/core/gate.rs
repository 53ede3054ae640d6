//! Gates by name: whoever is within one keeps others of the same name out, and nobody of another.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex as StdMutex, PoisonError, Weak},
};
use tokio::sync::{Mutex, OwnedMutexGuard};

/// The gates. Those that nobody uses are forgotten.
pub(crate) struct Gates<K>(StdMutex<HashMap<K, Weak<Mutex<()>>>>);

impl<K> Default for Gates<K> {
    fn default() -> Self {
        Self(StdMutex::default())
    }
}

/// Being within a gate; dropping it opens the gate.
pub(crate) struct Gate(#[expect(dead_code, reason = "held for its drop")] OwnedMutexGuard<()>);

impl<K: Hash + Eq + Clone> Gates<K> {
    /// Waits until nobody else is within.
    pub(crate) async fn enter(&self, name: &K) -> Gate {
        Gate(self.of(name).lock_owned().await)
    }

    /// Enters if nobody is within now.
    pub(crate) fn enter_if_free(&self, name: &K) -> Option<Gate> {
        self.of(name).try_lock_owned().ok().map(Gate)
    }

    fn of(&self, name: &K) -> Arc<Mutex<()>> {
        let mut gates = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(gate) = gates.get(name).and_then(Weak::upgrade) {
            return gate;
        }
        gates.retain(|_, gate| gate.strong_count() > 0);
        let gate = Arc::new(Mutex::new(()));
        gates.insert(name.clone(), Arc::downgrade(&gate));
        gate
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_gate_keeps_out_its_own_name_only_and_is_forgotten() {
        let gates = Gates::default();
        let within = gates.enter(&1).await;
        assert!(gates.of(&1).try_lock().is_err());
        assert!(gates.of(&2).try_lock().is_ok());
        assert!(gates.enter_if_free(&1).is_none());
        assert!(gates.enter_if_free(&2).is_some());
        drop(within);
        assert!(gates.of(&1).try_lock().is_ok());
        drop(gates.enter(&3).await);
        assert_eq!(gates.0.lock().unwrap().len(), 1);
    }
}
