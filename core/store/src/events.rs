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
    /// [`SEEN_EVENTS_MAX`] the oldest are forgotten.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Fixture;

    fn event(id: usize) -> EventName {
        EventName {
            source: "urn:example".to_owned(),
            id: id.to_string(),
        }
    }

    #[test]
    fn what_was_acted_on_is_known_by_source_and_id() {
        let fixture = Fixture::new();
        let room = fixture.store.events();
        assert_eq!(room.cursor().unwrap(), None);
        room.done(&[event(1), event(2), event(1)], "c-1").unwrap();
        let elsewhere = EventName {
            source: "urn:other".to_owned(),
            ..event(1)
        };
        let asked = [event(2), event(3), event(3), elsewhere, event(1)];
        assert_eq!(room.seen(&asked).unwrap(), [true, false, true, false, true]);
        assert_eq!(room.cursor().unwrap().as_deref(), Some("c-1"));
    }

    #[test]
    fn only_so_many_are_remembered() {
        let fixture = Fixture::new();
        let room = fixture.store.events();
        let events: Vec<EventName> = (0..SEEN_EVENTS_MAX + 5).map(event).collect();
        for chunk in events.chunks(1_000) {
            room.done(chunk, "c").unwrap();
        }
        let seen = room.seen(&events).unwrap();
        assert_eq!(seen.iter().filter(|seen| **seen).count(), SEEN_EVENTS_MAX);
        assert_eq!((seen[4], seen[5]), (false, true));
    }
}
