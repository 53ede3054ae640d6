//! The library through Kotlin: what a start costs, what a call costs, what making records of a page costs, and what is left behind.
//!
//! Both sides of a start are JVMs of the same options.

use super::boundary::{self, BILLS};
use crate::{
    harness::{Bench, Better, Child, Goal, Measure, Outcome, Samples, Unit, timed},
    stage::{PeersShelf, Shelf, Shell, kotlin_first_page, kotlin_library},
};

/// The most bills of the first page of a start.
const FIRST_PAGE: usize = 50;
const LIBRARY: Option<&str> = Some("kotlin-library");

/// From the start of the process to the first page.
pub(crate) const COLD_OPEN: Measure = Measure {
    name: "kotlin-cold-open-1000",
    what: "JVM started, library loaded and opened, to the first 50 of 1,000 sealed bills as Kotlin records",
    reference_is: "the peer in Kotlin: a JVM of the same options reads 50 of the same bills by JDBC from SQLite, unsealed",
    unit: Unit::Seconds,
    better: Better::Lower,
    goal: Goal::Ratio(1.0),
    peer: Some("kotlin,kotlin-library"),
    run: cold_open,
};

/// What any call costs.
pub(crate) const EMPTY_CALL: Measure = boundary::empty_call_measure("kotlin-empty-call", LIBRARY, |bench| {
    boundary::empty_call(bench, open(bench)?)
});

/// What records cost.
pub(crate) const PAGE: Measure = boundary::page_measure("kotlin-page-of-100", LIBRARY, |bench| {
    boundary::page(bench, open(bench)?)
});

/// What is left behind, on the heap and off it.
pub(crate) const HELD: Measure = boundary::held_measure("kotlin-memory-held", LIBRARY, |bench| {
    boundary::held(bench, open(bench)?)
});

fn cold_open(bench: &Bench) -> Outcome<Samples> {
    let shelf = Shelf::of(BILLS)?;
    let folder = shelf.path()?;
    let library = bench.peers.kotlin_library.as_deref();
    let peers = PeersShelf::filled(bench.peers.kotlin.as_deref(), BILLS)?;
    bench.interleave(
        3,
        20,
        || first_page(|| kotlin_first_page(library, folder)),
        || first_page(|| peers.first_page()),
    )
}

fn first_page(start: impl FnOnce() -> Outcome<Child>) -> Outcome<f64> {
    let mut child = None;
    let took = timed(|| {
        let bills: usize = child.insert(start()?).heard()?.parse()?;
        if bills == FIRST_PAGE {
            Ok(())
        } else {
            Err(format!("{bills} bills on the first page").into())
        }
    });
    // Its end is waited for, and not counted.
    drop(child);
    took
}

fn open(bench: &Bench) -> Outcome<Shell> {
    kotlin_library(bench.peers.kotlin_library.as_deref(), BILLS)
}
