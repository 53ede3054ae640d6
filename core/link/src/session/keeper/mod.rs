//! The session's keeper: it has the tokens, gives them to callers, and is the only one that replaces them.
//!
//! Four faults that signed people out of real apps decide how it works. A refresh is **one request for many callers**, and none of
//! them can cancel it. What a refresh answers is **in the vault before anybody uses it**, tokens and expiry in one save; where the
//! vault fails, the new tokens are kept in memory until it works again, for the old ones may be spent. **Only `invalid_grant`
//! ends a session**: no fault of a network, of a server or of a clock does. And a refused token is refreshed **whatever its local
//! expiry says**, once for each generation of it.

mod refresh;
mod sign_out;

pub use sign_out::{Forgotten, SignedOut};

use super::{
    Access, BoxFuture, Provider, Scheme, SessionError, SessionTokens, SessionVault, SignedIn, TokenSource, VaultError,
    limits::REFRESH_REST_SECONDS,
};
use http::Method;
use rabt_domain::Timestamp;
use std::{
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{runtime::Handle, sync::watch, time::Instant};
use url::Url;

/// How often a caller waits for a refresh that turns out to have been about older tokens than its own.
const WAITS_MAX: usize = 3;

/// Keeps a session. Cheap to clone; clones are the same keeper. There must be one for a vault, or two would spend each other's
/// refresh tokens.
///
/// Its futures are to be polled within a tokio runtime: what must not be cancelled is spawned there.
#[derive(Clone)]
pub struct SessionKeeper(Arc<Shared>);

struct Shared {
    provider: Provider,
    vault: Arc<dyn SessionVault>,
    state: Mutex<State>,
    /// Held by whoever changes the vault and then the state, so that both change in the same order.
    writing: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    loaded: bool,
    tokens: Option<SessionTokens>,
    /// Newer tokens that the vault hasn't taken yet; nobody is given them.
    unsaved: Option<SessionTokens>,
    /// The generation with which the present session began. A token of an older one belonged to another session.
    first_generation: u64,
    /// The newest generation there ever was.
    last_generation: u64,
    refreshing: Option<watch::Receiver<Option<Outcome>>>,
    /// After a failure the provider is left in peace until then, as long as the token in hand is still valid.
    resting_until: Option<Instant>,
}

type Outcome = Result<Access, SessionError>;

impl std::fmt::Debug for SessionKeeper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SessionKeeper").finish_non_exhaustive()
    }
}

impl SessionKeeper {
    /// With the vault that holds the session's tokens. Nothing is read yet.
    pub fn new(provider: Provider, vault: Arc<dyn SessionVault>) -> Self {
        Self(Arc::new(Shared {
            provider,
            vault,
            state: Mutex::default(),
            writing: tokio::sync::Mutex::default(),
        }))
    }

    /// The session as it is known here, without asking anybody; `None` where nobody is signed in.
    ///
    /// # Errors
    /// [`SessionError::Vault`].
    pub async fn current(&self) -> Result<Option<SessionTokens>, SessionError> {
        self.0.load().await?;
        Ok(self.0.state().tokens.clone())
    }

    /// Looks whether the vault holds other tokens than before, as where another process of the app had it while this one was
    /// suspended, and goes on with those. Tokens that the vault has yet to take are dropped then: they are older, and spent.
    ///
    /// # Errors
    /// [`SessionError::Vault`]; then the session is as it was.
    pub async fn look_again(&self) -> Result<(), SessionError> {
        let shared = self.0.clone();
        detached(async move {
            let _turn = shared.writing.lock().await;
            if !shared.state().loaded {
                return Ok(());
            }
            let mut stored = shared.in_vault(|vault| vault.load()).await?;
            let mut state = shared.state();
            let same_tokens = |(now, stored): (&SessionTokens, &SessionTokens)| {
                now.is_same_session(stored) && now.access == stored.access && now.refresh == stored.refresh
            };
            let known = state.tokens.as_ref().zip(stored.as_ref());
            if known.is_some_and(same_tokens) || (state.tokens.is_none() && stored.is_none()) {
                return Ok(());
            }
            let same_session = known.is_some_and(|(now, stored)| now.is_same_session(stored));
            // A token of the session before must not look like an older one of this.
            state.last_generation += if same_session { 1 } else { 2 };
            if let Some(tokens) = &mut stored {
                tokens.generation = state.last_generation;
            }
            if !same_session {
                state.first_generation = state.last_generation;
            }
            state.tokens = stored;
            state.unsaved = None;
            state.resting_until = None;
            Ok(())
        })
        .await
    }

