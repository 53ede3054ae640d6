//! What a hostile or broken provider would answer, on request: each a thing that a client must refuse, or must survive. Control
//! asks for one; the next answer that it concerns is spoilt by it, and the one after is right again.

use super::{error::IdentityError, settings};
use rabt_protocol::jose::{self, Es256Key, Header, Signer, base64url};
use ring::hmac;
use rusqlite::Transaction;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Where it is kept until it happens.
const NAME: &str = "tamper";
/// A day, in seconds: beyond any tolerance for clocks.
const DAY_SECONDS: i64 = 24 * 60 * 60;

/// Something that is to be wrong, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tamper {
    /// The ID token's `iss` is another provider.
    IdTokenWrongIssuer,
    /// It has no `iss`.
    IdTokenWithoutIssuer,
    /// It is for another client.
    IdTokenWrongAudience,
    /// It has no `aud`.
    IdTokenWithoutAudience,
    /// It is for this client and one that nobody trusts, and doesn't say who asked.
    IdTokenSeveralAudiences,
    /// Another client asked for it.
    IdTokenWrongAuthorizedParty,
    /// It repeats another request's `nonce`.
    IdTokenWrongNonce,
    /// It has no `nonce` though the request had.
    IdTokenWithoutNonce,
    /// It expired a day ago.
    IdTokenExpired,
    /// It never expires.
    IdTokenWithoutExpiry,
    /// It was issued tomorrow.
    IdTokenFromTheFuture,
    /// It has no `iat`.
    IdTokenWithoutIssueTime,
    /// It is valid from tomorrow.
    IdTokenNotYetValid,
    /// It names nobody.
    IdTokenWithoutSubject,
    /// It names somebody else.
    IdTokenOtherSubject,
    /// Its `at_hash` is another access token's.
    IdTokenWrongAccessTokenHash,
    /// Its `acr` is a level that was not asked for.
    IdTokenOtherAcr,
    /// It has no `acr`.
    IdTokenWithoutAcr,
    /// The person proved who they are a day ago.
    IdTokenStaleAuthentication,
    /// It is not signed (`alg` is `none`).
    IdTokenUnsigned,
    /// It is signed by HMAC with the public key as the secret.
    IdTokenKeyConfusion,
    /// Its signature is another token's.
    IdTokenWrongSignature,
    /// It is signed by a key that is not published, under the `kid` of one that is.
    IdTokenForeignKey,
    /// Its `kid` is not published.
    IdTokenUnknownKey,
    /// It has a critical header that nobody knows.
    IdTokenCriticalHeader,
    /// Its type is an access token's.
    IdTokenWrongType,
    /// It is no token at all.
    IdTokenGarbage,
    /// There is none.
    NoIdToken,
    /// The token answer has no access token.
    NoAccessToken,
    /// It says that the tokens are bearer tokens though a key was proven.
    BearerInsteadOfDpop,
    /// It says that the tokens are of a type that nobody knows.
    UnknownTokenType,
    /// It doesn't say how long the access token lives, as RFC 6749 allows.
    NoExpiresIn,
    /// The authorization response has no `iss`.
    ResponseWithoutIssuer,
    /// Its `iss` is another provider: a mix-up.
    ResponseWrongIssuer,
    /// Its `state` is another request's.
    ResponseWrongState,
    /// It has no `state`.
    ResponseWithoutState,
    /// It has neither a code nor an error.
    ResponseWithoutCode,
    /// It is `access_denied`: the person, or the provider for them, did not consent.
    AnswersAccessDenied,
    /// It is `server_error`.
    AnswersServerError,
    /// It is `temporarily_unavailable`.
    AnswersTemporarilyUnavailable,
}

impl Tamper {
    /// All of them, for a console's list and for tests that go through it.
    pub const ALL: [Self; 40] = [
        Self::IdTokenWrongIssuer,
        Self::IdTokenWithoutIssuer,
        Self::IdTokenWrongAudience,
        Self::IdTokenWithoutAudience,
        Self::IdTokenSeveralAudiences,
        Self::IdTokenWrongAuthorizedParty,
        Self::IdTokenWrongNonce,
        Self::IdTokenWithoutNonce,
        Self::IdTokenExpired,
        Self::IdTokenWithoutExpiry,
        Self::IdTokenFromTheFuture,
        Self::IdTokenWithoutIssueTime,
        Self::IdTokenNotYetValid,
        Self::IdTokenWithoutSubject,
        Self::IdTokenOtherSubject,
        Self::IdTokenWrongAccessTokenHash,
        Self::IdTokenOtherAcr,
        Self::IdTokenWithoutAcr,
        Self::IdTokenStaleAuthentication,
        Self::IdTokenUnsigned,
        Self::IdTokenKeyConfusion,
        Self::IdTokenWrongSignature,
        Self::IdTokenForeignKey,
        Self::IdTokenUnknownKey,
        Self::IdTokenCriticalHeader,
        Self::IdTokenWrongType,
        Self::IdTokenGarbage,
        Self::NoIdToken,
        Self::NoAccessToken,
        Self::BearerInsteadOfDpop,
        Self::UnknownTokenType,
        Self::NoExpiresIn,
        Self::ResponseWithoutIssuer,
        Self::ResponseWrongIssuer,
        Self::ResponseWrongState,
        Self::ResponseWithoutState,
        Self::ResponseWithoutCode,
        Self::AnswersAccessDenied,
        Self::AnswersServerError,
        Self::AnswersTemporarilyUnavailable,
    ];

