//! The first page of a search over 100,000 sealed bills, each with a title of its own, by words that nearly all of them have, that a
//! few have, that one has and that none has. A figure is the slowest of them: nobody forgives the one word that takes long.

use crate::{
    harness::{Bench, Better, Goal, Measure, Outcome, Samples, Unit, timed},
    stage::{Shelf, open_shelf, search},
};
use rabt::store::bills::BillQuery;
use std::path::Path;

const BILLS: usize = 100_000;
const GOAL_SECONDS: f64 = 0.050;

/// In English.
pub(crate) const ENGLISH: Measure = Measure {
    name: "search-100000-english",
    what: "the first page of the slowest of several searches over 100,000 sealed bills, in English",
    reference_is: "the first page without a search",
    unit: Unit::Seconds,
    better: Better::Lower,
    goal: Goal::Figure(GOAL_SECONDS),
    peer: None,
    run: english,
};

/// In Arabic.
pub(crate) const ARABIC: Measure = Measure {
    name: "search-100000-arabic",
    what: "the same in Arabic",
    run: arabic,
    ..ENGLISH
};

fn english(bench: &Bench) -> Outcome<Samples> {
    slowest_of(
        bench,
        &[
            "electricity",
            "flat 77",
            "build 77777",
            "telephone",
            "e",
            "77 INV-00077777",
        ],
    )
}

fn arabic(bench: &Bench) -> Outcome<Samples> {
    slowest_of(
        bench,
        &["كهرباء", "شقه ٧٧", "المبنى ٧٧٧٧٧", "هاتف", "ا", "والشقة 77 مبنى"],
    )
}

fn slowest_of(bench: &Bench, texts: &[&str]) -> Outcome<Samples> {
    let shelf = Shelf::of(BILLS)?;
    let (runtime, rabt) = open_shelf(Path::new(shelf.path()?))?;
    let page = |query: BillQuery| {
        timed(|| {
            runtime.block_on(rabt.bills().page(query))?;
            Ok(())
        })
    };
    bench.interleave(
        1,
        15,
        || {
            texts.iter().try_fold(0.0_f64, |slowest, text| {
                let took = page(search(text))?;
                Ok(slowest.max(took))
            })
        },
        || page(BillQuery::default()),
    )
}
