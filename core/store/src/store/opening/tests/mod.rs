//! Opening whatever is found: keys, locks, versions; in their own files damage, and ending for good.

mod damage;
mod ending;

use super::MASTER_KEY;
use crate::{
    CacheReport, HealReason, KeyReport, LedgerReport, MemorySecretStore, Secret, SecretStore, SecretStoreError,
    SetAsideReason, Store, StoreError, StoreFile,
    directory::StoredDirectory,
    testing::{Fixture, now},
};
use rusqlite::Connection;
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

const LEDGER: &str = "ledger.db";
const CACHE: &str = "cache.db";

/// A store that something was kept in, closed again.
fn kept() -> Fixture {
    let fixture = Fixture::new();
    fixture.store.directory().save(&directory(3)).unwrap();
    fixture.store.events().done(&[], "cursor-1").unwrap();
    fixture
}

fn directory(version: u64) -> StoredDirectory {
    StoredDirectory {
        version,
        token: "header.payload.signature".to_owned(),
    }
}

fn has_kept(store: &Store) -> (bool, bool) {
    (
        store.directory().load().unwrap() == Some(directory(3)),
        store.events().cursor().unwrap().as_deref() == Some("cursor-1"),
    )
}

fn set_aside(folder: &Path, report: &LedgerReport) -> (PathBuf, SetAsideReason) {
    match report {
        LedgerReport::SetAside { file_name, reason } => (folder.join(file_name), *reason),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_first_start_makes_a_key_and_a_second_finds_everything() {
    let fixture = kept();
    assert_eq!(fixture.report.key, KeyReport::Created);
    assert_eq!(fixture.report.ledger, LedgerReport::Healthy);
    let fixture = fixture.reopened(|_| {});
    assert_eq!(fixture.report.key, KeyReport::Existing);
    assert_eq!(fixture.report.cache, CacheReport::Healthy);
    assert_eq!(fixture.report.ledger, LedgerReport::Healthy);
    assert_eq!(has_kept(&fixture.store), (true, true));
}

#[test]
fn a_lost_key_is_answered_by_fresh_files_and_the_old_ledger_lies_aside() {
    for lose in [
        |secrets: &MemorySecretStore| secrets.delete(MASTER_KEY).unwrap(),
        |secrets: &MemorySecretStore| secrets.put(MASTER_KEY, &Secret::new(vec![1; 32])).unwrap(),
        |secrets: &MemorySecretStore| secrets.put(MASTER_KEY, &Secret::new(vec![1; 31])).unwrap(),
    ] {
        let fixture = kept();
        let secrets = fixture.secrets.clone();
        let mut before = Vec::new();
        let fixture = fixture.reopened(|folder| {
            before = fs::read(folder.join(LEDGER)).unwrap();
            lose(&secrets);
        });
        assert_eq!(fixture.report.key, KeyReport::LostAndReplaced);
        assert_eq!(
            fixture.report.cache,
            CacheReport::Healed {
                reason: HealReason::OtherKey
            }
        );
        let (path, reason) = set_aside(fixture.folder.path(), &fixture.report.ledger);
        assert_eq!(reason, SetAsideReason::KeyLost);
        assert_eq!(path.file_name().unwrap(), "ledger.db.set-aside-20261123T080000Z");
        assert_eq!(fs::read(path).unwrap(), before);
        assert_eq!(has_kept(&fixture.store), (false, false));

        fixture.store.directory().save(&directory(1)).unwrap();
        let fixture = fixture.reopened(|_| {});
        assert_eq!(fixture.report.key, KeyReport::Existing);
        assert_eq!(fixture.store.directory().load().unwrap(), Some(directory(1)));
    }
}

#[test]
fn a_locked_secret_store_costs_nothing() {
    let Fixture {
        folder, secrets, store, ..
    } = kept();
    drop(store);
    secrets.set_locked(true);
    let refused = Store::open(folder.path(), secrets.clone(), now()).unwrap_err();
    assert!(matches!(
        refused,
        StoreError::KeyUnavailable(SecretStoreError::Unavailable { .. })
    ));
    secrets.set_locked(false);
    let (store, report) = Store::open(folder.path(), secrets, now()).unwrap();
    assert_eq!(report.key, KeyReport::Existing);
    assert_eq!(has_kept(&store), (true, true));
}

/// Takes what it is given and keeps none of it.
#[derive(Debug)]
struct Forgetful;

impl SecretStore for Forgetful {
    fn get(&self, _: &str) -> Result<Option<Secret>, SecretStoreError> {
        Ok(None)
    }
    fn put(&self, _: &str, _: &Secret) -> Result<(), SecretStoreError> {
        Ok(())
    }
    fn delete(&self, _: &str) -> Result<(), SecretStoreError> {
        Ok(())
    }
}

#[test]
fn nothing_is_written_with_a_key_that_was_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let refused = Store::open(folder.path(), Arc::new(Forgetful), now()).unwrap_err();
    assert!(matches!(
        refused,
        StoreError::KeyUnavailable(SecretStoreError::Failed { .. })
    ));
    assert!(!folder.path().join(LEDGER).exists());
}

#[test]
fn a_second_store_is_told_so_until_the_first_lets_go() {
    let Fixture {
        folder, secrets, store, ..
    } = kept();
    let second = || Store::open(folder.path(), secrets.clone(), now());
    assert!(matches!(second(), Err(StoreError::InUse { folder: told }) if told == folder.path()));
    store.release();
    store.release();
    assert!(matches!(store.directory().load(), Err(StoreError::Released)));
    let (other, _) = second().unwrap();
    assert!(matches!(store.reacquire(now()), Err(StoreError::InUse { .. })));
    assert!(matches!(store.destroy(), Err(StoreError::InUse { .. })));
    assert_eq!(has_kept(&other), (true, true));
    drop(other);
    let report = store.reacquire(now()).unwrap().unwrap();
    assert_eq!(report.key, KeyReport::Existing);
    assert_eq!(store.reacquire(now()).unwrap(), None);
    assert_eq!(has_kept(&store.clone()), (true, true));
}

/// The ledgers that were set aside, the oldest first, without what lies beside them.
fn aside(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut aside: Vec<_> = entries
        .filter(|path| path.to_string_lossy().contains("set-aside"))
        .filter(|path| !path.to_string_lossy().ends_with("-wal"))
        .collect();
    aside.sort();
    aside
}

#[test]
fn a_file_from_the_future_is_refused_and_untouched() {
    for (file, name, newest) in [(StoreFile::Ledger, LEDGER, 2), (StoreFile::Cache, CACHE, 2)] {
        let Fixture {
            folder, secrets, store, ..
        } = kept();
        drop(store);
        let path = folder.path().join(name);
        Connection::open(&path)
            .unwrap()
            .pragma_update(None, "user_version", 99)
            .unwrap();
        let before: Vec<_> = [LEDGER, CACHE]
            .map(|name| fs::read(folder.path().join(name)).unwrap())
            .into();
        // Neither with its key nor without it.
        for _ in 0..2 {
            let refused = Store::open(folder.path(), secrets.clone(), now()).unwrap_err();
            assert!(
                matches!(refused, StoreError::TooNew { file: told, found: 99, known } if (told, known) == (file, newest)),
                "{refused}"
            );
            let after: Vec<_> = [LEDGER, CACHE]
                .map(|name| fs::read(folder.path().join(name)).unwrap())
                .into();
            assert!(before == after);
            secrets.delete(MASTER_KEY).unwrap();
        }
    }
}

#[test]
fn a_folder_that_can_not_be_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, b"").unwrap();
    let refused = Store::open(&file, Arc::new(MemorySecretStore::new()), now()).unwrap_err();
    assert!(matches!(refused, StoreError::Io(_)), "{refused:?}");
}

#[test]
fn a_full_or_read_only_disk_is_said_and_nothing_is_changed() {
    let fixture = kept();
    let store = &fixture.store;
    store
        .ledger_write(|tx| {
            let pages: i64 = tx.pragma_query_value(None, "page_count", |row| row.get(0))?;
            Ok(tx.pragma_update(None, "max_page_count", pages)?)
        })
        .unwrap();
    let large = StoredDirectory {
        version: 4,
        token: "x".repeat(100_000),
    };
    assert!(matches!(store.directory().save(&large), Err(StoreError::Full)));
    assert_eq!(has_kept(store), (true, true));

    store
        .ledger_write(|tx| Ok(tx.pragma_update(None, "query_only", true)?))
        .unwrap();
    assert!(matches!(
        store.directory().save(&directory(4)),
        Err(StoreError::ReadOnly)
    ));
    assert_eq!(has_kept(store), (true, true));
}
