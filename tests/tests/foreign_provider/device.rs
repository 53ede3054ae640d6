//! A device with the link's session on it, a vault in memory, and a clock that can be wrong.

use rabt::{Clock as _, SystemClock};
use rabt_domain::{IncidentKind, Timestamp};
use rabt_link::{
    Http, HttpConfig,
    session::{
        Access, Begun, Clock, Provider, ProviderConfig, Returned, SessionError, SessionKeeper, SessionTokens,
        SessionVault, SignIn, SignInError, SignInRequest, SignedIn, TokenSource as _, VaultError,
    },
};
use rabt_protocol::{
    jose::{Es256Key, Signer},
    oidc::acr,
};
use rabt_sandbox::browser;
use rabt_tests::{ForeignProvider, Person};
use reqwest::{
    Method, StatusCode,
    header::{ACCEPT, AUTHORIZATION},
};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicI64, Ordering},
};
use url::Url;

/// Somebody who signs in with one factor.
pub(crate) const MARIAM: Person<'static> = Person::Approves {
    who: ForeignProvider::MARIAM,
    acr: acr::LOW,
};
/// The same with two.
pub(crate) const MARIAM_TWICE_PROVEN: Person<'static> = Person::Approves {
    who: ForeignProvider::MARIAM,
    acr: acr::HIGH,
};

/// Where the tokens are. It is stored bytes, as a real one's.
#[derive(Default)]
pub(crate) struct Vault(Mutex<Option<Vec<u8>>>);

impl Vault {
    pub(crate) fn kept(&self) -> Option<SessionTokens> {
        let kept = self.0.lock().unwrap();
        kept.as_ref().map(|bytes| SessionTokens::from_bytes(bytes).unwrap())
    }

    /// What somebody has who copied it now.
    pub(crate) fn copy(&self) -> Arc<Self> {
        Arc::new(Self(Mutex::new(self.0.lock().unwrap().clone())))
    }
}

impl SessionVault for Vault {
    fn load(&self) -> Result<Option<SessionTokens>, VaultError> {
        Ok(self.kept())
    }

    fn save(&self, tokens: &SessionTokens) -> Result<(), VaultError> {
        *self.0.lock().unwrap() = Some(tokens.to_bytes().to_vec());
        Ok(())
    }

    fn clear(&self) -> Result<(), VaultError> {
        *self.0.lock().unwrap() = None;
        Ok(())
    }

    fn refused(&self, _: IncidentKind, _: Timestamp) {}
}

/// See the module.
pub(crate) struct Device {
    pub(crate) vault: Arc<Vault>,
    pub(crate) sign_in: SignIn,
    pub(crate) keeper: SessionKeeper,
    signer: Arc<dyn Signer>,
    ahead_seconds: Arc<AtomicI64>,
}

impl Device {
    pub(crate) fn new(provider: &ForeignProvider) -> Self {
        let key = Es256Key::from_pkcs8(&Es256Key::generate_pkcs8().unwrap()).unwrap();
        Self::with(provider, Arc::default(), Arc::new(key))
    }

    fn with(provider: &ForeignProvider, vault: Arc<Vault>, signer: Arc<dyn Signer>) -> Self {
        let http = Http::new(&HttpConfig {
            extra_roots_pem: vec![provider.root_pem().to_owned()],
            platform_roots: false,
            ..HttpConfig::default()
        })
        .unwrap();
        let ahead_seconds = Arc::new(AtomicI64::new(0));
        let hand = ahead_seconds.clone();
        let clock: Clock = Arc::new(move || SystemClock.now().plus_seconds(hand.load(Ordering::SeqCst)));
        let config = ProviderConfig {
            issuer: provider.issuer(),
            client_id: ForeignProvider::CLIENT.into(),
            redirect_uri: ForeignProvider::REDIRECT.into(),
            scopes: ["openid", "profile", "offline_access", "city"]
                .map(str::to_owned)
                .into(),
            post_logout_redirect_uri: Some(ForeignProvider::REDIRECT.into()),
        };
        let client = Provider::new(config, http, Some(signer.clone()), clock).unwrap();
        Self {
            keeper: SessionKeeper::new(client.clone(), vault.clone()),
            sign_in: SignIn::new(client),
            vault,
            signer,
            ahead_seconds,
        }
    }

