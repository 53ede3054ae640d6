//! From the wire to the domain: the small steps that every room takes, and which incident a refused value is.
//!
//! A member of another party's answer becomes a value of the domain or an [`Invalid`] that names it; nothing is repaired on the way.

use crate::{http::only, session::limits::CLOCK_DIFFERENCE_SECONDS_MIN};
use http::{HeaderMap, header};
use rabt_domain::{Bilingual, DubaiDate, Fils, IncidentKind, Invalid, InvalidReason, Personal, Timestamp, text};
use rabt_protocol::Localized;
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, SeqAccess, Visitor},
};
use std::{fmt, marker::PhantomData};

/// The longest code of another party: ours have at most 40 characters.
pub(crate) const CODE_CHARS_MAX: usize = 64;

/// A tariff's step or a year has so many digits; identity numbers, accounts and telephones have more.
const WORD_DIGITS_MAX: usize = 4;

/// By how many seconds a party's clock is ahead of this one, by the `Date` of its answer: zero where the difference is within what an
/// answer's way takes, `None` where it says nothing.
pub(crate) fn ahead_seconds(headers: &HeaderMap, now: Timestamp) -> Option<i64> {
    let date = only(headers, header::DATE)?.to_str().ok()?;
    let ahead = Timestamp::parse_http_date(date).ok()?.seconds_since(now);
    Some(if ahead.abs() < CLOCK_DIFFERENCE_SECONDS_MIN {
        0
    } else {
        ahead
    })
}

/// An instant of a party's, such as the end of an offer, by this device's clock: what is left of it is what it says by its own.
pub(crate) fn by_our_clock(instant: Timestamp, headers: &HeaderMap, now: Timestamp) -> Timestamp {
    instant.plus_seconds(-ahead_seconds(headers, now).unwrap_or(0))
}

/// A list of which what could be believed is at hand, and what couldn't is counted by what was wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sifted<T> {
    /// What is believed.
    pub items: Vec<T>,
    /// What was refused, an entry each; to be recorded.
    pub refused: Vec<IncidentKind>,
}

impl<T> Sifted<T> {
    pub(crate) fn new() -> Self {
        Self {
            items: Vec::new(),
            refused: Vec::new(),
        }
    }

    pub(crate) fn take(&mut self, verdict: Result<T, IncidentKind>) {
        match verdict {
            Ok(item) => self.items.push(item),
            Err(kind) => self.refused.push(kind),
        }
    }
}

/// A document as a whole.
pub(crate) fn document<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, serde_json::Error> {
    serde_json::from_slice(body)
}

/// A list of which at most `MAX` entries are kept: a longer one says so and costs no memory. With raw entries they are looked at one
/// by one afterwards, so that a bad one doesn't hide the others.
pub(crate) struct Entries<E, const MAX: usize> {
    pub(crate) entries: Vec<E>,
    pub(crate) too_many: bool,
}

impl<'de, E: Deserialize<'de>, const MAX: usize> Deserialize<'de> for Entries<E, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(List(PhantomData))
    }
}

struct List<E, const MAX: usize>(PhantomData<[E; MAX]>);

impl<'de, E: Deserialize<'de>, const MAX: usize> Visitor<'de> for List<E, MAX> {
    type Value = Entries<E, MAX>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while entries.len() < MAX {
            match list.next_element()? {
                Some(entry) => entries.push(entry),
                None => {
                    return Ok(Entries {
                        entries,
                        too_many: false,
                    });
                }
            }
        }
        let mut too_many = false;
        while list.next_element::<IgnoredAny>()?.is_some() {
            too_many = true;
        }
        Ok(Entries { entries, too_many })
    }
}

/// Renames the field of a refusal.
pub(crate) trait At<T> {
    /// The field is `name`.
    fn at(self, name: &str) -> Result<T, Invalid>;
}

impl<T> At<T> for Result<T, Invalid> {
    fn at(self, name: &str) -> Self {
        self.map_err(|invalid| Invalid::new(name, invalid.reason))
    }
}

/// A text in both languages.
pub(crate) fn bilingual(text: Localized, field: &str) -> Result<Bilingual, Invalid> {
    Bilingual::parse(text.en, text.ar).map_err(|invalid| invalid.within(field))
}

/// A text that only the person sees: a number on paper, a reference.
pub(crate) fn personal_text(value: String, field: &str) -> Result<Personal<String>, Invalid> {
    text::shown(value, field).map(Personal::new)
}

