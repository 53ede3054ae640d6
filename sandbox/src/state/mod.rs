//! The city's memory: one SQLite database, in memory or in a file, in which every party keeps its tables.
//!
//! A party's act is one transaction, so that a city that is killed and started again with the same file has either done it or
//! not. No party reads another's tables: what one wants of another goes over a socket, as in a real city. Control and `books`
//! may read all.

use crate::crash::commit;
use rusqlite::{Connection, Transaction, TransactionBehavior, ffi};
use std::{
    fs::OpenOptions,
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// A city that was killed a moment ago may still be letting go of the file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(2);

/// The database behind a lock. Handlers hold it for a transaction and never across an `await`.
pub(crate) struct State {
    connection: Mutex<Option<Connection>>,
}

impl State {
    /// Opens `file`, or a database in memory, and creates what `schemas` name (`CREATE TABLE IF NOT EXISTS …`).
    pub(crate) fn open(file: Option<&Path>, schemas: &[&str]) -> rusqlite::Result<Self> {
        let connection = match file {
            Some(path) => {
                keep_private(path);
                Connection::open(path)?
            }
            None => Connection::open_in_memory()?,
        };
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", "ON")?;
        for schema in schemas {
            connection.execute_batch(schema)?;
        }
        Ok(Self {
            connection: Mutex::new(Some(connection)),
        })
    }

    /// Runs `act` in a transaction that is committed when it returns `Ok` and undone otherwise.
    pub(crate) fn transact<T, E>(&self, act: impl FnOnce(&Transaction<'_>) -> Result<T, E>) -> Result<T, E>
    where
        E: From<rusqlite::Error>,
    {
        let mut connection = self.lock();
        let connection = connection.as_mut().ok_or_else(stopped)?;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let value = act(&transaction)?;
        commit(transaction)?;
        Ok(value)
    }

    /// Ends it: a transaction that runs is waited for, each later one fails. Whatever still runs of a city that was killed can
    /// thereby change nothing any more.
    pub(crate) fn close(&self) {
        drop(self.lock().take());
    }

    fn lock(&self) -> MutexGuard<'_, Option<Connection>> {
        // A panic in a handler undid its transaction; the connection behind the lock is sound.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The file holds the city's keys: it is made for its owner only, before SQLite would make it for everybody. Where that fails,
/// opening it says why.
fn keep_private(path: &Path) {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let _ = options.open(path);
}

fn stopped() -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(
        ffi::Error::new(ffi::SQLITE_ABORT),
        Some("the city was stopped".to_owned()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMA: &str = "CREATE TABLE IF NOT EXISTS pair (a INTEGER NOT NULL, b INTEGER NOT NULL)";

    fn rows(state: &State) -> rusqlite::Result<i64> {
        state.transact(|tx| tx.query_row("SELECT count(*) FROM pair", [], |row| row.get(0)))
    }

    #[test]
    fn an_act_is_done_whole_or_not_at_all() {
        let state = State::open(None, &[SCHEMA]).unwrap();
        let failed = state.transact(|tx| {
            tx.execute("INSERT INTO pair VALUES (1, 1)", [])?;
            tx.execute("INSERT INTO pair VALUES (2, NULL)", [])
        });
        assert!(failed.is_err());
        assert_eq!(rows(&state), Ok(0));

        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            state.transact::<(), rusqlite::Error>(|tx| {
                tx.execute("INSERT INTO pair VALUES (1, 1)", [])?;
                panic!("a handler's defect");
            })
        }));
        assert!(panicked.is_err());
        assert_eq!(rows(&state), Ok(0));
    }

    #[test]
    fn nothing_is_done_after_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("city.db");
        let state = State::open(Some(&file), &[SCHEMA]).unwrap();
        state
            .transact(|tx| tx.execute("INSERT INTO pair VALUES (1, 1)", []))
            .unwrap();
        state.close();
        assert!(
            state
                .transact(|tx| tx.execute("INSERT INTO pair VALUES (2, 2)", []))
                .is_err()
        );
        assert_eq!(rows(&State::open(Some(&file), &[SCHEMA]).unwrap()), Ok(1));
    }

    #[cfg(unix)]
    #[test]
    fn the_file_is_its_owners_only() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("city.db");
        let _state = State::open(Some(&file), &[SCHEMA]).unwrap();
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
