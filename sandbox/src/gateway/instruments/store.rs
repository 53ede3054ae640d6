//! Links and instruments in the state.

use crate::{bank::api::LinkedInstrument, server::reply::Reply};
use rabt_protocol::{
    Localized,
    instrument::{Instrument, InstrumentKind, InstrumentStatus},
};
use rusqlite::{OptionalExtension as _, Row, Transaction, params};
use serde::{Serialize, de::DeserializeOwned};

/// An attempt to link an instrument.
pub(super) struct Link {
    pub(super) link_id: String,
    pub(super) request_digest: String,
    pub(super) kind: InstrumentKind,
    pub(super) return_uri: String,
    pub(super) state: String,
    pub(super) expires_ms: i64,
    pub(super) code_hash: Option<String>,
    pub(super) instrument_id: Option<String>,
}

/// An instrument with what only the gateway knows of it.
#[derive(Clone)]
pub(in crate::gateway) struct Held {
    pub(in crate::gateway) shown: Instrument,
    pub(in crate::gateway) token: String,
    pub(in crate::gateway) subject: String,
    pub(in crate::gateway) removed: bool,
}

impl Held {
    /// "Visa 4242": what a receipt says it was paid with.
    pub(in crate::gateway) fn paid_with(&self) -> String {
        format!("{} {}", self.shown.name.en, self.shown.last_four)
    }
}

const LINK: &str = "SELECT link_id, request_digest, kind, return_uri, state, expires_ms, code_hash, instrument_id
    FROM gateway_link";

/// A person's attempt, by the key that it was begun with.
pub(super) fn link_by_key(tx: &Transaction<'_>, subject: &str, key: &str) -> rusqlite::Result<Option<Link>> {
    tx.query_row(
        &format!("{LINK} WHERE subject = ?1 AND idempotency_key = ?2"),
        [subject, key],
        read_link,
    )
    .optional()
}

/// A person's attempt.
pub(super) fn link(tx: &Transaction<'_>, subject: &str, link_id: &str) -> rusqlite::Result<Option<Link>> {
    tx.query_row(
        &format!("{LINK} WHERE subject = ?1 AND link_id = ?2"),
        [subject, link_id],
        read_link,
    )
    .optional()
}

/// Records an attempt.
pub(super) fn insert_link(tx: &Transaction<'_>, subject: &str, key: &str, link: &Link) -> rusqlite::Result<()> {
    tx.execute(
        "INSERT INTO gateway_link (link_id, subject, idempotency_key, request_digest, kind, return_uri, state, expires_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            link.link_id,
            subject,
            key,
            link.request_digest,
            text_of(&link.kind),
            link.return_uri,
            link.state,
            link.expires_ms
        ],
    )?;
    Ok(())
}

/// Completes an attempt; whoever completes it first decides the instrument's identifier.
pub(super) fn complete(
    tx: &Transaction<'_>,
    subject: &str,
    link_id: &str,
    code_hash: &str,
    instrument_id: &str,
    linked: &LinkedInstrument,
    now_ms: i64,
) -> rusqlite::Result<bool> {
    let first = tx.execute(
        "UPDATE gateway_link SET code_hash = ?2, instrument_id = ?3 WHERE link_id = ?1 AND instrument_id IS NULL",
        params![link_id, code_hash, instrument_id],
    )? == 1;
    if first {
        tx.execute(
            "INSERT INTO gateway_instrument (instrument_id, link_id, subject, token, kind, name_en, name_ar, last_four,
                 status, expires_on, linked_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'active', ?9, ?10)",
            params![
                instrument_id,
                link_id,
                subject,
                linked.token,
                text_of(&linked.kind),
                linked.name.en,
                linked.name.ar,
                linked.last_four,
                linked.expires_on,
                now_ms
            ],
        )?;
    }
    Ok(first)
}

