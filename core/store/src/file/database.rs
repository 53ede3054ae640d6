//! One open file: a connection that reads, one that writes, and transactions on either.

use super::{Fault, open::write_connection};
use crate::{
    StoreError, StoreFile,
    crash::point,
    seal::{Broken, FileKeys, Mac, Place},
};
use rusqlite::{Connection, Transaction, TransactionBehavior};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    ops::Deref,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use zeroize::Zeroizing;

/// One open file. Its reader sees the last committed state and never waits for the writer, which is made when something is written: an
/// app that was opened to show what is stored needs none, and each connection reads the whole schema first.
pub(crate) struct Database {
    file: StoreFile,
    path: PathBuf,
    keys: Arc<FileKeys>,
    // Dropped first, so that it is the writer that closes last and empties the log into the file.
    reader: Mutex<Connection>,
    writer: Mutex<Option<Connection>>,
}

impl Database {
    pub(super) fn new(
        file: StoreFile,
        path: PathBuf,
        keys: Arc<FileKeys>,
        writer: Option<Connection>,
        reader: Connection,
    ) -> Self {
        Self {
            file,
            path,
            keys,
            reader: Mutex::new(reader),
            writer: Mutex::new(writer),
        }
    }

    /// What opens the file.
    pub(crate) fn keys(&self) -> &FileKeys {
        &self.keys
    }

    /// Reads one state of the file.
    pub(crate) fn read<T>(&self, work: impl FnOnce(&Tx<'_>) -> Result<T, Fault>) -> Result<T, StoreError> {
        self.run(&mut lock(&self.reader), TransactionBehavior::Deferred, work)
    }

    /// Writes all of it or nothing. It is on the disk when this returns, as far as the file's `synchronous` goes.
    pub(crate) fn write<T>(&self, work: impl FnOnce(&Tx<'_>) -> Result<T, Fault>) -> Result<T, StoreError> {
        let mut writer = lock(&self.writer);
        let writer = match &mut *writer {
            Some(writer) => writer,
            none => none.insert(write_connection(&self.path, self.file).map_err(|fault| fault.of(self.file))?),
        };
        self.run(writer, TransactionBehavior::Immediate, work)
    }

    fn run<T>(
        &self,
        connection: &mut Connection,
        behavior: TransactionBehavior,
        work: impl FnOnce(&Tx<'_>) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        let run = || {
            let tx = Tx {
                transaction: connection.transaction_with_behavior(behavior)?,
                keys: &self.keys,
            };
            let done = work(&tx)?;
            match behavior {
                TransactionBehavior::Deferred => tx.transaction.commit()?,
                _ => {
                    point(format_args!("before a commit of {}", self.file));
                    tx.transaction.commit()?;
                    point(format_args!("after a commit of {}", self.file));
                }
            }
            Ok(done)
        };
        run().map_err(|fault: Fault| fault.of(self.file))
    }
}

/// A panic in a caller's closure has rolled its transaction back, so the connection is as good as before.
fn lock<T>(connection: &Mutex<T>) -> MutexGuard<'_, T> {
    connection.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A transaction and the keys of its file.
pub(crate) struct Tx<'a> {
    transaction: Transaction<'a>,
    keys: &'a FileKeys,
}

impl Deref for Tx<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.transaction
    }
}

impl Tx<'_> {
    /// What a row is found by.
    pub(crate) fn mac(&self, purpose: &'static str, parts: &[&str]) -> Mac {
        let parts: Vec<&[u8]> = parts.iter().map(|part| part.as_bytes()).collect();
        self.keys.mac(purpose, &parts)
    }

    /// A keyed hash of a payload, to tell whether it is the same.
    pub(crate) fn content(&self, purpose: &'static str, payload: &[u8]) -> Mac {
        self.keys.mac(purpose, &[payload])
    }

    /// Seals a row's payload.
    pub(crate) fn seal(&self, table: &'static str, row: &[u8], payload: &impl Serialize) -> Result<Vec<u8>, Fault> {
        self.seal_bytes(table, row, &encode(payload)?)
    }

    /// Opens a row's payload.
    pub(crate) fn open<T: DeserializeOwned>(
        &self,
        table: &'static str,
        row: &[u8],
        sealed: &[u8],
    ) -> Result<T, Broken> {
        serde_json::from_slice(&self.open_bytes(table, row, sealed)?).map_err(|_| Broken { table })
    }

    /// Seals bytes as they are.
    pub(crate) fn seal_bytes(&self, table: &'static str, row: &[u8], payload: &[u8]) -> Result<Vec<u8>, Fault> {
        Ok(self.keys.sealer().seal(Place { table, row }, payload)?)
    }

    /// Opens such bytes.
    pub(crate) fn open_bytes(
        &self,
        table: &'static str,
        row: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Broken> {
        self.keys.sealer().open(Place { table, row }, sealed)
    }

    /// Opens one payload after another in the same buffer.
    pub(crate) fn open_bytes_over<'b>(
        &self,
        table: &'static str,
        row: &[u8],
        sealed: &[u8],
        buffer: &'b mut Zeroizing<Vec<u8>>,
    ) -> Result<&'b [u8], Broken> {
        self.keys.sealer().open_over(Place { table, row }, sealed, buffer)
    }

    /// Seals a number, whose length says nothing.
    pub(crate) fn seal_number(&self, table: &'static str, row: &[u8], number: i64) -> Result<Vec<u8>, Fault> {
        Ok(self
            .keys
            .sealer()
            .seal_exactly(Place { table, row }, &number.to_be_bytes())?)
    }

    /// Opens such a number.
    pub(crate) fn open_number(&self, table: &'static str, row: &[u8], sealed: &[u8]) -> Result<i64, Broken> {
        let bytes = self.keys.sealer().open_exactly(Place { table, row }, sealed)?;
        let bytes = bytes.as_slice().try_into().map_err(|_| Broken { table })?;
        Ok(i64::from_be_bytes(bytes))
    }
}

/// A payload as it is sealed; the buffer is overwritten when it is dropped.
pub(crate) fn encode(payload: &impl Serialize) -> Result<Zeroizing<Vec<u8>>, Fault> {
    /// Most payloads are below this.
    const USUAL_BYTES: usize = 1 << 10;
    encode_within(USUAL_BYTES, payload)
}

/// The same for a payload of secrets, in a buffer that is large enough from the start: one that grew would leave copies behind.
pub(crate) fn encode_within(bytes: usize, payload: &impl Serialize) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let mut buffer = Zeroizing::new(Vec::with_capacity(bytes));
    serde_json::to_writer(&mut *buffer, payload)
        .map_err(|error| StoreError::Bug(format!("a payload can't be written: {error}")))?;
    Ok(buffer)
}
