//! A payment, as this device knows it.

use crate::{
    bills::BillKey,
    values::{Bilingual, Money, Timestamp},
};
use rabt::{
    domain::{self, payment},
    store::payments::QueuedOutcome,
};

/// A payment as this device knows it.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Payment {
    /// Its name, and what makes it happen once.
    pub idempotency_key: String,
    /// Whether it was made on this device; another's is only watched here.
    pub made_here: bool,
    /// With what.
    pub instrument_id: String,
    /// The bills.
    pub items: Vec<PaymentItem>,
    /// The sum of the items.
    pub total: Money,
    /// Where it stands.
    pub state: PaymentState,
    /// Whether nothing more is expected.
    pub finished: bool,
    /// The hub's name for it, once the hub has answered.
    pub hub_payment_id: Option<String>,
    /// When the person decided.
    pub created_at: Timestamp,
    /// When the record changed last.
    pub updated_at: Timestamp,
    /// When it is looked up next; none when there is nothing to learn.
    pub look_up_at: Option<Timestamp>,
    /// Why it was rejected.
    pub rejection: Option<Rejection>,
}

/// A bill within a payment.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct PaymentItem {
    /// Which.
    pub bill: BillKey,
    /// How much.
    pub amount: Money,
    /// Where it stands.
    pub state: PaymentItemState,
    /// Whether its receipt is here; the page of receipts has it.
    pub has_receipt: bool,
    /// Why its money went back.
    pub rejection: Option<Rejection>,
}

/// Why something was not done.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Rejection {
    /// A stable code of the protocol.
    pub code: String,
    /// What to tell the person.
    pub reason: Option<Bilingual>,
}

/// Where a payment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum PaymentState {
    /// Written down; certainly not sent.
    Created,
    /// Being sent; it may have arrived.
    Submitting,
    /// Sent, and the answer is not known: it is looked up by its key, and never sent again under another.
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

/// Where a bill within a payment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum PaymentItemState {
    /// Not known to be paid.
    Pending,
    /// Paid.
    Settled,
    /// No money was taken for it.
    Rejected,
    /// Its money went back.
    Refunded,
}

/// A page of payments.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct PaymentPage {
    /// Newest first.
    pub payments: Vec<Payment>,
    /// Where the next page begins; none on the last.
    pub next: Option<String>,
    /// How many payments belong here and are damaged.
    pub damaged: i32,
}

/// What became of a payment: exactly one for each final state that a payment reaches.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct PaymentOutcome {
    /// What to acknowledge it by.
    pub id: i64,
    /// Which payment.
    pub idempotency_key: String,
    /// What became of it.
    pub state: PaymentState,
    /// When that was known here.
    pub at: Timestamp,
}

impl From<&domain::Payment> for Payment {
    fn from(payment: &domain::Payment) -> Self {
        Self {
            idempotency_key: payment.key.as_str().to_owned(),
            made_here: matches!(payment.origin, payment::Origin::ThisDevice { .. }),
            instrument_id: payment.instrument.as_str().to_owned(),
            items: payment.items.iter().map(PaymentItem::from).collect(),
            total: (*payment.total.reveal()).into(),
            state: payment.state.into(),
            finished: payment.state.is_final(),
            hub_payment_id: payment.hub_id.as_ref().map(|id| id.as_str().to_owned()),
            created_at: payment.created_at.into(),
            updated_at: payment.updated_at.into(),
            look_up_at: payment.look_up_at.map(Timestamp::from),
            rejection: payment.rejection.as_ref().map(Rejection::from),
        }
    }
}

impl From<&payment::PaymentItem> for PaymentItem {
    fn from(item: &payment::PaymentItem) -> Self {
        Self {
            bill: BillKey::from(&item.bill),
            amount: (*item.amount.reveal()).into(),
            state: match item.state {
                payment::ItemState::Pending => PaymentItemState::Pending,
                payment::ItemState::Settled => PaymentItemState::Settled,
                payment::ItemState::Rejected => PaymentItemState::Rejected,
                payment::ItemState::Refunded => PaymentItemState::Refunded,
            },
            has_receipt: item.receipt.is_some(),
            rejection: item.rejection.as_ref().map(Rejection::from),
        }
    }
}

impl From<&payment::Rejection> for Rejection {
    fn from(rejection: &payment::Rejection) -> Self {
        Self {
            code: rejection.code.clone(),
            reason: rejection.reason.as_ref().map(Bilingual::from),
        }
    }
}

impl From<domain::PaymentState> for PaymentState {
    fn from(state: domain::PaymentState) -> Self {
        match state {
            domain::PaymentState::Created => Self::Created,
            domain::PaymentState::Submitting => Self::Submitting,
            domain::PaymentState::Unknown => Self::Unknown,
            domain::PaymentState::Pending => Self::Pending,
            domain::PaymentState::Settled => Self::Settled,
            domain::PaymentState::PartlySettled => Self::PartlySettled,
            domain::PaymentState::Rejected => Self::Rejected,
            domain::PaymentState::Refunded => Self::Refunded,
        }
    }
}

impl From<&QueuedOutcome> for PaymentOutcome {
    fn from(queued: &QueuedOutcome) -> Self {
        Self {
            id: i64::try_from(queued.id.0).unwrap_or(i64::MAX),
            idempotency_key: queued.outcome.key.as_str().to_owned(),
            state: queued.outcome.state.into(),
            at: queued.outcome.at.into(),
        }
    }
}
