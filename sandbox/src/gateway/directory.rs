//! The signed directory: made of the agencies that run and the keys that sign receipts, published anew when either changes.
//!
//! What was published stays in the state, so that its version never falls, not even over a restart.

use super::events::{self, Told};
use crate::{
    context::Ctx,
    server::{
        faults::FaultKind,
        reply::{Refusal, Reply},
    },
};
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use jiff::SignedDuration;
use rabt_protocol::{
    directory::{DIRECTORY_MEDIA_TYPE, DIRECTORY_TYPE, Directory, Gateway},
    event::{EventData, kind},
    jose::{self, Es256Key, Jwk, JwkSet, Signer as _, sha256_base64url},
};
use rusqlite::{OptionalExtension as _, Transaction, params};

/// How long a directory may be relied on: a phone that was away for a weekend still can.
const VALID_FOR_MS: i64 = SignedDuration::from_hours(7 * 24).as_millis() as i64;
/// After this it is signed again, so that whoever fetches it has most of its life left.
const SIGNED_AGAIN_AFTER_MS: i64 = SignedDuration::from_hours(24).as_millis() as i64;
/// The most receipt keys that are listed, the newest first; a JWK set holds at most 32.
const RECEIPT_KEYS_MAX: u32 = 32;
const PATH: &str = "/v1/directory";

/// What is published now.
pub(super) struct Published {
    version: i64,
    jws: String,
}

