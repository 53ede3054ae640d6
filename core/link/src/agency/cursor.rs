//! Where a list goes on.

use crate::limits::CURSOR_CHARS_MAX;
use rabt_domain::{Invalid, InvalidReason};

/// A cursor, as its party gave it: opaque, short, printable.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cursor(String);

impl Cursor {
    /// Parses one.
    ///
    /// # Errors
    /// [`Invalid`] on `cursor`.
    pub fn parse(text: impl Into<String>) -> Result<Self, Invalid> {
        let text = text.into();
        let refused = |reason| Err(Invalid::new("cursor", reason));
        match text.len() {
            0 => refused(InvalidReason::Empty),
            length if length > CURSOR_CHARS_MAX => refused(InvalidReason::TooMany),
            _ if text.bytes().all(|byte| byte.is_ascii_graphic()) => Ok(Self(text)),
            _ => refused(InvalidReason::Malformed),
        }
    }

    /// As it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_short_and_printable() {
        assert!(Cursor::parse("MTAw==").is_ok());
        assert!(Cursor::parse("c".repeat(CURSOR_CHARS_MAX)).is_ok());
        for (bad, reason) in [
            ("", InvalidReason::Empty),
            ("a b", InvalidReason::Malformed),
            ("a\r\nb", InvalidReason::Malformed),
            (&"c".repeat(CURSOR_CHARS_MAX + 1), InvalidReason::TooMany),
        ] {
            assert_eq!(Cursor::parse(bad), Err(Invalid::new("cursor", reason)), "{bad:?}");
        }
    }
}
