//! Small checks that agencies' fixtures and personas' have in common; each names the member at fault.

use super::{
    fixture::FixtureError,
    limits::{FIXTURE_ENTRIES_MAX, ID_CHARS_MAX, TEXT_CHARS_MAX},
};
use rabt_protocol::{
    Localized,
    directory::{Charset, FormField},
};
use std::collections::BTreeSet;

pub(crate) type Checked = Result<(), FixtureError>;

/// Refuses `field` unless `holds`.
pub(crate) fn ensure(holds: bool, field: impl Into<String>, reason: impl Into<String>) -> Checked {
    if holds {
        Ok(())
    } else {
        Err(FixtureError::new(field, reason))
    }
}

/// A stable code: lower-case letters, digits and hyphens, a letter first.
pub(crate) fn code(field: &str, value: &str) -> Checked {
    let fits = value.len() <= ID_CHARS_MAX
        && value.starts_with(|first: char| first.is_ascii_lowercase())
        && value
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    ensure(
        fits,
        field,
        format!("{value:?} must be lower-case letters, digits and hyphens, a letter first"),
    )
}

/// An identifier that travels in paths: letters, digits, `-`, `_`, `.`.
pub(crate) fn is_identifier(value: &str) -> bool {
    !value.is_empty()
        && value.len() <= ID_CHARS_MAX
        && value
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

/// The same, of a fixture.
pub(crate) fn identifier(field: &str, value: &str) -> Checked {
    ensure(
        is_identifier(value),
        field,
        format!("{value:?} must be 1 to {ID_CHARS_MAX} letters, digits, hyphens, underscores and dots"),
    )
}

/// Text for people: there in both languages, each in its own script.
pub(crate) fn localized(field: &str, text: &Localized) -> Checked {
    let length = |text: &str| (1..=TEXT_CHARS_MAX).contains(&text.chars().count()) && text.trim() == text;
    let length_wanted = format!("must have 1 to {TEXT_CHARS_MAX} characters without spaces around them");
    ensure(length(&text.en), format!("{field}.en"), length_wanted.as_str())?;
    ensure(length(&text.ar), format!("{field}.ar"), length_wanted.as_str())?;
    ensure(
        !text.en.chars().any(is_arabic) && text.en.chars().any(|letter| letter.is_ascii_alphanumeric()),
        format!("{field}.en"),
        format!("{:?} is not English", text.en),
    )?;
    ensure(
        text.ar.chars().any(is_arabic) && !text.ar.chars().any(|letter| letter.is_ascii_alphabetic()),
        format!("{field}.ar"),
        format!("{:?} is not Arabic", text.ar),
    )
}

fn is_arabic(letter: char) -> bool {
    matches!(letter, '\u{0600}'..='\u{06FF}')
}

/// A list that isn't too long, with no key twice.
pub(crate) fn unique<'a>(field: &str, keys: impl IntoIterator<Item = &'a str>) -> Checked {
    let mut seen = BTreeSet::new();
    for (index, key) in keys.into_iter().enumerate() {
        ensure(
            seen.insert(key),
            format!("{field}[{index}]"),
            format!("{key:?} is there twice"),
        )?;
        ensure(
            index < FIXTURE_ENTRIES_MAX,
            field,
            format!("has more than {FIXTURE_ENTRIES_MAX} entries"),
        )?;
    }
    Ok(())
}

/// Why a value doesn't fit a field of a form; `None` where it does.
pub(crate) fn misfit(field: &FormField, value: &str) -> Option<String> {
    let count = value.chars().count();
    if !(usize::from(field.chars_min)..=usize::from(field.chars_max)).contains(&count) {
        return Some(format!(
            "must have {} to {} characters",
            field.chars_min, field.chars_max
        ));
    }
    let of = |allowed: fn(char) -> bool| value.chars().all(allowed);
    let (fits, wanted) = match field.charset {
        Charset::Digits => (of(|c| c.is_ascii_digit()), "digits"),
        Charset::UpperAlphanumeric => (
            of(|c| c.is_ascii_digit() || c.is_ascii_uppercase()),
            "digits and capital letters",
        ),
        Charset::UpperAlphanumericHyphen => (
            of(|c| c.is_ascii_digit() || c.is_ascii_uppercase() || c == '-'),
            "digits, capital letters and hyphens",
        ),
        Charset::EmiratesId => (is_emirates_id(value), "784-YYYY-NNNNNNN-N"),
        Charset::Text => (of(|c| !c.is_control()), "printable text"),
        Charset::Unknown => (false, "nothing that this city knows"),
    };
    (!fits).then(|| format!("must be {wanted}"))
}

/// Whether a value has the shape `784-YYYY-NNNNNNN-N`.
pub(crate) fn is_emirates_id(value: &str) -> bool {
    value.starts_with("784-")
        && value.len() == 18
        && value.bytes().enumerate().all(|(index, byte)| match index {
            3 | 8 | 16 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_is_in_its_own_script() {
        assert!(localized("name", &Localized::new("Water", "المياه")).is_ok());
        for (en, ar, field) in [
            ("", "المياه", "name.en"),
            ("Water", "", "name.ar"),
            ("Water", "Water", "name.ar"),
            ("المياه", "المياه", "name.en"),
            ("Water ", "المياه", "name.en"),
        ] {
            assert_eq!(localized("name", &Localized::new(en, ar)).unwrap_err().field, field);
        }
    }

    #[test]
    fn an_emirates_id_has_its_hyphens_where_they_belong() {
        assert!(is_emirates_id("784-1890-0000000-0"));
        for wrong in [
            "784189000000000",
            "785-1890-0000000-0",
            "784-1890-000000-00",
            "784-189O-0000000-0",
            "",
        ] {
            assert!(!is_emirates_id(wrong), "{wrong}");
        }
    }
}
