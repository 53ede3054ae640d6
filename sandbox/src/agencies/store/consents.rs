//! Consents: what the person let the agency do, and until when.

use super::Stored;
use rabt_protocol::agency::Consent;
use rusqlite::{OptionalExtension, Transaction, params};

/// A consent and whether it was withdrawn.
pub(in crate::agencies) struct Kept {
    /// As it was given.
    pub(in crate::agencies) consent: Consent,
    /// Whether the person took it back.
    pub(in crate::agencies) withdrawn: bool,
}

/// A consent by identifier, also one that was withdrawn.
pub(in crate::agencies) fn get(
    tx: &Transaction<'_>,
    agency_id: &str,
    subject: &str,
    consent_id: &str,
) -> Stored<Option<Kept>> {
    let found: Option<(String, bool)> = tx
        .query_row(
            "SELECT body, withdrawn_at IS NOT NULL FROM agency_consent
             WHERE agency_id = ?1 AND subject = ?2 AND consent_id = ?3",
            params![agency_id, subject, consent_id],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    found
        .map(|(body, withdrawn)| {
            Ok(Kept {
                consent: serde_json::from_str(&body)?,
                withdrawn,
            })
        })
        .transpose()
}

/// Writes a consent, or what became of it.
pub(in crate::agencies) fn put(
    tx: &Transaction<'_>,
    agency_id: &str,
    subject: &str,
    consent: &Consent,
    expires_at_ms: i64,
) -> Stored<()> {
    tx.execute(
        "INSERT INTO agency_consent (agency_id, subject, consent_id, body, expires_at_ms) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT DO UPDATE SET body = excluded.body, expires_at_ms = excluded.expires_at_ms",
        params![
            agency_id,
            subject,
            consent.consent_id,
            serde_json::to_string(consent)?,
            expires_at_ms
        ],
    )?;
    Ok(())
}

/// Takes a consent back, for good.
pub(in crate::agencies) fn withdraw(
    tx: &Transaction<'_>,
    agency_id: &str,
    subject: &str,
    consent_id: &str,
    now: &str,
) -> Stored<()> {
    tx.execute(
        "UPDATE agency_consent SET withdrawn_at = coalesce(withdrawn_at, ?4)
         WHERE agency_id = ?1 AND subject = ?2 AND consent_id = ?3",
        params![agency_id, subject, consent_id, now],
    )?;
    Ok(())
}

/// The consents that hold at an instant.
pub(in crate::agencies) fn live(
    tx: &Transaction<'_>,
    agency_id: &str,
    subject: &str,
    now_ms: i64,
) -> Stored<Vec<Consent>> {
    let mut statement = tx.prepare(
        "SELECT body FROM agency_consent
         WHERE agency_id = ?1 AND subject = ?2 AND withdrawn_at IS NULL AND expires_at_ms > ?3",
    )?;
    let bodies = statement
        .query_map(params![agency_id, subject, now_ms], |row| row.get::<_, String>(0))?
        .collect::<Result<Vec<_>, _>>()?;
    bodies.iter().map(|body| Ok(serde_json::from_str(body)?)).collect()
}
