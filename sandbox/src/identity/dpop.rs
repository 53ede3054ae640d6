//! Proofs of possession (RFC 9449): whether a request was made by the holder of a key, just now, for this very address, and not
//! seen before; and the nonces that narrow "just now" to what the server chose.
//!
//! A nonce is not kept: it is a keyed hash of the time and of the party that gave it, under the secret that the city keeps for its
//! services. So it holds across a restart, and each party has its own. It is renewed every [`limits::NONCE_MS`], and the one before still counts.

use super::{error::IdentityError, limits};
use crate::context::Context;
use http::{HeaderMap, HeaderName};
use rabt_protocol::jose::{self, JwsError, base64url, from_base64url, sha256_base64url};
use ring::hmac;
use rusqlite::{Transaction, params};
use serde::Deserialize;

/// Carries the proof.
pub(super) const HEADER: HeaderName = HeaderName::from_static("dpop");
/// Carries a nonce for the next one.
pub(super) const NONCE_HEADER: HeaderName = HeaderName::from_static("dpop-nonce");
/// The one algorithm that is taken.
pub(super) const ALGORITHM: &str = "ES256";

const TYPE: &str = "dpop+jwt";
/// How much of the hash is a nonce: enough that nobody guesses it, and it goes with every request.
const NONCE_BYTES: usize = 16;

/// What a proof must be about.
pub(super) struct Expected<'a> {
    /// The request's method.
    pub(super) method: &'a str,
    /// Its address without query and fragment.
    pub(super) url: &'a str,
    /// The token that comes with it, at a resource server.
    pub(super) access_token: Option<&'a str>,
    /// The party whose nonce it must carry, if one must be carried.
    pub(super) nonce_of: Option<&'a str>,
}

