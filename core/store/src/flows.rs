//! Browser hops under way, in the ledger: what was sent along with a person who left for a browser, until they come back or
//! too much time has passed. Each is taken exactly once, so a return that comes twice finds nothing the second time.

use crate::{Secret, Store, StoreError, StoreFile, file::Fault, limits::FLOWS_MAX, seal::Broken};
use rabt_domain::Timestamp;
use rusqlite::OptionalExtension as _;
use zeroize::Zeroizing;

/// The room.
#[derive(Clone, Copy, Debug)]
pub struct Flows<'a> {
    pub(crate) store: &'a Store,
}

/// The table.
const TABLE: &str = "flow";
/// The kind and the expiry, before what was put away. The expiry is in a column too, for purging; this is the one that counts.
const HEAD_BYTES: usize = 1 + 8;

/// What a hop is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FlowKind {
    /// To sign in.
    SignIn,
    /// To reach a higher assurance level.
    StepUp,
    /// To link a bank account or a card.
    InstrumentLink,
    /// To have the bank consent to a mandate.
    MandateConsent,
}

/// A hop that came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flow {
    /// What it was for.
    pub kind: FlowKind,
    /// What was put away with it.
    pub payload: Secret,
    /// Until when it would have been taken.
    pub expires_at: Timestamp,
}

impl FlowKind {
    /// Its number in the payload; it keeps its meaning for ever.
    fn code(self) -> u8 {
        match self {
            Self::SignIn => 1,
            Self::StepUp => 2,
            Self::InstrumentLink => 3,
            Self::MandateConsent => 4,
        }
    }

    fn of_code(code: u8) -> Option<Self> {
        [Self::SignIn, Self::StepUp, Self::InstrumentLink, Self::MandateConsent]
            .into_iter()
            .find(|kind| kind.code() == code)
    }
}

impl Flows<'_> {
    /// Puts a hop away under its unguessable `state`, in place of one of the same. Beyond
    /// [`FLOWS_MAX`] the oldest is forgotten.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn put(&self, kind: FlowKind, state: &str, payload: &Secret, expires_at: Timestamp) -> Result<(), StoreError> {
        self.store.ledger_write(|tx| {
            let mac = tx.mac(TABLE, &[state]);
            let mut bytes = Zeroizing::new(Vec::with_capacity(HEAD_BYTES + payload.reveal().len()));
            bytes.push(kind.code());
            bytes.extend_from_slice(&expires_at.millis().to_be_bytes());
            bytes.extend_from_slice(payload.reveal());
            let sealed = tx.seal_bytes(TABLE, &mac, &bytes)?;
            tx.execute(
                "INSERT OR REPLACE INTO flow (mac, expires_ms, payload) VALUES (?1, ?2, ?3)",
                (mac.as_slice(), expires_at.millis(), sealed),
            )?;
            tx.execute(
                "DELETE FROM flow WHERE seq NOT IN (SELECT seq FROM flow ORDER BY seq DESC LIMIT ?1)",
                [FLOWS_MAX],
            )?;
            Ok(())
        })
    }

    /// Looks at a hop by its `state`: it stays until it is [taken](Self::take). `None` where there is none, or it has expired.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where it can't be read: the person begins again.
    pub fn get(&self, state: &str, now: Timestamp) -> Result<Option<Flow>, StoreError> {
        let kept = self.store.ledger_read(|tx| {
            let mac = tx.mac(TABLE, &[state]);
            let kept: Option<Vec<u8>> = tx
                .query_row("SELECT payload FROM flow WHERE mac = ?1", [mac.as_slice()], |row| {
                    row.get(0)
                })
                .optional()?;
            Ok(kept.map(|sealed| tx.open_bytes(TABLE, &mac, &sealed)).transpose()?)
        })?;
        kept.map_or(Ok(None), |bytes| read(&bytes, now))
    }

    /// Takes a hop by its `state`: it is gone from then on, also after a kill. `None` where there is none, or it has expired.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where it can't be read: the person begins again.
    pub fn take(&self, state: &str, now: Timestamp) -> Result<Option<Flow>, StoreError> {
        let taken = self.store.ledger_write(|tx| {
            let mac = tx.mac(TABLE, &[state]);
            let taken: Option<Vec<u8>> = tx
                .query_row(
                    "DELETE FROM flow WHERE mac = ?1 RETURNING payload",
                    [mac.as_slice()],
                    |row| row.get(0),
                )
                .optional()?;
            // What is taken is gone, also where it doesn't open: so this is no error of the transaction.
            Ok(taken.map(|sealed| tx.open_bytes(TABLE, &mac, &sealed)))
        })?;
        let Some(opened) = taken else {
            return Ok(None);
        };
        read(&opened.map_err(|_| damaged())?, now)
    }

    /// Forgets the hops that have expired, and says how many.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn purge(&self, now: Timestamp) -> Result<usize, StoreError> {
        self.store
            .ledger_write(|tx| Ok(tx.execute("DELETE FROM flow WHERE expires_ms <= ?1", [now.millis()])?))
    }
}

