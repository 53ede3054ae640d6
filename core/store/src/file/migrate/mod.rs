//! From every schema that was ever released to the present one, step by step. A step is SQL in a module of its own and is never
//! changed once it was released; a fixture of each released schema is opened by a test.

mod cache_001;
mod cache_002;
mod ledger_001;
mod ledger_002;

use super::Fault;
use crate::{StoreFile, crash::point};
use ring::digest::{Context, SHA256};
use rusqlite::{Connection, TransactionBehavior};

/// The steps of a file; the first makes it, and each raises its version by one.
fn steps(file: StoreFile) -> &'static [&'static str] {
    match file {
        StoreFile::Cache => &[cache_001::SQL, cache_002::SQL],
        StoreFile::Ledger => &[ledger_001::SQL, ledger_002::SQL],
    }
}

/// The newest version that is known.
pub(super) fn known(file: StoreFile) -> u32 {
    u32::try_from(steps(file).len()).unwrap_or(u32::MAX)
}

/// The version of an open file.
pub(super) fn version(connection: &Connection) -> Result<u32, Fault> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

/// Brings an open file forward. Each step and its version are one transaction, so that a kill leaves one version or the next.
pub(super) fn forward(connection: &mut Connection, file: StoreFile) -> Result<(), Fault> {
    run(connection, steps(file))
}

/// The digest of the schema that each version's steps make. A test makes them and says what the digest of a new one is; to make
/// them at each opening would take longer than all the rest of it.
fn digests(file: StoreFile) -> &'static [&'static str] {
    match file {
        StoreFile::Cache => &[
            "22c84a7b9f4f31ebbbe8f3cd02cb9b61a7d5ad370c8d7e4c4b045d334f5172e5",
            "766e02c3d1fc493351297e75fa8db835347ae70800ab624271151de5dbb0c682",
        ],
        StoreFile::Ledger => &[
            "51ab4b290a85c0be059ab3754fc3a71d304a1df341893ce7d3a0974da97b76af",
            "1b24091aac868efad48f0b0efa1a7808c9e87d19d3768f1f5c6ab8914eac4b3a",
        ],
    }
}

/// Whether an open file has the tables, indices and nothing else that its version's steps make. A trigger or view that somebody
/// added, and a table that damage renamed, are noticed by this.
pub(super) fn is_whole(connection: &Connection, file: StoreFile) -> Result<bool, Fault> {
    let steps_made = usize::try_from(version(connection)?).unwrap_or(usize::MAX);
    let expected = steps_made.checked_sub(1).and_then(|last| digests(file).get(last));
    match expected {
        Some(expected) => Ok(schema_digest(connection)? == *expected),
        None => Ok(false),
    }
}

/// What names all that SQLite keeps of the schema, but for where it lies.
fn schema_digest(connection: &Connection) -> Result<String, Fault> {
    let mut digest = Context::new(&SHA256);
    let mut statement = connection.prepare("SELECT type, name, sql FROM sqlite_schema ORDER BY type, name")?;
    let mut rows = statement.query(())?;
    while let Some(row) = rows.next()? {
        for column in 0..3 {
            let text: Option<String> = row.get(column)?;
            let text = text.as_deref().unwrap_or_default();
            // Each part after its length, so that no two schemas read the same.
            digest.update(&(text.len() as u64).to_be_bytes());
            digest.update(text.as_bytes());
        }
    }
    let digest = digest.finish();
    Ok(digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect())
}

fn run(connection: &mut Connection, steps: &[&str]) -> Result<(), Fault> {
    let from = version(connection)?;
    for (to, sql) in (1_u32..).zip(steps) {
        if to > from {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            transaction.execute_batch(sql)?;
            transaction.pragma_update(None, "user_version", to)?;
            point(format_args!("before schema {to}"));
            transaction.commit()?;
            point(format_args!("after schema {to}"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_missing_steps_run_and_a_failing_one_changes_nothing() {
        let mut connection = Connection::open_in_memory().unwrap();
        let (first, second) = ("CREATE TABLE a (x INTEGER);", "ALTER TABLE a ADD COLUMN y INTEGER;");
        run(&mut connection, &[first]).unwrap();
        assert_eq!(version(&connection).unwrap(), 1);
        run(&mut connection, &[first, second]).unwrap();
        run(&mut connection, &[first, second]).unwrap();
        assert_eq!(version(&connection).unwrap(), 2);
        connection.execute("INSERT INTO a VALUES (1, 2)", ()).unwrap();

        let half_wrong = "DELETE FROM a; INSERT INTO nowhere VALUES (1);";
        assert!(run(&mut connection, &[first, second, half_wrong]).is_err());
        assert_eq!(version(&connection).unwrap(), 2);
        let rows: i64 = connection
            .query_row("SELECT count(*) FROM a", (), |row| row.get(0))
            .unwrap();
        assert_eq!(rows, 1);
    }

    #[test]
    fn the_digest_of_each_version_is_that_of_what_its_steps_make() {
        for file in [StoreFile::Cache, StoreFile::Ledger] {
            let made: Vec<String> = (1..=steps(file).len())
                .map(|version| {
                    let mut connection = Connection::open_in_memory().unwrap();
                    run(&mut connection, &steps(file)[..version]).unwrap();
                    schema_digest(&connection).unwrap()
                })
                .collect();
            assert_eq!(digests(file), made, "{file}");
        }
    }

    #[test]
    fn the_present_schema_is_made_whole() {
        for file in [StoreFile::Cache, StoreFile::Ledger] {
            let mut connection = Connection::open_in_memory().unwrap();
            forward(&mut connection, file).unwrap();
            assert_eq!(version(&connection).unwrap(), known(file));
        }
    }
}
