//! Answers that were refused, in the ledger: the newest thousand.

use crate::{Store, StoreError, limits::INCIDENTS_MAX};
use rabt_domain::{AgencyId, Incident, IncidentKind, Timestamp};
use serde::{Deserialize, Serialize};

/// The room.
#[derive(Clone, Copy, Debug)]
pub struct Incidents<'a> {
    pub(crate) store: &'a Store,
}

/// The table.
const TABLE: &str = "incident";

#[derive(Serialize, Deserialize)]
struct IncidentRow {
    agency: Option<String>,
    kind: String,
    at_ms: i64,
}

impl IncidentRow {
    /// `None` for a kind that is newer than this version.
    fn into_incident(self) -> Option<Incident> {
        Some(Incident {
            agency: self.agency.map(AgencyId::parse).transpose().ok()?,
            kind: IncidentKind::by_code(&self.kind)?,
            at: Timestamp::from_millis(self.at_ms).ok()?,
        })
    }
}

impl Incidents<'_> {
    /// Notes one. Beyond [`INCIDENTS_MAX`] the oldest is forgotten.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn record(&self, incident: &Incident) -> Result<(), StoreError> {
        let row = IncidentRow {
            agency: incident.agency.as_ref().map(|agency| agency.as_str().to_owned()),
            kind: incident.kind.code().to_owned(),
            at_ms: incident.at.millis(),
        };
        self.store.ledger_write(|tx| {
            tx.append(TABLE, &row)?;
            tx.execute(
                "DELETE FROM incident WHERE seq NOT IN (SELECT seq FROM incident ORDER BY seq DESC LIMIT ?1)",
                [INCIDENTS_MAX],
            )?;
            Ok(())
        })
    }

    /// The newest ones, newest first, at most `limit`. Left out are those whose kind is newer than this version, and those that
    /// are damaged, of which [`Store::check_ledger`] tells.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn newest(&self, limit: usize) -> Result<Vec<Incident>, StoreError> {
        self.store.ledger_read(|tx| {
            let mut statement = tx.prepare_cached("SELECT seq, payload FROM incident ORDER BY seq DESC LIMIT ?1")?;
            let mut rows = statement.query([limit.min(INCIDENTS_MAX)])?;
            let mut incidents = Vec::new();
            while let Some(row) = rows.next()? {
                let (seq, sealed): (i64, Vec<u8>) = (row.get(0)?, row.get(1)?);
                let opened = tx.open::<IncidentRow>(TABLE, &seq.to_be_bytes(), &sealed);
                incidents.extend(opened.ok().and_then(IncidentRow::into_incident));
            }
            Ok(incidents)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Fixture, agency, now};

    fn incident(second: i64) -> Incident {
        Incident {
            agency: (second % 2 == 0).then(|| agency("police")),
            kind: IncidentKind::AnotherPerson,
            at: now().plus_seconds(second),
        }
    }

    #[test]
    fn the_newest_come_first_and_the_oldest_go() {
        let fixture = Fixture::new();
        let room = fixture.store.incidents();
        let count = i64::try_from(INCIDENTS_MAX).unwrap() + 2;
        for second in 0..count {
            room.record(&incident(second)).unwrap();
        }
        assert_eq!(room.newest(2).unwrap(), [incident(count - 1), incident(count - 2)]);
        let all = room.newest(usize::MAX).unwrap();
        assert_eq!((all.len(), all.last()), (INCIDENTS_MAX, Some(&incident(2))));
    }
}
