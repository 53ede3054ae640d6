//! Refresh tokens, with rotation or without.
//!
//! With rotation each use replaces the token, and using a replaced one means that two have it, so that the whole family is taken
//! back (RFC 9700, 4.14.2). Taken literally that also punishes a phone whose network died before the answer arrived: it has only
//! the replaced token, and its person must sign in again for nothing. So the token that was replaced last may be repeated
//! [`limits::REPEATS_MAX`] times within [`limits::REPEAT_MS`], if nothing that came of it was used, and only by the key that it is
//! bound to: without that key a thief can't take the chance, so a bearer token has none. A successor that got lost is spent by the
//! repetition; should it turn up, two do have it, and the family ends.

use super::{
    error::{IdentityError, OauthRefusal},
    grant, issue, limits,
    params::Params,
    request::granted_scope,
    secret,
    settings::IdentitySettings,
};
use crate::context::Context;
use rusqlite::{OptionalExtension as _, Transaction, params};
use serde_json::Value;

struct Record {
    expires_ms: i64,
    replaced_ms: Option<i64>,
    successor_hash: Option<String>,
    repeats: u32,
}

/// Tokens for a refresh token. The inner error is an answer too: what it changed is kept.
pub(super) fn redeem(
    ctx: &Context,
    tx: &Transaction<'_>,
    client_id: &str,
    params: &Params,
    jkt: Option<&str>,
) -> Result<Result<Value, OauthRefusal>, IdentityError> {
    let token = match params.required("refresh_token") {
        Ok(token) => token,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let refused = |why: &str| Ok(Err(OauthRefusal::grant(why)));
    let now_ms = ctx.clock.now_ms();
    let hash = secret::hash(token);
    let (Some(grant), Some(record)) = (grant::of_refresh_token(tx, token)?, find(tx, &hash)?) else {
        return refused("The refresh token is not known.");
    };
    if grant.client_id != client_id {
        return refused("The refresh token was given to another client.");
    }
    if grant.revoked {
        return refused("The refresh token was revoked.");
    }
    match (&grant.jkt, jkt) {
        (Some(_), None) => {
            return Ok(Err(OauthRefusal::new(
                "invalid_dpop_proof",
                "The refresh token is bound to a key; prove it.",
            )));
        }
        (Some(bound), Some(shown)) if bound != shown => return refused("The refresh token is bound to another key."),
        _ => {}
    }
    if record.expires_ms <= now_ms {
        return refused("The refresh token has expired.");
    }
    let scope = match params.get("scope") {
        None => grant.scope.clone(),
        Some(asked) => {
            let narrowed = granted_scope(asked);
            if narrowed.is_empty() || !narrowed.split(' ').all(|scope| issue::has_scope(&grant.scope, scope)) {
                return Ok(Err(OauthRefusal::new(
                    "invalid_scope",
                    "The scope exceeds what was granted.",
                )));
            }
            narrowed
        }
    };
    let settings = IdentitySettings::read(ctx, tx)?;
    let refresh_token = match record.replaced_ms {
        Some(replaced_ms) => {
            let in_time = (0..=limits::REPEAT_MS).contains(&now_ms.saturating_sub(replaced_ms));
            let lost = match &record.successor_hash {
                Some(successor) => is_unused(tx, successor)?,
                None => false,
            };
            if grant.jkt.is_none() || record.repeats >= limits::REPEATS_MAX || !in_time || !lost {
                grant::revoke(tx, &grant.grant_id, now_ms)?;
                return refused("The refresh token was used before; everything that came of it is taken back.");
            }
            spend(tx, record.successor_hash.as_deref(), now_ms)?;
            tx.execute(
                "UPDATE identity_refresh SET repeated = repeated + 1 WHERE hash = ?1",
                [&hash],
            )?;
            Some(replace(ctx, tx, &grant.grant_id, &hash, replaced_ms, &settings)?)
        }
        None if settings.refresh_rotation => Some(replace(ctx, tx, &grant.grant_id, &hash, now_ms, &settings)?),
        None => {
            tx.execute(
                "UPDATE identity_refresh SET expires_ms = ?2 WHERE hash = ?1",
                params![hash, issue::refresh_expiry_ms(ctx, &settings)],
            )?;
            None
        }
    };
    issue::tokens(
        ctx,
        tx,
        &grant,
        issue::Order {
            nonce: None,
            jkt,
            refresh_token,
            scope: &scope,
        },
    )
    .map(Ok)
}

fn find(tx: &Transaction<'_>, hash: &str) -> rusqlite::Result<Option<Record>> {
    tx.query_row(
        "SELECT expires_ms, replaced_ms, successor_hash, repeated FROM identity_refresh WHERE hash = ?1",
        [hash],
        |row| {
            Ok(Record {
                expires_ms: row.get(0)?,
                replaced_ms: row.get(1)?,
                successor_hash: row.get(2)?,
                repeats: row.get(3)?,
            })
        },
    )
    .optional()
}

/// Records that a token's successor is a new one, and returns that.
fn replace(
    ctx: &Context,
    tx: &Transaction<'_>,
    grant_id: &str,
    hash: &str,
    replaced_ms: i64,
    settings: &IdentitySettings,
) -> Result<String, IdentityError> {
    let successor = issue::refresh_token(ctx, tx, grant_id, settings)?;
    tx.execute(
        "UPDATE identity_refresh SET replaced_ms = ?2, successor_hash = ?3 WHERE hash = ?1",
        params![hash, replaced_ms, secret::hash(&successor)],
    )?;
    Ok(successor)
}

fn is_unused(tx: &Transaction<'_>, hash: &str) -> rusqlite::Result<bool> {
    tx.query_row(
        "SELECT EXISTS (SELECT 1 FROM identity_refresh WHERE hash = ?1 AND replaced_ms IS NULL)",
        [hash],
        |row| row.get(0),
    )
}

/// Makes a token that nobody should have one whose use ends the family.
fn spend(tx: &Transaction<'_>, hash: Option<&str>, now_ms: i64) -> rusqlite::Result<()> {
    tx.execute(
        "UPDATE identity_refresh SET replaced_ms = ?2, repeated = ?3 WHERE hash = ?1",
        params![hash, now_ms, limits::REPEATS_MAX],
    )?;
    Ok(())
}
