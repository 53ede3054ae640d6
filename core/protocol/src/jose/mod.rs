//! The signed envelope: JSON Web Signatures (RFC 7515) in their compact form, and the keys (RFC 7517) that make and check them.
//!
//! Three algorithms and no more: ES256, which we sign with, and RS256 and EdDSA, which others do. The cryptography is ring's; what
//! is here is the envelope. `alg` is compared with the key's own before anything else, so that neither `none` nor a change of
//! family can be asked for by whoever wrote the token. Nothing here knows a clock: `exp` and the like are the reader's.

mod jwk;
mod jws;
mod signer;

pub use jwk::{Jwk, JwkError, JwkSet};
pub use jws::{Header, JwsError, TOKEN_BYTES_MAX, Verified, sign, verify, verify_embedded};
pub use signer::{Es256Key, SignError, Signer};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

/// base64url without padding, as all of JOSE writes it.
pub fn base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The reverse; `None` for anything that isn't exactly that (padding, white space, stray bits).
pub fn from_base64url(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// SHA-256 in base64url: PKCE's challenge, DPoP's `ath`, a key's thumbprint.
pub fn sha256_base64url(bytes: impl AsRef<[u8]>) -> String {
    base64url(ring::digest::digest(&ring::digest::SHA256, bytes.as_ref()))
}

/// The signature algorithms that are known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// ECDSA over P-256 with SHA-256.
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256, 2048 to 8192 bits.
    Rs256,
    /// Ed25519.
    EdDsa,
}

impl Algorithm {
    /// The registered name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
            Self::EdDsa => "EdDSA",
        }
    }

    /// By registered name; `None` for every other, `none` too. Ed25519 has two: its own, and the older one for any Edwards curve
    /// that RFC 9864 takes out of use.
    pub fn by_name(name: &str) -> Option<Self> {
        match name {
            "ES256" => Some(Self::Es256),
            "RS256" => Some(Self::Rs256),
            "EdDSA" | "Ed25519" => Some(Self::EdDsa),
            _ => None,
        }
    }
}
