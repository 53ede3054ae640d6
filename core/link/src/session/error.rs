//! Why a session has no token to give, or a sign-in doesn't end with one. What was wrong with a provider's URL, document or
//! token is said in [`refusal`](super::refusal); what a caller does about it is said here.

use super::refusal::{AnswerRefusal, CallbackRefusal, ConfigRefusal, IdTokenRefusal, MetadataRefusal};
use rabt_domain::IncidentKind;
use rabt_protocol::jose::SignError;
use std::{error::Error, sync::Arc};

/// What caused an error, kept for the log. Shared, because many callers wait for one refresh.
pub type Cause = Arc<dyn Error + Send + Sync>;

/// The session's tokens could not be read or kept. The text is for a log and holds nothing of them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the session's vault failed: {reason}")]
pub struct VaultError {
    /// What the vault says.
    pub reason: String,
}

impl VaultError {
    /// With what the vault says.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into() }
    }
}

/// A session has no token to give.
#[derive(Clone, Debug, thiserror::Error)]
pub enum SessionError {
    /// Nobody is signed in, or the provider ended the session (`invalid_grant`): sign in.
    #[error("nobody is signed in")]
    SignInRequired,
    /// The provider can't be reached. The session stands; try again when there is a network.
    #[error("the identity provider can't be reached")]
    Offline(#[source] Cause),
    /// The provider doesn't answer as it should at present. The session stands; try again later.
    #[error("the identity provider is not available")]
    Unavailable {
        /// Seconds to wait, where the provider said so.
        retry_after_seconds: Option<u32>,
        /// What it answered.
        #[source]
        cause: Option<Cause>,
    },
    /// The provider's answer was refused. The session stands as it was.
    #[error("the identity provider's answer was refused: {0}")]
    Distrusted(#[source] Distrust),
    /// The tokens could not be read or kept, so that none were used.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The device's key didn't sign.
    #[error(transparent)]
    Key(#[from] SignError),
    /// A defect: of this client, or of its registration with the provider. The session stands.
    #[error("the session can't go on: {0}")]
    Bug(String),
}

/// What was refused of what a provider said.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Distrust {
    /// Its metadata.
    #[error(transparent)]
    Metadata(#[from] MetadataRefusal),
    /// The answer of an endpoint.
    #[error(transparent)]
    Answer(#[from] AnswerRefusal),
    /// The ID token.
    #[error(transparent)]
    IdToken(#[from] IdTokenRefusal),
}

impl Distrust {
    /// What is recorded.
    pub fn incident(&self) -> IncidentKind {
        match self {
            Self::Metadata(_) => IncidentKind::Malformed,
            Self::Answer(refusal) => refusal.incident(),
            Self::IdToken(refusal) => refusal.incident(),
        }
    }

    /// The field at fault.
    pub fn field(&self) -> &'static str {
        match self {
            Self::Metadata(refusal) => refusal.field(),
            Self::Answer(refusal) => refusal.field(),
            Self::IdToken(refusal) => refusal.field(),
        }
    }
}

/// A sign-in didn't end with tokens.
#[derive(Clone, Debug, thiserror::Error)]
pub enum SignInError {
    /// The person said no, or closed the page.
    #[error("the sign-in was cancelled")]
    Cancelled,
    /// It took longer than [`FLOW_SECONDS_MAX`](super::limits::FLOW_SECONDS_MAX): begin again.
    #[error("the sign-in took too long")]
    Expired,
    /// The provider can't be reached: begin again when there is a network.
    #[error("the identity provider can't be reached")]
    Offline(#[source] Cause),
    /// The provider doesn't answer as it should at present: begin again later.
    #[error("the identity provider is not available")]
    Unavailable {
        /// Seconds to wait, where the provider said so.
        retry_after_seconds: Option<u32>,
        /// What it answered.
        #[source]
        cause: Option<Cause>,
    },
    /// The provider won't: an OAuth error code other than those that have a variant here.
    #[error("the identity provider answered `{code}`")]
    Refused {
        /// The code, where it is one of the standards'; else [`codes::UNRECOGNISED`](crate::codes::UNRECOGNISED).
        code: String,
    },
    /// The person didn't reach the assurance level that was asked for.
    #[error("the assurance level that was asked for was not reached")]
    LevelNotReached,
    /// The URL that came back answers this sign-in and is refused.
    #[error("the URL that came back is refused: {0}")]
    Callback(#[source] CallbackRefusal),
    /// The provider's answer was refused.
    #[error("the identity provider's answer was refused: {0}")]
    Distrusted(#[source] Distrust),
    /// The client's own configuration or request can't be used.
    #[error("the sign-in can't begin: {0}")]
    Config(#[from] ConfigRefusal),
    /// The device's key didn't sign.
    #[error(transparent)]
    Key(#[from] SignError),
    /// A defect of this client.
    #[error("the sign-in can't go on: {0}")]
    Bug(String),
}

impl SignInError {
    /// What is recorded, where something was refused.
    pub fn incident(&self) -> Option<IncidentKind> {
        match self {
            Self::Callback(_) => Some(IncidentKind::Malformed),
            Self::Distrusted(distrust) => Some(distrust.incident()),
            _ => None,
        }
    }

    /// The field at fault, where there is one.
    pub fn field(&self) -> Option<&'static str> {
        match self {
            Self::Callback(refusal) => Some(refusal.field()),
            Self::Distrusted(distrust) => Some(distrust.field()),
            Self::Config(refusal) => Some(refusal.field),
            _ => None,
        }
    }
}

impl From<Distrust> for SignInError {
    fn from(distrust: Distrust) -> Self {
        match distrust {
            Distrust::IdToken(IdTokenRefusal::LevelTooLow) => Self::LevelNotReached,
            other => Self::Distrusted(other),
        }
    }
}