    /// Takes the tokens of a sign-in or step-up: saves them, then uses them. It happens whether or not the caller waits.
    ///
    /// # Errors
    /// [`SessionError::Vault`] where they could not be kept; then the session is as it was.
    pub async fn install(&self, signed_in: SignedIn) -> Result<(), SessionError> {
        let shared = self.0.clone();
        detached(async move {
            shared.load().await?;
            let _turn = shared.writing.lock().await;
            let mut tokens = signed_in.tokens;
            let same_session = {
                let mut state = shared.state();
                let same = state.tokens.as_ref().is_some_and(|now| now.is_same_session(&tokens));
                // A token of the session before must not look like an older one of this.
                state.last_generation += if same { 1 } else { 2 };
                tokens.generation = state.last_generation;
                same
            };
            shared.save(&tokens).await?;
            let mut state = shared.state();
            if !same_session {
                state.first_generation = tokens.generation;
            }
            state.tokens = Some(tokens);
            state.unsaved = None;
            state.resting_until = None;
            Ok(())
        })
        .await
    }
}

impl TokenSource for SessionKeeper {
    fn access(&self) -> BoxFuture<'_, Outcome> {
        Box::pin(async move {
            self.0.load().await?;
            let (now, in_hand) = {
                let state = self.0.state();
                let tokens = state.tokens.as_ref().ok_or(SessionError::SignInRequired)?;
                let now = self.0.provider.now();
                if state.unsaved.is_none() && tokens.is_fresh(now) {
                    return Ok(tokens.access());
                }
                let valid = (now < tokens.expires_at).then(|| tokens.access());
                let resting = state.resting_until.is_some_and(|until| Instant::now() < until);
                match valid {
                    // A token that can't be refreshed is used to its end.
                    Some(access) if resting || tokens.refresh.is_none() => return Ok(access),
                    _ => (now, tokens.clone()),
                }
            };
            match self.0.refreshed(in_hand.generation).await {
                // About to expire isn't expired: what the provider can't do now need not stop the person.
                Err(error) if !ends_it(&error) && now < in_hand.expires_at => {
                    self.0.state().resting_until = Some(Instant::now() + Duration::from_secs(REFRESH_REST_SECONDS));
                    Ok(in_hand.access())
                }
                outcome => outcome,
            }
        })
    }

    fn renew(&self, refused: &Access) -> BoxFuture<'_, Outcome> {
        let refused = refused.generation();
        Box::pin(async move {
            self.0.load().await?;
            let newest = {
                let state = self.0.state();
                let tokens = state.tokens.as_ref().ok_or(SessionError::SignInRequired)?;
                if refused < state.first_generation {
                    // Its session has ended. What it was refused for is not repeated in the name of whoever signed in since.
                    return Err(SessionError::SignInRequired);
                }
                if tokens.generation > refused && tokens.is_fresh(self.0.provider.now()) {
                    return Ok(tokens.access());
                }
                tokens.generation
            };
            self.0.refreshed(newest).await
        })
    }

    fn proof(&self, method: &Method, url: &Url, access: &Access) -> Result<Option<String>, SessionError> {
        match (access.scheme(), self.0.provider.prover()) {
            (Scheme::Bearer, _) => Ok(None),
            (Scheme::Dpop, Some(prover)) => {
                let now = self.0.provider.now_there();
                Ok(Some(prover.proof(method, url, Some(access.token().reveal()), now)?))
            }
            // The tokens are bound to a key that isn't there: a restored backup, say. Only signing in helps.
            (Scheme::Dpop, None) => Err(SessionError::SignInRequired),
        }
    }

    fn heard_nonce(&self, url: &Url, nonce: &str) {
        if let Some(prover) = self.0.provider.prover() {
            prover.heard(url, nonce);
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // Every change is one assignment after the vault's, so a panic elsewhere leaves nothing half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the vault, once.
    async fn load(self: &Arc<Self>) -> Result<(), SessionError> {
        if self.state().loaded {
            return Ok(());
        }
        let _turn = self.writing.lock().await;
        if self.state().loaded {
            return Ok(());
        }
        let tokens = self.in_vault(|vault| vault.load()).await?;
        let mut state = self.state();
        state.first_generation = 0;
        state.last_generation = tokens.as_ref().map_or(0, |tokens| tokens.generation);
        state.tokens = tokens;
        state.loaded = true;
        Ok(())
    }

    async fn save(&self, tokens: &SessionTokens) -> Result<(), SessionError> {
        let tokens = tokens.clone();
        self.in_vault(move |vault| vault.save(&tokens)).await
    }

    /// Asks the vault off the async threads, since it may wait for a disk.
    async fn in_vault<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&dyn SessionVault) -> Result<T, VaultError> + Send + 'static,
    ) -> Result<T, SessionError> {
        let vault = self.vault.clone();
        match runtime()?.spawn_blocking(move || ask(vault.as_ref())).await {
            Ok(answer) => Ok(answer?),
            Err(_) => Err(VaultError::new("it was broken off").into()),
        }
    }

    /// A newer token than that of `generation`, by the one refresh that all callers share.
    async fn refreshed(self: &Arc<Self>, generation: u64) -> Outcome {
        for _ in 0..WAITS_MAX {
            let mut refreshing = self.join_or_begin(generation)?;
            let outcome = match refreshing.wait_for(Option::is_some).await {
                Ok(outcome) => outcome.clone(),
                Err(_) => None,
            };
            match outcome {
                // It had been begun for tokens that were replaced meanwhile.
                Some(Ok(access)) if access.generation() <= generation => {}
                Some(outcome) => return outcome,
                None => return Err(broken_off()),
            }
        }
        Err(SessionError::Bug("the session doesn't get newer".to_owned()))
    }

    fn join_or_begin(self: &Arc<Self>, generation: u64) -> Result<watch::Receiver<Option<Outcome>>, SessionError> {
        let runtime = runtime()?;
        let mut state = self.state();
        if let Some(refreshing) = &state.refreshing
            && refreshing.has_changed().is_ok()
        {
            return Ok(refreshing.clone());
        }
        let (done, refreshing) = watch::channel(None);
        state.refreshing = Some(refreshing.clone());
        let shared = self.clone();
        runtime.spawn(async move {
            let outcome = shared.refresh(generation).await;
            shared.state().refreshing = None;
            done.send_replace(Some(outcome));
        });
        Ok(refreshing)
    }
}

