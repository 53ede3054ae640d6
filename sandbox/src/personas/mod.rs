//! The people of the city. Every one of them is fictional: `fixtures/README.md` says how their names, numbers and accounts are
//! made so that they can be nobody's.

mod expand;
mod persona;
mod validate;

#[cfg(test)]
mod tests;

pub(crate) use expand::all_bills;
pub use persona::{
    BillSeries, Persona, PersonaAccount, PersonaBank, PersonaBill, PersonaCard, PersonaLine, PersonaPaid,
    RelativePeriod, SeriesLine,
};

use crate::agencies::FixtureError;
use std::sync::LazyLock;

/// The fixtures' texts, listed by the build script.
pub(crate) mod embedded {
    include!(concat!(env!("OUT_DIR"), "/fixtures.rs"));
}

/// Everybody, in the order of their files' names.
pub(crate) fn all() -> &'static [Persona] {
    #[expect(
        clippy::expect_used,
        reason = "the files are part of the program, and a test reads them"
    )]
    static ALL: LazyLock<Vec<Persona>> = LazyLock::new(|| load().expect("sound personas"));
    &ALL
}

/// The persona with an identifier.
pub(crate) fn find(persona_id: &str) -> Option<&'static Persona> {
    all().iter().find(|persona| persona.persona_id == persona_id)
}

/// The persona with a subject (`sub`).
pub(crate) fn find_by_subject(subject: &str) -> Option<&'static Persona> {
    all().iter().find(|persona| persona.subject == subject)
}

fn load() -> Result<Vec<Persona>, FixtureError> {
    embedded::PERSONAS
        .iter()
        .map(|(file, json)| {
            Persona::parse(json).map_err(|error| FixtureError::new(format!("{file}: {}", error.field), error.reason))
        })
        .collect()
}
