//! What comes into a sign-in and what goes out of it.

use crate::session::{Cause, Distrust, SessionTokens, SignInError, refusal::CallbackRefusal};
use rabt_protocol::{
    jose::{JwkSet, SignError},
    oidc::{ProviderMetadata, PushedRequest, TokenResponse},
};
use std::fmt;
use url::Url;

/// What has happened.
pub enum Event {
    /// The provider's metadata was read.
    Metadata(Box<ProviderMetadata>),
    /// The request was pushed.
    Pushed(PushedRequest),
    /// A URL came in that may be the answer.
    Returned(String),
    /// The token endpoint answered.
    Tokens(Box<TokenResponse>),
    /// The provider's keys were read.
    Keys {
        /// They.
        keys: JwkSet,
        /// By how many seconds the provider's clock is ahead of the device's, by which its ID token is checked.
        ahead_seconds: i64,
    },
    /// What the last command asked for failed.
    Failed(Failure),
    /// The person closed the page, or whoever waited no longer does.
    Abandoned,
}

/// What is to be done next. Each is done once and answered by one [`Event`]; the last three end or suspend the work.
pub enum Command {
    /// Read the metadata.
    ReadMetadata,
    /// Push the request (RFC 9126).
    Push {
        /// Where to.
        url: Url,
        /// The form; it has secrets.
        form: Form,
        /// Whether with a proof (RFC 9449).
        proof: bool,
    },
    /// Show this URL to the person, and come back with [`Event::Returned`]. The flow can be stored meanwhile.
    Open(Url),
    /// Exchange the code. **The flow that asked for it is never stored**: a code is used once.
    Exchange {
        /// Where to.
        url: Url,
        /// The form; it has secrets.
        form: Form,
        /// Whether with a proof (RFC 9449).
        proof: bool,
    },
    /// Read the provider's keys.
    ReadKeys {
        /// Where from.
        url: Url,
        /// Whether a copy that was read before won't do.
        again: bool,
    },
    /// The URL that came in isn't the answer; the sign-in goes on waiting.
    Ignore(CallbackRefusal),
    /// It is done.
    Finish(Box<SignedIn>),
    /// It has ended without.
    Fail(SignInError),
}

/// A form for one of the provider's endpoints. `Debug` shows the names only.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Form(pub(crate) Vec<(&'static str, String)>);

impl Form {
    /// Adds a pair.
    #[must_use]
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.0.push((name, value.into()));
        self
    }

    /// Adds a pair where there is a value.
    #[must_use]
    pub(crate) fn with_some(self, name: &'static str, value: Option<impl Into<String>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// The pairs.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (*name, value.as_str()))
    }
}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// Why what a command asked for failed.
#[derive(Clone, Debug)]
pub enum Failure {
    /// There is no network.
    Offline(Cause),
    /// The provider doesn't answer as it should at present.
    Unavailable {
        /// Seconds to wait, where it said so.
        retry_after_seconds: Option<u32>,
        /// What happened.
        cause: Option<Cause>,
    },
    /// It answered with an OAuth error code.
    Refused(String),
    /// Its answer is refused.
    Distrusted(Distrust),
    /// The device's key didn't sign.
    Key(SignError),
    /// A defect of this client.
    Bug(String),
}

/// Somebody signed in, and it is proven who.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// What the session is made of.
    pub tokens: SessionTokens,
    /// When the person proved who they are, in seconds since 1970, where the provider said so.
    pub auth_time_seconds: Option<i64>,
}
