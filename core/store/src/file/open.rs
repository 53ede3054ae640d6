//! Making a file, and opening one that may be anything: whole, damaged, of another key, of another time.

use super::{Database, Fault, Folder, from_io, migrate};
use crate::{StoreError, StoreFile, crash::point, limits::BUSY_TIMEOUT_MS, seal::FileKeys};
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, config::DbConfig};
use std::{fs, path::Path, sync::Arc, time::Duration};

/// Tells a file of Rabt's from any other SQLite file: `Rabt` in ASCII.
const APPLICATION_ID: i32 = 0x5261_6274;
/// The row of `meta` that tells with which key a file was written.
const KEY_CHECK: &str = "key_check";
/// How many pages the cache's writer keeps at hand. Look-ups are scattered over their indices, so that with SQLite's 2 MB a first
/// refresh of 100,000 bills reads the same pages again and again.
const WRITER_CACHE_KB: i64 = 8 << 10;
/// How many statements a connection keeps prepared: all that a refresh or a page uses, and some pages' own.
const STATEMENTS_MAX: usize = 64;
/// How large a log SQLite leaves in place for reuse: a refresh of a thousand bills fits.
const WAL_BYTES_MAX: i64 = 4 << 20;

/// Why a file that is there can't be used.
#[derive(Debug)]
pub(crate) enum Unusable {
    /// It is damaged. It was not written to.
    Damaged(String),
    /// It was written with another key. It was not written to.
    OtherKey,
    /// Anything else.
    Failed(StoreError),
}

impl From<StoreError> for Unusable {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Damaged { what, .. } => Self::Damaged(what),
            other => Self::Failed(other),
        }
    }
}

/// A file as it was found. Nothing was written to it.
#[derive(Debug)]
pub(crate) enum Found {
    /// It can be read.
    Readable {
        /// By this.
        reader: Connection,
        /// The version of its schema.
        version: u32,
        /// Of which key it says that it is.
        key_check: Option<Vec<u8>>,
        /// What is wrong with it, apart from that.
        damage: Option<String>,
    },
    /// It can't, or isn't a file of the store's at all.
    Damaged(String),
}

/// Looks through a file, `None` where there is none, and refuses one of a newer version before anything else is decided. What can't be
/// read as a file of ours at all isn't newer.
pub(crate) fn look(folder: &Folder, file: StoreFile) -> Result<Option<Found>, StoreError> {
    if !folder.has(file)? {
        return Ok(None);
    }
    let path = folder.file(file);
    if fs::metadata(&path).map_err(from_io)?.len() == 0 {
        return Ok(Some(Found::Damaged("it is empty".to_owned())));
    }
    match look_through(&path, file).map_err(|fault| fault.of(file)) {
        Ok(found) => Ok(Some(found)),
        Err(StoreError::Damaged { what, .. }) => Ok(Some(Found::Damaged(what))),
        Err(error) => Err(error),
    }
}

fn look_through(path: &Path, file: StoreFile) -> Result<Found, Fault> {
    let reader = probe(path)?;
    let (is_ours, version) = (application_id(&reader)? == APPLICATION_ID, migrate::version(&reader)?);
    let known = migrate::known(file);
    if is_ours && version > known {
        let found = version;
        return Err(StoreError::TooNew { file, found, known }.into());
    }
    if !is_ours || version == 0 {
        return Ok(Found::Damaged("it is no file of the store's".to_owned()));
    }
    let key_check = key_check(&reader)?;
    let damage = damage(&reader, file);
    let damage = damage.or_else(|fault| match fault.of(file) {
        // Whose it is counts more.
        StoreError::Damaged { what, .. } => Ok(Some(what)),
        other => Err(other),
    })?;
    Ok(Found::Readable {
        reader,
        version,
        key_check,
        damage,
    })
}

/// What is wrong with a file that is ours.
fn damage(reader: &Connection, file: StoreFile) -> Result<Option<String>, Fault> {
    if !migrate::is_whole(reader, file)? {
        return Ok(Some("its schema isn't the one that was made".to_owned()));
    }
    // The ledger is read through at each opening, some milliseconds for years of payments; the cache may be large, and heals
    // whenever it is found damaged.
    if file == StoreFile::Ledger {
        let verdict = integrity_check(reader)?;
        return Ok((verdict != "ok").then_some(verdict));
    }
    Ok(None)
}

