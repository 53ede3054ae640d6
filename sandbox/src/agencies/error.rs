//! Why an agency doesn't do what it is asked, and what that is on the wire.

use super::fixture::FixtureError;
use crate::server::reply::Refusal;
use rabt_protocol::{Localized, Problem, problem::code};

/// See the module.
#[derive(Debug, thiserror::Error)]
pub enum AgencyError {
    /// There is no such agency, bill, account or persona, or it isn't the caller's to know of.
    #[error("there is no {what}")]
    NotFound {
        /// What was looked for.
        what: String,
    },
    /// A member of the request is wrong.
    #[error("{field}: {reason}")]
    Invalid {
        /// The member.
        field: String,
        /// What is wrong, and what would be right.
        reason: String,
    },
    /// The person has not consented to the agency's answering, or no longer.
    #[error("the person has not consented to the purpose {purpose:?}; put a consent that names it")]
    ConsentRequired {
        /// For what.
        purpose: &'static str,
    },
    /// A consent that was withdrawn can't come back; a new one needs a new identifier.
    #[error("the consent was withdrawn; a new one needs a new identifier")]
    ConsentWithdrawn,
    /// The agency knows no account with these fields.
    #[error("no account has these fields")]
    AccountUnknown,
    /// The bill is paid.
    #[error("the bill is paid already")]
    AlreadyPaid,
    /// The bill was withdrawn.
    #[error("the bill was withdrawn")]
    Withdrawn,
    /// The bill has another revision than was quoted.
    #[error("the bill has the revision {revision}; quote it again")]
    Changed {
        /// The one that it has.
        revision: u32,
    },
    /// The idempotency key was used with another body.
    #[error("the idempotency key was used with another body")]
    KeyReused,
    /// The city's memory failed.
    #[error("the city's memory failed")]
    Storage(#[from] rusqlite::Error),
    /// What the city's memory holds can't be read: a defect.
    #[error("the city's memory holds what can't be read")]
    Corrupt(#[from] serde_json::Error),
}

impl AgencyError {
    pub(super) fn not_found(what: impl Into<String>) -> Self {
        Self::NotFound { what: what.into() }
    }

    pub(super) fn invalid(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Invalid {
            field: field.into(),
            reason: reason.into(),
        }
    }

    /// What the wire says of it; `None` for a defect of the city's own.
    pub(super) fn problem(&self) -> Option<Problem> {
        let title = self.to_string();
        Some(match self {
            Self::NotFound { .. } => Problem::new(404, code::NOT_FOUND, title),
            Self::Invalid { field, .. } => Problem::new(400, code::INVALID_INPUT, title).at(field),
            Self::ConsentRequired { .. } => Problem::new(403, code::CONSENT_REQUIRED, title).because(Localized::new(
                "This agency answers once you have agreed to it.",
                "تجيب هذه الجهة بعد موافقتك.",
            )),
            Self::ConsentWithdrawn => Problem::new(403, code::FORBIDDEN, title).at("consent_id"),
            Self::AccountUnknown => Problem::new(422, code::ACCOUNT_UNKNOWN, title).because(Localized::new(
                "The agency knows no such account. Check what you entered.",
                "لا تعرف الجهة حسابًا كهذا. تحقق مما أدخلته.",
            )),
            Self::AlreadyPaid => Problem::new(409, code::BILL_ALREADY_PAID, title).because(Localized::new(
                "This bill is paid already.",
                "هذه الفاتورة مدفوعة بالفعل.",
            )),
            Self::Withdrawn => Problem::new(409, code::BILL_WITHDRAWN, title).because(Localized::new(
                "The agency has withdrawn this bill.",
                "سحبت الجهة هذه الفاتورة.",
            )),
            Self::Changed { .. } => Problem::new(409, code::BILL_CHANGED, title).because(Localized::new(
                "The agency has changed this bill. Look at it again before you pay.",
                "غيّرت الجهة هذه الفاتورة. راجعها قبل الدفع.",
            )),
            Self::KeyReused => Problem::new(422, code::IDEMPOTENCY_KEY_REUSED, title),
            Self::Storage(_) | Self::Corrupt(_) => return None,
        })
    }
}

impl From<FixtureError> for AgencyError {
    fn from(error: FixtureError) -> Self {
        Self::Invalid {
            field: error.field,
            reason: error.reason,
        }
    }
}

impl From<AgencyError> for Refusal {
    fn from(error: AgencyError) -> Self {
        match (error.problem(), error) {
            (Some(problem), _) => Self::from(problem),
            (None, error) => Self::internal(&error),
        }
    }
}
