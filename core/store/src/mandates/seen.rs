//! What bills were when this phone saw them: its evidence against a gateway, and so in the ledger, while the bills themselves are in the
//! cache and are only what they are now.

use super::Mandates;
use crate::{
    StoreError,
    bills::{BillQuery, Standing},
    file::{Fault, Tx},
    limits::{PAGE_MAX, SEEN_DAYS, SEEN_PER_AGENCY_MAX, SEEN_VIEWS_MAX},
    rows::mandate::{SEEN, SeenRow},
    seal::{Broken, Mac},
};
use rabt_domain::{AgencyId, Bill, BillKey, BillStatus, Timestamp, mandate::BillView};
use rusqlite::OptionalExtension as _;
use std::collections::{BTreeMap, BTreeSet};

/// The slot, in the cache: when each agency was last asked what it then answered in full. Whoever loses it sees less, and accuses of
/// nothing more.
const COMPLETE: &str = "complete answers";
const DAY_SECONDS: i64 = 86_400;

/// When an agency was asked, and when it had answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// When it was asked: what it says was so then or later.
    pub at: Timestamp,
    /// When it had answered: what it says was so then or earlier.
    pub answered_at: Timestamp,
    /// Whether its answer was whole.
    pub whole: bool,
}

impl Mandates<'_> {
    /// Keeps what an agency's bills are now, after it was asked: its open ones, those that were open when they were last seen, and those that
    /// are named. What is as it was isn't written again.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn see(&self, agency: &AgencyId, asked: &Asked, named: &BTreeSet<BillKey>) -> Result<(), StoreError> {
        let mut bills = self.open_bills(agency)?;
        let mut wanted: BTreeSet<BillKey> = named.iter().filter(|key| key.agency == *agency).cloned().collect();
        wanted.extend(self.last_seen_open(agency)?);
        for key in wanted {
            if !bills.contains_key(&key)
                && let Some(stored) = self.store.bills().get(&key)?
            {
                bills.insert(key, stored.bill);
            }
        }
        let changed = self.changed(bills.into_values(), asked)?;
        if !changed.is_empty() {
            let before_ms = asked.answered_at.plus_seconds(-SEEN_DAYS * DAY_SECONDS).millis();
            self.store.ledger_write(|tx| {
                changed.iter().try_for_each(|row| put(tx, row))?;
                tx.execute("DELETE FROM seen_bill WHERE open = 0 AND changed_ms < ?1", [before_ms])?;
                Ok(())
            })?;
        }
        if asked.whole {
            let (name, at_ms) = (agency.as_str().to_owned(), asked.at.millis());
            self.store.cache_write(|tx| {
                let mut complete: BTreeMap<String, i64> = tx.slot(COMPLETE)?.unwrap_or_default();
                complete.insert(name, at_ms);
                tx.set_slot(COMPLETE, &complete)
            })?;
        }
        Ok(())
    }

    /// Every view that was seen, each at the earliest instant, and a bill's last one also at the latest, at which it is known to have been so.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn seen(&self) -> Result<Vec<BillView>, StoreError> {
        let complete: BTreeMap<AgencyId, Timestamp> = self.complete_answers()?.into_iter().collect();
        self.store.ledger_read(|tx| {
            let mut query = tx.prepare_cached("SELECT mac, open, changed_ms, payload FROM seen_bill ORDER BY seq")?;
            let mut rows = query.query(())?;
            let mut views = Vec::new();
            while let Some(row) = rows.next()? {
                let (mac, sealed): (Vec<u8>, Vec<u8>) = (row.get(0)?, row.get(3)?);
                let Ok(seen) = open(tx, &mac, row.get(1)?, row.get(2)?, &sealed) else {
                    continue;
                };
                let Ok(of_bill) = seen.views() else { continue };
                if let Some(last) = of_bill.last()
                    && let Some(at) = complete.get(&last.key.agency).filter(|at| **at > last.fetched_at)
                {
                    views.push(BillView {
                        fetched_at: *at,
                        ..last.clone()
                    });
                }
                views.extend(of_bill);
            }
            Ok(views)
        })
    }

    /// When each agency was asked what it last answered in full.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn complete_answers(&self) -> Result<Vec<(AgencyId, Timestamp)>, StoreError> {
        let complete: BTreeMap<String, i64> = self.store.cache_read(|tx| tx.slot(COMPLETE))?.unwrap_or_default();
        let parsed = complete
            .into_iter()
            .filter_map(|(agency, at)| Some((AgencyId::parse(agency).ok()?, Timestamp::from_millis(at).ok()?)));
        Ok(parsed.collect())
    }

    fn open_bills(&self, agency: &AgencyId) -> Result<BTreeMap<BillKey, Bill>, StoreError> {
        let mut query = BillQuery {
            agencies: vec![agency.clone()],
            standing: Standing::Open,
            limit: PAGE_MAX,
            ..BillQuery::default()
        };
        let mut bills = BTreeMap::new();
        loop {
            let page = self.store.bills().page(&query)?;
            bills.extend(
                page.bills
                    .into_iter()
                    .map(|stored| (stored.bill.key.clone(), stored.bill)),
            );
            match page.next {
                Some(next) if bills.len() < SEEN_PER_AGENCY_MAX => query.cursor = Some(next),
                _ => return Ok(bills),
            }
        }
    }

    fn last_seen_open(&self, agency: &AgencyId) -> Result<Vec<BillKey>, StoreError> {
        self.store.ledger_read(|tx| {
            let mac = agency_mac(tx, agency);
            let mut query = tx.prepare_cached(
                "SELECT mac, open, changed_ms, payload FROM seen_bill WHERE open = 1 AND agency = ?1",
            )?;
            let mut rows = query.query([mac.as_slice()])?;
            let mut keys = Vec::new();
            while let Some(row) = rows.next()? {
                let (mac, sealed): (Vec<u8>, Vec<u8>) = (row.get(0)?, row.get(3)?);
                let opened = open(tx, &mac, row.get(1)?, row.get(2)?, &sealed);
                keys.extend(opened.ok().and_then(|seen| seen.key().ok()));
            }
            Ok(keys)
        })
    }

    /// The rows that are to be written.
    fn changed(&self, bills: impl Iterator<Item = Bill>, asked: &Asked) -> Result<Vec<SeenRow>, StoreError> {
        self.store.ledger_read(|tx| {
            let mut changed = Vec::new();
            for bill in bills {
                // What is open is taken to be as old as it may be, what is closed as new: neither makes an honest gateway's act look late
                // or early.
                let at = if bill.status == BillStatus::Open {
                    asked.at
                } else {
                    asked.answered_at
                };
                let view = BillView::of(&bill, None, at);
                // A row that is damaged begins anew.
                let row = get(tx, &view.key)?.unwrap_or_else(|| SeenRow::new(&view.key));
                if let Some(row) = row.with(&view, SEEN_VIEWS_MAX) {
                    changed.push(row);
                }
            }
            Ok(changed)
        })
    }
}

