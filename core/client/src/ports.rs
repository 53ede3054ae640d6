//! What the core is given by its surroundings: the time and randomness. (The secret store's port is the store's, the signing
//! key's the wire's.)

use rabt_domain::Timestamp;
use ring::rand::{SecureRandom, SystemRandom};
use std::{sync::Arc, time::SystemTime};

/// Tells the time. A test moves it.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Timestamp;
}

/// The device's clock. Before 1970 or after 2199 it says the edge of those years.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since_1970 = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        let millis = i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX);
        Timestamp::from_millis(millis).unwrap_or(Timestamp::EPOCH)
    }
}

/// Fills bytes that nobody can guess.
pub trait Entropy: Send + Sync {
    /// Fills `bytes`; `false` where the system has no randomness to give, and then nothing that needs it is done.
    fn fill(&self, bytes: &mut [u8]) -> bool;
}

/// The operating system's randomness.
#[derive(Clone, Debug)]
pub struct SystemEntropy(SystemRandom);

impl Default for SystemEntropy {
    fn default() -> Self {
        Self(SystemRandom::new())
    }
}

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) -> bool {
        self.0.fill(bytes).is_ok()
    }
}

/// Everything that the core is given.
#[derive(Clone)]
pub struct Ports {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Where the master key lives.
    pub secrets: Arc<dyn rabt_store::SecretStore>,
    /// The key that proves that requests come from this device (DPoP). `None`: the core makes one and keeps it sealed; a shell
    /// with a Keystore or Secure Enclave gives its own.
    pub device_signer: Option<Arc<dyn rabt_protocol::jose::Signer>>,
}

impl Ports {
    /// The device's clock and randomness, with a secret store.
    pub fn system(secrets: Arc<dyn rabt_store::SecretStore>) -> Self {
        Self {
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy::default()),
            secrets,
            device_signer: None,
        }
    }
}
