//! The library through Kotlin: what a start costs, what a call costs, what making records of a page costs, and what is left behind.
//!
//! Both sides of a measure are in the same JVM where they are calls, and in JVMs of the same options where they are starts.

use crate::{
    harness::{Bench, Better, Child, Goal, Measure, Outcome, Samples, Unit, timed},
    stage::{KotlinLibrary, PeersShelf, Shelf},
};
use std::cell::RefCell;

const BILLS: usize = 1_000;
/// The most bills of the first page of a start.
const FIRST_PAGE: usize = 50;
const LIBRARY: Option<&str> = Some("kotlin-library");
/// Calls of a repetition: long enough for the clock, short beside a machine's moods.
const CALLS: usize = 2_000;
const PAGES: usize = 100;
/// Calls after which the JVM has compiled what is measured.
const WARM_UPS: usize = 5;
/// Pages, each with a watch of its own, before the first look and before the second.
const HELD_FIRST: usize = 1_000;
const HELD_MORE: usize = 9_000;

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
pub(crate) const EMPTY_CALL: Measure = Measure {
    name: "kotlin-empty-call",
    what: "a suspending call that has nothing to do, to the core's runtime and back",
    reference_is: "a bare UniFFI call: a method that returns a flag at once, on the same thread",
    // A page of a screen is one call; in this time a hundred of them fit between two frames.
    goal: Goal::Figure(0.000_16),
    peer: LIBRARY,
    run: empty_call,
    ..COLD_OPEN
};

/// What records cost.
pub(crate) const PAGE: Measure = Measure {
    name: "kotlin-page-of-100",
    what: "a page of 100 bills, read from the sealed store, as Kotlin records",
    reference_is: "the same call, its bytes taken as one buffer and not looked at",
    goal: Goal::Ratio(1.2),
    peer: LIBRARY,
    run: page,
    ..COLD_OPEN
};

/// What is left behind.
pub(crate) const HELD: Measure = Measure {
    name: "kotlin-memory-held",
    what: "memory held, on the heap and off it, after 10,000 pages and 10,000 watches that were opened and closed",
    reference_is: "the same process after the first 1,000 of each",
    unit: Unit::Bytes,
    goal: Goal::Ratio(1.05),
    peer: LIBRARY,
    run: held,
    ..COLD_OPEN
};

fn cold_open(bench: &Bench) -> Outcome<Samples> {
    let shelf = Shelf::of(BILLS)?;
    let folder = shelf.path()?;
    let library = bench.peers.kotlin_library.as_deref();
    let peers = PeersShelf::filled(bench.peers.kotlin.as_deref(), BILLS)?;
    bench.interleave(
        3,
        20,
        || first_page(|| KotlinLibrary::first_page(library, folder)),
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

fn empty_call(bench: &Bench) -> Outcome<Samples> {
    in_turn(bench, ["empty", "bare"], CALLS)
}

fn page(bench: &Bench) -> Outcome<Samples> {
    in_turn(bench, ["page", "buffer"], PAGES)
}

fn open(bench: &Bench, shelf: &Shelf) -> Outcome<KotlinLibrary> {
    KotlinLibrary::open(bench.peers.kotlin_library.as_deref(), shelf.path()?)
}

fn in_turn(bench: &Bench, [rabt, reference]: [&str; 2], times: usize) -> Outcome<Samples> {
    let shelf = Shelf::of(BILLS)?;
    let library = RefCell::new(open(bench, &shelf)?);
    bench.interleave(
        WARM_UPS,
        30,
        || library.borrow_mut().figure(rabt, times),
        || library.borrow_mut().figure(reference, times),
    )
}

fn held(bench: &Bench) -> Outcome<Samples> {
    let shelf = Shelf::of(BILLS)?;
    let library = RefCell::new(open(bench, &shelf)?);
    let (first, more) = if bench.quick {
        (HELD_FIRST / 10, HELD_MORE / 10)
    } else {
        (HELD_FIRST, HELD_MORE)
    };
    let before = library.borrow_mut().figure("hold", first)?;
    let after = library.borrow_mut().figure("hold", more)?;
    Ok(Samples {
        rabt: vec![after],
        reference: vec![before],
    })
}
