//! Signing out, also in pieces.

use super::*;

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
    assert_eq!(secrets.get(MASTER_KEY).unwrap(), None);
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
            secrets.delete(MASTER_KEY).unwrap();
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
