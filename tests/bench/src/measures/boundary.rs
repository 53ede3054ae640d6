//! What a boundary to another language costs and leaves behind: one story for all of them, so that their figures can be read side by side.
//!
//! Both sides of a call are taken in one process. The reference of a page is the same call with nothing made of the bytes that cross: copied into
//! one buffer, and let go of. What the core and the boundary cost is in both.

use crate::{
    harness::{Bench, Better, Goal, Measure, Outcome, Samples, Unit},
    stage::Shell,
};
use std::cell::RefCell;

/// As a city app's store holds after a year.
pub(super) const BILLS: usize = 1_000;
/// Calls of a repetition: long enough for the clock, short beside a machine's moods.
const CALLS: usize = 2_000;
const PAGES: usize = 100;
/// Repetitions after which what is measured runs as it will, in the JVM compiled.
const WARM_UPS: usize = 5;
const REPETITIONS: usize = 30;
/// Pages, each with a watch of its own, before the first look and before the second.
const HELD_FIRST: usize = 1_000;
const HELD_MORE: usize = 9_000;

/// What `cargo xtask bench` must bring for a language.
type Peer = Option<&'static str>;
/// Starts a language's process and tells it one of the stories below.
type Run = fn(&Bench) -> Outcome<Samples>;

/// What any call costs, by [`empty_call`].
pub(super) const fn empty_call_measure(name: &'static str, peer: Peer, run: Run) -> Measure {
    Measure {
        name,
        what: "an asynchronous call that has nothing to do, to the core's runtime and back",
        reference_is: "a bare UniFFI call: a method that returns a flag at once, on the same thread",
        unit: Unit::Seconds,
        better: Better::Lower,
        // A page of a screen is one call; in this time a hundred of them fit between two frames.
        goal: Goal::Figure(0.000_16),
        peer,
        run,
    }
}

/// What records cost, by [`page`].
pub(super) const fn page_measure(name: &'static str, peer: Peer, run: Run) -> Measure {
    Measure {
        name,
        what: "a page of 100 bills, read from the sealed store, as records",
        reference_is: "the same call, its bytes taken as one buffer and not looked at",
        unit: Unit::Seconds,
        better: Better::Lower,
        goal: Goal::Ratio(1.2),
        peer,
        run,
    }
}

/// What is left behind, by [`held`].
pub(super) const fn held_measure(name: &'static str, peer: Peer, run: Run) -> Measure {
    Measure {
        name,
        what: "memory held after 10,000 pages and 10,000 watches that were opened and closed",
        reference_is: "the same process after the first 1,000 of each",
        unit: Unit::Bytes,
        better: Better::Lower,
        goal: Goal::Ratio(1.05),
        peer,
        run,
    }
}

/// As [`empty_call_measure`] says.
pub(super) fn empty_call(bench: &Bench, shell: Shell) -> Outcome<Samples> {
    in_turn(bench, shell, ["empty", "bare"], CALLS)
}

/// As [`page_measure`] says.
pub(super) fn page(bench: &Bench, shell: Shell) -> Outcome<Samples> {
    in_turn(bench, shell, ["page", "buffer"], PAGES)
}

fn in_turn(bench: &Bench, shell: Shell, [rabt, reference]: [&str; 2], times: usize) -> Outcome<Samples> {
    let shell = RefCell::new(shell);
    bench.interleave(
        WARM_UPS,
        REPETITIONS,
        || shell.borrow_mut().figure(rabt, times),
        || shell.borrow_mut().figure(reference, times),
    )
}

/// As [`held_measure`] says.
pub(super) fn held(bench: &Bench, mut shell: Shell) -> Outcome<Samples> {
    let (first, more) = if bench.quick {
        (HELD_FIRST / 10, HELD_MORE / 10)
    } else {
        (HELD_FIRST, HELD_MORE)
    };
    let before = shell.figure("hold", first)?;
    let after = shell.figure("hold", more)?;
    Ok(Samples {
        rabt: vec![after],
        reference: vec![before],
    })
}
