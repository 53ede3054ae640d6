//! A basket of bills, and the hub's quote for it.

use crate::{Bill, BillKey, Fils, Invalid, InvalidReason, Personal, QuoteId, Timestamp};
use std::collections::BTreeSet;

/// The most bills that one payment takes.
pub const ITEMS_MAX: usize = 100;

/// Bills to be paid together: at least one, none twice, none that can't be paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Basket {
    items: Vec<BasketItem>,
}

/// A bill in a basket, and the amount that the person saw, or chose for a top-up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BasketItem {
    /// Which bill.
    pub bill: BillKey,
    /// How much.
    pub amount: Personal<Fils>,
}

impl Basket {
    /// Puts one together from bills as the person sees them; `None` takes the amount that is owed or suggested.
    ///
    /// # Errors
    /// [`Invalid`] on `items`, `items[N].bill` or `items[N].amount_fils`.
    pub fn new<'a>(chosen: impl IntoIterator<Item = (&'a Bill, Option<Fils>)>) -> Result<Self, Invalid> {
        let mut seen = BTreeSet::new();
        let mut items = Vec::new();
        for (index, (bill, amount)) in chosen.into_iter().enumerate() {
            let at = |field: &str| format!("items[{index}].{field}");
            if index == ITEMS_MAX {
                return Err(Invalid::new("items", InvalidReason::TooMany));
            }
            if !seen.insert(&bill.key) {
                return Err(Invalid::new(at("bill"), InvalidReason::Twice));
            }
            if !bill.is_payable() {
                return Err(Invalid::new(at("bill"), InvalidReason::Unsupported));
            }
            let amount = amount.unwrap_or(*bill.amount.reveal());
            bill.check_amount(amount)
                .map_err(|invalid| Invalid::new(at(&invalid.field), invalid.reason))?;
            items.push(BasketItem {
                bill: bill.key.clone(),
                amount: Personal::new(amount),
            });
        }
        if items.is_empty() {
            return Err(Invalid::new("items", InvalidReason::Empty));
        }
        Ok(Self { items })
    }

    /// The bills, in the order in which they were put in.
    pub fn items(&self) -> &[BasketItem] {
        &self.items
    }
}

/// What a basket costs now, as the hub says and the core has checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    /// Names it; it serves one payment.
    pub id: QuoteId,
    /// A line for each item of the basket, in its order.
    pub lines: Vec<QuoteLine>,
    /// The sum of what is payable.
    pub total: Personal<Fils>,
    /// The assurance level that paying asks for, where the present one won't do.
    pub required_acr: Option<String>,
    /// Until when it can be paid.
    pub expires_at: Timestamp,
}

/// A bill within a quote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuoteLine {
    /// Which bill.
    pub bill: BillKey,
    /// What its agency says.
    pub outcome: QuoteOutcome,
    /// What it costs now; zero where it isn't payable.
    pub amount: Personal<Fils>,
    /// What the basket held.
    pub asked: Personal<Fils>,
    /// The revision that the amount is of.
    pub revision: u32,
}

/// What an agency said of a bill when it was quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

impl QuoteOutcome {
    /// Whether the line is in the total.
    pub fn is_payable(self) -> bool {
        matches!(self, Self::Payable | Self::Changed)
    }
}

impl Quote {
    /// Checks that the quote answers the basket: the same bills in the same order, amounts that fit what is said of them, a
    /// total that is their sum.
    ///
    /// # Errors
    /// [`Invalid`] on the member of the quote that doesn't fit.
    pub fn checked_for(self, basket: &Basket) -> Result<Self, Invalid> {
        if self.lines.len() != basket.items.len() {
            return Err(Invalid::new("lines", InvalidReason::Inconsistent));
        }
        for (index, (line, item)) in self.lines.iter().zip(&basket.items).enumerate() {
            let wrong = |field: &str| Invalid::new(format!("lines[{index}].{field}"), InvalidReason::Inconsistent);
            if line.bill != item.bill {
                return Err(wrong("bill"));
            }
            let (amount, asked) = (line.amount.reveal(), item.amount.reveal());
            let fits = match line.outcome {
                QuoteOutcome::Payable => amount == asked,
                QuoteOutcome::Changed => amount != asked && amount.get() > 0,
                _ => *amount == Fils::ZERO,
            };
            if !fits || line.asked != item.amount {
                return Err(wrong("amount_fils"));
            }
        }
        let payable = self.lines.iter().filter(|line| line.outcome.is_payable());
        if Fils::checked_sum(payable.map(|line| *line.amount.reveal())) != Some(*self.total.reveal()) {
            return Err(Invalid::new("total_fils", InvalidReason::Inconsistent));
        }
        Ok(self)
    }

