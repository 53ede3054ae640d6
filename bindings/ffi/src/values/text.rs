//! Texts.

/// A language of the city.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Language {
    /// English.
    En,
    /// Arabic.
    Ar,
}

impl From<Language> for rabt::domain::Language {
    fn from(language: Language) -> Self {
        match language {
            Language::En => Self::En,
            Language::Ar => Self::Ar,
        }
    }
}

/// The same text in both languages. It was checked: neither is empty, and no character in it turns the direction of what stands
/// beside it.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Bilingual {
    /// English.
    pub en: String,
    /// Arabic, to be shown from right to left.
    pub ar: String,
}

impl From<&rabt::domain::Bilingual> for Bilingual {
    fn from(text: &rabt::domain::Bilingual) -> Self {
        Self {
            en: text.en().to_owned(),
            ar: text.ar().to_owned(),
        }
    }
}
