//! What the person is asked about first, and what is usual for a bill.

use super::PaidBill;
use crate::{AccountId, AgencyId, BillKind, Fils};

/// What is usual is the median of so many last paid bills.
pub const USUAL_OF_LAST: usize = 6;
/// With fewer paid bills than this there is no usual yet.
pub const USUAL_NEEDS: usize = 3;
/// The most that a bill may be above its usual without a question, in per cent.
pub const ABOVE_USUAL_PERCENT_MAX: u16 = 1_000;

/// When the person is asked before a bill is paid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AskFirst {
    /// When it is more than this; exactly so much is paid without a question.
    pub above: Option<Fils>,
    /// When a utility bill is more than so many per cent above its usual, 1 to [`ABOVE_USUAL_PERCENT_MAX`]. Fines and fees
    /// have no usual, since they don't recur.
    pub above_usual_percent: Option<u16>,
}

/// What is usual for the bills of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usual {
    /// The median.
    Is {
        /// How much.
        amount: Fils,
        /// Of how many bills, [`USUAL_NEEDS`] to [`USUAL_OF_LAST`].
        of: u8,
    },
    /// There are too few paid bills.
    NotYet {
        /// How many there are.
        have: u8,
    },
}

/// The median amount of the last [`USUAL_OF_LAST`] paid bills of the same agency, account and kind, by the day of payment (of the
/// same day the larger amount is the later one). Of an even number it is the mean of the middle two, rounded down to a fils.
pub fn usual(paid: &[PaidBill], agency: &AgencyId, account: &AccountId, kind: BillKind) -> Usual {
    let mut last = [(None, Fils::ZERO); USUAL_OF_LAST];
    let mut have = 0;
    for bill in paid {
        if bill.kind != kind || bill.account.account != *account || bill.account.agency != *agency {
            continue;
        }
        // The latest stands first.
        let this = (Some(bill.paid_on), bill.amount);
        let Some(place) = (0..USUAL_OF_LAST).find(|place| *place >= have || this > last[*place]) else {
            continue;
        };
        have = USUAL_OF_LAST.min(have + 1);
        last[place..have].rotate_right(1);
        last[place] = this;
    }
    let of = u8::try_from(have).unwrap_or(u8::MAX);
    if have < USUAL_NEEDS {
        return Usual::NotYet { have: of };
    }
    let amounts = &mut last[..have];
    amounts.sort_unstable_by_key(|(_, amount)| *amount);
    let (low, high) = (amounts[(have - 1) / 2].1.get(), amounts[have / 2].1.get());
    Usual::Is {
        // Between two amounts that are within the bounds.
        amount: Fils::new(low + (high - low) / 2).unwrap_or(Fils::ZERO),
        of,
    }
}

/// Whether an amount is more than so many per cent above what is usual; exactly so many is not.
pub fn is_above_usual(amount: Fils, usual: Fils, percent: u16) -> bool {
    i128::from(amount.get()) * 100 > i128::from(usual.get()) * (100 + i128::from(percent))
}
