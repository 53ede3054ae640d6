//! Which time a mandate pays a bill.

use crate::{DubaiDate, Invalid, InvalidReason};
use std::fmt;

/// Which time a mandate pays a bill: part of the name of the act, so that the same time happens once.
///
/// A bill is paid once, so its cycle is the number of the attempt: the next attempt exists only when the one before is known to
/// have taken nothing, and whoever doesn't know that yet names the old one and gets its outcome. A top-up recurs, so its cycle
/// is the day, and the attempt on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cycle {
    /// The day of a top-up; `None` for a bill.
    pub day: Option<DubaiDate>,
    /// From 1.
    pub attempt: u8,
}

impl Cycle {
    /// From its text.
    ///
    /// # Errors
    /// [`Invalid`] on `cycle`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let malformed = || Invalid::new("cycle", InvalidReason::Malformed);
        let (day, attempt) = text.split_once('/').ok_or_else(malformed)?;
        let cycle = Self {
            day: match day {
                "once" => None,
                day => Some(DubaiDate::parse(day).map_err(|_| malformed())?),
            },
            attempt: attempt.parse().map_err(|_| malformed())?,
        };
        if cycle.attempt == 0 || cycle.to_string() != text {
            return Err(malformed());
        }
        Ok(cycle)
    }
}

/// `once/1`, `2026-11-25/1`.
impl fmt::Display for Cycle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.day {
            Some(day) => write!(f, "{day}/{}", self.attempt),
            None => write!(f, "once/{}", self.attempt),
        }
    }
}