    /// Another process with the same key and a copy of the vault: a thief who took both, or a backup that was brought back.
    pub(crate) fn copied(&self, provider: &ForeignProvider) -> Self {
        Self::with(provider, self.vault.copy(), self.signer.clone())
    }

    /// A thief who took the vault and not the key, which can't be taken.
    pub(crate) fn stolen(&self, provider: &ForeignProvider) -> Self {
        let thief = Self::new(provider);
        Self::with(provider, self.vault.copy(), thief.signer)
    }

    /// Turns its clock, and nobody else's.
    pub(crate) fn turn_clock(&self, seconds: i64) {
        self.ahead_seconds.fetch_add(seconds, Ordering::SeqCst);
    }

    pub(crate) fn now(&self) -> Timestamp {
        SystemClock
            .now()
            .plus_seconds(self.ahead_seconds.load(Ordering::SeqCst))
    }

    pub(crate) async fn begin(&self, request: SignInRequest) -> Begun {
        self.sign_in.begin(request).await.unwrap()
    }

    pub(crate) async fn try_sign_in(
        &self,
        provider: &ForeignProvider,
        request: SignInRequest,
        person: Person<'_>,
    ) -> Result<SignedIn, SignInError> {
        let begun = self.sign_in.begin(request).await?;
        let url = provider.visit(begun.url.as_str(), person).await;
        match self.sign_in.returned(begun.flow, &url).await {
            Returned::SignedIn(signed_in) => Ok(*signed_in),
            Returned::Failed(error) => Err(error),
            Returned::Ignored { refusal, .. } => panic!("ignored: {refusal}"),
        }
    }

    /// A device on which somebody has signed in.
    pub(crate) async fn signed_in(provider: &ForeignProvider) -> Self {
        let device = Self::new(provider);
        device.sign_in_again(provider).await;
        device
    }

    pub(crate) async fn sign_in_again(&self, provider: &ForeignProvider) {
        let signed_in = self.try_sign_in(provider, SignInRequest::default(), MARIAM).await;
        self.keeper.install(signed_in.unwrap()).await.unwrap();
    }

    pub(crate) fn tokens(&self) -> SessionTokens {
        self.vault.kept().expect("somebody is signed in")
    }

    /// The refresh token that is kept.
    pub(crate) fn refresh_token(&self) -> String {
        self.tokens().refresh.expect("there is one").reveal().to_owned()
    }

    /// Refreshes, as after a 401.
    pub(crate) async fn renew(&self) -> Result<Access, SessionError> {
        let access = self.tokens().access();
        self.keeper.renew(&access).await
    }

    /// Asks the provider, as a resource server, for what it knows of the person: what it answers first, and after the nonce
    /// that it gave.
    pub(crate) async fn ask_who(&self, provider: &ForeignProvider, access: &Access) -> (StatusCode, String) {
        let url: Url = format!("{}/me", provider.issuer()).parse().unwrap();
        let client = client(provider);
        let mut answer = (StatusCode::IM_A_TEAPOT, String::new());
        for _ in 0..2 {
            let mut request = client.get(url.clone());
            if let Some(proof) = self.keeper.proof(&Method::GET, &url, access).unwrap() {
                request = request.header("dpop", proof);
            }
            let response = request
                .header(AUTHORIZATION, access.authorization().reveal())
                .send()
                .await
                .unwrap();
            let nonce = response
                .headers()
                .get("dpop-nonce")
                .map(|nonce| nonce.to_str().unwrap().to_owned());
            answer = (response.status(), response.text().await.unwrap());
            match nonce {
                Some(nonce) => self.keeper.heard_nonce(&url, &nonce),
                None => break,
            }
        }
        answer
    }

    /// Opens a page.
    pub(crate) async fn get(&self, provider: &ForeignProvider, url: Url) -> (StatusCode, String) {
        let response = client(provider)
            .get(url)
            .header(ACCEPT, "text/html")
            .send()
            .await
            .unwrap();
        (response.status(), response.text().await.unwrap())
    }
}

fn client(provider: &ForeignProvider) -> reqwest::Client {
    reqwest::Client::builder()
        .tls_backend_preconfigured(browser::tls(provider.root_pem()).unwrap())
        .no_proxy()
        .build()
        .unwrap()
}
