//! Who signed in: an ID token, proven step by step (OpenID Connect Core 1.0, 3.1.3.7; 12.2 for one that comes with a refresh).
//!
//! It is read once into claims by name, so that each lack is refused by its own name, and a claim that is there twice is refused
//! instead of being read by us one way and by another reader the other way.

mod claims;

use super::{
    limits::{CLOCK_SKEW_SECONDS, ID_TOKEN_AGE_SECONDS_MAX, ID_TOKEN_BYTES_MAX, KEYS_MAX},
    refusal::IdTokenRefusal,
};
use claims::Claims;
use rabt_domain::{Bilingual, SubjectId, Timestamp};
use rabt_protocol::{
    jose::{self, Algorithm, JwkSet, JwsError, base64url, from_base64url},
    oidc::acr,
};
use ring::digest::{SHA256, SHA512, digest};

/// The type of an ID token, where it says one (RFC 7519, 5.1).
const TYPE: &str = "JWT";
/// The longest claim of text that is read.
const TEXT_BYTES_MAX: usize = 1024;
/// The most clients that a token may be for.
const AUDIENCE_MAX: usize = 16;
/// The city's levels, lowest first. Others are compared for equality only.
const LEVELS: [&str; 2] = [acr::LOW, acr::HIGH];

/// What the token must be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    pub(super) client_id: &'a str,
    /// What the provider announced and is known here.
    pub(super) algorithms: &'a [Algorithm],
    pub(super) nonce: Nonce<'a>,
    /// The access token that came with it.
    pub(super) access_token: &'a str,
    /// The level that must be reached.
    pub(super) acr_at_least: Option<&'a str>,
    /// The earliest moment, in seconds since 1970, at which the person may have proved who they are.
    pub(super) auth_time_from: Option<i64>,
    /// The person that it must be about.
    pub(super) subject: Option<&'a SubjectId>,
}

/// What the token's nonce must be.
#[derive(Clone, Copy, Debug)]
pub(super) enum Nonce<'a> {
    /// This one.
    Is(&'a str),
    /// Absent, or this one where it is known: the token comes with a refresh.
    AbsentOr(Option<&'a str>),
}

/// What a proven token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) subject: SubjectId,
    pub(super) name: Option<Bilingual>,
    pub(super) acr: Option<String>,
    pub(super) auth_time: Option<i64>,
}

/// Proves a token. [`IdTokenRefusal::UnknownKey`] is worth reading the keys again, once.
pub(super) fn prove(
    token: &str,
    keys: &JwkSet,
    expected: &Expected<'_>,
    now: Timestamp,
) -> Result<Identity, IdTokenRefusal> {
    let (claims, algorithm) = verified(token, keys, expected)?;
    check_parties(&claims, expected)?;
    check_times(&claims, now)?;
    check_binding(&claims, algorithm, expected)?;
    let acr = claims.text("acr")?;
    let auth_time = claims.time("auth_time")?;
    check_assurance(acr, auth_time, expected, now)?;
    let subject = claims.text("sub")?.ok_or(IdTokenRefusal::Missing("sub"))?;
    let subject = SubjectId::parse(subject).map_err(|_| IdTokenRefusal::BadValue("sub"))?;
    if expected.subject.is_some_and(|wanted| *wanted != subject) {
        return Err(IdTokenRefusal::Subject);
    }
    Ok(Identity {
        subject,
        name: name(&claims),
        acr: acr.map(str::to_owned),
        auth_time,
    })
}

/// Whether a level reaches the one that is asked for.
pub(super) fn reaches(reached: &str, asked: &str) -> bool {
    let rank = |level: &str| LEVELS.iter().position(|known| *known == level);
    match (rank(reached), rank(asked)) {
        (Some(reached), Some(asked)) => reached >= asked,
        _ => reached == asked,
    }
}

fn verified(token: &str, keys: &JwkSet, expected: &Expected<'_>) -> Result<(Claims, Algorithm), IdTokenRefusal> {
    if token.len() > ID_TOKEN_BYTES_MAX || keys.keys.len() > KEYS_MAX {
        return Err(IdTokenRefusal::Malformed);
    }
    let header = header(token).ok_or(IdTokenRefusal::Malformed)?;
    if header.typ.is_some_and(|found| !found.eq_ignore_ascii_case(TYPE)) {
        return Err(IdTokenRefusal::Type);
    }
    let algorithm = Algorithm::by_name(&header.alg)
        .filter(|algorithm| expected.algorithms.contains(algorithm))
        .ok_or(IdTokenRefusal::Algorithm)?;
    let fitting = keys.keys.iter().filter(|key| key.algorithm() == Ok(algorithm)).count();
    if header.kid.is_none() && fitting > 1 {
        return Err(IdTokenRefusal::AmbiguousKey);
    }
    let verified = jose::verify::<Claims>(token, None, keys).map_err(|error| match error {
        JwsError::Malformed(_) | JwsError::Type { .. } => IdTokenRefusal::Malformed,
        JwsError::Algorithm | JwsError::Critical => IdTokenRefusal::Algorithm,
        JwsError::UnknownKey => IdTokenRefusal::UnknownKey,
        JwsError::BadSignature => IdTokenRefusal::Signature,
    })?;
    if verified.claims.doubled {
        return Err(IdTokenRefusal::Doubled);
    }
    Ok((verified.claims, algorithm))
}