const HELD: &str = "SELECT instrument_id, kind, name_en, name_ar, last_four, status, expires_on, token, subject,
    removed_ms IS NOT NULL FROM gateway_instrument";

/// A person's instrument, also one that was removed.
pub(in crate::gateway) fn of_subject(tx: &Transaction<'_>, subject: &str, instrument_id: &str) -> Reply<Option<Held>> {
    let found = tx
        .query_row(
            &format!("{HELD} WHERE subject = ?1 AND instrument_id = ?2"),
            [subject, instrument_id],
            read_held,
        )
        .optional()?;
    Ok(found)
}

/// An instrument, whoever's.
pub(in crate::gateway) fn by_id(tx: &Transaction<'_>, instrument_id: &str) -> Reply<Option<Held>> {
    Ok(tx
        .query_row(&format!("{HELD} WHERE instrument_id = ?1"), [instrument_id], read_held)
        .optional()?)
}

/// By the bank's token.
pub(super) fn by_token(tx: &Transaction<'_>, token: &str) -> Reply<Option<Held>> {
    Ok(tx
        .query_row(&format!("{HELD} WHERE token = ?1"), [token], read_held)
        .optional()?)
}

/// What a person has linked and not removed, oldest first.
pub(in crate::gateway) fn all_of(tx: &Transaction<'_>, subject: &str) -> Reply<Vec<Held>> {
    let mut statement = tx.prepare(&format!(
        "{HELD} WHERE subject = ?1 AND removed_ms IS NULL ORDER BY rowid"
    ))?;
    let rows = statement.query_map([subject], read_held)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Keeps what the bank says; whether that is news.
pub(super) fn keep_status(
    tx: &Transaction<'_>,
    instrument_id: &str,
    status: InstrumentStatus,
    expires_on: &str,
) -> rusqlite::Result<bool> {
    let changed = tx.execute(
        "UPDATE gateway_instrument SET status = ?2, expires_on = ?3
         WHERE instrument_id = ?1 AND (status <> ?2 OR expires_on <> ?3)",
        params![instrument_id, text_of(&status), expires_on],
    )?;
    Ok(changed == 1)
}

/// The person removes it; whether it was there.
pub(super) fn remove(tx: &Transaction<'_>, instrument_id: &str, now_ms: i64) -> rusqlite::Result<bool> {
    let removed = tx.execute(
        "UPDATE gateway_instrument SET removed_ms = ?2, status = 'revoked' WHERE instrument_id = ?1 AND removed_ms IS NULL",
        params![instrument_id, now_ms],
    )?;
    Ok(removed == 1)
}

fn read_link(row: &Row<'_>) -> rusqlite::Result<Link> {
    Ok(Link {
        link_id: row.get(0)?,
        request_digest: row.get(1)?,
        kind: of_text(&row.get::<_, String>(2)?).unwrap_or(InstrumentKind::Unknown),
        return_uri: row.get(3)?,
        state: row.get(4)?,
        expires_ms: row.get(5)?,
        code_hash: row.get(6)?,
        instrument_id: row.get(7)?,
    })
}

fn read_held(row: &Row<'_>) -> rusqlite::Result<Held> {
    Ok(Held {
        shown: Instrument {
            instrument_id: row.get(0)?,
            kind: of_text(&row.get::<_, String>(1)?).unwrap_or(InstrumentKind::Unknown),
            name: Localized::new(row.get::<_, String>(2)?, row.get::<_, String>(3)?),
            last_four: row.get(4)?,
            status: of_text(&row.get::<_, String>(5)?).unwrap_or(InstrumentStatus::Unknown),
            expires_on: row.get(6)?,
        },
        token: row.get(7)?,
        subject: row.get(8)?,
        removed: row.get(9)?,
    })
}

/// An enumeration as the wire writes it, which is how it is kept too.
fn text_of<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => text,
        _ => String::new(),
    }
}

fn of_text<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(text.to_owned())).ok()
}
