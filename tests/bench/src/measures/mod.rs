//! The measures, a file each.

mod boundary;
mod cold_open;
mod kotlin;
mod memory;
mod nothing_changed;
mod payments;
mod population;
mod processor_time;
mod search;
mod swift;
mod thirty_agencies;

use crate::{
    harness::{Measure, Outcome},
    stage,
};

/// Every measure, in the order in which they are taken.
pub(crate) const ALL: &[Measure] = &[
    thirty_agencies::WARM,
    thirty_agencies::COLD,
    processor_time::MEASURE,
    nothing_changed::BYTES,
    nothing_changed::ROWS,
    cold_open::AGAINST_BARE,
    cold_open::AGAINST_FEW,
    kotlin::COLD_OPEN,
    kotlin::EMPTY_CALL,
    kotlin::PAGE,
    kotlin::HELD,
    swift::EMPTY_CALL,
    swift::PAGE,
    swift::HELD,
    payments::MEASURE,
    search::ENGLISH,
    search::ARABIC,
    memory::MEASURE,
    population::TIME,
    population::GROWTH,
    population::MEMORY,
];

/// What a child process does with its arguments.
pub(crate) type Role = fn(&[String]) -> Outcome<()>;

/// What this program can be started as by a measure.
pub(crate) const CHILDREN: &[(&str, Role)] = &[
    ("city", stage::child),
    ("shelf", stage::fill_shelf),
    ("open-rabt", cold_open::rabt),
    ("open-bare", cold_open::bare),
    ("population", crate::population::decide_child),
];
