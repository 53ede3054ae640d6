//! The one error of everything that is parsed or put together here: which field, and what is wrong with it.

use std::fmt;

/// A value is refused. It names the field and never repeats the value, which may be personal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{field}` {reason}")]
pub struct Invalid {
    /// The path to the field: `amount_fils`, `bills[3].due_on`.
    pub field: String,
    /// What is wrong with it.
    pub reason: InvalidReason,
}

/// What is wrong with a field. Whoever passes it on names each of them: one that was folded into another would be lost to the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InvalidReason {
    /// Nothing is there.
    Empty,
    /// It hasn't the shape that it must have.
    Malformed,
    /// It has a character that may not be shown: a control, or one that turns the direction of what follows.
    ForbiddenCharacter,
    /// It is too long, or there are too many.
    TooMany,
    /// It is below what is allowed.
    TooSmall,
    /// It is above what is allowed.
    TooLarge,
    /// The same thing is there twice.
    Twice,
    /// It contradicts another field.
    Inconsistent,
    /// It is of a kind that this version doesn't know.
    Unsupported,
    /// It names something that isn't there: an agency that isn't linked, an instrument that isn't the person's.
    NotKnown,
    /// What it names can't be used any more.
    Expired,
    /// It waits for a day that never comes.
    NeverComes,
}

impl fmt::Display for InvalidReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "is empty",
            Self::Malformed => "is malformed",
            Self::ForbiddenCharacter => "has a character that may not be shown",
            Self::TooMany => "is too long or has too many entries",
            Self::TooSmall => "is below what is allowed",
            Self::TooLarge => "is above what is allowed",
            Self::Twice => "is there twice",
            Self::Inconsistent => "contradicts another field",
            Self::Unsupported => "is of a kind that is not supported",
            Self::NotKnown => "names something that is not known",
            Self::Expired => "names something that can't be used any more",
            Self::NeverComes => "waits for a day that never comes",
        })
    }
}

impl Invalid {
    /// A field and what is wrong with it.
    pub fn new(field: impl Into<String>, reason: InvalidReason) -> Self {
        Self {
            field: field.into(),
            reason,
        }
    }

    /// The same seen from outside: `due_on` within `bills[3]` is `bills[3].due_on`.
    #[must_use]
    pub fn within(self, outer: impl fmt::Display) -> Self {
        Self {
            field: format!("{outer}.{}", self.field),
            reason: self.reason,
        }
    }
}
