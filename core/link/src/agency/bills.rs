//! Reading a person's bills, page by page.
//!
//! A pass is pulled by its caller: a page goes into the store before the next is asked for, so memory holds one page however many
//! bills there are, and what was read stays when the agency breaks off in the middle. What makes the pages one answer is checked
//! across them: the agency, the person, the tag.

use super::{AgencyClient, Cursor, malformed, wired};
use crate::{
    ETag, LinkError,
    call::Call,
    http::Response,
    limits::{
        AGENCY_CALL_DEADLINE_MS, AGENCY_PASS_DEADLINE_MS, BILL_PAGE_BYTES_MAX, BILL_PAGES_MAX, BILL_PASS_RESTARTS_MAX,
        BILLS_PER_PAGE_MAX,
    },
    wire::{self, Entries},
};
use http::{StatusCode, header};
use rabt_domain::{AccountId, Bill, BillId, Incident, IncidentKind, Timestamp};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use tokio::time::Instant;

/// One reading of all of a person's bills with an agency. It is to be pulled by [`BillPass::next`] until it is over.
#[derive(Debug)]
pub struct BillPass<'a> {
    client: &'a AgencyClient,
    linked: &'a BTreeSet<AccountId>,
    now: Timestamp,
    ends: Instant,
    restarts: u32,
    pages: usize,
    place: Place,
    seen: Seen,
}

/// The answer to the question for the first page, which nobody has looked at yet: it may be asked for before it is known which
/// accounts are the person's, and is read once they are.
#[derive(Debug)]
pub struct FirstPage {
    response: Response,
    ends: Instant,
}

/// Where the next page is.
#[derive(Debug)]
enum Place {
    First { known: Option<ETag> },
    Answered(Response),
    At(Cursor),
    End,
    Over,
}

/// What the pages of this pass have in common so far.
#[derive(Debug, Default)]
struct Seen {
    tag: Option<ETag>,
    cursors: BTreeSet<Cursor>,
    bills: BTreeSet<BillId>,
    refused: bool,
}

/// A step of a pass.
#[derive(Debug, PartialEq, Eq)]
pub enum PassStep {
    /// Nothing changed since the tag that was given. The pass is over.
    NotModified,
    /// A page, to be kept before the next is pulled.
    Page(BillsPage),
    /// The bills changed while they were read, and the pass begins again: what was kept stays good, but what was *mentioned* so far
    /// doesn't count any more.
    Restarted,
    /// Every page was read. The pass is over.
    Done {
        /// The tag for the next pass; `None` where a bill was refused, so that it is looked at again.
        etag: Option<ETag>,
        /// Whether every bill that the agency has was believed. If not, a bill that wasn't on a page may have been a refused one, and
        /// hasn't vanished: [`BillsPage::refused`] names those that have a name.
        complete: bool,
    },
}

/// A page of bills.
#[derive(Debug, PartialEq, Eq)]
pub struct BillsPage {
    /// At which instant they were true, by the agency's word, and not after the caller's `now`.
    pub as_of: Timestamp,
    /// The bills that are believed.
    pub bills: Vec<Bill>,
    /// The others. What is known of them stands: they were mentioned, only not believed.
    pub refused: Vec<RefusedBill>,
}

/// A bill that isn't believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedBill {
    /// Which, where that much could be read.
    pub bill: Option<BillId>,
    /// Why.
    pub incident: Incident,
}

impl BillsPage {
    /// What is to be recorded: of each kind one, since a thousand entries of the same say no more.
    pub fn incidents(&self) -> Vec<Incident> {
        let kinds: BTreeMap<IncidentKind, &Incident> = self
            .refused
            .iter()
            .map(|refused| (refused.incident.kind, &refused.incident))
            .collect();
        kinds.into_values().cloned().collect()
    }
}

#[derive(Deserialize)]
struct Page<'a> {
    agency_id: String,
    subject: String,
    as_of: String,
    #[serde(borrow)]
    bills: Entries<&'a RawValue, BILLS_PER_PAGE_MAX>,
    #[serde(default)]
    next_cursor: Option<String>,
}

/// Asks for the first page.
pub(super) async fn ask_first(
    client: &AgencyClient,
    known: Option<ETag>,
    deadline_ms: u64,
) -> Result<FirstPage, LinkError> {
    let ends = ends(deadline_ms);
    let response = ask(client, known, None, ends).await?;
    Ok(FirstPage { response, ends })
}

/// Asks for a page: the first, or the one at a cursor.
async fn ask(
    client: &AgencyClient,
    known: Option<ETag>,
    cursor: Option<&Cursor>,
    ends: Instant,
) -> Result<Response, LinkError> {
    let left = ends.saturating_duration_since(Instant::now()).as_millis();
    let left_ms = u64::try_from(left).unwrap_or(u64::MAX);
    if left_ms == 0 {
        return Err(LinkError::Unavailable {
            retry_after_seconds: None,
            cause: Some("the agency's deadline has passed".into()),
        });
    }
    let limit = BILLS_PER_PAGE_MAX.to_string();
    let mut query = vec![("limit", limit.as_str())];
    query.extend(cursor.map(|cursor| ("cursor", cursor.as_str())));
    let url = client.base.at_with(&["v1", "bills"], &query);
    let deadline_ms = left_ms.min(AGENCY_CALL_DEADLINE_MS);
    let call = Call {
        if_none_match: known,
        ..Call::get("agency.bills", url, deadline_ms, BILL_PAGE_BYTES_MAX)
    };
    client.caller.call(&call).await
}

