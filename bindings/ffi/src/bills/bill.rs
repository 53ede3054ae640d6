//! A bill.

use crate::values::{Bilingual, Currency, DubaiDate, Money, Timestamp, count, id};
use rabt::{
    domain::{self, AgencyId, BillId, Invalid},
    store::bills::StoredBill,
};

/// Names a bill across agencies.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct BillKey {
    /// The agency.
    pub agency_id: String,
    /// Its bill.
    pub bill_id: String,
}

/// A bill: one shape for a utility bill, a fine, a fee and a top-up.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Bill {
    /// Which.
    pub key: BillKey,
    /// The account that it belongs to.
    pub account_id: String,
    /// Its shape.
    pub kind: BillKind,
    /// The agency's own code for its kind.
    pub kind_code: String,
    /// What the person reads.
    pub title: Bilingual,
    /// The number on the paper.
    pub reference: String,
    /// Where it stands.
    pub status: BillStatus,
    /// When it was issued.
    pub issued_on: DubaiDate,
    /// The last day without consequence.
    pub due_on: DubaiDate,
    /// What it is for, where it is for a time.
    pub period: Option<BillPeriod>,
    /// What it is made of; the lines sum to the amount.
    pub lines: Vec<BillLine>,
    /// What is owed, above zero; what is suggested for a top-up.
    pub amount: Money,
    /// Its currency.
    pub currency: Currency,
    /// Which amounts are taken.
    pub amount_rule: AmountRule,
    /// Rises with each change by the agency.
    pub revision: i32,
    /// How it was paid, where it was.
    pub paid: Option<BillPaid>,
    /// Whether it can be put in a basket: it is open, of a known kind, and not part of a payment under way.
    pub payable: bool,
    /// The idempotency key of the payment that it is part of, while that isn't finished: it is being paid.
    pub paying: Option<String>,
}

/// The shape of a bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum BillKind {
    /// A supply over a period, with lines.
    Utility,
    /// A penalty.
    Fine,
    /// A charge for a service, licence or permit.
    Fee,
    /// Money put onto a prepaid account.
    TopUp,
    /// Something newer than this version; it can't be paid here.
    Unknown,
}

/// Where a bill stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum BillStatus {
    /// It can be paid.
    Open,
    /// It was paid through the hub.
    Paid,
    /// It was paid by another way.
    PaidElsewhere,
    /// Its agency withdrew it.
    Withdrawn,
    /// Its agency no longer mentions it and has not said why.
    Vanished,
    /// Its agency says something newer than this version knows: neither payable nor final.
    Unknown,
}

/// The days that a bill is for.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct BillPeriod {
    /// The first day.
    pub first: DubaiDate,
    /// The last day.
    pub last: DubaiDate,
}

/// A line of a bill.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct BillLine {
    /// A stable code.
    pub code: String,
    /// What the person reads.
    pub title: Bilingual,
    /// Its share; below zero for a discount.
    pub amount: Money,
    /// Where the rate is published.
    pub source: Option<RateSource>,
}

/// Where a rate is published.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct RateSource {
    /// Where.
    pub name: String,
    /// The day as of which it holds.
    pub as_of: DubaiDate,
}

/// Which amounts a bill takes.
#[derive(Clone, PartialEq, Eq, uniffi::Enum)]
pub enum AmountRule {
    /// What is owed and nothing else.
    Exact,
    /// Any amount between the two, both included.
    Range {
        /// The least.
        min: Money,
        /// The most.
        max: Money,
    },
}

/// How a bill was paid.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct BillPaid {
    /// When.
    pub at: Timestamp,
    /// How much.
    pub amount: Money,
    /// `rabt` for a payment through the hub, else the agency's word for the channel.
    pub channel: String,
}

impl BillKey {
    pub(crate) fn check(self, field: &str) -> Result<domain::BillKey, Invalid> {
        Ok(domain::BillKey {
            agency: id(self.agency_id, &format!("{field}.agency_id"), AgencyId::parse)?,
            bill: id(self.bill_id, &format!("{field}.bill_id"), BillId::parse)?,
        })
    }
}

impl From<&domain::BillKey> for BillKey {
    fn from(key: &domain::BillKey) -> Self {
        Self {
            agency_id: key.agency.as_str().to_owned(),
            bill_id: key.bill.as_str().to_owned(),
        }
    }
}

impl From<StoredBill> for Bill {
    fn from(stored: StoredBill) -> Self {
        let StoredBill { bill, paying } = stored;
        Self {
            payable: bill.is_payable() && paying.is_none(),
            key: BillKey::from(&bill.key),
            account_id: bill.account.as_str().to_owned(),
            kind: bill.kind.into(),
            kind_code: bill.kind_code,
            title: Bilingual::from(&bill.title),
            reference: bill.reference.into_revealed(),
            status: bill.status.into(),
            issued_on: bill.issued_on.into(),
            due_on: bill.due_on.into(),
            period: bill.period.map(|(first, last)| BillPeriod {
                first: first.into(),
                last: last.into(),
            }),
            lines: bill.lines.into_iter().map(BillLine::from).collect(),
            amount: bill.amount.into_revealed().into(),
            currency: bill.currency.into(),
            amount_rule: bill.amount_rule.into(),
            revision: count(bill.revision),
            paid: bill.paid.map(BillPaid::from),
            paying: paying.map(|key| key.as_str().to_owned()),
        }
    }
}

impl From<domain::bill::BillLine> for BillLine {
    fn from(line: domain::bill::BillLine) -> Self {
        Self {
            code: line.code,
            title: Bilingual::from(&line.title),
            amount: line.amount.into_revealed().into(),
            source: line.source.map(|(name, as_of)| RateSource {
                name,
                as_of: as_of.into(),
            }),
        }
    }
}

impl From<domain::bill::BillPaid> for BillPaid {
    fn from(paid: domain::bill::BillPaid) -> Self {
        Self {
            at: paid.at.into(),
            amount: paid.amount.into_revealed().into(),
            channel: paid.channel,
        }
    }
}

impl From<domain::bill::AmountRule> for AmountRule {
    fn from(rule: domain::bill::AmountRule) -> Self {
        match rule {
            domain::bill::AmountRule::Exact => Self::Exact,
            domain::bill::AmountRule::Range { min, max } => Self::Range {
                min: min.into(),
                max: max.into(),
            },
        }
    }
}

impl From<domain::BillKind> for BillKind {
    fn from(kind: domain::BillKind) -> Self {
        match kind {
            domain::BillKind::Utility => Self::Utility,
            domain::BillKind::Fine => Self::Fine,
            domain::BillKind::Fee => Self::Fee,
            domain::BillKind::TopUp => Self::TopUp,
            domain::BillKind::Unknown => Self::Unknown,
        }
    }
}

impl From<BillKind> for domain::BillKind {
    fn from(kind: BillKind) -> Self {
        match kind {
            BillKind::Utility => Self::Utility,
            BillKind::Fine => Self::Fine,
            BillKind::Fee => Self::Fee,
            BillKind::TopUp => Self::TopUp,
            BillKind::Unknown => Self::Unknown,
        }
    }
}

impl From<domain::BillStatus> for BillStatus {
    fn from(status: domain::BillStatus) -> Self {
        match status {
            domain::BillStatus::Open => Self::Open,
            domain::BillStatus::Paid => Self::Paid,
            domain::BillStatus::PaidElsewhere => Self::PaidElsewhere,
            domain::BillStatus::Withdrawn => Self::Withdrawn,
            domain::BillStatus::Vanished => Self::Vanished,
            domain::BillStatus::Unknown => Self::Unknown,
        }
    }
}
