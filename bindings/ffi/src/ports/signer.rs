//! The key that proves that requests come from this device.

use super::PortError;
use crate::{error::RabtError, runtime::call_shell};
use rabt::{
    RabtError as CoreError, StorageProblem,
    domain::{Invalid, InvalidReason},
    jose::{Jwk, SignError, Signer},
};
use std::sync::Arc;

/// Signs with the device's key (DPoP, RFC 9449), a P-256 key that never leaves the Keystore or the Secure Enclave. It is optional:
/// without one the core makes a key of its own and keeps it sealed.
///
/// It must be the same key for as long as the app is installed: tokens are bound to it. Where it was lost, make another: the person is
/// then asked to sign in again. Calls come from the core's own threads and may block.
#[uniffi::export(foreign)]
pub trait DpopSigner: Send + Sync {
    /// The public half: the uncompressed point (65 bytes, the first of them 4), as `SecKeyCopyExternalRepresentation` gives it, or
    /// the X.509 form (91 bytes), as a Java `PublicKey` is encoded.
    fn public_key(&self) -> Result<Vec<u8>, PortError>;

    /// Signs the SHA-256 of `data` (ECDSA): in DER, as the Keystore and the Secure Enclave give it, or as the 64 bytes of `r` and `s`.
    fn sign(&self, data: Vec<u8>) -> Result<Vec<u8>, PortError>;
}

/// The shell's signer, as the core takes it. The public half is asked for once.
pub(crate) struct ShellSigner {
    signer: Arc<dyn DpopSigner>,
    public: Jwk,
}

impl ShellSigner {
    pub(crate) fn new(signer: Arc<dyn DpopSigner>) -> Result<Self, RabtError> {
        let key = call_shell(|| signer.public_key()).map_err(|error| {
            tracing::error!(%error, "the device's public key can't be read");
            CoreError::Storage {
                problem: StorageProblem::SecretStoreUnavailable,
            }
        })?;
        let malformed = || Invalid::new("signer.public_key", InvalidReason::Malformed);
        let point = key.strip_prefix(X509_P256).unwrap_or(&key);
        let public = Jwk::from_p256_point(point).map_err(|_| malformed())?;
        Ok(Self { signer, public })
    }
}

impl Signer for ShellSigner {
    fn public_key(&self) -> Jwk {
        self.public.clone()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let signed =
            call_shell(|| self.signer.sign(message.to_vec())).map_err(|error| SignError::Keeper(error.to_string()))?;
        fixed(&signed).ok_or_else(|| SignError::Keeper("the signature is malformed".to_owned()))
    }
}

/// What stands before the point in an X.509 `SubjectPublicKeyInfo` of a P-256 key (RFC 5480).
const X509_P256: &[u8] = &[
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];
/// The bytes of `r`, and those of `s`.
const NUMBER_BYTES: usize = 32;
/// The DER tags of a sequence and of an integer.
const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;

/// A signature as JWS wants it: `r` and `s`, 32 bytes each. `None` for what is neither that nor DER.
fn fixed(signature: &[u8]) -> Option<Vec<u8>> {
    if signature.len() == 2 * NUMBER_BYTES {
        return Some(signature.to_vec());
    }
    let (numbers, after) = element(signature, SEQUENCE)?;
    let (r, rest) = element(numbers, INTEGER)?;
    let (s, end) = element(rest, INTEGER)?;
    if !after.is_empty() || !end.is_empty() {
        return None;
    }
    let mut fixed = vec![0; 2 * NUMBER_BYTES];
    for (number, place) in [r, s].into_iter().zip(fixed.chunks_mut(NUMBER_BYTES)) {
        let digits = number.strip_prefix(&[0]).unwrap_or(number);
        let from = NUMBER_BYTES.checked_sub(digits.len())?;
        place.get_mut(from..)?.copy_from_slice(digits);
    }
    Some(fixed)
}

/// The content of a short DER element and what comes after it.
fn element(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&found, rest) = bytes.split_first()?;
    let (&length, rest) = rest.split_first()?;
    if found != tag || length >= 0x80 {
        return None;
    }
    rest.split_at_checked(length.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_taken_in_both_forms_and_in_no_other() {
        let raw: Vec<u8> = (0..64).collect();
        assert_eq!(fixed(&raw), Some(raw));

        // `r` is short, `s` has its highest bit set.
        let mut der = vec![SEQUENCE, 38, INTEGER, 1, 7, INTEGER, 33, 0];
        der.extend([0x80; 32]);
        let mut expected = vec![0; 31];
        expected.push(7);
        expected.extend([0x80; 32]);
        assert_eq!(fixed(&der), Some(expected));

        let mut long = der.clone();
        long.push(0);
        assert_eq!(fixed(&long), None);
        for cut in 0..der.len() {
            assert_eq!(fixed(&der[..cut]), None, "{cut}");
        }
        assert_eq!(fixed(&[SEQUENCE, 0x80, INTEGER, 1, 7]), None);
    }
}
