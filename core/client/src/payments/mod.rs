//! Payments: a basket of bills of any agencies, quoted, paid, found again when an answer is lost, receipted.
//!
//! What a payment does next is decided by [`rabt_domain::payment::step`]; here its commands are carried out. Each record is in the
//! journal before anything is sent, and a call that is dropped goes on by itself.

mod drive;
mod pay;
mod quotes;
mod receipts;
mod restore;

pub(crate) use drive::{heard, reopen, resume};
pub(crate) use pay::key_of;
pub use receipts::{ReceiptPage, ReceiptView, VerifiedReceipt};
pub(crate) use restore::{read_newest, restore};

use crate::{RabtError, Topic, core::Shared};
use rabt_domain::{BillKey, Fils, IdempotencyKey, InstrumentId, Payment, Quote, QuoteId};
use rabt_store::payments::{OutcomeId, PaymentPage, QueuedOutcome};
use std::time::Duration;

/// The payments. Cheap to make and to drop.
#[derive(Clone)]
pub struct Payments {
    pub(crate) core: Shared,
}

/// A bill to be paid, and the amount for a top-up; `None` takes what is owed or suggested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// Which bill.
    pub bill: BillKey,
    /// How much, in fils.
    pub amount: Option<Fils>,
}

impl Payments {
    /// Asks what a basket costs now. The amounts are fetched again; what is otherwise than the person saw is in
    /// [`Quote::surprises`] and is to be shown before paying. The quote can be paid once, until it expires.
    ///
    /// # Errors
    /// [`RabtError::InvalidInput`] on `items`, `items[N].bill` or `items[N].amount_fils`, with nothing sent;
    /// [`RabtError::Conflict`] where a bill is part of a payment that isn't finished; [`RabtError::Offline`];
    /// [`RabtError::AgencyUnavailable`] for the gateway, also where its quote was refused.
    pub async fn quote(&self, chosen: &[Chosen]) -> Result<Quote, RabtError> {
        let (core, chosen) = (self.core.clone(), chosen.to_vec());
        self.core
            .to_the_end(async move { quotes::quote(&core, &chosen).await })
            .await
    }

    /// Pays a quote with an instrument: journals the payment, sends it, and waits for the hub's answer; when none comes, looks it up
    /// for a while. What is returned may still be `Unknown` or `Pending`: then [`Payments::follow`] it while the person watches, or
    /// leave it to the sync. What becomes of it is in [`Payments::outcomes`].
    ///
    /// Paying the same quote again is the same payment. Dropping the call doesn't stop it.
    ///
    /// # Errors
    /// [`RabtError::StepUpRequired`]: step up, then call again with the same quote. [`RabtError::Conflict`]: the quote expired, a
    /// bill is being paid, the instrument can't be used, nothing is payable. [`RabtError::Refused`]: the hub or the bank declined
    /// (`insufficient_funds`, say); nothing was taken, and the record is in the journal. [`RabtError::Offline`] and
    /// [`RabtError::AgencyUnavailable`] mean that **nothing was sent and nothing will be**.
    pub async fn pay(&self, quote: &QuoteId, instrument: &InstrumentId) -> Result<Payment, RabtError> {
        let (core, quote, instrument) = (self.core.clone(), quote.clone(), instrument.clone());
        self.core
            .to_the_end(async move { pay::pay(&core, &quote, instrument).await })
            .await
    }

    /// Looks a payment up until it is finished or `patience` is over, and returns it as it is then.
    ///
    /// # Errors
    /// [`RabtError::InvalidInput`] on `idempotency_key` where there is no such payment; [`RabtError::Storage`]. That the hub can't be
    /// reached is no error: the payment is returned as it is known.
    pub async fn follow(&self, key: &IdempotencyKey, patience: Duration) -> Result<Payment, RabtError> {
        let (core, key) = (self.core.clone(), key.clone());
        self.core
            .to_the_end(async move { drive::follow(&core, &key, patience).await })
            .await
    }

    /// One payment, from the store.
    ///
    /// # Errors
    /// [`RabtError::Storage`].
    pub async fn get(&self, key: &IdempotencyKey) -> Result<Option<Payment>, RabtError> {
        let key = key.clone();
        self.core.stored(move |store| store.payments().get(&key)).await
    }

    /// A page of payments, newest first, from the store.
    ///
    /// # Errors
    /// [`RabtError::InvalidInput`] on `cursor` or `limit`; [`RabtError::Storage`].
    pub async fn page(&self, cursor: Option<String>, limit: u16) -> Result<PaymentPage, RabtError> {
        self.core
            .stored(move |store| store.payments().page(cursor.as_deref(), limit))
            .await
    }

    /// What became of payments and was not acknowledged yet, oldest first. An outcome stays in the queue through kills until
    /// [`Payments::acknowledge`]; a shell shows it, then acknowledges it.
    ///
    /// # Errors
    /// [`RabtError::Storage`].
    pub async fn outcomes(&self, limit: usize) -> Result<Vec<QueuedOutcome>, RabtError> {
        self.core
            .stored(move |store| store.payments().pull_outcomes(limit))
            .await
    }

    /// Takes outcomes from the queue, and says how many were in it.
    ///
    /// # Errors
    /// [`RabtError::Storage`]; then all of them are still there.
    pub async fn acknowledge(&self, ids: &[OutcomeId]) -> Result<usize, RabtError> {
        let ids = ids.to_vec();
        let taken = self
            .core
            .stored(move |store| store.payments().acknowledge_outcomes(&ids))
            .await?;
        self.core.changes.announce(&[Topic::Outcomes]);
        Ok(taken)
    }

    /// A page of receipts, newest first, each verified against the directory's keys, also without a network.
    ///
    /// # Errors
    /// [`RabtError::InvalidInput`] on `cursor` or `limit`; [`RabtError::Storage`].
    pub async fn receipts(&self, cursor: Option<String>, limit: u16) -> Result<ReceiptPage, RabtError> {
        receipts::page(&self.core, cursor, limit).await
    }
}
