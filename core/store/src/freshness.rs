//! How fresh each agency's bills are, in the cache: when it last answered, when it was last asked, what went wrong, and what
//! to say to be told only of changes.

use crate::{
    Store, StoreError,
    agency::{agency_mac, agency_row},
    bills::Answer,
    file::{Fault, Tx},
    limits::FRESHNESS_LAG_SECONDS_MAX,
    rows::parsed,
    seal::Broken,
};
use rabt_domain::{AgencyId, Invalid, Timestamp};
use rusqlite::OptionalExtension as _;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The room.
#[derive(Clone, Copy, Debug)]
pub struct FreshnessRoom<'a> {
    pub(crate) store: &'a Store,
}

/// The table.
const TABLE: &str = "freshness";

/// Unchanged answers that are not in the file.
#[derive(Debug, Default)]
pub(crate) struct ConfirmedAnswers(BTreeMap<AgencyId, Confirmed>);

#[derive(Clone, Copy, Debug)]
struct Confirmed {
    at: Timestamp,
    took_ms: u32,
}

impl ConfirmedAnswers {
    /// What is known of an agency: what the file says, and what it has confirmed since.
    fn over(&self, kept: Freshness) -> Freshness {
        match self.0.get(&kept.agency) {
            Some(confirmed) if kept.succeeded_at.is_some_and(|told| told < confirmed.at) => Freshness {
                succeeded_at: Some(confirmed.at),
                attempted_at: kept.attempted_at.max(confirmed.at),
                took_ms: Some(confirmed.took_ms),
                ..kept
            },
            _ => kept,
        }
    }

    /// Writes them into the file, all at once.
    pub(crate) fn write(&self, tx: &Tx<'_>) -> Result<(), Fault> {
        for agency in self.0.keys() {
            if let Some((id, Ok(kept))) = find(tx, agency)? {
                write(tx, id, &agency_mac(tx, agency), &self.over(kept))?;
            }
        }
        Ok(())
    }

    /// Lets the file's word count alone, once it is newer, or written by a clock that was set back.
    pub(crate) fn forget(&mut self, agency: &AgencyId) {
        self.0.remove(agency);
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[derive(Serialize, Deserialize)]
struct FreshnessRow {
    agency: String,
    succeeded_ms: Option<i64>,
    attempted_ms: i64,
    error: Option<String>,
    etag: Option<String>,
    took_ms: Option<u32>,
    #[serde(default)]
    has_news: bool,
}

/// How fresh an agency's bills are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Freshness {
    /// Which agency.
    pub agency: AgencyId,
    /// When it last answered completely.
    pub succeeded_at: Option<Timestamp>,
    /// When it was last asked.
    pub attempted_at: Timestamp,
    /// What went wrong the last time, as a stable code; `None` where nothing did.
    pub error: Option<String>,
    /// What names the state of its last complete answer.
    pub etag: Option<String>,
    /// How long its last complete answer took.
    pub took_ms: Option<u32>,
    /// Whether it has said, since its last complete answer, that it has something new.
    pub has_news: bool,
}

impl FreshnessRoom<'_> {
    /// One agency's, where it was ever asked.
    ///
    /// # Errors
    /// Those of the disk. A damaged entry is dropped and `None`.
    pub fn get(&self, agency: &AgencyId) -> Result<Option<Freshness>, StoreError> {
        let kept = match self.store.cache_read(|tx| find(tx, agency))? {
            Some((_, Ok(kept))) => kept,
            Some((id, Err(_))) => {
                self.drop_damaged(&[id])?;
                return Ok(None);
            }
            None => return Ok(None),
        };
        self.store.with(|files| Ok(Some(files.confirmed().over(kept))))
    }

