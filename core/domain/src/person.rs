//! What belongs to a person, in a type that can neither be logged nor serialised.

use std::fmt;

/// A personal value: a name, a number, a reference. `Debug` shows nothing of it and there is no `Display` and no `Serialize`;
/// whoever means to show it says [`reveal`](Personal::reveal).
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Personal<T>(T);

impl<T> Personal<T> {
    /// Takes a value into care.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value, for a screen, the wire or the sealed store, and for nothing else.
    pub fn reveal(&self) -> &T {
        &self.0
    }

    /// The value itself, as above.
    pub fn into_revealed(self) -> T {
        self.0
    }
}

impl<T> fmt::Debug for Personal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Personal(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_personal_value_shows_nothing_of_itself() {
        assert_eq!(format!("{:?}", Personal::new("784-1990-1234567-1")), "Personal(…)");
    }
}
