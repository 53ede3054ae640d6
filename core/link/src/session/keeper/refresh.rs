//! One refresh: what is asked, what the answer becomes, and what no answer becomes.

use super::{Outcome, Shared};
use crate::{
    dpop::INVALID_PROOF,
    session::{
        Failure, Form, Scheme, SessionError, SessionTokens,
        answer::Grant,
        error::Distrust,
        id_token::{self, Identity, Nonce},
        limits::ENDPOINT_DEADLINE_MS,
        metadata::Endpoints,
        provider::Post,
        refusal::{AnswerRefusal, IdTokenRefusal},
    },
};
use rabt_domain::Timestamp;
use rabt_protocol::oidc::TokenResponse;
use std::sync::Arc;

/// The only answer that ends a session (RFC 6749, 5.2): the refresh token is expired, revoked or spent.
const ENDED: &str = "invalid_grant";
/// How often a refresh is tried with tokens that somebody else has put into the vault meanwhile.
const RELOADS_MAX: usize = 1;

/// What a refresh has come to.
enum Refreshed {
    /// New tokens, proven.
    New(Box<SessionTokens>),
    /// The old access token with a new refresh token: the answer's identity could not be proven *now*, because the keys couldn't
    /// be read or the device's clock is wrong. The old refresh token may be spent, so the new one is kept.
    Rescued(Box<SessionTokens>, SessionError),
    /// The provider has ended the session.
    Ended,
}

impl Shared {
    /// Replaces the tokens of `generation`, unless somebody already has.
    pub(super) async fn refresh(self: &Arc<Self>, generation: u64) -> Outcome {
        self.save_what_is_unsaved().await?;
        for reload in 0..=RELOADS_MAX {
            let tokens = self.state().tokens.clone().ok_or(SessionError::SignInRequired)?;
            if tokens.generation > generation {
                return Ok(tokens.access());
            }
            let asked = self.ask(&tokens).await;
            if let Err(error) | Ok(Refreshed::Rescued(_, error)) = &asked {
                self.record(error).await;
            }
            match asked? {
                Refreshed::New(new) => return self.adopt(&tokens, *new).await,
                Refreshed::Rescued(rescued, error) => {
                    self.adopt(&tokens, *rescued).await?;
                    return Err(error);
                }
                Refreshed::Ended if reload < RELOADS_MAX && self.reload(&tokens).await? => {}
                Refreshed::Ended => return self.end(&tokens).await,
            }
        }
        Err(SessionError::SignInRequired)
    }

    /// Records what an answer was refused for, if it was.
    async fn record(&self, error: &SessionError) {
        let SessionError::Distrusted(distrust) = error else {
            return;
        };
        let (kind, at) = (distrust.incident(), self.provider.now());
        let recorded = self.in_vault(move |vault| {
            vault.refused(kind, at);
            Ok(())
        });
        if let Err(error) = recorded.await {
            tracing::warn!(%error, "a refused answer could not be recorded");
        }
    }

    async fn ask(&self, tokens: &SessionTokens) -> Result<Refreshed, SessionError> {
        let Some(refresh) = &tokens.refresh else {
            return Err(SessionError::SignInRequired);
        };
        if tokens.issuer != self.provider.config().issuer {
            // The app was updated to another provider, where these tokens are nothing.
            return Err(SessionError::SignInRequired);
        }
        let bound = tokens.scheme == Scheme::Dpop;
        if bound && self.provider.prover().is_none() {
            return Err(SessionError::SignInRequired);
        }
        let endpoints = self.provider.endpoints().await?;
        let form = Form::default()
            .with("grant_type", "refresh_token")
            .with("client_id", &self.provider.config().client_id)
            .with("refresh_token", refresh.reveal());
        let post = Post {
            url: &endpoints.token,
            form: &form,
            proof: bound,
            deadline_ms: ENDPOINT_DEADLINE_MS,
            attempts: 1,
        };
        let answer: TokenResponse = match self.provider.post(post).await {
            Ok(answer) => answer,
            Err(Failure::Refused(code)) if code == ENDED => return Ok(Refreshed::Ended),
            Err(failure) => return Err(failure.into()),
        };
        let now = self.provider.now();
        let grant = Grant::check(answer, bound).map_err(|refusal| SessionError::Distrusted(refusal.into()))?;
        match self.prove(tokens, &grant, &endpoints).await {
            Ok(identity) => Ok(Refreshed::New(Box::new(successor(tokens, grant, identity, now)))),
            Err(error) if is_no_verdict(&error) => {
                let mut rescued = tokens.clone();
                rescued.refresh = grant.refresh.or(rescued.refresh);
                Ok(Refreshed::Rescued(Box::new(rescued), error))
            }
            Err(error) => Err(error),
        }
    }

    /// Who an answer is about, where it says so (OpenID Connect Core 1.0, 12.2).
    async fn prove(
        &self,
        tokens: &SessionTokens,
        grant: &Grant,
        endpoints: &Endpoints,
    ) -> Result<Option<Identity>, SessionError> {
        let Some(id_token) = &grant.id_token else {
            return Ok(None);
        };
        let expected = id_token::Expected {
            issuer: &tokens.issuer,
            client_id: &self.provider.config().client_id,
            algorithms: &endpoints.id_token_algorithms,
            nonce: Nonce::AbsentOr(tokens.nonce.as_deref()),
            access_token: grant.access.reveal(),
            acr_at_least: None,
            auth_time_from: None,
            subject: Some(&tokens.subject),
        };
        let now = self.provider.now_there();
        let keys = self.provider.keys(&endpoints.jwks, false).await?;
        let mut proven = id_token::prove(id_token.reveal(), &keys, &expected, now);
        if proven == Err(IdTokenRefusal::UnknownKey) {
            let keys = self.provider.keys(&endpoints.jwks, true).await?;
            proven = id_token::prove(id_token.reveal(), &keys, &expected, now);
        }
        proven
            .map(Some)
            .map_err(|refusal| SessionError::Distrusted(refusal.into()))
    }

