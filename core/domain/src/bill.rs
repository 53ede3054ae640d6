//! Bills: one shape for a utility bill, a fine, a fee and a top-up; and what becomes of one when its agency is heard again.

use crate::{
    AccountId, AgencyId, Bilingual, BillId, Currency, DubaiDate, Fils, Invalid, InvalidReason, Personal, Timestamp,
};

/// The most lines that a bill may have.
pub const LINES_MAX: usize = 100;

/// Names a bill across agencies.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BillKey {
    /// The agency.
    pub agency: AgencyId,
    /// Its bill.
    pub bill: BillId,
}

/// A bill, checked: its lines sum to its amount, its days are in order, its texts may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bill {
    /// Which.
    pub key: BillKey,
    /// The account that it belongs to.
    pub account: AccountId,
    /// Its shape.
    pub kind: BillKind,
    /// The agency's own code for its kind.
    pub kind_code: String,
    /// What the person reads.
    pub title: Bilingual,
    /// The number on the paper.
    pub reference: Personal<String>,
    /// Where it stands.
    pub status: BillStatus,
    /// When it was issued.
    pub issued_on: DubaiDate,
    /// The last day without consequence.
    pub due_on: DubaiDate,
    /// The first and the last day that it is for.
    pub period: Option<(DubaiDate, DubaiDate)>,
    /// What it is made of.
    pub lines: Vec<BillLine>,
    /// What is owed, above zero; what is suggested for a top-up.
    pub amount: Personal<Fils>,
    /// Its currency.
    pub currency: Currency,
    /// Which amounts are taken.
    pub amount_rule: AmountRule,
    /// Rises with each change by the agency.
    pub revision: u32,
    /// How it was paid, where it was.
    pub paid: Option<BillPaid>,
}

/// A line of a bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillLine {
    /// A stable code.
    pub code: String,
    /// What the person reads.
    pub title: Bilingual,
    /// Its share; below zero for a discount.
    pub amount: Personal<Fils>,
    /// Where the rate is published, and the day as of which.
    pub source: Option<(String, DubaiDate)>,
}

/// How a bill was paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillPaid {
    /// When.
    pub at: Timestamp,
    /// How much.
    pub amount: Personal<Fils>,
    /// `rabt` for a payment through the hub, else the agency's word for the channel.
    pub channel: String,
}

/// The channel of a payment through the hub.
pub const CHANNEL_RABT: &str = "rabt";

/// The shape of a bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
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

/// Where a bill stands, as the core sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
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

impl BillStatus {
    /// What becomes of a bill that is missing from a *complete* answer of its agency. What is closed stays what it is, since
    /// agencies forget closed bills in time; what was open has vanished, and is shown as such.
    #[must_use]
    pub fn when_not_mentioned(self) -> Self {
        match self {
            Self::Open | Self::Unknown => Self::Vanished,
            closed => closed,
        }
    }

    /// Whether it may still have to be paid.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Open | Self::Unknown)
    }
}

/// Which amounts a bill takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AmountRule {
    /// What is owed and nothing else.
    Exact,
    /// Any amount between the two, both included.
    Range {
        /// The least.
        min: Fils,
        /// The most.
        max: Fils,
    },
}

impl Bill {
    /// Checks what concerns several fields at once; the rest is in their types.
    ///
    /// # Errors
    /// [`Invalid`] naming the field.
    pub fn checked(self) -> Result<Self, Invalid> {
        if self.amount.reveal().get() <= 0 {
            return Err(Invalid::new("amount_fils", InvalidReason::TooSmall));
        }
        if self.lines.len() > LINES_MAX {
            return Err(Invalid::new("lines", InvalidReason::TooMany));
        }
        let sum = Fils::checked_sum(self.lines.iter().map(|line| *line.amount.reveal()));
        if !self.lines.is_empty() && sum != Some(*self.amount.reveal()) {
            return Err(Invalid::new("lines", InvalidReason::Inconsistent));
        }
        if self.due_on < self.issued_on {
            return Err(Invalid::new("due_on", InvalidReason::Inconsistent));
        }
        if self.period.is_some_and(|(from, to)| to < from) {
            return Err(Invalid::new("period", InvalidReason::Inconsistent));
        }
        if let AmountRule::Range { min, max } = self.amount_rule
            && (min.get() <= 0 || max < min)
        {
            return Err(Invalid::new("amount_rule", InvalidReason::Inconsistent));
        }
        let says_paid = matches!(self.status, BillStatus::Paid | BillStatus::PaidElsewhere);
        if says_paid != self.paid.is_some() {
            return Err(Invalid::new("paid", InvalidReason::Inconsistent));
        }
        Ok(self)
    }

