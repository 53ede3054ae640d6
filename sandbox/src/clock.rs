//! The city's clock: the machine's, moved by an offset that control sets. Everything in the city asks it, nothing asks the
//! machine, so that a year passes in seconds.

use jiff::{Timestamp, fmt::rfc2822::DateTimePrinter, tz};
use std::sync::atomic::{AtomicI64, Ordering};

/// Dubai is at UTC+4 all year.
const DUBAI_OFFSET_HOURS: i8 = 4;

/// What the clock may show: the years 2000 to 2099. Beyond them the dates of bills and consents, which lie months and years
/// away, would be no dates of the wire's any more.
pub(crate) const YEARS_MS: std::ops::Range<i64> = 946_684_800_000..4_102_444_800_000;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct CityClock {
    offset_ms: AtomicI64,
}

impl CityClock {
    /// The city's instant, in milliseconds since 1970, UTC.
    pub(crate) fn now_ms(&self) -> i64 {
        machine_ms().saturating_add(self.offset_ms.load(Ordering::SeqCst))
    }

    /// How far the city is ahead of the machine.
    pub(crate) fn offset_ms(&self) -> i64 {
        self.offset_ms.load(Ordering::SeqCst)
    }

    /// Sets how far the city is ahead of the machine.
    pub(crate) fn set_offset_ms(&self, offset_ms: i64) {
        self.offset_ms.store(offset_ms, Ordering::SeqCst);
    }

    /// The city's instant as the wire writes it.
    pub(crate) fn now(&self) -> String {
        rfc3339(self.now_ms())
    }

    /// The city's instant as an HTTP `Date` header writes it (RFC 9110, 5.6.7).
    pub(crate) fn http_date(&self) -> Option<String> {
        let now = timestamp(self.now_ms());
        DateTimePrinter::new().timestamp_to_rfc9110_string(&now).ok()
    }

    /// The day in Dubai.
    pub(crate) fn today(&self) -> jiff::civil::Date {
        dubai_date(self.now_ms())
    }
}

/// The machine's instant, in milliseconds since 1970, UTC.
pub(crate) fn machine_ms() -> i64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// RFC 3339 in UTC with milliseconds. An instant beyond what a calendar can hold is clamped.
pub(crate) fn rfc3339(at_ms: i64) -> String {
    format!("{:.3}", timestamp(at_ms))
}

/// The day in Dubai at an instant.
pub(crate) fn dubai_date(at_ms: i64) -> jiff::civil::Date {
    tz::offset(DUBAI_OFFSET_HOURS).to_datetime(timestamp(at_ms)).date()
}

fn timestamp(at_ms: i64) -> Timestamp {
    let clamped = at_ms.clamp(Timestamp::MIN.as_millisecond(), Timestamp::MAX.as_millisecond());
    Timestamp::from_millisecond(clamped).unwrap_or(Timestamp::UNIX_EPOCH)
}
