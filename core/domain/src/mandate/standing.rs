//! Whether a mandate is at work: paused, resumed, revoked.

use crate::Timestamp;

/// Where a mandate stands. It is no part of the signed terms: stopping needs no new version, and must be possible at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// It pays.
    #[default]
    Active,
    /// It pays nothing until it is resumed, and still claims its bills, so that no other mandate pays what was paused.
    Paused {
        /// Since when.
        since: Timestamp,
    },
    /// It never pays again, and claims nothing.
    Revoked {
        /// Since when.
        at: Timestamp,
    },
}

/// What a person does to a mandate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StandingChange {
    /// Stops it for now.
    Pause,
    /// Lets it go on.
    Resume,
    /// Ends it.
    Revoke,
}

impl Standing {
    /// What becomes of it. Pausing what is paused and revoking what is revoked change nothing, so that either can be repeated;
    /// what is revoked stays so.
    #[must_use]
    pub fn after(self, change: StandingChange, at: Timestamp) -> Self {
        match (self, change) {
            (Self::Revoked { .. }, _) | (Self::Paused { .. }, StandingChange::Pause) => self,
            (_, StandingChange::Revoke) => Self::Revoked { at },
            (Self::Active, StandingChange::Pause) => Self::Paused { since: at },
            (_, StandingChange::Resume) => Self::Active,
        }
    }
}
