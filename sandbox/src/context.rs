//! What every party of the city is given: its memory, its clock, its addresses, a way to reach the others.

use crate::{
    clock::CityClock,
    state::State,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::rand::{SecureRandom, SystemRandom};
use std::sync::Arc;

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
    /// Reaches the other parties over TLS; trusts the city's CA, follows no redirects, 5 s timeout.
    pub(crate) http: reqwest::Client,
    /// The secret by which gateway, bank and agencies know each other's calls (`Authorization: Service …`).
    pub(crate) service_secret: String,
    /// The city's configuration.
    pub(crate) config: crate::CityConfig,
}

/// Base URLs (`https://localhost:PORT`), without trailing slashes.
#[derive(Clone, Debug)]
pub(crate) struct Addresses {
    pub(crate) identity: String,
    pub(crate) gateway: String,
    pub(crate) bank: String,
}

impl Context {
    /// An unguessable identifier with a prefix that says what it names: `pay_…`.
    pub(crate) fn new_id(&self, prefix: &str) -> String {
        let mut bytes = [0u8; 16];
        #[expect(clippy::expect_used, reason = "the operating system's generator does not fail once the process runs")]
        SystemRandom::new().fill(&mut bytes).expect("system randomness");
        format!("{prefix}_{}", URL_SAFE_NO_PAD.encode(bytes))
    }
}
