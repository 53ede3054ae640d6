//! The tokens of a session, and where they are kept.

mod stored;

pub use stored::TokensUnreadable;

use super::{Access, Scheme, Secret, VaultError};
use rabt_domain::{Bilingual, IncidentKind, SubjectId, Timestamp};

/// Everything of a session that is kept. Tokens and expiry are one value, so that one save holds both: a kill between the two
/// can't lose the session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionTokens {
    /// The provider.
    pub issuer: String,
    /// The person.
    pub subject: SubjectId,
    /// The person's name, where the provider said it.
    pub name: Option<Bilingual>,
    /// The access token.
    pub access: Secret,
    /// How it is presented.
    pub scheme: Scheme,
    /// When it was received, by this device's clock.
    pub received_at: Timestamp,
    /// When it is taken to expire, by this device's clock.
    pub expires_at: Timestamp,
    /// The refresh token; without one the session ends with its access token.
    pub refresh: Option<Secret>,
    /// The ID token, to say at the sign-out whose session ends.
    pub id_token: Option<Secret>,
    /// The nonce of the sign-in, which an ID token of a refresh may repeat and not change.
    pub nonce: Option<String>,
    /// The assurance level.
    pub acr: Option<String>,
    /// What was granted.
    pub scope: Option<String>,
    /// How often the access token has been replaced.
    pub generation: u64,
}

impl SessionTokens {
    /// The access token, for a caller.
    pub fn access(&self) -> Access {
        Access::new(self.access.clone(), self.scheme, self.acr.clone(), self.generation)
    }
}

/// Where a session's tokens are kept, sealed. Blocking is allowed: it is called off the async threads.
pub trait SessionVault: Send + Sync {
    /// The tokens as they were last saved; `None` where nobody is signed in.
    ///
    /// # Errors
    /// [`VaultError`] where that can't be told.
    fn load(&self) -> Result<Option<SessionTokens>, VaultError>;

    /// Replaces them, all at once and durably: when it returns they outlive a kill.
    ///
    /// # Errors
    /// [`VaultError`]; then the former ones are still there.
    fn save(&self, tokens: &SessionTokens) -> Result<(), VaultError>;

    /// Forgets them.
    ///
    /// # Errors
    /// [`VaultError`].
    fn clear(&self) -> Result<(), VaultError>;

    /// Records that the provider's answer to a refresh was refused. It is said here, once for each refresh, since many callers
    /// share one, and none of them asked the provider.
    fn refused(&self, kind: IncidentKind, at: Timestamp);
}
