//! What a file gives away to somebody without the key, and what becomes of one that somebody changed.

mod support;

use rabt_store::{MemorySecretStore, Store, StoreError, StoreFile};
use rusqlite::Connection;
use std::{collections::BTreeSet, fs, path::Path, sync::Arc};
use support::{CANARIES, Done, check, fill, now, refill};
use tempfile::TempDir;

fn open(folder: &Path, secrets: &Arc<MemorySecretStore>) -> Done<Store> {
    Ok(Store::open(folder, secrets.clone(), now()?)?.0)
}

/// A store with something in every room, closed.
fn filled() -> Done<(TempDir, Arc<MemorySecretStore>)> {
    let folder = tempfile::tempdir()?;
    let secrets = Arc::new(MemorySecretStore::new());
    let store = open(folder.path(), &secrets)?;
    fill(&store)?;
    check(&store)?;
    Ok((folder, secrets))
}

/// Where a text stands in a folder's files, in UTF-8 or in UTF-16.
fn found(folder: &Path, text: &str) -> Done<Vec<String>> {
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let needles = [text.as_bytes(), &wide];
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let bytes = fs::read(&path)?;
        if needles
            .iter()
            .any(|needle| bytes.windows(needle.len()).any(|window| window == *needle))
        {
            found.push(path.display().to_string());
        }
    }
    Ok(found)
}

#[test]
fn no_file_holds_anything_of_a_person_in_plaintext() -> Done {
    let folder = tempfile::tempdir()?;
    let secrets = Arc::new(MemorySecretStore::new());
    let store = open(folder.path(), &secrets)?;
    fill(&store)?;
    for log in ["ledger.db-wal", "cache.db-wal"] {
        assert!(fs::metadata(folder.path().join(log))?.len() > 0, "{log}");
    }
    // While the logs are there, and once they are in the files.
    for _ in 0..2 {
        for canary in CANARIES {
            assert_eq!(found(folder.path(), canary)?, Vec::<String>::new(), "{canary}");
        }
        store.release();
    }
    // The search itself finds what is there.
    assert!(!found(folder.path(), "key_check")?.is_empty());
    Ok(())
}

