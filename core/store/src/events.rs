//! Where reading the gateway's events stands, in the cache: the cursor, and which events were acted on.

use crate::{Store, StoreError, limits::SEEN_EVENTS_MAX};
use std::collections::HashSet;

/// The room.
#[derive(Clone, Copy, Debug)]
pub struct Events<'a> {
    pub(crate) store: &'a Store,
}

/// The slot of the cursor, and the purpose of an event's look-up.
const CURSOR: &str = "event cursor";
const SEEN: &str = "event";

/// Names an event among all.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EventName {
    /// Who says it.
    pub source: String,
    /// Unique within the source.
    pub id: String,
}

impl Events<'_> {
    /// Where to go on reading; `None` at the first time, and after the cache was emptied.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn cursor(&self) -> Result<Option<String>, StoreError> {
        self.store.cache_read(|tx| tx.slot(CURSOR))
    }

    /// Which of these events were acted on already, in their order. One that is there twice is said to be seen the second time.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn seen(&self, events: &[EventName]) -> Result<Vec<bool>, StoreError> {
        self.store.cache_read(|tx| {
            let mut statement = tx.prepare_cached("SELECT 1 FROM seen_event WHERE mac = ?1")?;
            let mut here = HashSet::new();
            let mut seen = Vec::with_capacity(events.len());
            for event in events {
                let mac = tx.mac(SEEN, &[&event.source, &event.id]);
                seen.push(!here.insert(mac) || statement.exists([mac.as_slice()])?);
            }
            Ok(seen)
        })
    }

    /// Notes, once they were acted on, that these events were, and where to go on. Beyond
    /// [`SEEN_EVENTS_MAX`](crate::limits::SEEN_EVENTS_MAX) the oldest are forgotten.
    ///
    /// # Errors
    /// Those of the disk; neither is noted then.
    pub fn done(&self, events: &[EventName], next_cursor: &str) -> Result<(), StoreError> {
        self.store.cache_write(|tx| {
            let mut statement = tx.prepare_cached("INSERT OR IGNORE INTO seen_event (mac) VALUES (?1)")?;
            for event in events {
                statement.execute([tx.mac(SEEN, &[&event.source, &event.id]).as_slice()])?;
            }
            tx.execute(
                "DELETE FROM seen_event WHERE seq <= (SELECT max(seq) FROM seen_event) - ?1",
                [SEEN_EVENTS_MAX],
            )?;
            tx.set_slot(CURSOR, &next_cursor)
        })
    }
}
