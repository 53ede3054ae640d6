//! The most memory that a client has in use while it takes in bills as a refresh does, looks at twenty pages, searches and sums up.
//!
//! The pages that it shows are the same however many bills there are, so the memory should be. The reference has a tenth of the bills and
//! not a hundredth: SQLite's page caches are bounded, but files of a few hundred bills don't fill them.

use crate::{
    harness::{Bench, Better, Goal, Measure, Outcome, Samples, Unit},
    stage::Shelf,
};

const MANY: usize = 100_000;
const FEW: usize = 10_000;
/// What the system's allocator rounds and keeps.
const GOAL: f64 = 1.25;

/// See the module.
pub(crate) const MEASURE: Measure = Measure {
    name: "memory-100000",
    what: "peak memory of a client that takes in 100,000 bills and looks at pages of them",
    reference_is: "the same with 10,000 bills",
    unit: Unit::Bytes,
    better: Better::Lower,
    goal: Goal::Ratio(GOAL),
    peer: None,
    run,
};

/// Each figure costs the taking in of all bills, so those of the other measures' folders are used, and one more is made only of the few.
fn run(bench: &Bench) -> Outcome<Samples> {
    let many = Shelf::of(MANY)?.peak_bytes;
    bench.interleave(0, 3, || Ok(many), || Ok(Shelf::filled(FEW)?.peak_bytes))
}
