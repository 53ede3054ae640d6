//! The engine of mandates over a whole city: 3.6 million people (Dubai has some 3.9 million: Dubai Statistics Centre's clock, 2025), eight
//! bills each, their mandates and what was paid lately, from files on a disk by two processors.

use crate::{
    harness::{Bench, Better, Goal, Measure, Outcome, Samples, Unit},
    population::City,
};

const PEOPLE: u64 = 3_600_000;
/// What growth is held against.
const FEW: u64 = 36_000;
/// Where the run is to be quick.
const QUICK: u64 = 360_000;
const GOAL_SECONDS: f64 = 60.0;
const GOAL_GROWTH: f64 = 1.2;
const GOAL_BYTES: f64 = 2_147_483_648.0;

/// How long, beside what is the disk's part of it.
pub(crate) const TIME: Measure = Measure {
    name: "mandates-of-a-city",
    what: "decides about 28.8 million bills of 3.6 million people by their mandates, from files on the disk",
    reference_is: "the same files read, and nothing done",
    unit: Unit::Seconds,
    better: Better::Lower,
    goal: Goal::Figure(GOAL_SECONDS),
    peer: None,
    run: time,
};

/// Whether each person costs the same in a city of many.
pub(crate) const GROWTH: Measure = Measure {
    name: "mandates-of-a-city-growth",
    what: "processor time a person of the same",
    reference_is: "in a city of 36,000 people",
    goal: Goal::Ratio(GOAL_GROWTH),
    run: growth,
    ..TIME
};

/// Whether the memory is bounded.
pub(crate) const MEMORY: Measure = Measure {
    name: "mandates-of-a-city-memory",
    what: "peak memory of the same",
    reference_is: "in a city of 36,000 people",
    unit: Unit::Bytes,
    goal: Goal::Figure(GOAL_BYTES),
    run: memory,
    ..TIME
};

fn people(bench: &Bench) -> u64 {
    if bench.quick { QUICK } else { PEOPLE }
}

fn time(bench: &Bench) -> Outcome<Samples> {
    let people = people(bench);
    let city = City::of(people)?;
    bench.interleave(
        0,
        3,
        || Ok(city.decide(people)?.seconds),
        || Ok(city.read(people)?.seconds),
    )
}

#[expect(clippy::cast_precision_loss, reason = "a count of people is exact in it")]
fn growth(bench: &Bench) -> Outcome<Samples> {
    let people = people(bench);
    let city = City::of(people)?;
    bench.interleave(
        0,
        3,
        || Ok(city.decide(people)?.cpu_seconds / people as f64),
        || Ok(city.decide(FEW)?.cpu_seconds / FEW as f64),
    )
}

fn memory(bench: &Bench) -> Outcome<Samples> {
    let people = people(bench);
    let city = City::of(people)?;
    bench.interleave(
        0,
        1,
        || Ok(city.decide(people)?.peak_bytes),
        || Ok(city.decide(FEW)?.peak_bytes),
    )
}
