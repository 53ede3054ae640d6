//! The domain's words as numbers, in columns and payloads. A number keeps its meaning for ever; a new word gets a new one.

use crate::mandates::StatementKind;
use rabt_domain::{
    BillKind, BillStatus, Holder, InstrumentKind, InstrumentStatus, PaymentState, mandate::Outcome, payment::ItemState,
};

/// A word that has a number.
pub(crate) trait Code: Copy + PartialEq + 'static {
    /// Every word with its number.
    const ALL: &'static [(Self, u8)];

    /// Its number. Every word has one, which a test proves; the fallback only spares a panic.
    fn code(self) -> u8 {
        Self::ALL
            .iter()
            .find(|(word, _)| *word == self)
            .map_or(u8::MAX, |(_, code)| *code)
    }

    /// The word of a number; `None` for one that was never given.
    fn of_code(code: u8) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(_, known)| *known == code)
            .map(|(word, _)| *word)
    }
}

impl Code for BillKind {
    const ALL: &'static [(Self, u8)] = &[
        (Self::Unknown, 0),
        (Self::Utility, 1),
        (Self::Fine, 2),
        (Self::Fee, 3),
        (Self::TopUp, 4),
    ];
}

impl Code for BillStatus {
    const ALL: &'static [(Self, u8)] = &[
        (Self::Unknown, 0),
        (Self::Open, 1),
        (Self::Paid, 2),
        (Self::PaidElsewhere, 3),
        (Self::Withdrawn, 4),
        (Self::Vanished, 5),
    ];
}

impl Code for Holder {
    const ALL: &'static [(Self, u8)] = &[(Self::Unknown, 0), (Self::Own, 1), (Self::AddedByHand, 2)];
}

impl Code for InstrumentKind {
    const ALL: &'static [(Self, u8)] = &[(Self::Unknown, 0), (Self::BankAccount, 1), (Self::Card, 2)];
}

impl Code for InstrumentStatus {
    const ALL: &'static [(Self, u8)] = &[
        (Self::Unknown, 0),
        (Self::Active, 1),
        (Self::Suspended, 2),
        (Self::Revoked, 3),
        (Self::Expired, 4),
    ];
}

impl Code for PaymentState {
    const ALL: &'static [(Self, u8)] = &[
        (Self::Unknown, 0),
        (Self::Created, 1),
        (Self::Submitting, 2),
        (Self::Pending, 3),
        (Self::Settled, 4),
        (Self::PartlySettled, 5),
        (Self::Rejected, 6),
        (Self::Refunded, 7),
    ];
}

impl Code for ItemState {
    const ALL: &'static [(Self, u8)] = &[
        (Self::Pending, 0),
        (Self::Settled, 1),
        (Self::Rejected, 2),
        (Self::Refunded, 3),
    ];
}

impl Code for Outcome {
    const ALL: &'static [(Self, u8)] = &[(Self::Pay, 0), (Self::Skip, 1), (Self::Hold, 2), (Self::Ask, 3)];
}

impl Code for StatementKind {
    const ALL: &'static [(Self, u8)] = &[
        (Self::Terms, 0),
        (Self::Pause, 1),
        (Self::Resume, 2),
        (Self::Revoke, 3),
        (Self::Answer, 4),
        (Self::Dispute, 5),
    ];
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{collections::BTreeSet, fmt::Debug};

    fn numbers<T: Code + Debug>(count: usize) {
        let codes: BTreeSet<u8> = T::ALL.iter().map(|(_, code)| *code).collect();
        assert_eq!((T::ALL.len(), codes.len()), (count, count));
        for (word, code) in T::ALL {
            assert_eq!((word.code(), T::of_code(*code)), (*code, Some(*word)));
        }
        assert_eq!(T::of_code(200), None);
    }

    #[test]
    fn every_word_has_a_number_of_its_own() {
        numbers::<BillKind>(5);
        numbers::<BillStatus>(6);
        numbers::<Holder>(3);
        numbers::<InstrumentKind>(3);
        numbers::<InstrumentStatus>(5);
        numbers::<PaymentState>(8);
        numbers::<ItemState>(4);
        numbers::<Outcome>(4);
        numbers::<StatementKind>(6);
    }
}