impl SessionTokens {
    /// Whether the access token can be given out: it was received in the past and is not about to expire. A token from the
    /// future was received before the clock was turned back; it is refreshed, once, and has then been received now.
    fn is_fresh(&self, now: Timestamp) -> bool {
        use super::limits::{CLOCK_SKEW_SECONDS, REFRESH_BEFORE_SECONDS};
        let lifetime = self.expires_at.seconds_since(self.received_at).max(0);
        // A token that lives for less than twice the margin is used for half of its life.
        let margin = REFRESH_BEFORE_SECONDS.min(lifetime / 2);
        let received = now.plus_seconds(CLOCK_SKEW_SECONDS) >= self.received_at;
        received && now < self.expires_at.plus_seconds(-margin)
    }

    fn is_same_session(&self, other: &Self) -> bool {
        self.issuer == other.issuer && self.subject == other.subject
    }
}

/// Whether an error means that there is no session.
fn ends_it(error: &SessionError) -> bool {
    matches!(error, SessionError::SignInRequired)
}

fn broken_off() -> SessionError {
    SessionError::Bug("the work on the session was broken off".to_owned())
}

fn runtime() -> Result<Handle, SessionError> {
    Handle::try_current().map_err(|_| SessionError::Bug("called outside of a runtime".to_owned()))
}

/// Runs work to its end, whether or not the caller still waits for it.
async fn detached<T: Send + 'static>(
    work: impl Future<Output = Result<T, SessionError>> + Send + 'static,
) -> Result<T, SessionError> {
    match runtime()?.spawn(work).await {
        Ok(outcome) => outcome,
        Err(_) => Err(broken_off()),
    }
}

#[cfg(test)]
mod tests;
