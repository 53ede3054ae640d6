//! What the hub says of a payment, in the domain's words.

use super::{Origin, Payment, PaymentItem, PaymentState, Rejection};
use crate::{
    BillKey, Fils, HubPaymentId, IdempotencyKey, InstrumentId, Invalid, InvalidReason, Personal, Timestamp,
    payment::ItemState,
};

/// A report of the hub. Receipts in it are verified already, or left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HubReport {
    /// The hub's name for the payment.
    pub hub_id: HubPaymentId,
    /// The key that it was made with.
    pub key: IdempotencyKey,
    /// With what it was paid.
    pub instrument: InstrumentId,
    /// Where it stands.
    pub status: HubStatus,
    /// The bills.
    pub items: Vec<HubItem>,
    /// The sum.
    pub total: Personal<Fils>,
    /// Rises with each change.
    pub revision: u32,
    /// When the hub took it.
    pub created_at: Timestamp,
    /// Why it was rejected.
    pub rejection: Option<Rejection>,
}

/// A bill within a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HubItem {
    /// Which.
    pub bill: BillKey,
    /// How much.
    pub amount: Personal<Fils>,
    /// Where it stands.
    pub status: HubItemStatus,
    /// The verified receipt.
    pub receipt: Option<Personal<String>>,
    /// Why its money went back.
    pub rejection: Option<Rejection>,
}

/// Where the hub says that a payment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HubStatus {
    /// On its way.
    Pending,
    /// Every bill is paid.
    Settled,
    /// Some are, the money of the others went back.
    PartlySettled,
    /// Nothing was taken.
    Rejected,
    /// All went back.
    Refunded,
    /// Something newer than this version knows. Never final.
    Unknown,
}

/// Where the hub says that a bill within a payment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HubItemStatus {
    /// On its way.
    Pending,
    /// Paid.
    Settled,
    /// No money was taken for it.
    Rejected,
    /// Its money went back.
    Refunded,
    /// Something newer than this version knows. Never final.
    Unknown,
}

impl HubReport {
    /// The state that the report amounts to.
    pub fn state(&self) -> PaymentState {
        match self.status {
            HubStatus::Pending | HubStatus::Unknown => PaymentState::Pending,
            HubStatus::Settled => PaymentState::Settled,
            HubStatus::PartlySettled => PaymentState::PartlySettled,
            HubStatus::Rejected => PaymentState::Rejected,
            HubStatus::Refunded => PaymentState::Refunded,
        }
    }

    /// Checks that the report doesn't contradict itself.
    ///
    /// # Errors
    /// [`Invalid`] on `items`, `total_fils` or `status`.
    pub fn check(&self) -> Result<(), Invalid> {
        let inconsistent = |field: &str| Err(Invalid::new(field, InvalidReason::Inconsistent));
        if self.items.is_empty() {
            return inconsistent("items");
        }
        if Fils::checked_sum(self.items.iter().map(|item| *item.amount.reveal())) != Some(*self.total.reveal()) {
            return inconsistent("total_fils");
        }
        let all = |allowed: &[HubItemStatus]| self.items.iter().all(|item| allowed.contains(&item.status));
        let any = |wanted: &[HubItemStatus]| self.items.iter().any(|item| wanted.contains(&item.status));
        use HubItemStatus::{Refunded, Rejected, Settled};
        let fits = match self.status {
            HubStatus::Pending | HubStatus::Unknown => true,
            HubStatus::Settled => all(&[Settled]),
            HubStatus::PartlySettled => {
                all(&[Settled, Rejected, Refunded]) && any(&[Settled]) && any(&[Rejected, Refunded])
            }
            HubStatus::Rejected => all(&[Rejected]),
            HubStatus::Refunded => all(&[Refunded, Rejected]) && any(&[Refunded]),
        };
        if fits { Ok(()) } else { inconsistent("status") }
    }

    /// Checks that the report is about this payment: its key, its bills, its amounts.
    ///
    /// # Errors
    /// [`Invalid`] on the member that differs.
    pub fn check_against(&self, payment: &Payment) -> Result<(), Invalid> {
        let inconsistent = |field: &str| Err(Invalid::new(field, InvalidReason::Inconsistent));
        if self.key != payment.key {
            return inconsistent("idempotency_key");
        }
        if payment.hub_id.as_ref().is_some_and(|known| known != &self.hub_id) {
            return inconsistent("payment_id");
        }
        if self.instrument != payment.instrument {
            return inconsistent("instrument_id");
        }
        let same = self.items.len() == payment.items.len()
            && self
                .items
                .iter()
                .zip(&payment.items)
                .all(|(told, ours)| told.bill == ours.bill && told.amount == ours.amount);
        if same { Ok(()) } else { inconsistent("items") }
    }

    /// The record of a payment that was made elsewhere and is heard of for the first time.
    ///
    /// # Errors
    /// [`Invalid`] where the report contradicts itself.
    pub fn into_payment(self, now: Timestamp) -> Result<Payment, Invalid> {
        self.check()?;
        let state = self.state();
        Ok(Payment {
            key: self.key,
            origin: Origin::Elsewhere,
            instrument: self.instrument,
            items: self
                .items
                .into_iter()
                .map(|item| PaymentItem {
                    bill: item.bill,
                    amount: item.amount,
                    state: item.status.state(),
                    receipt: item.receipt,
                    rejection: item.rejection,
                })
                .collect(),
            total: self.total,
            state,
            hub_id: Some(self.hub_id),
            hub_revision: self.revision,
            sends: 0,
            look_ups: 0,
            look_up_at: (!state.is_final()).then_some(now),
            created_at: self.created_at,
            updated_at: now,
            rejection: self.rejection,
        })
    }
}

impl HubItemStatus {
    /// The state that it amounts to.
    pub fn state(self) -> ItemState {
        match self {
            Self::Pending | Self::Unknown => ItemState::Pending,
            Self::Settled => ItemState::Settled,
            Self::Rejected => ItemState::Rejected,
            Self::Refunded => ItemState::Refunded,
        }
    }
}
