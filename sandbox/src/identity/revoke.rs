//! Revocation (RFC 7009): a refresh token takes its whole family with it, an access token goes alone. A token that isn't known is
//! as good as revoked.

use super::{
    error::{IdentityError, OauthRefusal},
    grant,
    issue::{ACCESS_TOKEN_TYPE, AccessClaims},
    keys,
    params::Params,
    token,
};
use crate::context::{Context, Ctx};
use axum::extract::State;
use http::{HeaderMap, StatusCode};
use rabt_protocol::jose;
use rusqlite::{Transaction, params};

/// `POST /revoke`.
pub(super) async fn revoke(
    State(ctx): State<Ctx>,
    headers: HeaderMap,
    params: Params,
) -> Result<StatusCode, OauthRefusal> {
    let params = params.sound()?;
    let client_id = token::client(&headers, &params)?;
    let token = params.required("token")?;
    let was_the_clients = ctx.state.transact(|tx| take_back(&ctx, tx, client_id, token))?;
    if was_the_clients {
        Ok(StatusCode::OK)
    } else {
        Err(OauthRefusal::new(
            "unauthorized_client",
            "The token was given to another client.",
        ))
    }
}

/// Whether the token was the client's to revoke; one that nobody knows is.
fn take_back(ctx: &Context, tx: &Transaction<'_>, client_id: &str, token: &str) -> Result<bool, IdentityError> {
    let now_ms = ctx.clock.now_ms();
    if let Some(grant) = grant::of_refresh_token(tx, token)? {
        if grant.client_id == client_id {
            grant::revoke(tx, &grant.grant_id, now_ms)?;
        }
        return Ok(grant.client_id == client_id);
    }
    let keys = keys::published(ctx, tx)?;
    let Ok(verified) = jose::verify::<AccessClaims>(token, Some(ACCESS_TOKEN_TYPE), &keys) else {
        return Ok(true);
    };
    match grant::access_token(tx, &verified.claims.jti)? {
        Some(record) if record.client_id == client_id => {
            tx.execute(
                "UPDATE identity_access SET refused_ms = ?2 WHERE jti = ?1 AND refused_ms IS NULL",
                params![verified.claims.jti, now_ms],
            )?;
            Ok(true)
        }
        Some(_) => Ok(false),
        None => Ok(true),
    }
}