    /// Saves new tokens and then uses them, unless the session was replaced or ended meanwhile.
    async fn adopt(self: &Arc<Self>, before: &SessionTokens, new: SessionTokens) -> Outcome {
        let _turn = self.writing.lock().await;
        {
            let mut state = self.state();
            let now = state.tokens.as_ref().ok_or(SessionError::SignInRequired)?;
            if now != before {
                return Ok(now.access());
            }
            // From here until the vault has taken them nobody is given these, and nobody uses the spent ones for a refresh.
            state.unsaved = Some(new.clone());
        }
        self.save(&new).await?;
        Ok(self.use_saved(new))
    }

    /// Tokens that the vault didn't take are offered to it again: without them the session would be lost with the process.
    async fn save_what_is_unsaved(self: &Arc<Self>) -> Result<(), SessionError> {
        let _turn = self.writing.lock().await;
        let unsaved = self.state().unsaved.clone();
        if let Some(tokens) = unsaved {
            self.save(&tokens).await?;
            self.use_saved(tokens);
        }
        Ok(())
    }

    fn use_saved(&self, tokens: SessionTokens) -> crate::session::Access {
        let access = tokens.access();
        let mut state = self.state();
        state.last_generation = state.last_generation.max(tokens.generation);
        state.tokens = Some(tokens);
        state.unsaved = None;
        state.resting_until = None;
        access
    }

    /// Looks whether another process of this app (an extension, a background worker) has refreshed meanwhile: then what the
    /// provider refused was merely old.
    async fn reload(self: &Arc<Self>, refused: &SessionTokens) -> Result<bool, SessionError> {
        let _turn = self.writing.lock().await;
        let Some(mut stored) = self.in_vault(|vault| vault.load()).await? else {
            return Ok(false);
        };
        let mut state = self.state();
        if state.tokens.as_ref() != Some(refused)
            || stored.refresh == refused.refresh
            || !stored.is_same_session(refused)
        {
            return Ok(false);
        }
        // It counts as the next generation only where its access token is another one and can be used.
        let newer = stored.access != refused.access && stored.is_fresh(self.provider.now());
        stored.generation = refused.generation + u64::from(newer);
        state.last_generation = state.last_generation.max(stored.generation);
        state.tokens = Some(stored);
        Ok(true)
    }

    /// Ends the session, unless it was replaced meanwhile.
    async fn end(self: &Arc<Self>, ended: &SessionTokens) -> Outcome {
        let _turn = self.writing.lock().await;
        {
            let mut state = self.state();
            if let Some(now) = state.tokens.as_ref().filter(|now| *now != ended) {
                return Ok(now.access());
            }
            state.tokens = None;
            state.unsaved = None;
        }
        tracing::info!("the provider has ended the session");
        if let Err(error) = self.in_vault(|vault| vault.clear()).await {
            // What stays in the vault is worth nothing; the next start finds that out and clears it.
            tracing::warn!(%error, "the ended session could not be removed");
        }
        Err(SessionError::SignInRequired)
    }
}

/// The tokens after a refresh: a refresh token that was returned replaces the one before, an absent one keeps it.
fn successor(before: &SessionTokens, grant: Grant, identity: Option<Identity>, now: Timestamp) -> SessionTokens {
    let expires_at = now.plus_seconds(grant.seconds);
    let mut after = before.clone();
    after.access = grant.access;
    after.scheme = grant.scheme;
    after.received_at = now;
    after.expires_at = expires_at;
    after.refresh = grant.refresh.or(after.refresh);
    after.id_token = grant.id_token.or(after.id_token);
    after.scope = grant.scope.or(after.scope);
    after.generation = before.generation + 1;
    if let Some(identity) = identity {
        after.name = identity.name.or(after.name);
        after.acr = identity.acr.or(after.acr);
    }
    after
}

/// Whether an error says nothing about whose answer it was.
fn is_no_verdict(error: &SessionError) -> bool {
    match error {
        SessionError::Offline(_) | SessionError::Unavailable { .. } => true,
        SessionError::Distrusted(Distrust::IdToken(refusal)) => matches!(
            refusal,
            IdTokenRefusal::Expired
                | IdTokenRefusal::IssuedInFuture
                | IdTokenRefusal::TooOld
                | IdTokenRefusal::NotYet
                | IdTokenRefusal::UnknownKey
        ),
        SessionError::Distrusted(Distrust::Answer(AnswerRefusal::Transport(_))) => true,
        _ => false,
    }
}

/// For the log.
#[derive(Debug, thiserror::Error)]
#[error("the identity provider refused the proof (is the device's clock right?)")]
struct ProofRefused;

/// No failure of a request ends a session.
impl From<Failure> for SessionError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Offline(cause) => Self::Offline(cause),
            Failure::Unavailable {
                retry_after_seconds,
                cause,
            } => Self::Unavailable {
                retry_after_seconds,
                cause,
            },
            // Where the provider's own `Date` didn't help, it is no defect of this client's either.
            Failure::Refused(code) if code == INVALID_PROOF => Self::Unavailable {
                retry_after_seconds: None,
                cause: Some(Arc::new(ProofRefused)),
            },
            Failure::Refused(code) => Self::Bug(format!("the identity provider answered `{code}`")),
            Failure::Distrusted(distrust) => Self::Distrusted(distrust),
            Failure::Key(error) => Self::Key(error),
            Failure::Bug(reason) => Self::Bug(reason),
        }
    }
}
