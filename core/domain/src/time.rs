//! Instants in UTC and days in Dubai. A day that decides money is a Dubai day; an instant is what machines agree on.

use crate::{Invalid, InvalidReason};
use jiff::{
    Timestamp as JiffTimestamp, ToSpan as _,
    civil::Date,
    fmt::rfc2822::DateTimeParser,
    tz::{self, Offset},
};
use std::fmt;

/// Asia/Dubai is at UTC+4 all year and has been since 1920 (IANA time zone database), so no table is needed.
const DUBAI: Offset = tz::offset(4);
/// The first day that is taken, far before any bill.
const YEAR_MIN: i16 = 1970;
/// The last year that is taken: an agency that says 9999 means "never" or harm, and neither is a day.
const YEAR_MAX: i16 = 2199;

/// An instant: milliseconds since 1970-01-01T00:00:00Z, within the years 1970 to 2199.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(0);

    /// From milliseconds since 1970, UTC.
    ///
    /// # Errors
    /// [`Invalid`] on `time` outside the years.
    pub fn from_millis(millis: i64) -> Result<Self, Invalid> {
        let malformed = || Invalid::new("time", InvalidReason::Malformed);
        let timestamp = JiffTimestamp::from_millisecond(millis).map_err(|_| malformed())?;
        within_years(Offset::UTC.to_datetime(timestamp).date(), "time")?;
        Ok(Self(millis))
    }

    /// From RFC 3339 with an offset or `Z`; what is finer than a millisecond is dropped.
    ///
    /// # Errors
    /// [`Invalid`] on `time`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let timestamp: JiffTimestamp = text
            .parse()
            .map_err(|_| Invalid::new("time", InvalidReason::Malformed))?;
        Self::from_millis(timestamp.as_millisecond())
    }

    /// From an HTTP header's date in the form that is sent (RFC 9110, 5.6.7: `Sun, 06 Nov 1994 08:49:37 GMT`); whole seconds.
    ///
    /// # Errors
    /// [`Invalid`] on `time`.
    pub fn parse_http_date(text: &str) -> Result<Self, Invalid> {
        let timestamp = DateTimeParser::new().parse_timestamp(text);
        let timestamp = timestamp.map_err(|_| Invalid::new("time", InvalidReason::Malformed))?;
        Self::from_millis(timestamp.as_millisecond())
    }

    /// Milliseconds since 1970.
    pub fn millis(self) -> i64 {
        self.0
    }

    /// Later by so many seconds (or earlier, below zero), at most to the edge of the years.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        let moved = self.0.saturating_add(seconds.saturating_mul(1000));
        Self::from_millis(moved).unwrap_or(if seconds < 0 { Self(0) } else { self })
    }

    /// How many seconds this is after `earlier`; below zero if before.
    pub fn seconds_since(self, earlier: Self) -> i64 {
        (self.0 - earlier.0) / 1000
    }
}

/// RFC 3339 in UTC.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let timestamp = JiffTimestamp::from_millisecond(self.0).unwrap_or(JiffTimestamp::UNIX_EPOCH);
        write!(f, "{timestamp:.3}")
    }
}

/// A day in Asia/Dubai, within the years 1970 to 2199.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DubaiDate(Date);

