//! What agencies issue, change and take at their counters when control says so. Each change reaches the gateway as the agency's
//! event, as any other would.

use super::{Control, ControlError};
use crate::agencies::{BillChange, BillFilter, LateFees, NewBill, admin, late};
use rabt_protocol::agency::Bill;

impl Control {
    /// The bills that a filter leaves.
    ///
    /// # Errors
    /// [`ControlError`].
    pub fn bills(&self, filter: &BillFilter) -> Result<Vec<Bill>, ControlError> {
        Ok(admin::bills(self.ctx(), filter)?)
    }

    /// An agency issues a bill.
    ///
    /// # Errors
    /// [`ControlError`]; names the member of the bill that is at fault.
    pub fn add_bill(&self, bill: NewBill) -> Result<Bill, ControlError> {
        Ok(admin::add_bill(self.ctx(), bill)?)
    }

    /// An agency changes an open bill; its revision rises.
    ///
    /// # Errors
    /// [`ControlError`]; [`ControlError::Conflict`] where it isn't open.
    pub fn change_bill(&self, agency_id: &str, bill_id: &str, change: BillChange) -> Result<Bill, ControlError> {
        Ok(admin::change_bill(self.ctx(), agency_id, bill_id, change)?)
    }

    /// An agency withdraws an open bill.
    ///
    /// # Errors
    /// As [`Control::change_bill`].
    pub fn withdraw_bill(&self, agency_id: &str, bill_id: &str) -> Result<Bill, ControlError> {
        Ok(admin::withdraw_bill(self.ctx(), agency_id, bill_id)?)
    }

    /// Every agency charges what being late costs for the bills that are overdue now and weren't charged yet: 5 % of a bill, at least AED 10
    /// and at most AED 100, once. The rule is simulated; no agency does it by itself. What was charged now.
    ///
    /// # Errors
    /// [`ControlError::Failed`].
    pub fn charge_late_fees(&self) -> Result<LateFees, ControlError> {
        Ok(late::charge(self.ctx())?)
    }

    /// All that [`Control::charge_late_fees`] ever charged.
    ///
    /// # Errors
    /// [`ControlError::Failed`].
    pub fn late_fees(&self) -> Result<LateFees, ControlError> {
        Ok(late::charged(self.ctx())?)
    }

    /// Somebody pays an open bill at the agency's own counter; `amount_fils` is for a bill that takes a range.
    ///
    /// # Errors
    /// As [`Control::change_bill`].
    pub fn pay_at_counter(
        &self,
        agency_id: &str,
        bill_id: &str,
        amount_fils: Option<i64>,
    ) -> Result<Bill, ControlError> {
        Ok(admin::pay_at_counter(self.ctx(), agency_id, bill_id, amount_fils)?)
    }
}
