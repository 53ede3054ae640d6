//! What Swift adds to the core: a page of records, and what is left behind by many pages and watches.
//!
//! The reference of a page is the same call with nothing made of the bytes that cross: copied into one buffer, and let go of. What the core
//! and the boundary cost is in both.

use crate::{
    harness::{Bench, Better, Goal, Measure, Outcome, Samples, Unit},
    stage::SwiftApp,
};
use std::cell::RefCell;

/// As a city app's store holds after a year.
const BILLS: usize = 1_000;
/// Pages for one figure: long enough that the clock and the pipe cost nothing.
const PAGES: usize = 200;
/// Pages and watches after which memory is looked at again.
const MANY: usize = 10_000;
/// What allocators and caches have filled themselves with by then.
const FEW: usize = 1_000;

/// See the module.
pub(crate) const PAGE: Measure = Measure {
    name: "page-of-100-bills-swift",
    what: "a page of 100 bills through the Swift face",
    reference_is: "the same bytes fetched as one buffer over the same boundary",
    unit: Unit::Seconds,
    better: Better::Lower,
    goal: Goal::Ratio(1.2),
    peer: Some("swift"),
    run: page,
};

/// See the module.
pub(crate) const MEMORY: Measure = Measure {
    name: "memory-held-swift",
    what: "memory in use after 10,000 pages of 100 bills and 10,000 watches, begun and ended, from Swift",
    reference_is: "after a tenth of them",
    unit: Unit::Bytes,
    better: Better::Lower,
    goal: Goal::Ratio(1.05),
    peer: Some("swift"),
    run: memory,
};

fn page(bench: &Bench) -> Outcome<Samples> {
    let app = RefCell::new(SwiftApp::over(BILLS, bench)?);
    bench.interleave(
        3,
        25,
        || app.borrow_mut().number(&format!("face {PAGES}")),
        || app.borrow_mut().number(&format!("buffer {PAGES}")),
    )
}

fn memory(bench: &Bench) -> Outcome<Samples> {
    let mut samples = Samples::default();
    let mut app = SwiftApp::over(BILLS, bench)?;
    for (times, figures) in [(FEW, &mut samples.reference), (MANY - FEW, &mut samples.rabt)] {
        app.number(&format!("face {times}"))?;
        app.done(&format!("watches {times}"))?;
        figures.push(app.number("memory")?);
    }
    Ok(samples)
}
