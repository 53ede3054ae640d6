//! What the gateway reported of its decisions, and how far its report was read.

use super::Mandates;
use crate::{
    StoreError,
    file::{Database, Fault, Tx},
    limits::{DECISIONS_MAX, PAGE_DEFAULT},
    newest_first::{Position, begin, end},
    rows::mandate::{DECISION, DecisionRow},
    seal::{Broken, Place},
};
use rabt_domain::{AgencyId, BillKey, DubaiDate, MandateId, Personal, Timestamp, mandate::Outcome};
use std::collections::BTreeSet;

/// The slots.
const CURSOR: &str = "decisions cursor";
const AS_OF: &str = "decisions as of";

/// A decision as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptDecision {
    /// What tells it from others: one of the same name is the same decision, of which something became known.
    pub name: Personal<String>,
    /// The mandate that decided; `None` where none was for the bill.
    pub mandate: Option<MandateId>,
    /// About which bill.
    pub bill: BillKey,
    /// What became of it.
    pub outcome: Outcome,
    /// When.
    pub decided_at: Timestamp,
    /// As it was reported.
    pub text: Personal<String>,
}

/// How far the gateway's report was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reported {
    /// Where to go on; `None` before the first page.
    pub cursor: Option<String>,
    /// The instant up to which it is known whole; `None` before that was said.
    pub as_of: Option<Timestamp>,
}

/// Which decisions, from where on. [`DecisionQuery::default`] is the newest page of all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecisionQuery {
    /// By this mandate; by any and by none where it is `None`.
    pub mandate: Option<MandateId>,
    /// About bills of these agencies; of all where it is empty.
    pub agencies: Vec<AgencyId>,
    /// About this bill.
    pub bill: Option<BillKey>,
    /// Of these outcomes; of all where it is empty.
    pub outcomes: Vec<Outcome>,
    /// Made on this day or later, in Dubai.
    pub from_on: Option<DubaiDate>,
    /// Made on this day or before.
    pub to_on: Option<DubaiDate>,
    /// Only those that something was found about.
    pub flagged: bool,
    /// From where on: `next` of the page before, of the same query.
    pub cursor: Option<String>,
    /// How many: 1 to [`PAGE_MAX`](crate::limits::PAGE_MAX).
    pub limit: u16,
}

impl Default for DecisionQuery {
    fn default() -> Self {
        Self {
            mandate: None,
            agencies: Vec::new(),
            bill: None,
            outcomes: Vec::new(),
            from_on: None,
            to_on: None,
            flagged: false,
            cursor: None,
            limit: PAGE_DEFAULT,
        }
    }
}

/// A page of decisions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecisionPage {
    /// Newest first.
    pub decisions: Vec<KeptDecision>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<String>,
    /// How many were found damaged on the way.
    pub damaged: u32,
}

impl Mandates<'_> {
    /// Takes in a page of the gateway's report and where to go on, in one transaction. `as_of` is given with the last page, after which all
    /// is known up to it. Says how many decisions are new or changed.
    ///
    /// # Errors
    /// [`StoreError::TooMany`] beyond [`DECISIONS_MAX`]; those of the disk. Nothing is taken in then.
    pub fn take_decisions(
        &self,
        decisions: &[KeptDecision],
        cursor: &str,
        as_of: Option<Timestamp>,
    ) -> Result<usize, StoreError> {
        self.store.ledger_write(|tx| {
            let mut changed = 0;
            for decision in decisions {
                changed += usize::from(put(tx, decision)?);
            }
            let count: usize = tx.query_row("SELECT count(*) FROM decision", (), |row| row.get(0))?;
            if count > DECISIONS_MAX {
                return Err(StoreError::TooMany {
                    what: "decisions",
                    max: DECISIONS_MAX,
                }
                .into());
            }
            tx.set_slot(CURSOR, &cursor)?;
            if let Some(as_of) = as_of {
                tx.set_slot(AS_OF, &as_of.millis())?;
            }
            Ok(changed)
        })
    }

    /// How far the report was read.
    ///
    /// # Errors
    /// [`StoreError::Damaged`]; those of the disk.
    pub fn reported(&self) -> Result<Reported, StoreError> {
        self.store.ledger_read(|tx| {
            let as_of: Option<i64> = tx.slot(AS_OF)?;
            Ok(Reported {
                cursor: tx.slot(CURSOR)?,
                as_of: as_of.and_then(|millis| Timestamp::from_millis(millis).ok()),
            })
        })
    }

    /// All decisions, in the order in which they were first reported, without those that are damaged.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn decisions(&self) -> Result<Vec<KeptDecision>, StoreError> {
        self.store.ledger_read(|tx| {
            let mut query = tx.prepare_cached("SELECT mac, decided_ms, payload FROM decision ORDER BY seq")?;
            let mut rows = query.query(())?;
            let mut decisions = Vec::new();
            while let Some(row) = rows.next()? {
                let (mac, sealed): (Vec<u8>, Vec<u8>) = (row.get(0)?, row.get(2)?);
                decisions.extend(open(tx, &mac, row.get(1)?, &sealed));
            }
            Ok(decisions)
        })
    }

    /// A page of decisions, newest first.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] on `cursor` or `limit`; those of the disk.
    pub fn decision_page(&self, query: &DecisionQuery) -> Result<DecisionPage, StoreError> {
        self.store.with(|files| page(files.ledger(), query))
    }
}

