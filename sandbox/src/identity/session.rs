//! The browser's own session with the provider: who signed in there, how surely, when. By it a second request needs no PIN, unless
//! it asks for one or for more certainty than was reached. The browser knows it by a cookie that is renewed at each signing in.

use super::{acr, limits, request::AuthorizationRequest, secret};
use crate::context::Context;
use http::{HeaderMap, HeaderValue, header};
use rusqlite::{OptionalExtension as _, Row, Transaction, params};

/// The `__Host-` prefix ties it to this host, to TLS and to the whole of it.
const COOKIE: &str = "__Host-rabt-session";

/// A browser that is signed in.
pub(super) struct Session {
    pub(super) sid: String,
    pub(super) subject: String,
    pub(super) acr: String,
    pub(super) authenticated_ms: i64,
}

impl Session {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            sid: row.get(0)?,
            subject: row.get(1)?,
            acr: row.get(2)?,
            authenticated_ms: row.get(3)?,
        })
    }

    /// Whether a request can be answered without asking the person.
    pub(super) fn satisfies(&self, request: &AuthorizationRequest, now_ms: i64) -> bool {
        let age_ms = now_ms.saturating_sub(self.authenticated_ms);
        let young = request
            .max_age_seconds
            .is_none_or(|seconds| seconds > 0 && age_ms <= i64::from(seconds) * 1000);
        let sure = acr::level(acr::effective(&self.acr, self.authenticated_ms, now_ms)) >= acr::level(&request.acr);
        let expected = request
            .hinted_subject
            .as_ref()
            .is_none_or(|subject| *subject == self.subject);
        !request.asks_anew && young && sure && expected
    }
}

/// The session that a browser shows.
pub(super) fn shown(tx: &Transaction<'_>, headers: &HeaderMap, now_ms: i64) -> rusqlite::Result<Option<Session>> {
    let Some(cookie) = cookie(headers) else { return Ok(None) };
    tx.query_row(
        "SELECT sid, subject, acr, authenticated_ms FROM identity_session WHERE cookie_hash = ?1 AND expires_ms > ?2",
        params![secret::hash(cookie), now_ms],
        Session::from_row,
    )
    .optional()
}

/// A person has just shown who they are. The same person in the same browser goes on with their session under a new cookie;
/// anybody else begins one. Returns it and the header that gives the browser its cookie.
pub(super) fn start(
    ctx: &Context,
    tx: &Transaction<'_>,
    headers: &HeaderMap,
    subject: &str,
    acr: &str,
) -> rusqlite::Result<(Session, HeaderValue)> {
    let now_ms = ctx.clock.now_ms();
    let before = shown(tx, headers, now_ms)?;
    if let Some(before) = &before {
        forget(tx, &before.sid)?;
    }
    let sid = before
        .filter(|before| before.subject == subject)
        .map_or_else(|| ctx.new_id("sid"), |before| before.sid);
    let session = Session {
        sid,
        subject: subject.to_owned(),
        acr: acr.to_owned(),
        authenticated_ms: now_ms,
    };
    let cookie = secret::fresh();
    tx.execute(
        "INSERT INTO identity_session (sid, cookie_hash, subject, acr, authenticated_ms, expires_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            session.sid,
            secret::hash(&cookie),
            session.subject,
            session.acr,
            now_ms,
            now_ms.saturating_add(limits::SESSION_MS)
        ],
    )?;
    Ok((session, set_cookie(&cookie, limits::SESSION_MS / 1000)))
}

/// Ends a session.
pub(super) fn forget(tx: &Transaction<'_>, sid: &str) -> rusqlite::Result<()> {
    tx.execute("DELETE FROM identity_session WHERE sid = ?1", [sid])?;
    Ok(())
}

/// The header that takes the cookie away.
pub(super) fn clear_cookie() -> HeaderValue {
    set_cookie("", 0)
}

/// The cookie's value, which is secret.
pub(super) fn cookie(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(name, value)| (name == COOKIE).then_some(value))
}

fn set_cookie(value: &str, seconds: i64) -> HeaderValue {
    // `Lax`, so that it comes along when an app sends the browser here, and not when another site posts.
    let cookie = format!("{COOKIE}={value}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={seconds}");
    HeaderValue::from_str(&cookie).unwrap_or_else(|_| HeaderValue::from_static(""))
}
