//! The provider's signing keys. The newest signs; the older ones stay published so that what they signed can still be verified,
//! until as many have followed as the set holds. The first is the one that the city was made with; its private half is kept with
//! the city's other keys.

use super::{error::IdentityError, limits};
use crate::context::Context;
use rabt_protocol::jose::{Es256Key, Jwk, JwkSet, Signer as _};
use rusqlite::{OptionalExtension as _, Transaction, params};
use std::ops::Deref;

/// The key that signs now.
pub(super) enum SigningKey<'a> {
    First(&'a Es256Key),
    Rolled(Box<Es256Key>),
}

impl Deref for SigningKey<'_> {
    type Target = Es256Key;

    fn deref(&self) -> &Es256Key {
        match self {
            Self::First(key) => key,
            Self::Rolled(key) => key,
        }
    }
}

/// The key that signs now.
pub(super) fn signing<'a>(ctx: &'a Context, tx: &Transaction<'_>) -> Result<SigningKey<'a>, IdentityError> {
    let newest: Option<Option<Vec<u8>>> = tx
        .query_row("SELECT pkcs8 FROM identity_key ORDER BY rank DESC LIMIT 1", [], |row| {
            row.get(0)
        })
        .optional()?;
    match newest.flatten() {
        Some(pkcs8) => Ok(SigningKey::Rolled(Box::new(Es256Key::from_pkcs8(&pkcs8)?))),
        None => Ok(SigningKey::First(&ctx.keys.identity)),
    }
}

/// Makes a new key, which signs from now on.
pub(super) fn roll(ctx: &Context, tx: &Transaction<'_>) -> Result<(), IdentityError> {
    keep_first(ctx, tx)?;
    let pkcs8 = Es256Key::generate_pkcs8()?;
    keep(tx, &Es256Key::from_pkcs8(&pkcs8)?, Some(&pkcs8))?;
    tx.execute(
        "DELETE FROM identity_key WHERE rank NOT IN (SELECT rank FROM identity_key ORDER BY rank DESC LIMIT ?1)",
        [limits::KEYS_MAX],
    )?;
    Ok(())
}

/// Forgets every key but the newest, as after a theft: what they signed is no longer believed.
pub(super) fn forget_old(tx: &Transaction<'_>) -> Result<(), IdentityError> {
    tx.execute(
        "DELETE FROM identity_key WHERE rank < (SELECT max(rank) FROM identity_key)",
        [],
    )?;
    Ok(())
}

/// What is published, newest first.
pub(super) fn published(ctx: &Context, tx: &Transaction<'_>) -> Result<JwkSet, IdentityError> {
    keep_first(ctx, tx)?;
    let mut rows = tx.prepare("SELECT jwk FROM identity_key ORDER BY rank DESC")?;
    let texts = rows.query_map([], |row| row.get::<_, String>(0))?;
    let keys = texts
        .map(|text| Ok(serde_json::from_str(&text?)?))
        .collect::<Result<_, IdentityError>>()?;
    Ok(JwkSet { keys })
}

fn keep_first(ctx: &Context, tx: &Transaction<'_>) -> Result<(), IdentityError> {
    let any: bool = tx.query_row("SELECT EXISTS (SELECT 1 FROM identity_key)", [], |row| row.get(0))?;
    if any {
        Ok(())
    } else {
        keep(tx, &ctx.keys.identity, None)
    }
}

fn keep(tx: &Transaction<'_>, key: &Es256Key, pkcs8: Option<&[u8]>) -> Result<(), IdentityError> {
    let public = Jwk {
        alg: Some("ES256".to_owned()),
        usage: Some("sig".to_owned()),
        ..key.public_key()
    };
    tx.execute(
        "INSERT INTO identity_key (kid, pkcs8, jwk) VALUES (?1, ?2, ?3)",
        params![public.kid, pkcs8, serde_json::to_string(&public)?],
    )?;
    Ok(())
}
