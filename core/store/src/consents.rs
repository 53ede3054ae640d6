//! What the person consented to, agency by agency, in the ledger. A withdrawn consent stays: that it was given is a fact.

use crate::{
    Store, StoreError,
    file::{Fault, Tx},
    limits::CONSENTS_MAX,
    rows::consent::{ConsentRow, TABLE},
};
use rabt_domain::{AgencyId, ConsentId, Timestamp};
use rusqlite::OptionalExtension as _;

/// The room.
#[derive(Clone, Copy, Debug)]
pub struct Consents<'a> {
    pub(crate) store: &'a Store,
}

/// A consent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// Its name.
    pub id: ConsentId,
    /// To which agency.
    pub agency: AgencyId,
    /// For what.
    pub purposes: Vec<String>,
    /// When it was given.
    pub granted_at: Timestamp,
    /// Until when it holds.
    pub expires_at: Timestamp,
    /// When it was withdrawn.
    pub withdrawn_at: Option<Timestamp>,
}

impl Consent {
    /// Whether it holds at an instant.
    pub fn holds(&self, now: Timestamp) -> bool {
        self.withdrawn_at.is_none() && self.granted_at <= now && now < self.expires_at
    }
}

impl Consents<'_> {
    /// Keeps a consent, in place of one of the same name.
    ///
    /// # Errors
    /// [`StoreError::TooMany`] beyond [`CONSENTS_MAX`]; those of the disk.
    pub fn save(&self, consent: &Consent) -> Result<(), StoreError> {
        self.store.ledger_write(|tx| {
            write(tx, consent)?;
            let count: usize = tx.query_row("SELECT count(*) FROM consent", (), |row| row.get(0))?;
            if count > CONSENTS_MAX {
                return Err(StoreError::TooMany {
                    what: "consents",
                    max: CONSENTS_MAX,
                }
                .into());
            }
            Ok(())
        })
    }

    /// Notes that a consent was withdrawn; `false` where there is none of that name. The first withdrawal counts.
    ///
    /// # Errors
    /// [`StoreError::Damaged`]; those of the disk.
    pub fn withdraw(&self, id: &ConsentId, at: Timestamp) -> Result<bool, StoreError> {
        self.store.ledger_write(|tx| {
            let mac = tx.mac(TABLE, &[id.as_str()]);
            let sealed: Option<Vec<u8>> = tx
                .query_row("SELECT payload FROM consent WHERE mac = ?1", [mac.as_slice()], |row| {
                    row.get(0)
                })
                .optional()?;
            let Some(sealed) = sealed else { return Ok(false) };
            let mut consent = Consent::try_from(tx.open::<ConsentRow>(TABLE, &mac, &sealed)?)?;
            consent.withdrawn_at.get_or_insert(at);
            write(tx, &consent)?;
            Ok(true)
        })
    }

    /// All that were ever given, oldest first, without those that are damaged: a consent that can't be read isn't held, and the
    /// person is asked again. [`Store::check_ledger`] tells of them.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn list(&self) -> Result<Vec<Consent>, StoreError> {
        self.store.ledger_read(|tx| {
            let mut statement = tx.prepare_cached("SELECT mac, payload FROM consent ORDER BY seq")?;
            let mut rows = statement.query(())?;
            let mut consents = Vec::new();
            while let Some(row) = rows.next()? {
                let (mac, sealed): (Vec<u8>, Vec<u8>) = (row.get(0)?, row.get(1)?);
                let opened = tx.open::<ConsentRow>(TABLE, &mac, &sealed);
                consents.extend(opened.and_then(Consent::try_from));
            }
            Ok(consents)
        })
    }

    /// The newest consent to an agency that holds at an instant.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub fn held(&self, agency: &AgencyId, now: Timestamp) -> Result<Option<Consent>, StoreError> {
        let held = self
            .list()?
            .into_iter()
            .filter(|consent| &consent.agency == agency && consent.holds(now));
        Ok(held.max_by_key(|consent| consent.granted_at))
    }
}

fn write(tx: &Tx<'_>, consent: &Consent) -> Result<(), Fault> {
    let mac = tx.mac(TABLE, &[consent.id.as_str()]);
    let sealed = tx.seal(TABLE, &mac, &ConsentRow::from(consent))?;
    tx.execute(
        "INSERT INTO consent (mac, payload) VALUES (?1, ?2)
         ON CONFLICT (mac) DO UPDATE SET payload = excluded.payload",
        (mac.as_slice(), sealed),
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Fixture, agency, now};

    fn consent(id: &str, of: &str, granted: i64, expires: i64) -> Consent {
        Consent {
            id: ConsentId::parse(id).unwrap(),
            agency: agency(of),
            purposes: vec!["bills.read".to_owned()],
            granted_at: now().plus_seconds(granted),
            expires_at: now().plus_seconds(expires),
            withdrawn_at: None,
        }
    }

    #[test]
    fn the_newest_consent_that_holds_counts_and_a_withdrawn_one_stays_on_record() {
        let fixture = Fixture::new();
        let room = fixture.store.consents();
        let (old, new) = (consent("old", "police", -20, 60), consent("new", "police", -10, 60));
        for one in [
            &new,
            &old,
            &consent("over", "police", -30, 0),
            &consent("other", "water", -1, 60),
        ] {
            room.save(one).unwrap();
        }
        let police = agency("police");
        assert_eq!(room.held(&police, now()).unwrap(), Some(new.clone()));
        assert!(room.withdraw(&new.id, now()).unwrap());
        assert!(room.withdraw(&new.id, now().plus_seconds(9)).unwrap());
        assert!(!room.withdraw(&ConsentId::parse("none").unwrap(), now()).unwrap());
        assert_eq!(room.held(&police, now()).unwrap(), Some(old));
        assert_eq!(room.held(&agency("health"), now()).unwrap(), None);

        let fixture = fixture.reopened(|_| {});
        let all = fixture.store.consents().list().unwrap();
        let names: Vec<&str> = all.iter().map(|consent| consent.id.as_str()).collect();
        assert_eq!(names, ["new", "old", "over", "other"]);
        assert_eq!(all[0].withdrawn_at, Some(now()));
    }
}
