//! Text that other parties wrote and people read.

use crate::{Invalid, InvalidReason};
use std::fmt;

/// The longest name or title, in characters.
pub const TEXT_CHARS_MAX: usize = 200;

/// A language of the city.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Arabic.
    Ar,
}

/// The same text in both languages, safe to show: neither is empty nor too long, and no character in either is a control or
/// overrides the direction of what follows it, by which an amount beside it could be made to read differently.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Bilingual {
    en: String,
    ar: String,
}

impl Bilingual {
    /// Checks both.
    ///
    /// # Errors
    /// [`Invalid`] on `en` or `ar`.
    pub fn parse(en: impl Into<String>, ar: impl Into<String>) -> Result<Self, Invalid> {
        Ok(Self {
            en: shown(en.into(), "en")?,
            ar: shown(ar.into(), "ar")?,
        })
    }

    /// In one language.
    pub fn get(&self, language: Language) -> &str {
        match language {
            Language::En => &self.en,
            Language::Ar => &self.ar,
        }
    }

    /// English.
    pub fn en(&self) -> &str {
        &self.en
    }

    /// Arabic.
    pub fn ar(&self) -> &str {
        &self.ar
    }
}

/// Titles and labels may name a person's home, so nothing of them is shown.
impl fmt::Debug for Bilingual {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bilingual(…)")
    }
}

/// Checks a text that will be shown, for `field`.
///
/// # Errors
/// [`Invalid`] for an empty, overlong or unsafe one. One of which nothing is to be seen is empty, whatever it is made of.
pub fn shown(text: String, field: &str) -> Result<String, Invalid> {
    if !text.chars().any(seen) {
        Err(Invalid::new(field, InvalidReason::Empty))
    } else if text.chars().count() > TEXT_CHARS_MAX {
        Err(Invalid::new(field, InvalidReason::TooMany))
    } else if text.chars().any(forbidden) {
        Err(Invalid::new(field, InvalidReason::ForbiddenCharacter))
    } else {
        Ok(text)
    }
}

/// Controls, line and paragraph separators, and what embeds, overrides or isolates a direction (UAX 9) or is invisible. The
/// plain marks (U+200E, U+200F, U+061C) and the joiners (U+200C, U+200D) are part of honest Arabic.
fn forbidden(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}'
        )
}

/// Whether a character leaves anything on a screen. White space doesn't, nor do those that fonts ignore
/// (Unicode's `Default_Ignorable_Code_Point`).
fn seen(character: char) -> bool {
    let ignored = matches!(
        character,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}' | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFF8}'
            | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}'
    );
    !ignored && !character.is_whitespace()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn honest_text_passes_in_both_languages() {
        let text = Bilingual::parse("Housing fee — 5 %", "رسوم\u{200C} السكن ٥٪").unwrap();
        assert_eq!(text.get(Language::Ar), text.ar());
    }

    /// Such a title or payee would be a blank line beside an amount.
    #[test]
    fn a_text_of_which_nothing_is_seen_is_empty() {
        for blank in [
            "\u{200F}",
            "\u{200B}\u{200B}",
            " \u{200D} ",
            "\u{AD}",
            "\u{3164}",
            "\u{FE0F}\u{A0}",
        ] {
            assert_eq!(
                shown(blank.to_owned(), "title"),
                Err(Invalid::new("title", InvalidReason::Empty)),
                "{blank:?}"
            );
        }
        assert!(shown("\u{200F}.".to_owned(), "title").is_ok());
    }

    #[test]
    fn what_would_make_an_amount_read_differently_is_refused() {
        for bad in [
            "fee \u{202E}00.1",
            "fee\u{2066}",
            "fee\n",
            "fee\u{0}",
            "\u{FEFF}fee",
            "fee\u{2028}x",
        ] {
            assert_eq!(
                Bilingual::parse(bad, "رسوم").unwrap_err().reason,
                InvalidReason::ForbiddenCharacter,
                "{bad:?}"
            );
        }
        assert_eq!(
            Bilingual::parse("fee", "  ").unwrap_err(),
            Invalid::new("ar", InvalidReason::Empty)
        );
        assert_eq!(
            Bilingual::parse("a".repeat(TEXT_CHARS_MAX + 1), "ب")
                .unwrap_err()
                .reason,
            InvalidReason::TooMany
        );
        assert!(Bilingual::parse("a".repeat(TEXT_CHARS_MAX), "ب".repeat(TEXT_CHARS_MAX)).is_ok());
    }
}
