//! Consents: nothing is said about a person without one.

use super::{
    AgencyError, AgencyFixture, check,
    limits::{CLOCK_SKEW_MS, CONSENT_DAYS_MAX, CONSENTS_MAX},
    store::consents,
};
use jiff::Timestamp;
use rabt_protocol::agency::{Consent, ConsentRequest};
use rusqlite::Transaction;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Refuses unless the person has a consent for the purpose that holds now.
pub(super) fn require(
    tx: &Transaction<'_>,
    agency_id: &str,
    subject: &str,
    purpose: &'static str,
    now_ms: i64,
) -> Result<(), AgencyError> {
    let consents = consents::live(tx, agency_id, subject, now_ms)?;
    if consents
        .iter()
        .any(|consent| consent.purposes.iter().any(|given| given == purpose))
    {
        Ok(())
    } else {
        Err(AgencyError::ConsentRequired { purpose })
    }
}

/// Keeps a consent. The same identifier again is the same consent, with what it says now.
pub(super) fn put(
    tx: &Transaction<'_>,
    fixture: &AgencyFixture,
    subject: &str,
    consent_id: &str,
    request: ConsentRequest,
    now_ms: i64,
) -> Result<Consent, AgencyError> {
    if !check::is_identifier(consent_id) {
        return Err(AgencyError::invalid(
            "consent_id",
            "must be 1 to 64 letters, digits, hyphens, underscores and dots",
        ));
    }
    ensure_purposes(fixture, &request.purposes)?;
    let granted_at_ms = instant("granted_at", &request.granted_at)?;
    let expires_at_ms = instant("expires_at", &request.expires_at)?;
    if granted_at_ms > now_ms.saturating_add(CLOCK_SKEW_MS) {
        return Err(AgencyError::invalid(
            "granted_at",
            "is in the future; set the device's clock",
        ));
    }
    if expires_at_ms <= now_ms || expires_at_ms <= granted_at_ms {
        return Err(AgencyError::invalid("expires_at", "is past"));
    }
    if expires_at_ms.saturating_sub(granted_at_ms) > CONSENT_DAYS_MAX * DAY_MS {
        return Err(AgencyError::invalid(
            "expires_at",
            format!("must be at most {CONSENT_DAYS_MAX} days after granted_at"),
        ));
    }
    let before = consents::get(tx, &fixture.agency_id, subject, consent_id)?;
    match &before {
        Some(before) if before.withdrawn => return Err(AgencyError::ConsentWithdrawn),
        Some(_) => {}
        None => {
            if consents::live(tx, &fixture.agency_id, subject, now_ms)?.len() >= CONSENTS_MAX {
                let reason = format!("there are {CONSENTS_MAX} consents; withdraw one");
                return Err(AgencyError::invalid("consent_id", reason));
            }
        }
    }
    let consent = Consent {
        consent_id: consent_id.to_owned(),
        purposes: request.purposes,
        granted_at: request.granted_at,
        expires_at: request.expires_at,
    };
    consents::put(tx, &fixture.agency_id, subject, &consent, expires_at_ms)?;
    Ok(consent)
}

/// A consent that was not withdrawn, also one that has expired.
pub(super) fn get(
    tx: &Transaction<'_>,
    agency_id: &str,
    subject: &str,
    consent_id: &str,
) -> Result<Consent, AgencyError> {
    consents::get(tx, agency_id, subject, consent_id)?
        .filter(|kept| !kept.withdrawn)
        .map(|kept| kept.consent)
        .ok_or_else(|| AgencyError::not_found("such consent"))
}

/// Takes a consent back. A second time does nothing.
pub(super) fn withdraw(
    tx: &Transaction<'_>,
    agency_id: &str,
    subject: &str,
    consent_id: &str,
    now: &str,
) -> Result<(), AgencyError> {
    if consents::get(tx, agency_id, subject, consent_id)?.is_none() {
        return Err(AgencyError::not_found("such consent"));
    }
    consents::withdraw(tx, agency_id, subject, consent_id, now)
}

fn ensure_purposes(fixture: &AgencyFixture, purposes: &[String]) -> Result<(), AgencyError> {
    let known = |purpose: &String| fixture.consent_purposes.contains(purpose);
    if purposes.is_empty() || !purposes.iter().all(known) {
        let known = fixture.consent_purposes.join(", ");
        return Err(AgencyError::invalid("purposes", format!("must be some of: {known}")));
    }
    check::unique("purposes", purposes.iter().map(String::as_str))?;
    Ok(())
}

fn instant(field: &str, text: &str) -> Result<i64, AgencyError> {
    text.parse::<Timestamp>()
        .map(Timestamp::as_millisecond)
        .map_err(|_| AgencyError::invalid(field, "must be an instant as of RFC 3339"))
}
