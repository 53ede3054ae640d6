//! What a basket costs now.

use crate::{
    bills::BillKey,
    values::{Money, Timestamp, count},
};
use rabt::domain::{self, Invalid};

/// A bill to be paid.
#[derive(Clone, uniffi::Record)]
pub struct ChosenBill {
    /// Which bill.
    pub bill: BillKey,
    /// How much, for a bill that takes a range of amounts; what is owed or suggested where none is given.
    #[uniffi(default = None)]
    pub amount: Option<Money>,
}

/// What a basket costs now, as the hub says and the core has checked.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Quote {
    /// Names it; it serves one payment.
    pub id: String,
    /// A line for each bill of the basket, in its order.
    pub lines: Vec<QuoteLine>,
    /// The sum of what is payable.
    pub total: Money,
    /// The assurance level that paying asks for, where the present one won't do: step up first.
    pub required_acr: Option<String>,
    /// Until when it can be paid.
    pub expires_at: Timestamp,
}

/// A bill within a quote.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct QuoteLine {
    /// Which bill.
    pub bill: BillKey,
    /// What its agency says.
    pub outcome: QuoteOutcome,
    /// What it costs now; zero where it isn't payable.
    pub amount: Money,
    /// What was asked for.
    pub asked: Money,
    /// The revision that the amount is of.
    pub revision: i32,
    /// Whether the line is in the total.
    pub payable: bool,
}

/// What an agency said of a bill when it was quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum QuoteOutcome {
    /// Payable at the amount that was asked for.
    Payable,
    /// Payable at another amount.
    Changed,
    /// Paid already.
    AlreadyPaid,
    /// Being paid at this moment, by this device or another.
    BeingPaid,
    /// Withdrawn.
    Withdrawn,
    /// No such bill of this person's.
    NotFound,
    /// The bill doesn't take this amount.
    AmountRefused,
    /// The agency doesn't answer; the bill isn't in the total.
    AgencyUnavailable,
    /// Something newer than this version; not payable.
    Unknown,
}

impl ChosenBill {
    pub(super) fn check(self, field: &str) -> Result<rabt::Chosen, Invalid> {
        Ok(rabt::Chosen {
            bill: self.bill.check(&format!("{field}.bill"))?,
            amount: self
                .amount
                .map(|amount| amount.check(&format!("{field}.amount_fils")))
                .transpose()?,
        })
    }
}

impl From<&domain::Quote> for Quote {
    fn from(quote: &domain::Quote) -> Self {
        Self {
            id: quote.id.as_str().to_owned(),
            lines: quote.lines.iter().map(QuoteLine::from).collect(),
            total: (*quote.total.reveal()).into(),
            required_acr: quote.required_acr.clone(),
            expires_at: quote.expires_at.into(),
        }
    }
}

impl From<&domain::QuoteLine> for QuoteLine {
    fn from(line: &domain::QuoteLine) -> Self {
        Self {
            bill: BillKey::from(&line.bill),
            outcome: line.outcome.into(),
            amount: (*line.amount.reveal()).into(),
            asked: (*line.asked.reveal()).into(),
            revision: count(line.revision),
            payable: line.outcome.is_payable(),
        }
    }
}

impl From<domain::QuoteOutcome> for QuoteOutcome {
    fn from(outcome: domain::QuoteOutcome) -> Self {
        match outcome {
            domain::QuoteOutcome::Payable => Self::Payable,
            domain::QuoteOutcome::Changed => Self::Changed,
            domain::QuoteOutcome::AlreadyPaid => Self::AlreadyPaid,
            domain::QuoteOutcome::BeingPaid => Self::BeingPaid,
            domain::QuoteOutcome::Withdrawn => Self::Withdrawn,
            domain::QuoteOutcome::NotFound => Self::NotFound,
            domain::QuoteOutcome::AmountRefused => Self::AmountRefused,
            domain::QuoteOutcome::AgencyUnavailable => Self::AgencyUnavailable,
            domain::QuoteOutcome::Unknown => Self::Unknown,
        }
    }
}
