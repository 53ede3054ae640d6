//! Events that the gateway keeps for a person.

use super::{GatewayClient, document, too_many};
use crate::{
    Cursor, LinkError,
    agency::refused_member,
    limits::{EVENTS_BYTES_MAX, PAGE_ENTRIES_MAX},
    wire::{self, Entries},
};
use rabt_domain::{AgencyId, BillId, HubPaymentId, IncidentKind, InstrumentId, Invalid, InvalidReason, Timestamp};
use rabt_protocol::event as wired;
use serde::Deserialize;
use serde_json::value::RawValue;

const SOURCE_GATEWAY: &str = "urn:rabt:gateway";
const SOURCE_AGENCY: &str = "urn:rabt:agency:";

/// Something happened. It says where to look again, never what is true: that is read where it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Who says it; with [`Event::id`] it names the event, by which repetitions are told.
    pub source: String,
    /// Unique within the source.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: EventKind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// A bill was issued, changed or withdrawn: refresh that agency.
    BillsChanged {
        /// The agency.
        agency: AgencyId,
        /// The bill, where one is named.
        bill: Option<BillId>,
    },
    /// A payment changed: read it again.
    PaymentChanged {
        /// The payment.
        payment: HubPaymentId,
    },
    /// An instrument changed: read them again.
    InstrumentChanged {
        /// The instrument, where one is named.
        instrument: Option<InstrumentId>,
    },
    /// Something was decided by a mandate, or is asked: read the decisions.
    AutopayDecided,
    /// A newer directory is there.
    DirectoryChanged {
        /// Its version, where it is named.
        version: Option<u64>,
    },
    /// Something newer than this version knows; it is passed over.
    Unknown,
}

/// A page of events, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventsPage {
    /// Those that are believed.
    pub events: Vec<Event>,
    /// Those that aren't, an entry each; to be recorded.
    pub refused: Vec<IncidentKind>,
    /// Where to go on, to be kept once the events were acted on.
    pub next: Cursor,
    /// Whether there are more at this moment.
    pub more: bool,
}

#[derive(Deserialize)]
struct Page<'a> {
    subject: String,
    #[serde(borrow)]
    events: Entries<&'a RawValue, PAGE_ENTRIES_MAX>,
    next_cursor: String,
    more: bool,
}

impl GatewayClient {
    /// The events after a cursor; with `None` from the oldest that is kept. One that can't be believed is left out and said so, so
    /// that it doesn't hold up the others.
    ///
    /// # Errors
    /// [`LinkError`]; [`LinkError::Distrusted`] with `endless_paging` where there is said to be more and the cursor stays.
    pub async fn events(&self, cursor: Option<&Cursor>) -> Result<EventsPage, LinkError> {
        let query: Vec<_> = cursor.map(|cursor| ("cursor", cursor.as_str())).into_iter().collect();
        let call = self.get("gateway.events", &["v1", "events"], &query, EVENTS_BYTES_MAX);
        let response = self.caller.call(&call).await?;
        let page: Page<'_> = document(&response)?;
        self.check_subject(&page.subject)?;
        if page.events.too_many {
            return Err(too_many("more events than a page has"));
        }
        let next = Cursor::parse(page.next_cursor).map_err(refused_member)?;
        if page.more && Some(&next) == cursor {
            return Err(LinkError::distrusted(
                IncidentKind::EndlessPaging,
                "the cursor stays where it was",
            ));
        }
        let (mut events, mut refused) = (Vec::new(), Vec::new());
        for entry in page.events.entries {
            match event(entry.get()) {
                Ok(event) => events.push(event),
                Err(kind) => refused.push(kind),
            }
        }
        Ok(EventsPage {
            events,
            refused,
            next,
            more: page.more,
        })
    }
}

fn event(entry: &str) -> Result<Event, IncidentKind> {
    let event: wired::Event = serde_json::from_str(entry).map_err(|_| IncidentKind::Malformed)?;
    if event.specversion != "1.0" {
        return Err(IncidentKind::Malformed);
    }
    let speaker = speaker(&event.source)?;
    if let (Some(speaker), Some(named)) = (&speaker, &event.data.agency_id)
        && speaker.as_str() != named
    {
        return Err(IncidentKind::AnotherAgency);
    }
    let refused = |invalid: Invalid| wire::incident_of(&invalid);
    Ok(Event {
        at: wire::instant(&event.time, "time").map_err(refused)?,
        id: wire::code(event.id, "id").map_err(refused)?,
        kind: kind(&event.kind, event.data, speaker).map_err(refused)?,
        source: event.source,
    })
}

/// The agency that speaks; `None` for the gateway. Nobody else is known.
fn speaker(source: &str) -> Result<Option<AgencyId>, IncidentKind> {
    match source.strip_prefix(SOURCE_AGENCY) {
        Some(agency) => AgencyId::parse(agency).map(Some).map_err(|_| IncidentKind::Malformed),
        None if source == SOURCE_GATEWAY => Ok(None),
        None => Err(IncidentKind::Malformed),
    }
}

fn kind(kind: &str, data: wired::EventData, speaker: Option<AgencyId>) -> Result<EventKind, Invalid> {
    let missing = |field: &str| Invalid::new(field, InvalidReason::Empty);
    Ok(match kind {
        wired::kind::BILLS_CHANGED => EventKind::BillsChanged {
            agency: data
                .agency_id
                .map(AgencyId::parse)
                .transpose()?
                .or(speaker)
                .ok_or_else(|| missing("agency_id"))?,
            bill: data.bill_id.map(BillId::parse).transpose()?,
        },
        wired::kind::PAYMENT_CHANGED => EventKind::PaymentChanged {
            payment: HubPaymentId::parse(data.payment_id.ok_or_else(|| missing("payment_id"))?)?,
        },
        wired::kind::INSTRUMENT_CHANGED => EventKind::InstrumentChanged {
            instrument: data.instrument_id.map(InstrumentId::parse).transpose()?,
        },
        wired::kind::AUTOPAY_DECIDED | wired::kind::AUTOPAY_ASKED => EventKind::AutopayDecided,
        wired::kind::DIRECTORY_CHANGED => EventKind::DirectoryChanged {
            version: data.directory_version,
        },
        _ => EventKind::Unknown,
    })
}
