//! The people of the city. Every one of them is fictional: see `fixtures/README.md` for how their names, numbers and
//! accounts are made so that they can be nobody's.

mod persona;

pub use persona::{
    BillSeries, Persona, PersonaAccount, PersonaBank, PersonaBill, PersonaCard, PersonaLine, PersonaPaid,
    RelativePeriod, SeriesLine,
};

/// The fixtures' texts, listed by the build script.
pub(crate) mod embedded {
    include!(concat!(env!("OUT_DIR"), "/fixtures.rs"));
}

/// Everybody, in the order of their files' names.
pub(crate) fn all() -> &'static [Persona] {
    &[]
}

/// The persona with an identifier.
pub(crate) fn find(persona_id: &str) -> Option<&'static Persona> {
    all().iter().find(|persona| persona.persona_id == persona_id)
}

/// The persona with a subject (`sub`).
pub(crate) fn find_by_subject(subject: &str) -> Option<&'static Persona> {
    all().iter().find(|persona| persona.subject == subject)
}
