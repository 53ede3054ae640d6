//! What a city remembers of itself across a restart: its authority, keys, secret, ports, how far its clock is ahead, and the
//! agencies that joined it.

use super::error::CityError;
use crate::{
    context::{CityKeys, random_text},
    server::tls::Authority,
    state::State,
};
use rabt_protocol::jose::Es256Key;
use rusqlite::{OptionalExtension as _, Transaction, params};

/// Tables of the city itself; control reads and writes them, no party does.
pub(crate) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS city_setting (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS city_port (
    party TEXT PRIMARY KEY,
    port  INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS city_agency (
    agency_id TEXT PRIMARY KEY,
    joined    INTEGER NOT NULL,
    fixture   TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS city_persona (
    persona_id TEXT PRIMARY KEY
) STRICT;
";

const CLOCK_OFFSET: &str = "clock_offset_ms";

/// What is made once and kept.
pub(crate) struct Kept {
    pub(crate) authority: Authority,
    pub(crate) keys: CityKeys,
    pub(crate) service_secret: String,
    /// How far the clock is ahead; absent at a first start.
    pub(crate) clock_offset_ms: Option<i64>,
}

impl Kept {
    /// Reads it, and makes what isn't there.
    pub(crate) fn read_or_make(state: &State) -> Result<Self, CityError> {
        state.transact(|tx| {
            let made = |error: &dyn std::fmt::Display| CityError::Keys(error.to_string());
            let certificate = text(tx, "ca_pem")?;
            let authority = match (certificate, text(tx, "ca_key_pem")?) {
                (Some(certificate), Some(key)) => Authority::from_pem(certificate, key),
                _ => {
                    let authority = Authority::generate().map_err(|error| made(&error))?;
                    put(tx, "ca_pem", authority.certificate_pem().as_bytes())?;
                    put(tx, "ca_key_pem", authority.key_pem().as_bytes())?;
                    authority
                }
            };
            let service_secret = match text(tx, "service_secret")? {
                Some(secret) => secret,
                None => {
                    let secret = random_text();
                    put(tx, "service_secret", secret.as_bytes())?;
                    secret
                }
            };
            Ok(Self {
                authority,
                keys: CityKeys {
                    directory: key(tx, "key_directory")?,
                    receipts: key(tx, "key_receipts")?,
                    identity: key(tx, "key_identity")?,
                },
                service_secret,
                clock_offset_ms: read_clock_offset(tx)?,
            })
        })
    }
}

fn key(tx: &Transaction<'_>, name: &'static str) -> Result<Es256Key, CityError> {
    let pkcs8 = match get(tx, name)? {
        Some(pkcs8) => pkcs8,
        None => {
            let pkcs8 = Es256Key::generate_pkcs8().map_err(|error| CityError::Keys(error.to_string()))?;
            put(tx, name, &pkcs8)?;
            pkcs8
        }
    };
    Es256Key::from_pkcs8(&pkcs8).map_err(|_| CityError::StateMalformed { field: name })
}

fn read_clock_offset(tx: &Transaction<'_>) -> Result<Option<i64>, CityError> {
    let Some(text) = text(tx, CLOCK_OFFSET)? else {
        return Ok(None);
    };
    text.parse()
        .map(Some)
        .map_err(|_| CityError::StateMalformed { field: CLOCK_OFFSET })
}

/// Keeps how far the clock is ahead.
pub(crate) fn keep_clock_offset(state: &State, offset_ms: i64) -> rusqlite::Result<()> {
    state.transact(|tx| put(tx, CLOCK_OFFSET, offset_ms.to_string().as_bytes()))
}

/// The port that a party had before.
pub(crate) fn port(state: &State, party: &str) -> rusqlite::Result<Option<u16>> {
    state.transact(|tx| {
        tx.query_row("SELECT port FROM city_port WHERE party = ?1", [party], |row| row.get(0))
            .optional()
    })
}

/// The highest port that any party had.
pub(crate) fn last_port(state: &State) -> rusqlite::Result<Option<u16>> {
    state.transact(|tx| tx.query_row("SELECT max(port) FROM city_port", [], |row| row.get(0)))
}

/// Keeps a party's port.
pub(crate) fn keep_port(state: &State, party: &str, port: u16) -> rusqlite::Result<()> {
    state.transact(|tx| {
        tx.execute(
            "INSERT OR REPLACE INTO city_port (party, port) VALUES (?1, ?2)",
            params![party, port],
        )?;
        Ok(())
    })
}

/// The fixtures of the agencies that joined, in the order in which they did.
pub(crate) fn joined_agencies(state: &State) -> rusqlite::Result<Vec<String>> {
    state.transact(|tx| {
        let mut statement = tx.prepare("SELECT fixture FROM city_agency ORDER BY joined")?;
        statement.query_map([], |row| row.get(0))?.collect()
    })
}

/// Keeps an agency that joined.
pub(crate) fn keep_agency(state: &State, agency_id: &str, fixture_json: &str) -> rusqlite::Result<()> {
    state.transact(|tx| {
        tx.execute(
            "INSERT INTO city_agency (agency_id, joined, fixture)
             VALUES (?1, (SELECT coalesce(max(joined), 0) + 1 FROM city_agency), ?2)",
            params![agency_id, fixture_json],
        )?;
        Ok(())
    })
}

/// The personas that are loaded, by identifier.
pub(crate) fn loaded_personas(state: &State) -> rusqlite::Result<Vec<String>> {
    state.transact(|tx| {
        let mut statement = tx.prepare("SELECT persona_id FROM city_persona ORDER BY persona_id")?;
        statement.query_map([], |row| row.get(0))?.collect()
    })
}

/// Keeps that a persona is loaded.
pub(crate) fn keep_persona(state: &State, persona_id: &str) -> rusqlite::Result<()> {
    state.transact(|tx| {
        tx.execute(
            "INSERT OR IGNORE INTO city_persona (persona_id) VALUES (?1)",
            [persona_id],
        )?;
        Ok(())
    })
}

fn get(tx: &Transaction<'_>, name: &str) -> rusqlite::Result<Option<Vec<u8>>> {
    tx.query_row("SELECT value FROM city_setting WHERE name = ?1", [name], |row| {
        row.get(0)
    })
    .optional()
}

fn text(tx: &Transaction<'_>, name: &'static str) -> Result<Option<String>, CityError> {
    match get(tx, name)? {
        Some(bytes) => String::from_utf8(bytes)
            .map(Some)
            .map_err(|_| CityError::StateMalformed { field: name }),
        None => Ok(None),
    }
}

fn put(tx: &Transaction<'_>, name: &str, value: &[u8]) -> rusqlite::Result<()> {
    tx.execute(
        "INSERT OR REPLACE INTO city_setting (name, value) VALUES (?1, ?2)",
        params![name, value],
    )?;
    Ok(())
}