    /// Every agency's that was ever asked, by name.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn all(&self) -> Result<Vec<Freshness>, StoreError> {
        let (mut all, damaged) = self.store.cache_read(|tx| {
            let mut statement = tx.prepare_cached(
                "SELECT agency.id, agency.mac, freshness.payload FROM freshness JOIN agency ON agency.id = freshness.agency",
            )?;
            let mut rows = statement.query(())?;
            let (mut all, mut damaged) = (Vec::new(), Vec::<i64>::new());
            while let Some(row) = rows.next()? {
                let (mac, sealed): (Vec<u8>, Vec<u8>) = (row.get(1)?, row.get(2)?);
                match open(tx, &mac, &sealed) {
                    Ok(freshness) => all.push(freshness),
                    Err(_) => damaged.push(row.get(0)?),
                }
            }
            Ok((all, damaged))
        })?;
        if !damaged.is_empty() {
            self.drop_damaged(&damaged)?;
        }
        all.sort_by(|one, other| one.agency.cmp(&other.agency));
        self.store.with(|files| {
            let confirmed = files.confirmed();
            Ok(all.into_iter().map(|freshness| confirmed.over(freshness)).collect())
        })
    }

    /// Whether the file says of an agency what an unchanged answer at `at` would have it say, but for the time.
    fn is_told_by(&self, agency: &AgencyId, at: Timestamp) -> Result<bool, StoreError> {
        let kept = self.store.cache_read(|tx| find(tx, agency))?;
        Ok(kept.and_then(|(_, opened)| opened.ok()).is_some_and(|kept| {
            let lag_ms = kept.succeeded_at.map(|told| at.millis() - told.millis());
            kept.error.is_none()
                && !kept.has_news
                && lag_ms.is_some_and(|lag| (0..=FRESHNESS_LAG_SECONDS_MAX * 1_000).contains(&lag))
        }))
    }

    fn drop_damaged(&self, ids: &[i64]) -> Result<(), StoreError> {
        self.store.cache_write(|tx| {
            let mut statement = tx.prepare_cached("DELETE FROM freshness WHERE agency = ?1")?;
            ids.iter().try_for_each(|id| Ok(statement.execute([id]).map(|_| ())?))
        })
    }

    /// Notes that an agency said that nothing has changed (`304`): a success that brought no bills. A complete answer is noted
    /// by [`finish`](crate::bills::Bills::finish).
    ///
    /// Where the file says nothing else of the agency and its word there is no more than [`FRESHNESS_LAG_SECONDS_MAX`] older, this is
    /// kept in memory until the store is released: a device that asks and hears nothing new then writes nothing. After a kill
    /// the agency's word looks that much older than it is, and never newer.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn not_modified(&self, agency: &AgencyId, at: Timestamp, took_ms: u32) -> Result<(), StoreError> {
        if self.is_told_by(agency, at)? {
            return self.store.with(|files| {
                files.confirmed().0.insert(agency.clone(), Confirmed { at, took_ms });
                Ok(())
            });
        }
        self.store.cache_write(|tx| {
            note(tx, agency, at, |freshness| {
                freshness.succeeded_at = Some(at);
                freshness.error = None;
                freshness.took_ms = Some(took_ms);
                freshness.has_news = false;
            })
        })?;
        self.store.with(|files| {
            files.confirmed().forget(agency);
            Ok(())
        })
    }

    /// Notes that agencies have something new, until they answer. One that was never asked is to be asked anyway.
    ///
    /// # Errors
    /// Those of the disk; nothing is noted then.
    pub fn have_news<'b>(&self, agencies: impl IntoIterator<Item = &'b AgencyId>) -> Result<(), StoreError> {
        self.store.cache_write(|tx| {
            for agency in agencies {
                // One that doesn't open is dropped when it is read, and is to be asked then.
                let kept = find(tx, agency)?.and_then(|(id, opened)| Some((id, opened.ok()?)));
                if let Some((id, freshness)) = kept.filter(|(_, freshness)| !freshness.has_news) {
                    let has_news = true;
                    let mac = agency_mac(tx, agency);
                    write(tx, id, &mac, &Freshness { has_news, ..freshness })?;
                }
            }
            Ok(())
        })
    }

    /// Notes that an agency did not answer, or not completely. What it said before stays.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn failed(&self, agency: &AgencyId, at: Timestamp, error: &str) -> Result<(), StoreError> {
        self.store
            .cache_write(|tx| note(tx, agency, at, |freshness| freshness.error = Some(error.to_owned())))
    }
}

/// An agency's number and what the file says of it.
type Kept = (i64, Result<Freshness, Broken>);

