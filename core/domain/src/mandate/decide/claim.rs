//! Which mandate decides about a bill, and in which order bills are looked at.

use super::Situation;
use crate::{
    DubaiDate,
    mandate::{BillView, Mandate},
};
use std::cmp::Reverse;

/// The mandate that decides about a bill on a day: of those in force that cover it, the one whose scope names it most closely;
/// of equally close ones the one with the first priority; of those the one whose name comes first. A paused mandate decides too,
/// and says no; a revoked, expired or future one doesn't.
pub fn deciding_mandate<'a>(mandates: &'a [Mandate], bill: &BillView, today: DubaiDate) -> Option<&'a Mandate> {
    index_of_deciding(mandates, bill, today).map(|index| &mandates[index])
}

fn index_of_deciding(mandates: &[Mandate], bill: &BillView, today: DubaiDate) -> Option<usize> {
    let mut best = None;
    for (index, mandate) in mandates.iter().enumerate() {
        if !mandate.is_in_force(today) || is_superseded(mandates, mandate) {
            continue;
        }
        let terms = mandate.terms();
        if let Some(closeness) = terms.scope.closeness(bill) {
            let rank = (closeness, Reverse(terms.priority), Reverse(&terms.id));
            if best.as_ref().is_none_or(|(best, _)| rank > *best) {
                best = Some((rank, index));
            }
        }
    }
    best.map(|(_, index)| index)
}

/// Whether a later version of it is there.
fn is_superseded(mandates: &[Mandate], mandate: &Mandate) -> bool {
    mandates
        .iter()
        .any(|other| other.terms().version > mandate.terms().version && other.id() == mandate.id())
}

/// Each bill once, with the index of its mandate, in the order in which money and limits are given out.
pub(super) fn claims<'a>(situation: &Situation<'a>, today: DubaiDate) -> Vec<(&'a BillView, Option<usize>)> {
    let mut bills: Vec<&BillView> = situation.bills.iter().collect();
    bills.sort_unstable_by(|a, b| {
        (&a.key, Reverse(a.revision), Reverse(a.fetched_at)).cmp(&(&b.key, Reverse(b.revision), Reverse(b.fetched_at)))
    });
    bills.dedup_by(|later, first| later.key == first.key);
    let mut claims: Vec<_> = bills
        .into_iter()
        .map(|bill| (bill, index_of_deciding(situation.mandates, bill, today)))
        .collect();
    // Stable, so that bills of one day stay in the order of their names.
    claims.sort_by_key(|(bill, by)| {
        (
            by.map_or(u8::MAX, |index| situation.mandates[index].terms().priority),
            bill.due_on,
        )
    });
    claims
}
