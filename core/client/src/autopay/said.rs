//! What the core says to the person, in both languages.

use rabt_domain::Language;

/// A sentence of the core's own, made from figures and the directory's names. Unlike [`Bilingual`](rabt_domain::Bilingual) it is as long
/// as what it lists.
#[derive(Clone, PartialEq, Eq)]
pub struct Sentence {
    /// English.
    pub en: String,
    /// Arabic.
    pub ar: String,
}

impl Sentence {
    pub(super) fn of(say: impl Fn(Language) -> String) -> Self {
        Self {
            en: say(Language::En),
            ar: say(Language::Ar),
        }
    }

    /// In one language.
    pub fn get(&self, language: Language) -> &str {
        match language {
            Language::En => &self.en,
            Language::Ar => &self.ar,
        }
    }
}

/// It names amounts and accounts.
impl std::fmt::Debug for Sentence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sentence(…)")
    }
}
