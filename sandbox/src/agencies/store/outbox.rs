//! News for the gateway that it has not been told yet, written with the change itself so that no kill can part the two.

use super::Stored;
use rusqlite::{Transaction, params};

/// A piece of news.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::agencies) struct Entry {
    /// Its number; they are told in this order.
    pub(in crate::agencies) entry_id: i64,
    /// Whose news.
    pub(in crate::agencies) agency_id: String,
    /// For whom.
    pub(in crate::agencies) subject: String,
    /// About which bill.
    pub(in crate::agencies) bill_id: String,
    /// One of the wire's kinds of event.
    pub(in crate::agencies) kind: String,
}

/// Writes one.
pub(super) fn put(tx: &Transaction<'_>, agency_id: &str, subject: &str, bill_id: &str, kind: &str) -> Stored<()> {
    tx.execute(
        "INSERT INTO agency_outbox (agency_id, subject, bill_id, kind) VALUES (?1, ?2, ?3, ?4)",
        params![agency_id, subject, bill_id, kind],
    )?;
    Ok(())
}

/// The oldest, at most so many.
pub(in crate::agencies) fn oldest(tx: &Transaction<'_>, at_most: u32) -> Stored<Vec<Entry>> {
    let mut statement =
        tx.prepare("SELECT entry_id, agency_id, subject, bill_id, kind FROM agency_outbox ORDER BY entry_id LIMIT ?1")?;
    let entries = statement
        .query_map([at_most], |row| {
            Ok(Entry {
                entry_id: row.get(0)?,
                agency_id: row.get(1)?,
                subject: row.get(2)?,
                bill_id: row.get(3)?,
                kind: row.get(4)?,
            })
        })?
        .collect::<Result<Vec<_>, _>>()?;
    Ok(entries)
}

/// Forgets one that was told.
pub(in crate::agencies) fn remove(tx: &Transaction<'_>, entry_id: i64) -> Stored<()> {
    tx.execute("DELETE FROM agency_outbox WHERE entry_id = ?1", [entry_id])?;
    Ok(())
}
