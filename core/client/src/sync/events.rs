//! Events of the gateway: each says where to look again. They are acted on first and noted then, so that a kill in between acts on
//! them twice and never not at all.

use crate::{RabtError, core::Shared, payments};
use rabt_domain::AgencyId;
use rabt_link::{
    Cursor,
    gateway::{Event, EventKind, EventsPage},
};
use rabt_store::events::EventName;
use std::collections::BTreeSet;

/// How many pages are pulled in one go; the rest waits for the next sync.
const PAGES_MAX: usize = 20;

/// What was heard.
#[derive(Default)]
pub(super) struct Heard {
    pub(super) acted_on: usize,
    /// Agencies that have something new.
    pub(super) agencies: BTreeSet<AgencyId>,
    /// Whether something was decided by a mandate.
    pub(super) autopay: bool,
}

pub(super) async fn pull(core: &Shared) -> Result<Heard, RabtError> {
    // Two that pull at once would both find an event new.
    let _alone = core.hearing.lock().await;
    let mut heard = Heard::default();
    let kept = core.stored(|store| store.events().cursor()).await?;
    let mut cursor = kept.and_then(|cursor| Cursor::parse(cursor).ok());
    for _ in 0..PAGES_MAX {
        let page = match core.gateway_client().await?.events(cursor.as_ref()).await {
            Ok(page) => page,
            Err(error) => {
                core.record_incident(None, &error).await;
                return Err(error.into());
            }
        };
        let more = page.more;
        cursor = Some(page.next.clone());
        act_on(core, page, &mut heard).await?;
        if !more {
            break;
        }
    }
    Ok(heard)
}

async fn act_on(core: &Shared, page: EventsPage, heard: &mut Heard) -> Result<(), RabtError> {
    core.record_kinds(None, page.refused.iter().copied()).await;
    let names: Vec<EventName> = page
        .events
        .iter()
        .map(|event| EventName {
            source: event.source.clone(),
            id: event.id.clone(),
        })
        .collect();
    let asked = names.clone();
    let seen = core.stored(move |store| store.events().seen(&asked)).await?;
    let mut again = Again::default();
    for (event, _) in page.events.into_iter().zip(seen).filter(|(_, seen)| !seen) {
        heard.acted_on += 1;
        again.take(event);
    }
    again.look(core).await?;
    heard.autopay |= again.autopay;
    let (next, news) = (page.next.as_str().to_owned(), again.agencies.clone());
    heard.agencies.append(&mut again.agencies);
    // Agencies with news are asked later, so that is noted with them before the event counts as acted on.
    core.stored(move |store| {
        store.freshness().have_news(&news)?;
        store.events().done(&names, &next)
    })
    .await
}

/// Where to look again: a hundred events about one thing are one look.
#[derive(Default)]
struct Again {
    agencies: BTreeSet<AgencyId>,
    payments: BTreeSet<rabt_domain::HubPaymentId>,
    instruments: bool,
    directory: bool,
    /// Read at the end of the sync, when the bills are known.
    autopay: bool,
}

impl Again {
    fn take(&mut self, event: Event) {
        match event.kind {
            EventKind::BillsChanged { agency, .. } => {
                self.agencies.insert(agency);
            }
            EventKind::PaymentChanged { payment } => {
                self.payments.insert(payment);
            }
            EventKind::InstrumentChanged { .. } => self.instruments = true,
            EventKind::DirectoryChanged { .. } => self.directory = true,
            EventKind::AutopayDecided => self.autopay = true,
            EventKind::Unknown => {}
        }
    }

    async fn look(&self, core: &Shared) -> Result<(), RabtError> {
        if self.directory {
            core.refresh_directory().await?;
        }
        for payment in &self.payments {
            payments::heard(core, payment).await?;
        }
        if self.instruments {
            core.refresh_instruments().await?;
        }
        Ok(())
    }
}
