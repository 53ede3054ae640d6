//! What is asked for, and what comes.

use crate::limits::PAGE_DEFAULT;
use rabt_domain::{AccountKey, AgencyId, Bill, BillKind, DubaiDate, IdempotencyKey, Personal};

/// Which bills, in which order, from where on. [`BillQuery::default`] is the first page of all open bills, the most urgent first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillQuery {
    /// Of these agencies; of all where it is empty.
    pub agencies: Vec<AgencyId>,
    /// Of these kinds; of all where it is empty.
    pub kinds: Vec<BillKind>,
    /// Open, closed or both.
    pub standing: Standing,
    /// Due on this day or later.
    pub due_from: Option<DubaiDate>,
    /// Due on this day or before.
    pub due_to: Option<DubaiDate>,
    /// Of this account.
    pub account: Option<AccountKey>,
    /// Words in either language, each the beginning of one that the bill is known by; or the bill's number, or the last four
    /// characters of it.
    pub search: Option<Personal<String>>,
    /// In which order.
    pub order: Order,
    /// From where on: `next` of the page before, of the same query.
    pub cursor: Option<String>,
    /// How many: 1 to [`PAGE_MAX`](crate::limits::PAGE_MAX).
    pub limit: u16,
}

impl Default for BillQuery {
    fn default() -> Self {
        Self {
            agencies: Vec::new(),
            kinds: Vec::new(),
            standing: Standing::Open,
            due_from: None,
            due_to: None,
            account: None,
            search: None,
            order: Order::DueFirst,
            cursor: None,
            limit: PAGE_DEFAULT,
        }
    }
}

/// Where the bills that are asked for stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Standing {
    /// They may still have to be paid ([`BillStatus::is_open`](rabt_domain::BillStatus::is_open)).
    Open,
    /// They are history: paid, withdrawn, vanished.
    Closed,
    /// Either.
    All,
}

/// In which order bills come. Those of one day keep the order in which they were first heard of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    /// The earliest due day first.
    DueFirst,
    /// The latest due day first, as for history.
    DueLast,
}

/// A page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillPage {
    /// The bills.
    pub bills: Vec<StoredBill>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<String>,
    /// How many bills were found damaged and dropped: a refresh brings them back.
    pub dropped: u32,
}

/// A bill as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredBill {
    /// The bill.
    pub bill: Bill,
    /// The payment that binds it, where one does: it is being paid.
    pub paying: Option<IdempotencyKey>,
}