    /// Whether it can be put in a basket.
    pub fn is_payable(&self) -> bool {
        self.status == BillStatus::Open && self.kind != BillKind::Unknown
    }

    /// Checks an amount against the bill's rule.
    ///
    /// # Errors
    /// [`Invalid`] on `amount_fils`.
    pub fn check_amount(&self, amount: Fils) -> Result<(), Invalid> {
        let reason = match self.amount_rule {
            AmountRule::Exact if amount != *self.amount.reveal() => InvalidReason::Inconsistent,
            AmountRule::Range { min, .. } if amount < min => InvalidReason::TooSmall,
            AmountRule::Range { max, .. } if amount > max => InvalidReason::TooLarge,
            AmountRule::Exact | AmountRule::Range { .. } => return Ok(()),
        };
        Err(Invalid::new("amount_fils", reason))
    }

    /// Days until it is due; below zero once it is overdue.
    pub fn days_left(&self, today: DubaiDate) -> i32 {
        self.due_on.days_since(today)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn bill(id: &str, fils: i64) -> Bill {
        Bill {
            key: BillKey {
                agency: AgencyId::parse("police").unwrap(),
                bill: BillId::parse(id).unwrap(),
            },
            account: AccountId::parse("file-1").unwrap(),
            kind: BillKind::Fine,
            kind_code: "traffic-fine".to_owned(),
            title: Bilingual::parse("Speeding", "سرعة").unwrap(),
            reference: Personal::new("F-1".to_owned()),
            status: BillStatus::Open,
            issued_on: DubaiDate::parse("2026-11-01").unwrap(),
            due_on: DubaiDate::parse("2026-11-30").unwrap(),
            period: None,
            lines: vec![],
            amount: Personal::new(Fils::new(fils).unwrap()),
            currency: Currency::Aed,
            amount_rule: AmountRule::Exact,
            revision: 1,
            paid: None,
        }
    }

    fn refused(change: impl FnOnce(&mut Bill)) -> String {
        let mut bill = bill("b1", 60_000);
        change(&mut bill);
        bill.checked().unwrap_err().field
    }

    #[test]
    fn a_bill_that_contradicts_itself_is_refused() {
        assert!(bill("b1", 60_000).checked().is_ok());
        let line = |fils| BillLine {
            code: "base".to_owned(),
            title: Bilingual::parse("Base", "أساس").unwrap(),
            amount: Personal::new(Fils::new(fils).unwrap()),
            source: None,
        };
        assert_eq!(refused(|b| b.amount = Personal::new(Fils::ZERO)), "amount_fils");
        assert_eq!(refused(|b| b.lines = vec![line(60_001)]), "lines");
        assert_eq!(refused(|b| b.lines = vec![line(0); LINES_MAX + 1]), "lines");
        assert_eq!(refused(|b| b.due_on = b.issued_on.plus_days(-1)), "due_on");
        assert_eq!(refused(|b| b.period = Some((b.due_on, b.issued_on))), "period");
        assert_eq!(
            refused(|b| b.amount_rule = AmountRule::Range {
                min: Fils::ZERO,
                max: Fils::ZERO
            }),
            "amount_rule"
        );
        assert_eq!(refused(|b| b.status = BillStatus::Paid), "paid");
        let discounted = Bill {
            lines: vec![line(70_000), line(-10_000)],
            ..bill("b1", 60_000)
        };
        assert!(discounted.checked().is_ok());
    }

    #[test]
    fn a_rule_is_exact_at_its_edges() {
        let fils = |fils| Fils::new(fils).unwrap();
        let range = Bill {
            amount_rule: AmountRule::Range {
                min: fils(5_000),
                max: fils(50_000),
            },
            ..bill("t", 10_000)
        };
        for (amount, verdict) in [
            (4_999, Err(InvalidReason::TooSmall)),
            (5_000, Ok(())),
            (50_000, Ok(())),
            (50_001, Err(InvalidReason::TooLarge)),
        ] {
            assert_eq!(range.check_amount(fils(amount)).map_err(|e| e.reason), verdict);
        }
        assert!(bill("b", 100).check_amount(fils(100)).is_ok());
        assert!(bill("b", 100).check_amount(fils(99)).is_err());
    }

    #[test]
    fn only_an_open_bill_vanishes() {
        assert_eq!(BillStatus::Open.when_not_mentioned(), BillStatus::Vanished);
        for closed in [
            BillStatus::Paid,
            BillStatus::PaidElsewhere,
            BillStatus::Withdrawn,
            BillStatus::Vanished,
        ] {
            assert_eq!(closed.when_not_mentioned(), closed);
        }
    }
}
