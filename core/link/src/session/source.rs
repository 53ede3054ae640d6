//! What the authorised calls need of a session, as a trait, so that they can be tried with one that isn't a session at all.

use super::{Secret, SessionError};
use std::{future::Future, pin::Pin};

/// A boxed future, so that [`TokenSource`] stays object safe.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// How an access token is presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// RFC 9449: with a proof that the sender holds the key.
    Dpop,
    /// RFC 6750: whoever holds it may use it.
    Bearer,
}

impl Scheme {
    /// As the `Authorization` header says it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dpop => "DPoP",
            Self::Bearer => "Bearer",
        }
    }

    /// From a token response's `token_type`, which is compared without regard to case (RFC 6749, 5.1).
    pub fn by_name(name: &str) -> Option<Self> {
        [Self::Dpop, Self::Bearer]
            .into_iter()
            .find(|scheme| scheme.name().eq_ignore_ascii_case(name))
    }
}

/// An access token, with what a caller needs to know of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    token: Secret,
    scheme: Scheme,
    acr: Option<String>,
    generation: u64,
}

impl Access {
    /// Puts one together.
    pub fn new(token: Secret, scheme: Scheme, acr: Option<String>, generation: u64) -> Self {
        Self {
            token,
            scheme,
            acr,
            generation,
        }
    }

    /// The token.
    pub fn token(&self) -> &Secret {
        &self.token
    }

    /// How it is presented.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The assurance level that it was issued at, where the provider said so.
    pub fn acr(&self) -> Option<&str> {
        self.acr.as_deref()
    }

    /// How often the session's token has been replaced. A refused token of an older generation than the session's is not
    /// refreshed again: somebody already has.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// The value of the `Authorization` header; secret.
    pub fn authorization(&self) -> Secret {
        Secret::new(format!("{} {}", self.scheme.name(), self.token.reveal()))
    }
}

/// Where an authorised call gets its token and its proof from.
pub trait TokenSource: Send + Sync {
    /// A token that is not about to expire. It is refreshed first where it is; many callers cause one refresh.
    ///
    /// # Errors
    /// [`SessionError`]; only [`SessionError::SignInRequired`] means that the person must sign in.
    fn access(&self) -> BoxFuture<'_, Result<Access, SessionError>>;

    /// After a 401: a newer token than the refused one. It is refreshed, whatever its local expiry says, unless somebody
    /// already has. The caller sends once more and takes that answer as it is.
    ///
    /// # Errors
    /// As [`TokenSource::access`].
    fn renew(&self, refused: &Access) -> BoxFuture<'_, Result<Access, SessionError>>;

    /// The DPoP proof for one request, with the newest nonce of that server; `None` for a bearer token.
    ///
    /// # Errors
    /// [`SessionError::Key`] where the device's key doesn't sign.
    fn proof(&self, method: &http::Method, url: &url::Url, access: &Access) -> Result<Option<String>, SessionError>;

    /// Keeps the nonce that a server gave (`DPoP-Nonce`), for its origin. What isn't a nonce is ignored.
    fn heard_nonce(&self, url: &url::Url, nonce: &str);
}
