//! Making tokens: access tokens as RFC 9068 writes them, ID tokens, refresh tokens, and the answer that carries them.

use super::{acr, error::IdentityError, grant::Grant, keys, limits, secret, settings::IdentitySettings, tamper};
use crate::{
    context::{Context, random_text},
    personas,
};
use rabt_protocol::{
    jose::{self, base64url},
    oidc::{Audience, IdTokenClaims, TokenResponse},
};
use ring::digest;
use rusqlite::{Transaction, params};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The audience of the city's access tokens: the gateway and every agency.
pub(super) const CITY_AUDIENCE: &str = "urn:rabt:city";
/// The type of an access token (RFC 9068, 2.1).
pub(super) const ACCESS_TOKEN_TYPE: &str = "at+jwt";
const ID_TOKEN_TYPE: &str = "JWT";
/// How much of a random text names an access token, which goes with every request: 96 bits.
const JTI_CHARS: usize = 16;
/// An ID token is read at once.
const ID_TOKEN_SECONDS: i64 = 300;

/// The claims of an access token.
#[derive(Serialize, Deserialize)]
pub(super) struct AccessClaims {
    pub(super) iss: String,
    pub(super) aud: String,
    pub(super) sub: String,
    pub(super) client_id: String,
    pub(super) scope: String,
    pub(super) jti: String,
    pub(super) iat: i64,
    pub(super) exp: i64,
    pub(super) auth_time: i64,
    pub(super) acr: String,
    /// The key that it is bound to (RFC 7800); a bearer token has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) cnf: Option<Confirmation>,
}

/// `cnf`.
#[derive(Serialize, Deserialize)]
pub(super) struct Confirmation {
    /// The key's thumbprint.
    pub(super) jkt: String,
}

#[derive(Serialize)]
struct IdToken {
    #[serde(flatten)]
    claims: IdTokenClaims,
    /// By which a later sign-out finds the browser session.
    sid: String,
}

/// What is to be issued, beside what the grant says.
pub(super) struct Order<'a> {
    /// What the ID token must repeat of the request.
    pub(super) nonce: Option<&'a str>,
    /// The key that the access token is bound to.
    pub(super) jkt: Option<&'a str>,
    /// A new refresh token, or none.
    pub(super) refresh_token: Option<String>,
    /// What of the grant's scope the access token has.
    pub(super) scope: &'a str,
}

/// Makes the tokens of a grant and the answer that carries them, spoilt where control asked for that.
pub(super) fn tokens(
    ctx: &Context,
    tx: &Transaction<'_>,
    grant: &Grant,
    order: Order<'_>,
) -> Result<Value, IdentityError> {
    let now_ms = ctx.clock.now_ms();
    forget_expired(tx, now_ms)?;
    let settings = IdentitySettings::read(ctx, tx)?;
    let key = keys::signing(ctx, tx)?;
    let now = now_ms.div_euclid(1000);
    let mut jti = random_text();
    jti.truncate(JTI_CHARS);
    let acr = acr::effective(&grant.acr, grant.authenticated_ms, now_ms);
    let claims = AccessClaims {
        iss: ctx.addresses.identity.clone(),
        aud: CITY_AUDIENCE.to_owned(),
        sub: grant.subject.clone(),
        client_id: grant.client_id.clone(),
        scope: at_resources(order.scope),
        jti,
        iat: now,
        exp: now.saturating_add(settings.access_token_seconds.into()),
        auth_time: grant.authenticated_ms.div_euclid(1000),
        acr: acr.to_owned(),
        cnf: order.jkt.map(|jkt| Confirmation { jkt: jkt.to_owned() }),
    };
    tx.execute(
        "INSERT INTO identity_access (jti, grant_id, expires_ms) VALUES (?1, ?2, ?3)",
        params![claims.jti, grant.grant_id, claims.exp.saturating_mul(1000)],
    )?;
    let access_token = jose::sign(ACCESS_TOKEN_TYPE, &claims, &*key, false)?;
    let person = personas::find_by_subject(&grant.subject).filter(|_| has_scope(order.scope, "profile"));
    let id_token = serde_json::to_value(IdToken {
        claims: IdTokenClaims {
            iss: claims.iss,
            sub: claims.sub,
            aud: Audience::One(claims.client_id.clone()),
            azp: Some(claims.client_id),
            exp: now.saturating_add(ID_TOKEN_SECONDS),
            iat: now,
            nbf: None,
            auth_time: Some(claims.auth_time),
            nonce: order.nonce.map(str::to_owned),
            acr: Some(claims.acr),
            at_hash: Some(half_hash(&access_token)),
            name: person.map(|person| person.name.en.clone()),
            name_ar: person.map(|person| person.name.ar.clone()),
        },
        sid: grant.sid.clone(),
    })?;
    let tamper = tamper::take_for_tokens(tx)?;
    let mut answer = serde_json::to_value(TokenResponse {
        token_type: if order.jkt.is_some() { "DPoP" } else { "Bearer" }.to_owned(),
        expires_in: Some(settings.access_token_seconds.into()),
        refresh_token: order.refresh_token,
        id_token: Some(match tamper {
            Some(tamper) => tamper.sign_id_token(id_token, &key)?,
            None => jose::sign(ID_TOKEN_TYPE, &id_token, &*key, false)?,
        }),
        access_token,
        scope: Some(order.scope.to_owned()),
    })?;
    if let Some(tamper) = tamper {
        tamper.spoil_token_answer(&mut answer);
    }
    Ok(answer)
}

