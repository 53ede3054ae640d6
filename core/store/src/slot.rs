//! What there is only one of: a sealed value under a name of ours.

use crate::{
    file::{Fault, Tx},
    seal::Broken,
};
use rusqlite::OptionalExtension as _;
use serde::{Serialize, de::DeserializeOwned};
use zeroize::Zeroizing;

/// The table, in either file.
pub(crate) const TABLE: &str = "slot";

impl Tx<'_> {
    /// The bytes in a slot.
    pub(crate) fn slot_bytes(&self, name: &'static str) -> Result<Option<Zeroizing<Vec<u8>>>, Fault> {
        let sealed: Option<Vec<u8>> = self
            .prepare_cached("SELECT payload FROM slot WHERE name = ?1")?
            .query_row([name], |row| row.get(0))
            .optional()?;
        let opened = sealed.map(|sealed| self.open_bytes(TABLE, name.as_bytes(), &sealed));
        Ok(opened.transpose()?)
    }

    /// Puts bytes into a slot, in place of what was there.
    pub(crate) fn set_slot_bytes(&self, name: &'static str, payload: &[u8]) -> Result<(), Fault> {
        let sealed = self.seal_bytes(TABLE, name.as_bytes(), payload)?;
        self.prepare_cached("INSERT OR REPLACE INTO slot (name, payload) VALUES (?1, ?2)")?
            .execute((name, sealed))?;
        Ok(())
    }

    /// The value in a slot.
    pub(crate) fn slot<T: DeserializeOwned>(&self, name: &'static str) -> Result<Option<T>, Fault> {
        let bytes = self.slot_bytes(name)?;
        let value = bytes.map(|bytes| serde_json::from_slice(&bytes).map_err(|_| Broken { table: TABLE }));
        Ok(value.transpose()?)
    }

    /// Puts a value into a slot.
    pub(crate) fn set_slot(&self, name: &'static str, value: &impl Serialize) -> Result<(), Fault> {
        self.set_slot_bytes(name, &crate::file::encode(value)?)
    }

    /// Appends a row to a table that is a numbered list, and says its number. The number is in the associated data, so the row is
    /// sealed once it has one.
    pub(crate) fn append(&self, table: &'static str, payload: &impl Serialize) -> Result<i64, Fault> {
        let insert = format!("INSERT INTO {table} (payload) VALUES (x'') RETURNING seq");
        let seq: i64 = self.prepare_cached(&insert)?.query_row((), |row| row.get(0))?;
        let sealed = self.seal(table, &seq.to_be_bytes(), payload)?;
        self.prepare_cached(&format!("UPDATE {table} SET payload = ?2 WHERE seq = ?1"))?
            .execute((seq, sealed))?;
        Ok(seq)
    }

    /// Empties a slot.
    pub(crate) fn clear_slot(&self, name: &'static str) -> Result<(), Fault> {
        self.prepare_cached("DELETE FROM slot WHERE name = ?1")?
            .execute([name])?;
        Ok(())
    }
}
