//! The journal of payments, in the ledger: each record with what became of it in one transaction, the queue of outcomes that
//! the shell empties, and the receipts.

mod page;
mod records;

pub(crate) use records::paying;

use crate::{
    Store, StoreError,
    file::{Fault, Tx},
    limits::OUTCOMES_PULL_MAX,
    rows::payment::{OUTCOME, OutcomeRow},
    store::Files,
};
use rabt_domain::{
    BillKey, IdempotencyKey, Payment, Personal,
    payment::{Outcome, Step},
};
use std::collections::BTreeMap;

/// The room.
#[derive(Clone, Copy, Debug)]
pub struct Payments<'a> {
    pub(crate) store: &'a Store,
}

/// The slot that says that what was paid elsewhere was read.
const RESTORED: &str = "payments restored";

/// What [`Payments::create`] did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Creation {
    /// The record is on the disk: the payment may be sent.
    Written,
    /// There is a record of that key already, and it is this.
    Known(Box<Payment>),
    /// These bills are bound by another payment that isn't finished. Nothing was written.
    Bound(Vec<BillKey>),
}

/// A page of payments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentPage {
    /// Newest first.
    pub payments: Vec<Payment>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<String>,
    /// How many payments belong here and are damaged.
    pub damaged: u32,
}

/// A receipt as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredReceipt {
    /// For which payment.
    pub payment: IdempotencyKey,
    /// For which bill.
    pub bill: BillKey,
    /// The compact JWS, as signed.
    pub token: Personal<String>,
}

/// A page of receipts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptPage {
    /// Newest first.
    pub receipts: Vec<StoredReceipt>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<String>,
    /// How many receipts belong here and are damaged.
    pub damaged: u32,
}

/// Names an outcome in the queue. It is never used again for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OutcomeId(pub u64);

/// An outcome in the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueuedOutcome {
    /// What to acknowledge it by.
    pub id: OutcomeId,
    /// What became of which payment.
    pub outcome: Outcome,
}

