//! Why control didn't do what it was asked to.

use crate::{agencies::AgencyError, city::CityError, identity::IdentityError, server::reply::Refusal};
use rabt_protocol::problem::code;

/// See the module.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// A value isn't usable.
    #[error("`{field}` is refused: {reason}")]
    Invalid {
        /// Which.
        field: String,
        /// What is wrong, and what would be right.
        reason: String,
    },
    /// There is no such thing.
    #[error("there is no {what}")]
    NotFound {
        /// What was looked for.
        what: String,
    },
    /// It is there, and its present state doesn't allow what was asked.
    #[error("{reason}")]
    Conflict {
        /// One of the wire's codes.
        code: &'static str,
        /// What stands against it.
        reason: String,
    },
    /// The city's memory failed, or the city has ended.
    #[error("the city's memory failed: {0}")]
    Failed(String),
}

impl ControlError {
    pub(crate) fn invalid(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Invalid {
            field: field.into(),
            reason: reason.into(),
        }
    }

    pub(crate) fn not_found(what: impl Into<String>) -> Self {
        Self::NotFound { what: what.into() }
    }
}

impl From<rusqlite::Error> for ControlError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<AgencyError> for ControlError {
    fn from(error: AgencyError) -> Self {
        let reason = error.to_string();
        match error {
            AgencyError::NotFound { what } => Self::NotFound { what },
            AgencyError::Invalid { field, reason } => Self::Invalid { field, reason },
            AgencyError::AlreadyPaid => Self::Conflict {
                code: code::BILL_ALREADY_PAID,
                reason,
            },
            AgencyError::Withdrawn => Self::Conflict {
                code: code::BILL_WITHDRAWN,
                reason,
            },
            // What is left is said to people and the hub, not to control, or is a defect.
            _ => Self::Failed(reason),
        }
    }
}

impl From<IdentityError> for ControlError {
    fn from(error: IdentityError) -> Self {
        match error {
            IdentityError::Refused { field, reason } => Self::invalid(field, reason),
            other => Self::Failed(other.to_string()),
        }
    }
}

impl From<CityError> for ControlError {
    fn from(error: CityError) -> Self {
        match error {
            CityError::Input { field, reason } => Self::Invalid { field, reason },
            other => Self::Failed(other.to_string()),
        }
    }
}

impl From<Refusal> for ControlError {
    fn from(Refusal(problem): Refusal) -> Self {
        match (problem.status, problem.field) {
            (400..=499, Some(field)) => Self::invalid(field, problem.title),
            (404, None) => Self::not_found(problem.title),
            (_, None | Some(_)) => Self::Failed(problem.title),
        }
    }
}

impl From<ControlError> for Refusal {
    fn from(error: ControlError) -> Self {
        let title = error.to_string();
        match error {
            ControlError::Invalid { field, .. } => Self::invalid(field, title),
            ControlError::NotFound { .. } => Self::not_found(title),
            ControlError::Conflict { code, .. } => Self::new(409, code, title),
            ControlError::Failed(_) => Self::new(500, code::INTERNAL, title),
        }
    }
}