/// A proof isn't one.
#[derive(Debug)]
pub(super) enum ProofRefusal {
    /// For the reason given.
    Invalid(&'static str),
    /// It lacks the party's nonce, or has an old one; this is the one to use.
    NonceNeeded(String),
    /// The provider failed.
    Broken(IdentityError),
}

impl<E: Into<IdentityError>> From<E> for ProofRefusal {
    fn from(error: E) -> Self {
        Self::Broken(error.into())
    }
}

#[derive(Deserialize)]
struct Claims {
    jti: String,
    htm: String,
    htu: String,
    iat: i64,
    ath: Option<String>,
    nonce: Option<String>,
}

/// The thumbprint of the key whose holder made the request; `None` where it carries no proof. A proof that is accepted is
/// remembered, so that it is accepted once.
pub(super) fn check(
    ctx: &Context,
    tx: &Transaction<'_>,
    headers: &HeaderMap,
    expected: &Expected<'_>,
) -> Result<Option<String>, ProofRefusal> {
    let mut proofs = headers.get_all(&HEADER).iter();
    let Some(proof) = proofs.next() else { return Ok(None) };
    if proofs.next().is_some() {
        return Err(ProofRefusal::Invalid("There is more than one DPoP proof."));
    }
    let proof = proof
        .to_str()
        .map_err(|_| ProofRefusal::Invalid("The DPoP proof is not ASCII."))?;
    let (claims, jkt) = read(proof)?;
    if claims.htm != expected.method {
        return Err(ProofRefusal::Invalid("`htm` is not the request's method."));
    }
    if !same_address(&claims.htu, expected.url) {
        return Err(ProofRefusal::Invalid("`htu` is not the request's address."));
    }
    if claims.ath != expected.access_token.map(sha256_base64url) {
        return Err(ProofRefusal::Invalid("`ath` is not the access token's hash."));
    }
    // The nonce comes before the age: a client whose clock is wrong is told the nonce first, as RFC 9449, 8 expects.
    if let Some(party) = expected.nonce_of
        && !claims
            .nonce
            .as_deref()
            .is_some_and(|nonce| is_current(ctx, party, nonce))
    {
        return Err(ProofRefusal::NonceNeeded(nonce(ctx, party)));
    }
    let now_ms = ctx.clock.now_ms();
    if now_ms.saturating_sub(claims.iat.saturating_mul(1000)).saturating_abs() > limits::PROOF_AGE_MS {
        return Err(ProofRefusal::Invalid("`iat` is too far from now."));
    }
    if claims.jti.is_empty() || claims.jti.len() > limits::PROOF_ID_CHARS_MAX {
        return Err(ProofRefusal::Invalid("`jti` must have 1 to 128 characters."));
    }
    tx.execute("DELETE FROM identity_proof WHERE expires_ms < ?1", [now_ms])?;
    // After twice the age allowed, `iat` itself refuses a repetition, however the clocks differ.
    let new = tx.execute(
        "INSERT OR IGNORE INTO identity_proof (jkt, jti, expires_ms) VALUES (?1, ?2, ?3)",
        params![jkt, claims.jti, now_ms.saturating_add(2 * limits::PROOF_AGE_MS)],
    )?;
    if new == 0 {
        Err(ProofRefusal::Invalid("`jti` was used before."))
    } else {
        Ok(Some(jkt))
    }
}

fn read(proof: &str) -> Result<(Claims, String), ProofRefusal> {
    let refusal = |error| match error {
        JwsError::Type { .. } => ProofRefusal::Invalid("`typ` is not `dpop+jwt`."),
        JwsError::Algorithm => ProofRefusal::Invalid("`alg` is not the key's."),
        JwsError::UnknownKey => ProofRefusal::Invalid("`jwk` is missing."),
        JwsError::BadSignature => ProofRefusal::Invalid("The signature does not match `jwk`."),
        JwsError::Malformed(_) | JwsError::Critical => ProofRefusal::Invalid("The proof is malformed."),
    };
    let verified = jose::verify_embedded::<Claims>(proof, TYPE).map_err(refusal)?;
    if verified.header.alg != ALGORITHM {
        return Err(ProofRefusal::Invalid("`alg` is not ES256."));
    }
    if carries_private_key(proof) {
        return Err(ProofRefusal::Invalid(
            "`jwk` holds a private key; make a new one, this one is burnt.",
        ));
    }
    let jwk = verified.header.jwk.unwrap_or_default();
    let jkt = jwk
        .thumbprint()
        .map_err(|_| ProofRefusal::Invalid("`jwk` has no thumbprint."))?;
    Ok((verified.claims, jkt))
}

/// RFC 9449, 4.3, check 7. The typed key doesn't read private members, so this looks at the JSON.
fn carries_private_key(proof: &str) -> bool {
    let header = proof.split('.').next().and_then(from_base64url).unwrap_or_default();
    serde_json::from_slice::<serde_json::Value>(&header).is_ok_and(|header| header.pointer("/jwk/d").is_some())
}

/// Compares addresses after the normalization of RFC 3986, leaving out query and fragment.
fn same_address(one: &str, other: &str) -> bool {
    let normal = |text: &str| {
        url::Url::parse(text).ok().map(|mut url| {
            url.set_query(None);
            url.set_fragment(None);
            url
        })
    };
    normal(one).is_some_and(|one| Some(one) == normal(other))
}

/// A party's nonce of this moment.
pub(super) fn nonce(ctx: &Context, party: &str) -> String {
    nonce_at(ctx, party, ctx.clock.now_ms())
}

fn nonce_at(ctx: &Context, party: &str, at_ms: i64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, ctx.service_secret.as_bytes());
    let slot = at_ms.div_euclid(limits::NONCE_MS);
    let tag = hmac::sign(&key, format!("DPoP nonce {slot} of {party}").as_bytes());
    let (half, _) = tag.as_ref().split_at(NONCE_BYTES);
    base64url(half)
}

fn is_current(ctx: &Context, party: &str, nonce: &str) -> bool {
    let now_ms = ctx.clock.now_ms();
    let before_ms = now_ms.saturating_sub(limits::NONCE_MS);
    [now_ms, before_ms]
        .iter()
        .any(|at_ms| nonce_at(ctx, party, *at_ms) == nonce)
}

#[cfg(test)]
mod tests {
    use super::same_address;

    #[test]
    fn addresses_are_compared_without_query_and_in_normal_form() {
        let here = "https://localhost:8443/v1/bills";
        assert!(same_address("https://LOCALHOST:8443/v1/bills?limit=5#top", here));
        assert!(same_address("https://localhost:443/a", "https://localhost/a"));
        for other in [
            "https://localhost:8444/v1/bills",
            "http://localhost:8443/v1/bills",
            "https://localhost:8443/v1",
            "/v1/bills",
        ] {
            assert!(!same_address(other, here), "{other}");
        }
    }
}