impl Payments<'_> {
    /// Writes a new payment down, unless its key is known or one of its bills is bound by another payment that isn't finished;
    /// both are decided in the writing transaction, so that of two at once only one is written.
    ///
    /// # Errors
    /// Those of the disk; nothing is written then.
    pub fn create(&self, payment: &Payment) -> Result<Creation, StoreError> {
        self.journal(|tx| {
            if let Some(known) = records::get(tx, &payment.key)? {
                return Ok(Creation::Known(Box::new(known)));
            }
            let bound = records::bound(tx, payment)?;
            if !bound.is_empty() {
                return Ok(Creation::Bound(bound));
            }
            records::write(tx, payment, None)?;
            Ok(Creation::Written)
        })
    }

    /// Reads a payment, lets `change` decide (as by [`rabt_domain::payment::step`]) and writes the record, its receipts and the
    /// outcome, all in one transaction: no other change comes between. `None` where there is no such payment; an error of
    /// `change` is handed back and nothing is written. `change` must not call the store.
    ///
    /// # Errors
    /// [`StoreError::Damaged`]; those of the disk; nothing is written then.
    pub fn update<E>(
        &self,
        key: &IdempotencyKey,
        change: impl FnOnce(Payment) -> Result<Step, E>,
    ) -> Result<Option<Result<Step, E>>, StoreError> {
        self.journal(|tx| {
            let Some(payment) = records::get(tx, key)? else {
                return Ok(None);
            };
            let step = match change(payment) {
                Ok(step) => step,
                Err(refused) => return Ok(Some(Err(refused))),
            };
            if &step.payment.key != key {
                return Err(StoreError::Bug("a payment was changed into another".to_owned()).into());
            }
            records::write(tx, &step.payment, step.outcome.as_ref())?;
            Ok(Some(Ok(step)))
        })
    }

    /// Writes a payment, new or known, and its outcome in one transaction, without asking: for one that was made elsewhere and
    /// is heard of for the first time. For the rest there are [`create`](Self::create) and [`update`](Self::update).
    ///
    /// # Errors
    /// Those of the disk; nothing is written then.
    pub fn save(&self, payment: &Payment, outcome: Option<&Outcome>) -> Result<(), StoreError> {
        self.journal(|tx| records::write(tx, payment, outcome))
    }

    /// One payment.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where it can't be read.
    pub fn get(&self, key: &IdempotencyKey) -> Result<Option<Payment>, StoreError> {
        self.store.ledger_read(|tx| records::get(tx, key))
    }

    /// The payments that aren't finished, oldest first, without those that are damaged: one of them must not keep the others from
    /// being looked up. [`Store::check_ledger`] tells of them, and their bills stay bound.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn unfinished(&self) -> Result<Vec<Payment>, StoreError> {
        self.store
            .ledger_read(|tx| Ok(records::unfinished(tx)?.into_iter().filter_map(Result::ok).collect()))
    }

    /// The bills that are bound by payments that aren't finished, each with the payment's key.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn open_bills(&self) -> Result<BTreeMap<BillKey, IdempotencyKey>, StoreError> {
        Ok(records::bindings(self.unfinished()?.into_iter()))
    }

    /// A page of payments, newest first. `limit` is 1 to [`PAGE_MAX`](crate::limits::PAGE_MAX).
    ///
    /// # Errors
    /// [`StoreError::Invalid`] on `cursor` or `limit`; those of the disk.
    pub fn page(&self, cursor: Option<&str>, limit: u16) -> Result<PaymentPage, StoreError> {
        self.store.with(|files| page::payments(files.ledger(), cursor, limit))
    }

    /// A page of receipts, newest first. `limit` is 1 to [`PAGE_MAX`](crate::limits::PAGE_MAX).
    ///
    /// # Errors
    /// As [`page`](Self::page).
    pub fn receipts(&self, cursor: Option<&str>, limit: u16) -> Result<ReceiptPage, StoreError> {
        self.store.with(|files| page::receipts(files.ledger(), cursor, limit))
    }

    /// The outcomes that were not acknowledged, oldest first, at most `limit` and at most
    /// [`OUTCOMES_PULL_MAX`]. They stay until they are acknowledged. Damaged ones are left out;
    /// the payment's own record says the same.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn pull_outcomes(&self, limit: usize) -> Result<Vec<QueuedOutcome>, StoreError> {
        self.store.ledger_read(|tx| {
            let limit = limit.min(OUTCOMES_PULL_MAX);
            let mut statement = tx.prepare_cached("SELECT seq, payload FROM outcome ORDER BY seq")?;
            let mut rows = statement.query(())?;
            let mut outcomes = Vec::new();
            while let Some(row) = rows.next()? {
                if outcomes.len() == limit {
                    break;
                }
                let (seq, sealed): (i64, Vec<u8>) = (row.get(0)?, row.get(1)?);
                let opened = tx.open::<OutcomeRow>(OUTCOME, &seq.to_be_bytes(), &sealed);
                outcomes.extend(opened.and_then(Outcome::try_from).map(|outcome| QueuedOutcome {
                    id: OutcomeId(u64::try_from(seq).unwrap_or(0)),
                    outcome,
                }));
            }
            Ok(outcomes)
        })
    }

    /// Takes exactly these outcomes from the queue, and says how many were there.
    ///
    /// # Errors
    /// Those of the disk; all of them are still there then.
    pub fn acknowledge_outcomes(&self, ids: &[OutcomeId]) -> Result<usize, StoreError> {
        self.store.ledger_write(|tx| {
            let mut delete = tx.prepare_cached("DELETE FROM outcome WHERE seq = ?1")?;
            let mut taken = 0;
            for id in ids {
                // One beyond what SQLite counts to was never given out.
                taken += i64::try_from(id.0).map_or(Ok(0), |seq| delete.execute([seq]))?;
            }
            Ok(taken)
        })
    }

    /// Whether the payments that were made elsewhere before have all been read.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where it can't be read.
    pub fn are_restored(&self) -> Result<bool, StoreError> {
        let restored: Option<bool> = self.store.ledger_read(|tx| tx.slot(RESTORED))?;
        Ok(restored.unwrap_or(false))
    }

    /// Notes that they have.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn note_restored(&self) -> Result<(), StoreError> {
        self.store.ledger_write(|tx| tx.set_slot(RESTORED, &true))
    }

    /// Writes the journal, and then notes which bills are bound now, one writer after the other.
    fn journal<T>(&self, work: impl FnOnce(&Tx<'_>) -> Result<T, Fault>) -> Result<T, StoreError> {
        self.store.with(|files: &Files| {
            let _one_after_the_other = self.store.journal();
            let (done, paying) = files.ledger().write(|tx| {
                let done = work(tx)?;
                Ok((done, paying(tx)?))
            })?;
            files.set_paying(paying);
            Ok(done)
        })
    }
}

#[cfg(test)]
mod tests;
