//! What a person signs about mandates, as compact JWS (RFC 7515) of a device key: the terms, a stop, an answer.
//!
//! A gateway acts on nothing else, and a phone believes a gateway nothing else. What is signed are the very bytes of the payload, which are
//! the one way in which serde writes the typed statement: members in their declared order, absent ones absent. A reader
//! that doesn't write the same bytes again refuses, so that nobody can agree to a member which only one side understands.
//! Signatures are checked here against the key in the header; whose key that is, the reader knows.

use super::{Answer, Mandate};
use crate::jose::{self, Algorithm, JwsError, SignError, Signer, from_base64url, sha256_base64url};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// The longest statement that is read: a mandate's hundred entries of scope fit several times.
pub const STATEMENT_BYTES_MAX: usize = 64 * 1024;

/// A kind of statement.
pub trait Statement: Serialize + DeserializeOwned {
    /// The `typ` of its JWS: one kind is never taken for another.
    const TYPE: &'static str;

    /// The person (`sub`) who makes it.
    fn subject(&self) -> &str;
}

/// One version of a mandate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SignedTerms {
    /// The person (`sub`).
    pub sub: String,
    /// The terms.
    pub mandate: Mandate,
    /// The SHA-256 (base64url) of the statement of the version before, so that none can be left out or exchanged; absent for
    /// the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<String>,
}

/// A mandate is paused, resumed or revoked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct StandingStatement {
    /// The person (`sub`).
    pub sub: String,
    /// The mandate.
    pub mandate_id: String,
    /// What becomes of it.
    pub change: StandingChange,
    /// When the person decided that.
    pub at: String,
    /// From 1; rises by one with each statement about the mandate.
    pub seq: u32,
}

/// What becomes of a mandate. A reader refuses what it doesn't know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum StandingChange {
    /// It pays nothing until it is resumed.
    Pause,
    /// It pays again.
    Resume,
    /// It never pays again.
    Revoke,
}

/// The person's word on a bill that they were asked about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AnswerStatement {
    /// The person (`sub`).
    pub sub: String,
    /// What they said.
    pub answer: Answer,
}

impl Statement for SignedTerms {
    const TYPE: &'static str = "rabt-mandate+jwt";

    fn subject(&self) -> &str {
        &self.sub
    }
}

impl Statement for StandingStatement {
    const TYPE: &'static str = "rabt-mandate-standing+jwt";

    fn subject(&self) -> &str {
        &self.sub
    }
}

impl Statement for AnswerStatement {
    const TYPE: &'static str = "rabt-mandate-answer+jwt";

    fn subject(&self) -> &str {
        &self.sub
    }
}

/// A statement whose signature is that of the key which it carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened<S> {
    /// What was signed.
    pub statement: S,
    /// The thumbprint (RFC 7638) of the key that signed it: what `cnf.jkt` holds of a token that is bound to that key.
    pub jkt: String,
}

/// A statement is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// It isn't a JWS of its kind, or its signature isn't that of its key.
    #[error(transparent)]
    Jws(#[from] JwsError),
    /// It is longer than [`STATEMENT_BYTES_MAX`].
    #[error("the statement is too long")]
    TooLong,
    /// Its payload isn't written in the one way in which it may be.
    #[error("the statement isn't in its canonical form")]
    NotCanonical,
    /// It says itself that another person makes it.
    #[error("the statement is another person's")]
    AnotherPerson,
}

/// Signs a statement with the device's key, which the header then carries.
///
/// # Errors
/// [`SignError`] where the key's keeper doesn't sign.
pub fn sign<S: Statement>(statement: &S, signer: &dyn Signer) -> Result<String, SignError> {
    jose::sign(S::TYPE, statement, signer, true)
}

/// Opens a statement of a person: it is signed by the key that it carries, canonical, and says that it is theirs. That the key is
/// theirs is still to be checked, by [`Opened::jkt`].
///
/// # Errors
/// [`StatementError`].
pub fn open<S: Statement>(jws: &str, subject: &str) -> Result<Opened<S>, StatementError> {
    if jws.len() > STATEMENT_BYTES_MAX {
        return Err(StatementError::TooLong);
    }
    let verified = jose::verify_embedded::<S>(jws, S::TYPE)?;
    if Algorithm::by_name(&verified.header.alg) != Some(Algorithm::Es256) {
        return Err(JwsError::Algorithm.into());
    }
    let signed = jws.split('.').nth(1).and_then(from_base64url);
    let canonical = serde_json::to_vec(&verified.claims).map_err(|_| StatementError::NotCanonical)?;
    if signed != Some(canonical) {
        return Err(StatementError::NotCanonical);
    }
    if verified.claims.subject() != subject {
        return Err(StatementError::AnotherPerson);
    }
    let key = verified.header.jwk.ok_or(JwsError::UnknownKey)?;
    let jkt = key.thumbprint().map_err(|_| JwsError::Malformed("key"))?;
    Ok(Opened {
        statement: verified.claims,
        jkt,
    })
}

/// What the next version of a mandate says as `previous` of the statement of this one.
pub fn digest(jws: &str) -> String {
    sha256_base64url(jws)
}

#[cfg(test)]
mod tests;
