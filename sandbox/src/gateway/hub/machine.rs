//! The hub's rules as a state machine without I/O: what is known of an item, what that makes of it, what is to be done next.
//!
//! ```text
//! waiting ──debited──▶ held ──posting confirmed──▶ posted ──settlement done──▶ settled
//!    │                   └───posting refused─────▶ refused ──refund done─────▶ refunded
//!    └──debit declined──▶ rejected
//! ```
//! A fact may be learnt twice, since every act may be repeated after a kill; the second time it changes nothing. A fact that
//! contradicts an earlier one changes nothing either, and is reported: somebody else broke their word.

use rabt_protocol::hub::{ItemStatus, PaymentStatus};

/// Where an item stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum ItemStage {
    /// The payment is recorded; whether money was taken isn't known yet.
    Waiting,
    /// Money is held in clearing; the agency is to be told.
    Held,
    /// The agency has posted it; its money is to go there.
    Posted,
    /// The agency refused; the money is to go back.
    Refused,
    /// The agency has its money.
    Settled,
    /// The person has their money back.
    Refunded,
    /// No money was ever taken.
    Rejected,
}

/// Where a payment as a whole stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum PaymentStage {
    /// It is recorded with its key; the debit is to be made.
    Recorded,
    /// The money is in clearing; items are on their way.
    Debited,
    /// The debit was declined.
    Rejected,
    /// Every item is final.
    Closed,
}

/// What was learnt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Fact {
    /// The bank took the payment's money.
    Debited,
    /// The bank declined to, for good.
    DebitDeclined,
    /// The agency posted the item.
    PostingConfirmed,
    /// The agency refused the item, and has no posting of it.
    PostingRefused,
    /// The bank sent the money on to the agency.
    SettlementDone,
    /// The bank sent the money back.
    RefundDone,
}

/// What a fact makes of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// It is now there.
    To(ItemStage),
    /// That was known.
    Known,
    /// That can't be, after what was known.
    Contradiction,
}

/// What is to be done about an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// Tell the agency.
    Post,
    /// Send the money to the agency.
    Settle,
    /// Send the money back.
    Refund,
}

impl ItemStage {
    /// All of them.
    pub(crate) const ALL: [Self; 7] = [
        Self::Waiting,
        Self::Held,
        Self::Posted,
        Self::Refused,
        Self::Settled,
        Self::Refunded,
        Self::Rejected,
    ];

    /// What a fact makes of an item in this stage.
    pub(crate) fn step(self, fact: Fact) -> Step {
        use Fact as F;
        use ItemStage as S;
        match (self, fact) {
            (S::Waiting, F::Debited) => Step::To(S::Held),
            (S::Waiting, F::DebitDeclined) => Step::To(S::Rejected),
            (S::Held, F::PostingConfirmed) => Step::To(S::Posted),
            (S::Held, F::PostingRefused) => Step::To(S::Refused),
            (S::Posted, F::SettlementDone) => Step::To(S::Settled),
            (S::Refused, F::RefundDone) => Step::To(S::Refunded),
            (S::Held | S::Posted | S::Refused | S::Settled | S::Refunded, F::Debited)
            | (S::Posted | S::Settled, F::PostingConfirmed)
            | (S::Refused | S::Refunded, F::PostingRefused)
            | (S::Settled, F::SettlementDone)
            | (S::Refunded, F::RefundDone)
            | (S::Rejected, F::DebitDeclined) => Step::Known,
            _ => Step::Contradiction,
        }
    }

    /// What is to be done next; nothing where the debit comes first or the item is final.
    pub(crate) fn next_act(self) -> Option<Act> {
        match self {
            Self::Held => Some(Act::Post),
            Self::Posted => Some(Act::Settle),
            Self::Refused => Some(Act::Refund),
            Self::Waiting | Self::Settled | Self::Refunded | Self::Rejected => None,
        }
    }

    /// Whether nothing will happen to it any more.
    pub(crate) fn is_final(self) -> bool {
        matches!(self, Self::Settled | Self::Refunded | Self::Rejected)
    }

    /// What a client is told. Settled is said once the agency has the money, not before: it is what the receipt is for.
    pub(crate) fn status(self) -> ItemStatus {
        match self {
            Self::Waiting | Self::Held | Self::Posted | Self::Refused => ItemStatus::Pending,
            Self::Settled => ItemStatus::Settled,
            Self::Refunded => ItemStatus::Refunded,
            Self::Rejected => ItemStatus::Rejected,
        }
    }

    /// As the schema writes it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Held => "held",
            Self::Posted => "posted",
            Self::Refused => "refused",
            Self::Settled => "settled",
            Self::Refunded => "refunded",
            Self::Rejected => "rejected",
        }
    }

    /// The reverse.
    pub(crate) fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.name() == name)
    }
}

impl PaymentStage {
    /// All of them.
    pub(crate) const ALL: [Self; 4] = [Self::Recorded, Self::Debited, Self::Rejected, Self::Closed];

