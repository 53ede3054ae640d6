//! Payments: a basket of bills of any agencies, quoted, paid, found again when an answer is lost, receipted.

mod payment;
mod quote;
mod receipt;

pub use payment::{Payment, PaymentItem, PaymentItemState, PaymentOutcome, PaymentPage, PaymentState, Rejection};
pub use quote::{ChosenBill, Quote, QuoteLine, QuoteOutcome};
pub use receipt::{Receipt, ReceiptPage, ReceiptView};

use crate::{
    core::Core,
    error::RabtError,
    values::{count, id, list, millis, size},
};
use rabt::{
    domain::{IdempotencyKey, InstrumentId, Invalid, InvalidReason, QuoteId},
    store::payments::OutcomeId,
};

/// Paying. A payment is written down before anything is sent, so that neither a cancelled call nor a kill nor a lost answer pays a bill
/// twice or loses one.
#[derive(uniffi::Object)]
pub struct Payments(pub(crate) Core);

#[uniffi::export]
impl Payments {
    /// Asks what a basket costs now. The amounts are fetched again: a line whose outcome isn't `Payable` is otherwise than the person
    /// saw, and is to be shown before paying. The quote can be paid once, until it expires.
    ///
    /// Throws `InvalidInput` on `items`, `items[N].bill` or `items[N].amount_fils`, with nothing sent; `Conflict` with `BillBeingPaid`;
    /// `SignInRequired`; `Offline`; `AgencyUnavailable` for the gateway, also where its quote was refused.
    pub async fn quote(&self, items: Vec<ChosenBill>) -> Result<Quote, RabtError> {
        self.0
            .call(move |rabt| async move {
                let chosen = list(items, "items", ChosenBill::check)?;
                Ok(Quote::from(&rabt.payments().quote(&chosen).await?))
            })
            .await
    }

    /// Pays a quote with an instrument: writes the payment down, sends it, and waits for the hub's answer; when none comes, looks it up
    /// for a while. What is returned may still be `Unknown` or `Pending`: then `follow` it while the person watches, or leave it to the
    /// sync. Paying the same quote again is the same payment. Cancelling doesn't stop it.
    ///
    /// Throws `StepUpRequired`: step up, then call again with the same quote. `Conflict`: the quote expired, a bill is being paid, the
    /// instrument can't be used, nothing is payable. `Refused`: the hub or the bank declined, nothing was taken. `Offline` and
    /// `AgencyUnavailable` mean that nothing was sent and nothing will be. `InvalidInput` on `quote_id` or `instrument_id`.
    pub async fn pay(&self, quote_id: String, instrument_id: String) -> Result<Payment, RabtError> {
        self.0
            .call(move |rabt| async move {
                let quote = id(quote_id, "quote_id", QuoteId::parse)?;
                let instrument = id(instrument_id, "instrument_id", InstrumentId::parse)?;
                Ok(Payment::from(&rabt.payments().pay(&quote, &instrument).await?))
            })
            .await
    }

    /// Looks a payment up until it is finished or `patienceMs` milliseconds are over, and returns it as it is then. That the hub can't be
    /// reached is no error: the payment is returned as it is known. Cancelling stops the waiting alone.
    ///
    /// Throws `InvalidInput` on `idempotency_key` where there is no such payment, or on `patience_ms`; `Storage`.
    pub async fn follow(&self, idempotency_key: String, patience_ms: i64) -> Result<Payment, RabtError> {
        self.0
            .call(move |rabt| async move {
                let key = id(idempotency_key, "idempotency_key", IdempotencyKey::parse)?;
                let patience = millis(patience_ms, "patience_ms")?;
                Ok(Payment::from(&rabt.payments().follow(&key, patience).await?))
            })
            .await
    }

    /// One payment, from the store; none where none of that key is known.
    ///
    /// Throws `InvalidInput` on `idempotency_key`; `Storage`.
    pub async fn get(&self, idempotency_key: String) -> Result<Option<Payment>, RabtError> {
        self.0
            .call(move |rabt| async move {
                let key = id(idempotency_key, "idempotency_key", IdempotencyKey::parse)?;
                Ok(rabt.payments().get(&key).await?.as_ref().map(Payment::from))
            })
            .await
    }

    /// A page of payments, newest first, from the store. `cursor` is `next` of the page before; `limit` is 1 to 200.
    ///
    /// Throws `InvalidInput` on `cursor` or `limit`; `Storage`.
    #[uniffi::method(default(cursor = None, limit = 50))]
    pub async fn page(&self, cursor: Option<String>, limit: i32) -> Result<PaymentPage, RabtError> {
        self.0
            .call(move |rabt| async move {
                let page = rabt.payments().page(cursor, size(limit, "limit")?).await?;
                Ok(PaymentPage {
                    payments: page.payments.iter().map(Payment::from).collect(),
                    next: page.next,
                    damaged: count(page.damaged),
                })
            })
            .await
    }

    /// What became of payments and was not acknowledged yet, oldest first, at most `limit`. An outcome stays in the queue through kills
    /// until `acknowledge`: show it, then acknowledge it.
    ///
    /// Throws `InvalidInput` on `limit`; `Storage`.
    #[uniffi::method(default(limit = 50))]
    pub async fn outcomes(&self, limit: i32) -> Result<Vec<PaymentOutcome>, RabtError> {
        self.0
            .call(move |rabt| async move {
                let outcomes = rabt.payments().outcomes(size(limit, "limit")?).await?;
                Ok(outcomes.iter().map(PaymentOutcome::from).collect())
            })
            .await
    }

    /// Takes outcomes from the queue, and says how many were in it.
    ///
    /// Throws `InvalidInput` on `outcome_ids[N]`; `Storage`, and then all of them are still there.
    pub async fn acknowledge(&self, outcome_ids: Vec<i64>) -> Result<i32, RabtError> {
        self.0
            .call(move |rabt| async move {
                let ids = list(outcome_ids, "outcome_ids", |id, field| {
                    let id = u64::try_from(id).map_err(|_| Invalid::new(field, InvalidReason::TooSmall))?;
                    Ok(OutcomeId(id))
                })?;
                Ok(count(rabt.payments().acknowledge(&ids).await?))
            })
            .await
    }

    /// A page of receipts, newest first, each verified against the directory's keys, also without a network. `cursor` is `next` of the page
    /// before; `limit` is 1 to 200.
    ///
    /// Throws `InvalidInput` on `cursor` or `limit`; `Storage`.
    #[uniffi::method(default(cursor = None, limit = 50))]
    pub async fn receipts(&self, cursor: Option<String>, limit: i32) -> Result<ReceiptPage, RabtError> {
        self.0
            .call(move |rabt| async move { Ok(rabt.payments().receipts(cursor, size(limit, "limit")?).await?.into()) })
            .await
    }
}
