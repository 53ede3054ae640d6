//! The keys of a person's devices. A gateway that executes what a person signed can't be the one that says whose signatures count, so the
//! provider does: it saw the person and the key at once. A key is kept for good, since what it signed may be checked later.

use super::{error::IdentityError, guard::Caller};
use crate::{clock::rfc3339, context::Ctx, server::reply::Refusal};
use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::header;
use rabt_protocol::oidc::{Device, Devices};
use rusqlite::{Transaction, params};

/// As the wire promises; who has had more devices than this is shown the latest.
const DEVICES_MAX: u32 = 100;

/// A session of the person's is bound to a key.
pub(super) fn remember(tx: &Transaction<'_>, subject: &str, jkt: &str, now_ms: i64) -> rusqlite::Result<()> {
    tx.execute(
        "INSERT INTO identity_device (subject, jkt, since_ms, seen_ms) VALUES (?1, ?2, ?3, ?3)
         ON CONFLICT DO UPDATE SET seen_ms = MAX(seen_ms, excluded.seen_ms)",
        params![subject, jkt, now_ms],
    )?;
    Ok(())
}

/// `GET /devices`.
pub(super) async fn of_caller(State(ctx): State<Ctx>, caller: Caller) -> Response {
    let devices = ctx
        .state
        .transact(|tx| Ok::<_, IdentityError>(all(tx, &caller.subject)?));
    match devices {
        Ok(devices) => {
            let answer = Devices {
                sub: caller.subject,
                devices,
            };
            ([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response()
        }
        Err(error) => Refusal::internal(&error).into_response(),
    }
}

fn all(tx: &Transaction<'_>, subject: &str) -> rusqlite::Result<Vec<Device>> {
    let mut statement = tx.prepare(
        "SELECT * FROM (
             SELECT jkt, since_ms,
                 CASE WHEN EXISTS (SELECT 1 FROM identity_grant g
                                   WHERE g.subject = d.subject AND g.jkt = d.jkt AND g.revoked_ms IS NULL)
                      THEN NULL
                      -- A grant that was revoked long ago is forgotten; then the last signing in stands for its end.
                      ELSE COALESCE((SELECT MAX(g.revoked_ms) FROM identity_grant g
                                     WHERE g.subject = d.subject AND g.jkt = d.jkt), seen_ms) END
             FROM identity_device d WHERE subject = ?1 ORDER BY since_ms DESC, jkt LIMIT ?2
         ) ORDER BY since_ms, jkt",
    )?;
    statement
        .query_map(params![subject, DEVICES_MAX], |row| {
            Ok(Device {
                jkt: row.get(0)?,
                since_at: rfc3339(row.get(1)?),
                until_at: row.get::<_, Option<i64>>(2)?.map(rfc3339),
            })
        })?
        .collect()
}
