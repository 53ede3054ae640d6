//! What a shell gives: the secret store, the device's key, and a clock for tests. They are synchronous, since what is behind them is,
//! and they may fail and may take their time: each is called so that nobody else waits for it.

mod clock;
mod secrets;
mod signer;

pub use clock::Clock;
pub(crate) use clock::ShellClock;
pub use secrets::SecretStore;
pub(crate) use secrets::ShellSecrets;
pub use signer::DpopSigner;
pub(crate) use signer::ShellSigner;

/// Why something that the shell gave did not do what it was asked. An implementation throws it; any other exception is taken for
/// `Failed`.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Error)]
#[uniffi::export(Display)]
pub enum PortError {
    /// Not now: the device is locked, say. It is asked again later.
    Unavailable {
        /// What the platform says, for the log. It must hold no secret and nothing of a person.
        detail: String,
    },
    /// It won't, however often it is asked.
    Failed {
        /// What the platform says, for the log. It must hold no secret and nothing of a person.
        detail: String,
    },
}

impl std::fmt::Display for PortError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unavailable { detail } => write!(f, "unavailable: {detail}"),
            Self::Failed { detail } => write!(f, "failed: {detail}"),
        }
    }
}

impl std::error::Error for PortError {}

/// The shell threw something else. What it says is not passed on: an exception's text may hold anything.
impl From<uniffi::UnexpectedUniFFICallbackError> for PortError {
    fn from(_: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Failed {
            detail: "the shell threw an unexpected exception".to_owned(),
        }
    }
}