/// `at_hash`: the left half of the token's hash (OpenID Connect Core, 3.1.3.6).
fn half_hash(token: &str) -> String {
    let hash = digest::digest(&digest::SHA256, token.as_bytes());
    let (left, _) = hash.as_ref().split_at(hash.as_ref().len() / 2);
    base64url(left)
}

/// What of a granted scope says something to those who are shown the access token (RFC 9068, 2.2.3): a refresh token is not their affair.
fn at_resources(granted: &str) -> String {
    let kept: Vec<_> = granted.split(' ').filter(|scope| *scope != "offline_access").collect();
    kept.join(" ")
}

/// Whether a scope is among those granted.
pub(super) fn has_scope(granted: &str, scope: &str) -> bool {
    granted.split(' ').any(|one| one == scope)
}

/// Keeps the tables from growing for ever. What expired is kept for a day longer, so that a second use is known as one.
fn forget_expired(tx: &Transaction<'_>, now_ms: i64) -> rusqlite::Result<()> {
    let before_ms = now_ms.saturating_sub(limits::REMEMBERED_MS);
    for table in ["pushed", "interaction", "session", "code", "access", "refresh"] {
        tx.execute(
            &format!("DELETE FROM identity_{table} WHERE expires_ms < ?1"),
            [before_ms],
        )?;
    }
    tx.execute(
        "DELETE FROM identity_grant WHERE authenticated_ms < ?1
         AND grant_id NOT IN (SELECT grant_id FROM identity_access)
         AND grant_id NOT IN (SELECT grant_id FROM identity_refresh)",
        [before_ms],
    )?;
    Ok(())
}

/// A new refresh token of a grant; its hash is recorded.
pub(super) fn refresh_token(
    ctx: &Context,
    tx: &Transaction<'_>,
    grant_id: &str,
    settings: &IdentitySettings,
) -> Result<String, IdentityError> {
    let token = secret::fresh();
    let expires_ms = refresh_expiry_ms(ctx, settings);
    tx.execute(
        "INSERT INTO identity_refresh (hash, grant_id, expires_ms) VALUES (?1, ?2, ?3)",
        params![secret::hash(&token), grant_id, expires_ms],
    )?;
    Ok(token)
}

/// Until when a refresh token that is issued or used now is valid.
pub(super) fn refresh_expiry_ms(ctx: &Context, settings: &IdentitySettings) -> i64 {
    ctx.clock
        .now_ms()
        .saturating_add(i64::from(settings.refresh_token_seconds).saturating_mul(1000))
}
