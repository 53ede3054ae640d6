//! How fresh each agency's bills are, in the cache: when it last answered, when it was last asked, what went wrong, and what
//! to say to be told only of changes.

use crate::{
    Store, StoreError,
    agency::{agency_mac, agency_row},
    bills::Answer,
    file::{Fault, Tx},
    rows::parsed,
    seal::Broken,
};
use rabt_domain::{AgencyId, Invalid, Timestamp};
use rusqlite::OptionalExtension as _;
use serde::{Deserialize, Serialize};

/// The room.
#[derive(Clone, Copy, Debug)]
pub struct FreshnessRoom<'a> {
    pub(crate) store: &'a Store,
}

/// The table.
const TABLE: &str = "freshness";

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
        Ok(self.all()?.into_iter().find(|freshness| &freshness.agency == agency))
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
            self.store.cache_write(|tx| {
                let mut statement = tx.prepare_cached("DELETE FROM freshness WHERE agency = ?1")?;
                damaged
                    .iter()
                    .try_for_each(|id| Ok(statement.execute([id]).map(|_| ())?))
            })?;
        }
        all.sort_by(|one, other| one.agency.cmp(&other.agency));
        Ok(all)
    }

    /// Notes that an agency said that nothing has changed (`304`): a success that brought no bills. A complete answer is noted
    /// by [`finish`](crate::bills::Bills::finish).
    ///
    /// # Errors
    /// Those of the disk.
    pub fn not_modified(&self, agency: &AgencyId, at: Timestamp, took_ms: u32) -> Result<(), StoreError> {
        self.store.cache_write(|tx| {
            note(tx, agency, at, |freshness| {
                freshness.succeeded_at = Some(at);
                freshness.error = None;
                freshness.took_ms = Some(took_ms);
                freshness.has_news = false;
            })
        })
    }

    /// Notes that agencies have something new, until they answer. One that was never asked is to be asked anyway.
    ///
    /// # Errors
    /// Those of the disk; nothing is noted then.
    pub fn have_news<'b>(&self, agencies: impl IntoIterator<Item = &'b AgencyId>) -> Result<(), StoreError> {
        self.store.cache_write(|tx| {
            for agency in agencies {
                let mac = agency_mac(tx, agency);
                let kept: Option<(i64, Vec<u8>)> = tx
                    .prepare_cached(
                        "SELECT agency.id, freshness.payload FROM freshness JOIN agency ON agency.id = freshness.agency
                         WHERE agency.mac = ?1",
                    )?
                    .query_row([mac.as_slice()], |row| Ok((row.get(0)?, row.get(1)?)))
                    .optional()?;
                // One that doesn't open is dropped when it is read, and is to be asked then.
                let opened = kept.and_then(|(id, sealed)| Some((id, open(tx, &mac, &sealed).ok()?)));
                if let Some((id, freshness)) = opened.filter(|(_, freshness)| !freshness.has_news) {
                    let has_news = true;
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