impl DubaiDate {
    /// From `YYYY-MM-DD` and nothing else.
    ///
    /// # Errors
    /// [`Invalid`] on `date`: malformed, no such day, or outside the years.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let malformed = || Invalid::new("date", InvalidReason::Malformed);
        let shape = text.len() == 10
            && text.bytes().enumerate().all(|(i, b)| {
                if i == 4 || i == 7 {
                    b == b'-'
                } else {
                    b.is_ascii_digit()
                }
            });
        if !shape {
            return Err(malformed());
        }
        within_years(text.parse().map_err(|_| malformed())?, "date").map(Self)
    }

    /// A day by its numbers.
    ///
    /// # Errors
    /// As [`DubaiDate::parse`].
    pub fn new(year: i16, month: i8, day: i8) -> Result<Self, Invalid> {
        let date = Date::new(year, month, day).map_err(|_| Invalid::new("date", InvalidReason::Malformed))?;
        within_years(date, "date").map(Self)
    }

    /// The day that it is in Dubai at an instant.
    pub fn at(instant: Timestamp) -> Self {
        let timestamp = JiffTimestamp::from_millisecond(instant.0).unwrap_or(JiffTimestamp::UNIX_EPOCH);
        Self(DUBAI.to_datetime(timestamp).date())
    }

    /// The instant at which the day begins in Dubai.
    pub fn begins_at(self) -> Timestamp {
        Timestamp(
            DUBAI
                .to_timestamp(self.0.at(0, 0, 0, 0))
                .map_or(0, JiffTimestamp::as_millisecond),
        )
    }

    /// Days since 1970-01-01, for tables.
    pub fn epoch_days(self) -> i32 {
        Date::constant(1970, 1, 1)
            .until(self.0)
            .map_or(0, |span| span.get_days())
    }

    /// The reverse of [`DubaiDate::epoch_days`].
    ///
    /// # Errors
    /// [`Invalid`] on `date` outside the years.
    pub fn from_epoch_days(days: i32) -> Result<Self, Invalid> {
        let malformed = |_| Invalid::new("date", InvalidReason::Malformed);
        let span = jiff::Span::new().try_days(days).map_err(malformed)?;
        within_years(Date::constant(1970, 1, 1).checked_add(span).map_err(malformed)?, "date").map(Self)
    }

    /// So many days later (or earlier, below zero), at most to the edge of the years.
    #[must_use]
    pub fn plus_days(self, days: i32) -> Self {
        Self::from_epoch_days(self.epoch_days().saturating_add(days)).unwrap_or(self)
    }

    /// How many days this is after `other`; below zero if before.
    pub fn days_since(self, other: Self) -> i32 {
        self.epoch_days() - other.epoch_days()
    }

    /// The Monday on or before this day: the city's working week begins on Monday (since 1 January 2022).
    #[must_use]
    pub fn week_begins(self) -> Self {
        let days = i64::from(self.0.weekday().to_monday_zero_offset());
        Self(self.0.checked_sub(days.days()).unwrap_or(self.0))
    }

    /// The first day of its calendar month.
    #[must_use]
    pub fn month_begins(self) -> Self {
        Self(self.0.first_of_month())
    }

    /// The first of January of its year.
    #[must_use]
    pub fn year_begins(self) -> Self {
        Self(self.0.first_of_year())
    }

    /// The same day so many months later (or earlier, below zero), or the last of that month where it is shorter; at most to
    /// the edge of the years.
    #[must_use]
    pub fn plus_months(self, months: i32) -> Self {
        self.0
            .checked_add(i64::from(months).months())
            .ok()
            .and_then(|date| within_years(date, "date").ok())
            .map_or(self, Self)
    }

    /// That day of its month, or the month's last where it is shorter.
    #[must_use]
    pub fn on_day_of_month(self, day: u8) -> Self {
        let day = i8::try_from(day).unwrap_or(i8::MAX).clamp(1, self.0.days_in_month());
        Self(self.0.with().day(day).build().unwrap_or(self.0))
    }

    /// Whether it is a Saturday or a Sunday: the federal weekend since 1 January 2022 (Friday is worked until noon, and counts
    /// as a working day).
    pub fn is_weekend(self) -> bool {
        self.0.weekday().to_monday_zero_offset() >= 5
    }
}

impl fmt::Debug for DubaiDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DubaiDate({})", self.0)
    }
}

/// `YYYY-MM-DD`.
impl fmt::Display for DubaiDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

