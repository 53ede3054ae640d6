//! A payment: a journal record and the state machine that moves it.
//!
//! ```text
//! Created → Submitting → Pending → Settled | PartlySettled | Rejected | Refunded
//!               ↓  ↑        ↑
//!              Unknown ─────┘
//! ```
//!
//! The record is written before the first byte leaves and carries its idempotency key from the start. An answer that doesn't
//! come makes it `Unknown`, and then it is *looked up by its key*; only when the hub says that it knows no such key is the same
//! request sent again, under the same key. [`step`] decides all of this and does none of it: it takes the record, what
//! happened and the instant, and returns the record to be written and what to do once it is written.

mod report;
mod step;

#[cfg(test)]
mod tests;

pub use report::{HubItem, HubItemStatus, HubReport, HubStatus};
pub use step::{
    Command, LOOK_UP_SECONDS_MAX, NEVER_ARRIVED, NEVER_ARRIVED_AFTER_SECONDS, NOT_SENT, PaymentError, PaymentEvent,
    SENDS_MAX, Step, step,
};

use crate::{
    Bilingual, BillKey, Fils, HubPaymentId, IdempotencyKey, InstrumentId, Personal, Quote, QuoteId, Timestamp,
};

/// A payment as this device knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// Its name here, and what makes it happen once.
    pub key: IdempotencyKey,
    /// Where it was made.
    pub origin: Origin,
    /// With what.
    pub instrument: InstrumentId,
    /// The bills.
    pub items: Vec<PaymentItem>,
    /// The sum of the items.
    pub total: Personal<Fils>,
    /// Where it stands.
    pub state: PaymentState,
    /// The hub's name for it, once the hub has answered.
    pub hub_id: Option<HubPaymentId>,
    /// The newest revision that the hub has told; zero before.
    pub hub_revision: u32,
    /// How often it was sent.
    pub sends: u32,
    /// How often it was looked up since the hub told something new.
    pub look_ups: u32,
    /// When to look it up next; `None` when there is nothing to learn.
    pub look_up_at: Option<Timestamp>,
    /// When the person decided.
    pub created_at: Timestamp,
    /// When the record changed last.
    pub updated_at: Timestamp,
    /// Why it was rejected; also a refusal that isn't believed yet.
    pub rejection: Option<Rejection>,
}

/// Where a payment was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// On this device, from a quote.
    ThisDevice {
        /// The quote.
        quote: QuoteId,
        /// After this the hub takes it no more.
        quote_expires_at: Timestamp,
    },
    /// Elsewhere: another device, or the gateway; it is only watched here.
    Elsewhere,
}

/// A bill within a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentItem {
    /// Which.
    pub bill: BillKey,
    /// How much.
    pub amount: Personal<Fils>,
    /// Where it stands.
    pub state: ItemState,
    /// The receipt, verified, as signed.
    pub receipt: Option<Personal<String>>,
    /// Why its money went back.
    pub rejection: Option<Rejection>,
}

/// Why something was not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// A stable code of the protocol.
    pub code: String,
    /// What to tell the person.
    pub reason: Option<Bilingual>,
}

/// Where a payment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PaymentState {
    /// Written down; certainly not sent.
    Created,
    /// Being sent; it may have arrived.
    Submitting,
    /// Sent, and the answer is not known: looked up by its key.
    Unknown,
    /// Taken by the hub; money or agencies are on their way.
    Pending,
    /// Every bill is paid.
    Settled,
    /// Some bills are paid; the money of the others went back.
    PartlySettled,
    /// Nothing was taken.
    Rejected,
    /// All the money went back.
    Refunded,
}

impl PaymentState {
    /// Whether nothing more is expected.
    pub fn is_final(self) -> bool {
        matches!(
            self,
            Self::Settled | Self::PartlySettled | Self::Rejected | Self::Refunded
        )
    }
}

/// Where a bill within a payment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ItemState {
    /// Not known to be paid.
    Pending,
    /// Paid.
    Settled,
    /// No money was taken for it.
    Rejected,
    /// Its money went back.
    Refunded,
}

/// What became of a payment, for the queue that the shell empties: exactly one for each final state that a payment reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Which payment.
    pub key: IdempotencyKey,
    /// What became of it.
    pub state: PaymentState,
    /// When that was known here.
    pub at: Timestamp,
}

impl Payment {
    /// A payment of all that is payable in a quote, as the person confirmed it; `None` where nothing is.
    pub fn of_quote(quote: &Quote, key: IdempotencyKey, instrument: InstrumentId, now: Timestamp) -> Option<Self> {
        let items: Vec<PaymentItem> = quote
            .payable()
            .map(|line| PaymentItem {
                bill: line.bill.clone(),
                amount: line.amount,
                state: ItemState::Pending,
                receipt: None,
                rejection: None,
            })
            .collect();
        (!items.is_empty()).then(|| Self {
            key,
            origin: Origin::ThisDevice {
                quote: quote.id.clone(),
                quote_expires_at: quote.expires_at,
            },
            instrument,
            items,
            total: quote.total,
            state: PaymentState::Created,
            hub_id: None,
            hub_revision: 0,
            sends: 0,
            look_ups: 0,
            look_up_at: None,
            created_at: now,
            updated_at: now,
            rejection: None,
        })
    }

    /// The bills that are bound by this payment: nobody should begin another payment of them.
    pub fn bound_bills(&self) -> impl Iterator<Item = &BillKey> {
        let open = !self.state.is_final();
        self.items
            .iter()
            .filter(move |item| open && item.state == ItemState::Pending)
            .map(|item| &item.bill)
    }
}
