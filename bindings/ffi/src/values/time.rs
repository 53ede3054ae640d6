//! Days and instants.

use rabt::domain::{Invalid, InvalidReason};

/// A day of the calendar in Asia/Dubai, such as the one on which a bill is due; it has no time and no zone. It crosses as days since
/// 1970-01-01. Days before 1970 and after 2199 are refused as bad input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DubaiDate(
    /// Days since 1970-01-01.
    pub i64,
);

uniffi::custom_type!(
    /// A day of the calendar in Asia/Dubai, such as the one on which a bill is due; it has no time and no zone. It crosses as days
    /// since 1970-01-01. Days before 1970 and after 2199 are refused as bad input.
    DubaiDate, i64, {
        lower: |date| date.0,
        try_lift: |days| Ok(DubaiDate(days)),
    }
);

impl DubaiDate {
    pub(crate) fn check(self, field: &str) -> Result<rabt::domain::DubaiDate, Invalid> {
        let reason = if self.0 < 0 {
            InvalidReason::TooSmall
        } else {
            InvalidReason::TooLarge
        };
        i32::try_from(self.0)
            .ok()
            .and_then(|days| rabt::domain::DubaiDate::from_epoch_days(days).ok())
            .ok_or_else(|| Invalid::new(field, reason))
    }
}

impl From<rabt::domain::DubaiDate> for DubaiDate {
    fn from(date: rabt::domain::DubaiDate) -> Self {
        Self(date.epoch_days().into())
    }
}

/// An instant, in milliseconds since 1970-01-01T00:00:00Z. Show it in the city's zone, Asia/Dubai.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(
    /// Milliseconds since 1970, UTC.
    pub i64,
);

uniffi::custom_type!(
    /// An instant, in milliseconds since 1970-01-01T00:00:00Z. Show it in the city's zone, Asia/Dubai.
    Timestamp, i64, {
        lower: |timestamp| timestamp.0,
        try_lift: |millis| Ok(Timestamp(millis)),
    }
);

impl From<rabt::domain::Timestamp> for Timestamp {
    fn from(timestamp: rabt::domain::Timestamp) -> Self {
        Self(timestamp.millis())
    }
}
