//! A phone: the client's half, with a vault in memory that remembers what was done to it.

use crate::provider::{CLIENT, NOW_SECONDS, Provider, REDIRECT, new_key};
use rabt_domain::{IncidentKind, SubjectId, Timestamp};
use rabt_link::{
    Caller, GatewayClient, Http, HttpConfig,
    session::{
        Clock, Provider as Client, ProviderConfig, Returned, SessionKeeper, SessionTokens, SessionVault, SignIn,
        SignInError, SignInRequest, SignedIn, TokenSource as _, VaultError,
    },
};
use rabt_protocol::jose::{JwkSet, Signer};
use std::sync::{
    Arc, Condvar, Mutex,
    atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering},
};

/// What outlives a kill.
#[derive(Default)]
pub(crate) struct Vault {
    kept: Mutex<Option<Vec<u8>>>,
    pub(crate) saves: AtomicUsize,
    pub(crate) fails: AtomicBool,
    pub(crate) refused: Mutex<Vec<IncidentKind>>,
    held: Mutex<bool>,
    released: Condvar,
    pub(crate) saving: tokio::sync::Notify,
}

impl Vault {
    pub(crate) fn kept(&self) -> Option<SessionTokens> {
        let kept = self.kept.lock().unwrap();
        kept.as_ref().map(|bytes| SessionTokens::from_bytes(bytes).unwrap())
    }

    pub(crate) fn put(&self, tokens: &SessionTokens) {
        *self.kept.lock().unwrap() = Some(tokens.to_bytes().to_vec());
    }

    /// The disk stands still until what is returned is dropped.
    pub(crate) fn hold(self: &Arc<Self>) -> Held {
        *self.held.lock().unwrap() = true;
        Held(self.clone())
    }
}

/// Dropped also where a test fails: a disk that stands still for ever would hold up the end of the test.
pub(crate) struct Held(Arc<Vault>);

impl Drop for Held {
    fn drop(&mut self) {
        *self.0.held.lock().unwrap() = false;
        self.0.released.notify_all();
    }
}

impl SessionVault for Vault {
    fn load(&self) -> Result<Option<SessionTokens>, VaultError> {
        Ok(self.kept())
    }

    fn save(&self, tokens: &SessionTokens) -> Result<(), VaultError> {
        self.saving.notify_one();
        let mut held = self.held.lock().unwrap();
        while *held {
            held = self.released.wait(held).unwrap();
        }
        if self.fails.load(Ordering::SeqCst) {
            return Err(VaultError::new("the disk is full"));
        }
        self.saves.fetch_add(1, Ordering::SeqCst);
        self.put(tokens);
        Ok(())
    }

    fn clear(&self) -> Result<(), VaultError> {
        if self.fails.load(Ordering::SeqCst) {
            return Err(VaultError::new("the disk is full"));
        }
        *self.kept.lock().unwrap() = None;
        Ok(())
    }

    fn refused(&self, kind: IncidentKind, _: Timestamp) {
        self.refused.lock().unwrap().push(kind);
    }
}

pub(crate) struct Phone {
    pub(crate) vault: Arc<Vault>,
    pub(crate) client: Client,
    pub(crate) keeper: SessionKeeper,
    pub(crate) gateway: GatewayClient,
    signer: Arc<dyn Signer>,
    seconds: Arc<AtomicI64>,
}

impl Phone {
    pub(crate) fn new(provider: &Provider) -> Self {
        Self::with(provider, Arc::default(), Arc::new(new_key()))
    }

    fn with(provider: &Provider, vault: Arc<Vault>, signer: Arc<dyn Signer>) -> Self {
        let http = Http::new(&HttpConfig {
            extra_roots_pem: vec![provider.root_pem.clone()],
            platform_roots: false,
            ..HttpConfig::default()
        })
        .unwrap();
        let seconds = Arc::new(AtomicI64::new(NOW_SECONDS));
        let hand = seconds.clone();
        let clock: Clock = Arc::new(move || Timestamp::from_millis(hand.load(Ordering::SeqCst) * 1000).unwrap());
        let config = ProviderConfig {
            issuer: provider.issuer.clone(),
            client_id: CLIENT.into(),
            redirect_uri: REDIRECT.into(),
            scopes: vec!["openid".into()],
            post_logout_redirect_uri: Some("rabt-demo:/signed-out".into()),
        };
        let client = Client::new(config, http.clone(), Some(signer.clone()), clock).unwrap();
        let keeper = SessionKeeper::new(client.clone(), vault.clone());
        let caller = Caller::new(http, Arc::new(keeper.clone()));
        let subject = SubjectId::parse("person-1").unwrap();
        let gateway = GatewayClient::new(caller, &provider.issuer, subject, JwkSet::default()).unwrap();
        Self {
            vault,
            client,
            keeper,
            gateway,
            signer,
            seconds,
        }
    }

    /// The app is killed and started again: only the vault and the key are left.
    pub(crate) fn killed(self, provider: &Provider) -> Self {
        Self::with(provider, self.vault.clone(), self.signer.clone())
    }

    /// Time passes, for the provider too.
    pub(crate) fn wait(&self, provider: &Provider, seconds: i64) {
        provider.book().clock_seconds += seconds;
        self.turn_clock(seconds);
    }

    /// The phone's clock alone is turned.
    pub(crate) fn turn_clock(&self, seconds: i64) {
        self.seconds.fetch_add(seconds, Ordering::SeqCst);
    }

    pub(crate) async fn try_sign_in(
        &self,
        provider: &Provider,
        request: SignInRequest,
    ) -> Result<SignedIn, SignInError> {
        let sign_in = SignIn::new(self.client.clone());
        let begun = sign_in.begin(request).await?;
        let url = provider.authorize(&begun.url);
        match sign_in.returned(begun.flow, &url).await {
            Returned::SignedIn(signed_in) => Ok(*signed_in),
            Returned::Failed(error) => Err(error),
            Returned::Ignored { refusal, .. } => panic!("ignored: {refusal}"),
        }
    }

    pub(crate) async fn sign_in(&self, provider: &Provider) {
        let signed_in = self.try_sign_in(provider, SignInRequest::default()).await.unwrap();
        self.keeper.install(signed_in).await.unwrap();
    }

    /// A phone on which somebody has signed in.
    pub(crate) async fn signed_in(provider: &Provider) -> Self {
        let phone = Self::new(provider);
        phone.sign_in(provider).await;
        phone
    }

    pub(crate) async fn access(&self) -> String {
        self.keeper.access().await.unwrap().token().reveal().to_owned()
    }
}
