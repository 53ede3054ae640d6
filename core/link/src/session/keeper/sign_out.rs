//! Signing out: here at once, and at the provider as well as can be.

use super::{SessionKeeper, Shared, detached};
use crate::session::{
    Form, Scheme, SessionError, SessionTokens, SignedIn, limits::REVOCATION_DEADLINE_MS, provider::Post,
};
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, timeout_at};
use url::Url;

/// What became of the session at the provider. On the device it has ended in any case.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SignedOut {
    /// Whether the provider has taken the tokens back (RFC 7009). Otherwise they end by their own expiry.
    pub revoked: bool,
    /// Where the person can end their session with the provider too, in the browser (OpenID Connect RP-Initiated Logout 1.0). It
    /// names the person, so it is secret.
    pub end_session_url: Option<Url>,
}

/// The URL holds the ID token, so it isn't shown.
impl std::fmt::Debug for SignedOut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignedOut")
            .field("revoked", &self.revoked)
            .finish_non_exhaustive()
    }
}

/// Tokens that aren't kept any more and that the provider still takes, until it is told ([`SessionKeeper::tell`]).
#[derive(Clone, Debug, Default)]
#[must_use = "the provider takes them until it is told"]
pub struct Forgotten(Option<Box<SessionTokens>>);

impl From<SignedIn> for Forgotten {
    /// Of a sign-in that is not let in.
    fn from(signed_in: SignedIn) -> Self {
        Self(Some(Box::new(signed_in.tokens)))
    }
}

impl SessionKeeper {
    /// Signs out: [forgets](Self::forget) the session, then [tells](Self::tell) the provider. It happens whether or not the caller
    /// waits.
    ///
    /// # Errors
    /// As [`SessionKeeper::forget`].
    pub async fn sign_out(&self) -> Result<SignedOut, SessionError> {
        let keeper = self.clone();
        detached(async move {
            let forgotten = keeper.forget().await?;
            Ok(keeper.tell(forgotten).await)
        })
        .await
    }

    /// The half of a sign-out that needs no network: the vault forgets the tokens, and nobody is given them any more. What else
    /// is to be destroyed is destroyed between this and telling the provider, which may take seconds.
    ///
    /// # Errors
    /// [`SessionError::Vault`] where the vault didn't forget them: the session stands.
    pub async fn forget(&self) -> Result<Forgotten, SessionError> {
        let shared = self.0.clone();
        detached(async move { shared.forget().await }).await
    }

    /// The other half: tells the provider, for at most [`REVOCATION_DEADLINE_MS`], that these tokens are of no use any more. It
    /// happens whether or not the caller waits.
    pub async fn tell(&self, forgotten: Forgotten) -> SignedOut {
        let Forgotten(Some(tokens)) = forgotten else {
            return SignedOut::default();
        };
        let shared = self.0.clone();
        let told = detached(async move { Ok(shared.tell(&tokens).await) });
        told.await.unwrap_or_default()
    }
}

impl Shared {
    async fn forget(self: &Arc<Self>) -> Result<Forgotten, SessionError> {
        self.load().await?;
        let _turn = self.writing.lock().await;
        self.in_vault(|vault| vault.clear()).await?;
        let mut state = self.state();
        let in_use = state.tokens.take();
        // The newest are those that count at the provider.
        let newest = state.unsaved.take().or(in_use);
        Ok(Forgotten(newest.map(Box::new)))
    }

    async fn tell(&self, tokens: &SessionTokens) -> SignedOut {
        let deadline = Instant::now() + Duration::from_millis(REVOCATION_DEADLINE_MS);
        let Ok(Ok(endpoints)) = timeout_at(deadline, self.provider.endpoints()).await else {
            return SignedOut::default();
        };
        let revoked = match &endpoints.revocation {
            Some(url) => timeout_at(deadline, self.revoke(url, tokens)).await.unwrap_or(false),
            None => false,
        };
        SignedOut {
            revoked,
            end_session_url: endpoints.end_session.map(|url| self.farewell(url, tokens)),
        }
    }

    /// Revokes the refresh token, which ends what was issued by it (RFC 7009, 2.1), or else the access token.
    async fn revoke(&self, url: &Url, tokens: &SessionTokens) -> bool {
        let (token, hint) = match &tokens.refresh {
            Some(refresh) => (refresh, "refresh_token"),
            None => (&tokens.access, "access_token"),
        };
        let form = Form::default()
            .with("token", token.reveal())
            .with("token_type_hint", hint)
            .with("client_id", &self.provider.config().client_id);
        let post = Post {
            url,
            form: &form,
            proof: tokens.scheme == Scheme::Dpop,
            deadline_ms: REVOCATION_DEADLINE_MS,
            attempts: 1,
        };
        self.provider.tell(post).await.is_ok()
    }

    fn farewell(&self, mut url: Url, tokens: &SessionTokens) -> Url {
        let config = self.provider.config();
        {
            let mut query = url.query_pairs_mut();
            query.append_pair("client_id", &config.client_id);
            if let Some(id_token) = &tokens.id_token {
                query.append_pair("id_token_hint", id_token.reveal());
            }
            if let Some(back) = &config.post_logout_redirect_uri {
                query.append_pair("post_logout_redirect_uri", back);
            }
        }
        url
    }
}