    /// Whether it concerns the authorization response; the others concern the token answer.
    pub fn is_for_response(self) -> bool {
        matches!(
            self,
            Self::ResponseWithoutIssuer
                | Self::ResponseWrongIssuer
                | Self::ResponseWrongState
                | Self::ResponseWithoutState
                | Self::ResponseWithoutCode
                | Self::AnswersAccessDenied
                | Self::AnswersServerError
                | Self::AnswersTemporarilyUnavailable
        )
    }

    /// Signs an ID token, wrongly if that is what was asked for.
    pub(super) fn sign_id_token(self, mut claims: Value, key: &Es256Key) -> Result<String, IdentityError> {
        self.spoil_claims(&mut claims);
        let kid = key.public_key().kid;
        let header = |alg: &str| Header {
            alg: alg.to_owned(),
            typ: Some("JWT".to_owned()),
            kid: kid.clone(),
            ..Header::default()
        };
        let es256 = header("ES256");
        match self {
            Self::IdTokenUnsigned => Ok(format!("{}.", unsigned(&header("none"), &claims)?)),
            Self::IdTokenKeyConfusion => {
                let token = unsigned(&header("HS256"), &claims)?;
                let public = serde_json::to_vec(&key.public_key())?;
                let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &public), token.as_bytes());
                Ok(format!("{token}.{}", base64url(tag)))
            }
            Self::IdTokenWrongSignature => {
                let token = unsigned(&es256, &claims)?;
                Ok(format!("{token}.{}", base64url(key.sign(b"another token")?)))
            }
            Self::IdTokenForeignKey => signed(&es256, &claims, &foreign_key()?),
            Self::IdTokenUnknownKey => {
                let foreign = foreign_key()?;
                signed(
                    &Header {
                        kid: foreign.public_key().kid,
                        ..es256
                    },
                    &claims,
                    &foreign,
                )
            }
            Self::IdTokenCriticalHeader => signed(
                &Header {
                    crit: Some(vec!["urn:rabt:unheard-of".to_owned()]),
                    ..es256
                },
                &claims,
                key,
            ),
            Self::IdTokenWrongType => Ok(jose::sign(super::issue::ACCESS_TOKEN_TYPE, &claims, key, false)?),
            Self::IdTokenGarbage => Ok("not.a-token".to_owned()),
            _ => signed(&es256, &claims, key),
        }
    }

    fn spoil_claims(self, claims: &mut Value) {
        let now = claims.get("iat").and_then(Value::as_i64).unwrap_or_default();
        let tomorrow = now.saturating_add(DAY_SECONDS);
        let yesterday = now.saturating_sub(DAY_SECONDS);
        let client = claims.get("aud").cloned().unwrap_or_default();
        let elsewhere = "https://identity.elsewhere.example";
        match self {
            Self::IdTokenWrongIssuer => set(claims, "iss", json!(elsewhere)),
            Self::IdTokenWithoutIssuer => remove(claims, "iss"),
            Self::IdTokenWrongAudience => {
                set(claims, "aud", json!(super::clients::OTHER_CLIENT_ID));
                remove(claims, "azp");
            }
            Self::IdTokenWithoutAudience => remove(claims, "aud"),
            Self::IdTokenSeveralAudiences => {
                set(claims, "aud", json!([client, "an-unknown-client"]));
                remove(claims, "azp");
            }
            Self::IdTokenWrongAuthorizedParty => set(claims, "azp", json!(super::clients::OTHER_CLIENT_ID)),
            Self::IdTokenWrongNonce => set(claims, "nonce", json!("another request's")),
            Self::IdTokenWithoutNonce => remove(claims, "nonce"),
            Self::IdTokenExpired => set(claims, "exp", json!(yesterday)),
            Self::IdTokenWithoutExpiry => remove(claims, "exp"),
            Self::IdTokenFromTheFuture => {
                set(claims, "iat", json!(tomorrow));
                set(claims, "exp", json!(tomorrow.saturating_add(DAY_SECONDS)));
            }
            Self::IdTokenWithoutIssueTime => remove(claims, "iat"),
            Self::IdTokenNotYetValid => {
                set(claims, "nbf", json!(tomorrow));
                set(claims, "exp", json!(tomorrow.saturating_add(DAY_SECONDS)));
            }
            Self::IdTokenWithoutSubject => remove(claims, "sub"),
            Self::IdTokenOtherSubject => set(claims, "sub", json!("somebody-else")),
            Self::IdTokenWrongAccessTokenHash => set(claims, "at_hash", json!(base64url([0u8; 16]))),
            Self::IdTokenOtherAcr => set(claims, "acr", json!("urn:rabt:acr:unheard-of")),
            Self::IdTokenWithoutAcr => remove(claims, "acr"),
            Self::IdTokenStaleAuthentication => set(claims, "auth_time", json!(yesterday)),
            _ => {}
        }
    }

    /// Changes the token answer, if that is what was asked for.
    pub(super) fn spoil_token_answer(self, answer: &mut Value) {
        match self {
            Self::NoIdToken => remove(answer, "id_token"),
            Self::NoAccessToken => remove(answer, "access_token"),
            Self::BearerInsteadOfDpop => set(answer, "token_type", json!("Bearer")),
            Self::UnknownTokenType => set(answer, "token_type", json!("mac")),
            Self::NoExpiresIn => remove(answer, "expires_in"),
            _ => {}
        }
    }

    /// Changes the parameters of the authorization response, if that is what was asked for.
    pub(super) fn spoil_response(self, parameters: &mut Vec<(&'static str, String)>) {
        let drop = |parameters: &mut Vec<(&'static str, String)>, name| parameters.retain(|(other, _)| *other != name);
        let mut answer = |error: &str| {
            drop(parameters, "code");
            parameters.insert(0, ("error", error.to_owned()));
        };
        match self {
            Self::AnswersAccessDenied => answer("access_denied"),
            Self::AnswersServerError => answer("server_error"),
            Self::AnswersTemporarilyUnavailable => answer("temporarily_unavailable"),
            Self::ResponseWithoutIssuer => drop(parameters, "iss"),
            Self::ResponseWithoutState => drop(parameters, "state"),
            Self::ResponseWithoutCode => drop(parameters, "code"),
            Self::ResponseWrongIssuer => {
                drop(parameters, "iss");
                parameters.push(("iss", "https://identity.elsewhere.example".to_owned()));
            }
            Self::ResponseWrongState => {
                drop(parameters, "state");
                parameters.push(("state", "another-requests-state".to_owned()));
            }
            _ => {}
        }
    }
}

fn set(object: &mut Value, name: &str, value: Value) {
    if let Some(members) = object.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
}

fn remove(object: &mut Value, name: &str) {
    if let Some(members) = object.as_object_mut() {
        members.remove(name);
    }
}

fn foreign_key() -> Result<Es256Key, IdentityError> {
    Ok(Es256Key::from_pkcs8(&Es256Key::generate_pkcs8()?)?)
}

fn unsigned(header: &Header, claims: &Value) -> Result<String, IdentityError> {
    Ok(format!(
        "{}.{}",
        base64url(serde_json::to_vec(header)?),
        base64url(serde_json::to_vec(claims)?)
    ))
}

fn signed(header: &Header, claims: &Value, key: &Es256Key) -> Result<String, IdentityError> {
    let token = unsigned(header, claims)?;
    let signature = key.sign(token.as_bytes())?;
    Ok(format!("{token}.{}", base64url(signature)))
}

/// Asks for one; it replaces what was asked for before.
pub(super) fn ask(tx: &Transaction<'_>, tamper: Option<Tamper>) -> Result<(), IdentityError> {
    match tamper {
        Some(tamper) => settings::set_value(tx, NAME, &serde_json::to_string(&tamper)?)?,
        None => settings::clear_value(tx, NAME)?,
    }
    Ok(())
}

/// What the token answer is to be spoilt by; it is asked for no longer.
pub(super) fn take_for_tokens(tx: &Transaction<'_>) -> Result<Option<Tamper>, IdentityError> {
    take(tx, false)
}

/// What the authorization response is to be spoilt by; it is asked for no longer.
pub(super) fn take_for_response(tx: &Transaction<'_>) -> Result<Option<Tamper>, IdentityError> {
    take(tx, true)
}

fn take(tx: &Transaction<'_>, for_response: bool) -> Result<Option<Tamper>, IdentityError> {
    let asked = match settings::value(tx, NAME)? {
        Some(json) => serde_json::from_str::<Tamper>(&json)?,
        None => return Ok(None),
    };
    if asked.is_for_response() != for_response {
        return Ok(None);
    }
    settings::clear_value(tx, NAME)?;
    Ok(Some(asked))
}
