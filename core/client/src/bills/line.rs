//! In which order agencies are asked, and what the device knows of each before it does.
//!
//! All are asked at once, as far as that goes: connections are made one after the other where there are few processors, and whom
//! everybody waits for in the end shouldn't wait for that. So the slowest goes ahead, and the quick ones, who have time to spare, let it.

use crate::core::{Core, Gate};
use rabt_domain::{AccountId, AccountKey, Agency, AgencyId, Timestamp};
use rabt_store::{Store, StoreError, consents::Consent, freshness::Freshness};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// What the device knows of an agency before it asks.
#[derive(Default)]
pub(super) struct Known {
    pub(super) freshness: Option<Freshness>,
    pub(super) consent: Option<Consent>,
    pub(super) accounts: BTreeSet<AccountId>,
}

impl Known {
    /// Of one agency.
    pub(super) fn of(store: &Store, agency: &AgencyId, at: Timestamp) -> Result<Self, StoreError> {
        Ok(Self {
            freshness: store.freshness().get(agency)?,
            consent: store.consents().held(agency, at)?,
            accounts: store.accounts().ids_of(agency)?,
        })
    }

    /// Of all at once: agency by agency each reading would wait for all others' before its question is sent.
    fn of_all(store: &Store, at: Timestamp) -> Result<BTreeMap<AgencyId, Self>, StoreError> {
        let mut known: BTreeMap<AgencyId, Self> = BTreeMap::new();
        for freshness in store.freshness().all()? {
            let known = known.entry(freshness.agency.clone()).or_default();
            known.freshness = Some(freshness);
        }
        // Of several that hold the newest counts, as for one agency.
        let mut consents = store.consents().list()?;
        consents.sort_by_key(|consent| consent.granted_at);
        for consent in consents.into_iter().filter(|consent| consent.holds(at)) {
            let known = known.entry(consent.agency.clone()).or_default();
            known.consent = Some(consent);
        }
        for account in store.accounts().list()? {
            let AccountKey { agency, account } = account.key;
            known.entry(agency).or_default().accounts.insert(account);
        }
        Ok(known)
    }
}

/// An agency that is about to be asked.
pub(super) struct Entered {
    /// Keeps others from asking it; `None` where somebody else is asking it now.
    pub(super) gate: Option<Gate>,
    /// `None` where it couldn't be read together with the others'.
    pub(super) known: Option<Known>,
}

impl Entered {
    /// How long it took last time, in milliseconds.
    fn took_ms(&self) -> Option<u32> {
        self.known.as_ref()?.freshness.as_ref()?.took_ms
    }
}

/// An agency in its place in the line.
pub(super) struct Next {
    pub(super) agency: Agency,
    pub(super) entered: Entered,
    /// How long it lets those before it go ahead.
    pub(super) waits: Duration,
}

/// Those that have bills, the slowest first. One that never answered may be the slowest.
pub(super) async fn line_up(core: &Core, agencies: Vec<Agency>, at: Timestamp) -> Vec<Next> {
    let entered = agencies.into_iter().filter(|agency| agency.has_bills).map(|agency| {
        let gate = core.refreshing.enter_if_free(&agency.id);
        (agency, gate)
    });
    let entered: Vec<_> = entered.collect();
    // What can't be read of one must not keep the others from being asked: each then reads its own.
    let mut known = core.stored(move |store| Known::of_all(store, at)).await.ok();
    let mut line: Vec<_> = entered
        .into_iter()
        .map(|(agency, gate)| {
            let known = known.as_mut().map(|known| known.remove(&agency.id).unwrap_or_default());
            (agency, Entered { gate, known })
        })
        .collect();
    line.sort_by_key(|(_, entered)| Reverse(entered.took_ms().unwrap_or(u32::MAX)));
    let slowest_ms = line.iter().filter_map(|(_, entered)| entered.took_ms()).max();
    line.into_iter()
        .zip(0..)
        .map(|((agency, entered), before_it)| Next {
            waits: head_start(before_it, entered.took_ms(), slowest_ms),
            agency,
            entered,
        })
        .collect()
}

/// How long an agency lets the slower ones go ahead, so many of which are `before_it`: a millisecond for each, about what making a connection
/// takes a processor, and never so long that it would be the last to answer.
fn head_start(before_it: u32, took_ms: Option<u32>, slowest_ms: Option<u32>) -> Duration {
    let spare_ms = match (slowest_ms, took_ms) {
        (Some(slowest), Some(took)) => slowest.saturating_sub(took),
        _ => 0,
    };
    Duration::from_millis(before_it.min(spare_ms).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quick_let_the_slow_go_ahead_and_are_never_the_last_for_it() {
        let slowest = Some(200);
        let waits = |before_it, took| head_start(before_it, took, slowest).as_millis();
        assert_eq!(waits(0, slowest), 0);
        assert_eq!(waits(1, Some(190)), 1);
        assert_eq!(waits(29, Some(20)), 29);
        // It has three milliseconds to spare, and no more.
        assert_eq!(waits(29, Some(197)), 3);
        // Nobody knows how long it takes.
        assert_eq!(waits(29, None), 0);
        assert_eq!(head_start(29, None, None), Duration::ZERO);
    }
}
