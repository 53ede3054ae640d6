//! A flow as bytes, for the sealed store while the page is open.
//!
//! Only a flow that waits for its URL can be gone on with. Stored in any other stage it is read as one that has ended: its code
//! may have been used, or nothing has happened yet that would be lost.

use super::{Expected, Flow, Rest, Stage};
use crate::session::{config::FlowSecrets, secret::Secret};
use rabt_domain::{SubjectId, Timestamp};
use rabt_protocol::jose::Algorithm;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// The version of the form that is written here.
const VERSION: u32 = 1;
/// The longest stored flow that is read; one has about 1 KiB.
const BYTES_MAX: usize = 32 * 1024;

/// A stored flow can't be read: begin again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the stored sign-in can't be read: its `{0}` is wrong")]
pub struct FlowUnreadable(pub &'static str);

#[derive(Serialize, Deserialize)]
struct Stored {
    version: u32,
    issuer: String,
    client_id: String,
    redirect_uri: String,
    state: String,
    nonce: String,
    verifier: String,
    acr_at_least: Option<String>,
    max_age_seconds: Option<u32>,
    subject: Option<String>,
    begun_at_ms: i64,
    waiting: Option<StoredRest>,
}

#[derive(Serialize, Deserialize)]
struct StoredRest {
    token: String,
    jwks: String,
    iss_required: bool,
    proof: bool,
    algorithms: Vec<String>,
}

impl Flow {
    /// As bytes. They are secret: with them and the URL that comes back, somebody else could sign in.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let expected = &self.expected;
        let stored = Stored {
            version: VERSION,
            issuer: expected.issuer.clone(),
            client_id: expected.client_id.clone(),
            redirect_uri: expected.redirect_uri.clone(),
            state: expected.secrets.state.reveal().to_owned(),
            nonce: expected.secrets.nonce.reveal().to_owned(),
            verifier: expected.secrets.verifier.reveal().to_owned(),
            acr_at_least: expected.acr_at_least.clone(),
            max_age_seconds: expected.max_age_seconds,
            subject: expected.subject.as_ref().map(|subject| subject.as_str().to_owned()),
            begun_at_ms: expected.begun_at.millis(),
            waiting: match &self.stage {
                Stage::Waiting(rest) => Some(rest.to_stored()),
                _ => None,
            },
        };
        // Strings and numbers only: there is nothing in it that JSON can't say.
        Zeroizing::new(serde_json::to_vec(&stored).unwrap_or_default())
    }

    /// From bytes.
    ///
    /// # Errors
    /// [`FlowUnreadable`] where they aren't those of a flow, or those of a later version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FlowUnreadable> {
        if bytes.len() > BYTES_MAX {
            return Err(FlowUnreadable("length"));
        }
        let stored: Stored = serde_json::from_slice(bytes).map_err(|_| FlowUnreadable("form"))?;
        if stored.version != VERSION {
            return Err(FlowUnreadable("version"));
        }
        let subject = stored.subject.map(SubjectId::parse).transpose();
        let expected = Expected {
            issuer: stored.issuer,
            client_id: stored.client_id,
            redirect_uri: stored.redirect_uri,
            secrets: FlowSecrets {
                state: Secret::new(stored.state),
                nonce: Secret::new(stored.nonce),
                verifier: Secret::new(stored.verifier),
            },
            acr_at_least: stored.acr_at_least,
            max_age_seconds: stored.max_age_seconds,
            subject: subject.map_err(|_| FlowUnreadable("subject"))?,
            begun_at: Timestamp::from_millis(stored.begun_at_ms).map_err(|_| FlowUnreadable("begun_at_ms"))?,
        };
        let stage = match stored.waiting {
            Some(rest) => Stage::Waiting(Rest::from_stored(rest)?),
            None => Stage::Ended,
        };
        Ok(Self { expected, stage })
    }
}

impl Rest {
    fn to_stored(&self) -> StoredRest {
        StoredRest {
            token: self.token.to_string(),
            jwks: self.jwks.to_string(),
            iss_required: self.iss_required,
            proof: self.proof,
            algorithms: self.algorithms.iter().map(|known| known.name().to_owned()).collect(),
        }
    }

    fn from_stored(stored: StoredRest) -> Result<Self, FlowUnreadable> {
        let algorithms = stored.algorithms.iter().map(|name| Algorithm::by_name(name));
        Ok(Self {
            token: stored.token.parse().map_err(|_| FlowUnreadable("token"))?,
            jwks: stored.jwks.parse().map_err(|_| FlowUnreadable("jwks"))?,
            iss_required: stored.iss_required,
            proof: stored.proof,
            algorithms: algorithms.collect::<Option<_>>().ok_or(FlowUnreadable("algorithms"))?,
        })
    }
}
