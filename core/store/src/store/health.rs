//! The ledger looked through, row by row.

use crate::file::{Fault, Tx};
use rusqlite::types::ValueRef;

/// Each table with a sealed payload, and the column that stands for the row in its associated data.
const TABLES: [(&str, &str); 11] = [
    ("slot", "name"),
    ("flow", "mac"),
    ("consent", "mac"),
    ("payment", "mac"),
    ("receipt", "mac"),
    ("outcome", "seq"),
    ("incident", "seq"),
    ("statement", "mac"),
    ("decision", "mac"),
    ("finding", "mac"),
    ("seen_bill", "mac"),
];

/// Rows of a table that aren't what was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DamagedRows {
    /// The table.
    pub table: &'static str,
    /// How many.
    pub rows: u32,
}

/// Opens every row, and says where some don't open.
pub(super) fn check(tx: &Tx<'_>) -> Result<Vec<DamagedRows>, Fault> {
    let mut found = Vec::new();
    for (table, key) in TABLES {
        let mut statement = tx.prepare(&format!("SELECT {key}, payload FROM {table}"))?;
        let mut rows = statement.query(())?;
        let mut damaged = 0_u32;
        while let Some(row) = rows.next()? {
            let key = match row.get_ref(0)? {
                ValueRef::Integer(number) => number.to_be_bytes().to_vec(),
                ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.to_vec(),
                ValueRef::Null | ValueRef::Real(_) => Vec::new(),
            };
            let sealed: Vec<u8> = row.get(1)?;
            damaged = damaged.saturating_add(u32::from(tx.open_bytes(table, &key, &sealed).is_err()));
        }
        if damaged > 0 {
            tracing::error!(table, damaged, "rows of the ledger don't open");
            found.push(DamagedRows { table, rows: damaged });
        }
    }
    Ok(found)
}