/// Makes a file that wasn't there. It gets its name once it is whole, so that an empty file is always a damaged one.
pub(crate) fn create(folder: &Folder, file: StoreFile, keys: &Arc<FileKeys>) -> Result<Database, StoreError> {
    folder.remove(file)?;
    make(&folder.in_the_making(file), file, keys).map_err(|fault| fault.of(file))?;
    folder.put_in_place(file)?;
    let path = folder.file(file);
    let connected = write_connection(&path, file).and_then(|writer| Ok((Some(writer), probe(&path)?)));
    let (writer, reader) = connected.map_err(|fault| fault.of(file))?;
    Ok(Database::new(file, path, Arc::clone(keys), writer, reader))
}

fn make(path: &Path, file: StoreFile, keys: &FileKeys) -> Result<(), Fault> {
    let mut connection = Connection::open(path)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    migrate::forward(&mut connection, file)?;
    connection.execute(
        "INSERT INTO meta (name, value) VALUES (?1, ?2)",
        (KEY_CHECK, keys.check().as_slice()),
    )?;
    point(format_args!("after {file} was made"));
    connection.close().map_err(|(_, error)| error)?;
    Ok(())
}

/// Opens a file that is there, if it is whole, ours, and of this key; only then it is written to. The connection that looked through it
/// goes on as the one that reads; the one that writes is made at the first write, unless the schema is an old one.
pub(crate) fn open(folder: &Folder, file: StoreFile, keys: &Arc<FileKeys>, found: Found) -> Result<Database, Unusable> {
    let (reader, version, key_check, damage) = match found {
        Found::Readable {
            reader,
            version,
            key_check,
            damage,
        } => (reader, version, key_check, damage),
        Found::Damaged(what) => return Err(Unusable::Damaged(what)),
    };
    match key_check {
        None => return Err(Unusable::Damaged("it doesn't say of which key it is".to_owned())),
        Some(found) if found != keys.check() => return Err(Unusable::OtherKey),
        Some(_) => {}
    }
    if let Some(what) = damage {
        return Err(Unusable::Damaged(what));
    }
    let path = folder.file(file);
    let writer = if version < migrate::known(file) {
        Some(write_connection(&path, file).map_err(|fault| fault.of(file))?)
    } else {
        None
    };
    Ok(Database::new(file, path, Arc::clone(keys), writer, reader))
}

/// Opens a file to look at it and to read it. Closing it again moves nothing from the log into the file.
fn probe(path: &Path) -> Result<Connection, Fault> {
    let connection = open_flags(path)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

fn open_flags(path: &Path) -> Result<Connection, Fault> {
    // Without CREATE: a file that vanished in between is an error and not an empty store. Without a mutex: each connection is
    // behind one of ours.
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_EXRESCODE,
    )?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    connection.busy_timeout(Duration::from_millis(BUSY_TIMEOUT_MS))?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    Ok(connection)
}

/// Opens a file to write to it, and brings its schema forward.
pub(super) fn write_connection(path: &Path, file: StoreFile) -> Result<Connection, Fault> {
    let mut writer = open_flags(path)?;
    let mode: String = writer.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    if mode != "wal" {
        return Err(StoreError::ReadOnly.into());
    }
    match file {
        StoreFile::Cache => {
            writer.pragma_update(None, "synchronous", "NORMAL")?;
            writer.pragma_update(None, "cache_size", -WRITER_CACHE_KB)?;
        }
        StoreFile::Ledger => {
            writer.pragma_update(None, "synchronous", "FULL")?;
            // On Apple's systems a plain fsync leaves data in the drive's buffer; elsewhere these do nothing.
            writer.pragma_update(None, "fullfsync", true)?;
            writer.pragma_update(None, "checkpoint_fullfsync", true)?;
        }
    }
    writer.pragma_update(None, "foreign_keys", true)?;
    writer.pragma_update(None, "journal_size_limit", WAL_BYTES_MAX)?;
    migrate::forward(&mut writer, file)?;
    Ok(writer)
}

fn application_id(connection: &Connection) -> Result<i32, Fault> {
    Ok(connection.pragma_query_value(None, "application_id", |row| row.get(0))?)
}

fn key_check(connection: &Connection) -> Result<Option<Vec<u8>>, Fault> {
    Ok(connection
        .query_row("SELECT value FROM meta WHERE name = ?1", [KEY_CHECK], |row| row.get(0))
        .optional()?)
}

/// Also compares each index with its table: a payment that is missing from the index of unfinished ones would never be looked up.
fn integrity_check(connection: &Connection) -> Result<String, Fault> {
    Ok(connection.query_row("PRAGMA integrity_check(1)", (), |row| row.get(0))?)
}