    /// The lines that would be paid.
    pub fn payable(&self) -> impl Iterator<Item = &QuoteLine> {
        self.lines.iter().filter(|line| line.outcome.is_payable())
    }

    /// The lines that are otherwise than the person saw, and are to be shown before paying.
    pub fn surprises(&self) -> impl Iterator<Item = &QuoteLine> {
        self.lines.iter().filter(|line| line.outcome != QuoteOutcome::Payable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BillStatus, bill::tests::bill};

    fn fils(fils: i64) -> Fils {
        Fils::new(fils).unwrap()
    }

    #[test]
    fn a_basket_that_is_empty_or_holds_a_bill_twice_is_refused() {
        let (one, two) = (bill("1", 100), bill("2", 200));
        let refused =
            |chosen: Vec<(&Bill, Option<Fils>)>| Basket::new(chosen).map_err(|e| (e.field, e.reason)).unwrap_err();
        assert_eq!(refused(vec![]), ("items".to_owned(), InvalidReason::Empty));
        assert_eq!(
            refused(vec![(&one, None), (&two, None), (&one, None)]),
            ("items[2].bill".to_owned(), InvalidReason::Twice)
        );
        let paid = Bill {
            status: BillStatus::PaidElsewhere,
            ..bill("3", 1)
        };
        assert_eq!(refused(vec![(&one, None), (&paid, None)]).0, "items[1].bill");
        assert_eq!(refused(vec![(&one, Some(fils(99)))]).0, "items[0].amount_fils");

        let many: Vec<Bill> = (0..=ITEMS_MAX).map(|n| bill(&n.to_string(), 100)).collect();
        assert_eq!(refused(many.iter().map(|b| (b, None)).collect()).0, "items");
        assert!(Basket::new(many[..ITEMS_MAX].iter().map(|b| (b, None))).is_ok());
    }

    #[test]
    fn a_quote_for_something_else_is_refused() {
        let (one, two) = (bill("1", 100), bill("2", 200));
        let basket = Basket::new([(&one, None), (&two, None)]).unwrap();
        let line = |bill: &Bill, outcome, amount| QuoteLine {
            bill: bill.key.clone(),
            outcome,
            amount: Personal::new(fils(amount)),
            asked: bill.amount,
            revision: 1,
        };
        let quote = |lines, total| Quote {
            id: QuoteId::parse("q").unwrap(),
            lines,
            total: Personal::new(fils(total)),
            required_acr: None,
            expires_at: Timestamp::parse("2026-11-23T00:00:00Z").unwrap(),
        };
        let payable = |bill: &Bill| line(bill, QuoteOutcome::Payable, bill.amount.reveal().get());
        let verdict = |quote: Quote| quote.checked_for(&basket).map_err(|e| e.field).map(|_| ());

        assert_eq!(verdict(quote(vec![payable(&one), payable(&two)], 300)), Ok(()));
        assert_eq!(
            verdict(quote(vec![payable(&one), line(&two, QuoteOutcome::Changed, 250)], 350)),
            Ok(())
        );
        assert_eq!(
            verdict(quote(vec![payable(&one), line(&two, QuoteOutcome::BeingPaid, 0)], 100)),
            Ok(())
        );

        assert_eq!(verdict(quote(vec![payable(&one)], 100)), Err("lines".to_owned()));
        assert_eq!(
            verdict(quote(vec![payable(&two), payable(&one)], 300)),
            Err("lines[0].bill".to_owned())
        );
        assert_eq!(
            verdict(quote(vec![payable(&one), payable(&two)], 301)),
            Err("total_fils".to_owned())
        );
        let hidden_rise = line(&two, QuoteOutcome::Payable, 250);
        assert_eq!(
            verdict(quote(vec![payable(&one), hidden_rise], 350)),
            Err("lines[1].amount_fils".to_owned())
        );
        let unpayable_but_counted = line(&two, QuoteOutcome::AlreadyPaid, 200);
        assert_eq!(
            verdict(quote(vec![payable(&one), unpayable_but_counted], 100)),
            Err("lines[1].amount_fils".to_owned())
        );
    }
}
