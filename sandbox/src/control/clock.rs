//! Moving the city's clock. Tokens expire, bills fall due and consents end by it; what is on the network takes real time.

use super::{Control, ControlError};
use crate::{
    city,
    clock::{YEARS_MS, machine_ms},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What the city's clock shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockReading {
    /// The instant, RFC 3339 in UTC.
    pub now: String,
    /// The same in milliseconds since 1970.
    pub now_ms: i64,
    /// The day in Dubai, `YYYY-MM-DD`.
    pub today: String,
    /// How far the city is ahead of the machine, in milliseconds.
    pub ahead_ms: i64,
}

impl Control {
    /// What the clock shows.
    pub fn clock(&self) -> ClockReading {
        let clock = &self.ctx().clock;
        let now_ms = clock.now_ms();
        ClockReading {
            now: crate::clock::rfc3339(now_ms),
            now_ms,
            today: crate::clock::dubai_date(now_ms).to_string(),
            ahead_ms: clock.offset_ms(),
        }
    }

    /// Sets the clock to an instant (RFC 3339), forwards or back.
    ///
    /// # Errors
    /// [`ControlError::Invalid`] where it isn't one, or not of the years 2000 to 2099.
    pub fn set_clock(&self, now: &str) -> Result<ClockReading, ControlError> {
        let instant: Timestamp = now.parse().map_err(|error| {
            ControlError::invalid(
                "now",
                format!("an RFC 3339 instant such as 2026-03-01T08:00:00Z: {error}"),
            )
        })?;
        self.put_clock("now", instant.as_millisecond())
    }

    /// Moves the clock by so many milliseconds, back where below zero.
    ///
    /// # Errors
    /// [`ControlError::Invalid`] where it would leave the years 2000 to 2099.
    pub fn advance_ms(&self, by_ms: i64) -> Result<ClockReading, ControlError> {
        self.put_clock("advance_ms", self.ctx().clock.now_ms().saturating_add(by_ms))
    }

    /// Moves the clock by so many days of 24 hours.
    ///
    /// # Errors
    /// As [`Control::advance_ms`].
    pub fn advance_days(&self, days: i32) -> Result<ClockReading, ControlError> {
        self.advance_ms(i64::from(days) * 24 * 60 * 60 * 1_000)
    }

    fn put_clock(&self, field: &str, now_ms: i64) -> Result<ClockReading, ControlError> {
        if !YEARS_MS.contains(&now_ms) {
            return Err(ControlError::invalid(
                field,
                "the city's clock shows the years 2000 to 2099",
            ));
        }
        let offset_ms = now_ms.saturating_sub(machine_ms());
        city::keep_clock_offset(&self.ctx().state, offset_ms)?;
        self.ctx().clock.set_offset_ms(offset_ms);
        self.ctx().autopay.wake_all();
        Ok(self.clock())
    }
}
