//! The provider as the drivers see it: what it publishes, read and kept for a while, and its endpoints, asked in order.
//!
//! Sign-in and session share one of these, and so its metadata, its keys and the nonces that it gave. Nothing is decided here but
//! what an HTTP answer is: a document, an OAuth error, or a fault of the network.

mod ask;

use super::{
    Clock, Failure, ProviderConfig,
    config::FlowSecrets,
    error::Distrust,
    flow::ProofKey,
    limits::{KEYS_MAX, KEYS_READ_AGAIN_MAX, KEYS_SECONDS_MAX, KEYS_WINDOW_SECONDS, METADATA_SECONDS_MAX},
    metadata::{self, Endpoints},
    refusal::{AnswerRefusal, ConfigRefusal, MetadataRefusal},
};
use crate::{dpop::DpopProver, http::Http};
pub(super) use ask::Post;
use ask::get;
use rabt_domain::Timestamp;
use rabt_protocol::{
    jose::{JwkSet, Signer},
    oidc::ProviderMetadata,
};
use ring::rand::SystemRandom;
use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use tokio::{sync::Mutex, time::Instant};
use url::Url;

/// Where metadata is found under an issuer (OpenID Connect Discovery 1.0, 4).
const WELL_KNOWN: &str = "/.well-known/openid-configuration";

/// An identity provider. Cheap to clone; clones share what they have read.
#[derive(Clone)]
pub struct Provider(Arc<Shared>);

struct Shared {
    config: ProviderConfig,
    http: Http,
    prover: Option<DpopProver>,
    clock: Clock,
    /// By how many seconds the provider's clock is ahead of the device's, as its last answer to a form said.
    ahead_seconds: AtomicI64,
    metadata: Mutex<Option<(Instant, Arc<ProviderMetadata>)>>,
    keys: Mutex<Keys>,
}

#[derive(Default)]
struct Keys {
    read: Option<(Instant, JwkSet)>,
    read_again: VecDeque<Instant>,
}

impl std::fmt::Debug for Provider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Provider")
            .field("config", &self.0.config)
            .finish_non_exhaustive()
    }
}

impl Provider {
    /// With the device's key, which tokens are bound to where the provider offers that. Nothing is read yet.
    ///
    /// # Errors
    /// [`ConfigRefusal`], naming the setting that can't be used.
    pub fn new(
        config: ProviderConfig,
        http: Http,
        signer: Option<Arc<dyn Signer>>,
        clock: Clock,
    ) -> Result<Self, ConfigRefusal> {
        config.check()?;
        let prover = signer.map(DpopProver::new).transpose().map_err(|_| ConfigRefusal {
            field: "signer",
            reason: "has a public key that can't be used",
        })?;
        Ok(Self(Arc::new(Shared {
            config,
            http,
            prover,
            clock,
            ahead_seconds: AtomicI64::new(0),
            metadata: Mutex::default(),
            keys: Mutex::default(),
        })))
    }

    pub(super) fn config(&self) -> &ProviderConfig {
        &self.0.config
    }

    pub(super) fn now(&self) -> Timestamp {
        (self.0.clock)()
    }

    /// The provider's clock, as far as it is known: what a proof says and an ID token is checked by. A phone whose clock is minutes
    /// wrong is common, and it is the provider that both are about.
    pub(super) fn now_there(&self) -> Timestamp {
        self.now().plus_seconds(self.ahead_seconds())
    }

    /// By how many seconds the provider's clock is ahead of the device's; zero where they agree or nothing was heard yet.
    pub(super) fn ahead_seconds(&self) -> i64 {
        self.0.ahead_seconds.load(Ordering::Relaxed)
    }

    pub(super) fn prover(&self) -> Option<&DpopProver> {
        self.0.prover.as_ref()
    }

    pub(super) fn proof_key(&self) -> Option<ProofKey> {
        self.prover().map(|prover| ProofKey {
            thumbprint: prover.thumbprint().to_owned(),
            algorithm: prover.algorithm().to_owned(),
        })
    }

    pub(super) fn secrets(&self) -> Option<FlowSecrets> {
        FlowSecrets::generate(&SystemRandom::new())
    }

    /// The metadata, read at most once in [`METADATA_SECONDS_MAX`]; many callers cause one request.
    pub(super) async fn metadata(&self) -> Result<Arc<ProviderMetadata>, Failure> {
        let mut kept = self.0.metadata.lock().await;
        match kept.as_ref() {
            Some((at, read)) if at.elapsed() < Duration::from_secs(METADATA_SECONDS_MAX) => return Ok(read.clone()),
            _ => {}
        }
        let issuer = self.0.config.issuer.trim_end_matches('/');
        let url: Url = format!("{issuer}{WELL_KNOWN}")
            .parse()
            .map_err(|_| distrusted(MetadataRefusal::Issuer))?;
        let read: Arc<ProviderMetadata> = Arc::new(get(&self.0.http, url, &["application/json"]).await?);
        // Only what can be used is kept: a provider that is being set up is asked again.
        metadata::check(&read, &self.0.config.issuer).map_err(distrusted)?;
        *kept = Some((Instant::now(), read.clone()));
        Ok(read)
    }

    /// The checked metadata.
    pub(super) async fn endpoints(&self) -> Result<Endpoints, Failure> {
        let read = self.metadata().await?;
        metadata::check(&read, &self.0.config.issuer).map_err(distrusted)
    }

    /// The keys; with `again` a copy that was read before won't do, unless that has been said too often of late.
    pub(super) async fn keys(&self, url: &Url, again: bool) -> Result<JwkSet, Failure> {
        let mut keys = self.0.keys.lock().await;
        let may_read_again = again && keys.may_read_again();
        match &keys.read {
            Some((at, set)) if at.elapsed() < Duration::from_secs(KEYS_SECONDS_MAX) && !may_read_again => {
                return Ok(set.clone());
            }
            _ => {}
        }
        let accept = &["application/jwk-set+json", "application/json"];
        let set: JwkSet = get(&self.0.http, url.clone(), accept).await?;
        if set.keys.len() > KEYS_MAX {
            return Err(distrusted(AnswerRefusal::BadValue("keys")));
        }
        keys.read = Some((Instant::now(), set.clone()));
        Ok(set)
    }
}

impl Keys {
    /// Whether the set may be read again now because of an unknown `kid`; says so a bounded number of times in a window.
    fn may_read_again(&mut self) -> bool {
        let window = Duration::from_secs(KEYS_WINDOW_SECONDS);
        self.read_again.retain(|at| at.elapsed() < window);
        let may = self.read_again.len() < KEYS_READ_AGAIN_MAX;
        if may {
            self.read_again.push_back(Instant::now());
        }
        may
    }
}

fn distrusted(refusal: impl Into<Distrust>) -> Failure {
    Failure::Distrusted(refusal.into())
}
