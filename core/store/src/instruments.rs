//! What the person pays with, in the cache.

use crate::{
    Store, StoreError,
    file::{Fault, Tx},
    limits::ACCOUNTS_MAX,
    rows::instrument::{InstrumentRow, TABLE},
};
use rabt_domain::{Instrument, InstrumentId};

/// The room.
#[derive(Clone, Copy, Debug)]
pub struct Instruments<'a> {
    pub(crate) store: &'a Store,
}

impl Instruments<'_> {
    /// Takes the gateway's complete answer in place of its last one, and says whether anything is different.
    ///
    /// # Errors
    /// [`StoreError::TooMany`] beyond [`ACCOUNTS_MAX`]; those of the disk. Nothing is changed then.
    pub fn replace(&self, instruments: &[Instrument]) -> Result<bool, StoreError> {
        bounded(instruments.len())?;
        self.store.cache_write(|tx| {
            let (kept, damaged) = read(tx)?;
            if kept == instruments && damaged.is_empty() {
                return Ok(false);
            }
            tx.execute("DELETE FROM instrument", ())?;
            for (position, instrument) in instruments.iter().enumerate() {
                write(tx, position, instrument)?;
            }
            Ok(true)
        })
    }

    /// Keeps one instrument, as after it was linked, in place of one of the same name.
    ///
    /// # Errors
    /// As [`replace`](Self::replace).
    pub fn put(&self, instrument: &Instrument) -> Result<(), StoreError> {
        self.store.cache_write(|tx| {
            let count: usize = tx.query_row("SELECT count(*) FROM instrument", (), |row| row.get(0))?;
            bounded(count + 1)?;
            let last: i64 = tx.query_row("SELECT ifnull(max(position), -1) FROM instrument", (), |row| row.get(0))?;
            write(tx, usize::try_from(last + 1).unwrap_or(0), instrument)
        })
    }

    /// One instrument.
    ///
    /// # Errors
    /// Those of the disk. A damaged one is dropped and `None`.
    pub fn get(&self, id: &InstrumentId) -> Result<Option<Instrument>, StoreError> {
        Ok(self.list()?.into_iter().find(|instrument| &instrument.id == id))
    }

    /// All instruments, in the gateway's order.
    ///
    /// # Errors
    /// Those of the disk. Damaged ones are dropped.
    pub fn list(&self) -> Result<Vec<Instrument>, StoreError> {
        let (instruments, damaged) = self.store.cache_read(read)?;
        if !damaged.is_empty() {
            tracing::warn!(count = damaged.len(), "damaged instruments are dropped");
            self.store.cache_write(|tx| {
                let mut statement = tx.prepare_cached("DELETE FROM instrument WHERE mac = ?1")?;
                damaged
                    .iter()
                    .try_for_each(|mac| Ok(statement.execute([mac]).map(|_| ())?))
            })?;
        }
        Ok(instruments)
    }

    /// Forgets an instrument; `false` where there is none.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn remove(&self, id: &InstrumentId) -> Result<bool, StoreError> {
        self.store.cache_write(|tx| {
            let mac = tx.mac(TABLE, &[id.as_str()]);
            Ok(tx.execute("DELETE FROM instrument WHERE mac = ?1", [mac.as_slice()])? > 0)
        })
    }
}

fn bounded(count: usize) -> Result<(), StoreError> {
    if count > ACCOUNTS_MAX {
        return Err(StoreError::TooMany {
            what: "instruments",
            max: ACCOUNTS_MAX,
        });
    }
    Ok(())
}

/// Those that open, and where those are that don't.
fn read(tx: &Tx<'_>) -> Result<(Vec<Instrument>, Vec<Vec<u8>>), Fault> {
    let mut statement = tx.prepare_cached("SELECT mac, payload FROM instrument ORDER BY position")?;
    let mut rows = statement.query(())?;
    let (mut instruments, mut damaged) = (Vec::new(), Vec::new());
    while let Some(row) = rows.next()? {
        let (mac, sealed): (Vec<u8>, Vec<u8>) = (row.get(0)?, row.get(1)?);
        let opened = tx.open::<InstrumentRow>(TABLE, &mac, &sealed);
        match opened.and_then(Instrument::try_from) {
            Ok(instrument) => instruments.push(instrument),
            Err(_) => damaged.push(mac),
        }
    }
    Ok((instruments, damaged))
}

/// One that is known keeps its place.
fn write(tx: &Tx<'_>, position: usize, instrument: &Instrument) -> Result<(), Fault> {
    let mac = tx.mac(TABLE, &[instrument.id.as_str()]);
    let sealed = tx.seal(TABLE, &mac, &InstrumentRow::from(instrument))?;
    tx.execute(
        "INSERT INTO instrument (mac, position, payload) VALUES (?1, ?2, ?3)
         ON CONFLICT (mac) DO UPDATE SET payload = excluded.payload",
        (mac.as_slice(), position, sealed),
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Fixture, day};
    use rabt_domain::{Bilingual, InstrumentKind, InstrumentStatus, Personal};

    fn card(id: &str) -> Instrument {
        Instrument {
            id: InstrumentId::parse(id).unwrap(),
            kind: InstrumentKind::Card,
            name: Bilingual::parse("Visa", "فيزا").unwrap(),
            last_four: Personal::new("4242".to_owned()),
            status: InstrumentStatus::Active,
            expires_on: day("2028-05-31"),
        }
    }

    #[test]
    fn instruments_keep_the_gateways_order() {
        let fixture = Fixture::new();
        let room = fixture.store.instruments();
        assert!(room.replace(&[card("z"), card("a")]).unwrap());
        assert!(!room.replace(&[card("z"), card("a")]).unwrap());
        room.put(&card("m")).unwrap();
        let suspended = Instrument {
            status: InstrumentStatus::Suspended,
            ..card("z")
        };
        room.put(&suspended).unwrap();
        assert_eq!(room.list().unwrap(), [suspended.clone(), card("a"), card("m")]);
        assert_eq!(room.get(&suspended.id).unwrap(), Some(suspended.clone()));
        assert!(room.remove(&suspended.id).unwrap());
        assert!(!room.remove(&suspended.id).unwrap());
        assert_eq!(room.list().unwrap(), [card("a"), card("m")]);
    }
}