fn agency_mac(tx: &Tx<'_>, agency: &AgencyId) -> Mac {
    tx.mac("seen bill of", &[agency.as_str()])
}

fn bill_mac(tx: &Tx<'_>, key: &BillKey) -> Mac {
    tx.mac(SEEN, &[key.agency.as_str(), key.bill.as_str()])
}

fn get(tx: &Tx<'_>, key: &BillKey) -> Result<Option<SeenRow>, Fault> {
    let mac = bill_mac(tx, key);
    let row: Option<(bool, i64, Vec<u8>)> = tx
        .prepare_cached("SELECT open, changed_ms, payload FROM seen_bill WHERE mac = ?1")?
        .query_row([mac.as_slice()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    Ok(row.and_then(|(is_open, changed_ms, sealed)| open(tx, &mac, is_open, changed_ms, &sealed).ok()))
}

fn open(tx: &Tx<'_>, mac: &[u8], is_open: bool, changed_ms: i64, sealed: &[u8]) -> Result<SeenRow, Broken> {
    let row: SeenRow = tx.open(SEEN, mac, sealed)?;
    if row.is_open() == is_open && row.changed_ms() == changed_ms {
        Ok(row)
    } else {
        Err(Broken { table: SEEN })
    }
}

fn put(tx: &Tx<'_>, row: &SeenRow) -> Result<(), Fault> {
    let key = row.key()?;
    let mac = bill_mac(tx, &key);
    let sealed = tx.seal(SEEN, &mac, row)?;
    tx.prepare_cached(
        "INSERT INTO seen_bill (mac, agency, open, changed_ms, payload) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (mac) DO UPDATE SET open = excluded.open, changed_ms = excluded.changed_ms, payload = excluded.payload",
    )?
    .execute((
        mac.as_slice(),
        agency_mac(tx, &key.agency).as_slice(),
        row.is_open(),
        row.changed_ms(),
        sealed,
    ))?;
    Ok(())
}
