//! Lists of the ledger that are read from the newest back: where a page ended, sealed, so that nobody makes one up, and bound to
//! its list, so that one list's doesn't continue another.

use crate::{StoreError, file::Database, limits::PAGE_MAX, seal::Place};
use rabt_domain::{Invalid, InvalidReason};

/// Where a page ended: by an instant, and by number among those of one instant.
#[derive(Clone, Copy)]
pub(crate) struct Position {
    pub(crate) at_ms: i64,
    pub(crate) seq: i64,
}

/// Before the first page.
const NEWEST: Position = Position {
    at_ms: i64::MAX,
    seq: i64::MAX,
};

/// Where a page begins, and how long it may be.
pub(crate) fn begin(
    ledger: &Database,
    list: Place<'_>,
    cursor: Option<&str>,
    limit: u16,
) -> Result<(Position, usize), StoreError> {
    match limit {
        0 => return Err(Invalid::new("limit", InvalidReason::TooSmall).into()),
        limit if limit > PAGE_MAX => return Err(Invalid::new("limit", InvalidReason::TooLarge).into()),
        _ => {}
    }
    let from = match cursor {
        None => NEWEST,
        Some(text) => open(ledger, list, text).ok_or_else(|| Invalid::new("cursor", InvalidReason::Malformed))?,
    };
    Ok((from, usize::from(limit)))
}

fn open(ledger: &Database, list: Place<'_>, text: &str) -> Option<Position> {
    let bytes = ledger.keys().open_text(list, text)?;
    let (at_ms, seq) = bytes.split_first_chunk::<8>()?;
    Some(Position {
        at_ms: i64::from_be_bytes(*at_ms),
        seq: i64::from_be_bytes(seq.try_into().ok()?),
    })
}

/// The cursor of the page after the one whose last entry is at a position.
pub(crate) fn end(ledger: &Database, list: Place<'_>, last: Option<Position>) -> Result<Option<String>, StoreError> {
    last.map(|last| {
        let bytes: Vec<u8> = [last.at_ms, last.seq].into_iter().flat_map(i64::to_be_bytes).collect();
        ledger.keys().seal_text(list, &bytes)
    })
    .transpose()
}
