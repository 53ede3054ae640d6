//! Mandates in the state: what was signed, kept as it came, and what it says beside it.

use crate::{
    clock::rfc3339,
    server::reply::{Refusal, Reply},
};
use rabt_mandate::signed::{self, SignedStanding, Version};
use rabt_protocol::mandate::{
    Answer, Mandate, MandateConsent, MandateConsentStatus, MandateRecord, MandateState, Standing,
};
use rusqlite::{OptionalExtension as _, Row, Transaction, params};
use serde::{Serialize, de::DeserializeOwned};

/// A consent of a mandate, as the gateway keeps it.
pub(super) struct Consent {
    pub(super) consent_id: String,
    pub(super) version: u32,
    pub(super) instrument_id: String,
    pub(super) request: String,
    pub(super) details: String,
    pub(super) expires_ms: i64,
    pub(super) status: MandateConsentStatus,
    pub(super) code_hash: Option<String>,
}

/// Everybody who has a mandate.
pub(super) fn subjects(tx: &Transaction<'_>) -> rusqlite::Result<Vec<String>> {
    tx.prepare("SELECT DISTINCT subject FROM gateway_mandate ORDER BY subject")?
        .query_map([], |row| row.get(0))?
        .collect()
}

/// The names of a person's mandates, oldest first.
pub(super) fn mandates(tx: &Transaction<'_>, subject: &str) -> rusqlite::Result<Vec<String>> {
    tx.prepare("SELECT mandate_id FROM gateway_mandate WHERE subject = ?1 ORDER BY rowid")?
        .query_map([subject], |row| row.get(0))?
        .collect()
}

/// A mandate's versions, oldest first, checked again.
pub(super) fn versions(tx: &Transaction<'_>, subject: &str, mandate_id: &str) -> Reply<(Vec<String>, Vec<Version>)> {
    let list: Vec<String> = tx
        .prepare("SELECT jws FROM gateway_mandate_version WHERE subject = ?1 AND mandate_id = ?2 ORDER BY version")?
        .query_map([subject, mandate_id], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    // Whose keys they are was seen when they were taken.
    let versions = signed::versions(&list, subject, |_| true).map_err(|error| Refusal::internal(&error))?;
    Ok((list, versions))
}

/// Keeps a version; the mandate with its first.
pub(super) fn insert_version(
    tx: &Transaction<'_>,
    subject: &str,
    version: &Version,
    jws: &str,
    now_ms: i64,
) -> Reply<()> {
    let terms = version.mandate.terms();
    tx.execute(
        "INSERT INTO gateway_mandate (subject, mandate_id, standing) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        params![subject, terms.id.as_str(), json(&Standing::Active)?],
    )?;
    tx.execute(
        "INSERT INTO gateway_mandate_version (subject, mandate_id, version, jws, terms, acknowledged_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            subject,
            terms.id.as_str(),
            terms.version,
            jws,
            json(&rabt_mandate::mandate(terms))?,
            now_ms
        ],
    )?;
    Ok(())
}

