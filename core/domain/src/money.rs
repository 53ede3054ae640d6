//! Money: whole fils, checked.

use crate::{Invalid, InvalidReason};
use std::fmt;

/// The largest amount, in fils: AED 1,000,000,000,000. Sums of some hundred such still fit.
pub const AMOUNT_FILS_MAX: i64 = 100_000_000_000_000;

/// The currency of an amount.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Currency {
    /// The dirham of the United Arab Emirates, of 100 fils.
    #[default]
    Aed,
}

impl Currency {
    /// By ISO 4217 code.
    ///
    /// # Errors
    /// [`InvalidReason::Unsupported`] for every other currency.
    pub fn parse(code: &str) -> Result<Self, Invalid> {
        match code {
            "AED" => Ok(Self::Aed),
            _ => Err(Invalid::new("currency", InvalidReason::Unsupported)),
        }
    }

    /// The ISO 4217 code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Aed => "AED",
        }
    }
}

/// An amount in fils (1/100 dirham), between minus and plus [`AMOUNT_FILS_MAX`]. It adds and subtracts only with a check.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fils(i64);

impl Fils {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The largest amount.
    pub const MAX: Self = Self(AMOUNT_FILS_MAX);

    /// An amount of either sign.
    ///
    /// # Errors
    /// [`Invalid`] on `amount_fils` beyond the bounds.
    pub fn new(fils: i64) -> Result<Self, Invalid> {
        match fils {
            _ if fils > AMOUNT_FILS_MAX => Err(Invalid::new("amount_fils", InvalidReason::TooLarge)),
            _ if fils < -AMOUNT_FILS_MAX => Err(Invalid::new("amount_fils", InvalidReason::TooSmall)),
            _ => Ok(Self(fils)),
        }
    }

    /// An amount that somebody owes: above zero.
    ///
    /// # Errors
    /// [`Invalid`] on `amount_fils` for zero, a negative and an overlarge one.
    pub fn owed(fils: i64) -> Result<Self, Invalid> {
        if fils <= 0 {
            Err(Invalid::new("amount_fils", InvalidReason::TooSmall))
        } else {
            Self::new(fils)
        }
    }

    /// What a person types, in dirhams: `12`, `12.5`, `12.50`. Arabic-Indic digits and `٫` are read too; signs, grouping and a
    /// third decimal are not, since they are read differently by different people.
    ///
    /// # Errors
    /// [`Invalid`] on `amount`.
    pub fn parse_dirhams(text: &str) -> Result<Self, Invalid> {
        let malformed = || Invalid::new("amount", InvalidReason::Malformed);
        let latin: String = text.trim().chars().map(latin_digit).collect();
        if latin.is_empty() {
            return Err(Invalid::new("amount", InvalidReason::Empty));
        }
        let (dirhams, fils) = latin.split_once('.').unwrap_or((&latin, "00"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !digits(dirhams) || !digits(fils) || fils.len() > 2 {
            return Err(malformed());
        }
        let too_large = || Invalid::new("amount", InvalidReason::TooLarge);
        let tenths = if fils.len() == 1 { 10 } else { 1 };
        let fils = fils.parse::<i64>().map_err(|_| malformed())? * tenths;
        let total = dirhams
            .parse::<i64>()
            .ok()
            .and_then(|whole| whole.checked_mul(100))
            .and_then(|w| w.checked_add(fils));
        Self::new(total.ok_or_else(too_large)?).map_err(|_| too_large())
    }

    /// In fils.
    pub fn get(self) -> i64 {
        self.0
    }

    /// The sum, where it is within the bounds.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).and_then(|sum| Self::new(sum).ok())
    }

    /// The difference, where it is within the bounds.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0
            .checked_sub(other.0)
            .and_then(|difference| Self::new(difference).ok())
    }

    /// The sum of many, where it and each part of it is within the bounds.
    pub fn checked_sum(amounts: impl IntoIterator<Item = Self>) -> Option<Self> {
        amounts.into_iter().try_fold(Self::ZERO, Self::checked_add)
    }
}

fn latin_digit(character: char) -> char {
    match character {
        '٠'..='٩' => char::from(b'0' + u8::try_from(u32::from(character) - u32::from('٠')).unwrap_or(0)),
        '٫' => '.',
        other => other,
    }
}

/// In dirhams with two decimals and grouped thousands, without the currency: `1,234.50`.
/// An amount is somebody's, so that nothing of it is shown.
impl fmt::Debug for Fils {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fils(…)")
    }
}

impl fmt::Display for Fils {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let absolute = self.0.unsigned_abs();
        let dirhams = (absolute / 100).to_string();
        let mut grouped = String::with_capacity(dirhams.len() * 4 / 3 + 4);
        for (index, digit) in dirhams.chars().enumerate() {
            if index > 0 && (dirhams.len() - index).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        let sign = if self.0 < 0 { "-" } else { "" };
        f.pad(&format!("{sign}{grouped}.{:02}", absolute % 100))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_amount_is_bounded_at_both_edges() {
        assert!(Fils::new(AMOUNT_FILS_MAX).is_ok());
        assert_eq!(
            Fils::new(AMOUNT_FILS_MAX + 1).unwrap_err().reason,
            InvalidReason::TooLarge
        );
        assert_eq!(Fils::new(i64::MIN).unwrap_err().reason, InvalidReason::TooSmall);
        assert_eq!(Fils::owed(0).unwrap_err().reason, InvalidReason::TooSmall);
        assert_eq!(
            Fils::new(AMOUNT_FILS_MAX).unwrap().checked_add(Fils::new(1).unwrap()),
            None
        );
    }

    #[test]
    fn what_a_person_types_is_read_one_way_or_not_at_all() {
        for (text, fils) in [
            ("0", 0),
            ("12", 1200),
            ("12.5", 1250),
            (" 12.05 ", 1205),
            ("١٢٫٥٠", 1250),
        ] {
            assert_eq!(Fils::parse_dirhams(text).map(Fils::get), Ok(fils), "{text}");
        }
        for text in [
            "",
            ".",
            "1.",
            ".5",
            "-1",
            "+1",
            "1,000",
            "1.234",
            "1e3",
            "0x10",
            "٩٩٩٩٩٩٩٩٩٩٩٩٩٩٩٩٩٩٩٩",
            "NaN",
            "1 000",
        ] {
            assert!(Fils::parse_dirhams(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_amount_is_shown_grouped() {
        assert_eq!(Fils(0).to_string(), "0.00");
        assert_eq!(Fils(123_456_789).to_string(), "1,234,567.89");
        assert_eq!(Fils(-5).to_string(), "-0.05");
    }

    proptest! {
        #[test]
        fn reading_what_is_shown_gives_the_same_amount(fils in 0..=AMOUNT_FILS_MAX) {
            let shown = Fils(fils).to_string().replace(',', "");
            prop_assert_eq!(Fils::parse_dirhams(&shown), Ok(Fils(fils)));
        }

        #[test]
        fn nothing_that_is_typed_panics(text in ".{0,40}") {
            let _ = Fils::parse_dirhams(&text);
        }
    }
}
