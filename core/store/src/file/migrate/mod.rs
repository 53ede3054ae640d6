//! From every schema that was ever released to the present one, step by step. A step is SQL in a module of its own and is never
//! changed once it was released; a fixture of each released schema is opened by a test.

mod cache_001;
mod cache_002;
mod ledger_001;
mod ledger_002;

use super::Fault;
use crate::{StoreFile, crash::point};
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

/// Whether an open file has the tables, indices and nothing else that its version's steps make. A trigger or view that somebody
/// added, and a table that damage renamed, are noticed by this.
pub(super) fn is_whole(connection: &Connection, file: StoreFile) -> Result<bool, Fault> {
    let made = usize::try_from(version(connection)?).unwrap_or(usize::MAX);
    let Some(steps) = steps(file).get(..made) else {
        return Ok(false);
    };
    let mut fresh = Connection::open_in_memory()?;
    run(&mut fresh, steps)?;
    Ok(schema(connection)? == schema(&fresh)?)
}

/// What SQLite keeps of the schema, but for where it lies.
fn schema(connection: &Connection) -> Result<Vec<(String, String, Option<String>)>, Fault> {
    let mut statement = connection.prepare("SELECT type, name, sql FROM sqlite_schema ORDER BY type, name")?;
    let rows = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
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
    fn the_present_schema_is_made_whole() {
        for file in [StoreFile::Cache, StoreFile::Ledger] {
            let mut connection = Connection::open_in_memory().unwrap();
            forward(&mut connection, file).unwrap();
            assert_eq!(version(&connection).unwrap(), known(file));
        }
    }
}