/// `GET /v1/directory`.
pub(super) async fn get(State(ctx): State<Ctx>, headers: HeaderMap) -> Reply<Response> {
    let published = if ctx
        .faults
        .take("gateway", PATH, &FaultKind::ReplayedDirectory)
        .is_some()
    {
        replayed(&ctx)?
    } else if ctx.faults.take("gateway", PATH, &FaultKind::StaleDirectory).is_some() {
        stale(&ctx)?
    } else if ctx.faults.take("gateway", PATH, &FaultKind::ForgedDirectory).is_some() {
        forged(&ctx)?
    } else {
        current(&ctx)?
    };
    // A signature is different each time, so that the hash of the whole names this very document.
    let etag = format!("\"{}.{}\"", published.version, sha256_base64url(&published.jws));
    let etag_value = HeaderValue::try_from(&etag).map_err(|error| Refusal::internal(&error))?;
    let unchanged = headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|known| known.trim().trim_start_matches("W/") == etag);
    let headers = [
        (header::ETAG, etag_value),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    if unchanged {
        return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    Ok((headers, [(header::CONTENT_TYPE, DIRECTORY_MEDIA_TYPE)], published.jws).into_response())
}

/// The directory as it is now; publishes it where what it says has changed, or its signature grows old.
pub(super) fn current(ctx: &Ctx) -> Reply<Published> {
    let now_ms = ctx.clock.now_ms();
    ctx.state.transact(|tx| {
        let mut directory = compose(ctx, tx, now_ms)?;
        let digest = digest_of(&directory)?;
        let latest = latest(tx)?;
        let version = match &latest {
            Some(latest) if latest.digest == digest => {
                let age_ms = now_ms.saturating_sub(latest.issued_ms);
                // The clock can be set back: a directory from the future isn't right either.
                if (0..SIGNED_AGAIN_AFTER_MS).contains(&age_ms) {
                    return Ok(Published {
                        version: latest.version,
                        jws: latest.jws.clone(),
                    });
                }
                latest.version
            }
            Some(latest) => latest.version + 1,
            None => 1,
        };
        directory.version = as_wire(version);
        let jws = sign(ctx, &directory)?;
        tx.execute(
            "INSERT INTO gateway_directory (version, digest, issued_ms, expires_ms, jws) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (version) DO UPDATE
             SET issued_ms = excluded.issued_ms, expires_ms = excluded.expires_ms, jws = excluded.jws",
            params![version, digest, now_ms, now_ms.saturating_add(VALID_FOR_MS), jws],
        )?;
        if latest.is_none_or(|latest| latest.version != version) {
            let data = EventData {
                directory_version: u64::try_from(version).ok(),
                ..EventData::default()
            };
            events::append(tx, Told::All, events::GATEWAY, kind::DIRECTORY_CHANGED, now_ms, &data)?;
        }
        Ok(Published { version, jws })
    })
}

/// The fault: what is published, by its right key, but long expired.
fn stale(ctx: &Ctx) -> Reply<Published> {
    let version = current(ctx)?.version;
    let then_ms = ctx.clock.now_ms().saturating_sub(2 * VALID_FOR_MS);
    let mut directory = ctx.state.transact(|tx| compose(ctx, tx, then_ms))?;
    directory.version = as_wire(version);
    Ok(Published {
        version,
        jws: sign(ctx, &directory)?,
    })
}

/// The fault: a newer one than is published, by a stranger's key.
fn forged(ctx: &Ctx) -> Reply<Published> {
    let version = current(ctx)?.version.saturating_add(1);
    let now_ms = ctx.clock.now_ms();
    let mut directory = ctx.state.transact(|tx| compose(ctx, tx, now_ms))?;
    directory.version = as_wire(version);
    let jws = Es256Key::generate_pkcs8()
        .and_then(|pkcs8| Es256Key::from_pkcs8(&pkcs8))
        .and_then(|stranger| jose::sign(DIRECTORY_TYPE, &directory, &stranger, false))
        .map_err(|error| Refusal::internal(&error))?;
    Ok(Published { version, jws })
}

/// The fault: a lower version than the one that is published. Where there is no earlier one it is made up, by the right key.
fn replayed(ctx: &Ctx) -> Reply<Published> {
    let version = current(ctx)?.version;
    let earlier: Option<(i64, String)> = ctx.state.transact(|tx| {
        tx.query_row(
            "SELECT version, jws FROM gateway_directory WHERE version < ?1 ORDER BY version DESC LIMIT 1",
            [version],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()
    })?;
    if let Some((version, jws)) = earlier {
        return Ok(Published { version, jws });
    }
    let now_ms = ctx.clock.now_ms();
    let mut directory = ctx.state.transact(|tx| compose(ctx, tx, now_ms))?;
    directory.version = as_wire(version.saturating_sub(1));
    Ok(Published {
        version: version.saturating_sub(1),
        jws: sign(ctx, &directory)?,
    })
}

/// What the directory says at an instant; the version is the caller's to set.
fn compose(ctx: &Ctx, tx: &Transaction<'_>, at_ms: i64) -> Reply<Directory> {
    let mut agencies: Vec<_> = ctx.agencies().into_values().collect();
    agencies
        .sort_by(|a, b| (a.fixture.position, &a.fixture.agency_id).cmp(&(b.fixture.position, &b.fixture.agency_id)));
    Ok(Directory {
        version: 0,
        issued_at: crate::clock::rfc3339(at_ms),
        expires_at: crate::clock::rfc3339(at_ms.saturating_add(VALID_FOR_MS)),
        gateway: Gateway {
            base_url: ctx.addresses.gateway.clone(),
            receipt_keys: receipt_keys(ctx, tx, at_ms)?,
        },
        agencies: agencies
            .iter()
            .map(|agency| agency.fixture.directory_entry(&agency.base_url))
            .collect(),
    })
}

/// The key that signs receipts now, and those that did before.
fn receipt_keys(ctx: &Ctx, tx: &Transaction<'_>, now_ms: i64) -> Reply<JwkSet> {
    let key = ctx.keys.receipts.public_key();
    let jwk = serde_json::to_string(&key).map_err(|error| Refusal::internal(&error))?;
    tx.execute(
        "INSERT INTO gateway_receipt_key (kid, jwk, added_ms) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        params![key.kid, jwk, now_ms],
    )?;
    let mut statement =
        tx.prepare("SELECT jwk FROM gateway_receipt_key ORDER BY kid = ?1 DESC, rowid DESC LIMIT ?2")?;
    let rows = statement.query_map(params![key.kid, RECEIPT_KEYS_MAX], |row| row.get::<_, String>(0))?;
    let mut keys: Vec<Jwk> = Vec::new();
    for row in rows {
        let row: String = row?;
        keys.push(serde_json::from_str(&row).map_err(|error| Refusal::internal(&error))?);
    }
    Ok(JwkSet { keys })
}

/// SQLite counts in `i64`; versions begin at 1.
fn as_wire(version: i64) -> u64 {
    u64::try_from(version).unwrap_or_default()
}

fn digest_of(directory: &Directory) -> Reply<String> {
    let lasting = (&directory.gateway, &directory.agencies);
    Ok(sha256_base64url(
        serde_json::to_vec(&lasting).map_err(|error| Refusal::internal(&error))?,
    ))
}

fn sign(ctx: &Ctx, directory: &Directory) -> Reply<String> {
    jose::sign(DIRECTORY_TYPE, directory, &ctx.keys.directory, false).map_err(|error| Refusal::internal(&error))
}

struct Latest {
    version: i64,
    digest: String,
    issued_ms: i64,
    jws: String,
}

fn latest(tx: &Transaction<'_>) -> Reply<Option<Latest>> {
    let found = tx
        .query_row(
            "SELECT version, digest, issued_ms, jws FROM gateway_directory ORDER BY version DESC LIMIT 1",
            [],
            |row| {
                Ok(Latest {
                    version: row.get(0)?,
                    digest: row.get(1)?,
                    issued_ms: row.get(2)?,
                    jws: row.get(3)?,
                })
            },
        )
        .optional()?;
    Ok(found)
}
