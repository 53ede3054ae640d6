//! The session's vault over the store.

use crate::{Topic, watch::Changes};
use rabt_domain::{Bilingual, Incident, IncidentKind, Personal, Timestamp};
use rabt_link::session::{Scheme, Secret, SessionTokens, SessionVault, VaultError};
use rabt_store::{SecretText, Store, StoreError, session::StoredSession};
use std::sync::Arc;

/// See the module.
pub(super) struct StoreVault {
    store: Store,
    changes: Arc<Changes>,
}

impl StoreVault {
    pub(super) fn new(store: Store, changes: Arc<Changes>) -> Self {
        Self { store, changes }
    }
}

impl SessionVault for StoreVault {
    /// A session that can't be read is no session: the person signs in again, instead of being stuck.
    fn load(&self) -> Result<Option<SessionTokens>, VaultError> {
        match self.store.session().load() {
            Ok(stored) => Ok(stored.and_then(tokens)),
            Err(error @ StoreError::Damaged { .. }) => {
                tracing::warn!(%error, "the stored session can't be read");
                Ok(None)
            }
            Err(error) => Err(failed(&error)),
        }
    }

    fn save(&self, tokens: &SessionTokens) -> Result<(), VaultError> {
        self.store
            .session()
            .save(&stored(tokens))
            .map_err(|error| failed(&error))?;
        self.changes.announce(&[Topic::Session]);
        Ok(())
    }

    fn clear(&self) -> Result<(), VaultError> {
        self.store.session().clear().map_err(|error| failed(&error))?;
        self.changes.announce(&[Topic::Session]);
        Ok(())
    }

    fn refused(&self, kind: IncidentKind, at: Timestamp) {
        tracing::warn!(incident = kind.code(), "the identity provider's answer was refused");
        let incident = Incident { agency: None, kind, at };
        match self.store.incidents().record(&incident) {
            Ok(_) => self.changes.announce(&[Topic::Incidents]),
            Err(error) => tracing::warn!(%error, "a refused answer could not be recorded"),
        }
    }
}

fn failed(error: &StoreError) -> VaultError {
    VaultError::new(error.to_string())
}

fn stored(tokens: &SessionTokens) -> StoredSession {
    let text = |secret: &Secret| SecretText::new(secret.reveal().to_owned());
    let name = |name: &str| Personal::new(name.to_owned());
    StoredSession {
        subject: tokens.subject.clone(),
        issuer: tokens.issuer.clone(),
        access_token: text(&tokens.access),
        refresh_token: tokens.refresh.as_ref().map(text),
        token_type: tokens.scheme.name().to_owned(),
        received_at: tokens.received_at,
        expires_at: tokens.expires_at,
        scope: tokens.scope.clone(),
        nonce: tokens.nonce.as_deref().map(|nonce| SecretText::new(nonce.to_owned())),
        generation: tokens.generation,
        acr: tokens.acr.clone(),
        id_token: tokens.id_token.as_ref().map(text),
        name_en: tokens.name.as_ref().map(|both| name(both.en())),
        name_ar: tokens.name.as_ref().map(|both| name(both.ar())),
    }
}

/// `None` for a scheme that this version doesn't know.
fn tokens(stored: StoredSession) -> Option<SessionTokens> {
    let secret = |text: &SecretText| Secret::new(text.reveal());
    let name = stored.name_en.zip(stored.name_ar);
    Some(SessionTokens {
        scheme: Scheme::by_name(&stored.token_type)?,
        name: name.and_then(|(en, ar)| Bilingual::parse(en.into_revealed(), ar.into_revealed()).ok()),
        access: secret(&stored.access_token),
        refresh: stored.refresh_token.as_ref().map(secret),
        id_token: stored.id_token.as_ref().map(secret),
        nonce: stored.nonce.as_ref().map(|nonce| nonce.reveal().to_owned()),
        issuer: stored.issuer,
        subject: stored.subject,
        received_at: stored.received_at,
        expires_at: stored.expires_at,
        acr: stored.acr,
        scope: stored.scope,
        generation: stored.generation,
    })
}
