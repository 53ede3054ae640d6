//! Cursors: where a page ended, sealed, so that nobody reads a bill's day from one or makes one up, and bound to the query, so
//! that one query's doesn't continue another.

use super::{BillQuery, Order, Standing};
use crate::{
    StoreError,
    seal::{FileKeys, Mac, Place},
};
use rabt_domain::{Invalid, InvalidReason};

/// The last bill of a page, in the order that pages have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position {
    /// Its due day.
    pub(super) due: i32,
    /// Its number.
    pub(super) id: i64,
}

const TABLE: &str = "bill cursor";

impl Position {
    /// As text, for the page after this one.
    pub(super) fn seal(self, keys: &FileKeys, query: &BillQuery) -> Result<String, StoreError> {
        let mut bytes = [0; 12];
        let (due, id) = bytes.split_at_mut(4);
        due.copy_from_slice(&self.due.to_be_bytes());
        id.copy_from_slice(&self.id.to_be_bytes());
        let row = digest(keys, query);
        keys.seal_text(
            Place {
                table: TABLE,
                row: &row,
            },
            &bytes,
        )
    }

    /// From such a text.
    pub(super) fn open(keys: &FileKeys, query: &BillQuery, text: &str) -> Result<Self, Invalid> {
        let row = digest(keys, query);
        keys.open_text(
            Place {
                table: TABLE,
                row: &row,
            },
            text,
        )
        .and_then(|bytes| {
            let (due, id) = bytes.split_first_chunk::<4>()?;
            Some(Self {
                due: i32::from_be_bytes(*due),
                id: i64::from_be_bytes(id.try_into().ok()?),
            })
        })
        .ok_or_else(|| Invalid::new("cursor", InvalidReason::Malformed))
    }
}

/// What is asked for, without where to begin and how much: a page may be longer than the one before.
fn digest(keys: &FileKeys, query: &BillQuery) -> Mac {
    let mut parts: Vec<String> = vec![
        match query.standing {
            Standing::Open => "open",
            Standing::Closed => "closed",
            Standing::All => "all",
        }
        .to_owned(),
        match query.order {
            Order::DueFirst => "first",
            Order::DueLast => "last",
        }
        .to_owned(),
        format!("{:?}", query.due_from),
        format!("{:?}", query.due_to),
        format!("{:?}", query.kinds),
        query
            .search
            .as_ref()
            .map(|text| text.reveal().clone())
            .unwrap_or_default(),
    ];
    if let Some(account) = &query.account {
        parts.push(format!("{} {}", account.agency.as_str(), account.account.as_str()));
    }
    parts.push(query.agencies.len().to_string());
    parts.extend(query.agencies.iter().map(|agency| agency.as_str().to_owned()));
    let parts: Vec<&[u8]> = parts.iter().map(|part| part.as_bytes()).collect();
    keys.mac("bill query", &parts)
}
