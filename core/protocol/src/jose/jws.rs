//! The compact form: `header.payload.signature`.

use super::{Algorithm, Jwk, JwkSet, SignError, Signer, base64url, from_base64url};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// The longest token that is looked at: a directory of some hundred agencies fits, an attack on memory doesn't.
pub const TOKEN_BYTES_MAX: usize = 1024 * 1024;

/// A token is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwsError {
    /// It isn't three parts of base64url, or longer than [`TOKEN_BYTES_MAX`], or its JSON isn't what it should be.
    #[error("the token is malformed: {0}")]
    Malformed(&'static str),
    /// `alg` isn't the key's, or unknown, or `none`.
    #[error("the token's algorithm is refused")]
    Algorithm,
    /// `typ` isn't the one that belongs here: a token of one kind is never taken for another.
    #[error("the token is of type {found:?}, {expected} was expected")]
    Type {
        /// What was expected.
        expected: String,
        /// What the header says.
        found: Option<String>,
    },
    /// A header that must be understood (`crit`) isn't.
    #[error("the token has a critical header that is not understood")]
    Critical,
    /// No key of the set has the token's `kid`; it may have been made since the set was read.
    #[error("no known key has the token's `kid`")]
    UnknownKey,
    /// No key that may have made the signature did.
    #[error("the token's signature does not match")]
    BadSignature,
}

/// A JOSE header, as far as it is used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The algorithm.
    pub alg: String,
    /// The token's type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub typ: Option<String>,
    /// Names the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kid: Option<String>,
    /// The key itself (DPoP).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwk: Option<Jwk>,
    /// Extensions that must be understood; none are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crit: Option<Vec<String>>,
}

/// A token whose signature was right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified<T> {
    /// The header.
    pub header: Header,
    /// The payload.
    pub claims: T,
}

/// Signs `claims` under `typ`. With `embed` the header carries the key (DPoP), otherwise its `kid`.
///
/// # Errors
/// [`SignError`] where the signer doesn't sign.
pub fn sign<T: Serialize>(typ: &str, claims: &T, signer: &dyn Signer, embed: bool) -> Result<String, SignError> {
    let key = signer.public_key();
    let header = Header {
        alg: signer.algorithm().name().to_owned(),
        typ: Some(typ.to_owned()),
        kid: if embed { None } else { key.kid.clone() },
        jwk: embed.then_some(Jwk {
            kid: None,
            alg: None,
            usage: None,
            ..key
        }),
        crit: None,
    };
    let unreadable = |_| SignError::Keeper("the claims are not JSON".to_owned());
    let header = base64url(serde_json::to_vec(&header).map_err(unreadable)?);
    let payload = base64url(serde_json::to_vec(claims).map_err(unreadable)?);
    let mut token = format!("{header}.{payload}");
    let signature = signer.sign(token.as_bytes())?;
    token.push('.');
    token.push_str(&base64url(signature));
    Ok(token)
}

/// Verifies a token of type `typ` (compared without regard to case, as media types are; `None` takes any, for ID tokens, which
/// need not have one) with a set of keys.
///
/// # Errors
/// [`JwsError`]; [`JwsError::UnknownKey`] is worth reading the set again, once.
pub fn verify<T: DeserializeOwned>(token: &str, typ: Option<&str>, keys: &JwkSet) -> Result<Verified<T>, JwsError> {
    let parts = Parts::read(token, typ)?;
    let named: Vec<&Jwk> = keys.candidates(parts.header.kid.as_deref()).collect();
    if named.is_empty() {
        return Err(JwsError::UnknownKey);
    }
    let fitting: Vec<&Jwk> = named
        .into_iter()
        .filter(|key| key.algorithm() == Ok(parts.algorithm))
        .collect();
    if fitting.is_empty() {
        return Err(JwsError::Algorithm);
    }
    if fitting
        .iter()
        .any(|key| key.verify(parts.signed, &parts.signature).is_ok())
    {
        parts.into_verified()
    } else {
        Err(JwsError::BadSignature)
    }
}

/// Verifies a token with the key that its own header carries (DPoP): it proves that the sender has that key and nothing else.
///
/// # Errors
/// [`JwsError`].
pub fn verify_embedded<T: DeserializeOwned>(token: &str, typ: &str) -> Result<Verified<T>, JwsError> {
    let parts = Parts::read(token, Some(typ))?;
    let key = parts.header.jwk.as_ref().ok_or(JwsError::UnknownKey)?;
    if key.algorithm() != Ok(parts.algorithm) {
        return Err(JwsError::Algorithm);
    }
    key.verify(parts.signed, &parts.signature)
        .map_err(|_| JwsError::BadSignature)?;
    parts.into_verified()
}

struct Parts<'a> {
    header: Header,
    algorithm: Algorithm,
    signed: &'a [u8],
    payload: &'a str,
    signature: Vec<u8>,
}

impl<'a> Parts<'a> {
    fn read(token: &'a str, typ: Option<&str>) -> Result<Self, JwsError> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(JwsError::Malformed("too long"));
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(JwsError::Malformed("parts"))?;
        let (header, payload) = signed.split_once('.').ok_or(JwsError::Malformed("parts"))?;
        if payload.contains('.') {
            return Err(JwsError::Malformed("parts"));
        }
        let header = from_base64url(header).ok_or(JwsError::Malformed("header"))?;
        let header: Header = serde_json::from_slice(&header).map_err(|_| JwsError::Malformed("header"))?;
        let algorithm = Algorithm::by_name(&header.alg).ok_or(JwsError::Algorithm)?;
        if header.crit.is_some() {
            return Err(JwsError::Critical);
        }
        if let Some(expected) = typ
            && !header
                .typ
                .as_deref()
                .is_some_and(|found| found.eq_ignore_ascii_case(expected))
        {
            return Err(JwsError::Type {
                expected: expected.to_owned(),
                found: header.typ,
            });
        }
        let signature = from_base64url(signature).ok_or(JwsError::Malformed("signature"))?;
        Ok(Self {
            header,
            algorithm,
            signed: signed.as_bytes(),
            payload,
            signature,
        })
    }

    fn into_verified<T: DeserializeOwned>(self) -> Result<Verified<T>, JwsError> {
        let payload = from_base64url(self.payload).ok_or(JwsError::Malformed("payload"))?;
        let claims = serde_json::from_slice(&payload).map_err(|_| JwsError::Malformed("claims"))?;
        Ok(Verified {
            header: self.header,
            claims,
        })
    }
}

#[cfg(test)]
mod tests;
