//! What a draft would have done, and what the mandates will do: the same rules, played over the bills in the store.

use super::{
    DecisionView, MandateDraft,
    book::{self, Book},
    draft,
    said::Sentence,
    view,
};
use crate::{RabtError, core::Shared};
use rabt_domain::{
    BillKey, BillStatus, DubaiDate, Fils, MandateId,
    mandate::{
        BillView, Foreseen, Left, Outcome, Rule, Situation, Standing, expected_bills, limits_left, preview as play,
        upcoming as ahead,
    },
};

/// What would become, or will become, of a bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeseenBill {
    /// Which bill; one that is only to be expected has a name that begins with `expected-`.
    pub bill: BillKey,
    /// Whether it isn't there yet, and is expected since its account has one each month.
    pub is_expected: bool,
    /// Its mandate; `None` where none is for it.
    pub mandate: Option<MandateId>,
    /// The day on which it is paid, or on which it is first held or asked about, or else the last that was looked at.
    pub on: DubaiDate,
    /// Paid, skipped, held or asked.
    pub outcome: Outcome,
    /// Why, with its figures.
    pub rule: Rule,
    /// The same in words.
    pub sentence: Sentence,
    /// What the bill is.
    pub amount: Fils,
    /// What is paid; `None` where nothing is.
    pub paid: Option<Fils>,
}

/// What a draft would have done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preview {
    /// Each bill that it is for, by day.
    pub bills: Vec<ForeseenBill>,
    /// How many it would have paid.
    pub paid: usize,
    /// How much that is.
    pub paid_total: Fils,
    /// How many it would have held.
    pub held: usize,
    /// About how many it would have asked.
    pub asked: usize,
    /// How many it would have passed over.
    pub skipped: usize,
}

/// What is left of a mandate's limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitsLeft {
    /// Which mandate.
    pub mandate: MandateId,
    /// Each period that it limits.
    pub left: Vec<Left>,
}

/// What is ahead.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Upcoming {
    /// What is asked of the person and wasn't answered yet, the newest first.
    pub asked: Vec<DecisionView>,
    /// Each open bill that a mandate is for, by day.
    pub bills: Vec<ForeseenBill>,
    /// What each mandate's limits have left now.
    pub limits: Vec<LimitsLeft>,
}

pub(super) async fn preview(core: &Shared, wish: &MandateDraft) -> Result<Preview, RabtError> {
    let checked = draft::check(core, wish).await?;
    let today = core.today();
    core.stored(move |store| {
        let (mut views, paid) = book::bills(store, today)?;
        let mut mandates = Book::read(store)?.newest();
        let id = checked.mandate.id().clone();
        mandates.retain(|mandate| *mandate.id() != id && !matches!(mandate.standing, Standing::Revoked { .. }));
        mandates.push(checked.mandate);
        views.extend(expected_bills(&views, today));
        let played = play(&mandates, &views, &paid, today);
        let own = played
            .into_iter()
            .filter(|foreseen| foreseen.mandate.as_ref() == Some(&id));
        Ok(Preview::of(own.map(|foreseen| seen(foreseen, &views)).collect()))
    })
    .await
}

pub(super) async fn upcoming(core: &Shared) -> Result<Upcoming, RabtError> {
    let (today, now) = (core.today(), core.now());
    core.stored(move |store| {
        let book = Book::read(store)?;
        if book.mandates.is_empty() {
            return Ok(Upcoming::default());
        }
        let (views, paid) = book::bills(store, today)?;
        let decided = book::decisions(store)?;
        let by_hand = book::by_hand(store, &book, &decided)?;
        let history = book::history(&book, &decided, &by_hand, &views, paid, now);
        let mandates = book.newest();
        let instruments = book::instrument_views(&store.instruments().list()?);
        let foreseen = ahead(&Situation {
            mandates: &mandates,
            bills: &views,
            history: &history,
            instruments: &instruments,
            now,
        });
        let limits = mandates.iter().filter(|mandate| mandate.is_in_force(today));
        Ok(Upcoming {
            asked: view::asked(store, &book)?,
            bills: foreseen
                .into_iter()
                .filter(|foreseen| foreseen.mandate.is_some())
                .map(|foreseen| seen(foreseen, &views))
                .collect(),
            limits: limits
                .map(|mandate| LimitsLeft {
                    mandate: mandate.id().clone(),
                    left: limits_left(mandate, &history, now),
                })
                .collect(),
        })
    })
    .await
}

impl Preview {
    fn of(bills: Vec<ForeseenBill>) -> Self {
        let count = |outcome| bills.iter().filter(|bill| bill.outcome == outcome).count();
        let paid_total = bills
            .iter()
            .filter_map(|bill| bill.paid)
            .fold(Fils::ZERO, |sum, paid| sum.checked_add(paid).unwrap_or(Fils::MAX));
        Self {
            paid: count(Outcome::Pay),
            paid_total,
            held: count(Outcome::Hold),
            asked: count(Outcome::Ask),
            skipped: count(Outcome::Skip),
            bills,
        }
    }
}

fn seen(foreseen: Foreseen, views: &[BillView]) -> ForeseenBill {
    let amount = views
        .iter()
        .filter(|view| view.key == foreseen.bill)
        .max_by_key(|view| view.revision)
        .map_or(Fils::ZERO, |view| view.amount);
    ForeseenBill {
        is_expected: is_expected(&foreseen, views),
        mandate: foreseen.mandate,
        on: foreseen.on,
        outcome: foreseen.rule.outcome(),
        sentence: Sentence::of(|language| foreseen.rule.sentence(language)),
        rule: foreseen.rule,
        amount,
        paid: foreseen.paid,
        bill: foreseen.bill,
    }
}

/// One that is expected was made from the one before, and so has neither been paid nor a name of its agency's.
fn is_expected(foreseen: &Foreseen, views: &[BillView]) -> bool {
    foreseen.bill.bill.as_str().starts_with("expected-")
        && views
            .iter()
            .filter(|view| view.key == foreseen.bill)
            .all(|view| view.status == BillStatus::Open)
}
