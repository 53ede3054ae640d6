//! The keyring adapter against a real Secret Service. It needs a session bus with an unlocked one on it, which the developer's
//! command provides (`dbus-run-session` with `gnome-keyring-daemon`); without it these tests fail and say so.
#![cfg(all(feature = "keyring", target_os = "linux"))]
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test says what is missing by failing"
)]

use rabt_domain::Timestamp;
use rabt_store::{CacheReport, KeyReport, KeyringSecretStore, LedgerReport, Secret, SecretStore, Store};
use std::sync::Arc;

fn connect(service: &str) -> KeyringSecretStore {
    assert!(
        std::env::var_os("DBUS_SESSION_BUS_ADDRESS").is_some(),
        "there is no session bus: run these tests through the developer's command, or within `dbus-run-session` with an \
         unlocked `gnome-keyring-daemon --components=secrets`"
    );
    // Several runs may share a service.
    KeyringSecretStore::connect(format!("{service}.{}", std::process::id())).expect(
        "the session bus has no Secret Service: start `gnome-keyring-daemon --unlock --components=secrets` on it",
    )
}

fn now() -> Timestamp {
    Timestamp::parse("2026-11-23T08:00:00Z").unwrap()
}

#[test]
fn a_secret_is_kept_replaced_and_removed() {
    let keyring = connect("ae.rabt.test.values");
    let secret = |byte| Secret::new(vec![byte; 32]);
    assert_eq!(keyring.get("a").unwrap(), None);
    keyring.put("a", &secret(1)).unwrap();
    keyring.put("b", &secret(2)).unwrap();
    keyring.put("a", &secret(3)).unwrap();
    let again = connect("ae.rabt.test.values");
    assert_eq!(again.get("a").unwrap(), Some(secret(3)));
    assert_eq!(again.get("b").unwrap(), Some(secret(2)));
    for name in ["a", "b"] {
        keyring.delete(name).unwrap();
        keyring.delete(name).unwrap();
        assert_eq!(again.get(name).unwrap(), None);
    }
    // Bytes are bytes: none of these is text.
    keyring.put("a", &Secret::new(vec![0, 255, 10, 128])).unwrap();
    assert_eq!(keyring.get("a").unwrap(), Some(Secret::new(vec![0, 255, 10, 128])));
    keyring.delete("a").unwrap();
}

#[test]
fn a_store_lives_and_dies_with_its_key() {
    let folder = tempfile::tempdir().unwrap();
    let keyring: Arc<dyn SecretStore> = Arc::new(connect("ae.rabt.test.store"));
    let (store, report) = Store::open(folder.path(), keyring.clone(), now()).unwrap();
    assert_eq!(report.key, KeyReport::Created);
    drop(store);

    let (store, report) = Store::open(folder.path(), keyring.clone(), now()).unwrap();
    assert_eq!(
        (report.key, report.cache, report.ledger),
        (KeyReport::Existing, CacheReport::Healthy, LedgerReport::Healthy)
    );
    store.destroy().unwrap();
    let (store, report) = Store::open(folder.path(), keyring, now()).unwrap();
    assert_eq!(report.key, KeyReport::Created);
    store.destroy().unwrap();
}

#[tokio::test]
async fn it_may_be_called_on_a_thread_of_a_runtime() {
    let keyring = connect("ae.rabt.test.runtime");
    assert_eq!(keyring.get("nothing").unwrap(), None);
    tokio::task::spawn_blocking(move || assert_eq!(keyring.get("nothing").unwrap(), None))
        .await
        .unwrap();
}
