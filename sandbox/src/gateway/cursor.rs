//! Where a reader of one of the gateway's lists stands. Cursors are opaque to clients; a letter in front keeps them from being reckoned
//! with, and those of one list from being taken for another's.

use crate::server::reply::{Refusal, Reply};

/// The cursors of a list: its letter.
pub(super) struct Cursors(pub(super) char);

impl Cursors {
    /// The one that stands after an entry.
    pub(super) fn at(&self, seq: i64) -> String {
        format!("{}{seq}", self.0)
    }

    /// After which entry one stands; before the first where there is none.
    pub(super) fn position_of(&self, cursor: Option<&str>) -> Reply<i64> {
        let Some(cursor) = cursor.filter(|cursor| !cursor.is_empty()) else {
            return Ok(0);
        };
        cursor
            .strip_prefix(self.0)
            .and_then(|digits| digits.parse::<i64>().ok())
            .filter(|seq| *seq >= 0)
            .ok_or_else(|| Refusal::invalid("cursor", "is not one that this gateway gave"))
    }
}
