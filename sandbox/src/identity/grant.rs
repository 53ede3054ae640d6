//! Grants: what a client was given by one signing in, and all tokens that came of it. Revoking one takes back every token of the
//! family, the access tokens that are still unexpired included.

use super::{devices, error::IdentityError, secret};
use rusqlite::{OptionalExtension as _, Row, Transaction, params};

/// A family of tokens.
pub(super) struct Grant {
    pub(super) grant_id: String,
    pub(super) client_id: String,
    pub(super) subject: String,
    pub(super) scope: String,
    /// The level that was reached at first.
    pub(super) acr: String,
    /// The browser session that it came of.
    pub(super) sid: String,
    /// The key that its refresh tokens are bound to.
    pub(super) jkt: Option<String>,
    pub(super) authenticated_ms: i64,
    pub(super) revoked: bool,
}

const COLUMNS: &str = "grant_id, client_id, subject, scope, acr, sid, jkt, authenticated_ms, revoked_ms IS NOT NULL";

impl Grant {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            grant_id: row.get(0)?,
            client_id: row.get(1)?,
            subject: row.get(2)?,
            scope: row.get(3)?,
            acr: row.get(4)?,
            sid: row.get(5)?,
            jkt: row.get(6)?,
            authenticated_ms: row.get(7)?,
            revoked: row.get(8)?,
        })
    }

    /// Records it.
    pub(super) fn insert(&self, tx: &Transaction<'_>) -> rusqlite::Result<()> {
        tx.execute(
            "INSERT INTO identity_grant (grant_id, client_id, subject, scope, acr, sid, jkt, authenticated_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![
                self.grant_id,
                self.client_id,
                self.subject,
                self.scope,
                self.acr,
                self.sid,
                self.jkt,
                self.authenticated_ms
            ],
        )?;
        if let Some(jkt) = &self.jkt {
            devices::remember(tx, &self.subject, jkt, self.authenticated_ms)?;
        }
        Ok(())
    }
}

/// The grant of a refresh token, however old.
pub(super) fn of_refresh_token(tx: &Transaction<'_>, token: &str) -> rusqlite::Result<Option<Grant>> {
    let sql = format!("SELECT {COLUMNS} FROM identity_refresh JOIN identity_grant USING (grant_id) WHERE hash = ?1");
    tx.query_row(&sql, [secret::hash(token)], Grant::from_row).optional()
}

/// Takes back a whole family.
pub(super) fn revoke(tx: &Transaction<'_>, grant_id: &str, now_ms: i64) -> rusqlite::Result<()> {
    tx.execute(
        "UPDATE identity_grant SET revoked_ms = ?2 WHERE grant_id = ?1 AND revoked_ms IS NULL",
        params![grant_id, now_ms],
    )?;
    Ok(())
}

/// Takes back all that came of a browser session.
pub(super) fn revoke_of_session(tx: &Transaction<'_>, sid: &str, now_ms: i64) -> rusqlite::Result<usize> {
    tx.execute(
        "UPDATE identity_grant SET revoked_ms = ?2 WHERE sid = ?1 AND revoked_ms IS NULL",
        params![sid, now_ms],
    )
}

/// Takes back all that a person gave.
pub(super) fn revoke_of_subject(tx: &Transaction<'_>, subject: &str, now_ms: i64) -> rusqlite::Result<usize> {
    tx.execute(
        "UPDATE identity_grant SET revoked_ms = ?2 WHERE subject = ?1 AND revoked_ms IS NULL",
        params![subject, now_ms],
    )
}

/// What is known of an access token by its `jti`.
pub(super) struct AccessRecord {
    pub(super) client_id: String,
    /// Neither it nor its family was taken back.
    pub(super) stands: bool,
}

/// Looks an access token up.
pub(super) fn access_token(tx: &Transaction<'_>, jti: &str) -> Result<Option<AccessRecord>, IdentityError> {
    let record = tx
        .prepare(
            "SELECT client_id, refused_ms IS NULL AND revoked_ms IS NULL
             FROM identity_access JOIN identity_grant USING (grant_id) WHERE jti = ?1",
        )?
        .query_row([jti], |row| {
            Ok(AccessRecord {
                client_id: row.get(0)?,
                stands: row.get(1)?,
            })
        })
        .optional()?;
    Ok(record)
}
