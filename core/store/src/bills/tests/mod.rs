//! The bills: passes, pages, search, sums, and what becomes of damage.

mod damage;
mod found;
mod pages;
mod passes;
mod search;
mod sums;

use super::*;
use crate::testing::{Fixture, agency, now};

/// A complete answer.
fn answer(etag: &str) -> Answer<'_> {
    Answer {
        at: now(),
        etag: Some(etag),
        took_ms: 250,
    }
}

/// Takes in all that an agency says in one pass.
fn say(fixture: &Fixture, of: &str, bills: &[Bill]) -> PassCounts {
    let room = fixture.store.bills();
    let mut pass = room.begin_pass(&agency(of)).unwrap();
    room.apply(&mut pass, bills).unwrap();
    room.finish(pass, &answer("\"v1\"")).unwrap()
}

/// The names of all bills that a query means, page by page.
fn names(fixture: &Fixture, query: &BillQuery) -> Vec<String> {
    let mut query = query.clone();
    let mut names = Vec::new();
    loop {
        let page = fixture.store.bills().page(&query).unwrap();
        assert!(page.bills.len() <= usize::from(query.limit));
        names.extend(
            page.bills
                .into_iter()
                .map(|stored| stored.bill.key.bill.as_str().to_owned()),
        );
        query.cursor = page.next;
        if query.cursor.is_none() {
            return names;
        }
    }
}
