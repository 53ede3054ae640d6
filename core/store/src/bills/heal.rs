//! Bills that don't open, or say something else than their columns: they are dropped, and their agency is asked for all of its
//! bills the next time.

use super::label;
use crate::{
    file::{Fault, Tx},
    freshness::refresh_whole,
};
use std::collections::BTreeSet;

/// What was found damaged while reading.
#[derive(Debug, Default)]
pub(super) struct Damage {
    pub(super) bills: Vec<i64>,
    pub(super) label_blocks: Vec<i64>,
    pub(super) agencies: Vec<i64>,
}

impl Damage {
    pub(super) fn is_none(&self) -> bool {
        self.bills.is_empty() && self.label_blocks.is_empty() && self.agencies.is_empty()
    }

    /// Drops what is damaged and what hangs on it, and says how many bills that were.
    pub(super) fn heal(&self, tx: &Tx<'_>) -> Result<u32, Fault> {
        let before = count(tx)?;
        let mut agencies = BTreeSet::new();
        for (table, ids) in [("bill", &self.bills), (label::BLOCK, &self.label_blocks)] {
            let mut delete = tx.prepare(&format!("DELETE FROM {table} WHERE id = ?1 RETURNING agency"))?;
            for id in ids {
                let mut rows = delete.query([id])?;
                while let Some(row) = rows.next()? {
                    agencies.insert(row.get::<_, i64>(0)?);
                }
            }
        }
        crate::agency::forget(tx, &self.agencies)?;
        refresh_whole(tx, &agencies.into_iter().collect::<Vec<_>>())?;
        let dropped = before.saturating_sub(count(tx)?);
        tracing::warn!(dropped, "damaged bills are dropped; a refresh brings them back");
        Ok(dropped)
    }
}

fn count(tx: &Tx<'_>) -> Result<u32, Fault> {
    Ok(tx.query_row("SELECT count(*) FROM bill", (), |row| row.get(0))?)
}
