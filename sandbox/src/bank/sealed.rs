//! What identifies the beneficiaries of a consent, sealed for the bank as a compact JWE (RFC 7516).
//!
//! A bank publishes a key for that; here both sides have the city's service secret, from which a content key follows (`dir`,
//! `A256GCM`), so that the envelope is a real one and nobody between the two could read it.

use rabt_protocol::{
    jose::{base64url, from_base64url},
    mandate::open_finance::Initiation,
};
use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    digest::{SHA256, digest},
    rand::{SecureRandom as _, SystemRandom},
};

/// Direct use of a shared key (RFC 7518, 4.5) with AES-256 in GCM (5.3).
const HEADER: &str = r#"{"alg":"dir","enc":"A256GCM"}"#;
const TAG_BYTES: usize = 16;

/// Seals; `None` where the system gives no randomness.
pub(crate) fn seal(secret: &str, initiation: &Initiation) -> Option<String> {
    let mut nonce = [0u8; NONCE_LEN];
    SystemRandom::new().fill(&mut nonce).ok()?;
    let mut sealed = serde_json::to_vec(initiation).ok()?;
    let header = base64url(HEADER);
    let tag = key(secret)?
        .seal_in_place_separate_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(header.as_bytes()),
            &mut sealed,
        )
        .ok()?;
    Some(format!(
        "{header}..{}.{}.{}",
        base64url(nonce),
        base64url(sealed),
        base64url(tag)
    ))
}

/// Opens; `None` for what wasn't sealed by [`seal`] with the same secret.
pub(super) fn open(secret: &str, jwe: &str) -> Option<Initiation> {
    let parts: Vec<&str> = jwe.split('.').collect();
    let [header, "", nonce, sealed, tag] = parts.as_slice() else {
        return None;
    };
    if from_base64url(header)? != HEADER.as_bytes() {
        return None;
    }
    let nonce: [u8; NONCE_LEN] = from_base64url(nonce)?.try_into().ok()?;
    let tag = from_base64url(tag).filter(|tag| tag.len() == TAG_BYTES)?;
    let mut opened = from_base64url(sealed)?;
    opened.extend(tag);
    let opened = key(secret)?
        .open_in_place(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(header.as_bytes()),
            &mut opened,
        )
        .ok()?;
    serde_json::from_slice(opened).ok()
}

fn key(secret: &str) -> Option<LessSafeKey> {
    let bytes = digest(&SHA256, format!("rabt-consent-initiation|{secret}").as_bytes());
    UnboundKey::new(&AES_256_GCM, bytes.as_ref()).ok().map(LessSafeKey::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_is_opened_by_the_same_secret_and_no_other() {
        let initiation = Initiation::default();
        let jwe = seal("a secret", &initiation).unwrap();
        assert_eq!(open("a secret", &jwe), Some(initiation));
        assert_eq!(open("another", &jwe), None);
        let mut changed = jwe.clone();
        changed.replace_range(jwe.len() - 4.., "AAAA");
        assert_eq!(open("a secret", &changed), None);
        assert_eq!(open("a secret", "a.b.c"), None);
    }
}
