//! Proofs that a request's sender holds the device's key (DPoP, RFC 9449), and the nonces that servers ask to see in them.
//!
//! A proof is about one request: its method, its URL, its token, its moment. The key is behind a port, since it may live where it
//! can't be read. Which requests need a proof, and what follows when one is refused, is decided by those who send them.

use rabt_domain::Timestamp;
use rabt_protocol::jose::{self, JwkError, SignError, Signer, base64url, sha256_base64url};
use ring::rand::{SecureRandom as _, SystemRandom};
use serde::Serialize;
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};
use url::Url;

use crate::session::limits::{NONCE_BYTES_MAX, NONCE_ORIGINS_MAX};

/// The request header that carries a proof.
pub const PROOF_HEADER: &str = "dpop";
/// The response header that carries a nonce.
pub const NONCE_HEADER: &str = "dpop-nonce";
/// The OAuth error that asks for a nonce (RFC 9449, 8 and 9).
pub const USE_NONCE: &str = "use_dpop_nonce";

/// The OAuth error that refuses a proof (RFC 9449, 5 and 7.1): most often its time, by the server's clock.
pub const INVALID_PROOF: &str = "invalid_dpop_proof";

/// The media type of a proof (RFC 9449, 4.2).
const TYPE: &str = "dpop+jwt";
/// How many random bytes name a proof: 96 bits, as are asked for (RFC 9449, 4.2). They go with every request.
const JTI_BYTES: usize = 12;

/// What a proof says.
#[derive(Serialize)]
struct Claims<'a> {
    jti: String,
    htm: &'a str,
    htu: String,
    iat: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    ath: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<String>,
}

/// Makes proofs with one key and keeps the newest nonce of each server.
pub struct DpopProver {
    signer: Arc<dyn Signer>,
    thumbprint: String,
    random: SystemRandom,
    nonces: Mutex<Nonces>,
}

impl std::fmt::Debug for DpopProver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DpopProver").finish_non_exhaustive()
    }
}

impl DpopProver {
    /// With a key.
    ///
    /// # Errors
    /// [`JwkError`] where its public half can't be used.
    pub fn new(signer: Arc<dyn Signer>) -> Result<Self, JwkError> {
        let thumbprint = signer.public_key().thumbprint()?;
        Ok(Self {
            signer,
            thumbprint,
            random: SystemRandom::new(),
            nonces: Mutex::default(),
        })
    }

    /// The key's thumbprint (`dpop_jkt`), by which a server binds what it issues to the key before it has seen a proof.
    pub fn thumbprint(&self) -> &str {
        &self.thumbprint
    }

    /// The registered name of the key's algorithm.
    pub fn algorithm(&self) -> &'static str {
        self.signer.algorithm().name()
    }

    /// A proof for one request, with the access token that goes with it, if one does. `now` is the time, as the server that
    /// is asked has it. It signs,
    /// and so may block for as long as the key's keeper takes.
    ///
    /// # Errors
    /// [`SignError`] where the key doesn't sign.
    pub fn proof(
        &self,
        method: &http::Method,
        url: &Url,
        access_token: Option<&str>,
        now: Timestamp,
    ) -> Result<String, SignError> {
        let mut jti = [0; JTI_BYTES];
        self.random
            .fill(&mut jti)
            .map_err(|_| SignError::Keeper("no randomness".to_owned()))?;
        let claims = Claims {
            jti: base64url(jti),
            htm: method.as_str(),
            htu: target(url),
            iat: now.millis().div_euclid(1000),
            ath: access_token.map(sha256_base64url),
            nonce: self.nonces().of(url).map(str::to_owned),
        };
        jose::sign(TYPE, &claims, self.signer.as_ref(), true)
    }

    /// Keeps a nonce for the origin of `url` in place of the one before; what can't be a nonce is ignored. Tells whether it was
    /// one, so that the caller knows whether trying again can help.
    pub fn heard(&self, url: &Url, nonce: &str) -> bool {
        self.nonces().keep(url, nonce)
    }

    fn nonces(&self) -> std::sync::MutexGuard<'_, Nonces> {
        // What is in it is right at every moment, so a panic elsewhere doesn't spoil it.
        self.nonces.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The URL that a proof names: without query and fragment (RFC 9449, 4.2).
