//! A validator of an answer.

use rabt_domain::{Invalid, InvalidReason};

/// The longest tag that is kept; common ones have less than 80 characters.
const ETAG_CHARS_MAX: usize = 256;

/// An entity tag (RFC 9110, 8.8.3), as the server wrote it, to be sent back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ETag(String);

impl ETag {
    /// Parses one, `"…"` or `W/"…"`.
    ///
    /// # Errors
    /// [`Invalid`] on `etag`.
    pub fn parse(text: impl Into<String>) -> Result<Self, Invalid> {
        let text = text.into();
        let opaque = text
            .strip_prefix("W/")
            .unwrap_or(&text)
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'));
        let fits = |opaque: &str| opaque.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"');
        match opaque {
            _ if text.len() > ETAG_CHARS_MAX => Err(Invalid::new("etag", InvalidReason::TooMany)),
            Some(opaque) if fits(opaque) => Ok(Self(text)),
            _ => Err(Invalid::new("etag", InvalidReason::Malformed)),
        }
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_quoted_and_short() {
        for good in [r#""a1""#, r#"W/"a1""#, r#""""#] {
            assert_eq!(ETag::parse(good).unwrap().as_str(), good);
        }
        for bad in [
            "",
            "a1",
            r#""a"#,
            r#""a"b""#,
            "\"a\nb\"",
            &format!("\"{}\"", "a".repeat(ETAG_CHARS_MAX)),
        ] {
            assert!(ETag::parse(bad).is_err(), "{bad:?}");
        }
    }
}
