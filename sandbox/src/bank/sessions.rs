//! A person's visit to the bank: opened by the gateway, decided by the person on a page, ended by the exchange of a code.
//!
//! A code is single use in that it makes one instrument: exchanged again by the attempt that it is of, it answers the same one;
//! by any other it is refused. The bank keeps only its hash.

use super::{
    api::{ExchangeCode, LinkedInstrument, OpenSession},
    instruments,
};
use crate::server::reply::{Refusal, Reply};
use jiff::{ToSpan as _, civil::Date};
use rabt_protocol::{instrument::InstrumentKind, jose::sha256_base64url, problem::code};
use rusqlite::{OptionalExtension as _, Transaction, params};

/// An open-finance consent is for less than a year (UAE Open Finance v2.1: `ExpirationDateTime`).
const CONSENT_DAYS: i64 = 364;

/// A visit.
pub(super) struct Session {
    pub(super) session_id: String,
    pub(super) link_id: String,
    pub(super) subject: String,
    pub(super) kind: InstrumentKind,
    pub(super) return_uri: String,
    pub(super) state: String,
    expires_ms: i64,
    account_id: Option<String>,
    exchanged: bool,
}

impl Session {
    /// Whether the person can still decide: in time, and nothing was made of an earlier decision.
    pub(super) fn is_open(&self, now_ms: i64) -> bool {
        now_ms < self.expires_ms && !self.exchanged
    }
}

/// The last day of a consent that is given on a day.
pub(super) fn consent_ends(today: Date) -> Date {
    today.saturating_add(CONSENT_DAYS.days())
}

/// Opens a visit under a new identifier; the same attempt gets the same visit.
pub(super) fn open(tx: &Transaction<'_>, session_id: &str, request: &OpenSession) -> Reply<String> {
    if request.kind == InstrumentKind::Unknown {
        return Err(Refusal::invalid("kind", "must be bank_account or card"));
    }
    tx.execute(
        "INSERT INTO bank_session (session_id, link_id, subject, kind, return_uri, state, expires_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (link_id) DO NOTHING",
        params![
            session_id,
            request.link_id,
            request.subject,
            instruments::kind_text(request.kind),
            request.return_uri,
            request.state,
            request.expires_ms
        ],
    )?;
    let kept = tx.query_row(
        "SELECT session_id FROM bank_session WHERE link_id = ?1",
        [&request.link_id],
        |row| row.get(0),
    )?;
    Ok(kept)
}

/// The visit of a page's address.
pub(super) fn find(tx: &Transaction<'_>, session_id: &str) -> rusqlite::Result<Option<Session>> {
    tx.query_row(
        "SELECT session_id, link_id, subject, kind, return_uri, state, expires_ms, account_id,
             EXISTS (SELECT 1 FROM bank_instrument i WHERE i.link_id = s.link_id)
         FROM bank_session s WHERE session_id = ?1",
        [session_id],
        |row| {
            Ok(Session {
                session_id: row.get(0)?,
                link_id: row.get(1)?,
                subject: row.get(2)?,
                kind: instruments::kind_of(&row.get::<_, String>(3)?),
                return_uri: row.get(4)?,
                state: row.get(5)?,
                expires_ms: row.get(6)?,
                account_id: row.get(7)?,
                exchanged: row.get(8)?,
            })
        },
    )
    .optional()
}

/// The person approves: `code` goes back with them. Deciding again before the code is used replaces the decision, since a
/// browser may lose the redirect.
pub(super) fn approve(tx: &Transaction<'_>, session: &Session, account_id: &str, code: &str) -> rusqlite::Result<()> {
    tx.execute(
        "UPDATE bank_session SET decision = 'approved', account_id = ?2, code_hash = ?3 WHERE session_id = ?1",
        params![session.session_id, account_id, sha256_base64url(code)],
    )?;
    Ok(())
}

/// The person declines.
pub(super) fn deny(tx: &Transaction<'_>, session: &Session) -> rusqlite::Result<()> {
    tx.execute(
        "UPDATE bank_session SET decision = 'denied', account_id = NULL, code_hash = NULL WHERE session_id = ?1",
        [&session.session_id],
    )?;
    Ok(())
}

/// Makes an instrument of a code, under `token`; the same attempt gets the same instrument.
pub(super) fn exchange(
    tx: &Transaction<'_>,
    now_ms: i64,
    today: Date,
    token: &str,
    request: &ExchangeCode,
) -> Reply<LinkedInstrument> {
    let refused = || Refusal::invalid("code", "is not a code of this attempt, or has expired");
    let session_id: Option<String> = tx
        .query_row(
            "SELECT session_id FROM bank_session WHERE code_hash = ?1 AND link_id = ?2",
            params![sha256_base64url(&request.code), request.link_id],
            |row| row.get(0),
        )
        .optional()?;
    let session = match session_id {
        Some(session_id) => find(tx, &session_id)?.ok_or_else(refused)?,
        None => return Err(refused()),
    };
    if let Some(made) = instruments::by_link(tx, &session.link_id)? {
        return Ok(made.linked());
    }
    if !session.is_open(now_ms) {
        return Err(refused());
    }
    let account_id = session.account_id.as_deref().ok_or_else(refused)?;
    let expires_on = match session.kind {
        InstrumentKind::Card => tx.query_row(
            "SELECT COALESCE(expires_on, '') FROM bank_account WHERE account_id = ?1",
            [account_id],
            |row| row.get(0),
        )?,
        _ => consent_ends(today).to_string(),
    };
    instruments::insert(
        tx,
        token,
        &session.link_id,
        session.kind,
        &session.subject,
        account_id,
        &expires_on,
    )?;
    instruments::by_link(tx, &session.link_id)?
        .map(|made| made.linked())
        .ok_or_else(|| Refusal::new(500, code::INTERNAL, "the instrument was not made"))
}