fn within_years(date: Date, field: &str) -> Result<Date, Invalid> {
    match date.year() {
        year if year < YEAR_MIN => Err(Invalid::new(field, InvalidReason::TooSmall)),
        year if year > YEAR_MAX => Err(Invalid::new(field, InvalidReason::TooLarge)),
        _ => Ok(date),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> DubaiDate {
        DubaiDate::parse(text).unwrap()
    }

    #[test]
    fn the_day_changes_at_eight_in_the_evening_utc() {
        let before = Timestamp::parse("2026-11-23T19:59:59.999Z").unwrap();
        let after = Timestamp::parse("2026-11-23T20:00:00Z").unwrap();
        assert_eq!(DubaiDate::at(before), day("2026-11-23"));
        assert_eq!(DubaiDate::at(after), day("2026-11-24"));
        assert_eq!(day("2026-11-24").begins_at(), after);
    }

    #[test]
    fn a_servers_date_is_read_and_nothing_else() {
        let date = Timestamp::parse_http_date("Mon, 23 Nov 2026 20:00:07 GMT");
        assert_eq!(date, Timestamp::parse("2026-11-23T20:00:07Z"));
        for text in [
            "",
            "now",
            "2026-11-23T20:00:07Z",
            "Mon, 23 Nov 9999 20:00:07 GMT",
            "Sun, 23 Nov 2026 20:00:07 GMT",
        ] {
            assert!(Timestamp::parse_http_date(text).is_err(), "{text}");
        }
    }

    #[test]
    fn only_a_real_day_of_a_real_year_is_taken() {
        for text in [
            "2026-2-3",
            "2026-02-30",
            "2026/02/03",
            "20260203",
            "+026-02-03",
            "2026-02-03T00:00",
            "",
            "٢٠٢٦-٠٢-٠٣",
        ] {
            assert!(DubaiDate::parse(text).is_err(), "{text}");
        }
        assert_eq!(
            DubaiDate::parse("9999-12-31").unwrap_err().reason,
            InvalidReason::TooLarge
        );
        assert_eq!(
            DubaiDate::parse("1969-12-31").unwrap_err().reason,
            InvalidReason::TooSmall
        );
        assert!(DubaiDate::parse("2199-12-31").is_ok());
        assert!(DubaiDate::parse("2028-02-29").is_ok());
    }

    #[test]
    fn a_week_begins_on_monday() {
        assert_eq!(day("2026-11-22").week_begins(), day("2026-11-16"));
        assert_eq!(day("2026-11-23").week_begins(), day("2026-11-23"));
        assert_eq!(day("2027-01-01").week_begins(), day("2026-12-28"));
        assert!(day("2026-11-21").is_weekend() && day("2026-11-22").is_weekend());
        assert!(!day("2026-11-20").is_weekend() && !day("2026-11-23").is_weekend());
    }

    #[test]
    fn a_month_ends_where_it_ends() {
        assert_eq!(day("2028-02-29").month_begins(), day("2028-02-01"));
        assert_eq!(day("2026-12-31").year_begins(), day("2026-01-01"));
        assert_eq!(day("2026-01-31").plus_months(1), day("2026-02-28"));
        assert_eq!(day("2028-02-29").plus_months(12), day("2029-02-28"));
        assert_eq!(day("2027-02-10").on_day_of_month(31), day("2027-02-28"));
        assert_eq!(day("2028-02-10").on_day_of_month(31), day("2028-02-29"));
        assert_eq!(day("2027-02-10").on_day_of_month(7), day("2027-02-07"));
    }

    #[test]
    fn an_instant_needs_its_offset() {
        assert_eq!(
            Timestamp::parse("2026-11-23T04:00:00+04:00"),
            Timestamp::parse("2026-11-23T00:00:00Z")
        );
        for text in ["2026-11-23T00:00:00", "2026-11-23", "now", "9999-01-01T00:00:00Z"] {
            assert!(Timestamp::parse(text).is_err(), "{text}");
        }
        assert_eq!(
            Timestamp::parse("2026-11-23T00:00:00.5Z").unwrap().to_string(),
            "2026-11-23T00:00:00.500Z"
        );
    }

    proptest! {
        #[test]
        fn days_count_and_come_back(days in 0..84_000i32, more in -40_000..40_000i32) {
            let date = DubaiDate::from_epoch_days(days).unwrap();
            prop_assert_eq!(date.epoch_days(), days);
            prop_assert_eq!(DubaiDate::parse(&date.to_string()), Ok(date));
            prop_assert_eq!(DubaiDate::at(date.begins_at()), date);
            let moved = date.plus_days(more);
            prop_assert!(moved.days_since(date) == more || moved == date);
        }
    }
}
