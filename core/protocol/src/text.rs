//! Text for people, in the city's two languages.

use serde::{Deserialize, Serialize};

/// The same text in English and Arabic. Neither may be empty.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Localized {
    /// English.
    pub en: String,
    /// Arabic.
    pub ar: String,
}

impl Localized {
    /// Both languages at once.
    pub fn new(en: impl Into<String>, ar: impl Into<String>) -> Self {
        Self {
            en: en.into(),
            ar: ar.into(),
        }
    }
}