fn damaged() -> StoreError {
    Fault::from(Broken { table: TABLE }).of(StoreFile::Ledger)
}

/// What was put away; `None` where it has expired.
fn read(bytes: &[u8], now: Timestamp) -> Result<Option<Flow>, StoreError> {
    let (head, payload) = bytes.split_first_chunk::<HEAD_BYTES>().ok_or_else(damaged)?;
    let [code, expires_ms @ ..] = *head;
    let kind = FlowKind::of_code(code).ok_or_else(damaged)?;
    let expires_at = Timestamp::from_millis(i64::from_be_bytes(expires_ms)).map_err(|_| damaged())?;
    Ok((now < expires_at).then(|| Flow {
        kind,
        payload: Secret::new(payload.to_vec()),
        expires_at,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Fixture, now};

    fn put(fixture: &Fixture, state: &str, seconds: i64) {
        let payload = Secret::new(state.as_bytes().to_vec());
        let expires_at = now().plus_seconds(seconds);
        fixture
            .store
            .flows()
            .put(FlowKind::StepUp, state, &payload, expires_at)
            .unwrap();
    }

    #[test]
    fn a_hop_is_taken_once_also_after_a_restart() {
        let fixture = Fixture::new();
        put(&fixture, "one", 60);
        put(&fixture, "two", 60);
        let fixture = fixture.reopened(|_| {});
        let flows = fixture.store.flows();
        let seen = flows.get("one", now()).unwrap();
        assert_eq!(seen, flows.get("one", now()).unwrap());
        assert_eq!(flows.get("one", now().plus_seconds(60)).unwrap(), None);
        let taken = flows.take("one", now()).unwrap().unwrap();
        assert_eq!(Some(&taken), seen.as_ref());
        assert_eq!(
            (taken.kind, taken.payload.reveal()),
            (FlowKind::StepUp, b"one".as_slice())
        );
        assert_eq!(taken.expires_at, now().plus_seconds(60));
        assert_eq!(flows.take("one", now()).unwrap(), None);
        assert_eq!(flows.get("one", now()).unwrap(), None);
        let fixture = fixture.reopened(|_| {});
        assert_eq!(fixture.store.flows().take("one", now()).unwrap(), None);
        assert!(fixture.store.flows().take("two", now()).unwrap().is_some());
    }

    #[test]
    fn what_has_expired_is_neither_taken_nor_kept() {
        let fixture = Fixture::new();
        put(&fixture, "late", 0);
        put(&fixture, "later", -1);
        put(&fixture, "good", 1);
        assert_eq!(fixture.store.flows().take("late", now()).unwrap(), None);
        assert_eq!(fixture.store.flows().purge(now()).unwrap(), 1);
        assert!(fixture.store.flows().take("good", now()).unwrap().is_some());
    }

    #[test]
    fn only_so_many_are_pending_and_the_oldest_goes() {
        let fixture = Fixture::new();
        for count in 0..=FLOWS_MAX {
            put(&fixture, &count.to_string(), 60);
        }
        assert_eq!(fixture.store.flows().take("0", now()).unwrap(), None);
        assert!(fixture.store.flows().take("1", now()).unwrap().is_some());
    }
}