/// A code for machines: short, of letters, digits and `-_.:`.
pub(crate) fn code(value: String, field: &str) -> Result<String, Invalid> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':');
    match value.len() {
        0 => Err(Invalid::new(field, InvalidReason::Empty)),
        length if length > CODE_CHARS_MAX => Err(Invalid::new(field, InvalidReason::TooMany)),
        _ if value.chars().all(allowed) => Ok(value),
        _ => Err(Invalid::new(field, InvalidReason::Malformed)),
    }
}

/// The same for what names a kind of thing and is shown in a `Debug`: of so few digits that it is nobody's number.
pub(crate) fn word(value: String, field: &str) -> Result<String, Invalid> {
    if value.bytes().filter(u8::is_ascii_digit).count() > WORD_DIGITS_MAX {
        return Err(Invalid::new(field, InvalidReason::Malformed));
    }
    code(value, field)
}

/// An amount of either sign.
pub(crate) fn amount(fils: i64, field: &str) -> Result<Personal<Fils>, Invalid> {
    Fils::new(fils).at(field).map(Personal::new)
}

/// A Dubai day.
pub(crate) fn day(value: &str, field: &str) -> Result<DubaiDate, Invalid> {
    DubaiDate::parse(value).at(field)
}

/// An instant.
pub(crate) fn instant(value: &str, field: &str) -> Result<Timestamp, Invalid> {
    Timestamp::parse(value).at(field)
}

/// What is recorded of a refused value, by the field's name and what was wrong.
pub(crate) fn incident_of(invalid: &Invalid) -> IncidentKind {
    let member = invalid.field.rsplit('.').next().unwrap_or_default();
    match member {
        _ if invalid.reason == InvalidReason::ForbiddenCharacter => IncidentKind::BadText,
        "en" | "ar" | "reference" | "number" | "last_four" | "paid_with" => IncidentKind::BadText,
        "currency" => IncidentKind::BadCurrency,
        "amount_fils" | "lines" | "amount_rule" | "balance_fils" | "min_fils" | "max_fils" | "total_fils" => {
            IncidentKind::BadAmount
        }
        "period" | "as_of" | "time" => IncidentKind::BadDate,
        _ if member.ends_with("_on") || member.ends_with("_at") => IncidentKind::BadDate,
        _ if invalid.reason == InvalidReason::TooMany => IncidentKind::TooMuch,
        _ => IncidentKind::Malformed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::value::RawValue;

    #[test]
    fn a_list_is_kept_up_to_its_bound_and_read_to_its_end() {
        let read = |json: &str| {
            let list: Entries<&RawValue, 2> = serde_json::from_str(json).unwrap();
            (list.entries.len(), list.too_many)
        };
        assert_eq!(read("[]"), (0, false));
        assert_eq!(read(r#"[{"a": 1}, "x"]"#), (2, false));
        assert_eq!(read("[1, 2, 3]"), (2, true));
        assert!(serde_json::from_str::<Entries<&RawValue, 2>>("[1, 2, 3").is_err());
        assert!(serde_json::from_str::<Entries<&RawValue, 2>>("{}").is_err());
    }

    #[test]
    fn an_incident_is_named_after_what_was_wrong() {
        let of = |field: &str, reason| incident_of(&Invalid::new(field, reason));
        assert_eq!(of("amount_fils", InvalidReason::TooLarge), IncidentKind::BadAmount);
        assert_eq!(
            of("lines[3].amount_fils", InvalidReason::TooSmall),
            IncidentKind::BadAmount
        );
        assert_eq!(of("currency", InvalidReason::Unsupported), IncidentKind::BadCurrency);
        assert_eq!(of("due_on", InvalidReason::TooLarge), IncidentKind::BadDate);
        assert_eq!(of("title.ar", InvalidReason::Empty), IncidentKind::BadText);
        assert_eq!(of("kind_code", InvalidReason::Malformed), IncidentKind::Malformed);
        assert_eq!(of("purposes", InvalidReason::TooMany), IncidentKind::TooMuch);
    }

    #[test]
    fn a_code_is_short_and_plain() {
        assert!(code("traffic-fine".to_owned(), "code").is_ok());
        for bad in [
            "",
            "traffic fine",
            "غرامة",
            &"a".repeat(CODE_CHARS_MAX + 1),
            "a\u{202E}b",
        ] {
            assert!(code(bad.to_owned(), "code").is_err(), "{bad:?}");
            assert!(word(bad.to_owned(), "code").is_err(), "{bad:?}");
        }
        assert!(word("speeding-20.2026".to_owned(), "code").is_err());
        assert!(word("speeding-2026".to_owned(), "code").is_ok());
        assert!(word("784-1891".to_owned(), "code").is_err());
    }
}
