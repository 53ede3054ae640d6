//! What a call to another party can end with, each kind told apart by what may be done next.

use crate::{
    http::{Cause, HttpError},
    session::SessionError,
};
use rabt_domain::{Bilingual, IncidentKind, Invalid};

/// A call didn't do what it was made for.
///
/// Of a call that changes the world every error but [`LinkError::Lost`] means that the other side has **not** acted on it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LinkError {
    /// There is no network: try again when there is one.
    #[error("there is no network")]
    Offline(#[source] Cause),
    /// The party doesn't answer, or not as it should: try again later.
    #[error("the party is not available at present")]
    Unavailable {
        /// Seconds to wait, where the party said so.
        retry_after_seconds: Option<u32>,
        /// What happened, for the log.
        #[source]
        cause: Option<Cause>,
    },
    /// The party understood and won't: trying the same again will not help.
    #[error("the party refused: {0}")]
    Refused(Refusal),
    /// The act asks for a higher assurance level: let the person step up, then try again.
    #[error("a higher assurance level is needed")]
    StepUpRequired {
        /// The level, where the party named one that can be asked for.
        acr: Option<String>,
    },
    /// Nobody is signed in, or the session was ended: sign in.
    #[error("nobody is signed in")]
    SignInRequired,
    /// The call was to change the world, may have arrived, and its answer is not known: look up what became of it, or repeat it
    /// under the same key.
    #[error("the answer was lost; the call may have been acted on")]
    Lost {
        /// What is to be recorded, where an answer came and was refused.
        incident: Option<IncidentKind>,
        /// What happened, for the log.
        #[source]
        cause: Option<Cause>,
    },
    /// The party's answer was refused: record it; what was known before stands.
    #[error("the answer was refused: {}", kind.code())]
    Distrusted {
        /// What is to be recorded.
        kind: IncidentKind,
        /// What was wrong, for the log.
        #[source]
        cause: Option<Cause>,
    },
    /// What was to be sent is refused here; nothing was.
    #[error("what was to be sent is refused: {0}")]
    InvalidInput(#[source] Invalid),
    /// The session can't give a token for another reason than those above: its vault, its key, its provider.
    #[error("the session has no token: {0}")]
    Session(#[source] SessionError),
    /// A defect of this client. Nothing was sent.
    #[error("a defect of this client: {0}")]
    Bug(#[source] Cause),
}

/// A party's refusal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code} (status {status})")]
pub struct Refusal {
    /// The stable code: one of [`rabt_protocol::problem::code`]; for a newer one [`codes::UNRECOGNISED`](crate::codes::UNRECOGNISED).
    pub code: String,
    /// What to tell the person, where it may be shown.
    pub reason: Option<Bilingual>,
    /// The member of the request that is at fault, where it was named.
    pub field: Option<String>,
    /// The HTTP status.
    pub status: u16,
}

impl LinkError {
    /// What is to be recorded against the party that was asked, where its answer was refused.
    pub fn incident(&self) -> Option<IncidentKind> {
        match self {
            Self::Distrusted { kind, .. } => Some(*kind),
            Self::Lost { incident, .. } => *incident,
            _ => None,
        }
    }

    /// An answer that is refused because of one of its members.
    pub(crate) fn distrusted(kind: IncidentKind, cause: impl Into<Cause>) -> Self {
        Self::Distrusted {
            kind,
            cause: Some(cause.into()),
        }
    }

    /// The same, of a call that was to change the world: it was acted on or not, and the answer doesn't tell.
    pub(crate) fn into_lost(self) -> Self {
        match self {
            Self::Distrusted { kind, cause } => Self::Lost {
                incident: Some(kind),
                cause,
            },
            other => other,
        }
    }

    /// No answer, or one that HTTP's bounds refuse; `changes` says whether the call was to change the world.
    pub(crate) fn of_http(error: HttpError, changes: bool) -> Self {
        let (arrived, incident) = (error.may_have_arrived(), error.incident());
        match (error, incident) {
            (error @ HttpError::Offline(_), _) => Self::Offline(error.into()),
            (error, incident) if arrived && changes => Self::Lost {
                incident,
                cause: Some(error.into()),
            },
            (error, Some(kind)) => Self::distrusted(kind, error),
            (error @ (HttpError::Setup(_) | HttpError::BadUrl | HttpError::BadHeader), None) => Self::Bug(error.into()),
            (error, None) => Self::Unavailable {
                retry_after_seconds: None,
                cause: Some(error.into()),
            },
        }
    }
}

impl From<SessionError> for LinkError {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::SignInRequired => Self::SignInRequired,
            SessionError::Offline(_) => Self::Offline(error.into()),
            SessionError::Unavailable {
                retry_after_seconds, ..
            } => Self::Unavailable {
                retry_after_seconds,
                cause: Some(error.into()),
            },
            other => Self::Session(other),
        }
    }
}
