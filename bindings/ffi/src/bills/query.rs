//! What is asked for, and the page that comes.

use super::{Bill, BillKind};
use crate::{
    accounts::AccountKey,
    error::RabtError,
    values::{DubaiDate, count, id, list, size},
};
use rabt::{
    domain::{self, AgencyId, Personal},
    store::bills as store,
};

/// Which bills, in which order, from where on. With nothing given it is the first page of all open bills, the most urgent first; history
/// is `Closed` with `DueLast`.
#[derive(Clone, uniffi::Record)]
pub struct BillQuery {
    /// Of these agencies; of all where it is empty.
    #[uniffi(default = [])]
    pub agency_ids: Vec<String>,
    /// Of these kinds; of all where it is empty.
    #[uniffi(default = [])]
    pub kinds: Vec<BillKind>,
    /// Open, closed or both.
    #[uniffi(default = None)]
    pub standing: Option<BillStanding>,
    /// Due on this day or later.
    #[uniffi(default = None)]
    pub due_from: Option<DubaiDate>,
    /// Due on this day or before.
    #[uniffi(default = None)]
    pub due_to: Option<DubaiDate>,
    /// Of this account.
    #[uniffi(default = None)]
    pub account: Option<AccountKey>,
    /// Words in either language, each the beginning of one that the bill is known by; or the bill's number, or the last four characters
    /// of it.
    #[uniffi(default = None)]
    pub search: Option<String>,
    /// In which order; the earliest due day first where none is given.
    #[uniffi(default = None)]
    pub order: Option<BillOrder>,
    /// From where on: `next` of the page before, of the same query.
    #[uniffi(default = None)]
    pub cursor: Option<String>,
    /// How many: 1 to 200.
    #[uniffi(default = 50)]
    pub limit: i32,
}

/// Where the bills that are asked for stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum BillStanding {
    /// They may still have to be paid.
    Open,
    /// They are history: paid, withdrawn, vanished.
    Closed,
    /// Either.
    All,
}

/// In which order bills come. Those of one day keep the order in which they were first heard of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum BillOrder {
    /// The earliest due day first.
    DueFirst,
    /// The latest due day first, as for history.
    DueLast,
}

/// A page of bills.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct BillPage {
    /// The bills.
    pub bills: Vec<Bill>,
    /// Where the next page begins; none on the last.
    pub next: Option<String>,
    /// How many bills were found damaged and dropped: a refresh brings them back.
    pub dropped: i32,
}

impl BillQuery {
    pub(super) fn check(self) -> Result<store::BillQuery, RabtError> {
        Ok(store::BillQuery {
            agencies: list(self.agency_ids, "agencies", |text, field| {
                id(text, field, AgencyId::parse)
            })?,
            kinds: self.kinds.into_iter().map(domain::BillKind::from).collect(),
            standing: match self.standing {
                None | Some(BillStanding::Open) => store::Standing::Open,
                Some(BillStanding::Closed) => store::Standing::Closed,
                Some(BillStanding::All) => store::Standing::All,
            },
            due_from: self.due_from.map(|day| day.check("due_from")).transpose()?,
            due_to: self.due_to.map(|day| day.check("due_to")).transpose()?,
            account: self.account.map(|account| account.check("account")).transpose()?,
            search: self.search.map(Personal::new),
            order: match self.order {
                None | Some(BillOrder::DueFirst) => store::Order::DueFirst,
                Some(BillOrder::DueLast) => store::Order::DueLast,
            },
            cursor: self.cursor,
            limit: size(self.limit, "limit")?,
        })
    }
}

impl From<store::BillPage> for BillPage {
    fn from(page: store::BillPage) -> Self {
        Self {
            bills: page.bills.into_iter().map(Bill::from).collect(),
            next: page.next,
            dropped: count(page.dropped),
        }
    }
}
