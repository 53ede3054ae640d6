//! What control may do to the provider while it runs. It is not reachable from the city.

use super::{
    error::IdentityError,
    grant, keys,
    settings::IdentitySettings,
    tamper::{self, Tamper},
};
use crate::context::Context;
use rusqlite::params;

/// Signs a person out everywhere: browsers and apps; their tokens are refused from now on. Returns how many apps' grants ended.
///
/// # Errors
/// [`IdentityError`] where the state can't be written.
pub(crate) fn revoke_sessions(ctx: &Context, subject: &str) -> Result<usize, IdentityError> {
    ctx.state.transact(|tx| {
        tx.execute("DELETE FROM identity_session WHERE subject = ?1", [subject])?;
        tx.execute(
            "DELETE FROM identity_code WHERE subject = ?1 AND grant_id IS NULL",
            [subject],
        )?;
        Ok(grant::revoke_of_subject(tx, subject, ctx.clock.now_ms())?)
    })
}

/// Refuses a person's access tokens from now on though they have not expired; refresh tokens stay valid, so that an app that
/// answers a 401 by refreshing goes on. Returns how many there were.
///
/// # Errors
/// [`IdentityError`] where the state can't be written.
pub(crate) fn expire_access_tokens(ctx: &Context, subject: &str) -> Result<usize, IdentityError> {
    ctx.state.transact(|tx| {
        Ok(tx.execute(
            "UPDATE identity_access SET refused_ms = ?2 WHERE refused_ms IS NULL
             AND grant_id IN (SELECT grant_id FROM identity_grant WHERE subject = ?1)",
            params![subject, ctx.clock.now_ms()],
        )?)
    })
}

/// A new key signs from now on; the older ones stay published.
///
/// # Errors
/// [`IdentityError`] where no key can be made or kept.
pub(crate) fn roll_keys(ctx: &Context) -> Result<(), IdentityError> {
    ctx.state.transact(|tx| keys::roll(ctx, tx))
}

/// A new key signs from now on and no other is believed, as after a theft.
///
/// # Errors
/// [`IdentityError`] where no key can be made or kept.
pub(crate) fn replace_keys(ctx: &Context) -> Result<(), IdentityError> {
    ctx.state.transact(|tx| {
        keys::roll(ctx, tx)?;
        keys::forget_old(tx)
    })
}

/// How the provider behaves at present.
///
/// # Errors
/// [`IdentityError`] where the state can't be read.
pub(crate) fn settings(ctx: &Context) -> Result<IdentitySettings, IdentityError> {
    ctx.state.transact(|tx| IdentitySettings::read(ctx, tx))
}

/// Makes the provider behave differently from now on.
///
/// # Errors
/// [`IdentityError::Refused`] for a setting that makes no sense.
pub(crate) fn configure(ctx: &Context, settings: &IdentitySettings) -> Result<(), IdentityError> {
    ctx.state.transact(|tx| settings.write(tx))
}

/// Makes the next answer that it concerns wrong; `None` takes the wish back.
///
/// # Errors
/// [`IdentityError`] where the state can't be written.
pub(crate) fn tamper(ctx: &Context, tamper: Option<Tamper>) -> Result<(), IdentityError> {
    ctx.state.transact(|tx| tamper::ask(tx, tamper))
}
