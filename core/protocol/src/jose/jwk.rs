//! Public keys as JSON (RFC 7517), their thumbprints (RFC 7638), and checking a signature with one.

use super::{Algorithm, from_base64url, sha256_base64url};
use ring::signature::{self, RsaPublicKeyComponents, UnparsedPublicKey};
use serde::{Deserialize, Serialize};

/// The longest modulus that is read, in bytes: 8192 bits, ring's own limit.
const MODULUS_BYTES_MAX: usize = 1024;
/// The uncompressed point's leading byte (SEC 1, 2.3.3).
const POINT_UNCOMPRESSED: u8 = 4;
const P256_COORDINATE_BYTES: usize = 32;

/// A key can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwkError {
    /// Its type, curve or algorithm isn't one that is known here.
    #[error("the key's type or algorithm is not supported")]
    Unsupported,
    /// A member that its type needs is missing or malformed.
    #[error("the key's member `{0}` is missing or malformed")]
    Malformed(&'static str),
    /// The signature doesn't match.
    #[error("the signature does not match")]
    BadSignature,
}

/// A public key. Private members are not read, and never written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Jwk {
    /// `EC`, `RSA` or `OKP`.
    pub kty: String,
    /// Names the key within its set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kid: Option<String>,
    /// The one algorithm that it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alg: Option<String>,
    /// `sig`; a key for anything else is never used.
    #[serde(default, rename = "use", skip_serializing_if = "Option::is_none")]
    pub usage: Option<String>,
    /// `P-256` or `Ed25519`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crv: Option<String>,
    /// EC and OKP: the first coordinate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x: Option<String>,
    /// EC: the second coordinate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub y: Option<String>,
    /// RSA: the modulus.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n: Option<String>,
    /// RSA: the exponent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub e: Option<String>,
}

impl Jwk {
    /// A P-256 key from its uncompressed point (65 bytes).
    ///
    /// # Errors
    /// [`JwkError::Malformed`] for anything else.
    pub fn from_p256_point(point: &[u8]) -> Result<Self, JwkError> {
        match point.split_first() {
            Some((&POINT_UNCOMPRESSED, rest)) if rest.len() == 2 * P256_COORDINATE_BYTES => {
                let (x, y) = rest.split_at(P256_COORDINATE_BYTES);
                Ok(Self {
                    kty: "EC".to_owned(),
                    crv: Some("P-256".to_owned()),
                    x: Some(super::base64url(x)),
                    y: Some(super::base64url(y)),
                    ..Self::default()
                })
            }
            _ => Err(JwkError::Malformed("point")),
        }
    }

    /// The algorithm that the key's type implies.
    ///
    /// # Errors
    /// [`JwkError::Unsupported`], also where `alg` or `use` says something else than the type.
    pub fn algorithm(&self) -> Result<Algorithm, JwkError> {
        let implied = match (self.kty.as_str(), self.crv.as_deref()) {
            ("EC", Some("P-256")) => Algorithm::Es256,
            ("RSA", _) => Algorithm::Rs256,
            ("OKP", Some("Ed25519")) => Algorithm::EdDsa,
            _ => return Err(JwkError::Unsupported),
        };
        let said = self
            .alg
            .as_deref()
            .is_none_or(|alg| Algorithm::by_name(alg) == Some(implied));
        let for_signing = self.usage.as_deref().is_none_or(|usage| usage == "sig");
        if said && for_signing {
            Ok(implied)
        } else {
            Err(JwkError::Unsupported)
        }
    }

    /// The SHA-256 thumbprint (RFC 7638), base64url: what `cnf.jkt` holds.
    ///
    /// # Errors
    /// [`JwkError`] where the key isn't usable.
    pub fn thumbprint(&self) -> Result<String, JwkError> {
        // The members in lexicographic order and nothing else; their values are base64url, which needs no escaping in JSON.
        let canonical = match self.algorithm()? {
            Algorithm::Es256 => {
                let (x, y) = (clean(&self.x, "x")?, clean(&self.y, "y")?);
                format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#)
            }
            Algorithm::Rs256 => {
                let (e, n) = (clean(&self.e, "e")?, clean(&self.n, "n")?);
                format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#)
            }
            Algorithm::EdDsa => {
                let x = clean(&self.x, "x")?;
                format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#)
            }
        };
        Ok(sha256_base64url(canonical))
    }

    /// Checks a signature over `message`.
    ///
    /// # Errors
    /// [`JwkError::BadSignature`] where it doesn't match; the others where the key can't be used.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), JwkError> {
        let matches = match self.algorithm()? {
            Algorithm::Es256 => {
                let mut point = vec![POINT_UNCOMPRESSED];
                point.extend(fixed(&self.x, "x", P256_COORDINATE_BYTES)?);
                point.extend(fixed(&self.y, "y", P256_COORDINATE_BYTES)?);
                UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, point).verify(message, signature)
            }
            Algorithm::Rs256 => {
                let (n, e) = (decoded(&self.n, "n")?, decoded(&self.e, "e")?);
                RsaPublicKeyComponents { n, e }.verify(&signature::RSA_PKCS1_2048_8192_SHA256, message, signature)
            }
            Algorithm::EdDsa => {
                let x = fixed(&self.x, "x", 32)?;
                UnparsedPublicKey::new(&signature::ED25519, x).verify(message, signature)
            }
        };
        matches.map_err(|_| JwkError::BadSignature)
    }
}

fn clean<'a>(member: &'a Option<String>, name: &'static str) -> Result<&'a str, JwkError> {
    decoded(member, name)?;
    member.as_deref().ok_or(JwkError::Malformed(name))
}

fn decoded(member: &Option<String>, name: &'static str) -> Result<Vec<u8>, JwkError> {
    member
        .as_deref()
        .and_then(from_base64url)
        .filter(|bytes| !bytes.is_empty() && bytes.len() <= MODULUS_BYTES_MAX)
        .ok_or(JwkError::Malformed(name))
}

fn fixed(member: &Option<String>, name: &'static str, bytes: usize) -> Result<Vec<u8>, JwkError> {
    decoded(member, name).and_then(|value| {
        if value.len() == bytes {
            Ok(value)
        } else {
            Err(JwkError::Malformed(name))
        }
    })
}

/// A set of keys, as `jwks_uri` serves it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct JwkSet {
    /// The keys, at most 32.
    pub keys: Vec<Jwk>,
}

impl JwkSet {
    /// The usable keys for a header: those named `kid`, or all where the header names none.
    pub fn candidates<'a>(&'a self, kid: Option<&'a str>) -> impl Iterator<Item = &'a Jwk> {
        self.keys
            .iter()
            .filter(move |key| key.algorithm().is_ok() && (kid.is_none() || key.kid.as_deref() == kid))
    }
}
