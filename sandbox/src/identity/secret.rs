//! Unguessable values and their hashes, and comparing what a person typed without telling by the time how much of it was right.

use rabt_protocol::jose::{base64url, sha256_base64url};
use ring::rand::{SecureRandom, SystemRandom};

/// 256 bits, as RFC 6749, 10.10 wants of codes and tokens.
const SECRET_BYTES: usize = 32;

/// A new secret in base64url.
pub(super) fn fresh() -> String {
    let mut bytes = [0u8; SECRET_BYTES];
    #[expect(
        clippy::expect_used,
        reason = "the operating system's generator does not fail once the process runs"
    )]
    SystemRandom::new().fill(&mut bytes).expect("system randomness");
    base64url(bytes)
}

/// What is kept of a secret.
pub(super) fn hash(secret: &str) -> String {
    sha256_base64url(secret)
}

/// Whether two secrets are equal; their hashes are compared, so that the time says nothing about them.
pub(super) fn same(one: &str, other: &str) -> bool {
    hash(one) == hash(other)
}
