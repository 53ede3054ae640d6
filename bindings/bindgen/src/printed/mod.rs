//! What of an exported record may be printed.
//!
//! A Kotlin data class and a Swift struct print every field, and what is printed ends in a log: a bill's number, a person's name. So the
//! generated types are given texts of their own, which hold the fields that `bindings/printed.json` names and nothing else. A type
//! that isn't in that list isn't generated: somebody has to decide.

mod kotlin;
mod swift;

pub(crate) use kotlin::kotlin;
pub(crate) use swift::swift;

use std::collections::{BTreeMap, BTreeSet};

/// The list: each record, and each case of an enum that has fields, with the fields that may be printed, as the core spells them.
const LIST: &str = include_str!("../../../printed.json");

/// What is left out is hinted at by this.
const LEFT_OUT: &str = "…";

/// The sources and the list don't go together.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PrintedError {
    /// The list is no such JSON.
    #[error("bindings/printed.json can't be read")]
    List(#[from] serde_json::Error),
    /// A type is new.
    #[error("`{0}` is not in bindings/printed.json: decide which of its fields may be printed, `[]` for none")]
    Undecided(String),
    /// A field went or was renamed.
    #[error("bindings/printed.json names `{field}` of `{name}`, which has no such field")]
    NoSuchField {
        /// The type.
        name: String,
        /// The field.
        field: String,
    },
    /// Types went or were renamed, or are no longer generated in the form that is looked for.
    #[error("bindings/printed.json names what was not generated: {}", .0.join(", "))]
    NotGenerated(Vec<String>),
}

/// The list, and which of it was come across.
pub(crate) struct Printed {
    list: BTreeMap<String, Vec<String>>,
    met: BTreeSet<String>,
}

/// One type's part of the list.
struct Fields {
    /// Those to print, as the language spells them.
    printed: Vec<String>,
    /// Whether it has others.
    more: bool,
}

impl Printed {
    /// The list as it is checked in.
    ///
    /// # Errors
    /// [`PrintedError::List`].
    pub(crate) fn read() -> Result<Self, PrintedError> {
        Ok(Self {
            list: serde_json::from_str(LIST)?,
            met: BTreeSet::new(),
        })
    }

    /// What is printed of a type that has these fields, which are spelled as the language does.
    fn of(&mut self, name: &str, fields: &[String]) -> Result<Fields, PrintedError> {
        let listed = self
            .list
            .get(name)
            .ok_or_else(|| PrintedError::Undecided(name.to_owned()))?;
        let printed: Vec<String> = listed.iter().map(|field| camel(field)).collect();
        if let Some(at) = printed.iter().position(|field| !fields.contains(field)) {
            return Err(PrintedError::NoSuchField {
                name: name.to_owned(),
                field: listed[at].clone(),
            });
        }
        self.met.insert(name.to_owned());
        let more = printed.len() < fields.len();
        Ok(Fields { printed, more })
    }

    /// That everything in the list was come across.
    fn finish(self) -> Result<(), PrintedError> {
        let left: Vec<String> = self.list.into_keys().filter(|name| !self.met.contains(name)).collect();
        if left.is_empty() {
            Ok(())
        } else {
            Err(PrintedError::NotGenerated(left))
        }
    }
}

/// `took_ms` as Kotlin and Swift spell it.
fn camel(field: &str) -> String {
    let mut words = field.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| name + &capital(word))
}

/// A word with a capital.
fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

/// The identifier that a text begins with, without the backticks that stand around keywords.
fn identifier(text: &str) -> &str {
    let text = text.trim_start().trim_start_matches('`');
    let end = text
        .find(|letter: char| !letter.is_alphanumeric() && letter != '_')
        .unwrap_or(text.len());
    &text[..end]
}

#[cfg(test)]
mod tests;
