//! A bill as the engine sees it.

use crate::{AccountId, Bill, BillKey, BillKind, BillStatus, DubaiDate, Fils, Timestamp, bill::AmountRule};

/// What a decision needs to know of a bill, and how fresh that is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillView {
    /// Which.
    pub key: BillKey,
    /// The account that it belongs to.
    pub account: AccountId,
    /// Its shape.
    pub kind: BillKind,
    /// Where it stands.
    pub status: BillStatus,
    /// When it was issued.
    pub issued_on: DubaiDate,
    /// The last day without consequence.
    pub due_on: DubaiDate,
    /// What is owed, above zero; what is suggested for a top-up.
    pub amount: Fils,
    /// Which amounts are taken.
    pub amount_rule: AmountRule,
    /// Rises with each change by the agency.
    pub revision: u32,
    /// What is on the prepaid account, for a top-up, where the agency tells.
    pub balance: Option<Fils>,
    /// When its agency answered with this.
    pub fetched_at: Timestamp,
}

impl BillView {
    /// A bill as its agency gave it at an instant, with the balance of its account where that is prepaid.
    pub fn of(bill: &Bill, balance: Option<Fils>, fetched_at: Timestamp) -> Self {
        Self {
            key: bill.key.clone(),
            account: bill.account.clone(),
            kind: bill.kind,
            status: bill.status,
            issued_on: bill.issued_on,
            due_on: bill.due_on,
            amount: *bill.amount.reveal(),
            amount_rule: bill.amount_rule,
            revision: bill.revision,
            balance,
            fetched_at,
        }
    }

    /// Whether this amount is one that the bill takes.
    pub fn takes(&self, amount: Fils) -> bool {
        match self.amount_rule {
            AmountRule::Exact => amount == self.amount,
            AmountRule::Range { min, max } => (min..=max).contains(&amount),
        }
    }
}
