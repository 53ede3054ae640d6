//! Signing: a port, because the key may live where it can't be read (Keystore, Secure Enclave), and its adapter in software.

use super::{Algorithm, Jwk};
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _},
};

/// How much of its thumbprint names a key: 96 bits. A token carries the name with every request, and no set has two keys alike in them.
const KID_CHARS: usize = 16;

/// Signing was not possible.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The stored form of the key can't be read.
    #[error("the signing key can't be read")]
    Key,
    /// The key's keeper refused or failed: locked device, removed key, no randomness.
    #[error("the signing key's keeper failed: {0}")]
    Keeper(String),
}

/// Something that signs with one key. Blocking is allowed: callers don't hold a lock meanwhile.
pub trait Signer: Send + Sync {
    /// Which algorithm, as a header says it.
    fn algorithm(&self) -> Algorithm {
        Algorithm::Es256
    }

    /// The public half.
    fn public_key(&self) -> Jwk;

    /// Signs; for ES256 the 64 bytes of `r` and `s`.
    ///
    /// # Errors
    /// [`SignError::Keeper`] where the key's keeper doesn't.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError>;
}

/// A P-256 key in memory.
pub struct Es256Key {
    pair: EcdsaKeyPair,
    public: Jwk,
    random: SystemRandom,
}

impl std::fmt::Debug for Es256Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Es256Key")
            .field("public", &self.public)
            .finish_non_exhaustive()
    }
}

impl Es256Key {
    /// Makes a key and returns its PKCS#8 form, which is secret, for the caller to keep.
    ///
    /// # Errors
    /// [`SignError::Keeper`] where the system gives no randomness.
    pub fn generate_pkcs8() -> Result<Vec<u8>, SignError> {
        EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
            .map(|document| document.as_ref().to_vec())
            .map_err(|_| SignError::Keeper("no randomness".to_owned()))
    }

    /// Reads a key from its PKCS#8 form; its `kid` is its thumbprint's beginning.
    ///
    /// # Errors
    /// [`SignError::Key`] where it isn't one.
    pub fn from_pkcs8(pkcs8: &[u8]) -> Result<Self, SignError> {
        let random = SystemRandom::new();
        let pair =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8, &random).map_err(|_| SignError::Key)?;
        let mut public = Jwk::from_p256_point(pair.public_key().as_ref()).map_err(|_| SignError::Key)?;
        let mut kid = public.thumbprint().map_err(|_| SignError::Key)?;
        kid.truncate(KID_CHARS);
        public.kid = Some(kid);
        Ok(Self { pair, public, random })
    }
}

impl Signer for Es256Key {
    fn public_key(&self) -> Jwk {
        self.public.clone()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        self.pair
            .sign(&self.random, message)
            .map(|signature| signature.as_ref().to_vec())
            .map_err(|_| SignError::Keeper("no randomness".to_owned()))
    }
}