    /// As the schema writes it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Recorded => "recorded",
            Self::Debited => "debited",
            Self::Rejected => "rejected",
            Self::Closed => "closed",
        }
    }

    /// The reverse.
    pub(crate) fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.name() == name)
    }

    /// Where a payment stands whose items stand as they do.
    pub(crate) fn of(items: &[ItemStage]) -> Self {
        if items.iter().all(|stage| *stage == ItemStage::Rejected) {
            Self::Rejected
        } else if items.iter().all(|stage| stage.is_final()) {
            Self::Closed
        } else if items.contains(&ItemStage::Waiting) {
            Self::Recorded
        } else {
            Self::Debited
        }
    }
}

/// What a client is told of the whole payment.
pub(crate) fn payment_status(items: &[ItemStage]) -> PaymentStatus {
    let all = |wanted: ItemStage| items.iter().all(|stage| *stage == wanted);
    if items.is_empty() || !items.iter().all(|stage| stage.is_final()) {
        PaymentStatus::Pending
    } else if all(ItemStage::Rejected) {
        PaymentStatus::Rejected
    } else if all(ItemStage::Settled) {
        PaymentStatus::Settled
    } else if all(ItemStage::Refunded) {
        PaymentStatus::Refunded
    } else {
        PaymentStatus::PartlySettled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FACTS: [Fact; 6] = [
        Fact::Debited,
        Fact::DebitDeclined,
        Fact::PostingConfirmed,
        Fact::PostingRefused,
        Fact::SettlementDone,
        Fact::RefundDone,
    ];

    /// The fact that doing an act ends in, when it goes well.
    fn outcome(act: Act) -> Fact {
        match act {
            Act::Post => Fact::PostingConfirmed,
            Act::Settle => Fact::SettlementDone,
            Act::Refund => Fact::RefundDone,
        }
    }

    #[test]
    fn a_fact_learnt_twice_changes_nothing_the_second_time() {
        for stage in ItemStage::ALL {
            for fact in FACTS {
                if let Step::To(next) = stage.step(fact) {
                    assert_eq!(next.step(fact), Step::Known, "{stage:?} {fact:?}");
                    assert_ne!(next, stage);
                }
            }
        }
    }

    #[test]
    fn what_is_final_never_moves_again() {
        for stage in ItemStage::ALL.into_iter().filter(|stage| stage.is_final()) {
            assert_eq!(stage.next_act(), None);
            for fact in FACTS {
                assert!(!matches!(stage.step(fact), Step::To(_)), "{stage:?} {fact:?}");
            }
        }
    }

    #[test]
    fn every_stage_after_the_debit_has_a_way_to_the_end() {
        for start in [ItemStage::Held, ItemStage::Posted, ItemStage::Refused] {
            let mut stage = start;
            for _ in 0..ItemStage::ALL.len() {
                if let Some(act) = stage.next_act() {
                    assert!(matches!(stage.step(outcome(act)), Step::To(_)), "{stage:?}");
                    if let Step::To(next) = stage.step(outcome(act)) {
                        stage = next;
                    }
                }
            }
            assert!(stage.is_final(), "{start:?} ends in {stage:?}");
        }
    }

    #[test]
    fn money_is_never_sent_both_ways() {
        for (stage, fact) in [
            (ItemStage::Posted, Fact::RefundDone),
            (ItemStage::Settled, Fact::RefundDone),
            (ItemStage::Refused, Fact::SettlementDone),
            (ItemStage::Refunded, Fact::SettlementDone),
            (ItemStage::Refunded, Fact::PostingConfirmed),
            (ItemStage::Settled, Fact::PostingRefused),
            (ItemStage::Rejected, Fact::Debited),
            (ItemStage::Held, Fact::DebitDeclined),
        ] {
            assert_eq!(stage.step(fact), Step::Contradiction, "{stage:?} {fact:?}");
        }
    }

    #[test]
    fn a_payment_is_what_its_items_are() {
        use ItemStage as S;
        for (items, stage, status) in [
            (
                vec![S::Waiting, S::Waiting],
                PaymentStage::Recorded,
                PaymentStatus::Pending,
            ),
            (vec![S::Held, S::Settled], PaymentStage::Debited, PaymentStatus::Pending),
            (vec![S::Posted], PaymentStage::Debited, PaymentStatus::Pending),
            (
                vec![S::Refused, S::Settled],
                PaymentStage::Debited,
                PaymentStatus::Pending,
            ),
            (
                vec![S::Settled, S::Settled],
                PaymentStage::Closed,
                PaymentStatus::Settled,
            ),
            (
                vec![S::Settled, S::Refunded],
                PaymentStage::Closed,
                PaymentStatus::PartlySettled,
            ),
            (
                vec![S::Refunded, S::Refunded],
                PaymentStage::Closed,
                PaymentStatus::Refunded,
            ),
            (
                vec![S::Rejected, S::Rejected],
                PaymentStage::Rejected,
                PaymentStatus::Rejected,
            ),
        ] {
            assert_eq!(
                (PaymentStage::of(&items), payment_status(&items)),
                (stage, status),
                "{items:?}"
            );
        }
    }

    #[test]
    fn stages_are_written_and_read_alike() {
        for stage in ItemStage::ALL {
            assert_eq!(ItemStage::by_name(stage.name()), Some(stage));
        }
        for stage in PaymentStage::ALL {
            assert_eq!(PaymentStage::by_name(stage.name()), Some(stage));
        }
    }
}
