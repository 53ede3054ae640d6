//! What every party of the city is given: its memory, its clock, its addresses, its keys, a way to reach the others.

use crate::{
    agencies::AgencyFixture,
    clock::CityClock,
    server::{faults::Faults, traffic::Meters},
    state::State,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use rabt_protocol::jose::Es256Key;
use ring::rand::{SecureRandom, SystemRandom};
use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

/// Shared by all parties; cheap to clone.
pub(crate) type Ctx = Arc<Context>;

/// See the module.
pub(crate) struct Context {
    /// The city's memory.
    pub(crate) state: State,
    /// The city's clock, which control can move.
    pub(crate) clock: CityClock,
    /// Where each party listens; known before any of them starts.
    pub(crate) addresses: Addresses,
    /// The agencies that are running, by identifier. One may join while the city runs; use [`Context::agency`] and
    /// [`Context::agencies`].
    pub(crate) agencies: RwLock<BTreeMap<String, RunningAgency>>,
    /// What is to go wrong.
    pub(crate) faults: Faults,
    /// What goes over each party's sockets.
    pub(crate) meters: Meters,
    /// The keys that the parties sign with.
    pub(crate) keys: CityKeys,
    /// Reaches the other parties over TLS; trusts the city's CA only, follows no redirects, 5 s timeout.
    pub(crate) http: reqwest::Client,
    /// The secret by which gateway, bank and agencies know each other's calls (`Authorization: Service …`).
    pub(crate) service_secret: String,
    /// Where requests wait for the payment hub.
    pub(crate) hub: crate::gateway::Desk,
    /// Who has news for the runner of mandates, and what control asked of it.
    pub(crate) autopay: crate::gateway::Autopay,
    /// The city's configuration.
    pub(crate) config: crate::CityConfig,
}

/// Base URLs (`https://localhost:PORT`), without trailing slashes.
#[derive(Clone, Debug)]
pub(crate) struct Addresses {
    pub(crate) identity: String,
    pub(crate) gateway: String,
    pub(crate) bank: String,
    /// Plain HTTP on 127.0.0.1: it isn't a party of the city.
    pub(crate) control: String,
}

/// An agency whose server runs.
#[derive(Clone)]
pub(crate) struct RunningAgency {
    /// What it is.
    pub(crate) fixture: Arc<AgencyFixture>,
    /// Where it listens, without a trailing slash.
    pub(crate) base_url: String,
}

/// The signing keys, made at a first start and kept in the state.
pub(crate) struct CityKeys {
    /// Signs the directory; the client ships with its public half.
    pub(crate) directory: Es256Key,
    /// Signs the hub's receipts; the directory names its public half.
    pub(crate) receipts: Es256Key,
    /// The identity provider's first key; those that it rolls to are its own affair.
    pub(crate) identity: Es256Key,
}

impl Context {
    /// An unguessable identifier with a prefix that says what it names: `pay_…`.
    pub(crate) fn new_id(&self, prefix: &str) -> String {
        format!("{prefix}_{}", random_text())
    }

    /// An agency by identifier, as it runs at this moment.
    pub(crate) fn agency(&self, agency_id: &str) -> Option<RunningAgency> {
        self.agencies
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(agency_id)
            .cloned()
    }

    /// All agencies that run at this moment, by identifier.
    pub(crate) fn agencies(&self) -> BTreeMap<String, RunningAgency> {
        self.agencies.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// 128 random bits in base64url: can't be guessed, needs no escaping anywhere.
pub(crate) fn random_text() -> String {
    let mut bytes = [0u8; 16];
    #[expect(
        clippy::expect_used,
        reason = "the operating system's generator does not fail once the process runs"
    )]
    SystemRandom::new().fill(&mut bytes).expect("system randomness");
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A context for a room's own tests: in memory, with the schemas that the test names, parties at addresses where nobody
/// listens, and no agency running.
#[cfg(test)]
pub(crate) fn for_tests(config: crate::CityConfig, schemas: &[&str]) -> Context {
    let key = || Es256Key::from_pkcs8(&Es256Key::generate_pkcs8().unwrap()).unwrap();
    let tls = rustls::ClientConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    let nowhere = |port: u16| format!("https://localhost:{port}");
    Context {
        state: State::open(None, schemas).unwrap(),
        clock: CityClock::default(),
        addresses: Addresses {
            identity: nowhere(1),
            gateway: nowhere(2),
            bank: nowhere(3),
            control: nowhere(4),
        },
        agencies: RwLock::default(),
        faults: Faults::default(),
        meters: Meters::default(),
        keys: CityKeys {
            directory: key(),
            receipts: key(),
            identity: key(),
        },
        http: reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .build()
            .unwrap(),
        service_secret: "service-secret".to_owned(),
        hub: crate::gateway::Desk::default(),
        autopay: crate::gateway::Autopay::default(),
        config,
    }
}
