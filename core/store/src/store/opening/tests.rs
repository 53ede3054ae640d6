//! Opening whatever is found, and ending for good.

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

fn set_aside(report: &LedgerReport) -> (PathBuf, SetAsideReason) {
    match report {
        LedgerReport::SetAside { path, reason } => (path.clone(), *reason),
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
        |secrets: &MemorySecretStore| secrets.delete(super::MASTER_KEY).unwrap(),
        |secrets: &MemorySecretStore| secrets.put(super::MASTER_KEY, &Secret::new(vec![1; 32])).unwrap(),
        |secrets: &MemorySecretStore| secrets.put(super::MASTER_KEY, &Secret::new(vec![1; 31])).unwrap(),
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
        let (path, reason) = set_aside(&fixture.report.ledger);
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

#[test]
fn a_damaged_ledger_is_set_aside_as_it_is_and_never_overwritten() {
    let damages: [fn(&Path); 4] = [
        |ledger| fs::write(ledger, b"").unwrap(),
        |ledger| {
            fs::write(
                ledger,
                b"not a database, and longer than a header is, so that it is looked at as one: ".repeat(9),
            )
            .unwrap()
        },
        |ledger| {
            let mut bytes = fs::read(ledger).unwrap();
            bytes[0] ^= 1;
            fs::write(ledger, bytes).unwrap();
        },
        |ledger| {
            let connection = Connection::open(ledger).unwrap();
            connection.execute("DELETE FROM meta", ()).unwrap();
        },
    ];
    let mut fixture = kept();
    for (count, damage) in (1..).zip(damages) {
        let mut damaged = Vec::new();
        fixture = fixture.reopened(|folder| {
            damage(&folder.join(LEDGER));
            damaged = fs::read(folder.join(LEDGER)).unwrap();
        });
        let (path, reason) = set_aside(&fixture.report.ledger);
        assert_eq!(
            (reason, fixture.report.key),
            (SetAsideReason::Damaged, KeyReport::Existing)
        );
        assert_eq!(fs::read(&path).unwrap(), damaged);
        // The cache has nothing to do with it.
        assert_eq!(has_kept(&fixture.store), (false, true));
        assert_eq!(aside(fixture.folder.path()).len(), count);
        fixture.store.directory().save(&directory(3)).unwrap();
    }
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
fn only_so_many_are_set_aside_and_the_oldest_go() {
    let mut fixture = kept();
    for count in 0..crate::limits::SET_ASIDE_MAX + 4 {
        fixture = fixture.reopened(|folder| fs::write(folder.join(LEDGER), format!("{count:99}")).unwrap());
        let (path, _) = set_aside(&fixture.report.ledger);
        assert_eq!(fs::read_to_string(path).unwrap(), format!("{count:99}"));
    }
    let left = aside(fixture.folder.path());
    assert_eq!(left.len(), crate::limits::SET_ASIDE_MAX);
    assert_eq!(fs::read_to_string(&left[0]).unwrap(), format!("{:99}", 4));
}

#[test]
fn a_ledger_cut_at_any_page_is_noticed_and_a_cut_cache_heals() {
    const PAGE_BYTES: usize = 4096;
    for file in [LEDGER, CACHE] {
        let Fixture {
            folder, secrets, store, ..
        } = kept();
        drop(store);
        let whole = fs::read(folder.path().join(file)).unwrap();
        assert!(whole.len() > 4 * PAGE_BYTES && whole.len().is_multiple_of(PAGE_BYTES));
        for pages in 0..whole.len() / PAGE_BYTES {
            fs::write(folder.path().join(file), &whole[..pages * PAGE_BYTES]).unwrap();
            let (store, report) = Store::open(folder.path(), secrets.clone(), now()).unwrap();
            if file == LEDGER {
                let (path, _) = set_aside(&report.ledger);
                assert_eq!(fs::read(path).unwrap(), &whole[..pages * PAGE_BYTES]);
            } else {
                let reason = HealReason::Damaged;
                assert_eq!(report.cache, CacheReport::Healed { reason }, "{pages} pages");
            }
            store.events().done(&[], "usable").unwrap();
            store.directory().save(&directory(4)).unwrap();
        }
    }
}

#[test]
fn what_is_gone_is_said_to_be_gone() {
    let fixture = kept().reopened(|folder| fs::remove_file(folder.join(LEDGER)).unwrap());
    assert_eq!(fixture.report.ledger, LedgerReport::Missing);
    assert_eq!(has_kept(&fixture.store), (false, true));
    let fixture = kept().reopened(|folder| fs::remove_file(folder.join(CACHE)).unwrap());
    assert_eq!(
        fixture.report.cache,
        CacheReport::Healed {
            reason: HealReason::Missing
        }
    );
    assert_eq!(has_kept(&fixture.store), (true, false));
}

#[test]
fn pages_that_a_kill_left_without_their_ledger_are_not_taken_for_the_new_ones() {
    let fixture = kept().reopened(|folder| {
        fs::rename(folder.join(LEDGER), folder.join("ledger.db-wal")).unwrap();
        fs::copy(folder.join(CACHE), folder.join("cache.db.new")).unwrap();
    });
    assert_eq!(fixture.report.ledger, LedgerReport::Missing);
    assert_eq!(fixture.store.directory().load().unwrap(), None);
    let pages = fixture.folder.path().join("ledger.db.set-aside-20261123T080000Z-wal");
    assert!(pages.exists());
}

#[test]
fn a_file_from_the_future_is_refused_and_untouched() {
    for (file, name) in [(StoreFile::Ledger, LEDGER), (StoreFile::Cache, CACHE)] {
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
                matches!(refused, StoreError::TooNew { file: told, found: 99, known: 1 } if told == file),
                "{refused}"
            );
            let after: Vec<_> = [LEDGER, CACHE]
                .map(|name| fs::read(folder.path().join(name)).unwrap())
                .into();
            assert!(before == after);
            secrets.delete(super::MASTER_KEY).unwrap();
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
fn signing_out_leaves_nothing() {
    let fixture = kept().reopened(|folder| fs::write(folder.join(LEDGER), b"damaged").unwrap());
    let Fixture {
        folder, secrets, store, ..
    } = fixture;
    store.destroy().unwrap();
    let left: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert_eq!(left, ["lock"]);
    assert_eq!(secrets.get(super::MASTER_KEY).unwrap(), None);
    assert!(matches!(store.directory().load(), Err(StoreError::Destroyed)));
    assert!(matches!(store.reacquire(now()), Err(StoreError::Destroyed)));
    store.destroy().unwrap();
    let (store, report) = Store::open(folder.path(), secrets, now()).unwrap();
    assert_eq!((report.key, report.ledger), (KeyReport::Created, LedgerReport::Healthy));
    assert_eq!(has_kept(&store), (false, false));
}

#[test]
fn a_sign_out_that_was_interrupted_anywhere_is_finished_by_the_next_opening() {
    let note = |folder: &Path| fs::write(folder.join("signing-out"), b"").unwrap();
    for killed_after in ["the note", "the key", "the ledger", "the cache"] {
        let Fixture {
            folder, secrets, store, ..
        } = kept();
        drop(store);
        note(folder.path());
        if killed_after != "the note" {
            secrets.delete(super::MASTER_KEY).unwrap();
        }
        if ["the ledger", "the cache"].contains(&killed_after) {
            fs::remove_file(folder.path().join(LEDGER)).unwrap();
        }
        if killed_after == "the cache" {
            fs::remove_file(folder.path().join(CACHE)).unwrap();
        }
        let (store, report) = Store::open(folder.path(), secrets, now()).unwrap();
        assert_eq!(
            (report.key, report.ledger),
            (KeyReport::Created, LedgerReport::Healthy),
            "{killed_after}"
        );
        assert_eq!(has_kept(&store), (false, false));
        assert_eq!(aside(folder.path()), Vec::<PathBuf>::new());
    }
}

#[test]
fn a_key_that_can_not_be_destroyed_now_is_destroyed_later() {
    let Fixture {
        folder, secrets, store, ..
    } = kept();
    secrets.set_locked(true);
    assert!(matches!(store.destroy(), Err(StoreError::KeyUnavailable(_))));
    assert!(matches!(store.directory().load(), Err(StoreError::Destroyed)));
    secrets.set_locked(false);
    let (store, report) = Store::open(folder.path(), secrets, now()).unwrap();
    assert_eq!(report.key, KeyReport::Created);
    assert_eq!(has_kept(&store), (false, false));
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

#[test]
fn a_cache_that_turns_out_damaged_in_use_is_emptied_and_goes_on() {
    /// The header with the schema, and the table that is read at the opening.
    const SOUND_BYTES: usize = 2 * 4096;
    let fixture = kept().reopened(|folder| {
        let path = folder.join(CACHE);
        let mut bytes = fs::read(&path).unwrap();
        bytes[SOUND_BYTES..].fill(0xee);
        fs::write(path, bytes).unwrap();
    });
    assert_eq!(fixture.report.cache, CacheReport::Healthy);
    let store = &fixture.store;
    let cache = StoreFile::Cache;
    let first = store.events().done(&[], "cursor-2");
    assert!(
        matches!(first, Err(StoreError::Damaged { file, .. }) if file == cache),
        "{first:?}"
    );
    store.events().done(&[], "cursor-2").unwrap();
    assert_eq!(store.events().cursor().unwrap().as_deref(), Some("cursor-2"));
    assert_eq!(store.directory().load().unwrap(), Some(directory(3)));
}