/// When a pass that begins now is over.
fn ends(deadline_ms: u64) -> Instant {
    Instant::now() + Duration::from_millis(deadline_ms.min(AGENCY_PASS_DEADLINE_MS))
}

impl<'a> BillPass<'a> {
    pub(super) fn begin(
        client: &'a AgencyClient,
        linked: &'a BTreeSet<AccountId>,
        known: Option<ETag>,
        now: Timestamp,
        deadline_ms: u64,
    ) -> Self {
        Self::at(Place::First { known }, client, linked, now, ends(deadline_ms))
    }

    pub(super) fn go_on(
        client: &'a AgencyClient,
        first: FirstPage,
        linked: &'a BTreeSet<AccountId>,
        now: Timestamp,
    ) -> Self {
        Self::at(Place::Answered(first.response), client, linked, now, first.ends)
    }

    fn at(
        place: Place,
        client: &'a AgencyClient,
        linked: &'a BTreeSet<AccountId>,
        now: Timestamp,
        ends: Instant,
    ) -> Self {
        Self {
            client,
            linked,
            now,
            ends,
            restarts: 0,
            pages: 0,
            place,
            seen: Seen::default(),
        }
    }

    /// The next step. After an error the pass is over; the pages that came stay good.
    ///
    /// # Errors
    /// [`LinkError`]; [`LinkError::Distrusted`] where a page was refused whole, [`LinkError::Unavailable`] where the deadline passed
    /// or the bills change faster than they can be read.
    pub async fn next(&mut self) -> Result<PassStep, LinkError> {
        let place = std::mem::replace(&mut self.place, Place::Over);
        let is_first = !matches!(place, Place::At(_));
        let response = match place {
            Place::Answered(response) => {
                self.pages += 1;
                response
            }
            Place::First { known } => self.ask(known, None).await?,
            Place::At(cursor) => self.ask(None, Some(&cursor)).await?,
            Place::End => return Ok(self.done()),
            Place::Over => return Err(LinkError::Bug("the pass is over".into())),
        };
        if response.status == StatusCode::NOT_MODIFIED {
            return Ok(PassStep::NotModified);
        }
        let tag = response.header(header::ETAG).and_then(|tag| ETag::parse(tag).ok());
        if !is_first && tag != self.seen.tag {
            return self.restart();
        }
        self.seen.tag = tag;
        self.page(&response).map(PassStep::Page)
    }

    async fn ask(&mut self, known: Option<ETag>, cursor: Option<&Cursor>) -> Result<Response, LinkError> {
        if self.pages == BILL_PAGES_MAX {
            return Err(LinkError::distrusted(IncidentKind::EndlessPaging, "too many pages"));
        }
        self.pages += 1;
        ask(self.client, known, cursor, self.ends).await
    }

    fn restart(&mut self) -> Result<PassStep, LinkError> {
        if self.restarts == BILL_PASS_RESTARTS_MAX {
            return Err(LinkError::Unavailable {
                retry_after_seconds: None,
                cause: Some("the bills change faster than they can be read".into()),
            });
        }
        self.restarts += 1;
        self.seen = Seen::default();
        self.place = Place::First { known: None };
        Ok(PassStep::Restarted)
    }

    fn page(&mut self, response: &Response) -> Result<BillsPage, LinkError> {
        let page: Page<'_> = wire::document(&response.body).map_err(malformed)?;
        self.client.check_addressee(&page.agency_id, &page.subject)?;
        if page.bills.too_many {
            return Err(LinkError::distrusted(
                IncidentKind::TooMuch,
                "more bills than were asked for",
            ));
        }
        let as_of = wire::instant(&page.as_of, "as_of").map_err(super::refused_member)?;
        let place = self.place_after(page.next_cursor)?;
        let (mut bills, mut refused) = (Vec::with_capacity(page.bills.entries.len()), Vec::new());
        for entry in page.bills.entries {
            match self.bill(entry.get()) {
                Ok(bill) => bills.push(bill),
                Err(kind) => refused.push(self.refusal(entry.get(), kind)),
            }
        }
        self.place = place;
        Ok(BillsPage {
            as_of: as_of.min(self.now),
            bills,
            refused,
        })
    }

    fn place_after(&mut self, next_cursor: Option<String>) -> Result<Place, LinkError> {
        let Some(next) = next_cursor else {
            return Ok(Place::End);
        };
        let cursor = Cursor::parse(next).map_err(super::refused_member)?;
        if self.seen.cursors.insert(cursor.clone()) {
            Ok(Place::At(cursor))
        } else {
            Err(LinkError::distrusted(
                IncidentKind::EndlessPaging,
                "the pages go round in a circle",
            ))
        }
    }

    fn bill(&mut self, entry: &str) -> Result<Bill, IncidentKind> {
        let bill = wired::bill(entry, &self.client.agency, self.linked)?;
        if self.seen.bills.insert(bill.key.bill.clone()) {
            Ok(bill)
        } else {
            Err(IncidentKind::Malformed)
        }
    }

    fn refusal(&mut self, entry: &str, kind: IncidentKind) -> RefusedBill {
        tracing::warn!(
            agency = self.client.agency.as_str(),
            kind = kind.code(),
            "a bill is refused"
        );
        self.seen.refused = true;
        RefusedBill {
            bill: wired::bill_named(entry),
            incident: Incident {
                agency: Some(self.client.agency.clone()),
                kind,
                at: self.now,
            },
        }
    }

    fn done(&mut self) -> PassStep {
        PassStep::Done {
            etag: self.seen.tag.take().filter(|_| !self.seen.refused),
            complete: !self.seen.refused,
        }
    }
}
