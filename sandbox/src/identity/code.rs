//! Authorization codes: minted when a person has signed in, redeemed once by the client that asked, with the secret whose hash it
//! sent (PKCE). A second use means that somebody else has the code, so it takes back what the first gave (RFC 6749, 4.1.2).

use super::{
    error::{IdentityError, OauthRefusal},
    grant::{self, Grant},
    issue, limits,
    params::Params,
    request::AuthorizationRequest,
    secret,
    session::Session,
    settings::IdentitySettings,
};
use crate::context::Context;
use rabt_protocol::jose::sha256_base64url;
use rusqlite::{OptionalExtension as _, Transaction, params};
use serde_json::Value;

/// The shortest and longest verifier of RFC 7636, 4.1.
const VERIFIER_CHARS: std::ops::RangeInclusive<usize> = 43..=128;

/// A new code for a request that a session satisfies.
pub(super) fn mint(
    ctx: &Context,
    tx: &Transaction<'_>,
    request: &AuthorizationRequest,
    session: &Session,
) -> Result<String, IdentityError> {
    let code = secret::fresh();
    tx.execute(
        "INSERT INTO identity_code (hash, request, subject, acr, sid, authenticated_ms, expires_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            secret::hash(&code),
            serde_json::to_string(request)?,
            session.subject,
            // The level as the client asked for it: no token says more than was needed.
            request.acr,
            session.sid,
            session.authenticated_ms,
            ctx.clock.now_ms().saturating_add(limits::CODE_MS)
        ],
    )?;
    Ok(code)
}

struct Record {
    request: AuthorizationRequest,
    subject: String,
    acr: String,
    sid: String,
    authenticated_ms: i64,
    expires_ms: i64,
    /// What its first use gave.
    grant_id: Option<String>,
}

/// Tokens for a code. The inner error is an answer too: what it changed is kept.
pub(super) fn redeem(
    ctx: &Context,
    tx: &Transaction<'_>,
    client_id: &str,
    params: &Params,
    jkt: Option<&str>,
) -> Result<Result<Value, OauthRefusal>, IdentityError> {
    let asked = params.required("code").and_then(|code| {
        Ok((
            secret::hash(code),
            params.required("redirect_uri")?,
            params.required("code_verifier")?,
        ))
    });
    let (hash, redirect_uri, verifier) = match asked {
        Ok(asked) => asked,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let refused = |why: &str| Ok(Err(OauthRefusal::grant(why)));
    let now_ms = ctx.clock.now_ms();
    let Some(code) = find(tx, &hash)? else {
        return refused("The code is not known.");
    };
    // Another client's attempt must not cost the one that asked its code.
    if code.request.client_id != client_id {
        return refused("The code was given to another client.");
    }
    if let Some(grant_id) = code.grant_id {
        grant::revoke(tx, &grant_id, now_ms)?;
        return refused("The code was used before; what it gave is taken back.");
    }
    if code.expires_ms <= now_ms {
        return refused("The code has expired.");
    }
    if code.request.redirect_uri != redirect_uri {
        return refused("`redirect_uri` is not the request's.");
    }
    if !VERIFIER_CHARS.contains(&verifier.len()) || sha256_base64url(verifier) != code.request.code_challenge {
        return refused("`code_verifier` does not match the challenge.");
    }
    if code.request.dpop_jkt.is_some() && code.request.dpop_jkt.as_deref() != jkt {
        return refused("The code is bound to another key.");
    }
    let grant = Grant {
        grant_id: ctx.new_id("grant"),
        client_id: client_id.to_owned(),
        subject: code.subject,
        scope: code.request.scope,
        acr: code.acr,
        sid: code.sid,
        jkt: jkt.map(str::to_owned),
        authenticated_ms: code.authenticated_ms,
        revoked: false,
    };
    grant.insert(tx)?;
    tx.execute(
        "UPDATE identity_code SET grant_id = ?2 WHERE hash = ?1",
        params![hash, grant.grant_id],
    )?;
    let settings = IdentitySettings::read(ctx, tx)?;
    let refresh_token = issue::refresh_token(ctx, tx, &grant.grant_id, &settings)?;
    let order = issue::Order {
        nonce: code.request.nonce.as_deref(),
        jkt,
        refresh_token: Some(refresh_token),
        scope: &grant.scope,
    };
    issue::tokens(ctx, tx, &grant, order).map(Ok)
}

fn find(tx: &Transaction<'_>, hash: &str) -> Result<Option<Record>, IdentityError> {
    let row = tx
        .query_row(
            "SELECT request, subject, acr, sid, authenticated_ms, expires_ms, grant_id FROM identity_code WHERE hash = ?1",
            [hash],
            |row| {
                let record = (row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?);
                Ok((row.get::<_, String>(0)?, record))
            },
        )
        .optional()?;
    let Some((request, (subject, acr, sid, authenticated_ms, expires_ms, grant_id))) = row else {
        return Ok(None);
    };
    let request = serde_json::from_str(&request)?;
    Ok(Some(Record {
        request,
        subject,
        acr,
        sid,
        authenticated_ms,
        expires_ms,
        grant_id,
    }))
}
