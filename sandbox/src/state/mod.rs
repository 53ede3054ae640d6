//! The city's memory: one SQLite database, in memory or in a file, in which every party keeps its tables.
//!
//! A party's act is one transaction, so that a city that is killed and started again with the same file has either done it or
//! not. No party reads another's tables: what one wants of another goes over a socket, as in a real city. Control and `books`
//! may read all.

use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::{
    path::Path,
    sync::{Mutex, PoisonError},
};

/// The database behind a lock. Handlers hold it for a transaction and never across an `await`.
pub(crate) struct State {
    connection: Mutex<Connection>,
}

impl State {
    /// Opens `file`, or a database in memory, and creates what `schemas` name (`CREATE TABLE IF NOT EXISTS …`).
    pub(crate) fn open(file: Option<&Path>, schemas: &[&str]) -> rusqlite::Result<Self> {
        let connection = match file {
            Some(path) => Connection::open(path)?,
            None => Connection::open_in_memory()?,
        };
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", "ON")?;
        for schema in schemas {
            connection.execute_batch(schema)?;
        }
        Ok(Self {
            connection: Mutex::new(connection),
        })
    }

    /// Runs `act` in a transaction that is committed when it returns `Ok` and undone otherwise.
    pub(crate) fn transact<T, E>(&self, act: impl FnOnce(&Transaction<'_>) -> Result<T, E>) -> Result<T, E>
    where
        E: From<rusqlite::Error>,
    {
        // A panic in a handler undid its transaction; the connection behind the lock is sound.
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let value = act(&transaction)?;
        transaction.commit()?;
        Ok(value)
    }
}