/// The tables with a sealed column, and the column.
fn sealed_columns(connection: &Connection) -> Done<Vec<(String, String)>> {
    let mut statement = connection.prepare(
        "SELECT m.name, c.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c
         WHERE m.type = 'table' AND c.name IN ('payload', 'amount') ORDER BY 1, 2",
    )?;
    let rows = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Columns of bytes or text that aren't sealed, in whatever table: keyed hashes, by which rows are found and told apart; what a file
/// says of itself; the fixed names of slots. A column that is neither here nor sealed is one that somebody forgot.
const PLAIN_COLUMNS: [&str; 7] = ["account", "agency", "bill", "content", "mac", "name", "value"];

#[test]
fn every_column_that_could_hold_something_of_a_person_is_sealed() -> Done {
    let (folder, _) = filled()?;
    for (file, least) in [("ledger.db", 11), ("cache.db", 8)] {
        let connection = Connection::open(folder.path().join(file))?;
        let sealed = sealed_columns(&connection)?;
        assert!(sealed.len() >= least, "{file}: {sealed:?}");
        let mut statement = connection.prepare(
            "SELECT m.name, c.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c
             WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND upper(c.type) <> 'INTEGER' ORDER BY 1, 2",
        )?;
        let rows = statement.query_map((), |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
        for column in rows {
            let column = column?;
            assert!(
                sealed.contains(&column) || PLAIN_COLUMNS.contains(&column.1.as_str()),
                "{file}: {column:?} is neither sealed, and so flipped by the tests below, nor known to hold nothing"
            );
        }
    }
    Ok(())
}

/// What a machine that loses its power may leave of a log: a part of it. What is then in the store is what was there at one moment.
#[test]
fn a_log_cut_at_any_page_opens_with_what_was_there_before() -> Done {
    const LOG_HEADER_BYTES: usize = 32;
    const LOG_PAGE_BYTES: usize = 24 + 4096;
    let folder = tempfile::tempdir()?;
    let secrets = Arc::new(MemorySecretStore::new());
    let store = open(folder.path(), &secrets)?;
    fill(&store)?;
    let left: Vec<(String, Vec<u8>)> = fs::read_dir(folder.path())?
        .filter_map(Result::ok)
        .filter(|entry| !entry.file_name().to_string_lossy().ends_with("-shm"))
        .map(|entry| {
            Ok((
                entry.file_name().to_string_lossy().into_owned(),
                fs::read(entry.path())?,
            ))
        })
        .collect::<Done<_>>()?;
    for file in ["ledger.db", "cache.db"] {
        let log = format!("{file}-wal");
        let whole = &left.iter().find(|(name, _)| *name == log).ok_or("a log")?.1;
        let pages = (whole.len() - LOG_HEADER_BYTES) / LOG_PAGE_BYTES;
        assert!(pages > 4, "{log}");
        for kept in 0..=pages {
            let copy = tempfile::tempdir()?;
            for (name, bytes) in &left {
                let bytes = if *name == log {
                    &bytes[..LOG_HEADER_BYTES + kept * LOG_PAGE_BYTES]
                } else {
                    &bytes[..]
                };
                fs::write(copy.path().join(name), bytes)?;
            }
            let (store, report) = Store::open(copy.path(), secrets.clone(), now()?)?;
            assert_eq!(report.ledger, rabt_store::LedgerReport::Healthy, "{log}: {kept} pages");
            assert_eq!(store.check_ledger()?, [], "{log}: {kept} pages");
            let bills = store.bills().page(&rabt_store::bills::BillQuery {
                standing: rabt_store::bills::Standing::All,
                ..Default::default()
            })?;
            let known = support::bills()?;
            assert!(
                bills.bills.iter().all(|stored| known.contains(&stored.bill)),
                "{log}: {kept} pages"
            );
        }
    }
    Ok(())
}

fn is_damaged(error: &(dyn std::error::Error + 'static), file: StoreFile) -> bool {
    matches!(error.downcast_ref::<StoreError>(), Some(StoreError::Damaged { file: told, .. }) if *told == file)
}

/// Reads every room of the ledger as an app would, and says what the first one that fails says. Lists leave damaged rows out.
fn read_ledger(store: &Store) -> Done {
    assert_eq!(store.consents().list()?.len() + damaged_in(store, "consent")?, 1);
    assert_eq!(store.incidents().newest(10)?.len() + damaged_in(store, "incident")?, 1);
    assert_eq!(
        store.payments().pull_outcomes(10)?.len() + damaged_in(store, "outcome")?,
        1
    );
    let receipts = store.payments().receipts(None, 10)?;
    assert_eq!(
        (
            receipts.receipts.len() + damaged_in(store, "receipt")?,
            receipts.damaged as usize
        ),
        (1, damaged_in(store, "receipt")?)
    );
    let room = store.mandates();
    assert_eq!(room.statements()?.len() + damaged_in(store, "statement")?, 1);
    assert_eq!(room.decisions()?.len() + damaged_in(store, "decision")?, 1);
    assert_eq!(room.findings()?.len() + damaged_in(store, "finding")?, 1);
    assert!(room.seen()?.len() + damaged_in(store, "seen_bill")? >= 1);
    room.bank_consents()?;
    room.devices()?;
    room.reported()?;
    store.session().load()?;
    store.session().owner()?;
    store.session().device_key()?;
    store.directory().load()?;
    store.directory().save(&rabt_store::directory::StoredDirectory {
        version: 5,
        token: "again".to_owned(),
    })?;
    let (ended, made) = support::payments()?;
    let page = store.payments().page(None, 10)?;
    assert_eq!(page.payments.len() + page.damaged as usize, 2);
    // Its bill stays bound, damaged or not.
    let again = rabt_domain::Payment {
        key: rabt_domain::IdempotencyKey::parse("another")?,
        ..made.clone()
    };
    let bound = store.payments().create(&again)?;
    assert_eq!(
        bound,
        rabt_store::payments::Creation::Bound(vec![made.items[0].bill.clone()])
    );
    store.payments().get(&ended.key)?.ok_or("a payment is gone")?;
    store.payments().get(&made.key)?.ok_or("a payment is gone")?;
    store.flows().take("canary-flow-state", now()?)?;
    Ok(())
}

fn damaged_in(store: &Store, table: &str) -> Done<usize> {
    let damaged = store.check_ledger()?;
    Ok(damaged
        .iter()
        .filter(|found| found.table == table)
        .map(|found| found.rows as usize)
        .sum())
}

#[test]
fn a_flipped_byte_in_any_sealed_row_of_the_ledger_is_told() -> Done {
    let (folder, secrets) = filled()?;
    let path = folder.path().join("ledger.db");
    let whole = fs::read(&path)?;
    let columns = sealed_columns(&Connection::open(&path)?)?;
    let tables: BTreeSet<&str> = columns.iter().map(|(table, _)| table.as_str()).collect();
    assert_eq!(
        tables.into_iter().collect::<Vec<_>>(),
        [
            "consent",
            "decision",
            "finding",
            "flow",
            "incident",
            "outcome",
            "payment",
            "receipt",
            "seen_bill",
            "slot",
            "statement",
        ]
    );
    for (table, column) in columns {
        fs::write(&path, &whole)?;
        let rows: i64 =
            Connection::open(&path)?.query_row(&format!("SELECT count(*) FROM {table}"), (), |row| row.get(0))?;
        assert!(rows > 0, "{table}");
        for row in 0..rows {
            fs::write(&path, &whole)?;
            flip(&path, &table, &column, row)?;
            // SQLite finds nothing wrong with it, so it opens.
            let store = open(folder.path(), &secrets)?;
            assert_eq!(damaged_in(&store, &table)?, 1, "{table}");
            match (table.as_str(), read_ledger(&store)) {
                (
                    "consent" | "incident" | "outcome" | "receipt" | "statement" | "decision" | "finding" | "seen_bill",
                    read,
                ) => read?,
                (_, Ok(())) => panic!("{table}: nothing was told"),
                (_, Err(told)) => assert!(is_damaged(&*told, StoreFile::Ledger), "{table}: {told}"),
            }
        }
    }
    Ok(())
}

/// Flips a bit in the middle of a sealed value.
fn flip(path: &Path, table: &str, column: &str, row: i64) -> Done {
    let connection = Connection::open(path)?;
    let key = if table == "slot" { "name" } else { "rowid" };
    let chosen = format!("{key} = (SELECT {key} FROM {table} ORDER BY {key} LIMIT 1 OFFSET {row})");
    let mut value: Vec<u8> =
        connection.query_row(&format!("SELECT {column} FROM {table} WHERE {chosen}"), (), |row| {
            row.get(0)
        })?;
    let middle = value.len() / 2;
    value[middle] ^= 1;
    let changed = connection.execute(&format!("UPDATE {table} SET {column} = ?1 WHERE {chosen}"), [value])?;
    assert_eq!(changed, 1);
    Ok(())
}

#[test]
fn a_row_of_the_ledger_that_was_moved_is_refused() -> Done {
    let (folder, secrets) = filled()?;
    let path = folder.path().join("ledger.db");
    let whole = fs::read(&path)?;
    for sql in [
        // Another slot's value, another payment's record, a record under another look-up.
        "UPDATE slot SET payload = (SELECT payload FROM slot WHERE name = 'device key') WHERE name = 'session'",
        "UPDATE payment SET payload = (SELECT payload FROM payment WHERE seq = 1) WHERE seq = 2",
        // What a plaintext column says, against the record.
        "UPDATE payment SET finished = 1 - finished WHERE seq = 1",
    ] {
        fs::write(&path, &whole)?;
        assert_eq!(Connection::open(&path)?.execute(sql, ())?, 1);
        let store = open(folder.path(), &secrets)?;
        let told = read_ledger(&store).expect_err(sql);
        assert!(is_damaged(&*told, StoreFile::Ledger), "{sql}: {told}");
    }
    Ok(())
}

#[test]
fn a_row_of_a_list_that_was_moved_is_left_out_and_told() -> Done {
    let (folder, secrets) = filled()?;
    let path = folder.path().join("ledger.db");
    let whole = fs::read(&path)?;
    for (table, sql) in [
        (
            "receipt",
            "UPDATE receipt SET payload = (SELECT payload FROM payment LIMIT 1)",
        ),
        ("outcome", "UPDATE outcome SET seq = seq + 1"),
        ("incident", "UPDATE incident SET seq = seq + 1"),
        ("consent", "UPDATE consent SET mac = zeroblob(16)"),
        ("statement", "UPDATE statement SET mac = zeroblob(16)"),
        ("decision", "UPDATE decision SET mac = zeroblob(16)"),
        ("finding", "UPDATE finding SET mac = zeroblob(16)"),
    ] {
        fs::write(&path, &whole)?;
        assert_eq!(Connection::open(&path)?.execute(sql, ())?, 1);
        let store = open(folder.path(), &secrets)?;
        assert_eq!(damaged_in(&store, table)?, 1, "{sql}");
        read_ledger(&store)?;
    }
    Ok(())
}

#[test]
fn a_damaged_row_of_the_ledger_leaves_the_others_readable() -> Done {
    let (folder, secrets) = filled()?;
    flip(&folder.path().join("ledger.db"), "slot", "payload", 0)?;
    let store = open(folder.path(), &secrets)?;
    assert_eq!(store.payments().unfinished()?.len(), 1);
    assert_eq!(store.consents().list()?.len(), 1);
    // And what can be made anew is made anew.
    store.directory().forget()?;
    store.session().save(&support::session()?)?;
    store.session().save_device_key(&rabt_store::Secret::new(vec![1]))?;
    assert_eq!(store.session().load()?, Some(support::session()?));
    Ok(())
}

#[test]
fn whatever_is_flipped_in_the_cache_heals_by_filling_it_again() -> Done {
    let (folder, secrets) = filled()?;
    let path = folder.path().join("cache.db");
    let whole = fs::read(&path)?;
    let columns = sealed_columns(&Connection::open(&path)?)?;
    let tables: BTreeSet<&str> = columns.iter().map(|(table, _)| table.as_str()).collect();
    assert_eq!(
        tables.into_iter().collect::<Vec<_>>(),
        [
            "account",
            "agency",
            "bill",
            "bill_payload",
            "freshness",
            "instrument",
            "label_block",
            "slot"
        ]
    );
    for (table, column) in columns {
        fs::write(&path, &whole)?;
        let rowid_less = ["account", "instrument"].contains(&table.as_str());
        if rowid_less {
            let sql = format!("UPDATE {table} SET payload = zeroblob(length(payload))");
            assert_eq!(Connection::open(&path)?.execute(&sql, ())?, 1);
        } else {
            flip(&path, &table, &column, 0)?;
        }
        let store = open(folder.path(), &secrets)?;
        // Reading everything says at most that the cache was damaged, and what was damaged is gone.
        for _ in 0..2 {
            let read = || -> Done {
                store.accounts().list()?;
                store.instruments().list()?;
                store.freshness().all()?;
                store.events().cursor()?;
                store.bills().summary(rabt_domain::DubaiDate::parse("2026-11-23")?)?;
                let search = Some(rabt_domain::Personal::new("canary".to_owned()));
                store.bills().page(&rabt_store::bills::BillQuery {
                    search,
                    standing: rabt_store::bills::Standing::All,
                    ..Default::default()
                })?;
                Ok(())
            };
            if let Err(told) = read() {
                assert!(is_damaged(&*told, StoreFile::Cache), "{table}: {told}");
            }
        }
        // What a refresh does brings all of it back; the journal is as it was.
        refill(&store)?;
        check(&store)?;
    }
    Ok(())
}
