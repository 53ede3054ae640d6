//! Files that are damaged, cut or gone.

use super::*;

fn sql(file: &Path, sql: &str) {
    Connection::open(file).unwrap().execute_batch(sql).unwrap();
}

#[test]
fn a_damaged_ledger_is_set_aside_as_it_is_and_never_overwritten() {
    let damages: [fn(&Path); 8] = [
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
        |ledger| sql(ledger, "DELETE FROM meta"),
        |ledger| sql(ledger, "DROP INDEX payment_unfinished"),
        |ledger| {
            sql(
                ledger,
                "CREATE TRIGGER t AFTER INSERT ON payment BEGIN DELETE FROM bound_bill; END",
            )
        },
        |ledger| sql(ledger, "PRAGMA user_version = 0"),
        |ledger| sql(ledger, "PRAGMA application_id = 1"),
    ];
    let mut fixture = kept();
    for (count, damage) in (1..).zip(damages) {
        let mut damaged = Vec::new();
        fixture = fixture.reopened(|folder| {
            damage(&folder.join(LEDGER));
            damaged = fs::read(folder.join(LEDGER)).unwrap();
        });
        let (path, reason) = set_aside(fixture.folder.path(), &fixture.report.ledger);
        assert_eq!(
            (reason, fixture.report.key),
            (SetAsideReason::Damaged, KeyReport::Existing)
        );
        assert_eq!(fs::read(&path).unwrap(), damaged);
        // Whose the cache is was in the ledger.
        assert_eq!(has_kept(&fixture.store), (false, false));
        assert_eq!(fixture.report.cache, of_nobody());
        assert_eq!(aside(fixture.folder.path()).len(), count);
        fixture.store.directory().save(&directory(3)).unwrap();
        fixture.store.events().done(&[], "cursor-1").unwrap();
    }
}

#[test]
fn only_so_many_are_set_aside_and_the_oldest_go() {
    let mut fixture = kept();
    for count in 0..crate::limits::SET_ASIDE_MAX + 4 {
        fixture = fixture.reopened(|folder| fs::write(folder.join(LEDGER), format!("{count:99}")).unwrap());
        let (path, _) = set_aside(fixture.folder.path(), &fixture.report.ledger);
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
                let (path, _) = set_aside(folder.path(), &report.ledger);
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

fn of_nobody() -> CacheReport {
    CacheReport::Healed {
        reason: HealReason::OwnerUnknown,
    }
}

#[test]
fn what_is_gone_is_said_to_be_gone() {
    let fixture = kept().reopened(|folder| fs::remove_file(folder.join(LEDGER)).unwrap());
    assert_eq!(
        (&fixture.report.ledger, &fixture.report.cache),
        (&LedgerReport::Missing, &of_nobody())
    );
    assert_eq!(has_kept(&fixture.store), (false, false));
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
fn a_cache_with_another_schema_heals() {
    let fixture = kept().reopened(|folder| sql(&folder.join(CACHE), "ALTER TABLE slot RENAME TO slit"));
    let reason = HealReason::Damaged;
    assert_eq!(fixture.report.cache, CacheReport::Healed { reason });
    assert_eq!(has_kept(&fixture.store), (true, false));
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