/// The newest version of each of a person's mandates, with where it stands; one that is disputed stands still.
pub(super) fn states(tx: &Transaction<'_>, subject: &str) -> Reply<Vec<MandateState>> {
    let mut statement = tx.prepare(
        "SELECT v.terms, m.standing, m.disputed_ms FROM gateway_mandate m JOIN gateway_mandate_version v USING (subject, mandate_id)
         WHERE m.subject = ?1 AND v.version =
             (SELECT MAX(version) FROM gateway_mandate_version n WHERE n.subject = m.subject AND n.mandate_id = m.mandate_id)
         ORDER BY m.mandate_id",
    )?;
    let rows: Vec<(String, String, Option<i64>)> = statement
        .query_map([subject], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<rusqlite::Result<_>>()?;
    rows.into_iter()
        .map(|(terms, standing, disputed_ms)| {
            let standing = match (parsed(&standing)?, disputed_ms) {
                (Standing::Active, Some(since_ms)) => Standing::Paused {
                    since_at: rfc3339(since_ms),
                },
                (standing, _) => standing,
            };
            Ok(MandateState {
                mandate: parsed(&terms)?,
                standing,
            })
        })
        .collect()
}

/// The newest version's terms; `None` where the person has no such mandate.
pub(super) fn newest(tx: &Transaction<'_>, subject: &str, mandate_id: &str) -> Reply<Option<(Mandate, Standing)>> {
    let row: Option<(String, String)> = tx
        .query_row(
            "SELECT v.terms, m.standing FROM gateway_mandate m JOIN gateway_mandate_version v USING (subject, mandate_id)
             WHERE m.subject = ?1 AND m.mandate_id = ?2 ORDER BY v.version DESC LIMIT 1",
            [subject, mandate_id],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    row.map(|(terms, standing)| Ok((parsed(&terms)?, parsed(&standing)?)))
        .transpose()
}

/// What a person did to a mandate's standing, oldest first.
pub(super) fn standings(
    tx: &Transaction<'_>,
    subject: &str,
    mandate: &rabt_domain::MandateId,
) -> Reply<(Vec<String>, Vec<SignedStanding>)> {
    let list: Vec<String> = tx
        .prepare("SELECT jws FROM gateway_mandate_standing WHERE subject = ?1 AND mandate_id = ?2 ORDER BY position")?
        .query_map([subject, mandate.as_str()], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let standings = signed::standings(mandate, &list, subject, |_| true).map_err(|error| Refusal::internal(&error))?;
    Ok((list, standings))
}

/// Keeps a change of standing and what the mandate's standing is by it. A resumption ends a dispute too.
pub(super) fn insert_standing(
    tx: &Transaction<'_>,
    subject: &str,
    mandate_id: &str,
    jws: &str,
    standing: &Standing,
) -> Reply<()> {
    tx.execute(
        "INSERT INTO gateway_mandate_standing (subject, mandate_id, jws) VALUES (?1, ?2, ?3)",
        [subject, mandate_id, jws],
    )?;
    tx.execute(
        "UPDATE gateway_mandate SET standing = ?3, disputed_ms = CASE WHEN ?4 THEN NULL ELSE disputed_ms END
         WHERE subject = ?1 AND mandate_id = ?2",
        params![subject, mandate_id, json(standing)?, *standing == Standing::Active],
    )?;
    Ok(())
}

/// Keeps an answer; a second time does nothing.
pub(super) fn insert_answer(
    tx: &Transaction<'_>,
    subject: &str,
    mandate_id: &str,
    jws: &str,
    answer: &Answer,
) -> Reply<()> {
    tx.execute(
        "INSERT INTO gateway_mandate_answer (subject, mandate_id, jws, answer) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
        params![subject, mandate_id, jws, json(answer)?],
    )?;
    Ok(())
}

/// All that a person answered.
pub(super) fn answers(tx: &Transaction<'_>, subject: &str) -> Reply<Vec<Answer>> {
    let list: Vec<String> = tx
        .prepare("SELECT answer FROM gateway_mandate_answer WHERE subject = ?1 ORDER BY position")?
        .query_map([subject], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    list.iter().map(|text| parsed(text)).collect()
}

/// Keeps a dispute and stops the mandate; a second time does nothing.
pub(super) fn dispute(
    tx: &Transaction<'_>,
    subject: &str,
    mandate_id: &str,
    dispute: &rabt_protocol::mandate::Dispute,
    now_ms: i64,
) -> Reply<()> {
    let new = tx.execute(
        "INSERT INTO gateway_mandate_dispute (subject, dispute_id, mandate_id, body, at_ms) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT DO NOTHING",
        params![subject, dispute.dispute_id, mandate_id, json(dispute)?, now_ms],
    )?;
    if new == 1 {
        tx.execute(
            "UPDATE gateway_mandate SET disputed_ms = COALESCE(disputed_ms, ?3) WHERE subject = ?1 AND mandate_id = ?2",
            params![subject, mandate_id, now_ms],
        )?;
    }
    Ok(())
}

/// Keeps a consent that the bank was asked for.
pub(super) fn insert_consent(
    tx: &Transaction<'_>,
    subject: &str,
    mandate_id: &str,
    consent: &Consent,
) -> rusqlite::Result<()> {
    tx.execute(
        "INSERT INTO gateway_mandate_consent (consent_id, subject, mandate_id, version, instrument_id, request, details,
             expires_ms, status)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'awaiting_authorization')",
        params![
            consent.consent_id,
            subject,
            mandate_id,
            consent.version,
            consent.instrument_id,
            consent.request,
            consent.details,
            consent.expires_ms
        ],
    )?;
    Ok(())
}

/// A mandate's consents, newest first.
pub(super) fn consents(tx: &Transaction<'_>, subject: &str, mandate_id: &str) -> rusqlite::Result<Vec<Consent>> {
    tx.prepare(
        "SELECT consent_id, version, instrument_id, request, details, expires_ms, status, code_hash
         FROM gateway_mandate_consent WHERE subject = ?1 AND mandate_id = ?2 ORDER BY position DESC",
    )?
    .query_map([subject, mandate_id], read_consent)?
    .collect()
}

/// Keeps what the bank says of a consent, and the code that completed it.
pub(super) fn keep_consent(
    tx: &Transaction<'_>,
    consent_id: &str,
    status: MandateConsentStatus,
    code_hash: Option<&str>,
) -> Reply<()> {
    tx.execute(
        "UPDATE gateway_mandate_consent SET status = ?2, code_hash = COALESCE(code_hash, ?3) WHERE consent_id = ?1",
        params![consent_id, word(&status), code_hash],
    )?;
    Ok(())
}

/// A mandate as its person is shown it.
pub(super) fn record(tx: &Transaction<'_>, subject: &str, mandate_id: &str) -> Reply<MandateRecord> {
    let texts = |sql: &str| -> rusqlite::Result<Vec<String>> {
        tx.prepare(sql)?
            .query_map([subject, mandate_id], |row| row.get(0))?
            .collect()
    };
    let acknowledged: Vec<i64> = tx
        .prepare("SELECT acknowledged_ms FROM gateway_mandate_version WHERE subject = ?1 AND mandate_id = ?2 ORDER BY version")?
        .query_map([subject, mandate_id], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let disputed_ms: Option<i64> = tx
        .query_row(
            "SELECT disputed_ms FROM gateway_mandate WHERE subject = ?1 AND mandate_id = ?2",
            [subject, mandate_id],
            |row| row.get(0),
        )
        .optional()?
        .ok_or_else(|| Refusal::not_found("no such mandate"))?;
    let consents = consents(tx, subject, mandate_id)?;
    // The one that lets it pay; of none, the newest that was asked for.
    let consent = consents
        .iter()
        .find(|consent| consent.status == MandateConsentStatus::Authorized)
        .or(consents.first());
    Ok(MandateRecord {
        versions: texts(
            "SELECT jws FROM gateway_mandate_version WHERE subject = ?1 AND mandate_id = ?2 ORDER BY version",
        )?,
        standing: texts(
            "SELECT jws FROM gateway_mandate_standing WHERE subject = ?1 AND mandate_id = ?2 ORDER BY position",
        )?,
        answers: texts(
            "SELECT jws FROM gateway_mandate_answer WHERE subject = ?1 AND mandate_id = ?2 ORDER BY position",
        )?,
        consent: consent.map(|consent| MandateConsent {
            consent_id: consent.consent_id.clone(),
            status: consent.status,
            covers_version: consent.version,
        }),
        acknowledged_at: acknowledged.into_iter().map(rfc3339).collect(),
        disputed_at: disputed_ms.map(rfc3339),
    })
}

fn read_consent(row: &Row<'_>) -> rusqlite::Result<Consent> {
    Ok(Consent {
        consent_id: row.get(0)?,
        version: row.get(1)?,
        instrument_id: row.get(2)?,
        request: row.get(3)?,
        details: row.get(4)?,
        expires_ms: row.get(5)?,
        status: of_word(row.get(6)?).unwrap_or(MandateConsentStatus::Unknown),
        code_hash: row.get(7)?,
    })
}

/// JSON that this room wrote itself.
pub(super) fn parsed<T: DeserializeOwned>(text: &str) -> Reply<T> {
    serde_json::from_str(text).map_err(|error| Refusal::internal(&error))
}

/// As the state keeps it.
pub(super) fn json(value: &impl Serialize) -> Reply<String> {
    serde_json::to_string(value).map_err(|error| Refusal::internal(&error))
}

/// An enumeration as the wire writes it, which is how it is kept too.
pub(super) fn word<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

fn of_word<T: DeserializeOwned>(word: String) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(word)).ok()
}
