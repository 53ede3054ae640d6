//! The journal of payments, in the ledger: each record with what became of it in one transaction, the queue of outcomes that
//! the shell empties, and the receipts.

use crate::{Store, StoreError};
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
        let _ = payment;
        todo!()
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
        let _ = (key, change);
        todo!()
    }

    /// Writes a payment, new or known, and its outcome in one transaction, without asking: for one that was made elsewhere and
    /// is heard of for the first time. For the rest there are [`create`](Self::create) and [`update`](Self::update).
    ///
    /// # Errors
    /// Those of the disk; nothing is written then.
    pub fn save(&self, payment: &Payment, outcome: Option<&Outcome>) -> Result<(), StoreError> {
        let _ = (payment, outcome);
        todo!()
    }

    /// One payment.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where it can't be read.
    pub fn get(&self, key: &IdempotencyKey) -> Result<Option<Payment>, StoreError> {
        let _ = key;
        todo!()
    }

    /// The payments that aren't finished, oldest first.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn unfinished(&self) -> Result<Vec<Payment>, StoreError> {
        todo!()
    }

    /// The bills that are bound by payments that aren't finished, each with the payment's key.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn open_bills(&self) -> Result<BTreeMap<BillKey, IdempotencyKey>, StoreError> {
        todo!()
    }

    /// A page of payments, newest first. `limit` is 1 to [`PAGE_MAX`](crate::limits::PAGE_MAX).
    ///
    /// # Errors
    /// [`StoreError::Invalid`] on `cursor` or `limit`; as [`get`](Self::get).
    pub fn page(&self, cursor: Option<&str>, limit: u16) -> Result<PaymentPage, StoreError> {
        let _ = (cursor, limit);
        todo!()
    }

    /// A page of receipts, newest first. `limit` is 1 to [`PAGE_MAX`](crate::limits::PAGE_MAX).
    ///
    /// # Errors
    /// As [`page`](Self::page).
    pub fn receipts(&self, cursor: Option<&str>, limit: u16) -> Result<ReceiptPage, StoreError> {
        let _ = (cursor, limit);
        todo!()
    }

    /// The outcomes that were not acknowledged, oldest first, at most `limit` and at most
    /// [`OUTCOMES_PULL_MAX`](crate::limits::OUTCOMES_PULL_MAX). They stay until they are acknowledged.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn pull_outcomes(&self, limit: usize) -> Result<Vec<QueuedOutcome>, StoreError> {
        let _ = limit;
        todo!()
    }

    /// Takes exactly these outcomes from the queue, and says how many were there.
    ///
    /// # Errors
    /// Those of the disk; all of them are still there then.
    pub fn acknowledge_outcomes(&self, ids: &[OutcomeId]) -> Result<usize, StoreError> {
        let _ = ids;
        todo!()
    }
}