fn target(url: &Url) -> String {
    let mut target = url.clone();
    target.set_query(None);
    target.set_fragment(None);
    target.into()
}

/// The newest nonce of each origin, the one that was heard last in front.
#[derive(Default)]
struct Nonces(VecDeque<(String, String)>);

impl Nonces {
    fn of(&self, url: &Url) -> Option<&str> {
        let origin = url.origin().ascii_serialization();
        self.0
            .iter()
            .find(|(known, _)| *known == origin)
            .map(|(_, nonce)| nonce.as_str())
    }

    fn keep(&mut self, url: &Url, nonce: &str) -> bool {
        // RFC 9449, 8.1: visible ASCII without quotation mark and backslash.
        let fits = |byte: u8| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\';
        if nonce.is_empty() || nonce.len() > NONCE_BYTES_MAX || !nonce.bytes().all(fits) {
            return false;
        }
        let origin = url.origin().ascii_serialization();
        let place = self.0.iter().position(|(known, _)| *known == origin);
        if let Some(place) = place {
            self.0.remove(place);
        }
        self.0.push_front((origin, nonce.to_owned()));
        self.0.truncate(NONCE_ORIGINS_MAX);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rabt_protocol::jose::{Es256Key, verify_embedded};
    use serde_json::Value;

    fn prover() -> DpopProver {
        let key = Es256Key::from_pkcs8(&Es256Key::generate_pkcs8().unwrap()).unwrap();
        DpopProver::new(Arc::new(key)).unwrap()
    }

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    fn claims(proof: &str) -> Value {
        verify_embedded(proof, "dpop+jwt").unwrap().claims
    }

    #[test]
    fn a_proof_names_its_request_its_token_and_its_moment() {
        let prover = prover();
        let now = Timestamp::from_millis(1_700_000_000_999).unwrap();
        let to = url("https://agency.example:8443/v1/bills?cursor=784#top");
        let proof = prover.proof(&http::Method::POST, &to, Some("at"), now).unwrap();
        let header = verify_embedded::<Value>(&proof, "dpop+jwt").unwrap().header;
        assert_eq!(header.jwk.unwrap().thumbprint().unwrap(), prover.thumbprint());
        assert_eq!(header.kid, None);
        let said = claims(&proof);
        assert_eq!(said["htm"], "POST");
        assert_eq!(said["htu"], "https://agency.example:8443/v1/bills");
        assert_eq!(said["iat"], 1_700_000_000);
        assert_eq!(said["ath"], sha256_base64url("at"));
        assert_eq!(said.get("nonce"), None);
        let again = claims(&prover.proof(&http::Method::POST, &to, None, now).unwrap());
        assert_ne!(said["jti"], again["jti"]);
        assert_eq!(again.get("ath"), None);
    }

    #[test]
    fn a_nonce_goes_to_the_server_that_gave_it_and_to_no_other() {
        let prover = prover();
        let now = Timestamp::from_millis(0).unwrap();
        assert!(prover.heard(&url("https://a.example/token"), "one"));
        assert!(prover.heard(&url("https://a.example/par"), "two"));
        let said = |to: &str| claims(&prover.proof(&http::Method::GET, &url(to), None, now).unwrap());
        assert_eq!(said("https://a.example/other")["nonce"], "two");
        assert_eq!(said("https://a.example:444/").get("nonce"), None);
        assert_eq!(said("https://b.example/").get("nonce"), None);
    }

    #[test]
    fn what_cannot_be_a_nonce_is_ignored_and_there_are_never_too_many() {
        let mut nonces = Nonces::default();
        let long = "n".repeat(NONCE_BYTES_MAX + 1);
        for bad in ["", "a b", "a\"", "a\\", "ä", long.as_str()] {
            assert!(!nonces.keep(&url("https://a.example"), bad), "{bad}");
        }
        assert!(nonces.keep(&url("https://a.example"), &long[1..]));
        for server in 0..NONCE_ORIGINS_MAX {
            assert!(nonces.keep(&url(&format!("https://s{server}.example")), "n"));
        }
        assert_eq!(nonces.0.len(), NONCE_ORIGINS_MAX);
        assert_eq!(nonces.of(&url("https://a.example")), None);
        assert_eq!(nonces.of(&url("https://s0.example")), Some("n"));
    }
}
