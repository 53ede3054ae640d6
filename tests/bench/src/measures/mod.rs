//! The measures, a file each.

mod nothing_changed;
mod processor_time;
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
];

/// What a child process does with its arguments.
pub(crate) type Role = fn(&[String]) -> Outcome<()>;

/// What this program can be started as by a measure.
pub(crate) const CHILDREN: &[(&str, Role)] = &[("city", stage::child)];
