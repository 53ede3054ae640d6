//! Where reading the gateway's events stands, in the cache: the cursor, and which events were acted on.

use crate::{Store, StoreError};

/// The room.
#[derive(Clone, Copy, Debug)]
pub struct Events<'a> {
    pub(crate) store: &'a Store,
}

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
        todo!()
    }

    /// Which of these events were acted on already, in their order. One that is there twice is said to be seen the second time.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn seen(&self, events: &[EventName]) -> Result<Vec<bool>, StoreError> {
        let _ = events;
        todo!()
    }

    /// Notes, once they were acted on, that these events were, and where to go on. Beyond
    /// [`SEEN_EVENTS_MAX`](crate::limits::SEEN_EVENTS_MAX) the oldest are forgotten.
    ///
    /// # Errors
    /// Those of the disk; neither is noted then.
    pub fn done(&self, events: &[EventName], next_cursor: &str) -> Result<(), StoreError> {
        let _ = (events, next_cursor);
        todo!()
    }
}
