//! Checking what comes in, so that an error names the field; and counting what goes out.

use rabt::domain::{Invalid, InvalidReason};
use std::time::Duration;

/// Checks an id that came in as `field`.
pub(crate) fn id<T>(text: String, field: &str, parse: impl FnOnce(String) -> Result<T, Invalid>) -> Result<T, Invalid> {
    parse(text).map_err(|invalid| Invalid::new(field, invalid.reason))
}

/// Checks each entry of a list that came in as `field`.
pub(crate) fn list<T, U>(
    entries: Vec<T>,
    field: &str,
    check: impl Fn(T, &str) -> Result<U, Invalid>,
) -> Result<Vec<U>, Invalid> {
    entries
        .into_iter()
        .enumerate()
        .map(|(index, entry)| check(entry, &format!("{field}[{index}]")))
        .collect()
}

/// Checks how many of something are asked for.
pub(crate) fn size<T: TryFrom<i32>>(number: i32, field: &str) -> Result<T, Invalid> {
    let reason = if number < 0 {
        InvalidReason::TooSmall
    } else {
        InvalidReason::TooLarge
    };
    T::try_from(number).map_err(|_| Invalid::new(field, reason))
}

/// Checks a length of time.
pub(crate) fn millis(millis: i64, field: &str) -> Result<Duration, Invalid> {
    let millis = u64::try_from(millis).map_err(|_| Invalid::new(field, InvalidReason::TooSmall))?;
    Ok(Duration::from_millis(millis))
}

/// How many, as far as an `i32` counts.
pub(crate) fn count(number: impl TryInto<i32>) -> i32 {
    number.try_into().unwrap_or(i32::MAX)
}