fn header(token: &str) -> Option<jose::Header> {
    let (header, _) = token.split_once('.')?;
    serde_json::from_slice(&from_base64url(header)?).ok()
}

fn check_parties(claims: &Claims, expected: &Expected<'_>) -> Result<(), IdTokenRefusal> {
    let issuer = claims.text("iss")?.ok_or(IdTokenRefusal::Missing("iss"))?;
    if issuer != expected.issuer {
        return Err(IdTokenRefusal::Issuer);
    }
    let audience = claims
        .texts("aud", AUDIENCE_MAX)?
        .ok_or(IdTokenRefusal::Missing("aud"))?;
    if !audience.contains(&expected.client_id) {
        return Err(IdTokenRefusal::Audience);
    }
    match claims.text("azp")? {
        Some(party) if party != expected.client_id => Err(IdTokenRefusal::AuthorizedParty),
        None if audience.len() > 1 => Err(IdTokenRefusal::Missing("azp")),
        _ => Ok(()),
    }
}

fn check_times(claims: &Claims, now: Timestamp) -> Result<(), IdTokenRefusal> {
    let now = now.millis().div_euclid(1000);
    let expires = claims.time("exp")?.ok_or(IdTokenRefusal::Missing("exp"))?;
    let issued = claims.time("iat")?.ok_or(IdTokenRefusal::Missing("iat"))?;
    if expires.saturating_add(CLOCK_SKEW_SECONDS) <= now {
        return Err(IdTokenRefusal::Expired);
    }
    if issued > now + CLOCK_SKEW_SECONDS {
        return Err(IdTokenRefusal::IssuedInFuture);
    }
    if issued.saturating_add(ID_TOKEN_AGE_SECONDS_MAX + CLOCK_SKEW_SECONDS) < now {
        return Err(IdTokenRefusal::TooOld);
    }
    match claims.time("nbf")? {
        Some(begins) if begins > now + CLOCK_SKEW_SECONDS => Err(IdTokenRefusal::NotYet),
        _ => Ok(()),
    }
}

fn check_binding(claims: &Claims, algorithm: Algorithm, expected: &Expected<'_>) -> Result<(), IdTokenRefusal> {
    match (claims.text("nonce")?, expected.nonce) {
        (None, Nonce::Is(_)) => return Err(IdTokenRefusal::Missing("nonce")),
        (Some(found), Nonce::Is(wanted) | Nonce::AbsentOr(Some(wanted))) if found != wanted => {
            return Err(IdTokenRefusal::Nonce);
        }
        _ => {}
    }
    match claims.text("at_hash")? {
        Some(found) if found != access_token_hash(expected.access_token, algorithm) => {
            Err(IdTokenRefusal::AccessTokenHash)
        }
        _ => Ok(()),
    }
}

/// The left half of the hash that belongs to the algorithm (OpenID Connect Core 1.0, 3.1.3.6); Ed25519's is SHA-512.
fn access_token_hash(access_token: &str, algorithm: Algorithm) -> String {
    let hash = match algorithm {
        Algorithm::Es256 | Algorithm::Rs256 => digest(&SHA256, access_token.as_bytes()),
        Algorithm::EdDsa => digest(&SHA512, access_token.as_bytes()),
    };
    let bytes = hash.as_ref();
    base64url(&bytes[..bytes.len() / 2])
}

fn check_assurance(
    acr: Option<&str>,
    auth_time: Option<i64>,
    expected: &Expected<'_>,
    now: Timestamp,
) -> Result<(), IdTokenRefusal> {
    if let Some(asked) = expected.acr_at_least
        && !acr.is_some_and(|reached| reaches(reached, asked))
    {
        return Err(IdTokenRefusal::LevelTooLow);
    }
    if auth_time.is_some_and(|proved| proved > now.millis().div_euclid(1000) + CLOCK_SKEW_SECONDS) {
        return Err(IdTokenRefusal::BadValue("auth_time"));
    }
    match (expected.auth_time_from, auth_time) {
        (Some(_), None) => Err(IdTokenRefusal::Missing("auth_time")),
        (Some(from), Some(proved)) if proved.saturating_add(CLOCK_SKEW_SECONDS) < from => {
            Err(IdTokenRefusal::NotRecent)
        }
        _ => Ok(()),
    }
}

/// The name, for a greeting: one language stands for the other, and a text that can't be shown is no name.
fn name(claims: &Claims) -> Option<Bilingual> {
    let (en, ar) = (claims.text("name").ok()?, claims.text("name_ar").ok()?);
    Bilingual::parse(en.or(ar)?, ar.or(en)?).ok()
}

#[cfg(test)]
mod tests;
