//! What has happened so far, as far as a decision depends on it.

use super::Cycle;
use crate::{
    AccountId, AccountKey, BillKey, BillKind, DubaiDate, Fils, InstrumentId, InstrumentStatus, MandateId, Timestamp,
};

/// What was paid, answered and is usual. The order within the lists doesn't matter, except that of two answers of one instant the
/// later one counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// Payments of the person's bills through the hub: by mandates, and by hand.
    pub payments: Vec<PaymentMade>,
    /// Bills that were paid, by whatever way, from which follows what is usual.
    pub paid: Vec<PaidBill>,
    /// What the person answered.
    pub answers: Vec<Answer>,
}

/// A payment of one bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentMade {
    /// Which mandate decided it; `None` for one by hand.
    pub by: Option<ByMandate>,
    /// Which bill.
    pub bill: BillKey,
    /// The account that the bill belongs to.
    pub account: AccountId,
    /// How much.
    pub amount: Fils,
    /// When it was decided. The windows of the limits go by this instant, since it is the one that the mandate controls.
    pub decided_at: Timestamp,
    /// What became of it.
    pub progress: Progress,
}

/// The mandate behind a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByMandate {
    /// Which.
    pub mandate: MandateId,
    /// Which version of it.
    pub version: u32,
    /// Which time it paid this bill.
    pub cycle: Cycle,
}

/// What became of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Created, being sent, unknown or pending: it may still take money, so it counts as if it had.
    InFlight,
    /// It is settled.
    Settled,
    /// Nothing was taken, or all of it went back.
    Failed {
        /// Why.
        why: Failure,
        /// When that was known.
        at: Timestamp,
    },
}

/// Why a payment failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The bank had not enough money.
    NotEnoughMoney,
    /// The bill was another by then; the next attempt needs no pause.
    BillChanged,
    /// Anything else.
    Other,
}

impl PaymentMade {
    /// Whether money was taken or may yet be.
    pub fn counts(&self) -> bool {
        !matches!(self.progress, Progress::Failed { .. })
    }

    /// Whether it is one of a mandate.
    pub fn is_by(&self, mandate: &MandateId) -> bool {
        self.by.as_ref().is_some_and(|by| by.mandate == *mandate)
    }
}

/// A bill that was paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaidBill {
    /// The account that it belonged to.
    pub account: AccountKey,
    /// Its shape.
    pub kind: BillKind,
    /// How much.
    pub amount: Fils,
    /// When.
    pub paid_on: DubaiDate,
}

/// What a person answered about one bill of a mandate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Which mandate had asked.
    pub mandate: MandateId,
    /// About which bill.
    pub bill: BillKey,
    /// What they said.
    pub verdict: Verdict,
    /// When. The last one counts.
    pub at: Timestamp,
}

/// A person's word on a bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Pay it, as long as it is at most this. The person has decided this payment: it needs no further question and passes the
    /// limits, in which it is counted.
    Approved {
        /// The most.
        up_to: Fils,
    },
    /// Don't.
    Declined,
}

/// The last answer about a bill of a mandate.
pub(super) fn last_answer<'a>(answers: &'a [Answer], mandate: &MandateId, bill: &BillKey) -> Option<&'a Answer> {
    answers
        .iter()
        .filter(|answer| answer.bill == *bill && answer.mandate == *mandate)
        .max_by_key(|answer| answer.at)
}

/// An instrument as the engine sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstrumentView {
    /// Which.
    pub id: InstrumentId,
    /// Where it stands with its bank.
    pub status: InstrumentStatus,
    /// The last day on which it can be used.
    pub expires_on: DubaiDate,
    /// What is there to be spent, where the bank tells.
    pub available: Option<Fils>,
}