fn page(ledger: &Database, query: &DecisionQuery) -> Result<DecisionPage, StoreError> {
    let digest = digest(ledger, query);
    let list = Place {
        table: "decision cursor",
        row: &digest,
    };
    let (from, limit) = begin(ledger, list, query.cursor.as_deref(), query.limit)?;
    let first_ms = query.from_on.map_or(i64::MIN, |day| day.begins_at().millis());
    let after_ms = query
        .to_on
        .map_or(i64::MAX, |day| day.plus_days(1).begins_at().millis());
    let (decisions, damaged, last) = ledger.read(|tx| {
        let flagged = query.flagged.then(|| super::findings::flagged(tx)).transpose()?;
        let mut statement = tx.prepare_cached(
            "SELECT decided_ms, seq, mac, payload FROM decision
             WHERE (decided_ms, seq) < (?1, ?2) AND decided_ms >= ?3 AND decided_ms < ?4
             ORDER BY decided_ms DESC, seq DESC",
        )?;
        let mut rows = statement.query((from.at_ms, from.seq, first_ms, after_ms))?;
        let (mut decisions, mut damaged, mut last) = (Vec::new(), 0_u32, None);
        while let Some(row) = rows.next()? {
            let (mac, sealed): (Vec<u8>, Vec<u8>) = (row.get(2)?, row.get(3)?);
            let decision = match open(tx, &mac, row.get(0)?, &sealed) {
                Ok(decision) if wanted(query, flagged.as_ref(), &decision) => decision,
                Ok(_) => continue,
                Err(_) => {
                    damaged += 1;
                    continue;
                }
            };
            if decisions.len() == limit {
                return Ok((decisions, damaged, last));
            }
            last = Some(Position {
                at_ms: row.get(0)?,
                seq: row.get(1)?,
            });
            decisions.push(decision);
        }
        Ok::<_, Fault>((decisions, damaged, None))
    })?;
    Ok(DecisionPage {
        decisions,
        next: end(ledger, list, last)?,
        damaged,
    })
}

/// What can't be asked of the columns, since those would tell it to whoever has the file.
fn wanted(query: &DecisionQuery, flagged: Option<&BTreeSet<(BillKey, i64)>>, decision: &KeptDecision) -> bool {
    let by = query
        .mandate
        .as_ref()
        .is_none_or(|wanted| decision.mandate.as_ref() == Some(wanted));
    let of = query.agencies.is_empty() || query.agencies.contains(&decision.bill.agency);
    let about = query.bill.as_ref().is_none_or(|wanted| *wanted == decision.bill);
    let became = query.outcomes.is_empty() || query.outcomes.contains(&decision.outcome);
    let found = flagged.is_none_or(|flagged| {
        let name = (decision.bill.clone(), decision.decided_at.millis());
        flagged.contains(&name)
    });
    by && of && about && became && found
}

/// What is asked for, without where to begin and how much.
fn digest(ledger: &Database, query: &DecisionQuery) -> [u8; crate::seal::MAC_BYTES] {
    let asked = format!(
        "{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{}\n{:?}\n{:?}",
        query.mandate.as_ref().map(MandateId::as_str),
        query.agencies,
        query.outcomes,
        query.from_on,
        query.to_on,
        query.flagged,
        query.bill.as_ref().map(|bill| bill.agency.as_str()),
        query.bill.as_ref().map(|bill| bill.bill.as_str()),
    );
    ledger.keys().mac("decision query", &[asked.as_bytes()])
}

/// Opens a decision, and checks that its column says what it says.
fn open(tx: &Tx<'_>, mac: &[u8], decided_ms: i64, sealed: &[u8]) -> Result<KeptDecision, Broken> {
    let decision = KeptDecision::try_from(tx.open::<DecisionRow>(DECISION, mac, sealed)?)?;
    if decision.decided_at.millis() == decided_ms {
        Ok(decision)
    } else {
        Err(Broken { table: DECISION })
    }
}

/// Writes a decision, new or known; says whether anything is different.
fn put(tx: &Tx<'_>, decision: &KeptDecision) -> Result<bool, Fault> {
    let mac = tx.mac(DECISION, &[decision.name.reveal()]);
    let known: Option<(i64, Vec<u8>)> = {
        let mut query = tx.prepare_cached("SELECT decided_ms, payload FROM decision WHERE mac = ?1")?;
        let mut rows = query.query([mac.as_slice()])?;
        rows.next()?
            .map(|row| Ok::<_, Fault>((row.get(0)?, row.get(1)?)))
            .transpose()?
    };
    let same = known.is_some_and(|(at, sealed)| open(tx, &mac, at, &sealed).as_ref() == Ok(decision));
    if same {
        return Ok(false);
    }
    let sealed = tx.seal(DECISION, &mac, &DecisionRow::from(decision))?;
    tx.prepare_cached(
        "INSERT INTO decision (mac, decided_ms, payload) VALUES (?1, ?2, ?3)
         ON CONFLICT (mac) DO UPDATE SET decided_ms = excluded.decided_ms, payload = excluded.payload",
    )?
    .execute((mac.as_slice(), decision.decided_at.millis(), sealed))?;
    Ok(true)
}
