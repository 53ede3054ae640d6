//! `GET /v1/bills`: a person's bills, page by page.

use super::{Here, Person, etag, transact};
use crate::{
    agencies::{
        AgencyError, consent, faulty,
        limits::{CLOSED_MONTHS_MAX, PAGE_BILLS_MAX, PAGE_BILLS_USUAL},
        purpose,
        store::bills::{self, Key},
    },
    context::Ctx,
    server::reply::{Refusal, Reply, WireJson},
};
use axum::{
    Extension,
    extract::{Query, State, rejection::QueryRejection},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, StatusCode};
use jiff::{ToSpan, civil::Date};
use rabt_protocol::{
    agency::{Bill, BillPage},
    directory::Capability,
};
use rusqlite::Transaction;
use serde::Deserialize;

#[derive(Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    pub(super) limit: Option<usize>,
    #[serde(default)]
    pub(super) cursor: Option<String>,
}

pub(super) async fn page(
    State(ctx): State<Ctx>,
    Extension(here): Extension<Here>,
    person: Person,
    asked: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
) -> Reply<Response> {
    let Query(asked) = asked.map_err(|error| Refusal::invalid("limit", error.body_text()))?;
    page_of(&ctx, &here, person.subject, &asked, &headers, "/v1/bills")
}

/// A page of a person's bills, whoever may ask for it at `path`.
pub(super) fn page_of(
    ctx: &Ctx,
    here: &Here,
    subject: String,
    asked: &Asked,
    headers: &HeaderMap,
    path: &str,
) -> Reply<Response> {
    here.fixture(ctx, Capability::Bills)?;
    let limit = asked.limit.unwrap_or(PAGE_BILLS_USUAL);
    if !(1..=PAGE_BILLS_MAX).contains(&limit) {
        return Err(Refusal::invalid("limit", format!("must be 1 to {PAGE_BILLS_MAX}")));
    }
    let after = asked.cursor.as_deref().map(read_cursor).transpose()?;
    let (now_ms, closed_since) = (ctx.clock.now_ms(), closed_since(ctx.clock.today()));
    let (keys, read) = transact(ctx, |tx| {
        consent::require(tx, &here.agency_id, &subject, purpose::BILLS, now_ms)?;
        let keys = bills::keys(tx, &here.agency_id, &subject, &closed_since)?;
        let read = cut(tx, &here.agency_id, &keys, after.as_ref(), limit)?;
        Ok((keys, read))
    })?;
    let tag = etag::of(&here.agency_id, &subject, &keys);
    let never_ends = faulty::never_ends(ctx, &here.agency_id, path);
    let foreign = faulty::bill(ctx, &here.agency_id, &subject, path)?;
    if after.is_none() && foreign.is_none() && !never_ends && etag::is_known(headers, &tag) {
        return Ok(etag::with_headers(StatusCode::NOT_MODIFIED.into_response(), &tag));
    }
    let mut page = BillPage {
        agency_id: here.agency_id.to_string(),
        subject,
        as_of: ctx.clock.now(),
        bills: read.bills,
        next_cursor: match never_ends {
            true => Some(write_cursor(&before_all(after.as_ref()))),
            false => read.last.map(|last| write_cursor(&last)),
        },
    };
    if let Some(foreign) = foreign {
        page.bills.truncate(limit - 1);
        page.bills.push(foreign);
    }
    Ok(etag::with_headers(WireJson(page).into_response(), &tag))
}

struct Cut {
    bills: Vec<Bill>,
    /// The last of the page, where more follow.
    last: Option<Key>,
}

fn cut(
    tx: &Transaction<'_>,
    agency_id: &str,
    keys: &[Key],
    after: Option<&Position>,
    limit: usize,
) -> Result<Cut, AgencyError> {
    let start = after.map_or(0, |after| keys.partition_point(|key| Position::of(key) <= *after));
    let rest = &keys[start..];
    let page = &rest[..limit.min(rest.len())];
    let bills = bills::get_all(tx, agency_id, page.iter().map(|key| key.bill_id.as_str()))?;
    Ok(Cut {
        bills,
        last: page.last().filter(|_| rest.len() > limit).cloned(),
    })
}

/// Where a page ends, by what orders the pages. A bill that comes or goes between two pages moves nothing else; the changed tag
/// tells the reader.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Position {
    closed: bool,
    due_on: String,
    bill_id: String,
}

impl Position {
    fn of(key: &Key) -> Self {
        Self {
            closed: key.closed,
            due_on: key.due_on.clone(),
            bill_id: key.bill_id.clone(),
        }
    }
}

/// A place before every bill, and another one each time: what follows it is the first page again.
fn before_all(after: Option<&Position>) -> Key {
    let turn = after
        .and_then(|after| after.bill_id.parse::<u32>().ok())
        .unwrap_or_default();
    Key {
        closed: false,
        due_on: "2000-01-01".to_owned(),
        bill_id: (turn + 1).to_string(),
        revision: 0,
    }
}

fn write_cursor(key: &Key) -> String {
    URL_SAFE_NO_PAD.encode(format!("{}/{}/{}", u8::from(key.closed), key.due_on, key.bill_id))
}

fn read_cursor(cursor: &str) -> Result<Position, AgencyError> {
    let malformed = || AgencyError::invalid("cursor", "is none that this agency gave");
    let text = URL_SAFE_NO_PAD
        .decode(cursor)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok());
    let text = text.ok_or_else(malformed)?;
    let mut parts = text.splitn(3, '/');
    let closed = match parts.next() {
        Some("0") => false,
        Some("1") => true,
        _ => return Err(malformed()),
    };
    let due_on = parts
        .next()
        .filter(|day| day.parse::<Date>().is_ok())
        .ok_or_else(malformed)?;
    let bill_id = parts.next().ok_or_else(malformed)?;
    Ok(Position {
        closed,
        due_on: due_on.to_owned(),
        bill_id: bill_id.to_owned(),
    })
}

fn closed_since(today: Date) -> String {
    today.saturating_sub(CLOSED_MONTHS_MAX.months()).to_string()
}