/// What the file says of an agency, with its number; each by itself, since it may be damaged.
fn find(tx: &Tx<'_>, agency: &AgencyId) -> Result<Option<Kept>, Fault> {
    let mac = agency_mac(tx, agency);
    let row: Option<(i64, Vec<u8>)> = tx
        .prepare_cached(
            "SELECT agency.id, freshness.payload FROM freshness JOIN agency ON agency.id = freshness.agency
             WHERE agency.mac = ?1",
        )?
        .query_row([mac.as_slice()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(row.map(|(id, sealed)| (id, open(tx, &mac, &sealed))))
}

/// Notes a complete answer, within the transaction that ends its pass.
pub(crate) fn succeeded(tx: &Tx<'_>, agency: &AgencyId, answer: &Answer<'_>) -> Result<(), Fault> {
    note(tx, agency, answer.at, |freshness| {
        freshness.succeeded_at = Some(answer.at);
        freshness.error = None;
        freshness.etag = answer.etag.map(str::to_owned);
        freshness.took_ms = Some(answer.took_ms);
        freshness.has_news = false;
    })
}

/// Makes the next refresh of agencies a whole one, since some of what they said was dropped: what they would call unchanged is
/// no longer all here.
pub(crate) fn refresh_whole(tx: &Tx<'_>, agencies: &[i64]) -> Result<(), Fault> {
    let mut find = tx.prepare_cached(
        "SELECT agency.mac, freshness.payload FROM freshness JOIN agency ON agency.id = freshness.agency WHERE agency = ?1",
    )?;
    for id in agencies {
        let kept: Option<(Vec<u8>, Vec<u8>)> = find.query_row([id], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let Some((mac, sealed)) = kept else { continue };
        match open(tx, &mac, &sealed) {
            Ok(freshness) => write(
                tx,
                *id,
                &mac,
                &Freshness {
                    etag: None,
                    ..freshness
                },
            )?,
            Err(_) => {
                tx.execute("DELETE FROM freshness WHERE agency = ?1", [id])?;
            }
        }
    }
    Ok(())
}

fn note(tx: &Tx<'_>, agency: &AgencyId, at: Timestamp, change: impl FnOnce(&mut Freshness)) -> Result<(), Fault> {
    let mac = agency_mac(tx, agency);
    let row = agency_row(tx, agency)?;
    let kept: Option<Vec<u8>> = tx
        .prepare_cached("SELECT payload FROM freshness WHERE agency = ?1")?
        .query_row([row], |row| row.get(0))
        .optional()?;
    // One that doesn't open begins anew, and without an etag.
    let kept = kept.and_then(|sealed| open(tx, &mac, &sealed).ok());
    let mut freshness = kept.unwrap_or_else(|| Freshness {
        agency: agency.clone(),
        succeeded_at: None,
        attempted_at: at,
        error: None,
        etag: None,
        took_ms: None,
        has_news: false,
    });
    freshness.attempted_at = at;
    change(&mut freshness);
    write(tx, row, &mac, &freshness)
}

fn write(tx: &Tx<'_>, agency: i64, mac: &[u8], freshness: &Freshness) -> Result<(), Fault> {
    let sealed = tx.seal(TABLE, mac, &FreshnessRow::from(freshness))?;
    tx.prepare_cached("INSERT OR REPLACE INTO freshness (agency, payload) VALUES (?1, ?2)")?
        .execute((agency, sealed))?;
    Ok(())
}

fn open(tx: &Tx<'_>, mac: &[u8], sealed: &[u8]) -> Result<Freshness, Broken> {
    parsed(TABLE, tx.open::<FreshnessRow>(TABLE, mac, sealed)?.into_freshness())
}

impl From<&Freshness> for FreshnessRow {
    fn from(freshness: &Freshness) -> Self {
        Self {
            agency: freshness.agency.as_str().to_owned(),
            succeeded_ms: freshness.succeeded_at.map(Timestamp::millis),
            attempted_ms: freshness.attempted_at.millis(),
            error: freshness.error.clone(),
            etag: freshness.etag.clone(),
            took_ms: freshness.took_ms,
            has_news: freshness.has_news,
        }
    }
}

impl FreshnessRow {
    fn into_freshness(self) -> Result<Freshness, Invalid> {
        Ok(Freshness {
            agency: AgencyId::parse(self.agency)?,
            succeeded_at: self.succeeded_ms.map(Timestamp::from_millis).transpose()?,
            attempted_at: Timestamp::from_millis(self.attempted_ms)?,
            error: self.error,
            etag: self.etag,
            took_ms: self.took_ms,
            has_news: self.has_news,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Fixture, agency, now};

    #[test]
    fn a_failure_keeps_what_was_said_before_and_an_unchanged_answer_is_a_success() {
        let fixture = Fixture::new();
        let (room, police) = (fixture.store.freshness(), agency("police"));
        assert_eq!(room.get(&police).unwrap(), None);
        let pass = fixture.store.bills().begin_pass(&police).unwrap();
        let answer = Answer {
            at: now(),
            etag: Some("\"v1\""),
            took_ms: 120,
        };
        fixture.store.bills().finish(pass, &answer).unwrap();
        room.failed(&police, now().plus_seconds(1), "timeout").unwrap();
        let told = room.get(&police).unwrap().unwrap();
        assert_eq!(
            (told.succeeded_at, told.attempted_at),
            (Some(now()), now().plus_seconds(1))
        );
        assert_eq!(
            (told.error.as_deref(), told.etag.as_deref()),
            (Some("timeout"), Some("\"v1\""))
        );

        room.not_modified(&police, now().plus_seconds(2), 30).unwrap();
        let told = room.get(&police).unwrap().unwrap();
        assert_eq!((told.error, told.took_ms), (None, Some(30)));
        assert_eq!(told.etag.as_deref(), Some("\"v1\""));

        room.failed(&agency("customs"), now(), "refused").unwrap();
        let names: Vec<_> = room
            .all()
            .unwrap()
            .into_iter()
            .map(|freshness| freshness.agency)
            .collect();
        assert_eq!(names, [agency("customs"), police]);
    }

    #[test]
    fn a_confirmed_answer_writes_nothing_until_the_store_is_released() {
        let fixture = Fixture::new();
        let (room, police) = (fixture.store.freshness(), agency("police"));
        room.not_modified(&police, now(), 30).unwrap();
        let rows = || {
            fixture
                .store
                .cache_read(|tx| Ok(tx.query_row("SELECT payload FROM freshness", (), |row| row.get::<_, Vec<u8>>(0))?))
                .unwrap()
        };
        let written = rows();
        let later = now().plus_seconds(FRESHNESS_LAG_SECONDS_MAX);
        room.not_modified(&police, later, 40).unwrap();
        assert_eq!(rows(), written);
        let told = room.get(&police).unwrap().unwrap();
        assert_eq!(
            (told.succeeded_at, told.attempted_at, told.took_ms),
            (Some(later), later, Some(40))
        );
        assert_eq!(room.all().unwrap(), std::slice::from_ref(&told));

        // A failure is written, and what was confirmed before it stays known.
        room.failed(&police, later.plus_seconds(1), "timeout").unwrap();
        let told = room.get(&police).unwrap().unwrap();
        assert_eq!(
            (told.succeeded_at, told.error.as_deref()),
            (Some(later), Some("timeout"))
        );

        // What is said after a failure is written, and so is what is much later.
        room.not_modified(&police, later.plus_seconds(2), 50).unwrap();
        assert_ne!(rows(), written);
        let written = rows();
        let much_later = later.plus_seconds(2 + FRESHNESS_LAG_SECONDS_MAX + 1);
        room.not_modified(&police, much_later, 60).unwrap();
        assert_ne!(rows(), written);

        // A clock that was set back says nothing that is kept in memory.
        room.not_modified(&police, now(), 70).unwrap();
        assert_eq!(room.get(&police).unwrap().unwrap().succeeded_at, Some(now()));

        let last = now().plus_seconds(5);
        room.not_modified(&police, last, 80).unwrap();
        room.failed(&police, last.plus_seconds(1), "timeout").unwrap();
        fixture.store.release();
        fixture.store.reacquire(last).unwrap();
        let fixture = fixture.reopened(|_| {});
        let told = fixture.store.freshness().get(&police).unwrap().unwrap();
        assert_eq!((told.succeeded_at, told.took_ms), (Some(last), Some(80)));
        assert_eq!(
            (told.attempted_at, told.error.as_deref()),
            (last.plus_seconds(1), Some("timeout"))
        );
    }

    #[test]
    fn news_is_remembered_until_the_agency_answers() {
        let fixture = Fixture::new();
        let (police, customs) = (agency("police"), agency("customs"));
        fixture.store.freshness().not_modified(&police, now(), 30).unwrap();
        fixture.store.freshness().have_news([&police, &customs]).unwrap();

        let fixture = fixture.reopened(|_| {});
        let room = fixture.store.freshness();
        let noted = room.get(&police).unwrap().unwrap();
        assert_eq!((noted.has_news, noted.succeeded_at), (true, Some(now())));
        // It was never asked, which says as much.
        assert_eq!(room.get(&customs).unwrap(), None);

        room.failed(&police, now(), "timeout").unwrap();
        assert!(room.get(&police).unwrap().unwrap().has_news);
        room.not_modified(&police, now(), 30).unwrap();
        assert!(!room.get(&police).unwrap().unwrap().has_news);
    }
}
