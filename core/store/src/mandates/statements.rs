//! What the person signed: written down before it is sent, and repeated with the same bytes until the gateway has said that it has it.

use super::Mandates;
use crate::{
    StoreError,
    file::{Fault, Tx},
    limits::STATEMENTS_MAX,
    rows::mandate::{STATEMENT, StatementRow},
    seal::{Broken, Mac},
};
use rabt_domain::{BillKey, MandateId, Personal, Timestamp};
use rusqlite::OptionalExtension as _;

/// What a statement does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatementKind {
    /// Agrees to a version of a mandate.
    Terms,
    /// Stops it for now.
    Pause,
    /// Lets it go on.
    Resume,
    /// Ends it.
    Revoke,
    /// Answers what it asked about a bill.
    Answer,
    /// Says that a decision was not the person's; this one isn't signed.
    Dispute,
}

/// Whether the gateway has a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// It isn't known to: it is sent again.
    NotYet,
    /// It has it, and this phone knew that at this instant.
    Acknowledged {
        /// When.
        at: Timestamp,
    },
    /// It refused it.
    Refused {
        /// By which code of the protocol.
        code: String,
    },
}

/// Something that the person said about a mandate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// What it does.
    pub kind: StatementKind,
    /// To which mandate.
    pub mandate: MandateId,
    /// The version of terms; the place in the order of stops; zero for the rest.
    pub number: u32,
    /// About which bill, for an answer and a dispute.
    pub bill: Option<BillKey>,
    /// The very bytes that are sent.
    pub text: Personal<String>,
    /// When the person said it.
    pub at: Timestamp,
    /// Whether it was said on this phone.
    pub own: bool,
    /// Whether the gateway has it.
    pub sent: Sent,
}

impl Mandates<'_> {
    /// Writes statements down, all or none. One whose bytes are known is left as it is, but that what is learnt to be with the gateway
    /// ([`Sent::Acknowledged`]) is so from now on. Says how many are new or changed.
    ///
    /// # Errors
    /// [`StoreError::TooMany`] beyond [`STATEMENTS_MAX`]; those of the disk.
    pub fn write_statements(&self, statements: &[Statement]) -> Result<usize, StoreError> {
        self.store.ledger_write(|tx| write_all(tx, statements))
    }

    /// Notes what became of a statement that was sent; `false` where there is none of these bytes.
    ///
    /// # Errors
    /// [`StoreError::Damaged`]; those of the disk.
    pub fn note_sent(&self, text: &str, sent: &Sent) -> Result<bool, StoreError> {
        self.store.ledger_write(|tx| {
            let mac = tx.mac(STATEMENT, &[text]);
            let Some(statement) = get(tx, &mac)? else {
                return Ok(false);
            };
            let sent = sent.clone();
            put(tx, &mac, &Statement { sent, ..statement })?;
            Ok(true)
        })
    }

    /// All statements, in the order in which they were written down, without those that are damaged, of which
    /// [`Store::check_ledger`](crate::Store::check_ledger) tells.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn statements(&self) -> Result<Vec<Statement>, StoreError> {
        self.list("SELECT mac, sent, payload FROM statement ORDER BY seq")
    }

    /// Those that the gateway isn't known to have, oldest first.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn unsent_statements(&self) -> Result<Vec<Statement>, StoreError> {
        self.list("SELECT mac, sent, payload FROM statement WHERE sent = 0 ORDER BY seq")
    }

    fn list(&self, sql: &str) -> Result<Vec<Statement>, StoreError> {
        self.store.ledger_read(|tx| {
            let mut query = tx.prepare_cached(sql)?;
            let mut rows = query.query(())?;
            let mut statements = Vec::new();
            while let Some(row) = rows.next()? {
                let (mac, sealed): (Vec<u8>, Vec<u8>) = (row.get(0)?, row.get(2)?);
                statements.extend(open(tx, &mac, row.get(1)?, &sealed));
            }
            Ok(statements)
        })
    }
}

/// Writes statements within a transaction.
pub(super) fn write_all(tx: &Tx<'_>, statements: &[Statement]) -> Result<usize, Fault> {
    let mut changed = 0;
    for statement in statements {
        let mac = tx.mac(STATEMENT, &[statement.text.reveal()]);
        match get(tx, &mac)? {
            None => put(tx, &mac, statement)?,
            Some(known) if known.sent == Sent::NotYet && statement.sent != Sent::NotYet => {
                let sent = statement.sent.clone();
                put(tx, &mac, &Statement { sent, ..known })?;
            }
            Some(_) => continue,
        }
        changed += 1;
    }
    let count: usize = tx.query_row("SELECT count(*) FROM statement", (), |row| row.get(0))?;
    if count > STATEMENTS_MAX {
        return Err(StoreError::TooMany {
            what: "statements",
            max: STATEMENTS_MAX,
        }
        .into());
    }
    Ok(changed)
}

fn get(tx: &Tx<'_>, mac: &Mac) -> Result<Option<Statement>, Fault> {
    let row: Option<(i64, Vec<u8>)> = tx
        .prepare_cached("SELECT sent, payload FROM statement WHERE mac = ?1")?
        .query_row([mac.as_slice()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(row.map(|(sent, sealed)| open(tx, mac, sent, &sealed)).transpose()?)
}

/// Opens a statement, and checks that its column says what it says.
fn open(tx: &Tx<'_>, mac: &[u8], sent: i64, sealed: &[u8]) -> Result<Statement, Broken> {
    let statement = Statement::try_from(tx.open::<StatementRow>(STATEMENT, mac, sealed)?)?;
    if column(&statement.sent) == sent {
        Ok(statement)
    } else {
        Err(Broken { table: STATEMENT })
    }
}

fn put(tx: &Tx<'_>, mac: &Mac, statement: &Statement) -> Result<(), Fault> {
    let sealed = tx.seal(STATEMENT, mac, &StatementRow::from(statement))?;
    tx.prepare_cached(
        "INSERT INTO statement (mac, sent, payload) VALUES (?1, ?2, ?3)
         ON CONFLICT (mac) DO UPDATE SET sent = excluded.sent, payload = excluded.payload",
    )?
    .execute((mac.as_slice(), column(&statement.sent), sealed))?;
    Ok(())
}

fn column(sent: &Sent) -> i64 {
    match sent {
        Sent::NotYet => 0,
        Sent::Acknowledged { .. } => 1,
        Sent::Refused { .. } => 2,
    }
}
