//! Multi-payment consents of UAE Open Finance: a person lets the gateway pay from an account, within bounds that the bank holds
//! whatever the gateway does.
//!
//! A consent awaits its person, who decides on a page; with the code that the page gives, the gateway makes it count. What was paid
//! under it is counted by the standard's periods: a day from midnight, seven days and a year from the start, a calendar month.

use super::{
    api::{ConsentState, OpenConsent},
    instruments,
};
use crate::{
    clock::dubai_date,
    server::reply::{Refusal, Reply},
};
use jiff::{
    ToSpan as _,
    civil::{Date, date},
};
use rabt_protocol::{
    instrument::InstrumentKind,
    jose::sha256_base64url,
    mandate::{
        MandateConsentStatus as Status,
        open_finance::{self, Amount, AuthorizationDetails, PeriodType},
    },
    problem::code,
};
use rusqlite::{OptionalExtension as _, Row, Transaction, params};

/// A consent, as the bank keeps it.
pub(super) struct Consent {
    pub(super) consent_id: String,
    pub(super) token: String,
    pub(super) return_uri: String,
    pub(super) state: String,
    pub(super) details: AuthorizationDetails,
    status: Status,
    /// Until when its person may decide.
    expires_ms: i64,
}

impl Consent {
    /// Where it stands: what waited too long or is past its day has expired, and what is used up is consumed.
    pub(super) fn status_at(&self, tx: &Transaction<'_>, now_ms: i64) -> Reply<Status> {
        let past = match self.status {
            Status::AwaitingAuthorization => now_ms >= self.expires_ms,
            Status::Authorized | Status::Suspended => now_ms > self.last_ms()?,
            _ => return Ok(self.status),
        };
        if past {
            return Ok(Status::Expired);
        }
        let multi = self.multi_payment();
        let (fils, count) = used(tx, &self.consent_id, date(1970, 1, 1))?;
        let all_paid = limit(multi.maximum_cumulative_value_of_payments.as_ref()).is_some_and(|most| fils >= most)
            || multi
                .maximum_cumulative_number_of_payments
                .is_some_and(|most| count >= i64::from(most));
        Ok(if all_paid { Status::Consumed } else { self.status })
    }

    /// Whether its person can still decide.
    pub(super) fn is_open(&self, now_ms: i64) -> bool {
        self.status == Status::AwaitingAuthorization && now_ms < self.expires_ms
    }

    fn last_ms(&self) -> Reply<i64> {
        self.details
            .consent
            .expiration_date_time
            .parse::<jiff::Timestamp>()
            .map(jiff::Timestamp::as_millisecond)
            .map_err(|_| Refusal::new(500, code::INTERNAL, "a consent ends at no instant"))
    }

    pub(super) fn multi_payment(&self) -> &open_finance::MultiPayment {
        &self.details.consent.control_parameters.consent_schedule.multi_payment
    }

    /// Whether a payment is within it at this moment.
    pub(super) fn allows(&self, tx: &Transaction<'_>, amount_fils: i64, now_ms: i64) -> Reply<bool> {
        if self.status_at(tx, now_ms)? != Status::Authorized {
            return Ok(false);
        }
        let multi = self.multi_payment();
        let schedule = &multi.periodic_schedule;
        let Ok(start) = schedule.period_start_date.parse::<Date>() else {
            return Ok(false);
        };
        let today = dubai_date(now_ms);
        if today < start {
            return Ok(false);
        }
        let controls = &schedule.controls;
        let fits = |since: Date, most_fils: Option<i64>, most: Option<u32>| -> Reply<bool> {
            let (fils, count) = used(tx, &self.consent_id, since)?;
            Ok(most_fils.is_none_or(|most| fils.saturating_add(amount_fils) <= most)
                && most.is_none_or(|most| count < i64::from(most)))
        };
        Ok(
            limit(controls.maximum_individual_amount.as_ref()).is_none_or(|most| amount_fils <= most)
                && fits(
                    start_of_period(schedule.period_type, start, today),
                    limit(controls.maximum_cumulative_value_of_payments_per_period.as_ref()),
                    controls.maximum_cumulative_number_of_payments_per_period,
                )?
                && fits(
                    start,
                    limit(multi.maximum_cumulative_value_of_payments.as_ref()),
                    multi.maximum_cumulative_number_of_payments,
                )?,
        )
    }
}

/// An amount that can't be read allows nothing.
fn limit(amount: Option<&Amount>) -> Option<i64> {
    amount.map(|amount| amount.fils().unwrap_or_default())
}

fn start_of_period(kind: PeriodType, start: Date, today: Date) -> Date {
    match kind {
        PeriodType::Day => today,
        PeriodType::Week => {
            let days = start.until(today).map_or(0, |span| i64::from(span.get_days()));
            today.saturating_sub((days.rem_euclid(7)).days())
        }
        PeriodType::Month => today.first_of_month(),
        PeriodType::Year => {
            let years = i64::from(today.year() - start.year());
            let this = start.saturating_add(years.years());
            if this <= today {
                this
            } else {
                start.saturating_add((years - 1).years())
            }
        }
    }
}

/// What was paid under a consent since a day, less what went back.
fn used(tx: &Transaction<'_>, consent_id: &str, since: Date) -> Reply<(i64, i64)> {
    Ok(tx.query_row(
        "SELECT COALESCE(SUM(paid), 0), COUNT(*) FROM (
             SELECT d.amount_fils - (SELECT COALESCE(SUM(r.amount_fils), 0) FROM bank_movement r
                 WHERE r.debit_key = d.idempotency_key AND r.kind = 'refund' AND r.declined IS NULL) AS paid
             FROM bank_consent_use u JOIN bank_movement d USING (idempotency_key)
             WHERE u.consent_id = ?1 AND u.made_on >= ?2)
         WHERE paid > 0",
        params![consent_id, since.to_string()],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?)
}

/// A debit was made under a consent.
pub(super) fn count(tx: &Transaction<'_>, consent_id: &str, key: &str, today: Date) -> rusqlite::Result<()> {
    tx.execute(
        "INSERT INTO bank_consent_use (consent_id, idempotency_key, made_on) VALUES (?1, ?2, ?3)",
        params![consent_id, key, today.to_string()],
    )?;
    Ok(())
}

/// Keeps what the gateway asks a person for; the same consent again is the same.
pub(super) fn open(tx: &Transaction<'_>, secret: &str, request: &OpenConsent) -> Reply<()> {
    let instrument = instruments::known(tx, &request.token)?;
    if instrument.subject != request.subject || instrument.kind != InstrumentKind::BankAccount {
        return Err(Refusal::invalid("token", "is of no bank account of this person's"));
    }
    open_finance::read(&request.details).map_err(|error| Refusal::invalid(error.field, error.rule.to_string()))?;
    let sealed = &request.details.consent.personal_identifiable_information;
    let checked = super::sealed::open(secret, sealed).map(open_finance::Initiation::checked);
    if !matches!(checked, Some(Ok(_))) {
        return Err(Refusal::invalid(
            "PersonalIdentifiableInformation",
            "is not sealed for this bank",
        ));
    }
    tx.execute(
        "INSERT INTO bank_consent (consent_id, subject, token, details, status, expires_ms, return_uri, state)
         VALUES (?1, ?2, ?3, ?4, 'awaiting_authorization', ?5, ?6, ?7) ON CONFLICT DO NOTHING",
        params![
            request.details.consent.consent_id,
            request.subject,
            request.token,
            serde_json::to_string(&request.details).map_err(|error| Refusal::internal(&error))?,
            request.expires_ms,
            request.return_uri,
            request.state
        ],
    )?;
    Ok(())
}

/// By identifier.
pub(super) fn find(tx: &Transaction<'_>, consent_id: &str) -> rusqlite::Result<Option<Consent>> {
    tx.query_row(
        "SELECT consent_id, token, return_uri, state, details, status, expires_ms FROM bank_consent WHERE consent_id = ?1",
        [consent_id],
        read,
    )
    .optional()
}

/// What [`find`] finds, or a refusal.
pub(super) fn known(tx: &Transaction<'_>, consent_id: &str) -> Reply<Consent> {
    find(tx, consent_id)?.ok_or_else(|| Refusal::not_found("no such consent"))
}

/// The person agreed on the page; the consent counts once the gateway has shown the code.
pub(super) fn approve(tx: &Transaction<'_>, consent_id: &str, code: &str) -> rusqlite::Result<()> {
    tx.execute(
        "UPDATE bank_consent SET code_hash = ?2 WHERE consent_id = ?1",
        params![consent_id, sha256_base64url(code)],
    )?;
    Ok(())
}

/// The gateway shows the code; a second time answers the same.
pub(super) fn complete(tx: &Transaction<'_>, consent_id: &str, shown: &str, now_ms: i64) -> Reply<ConsentState> {
    let consent = known(tx, consent_id)?;
    let is_right: bool = tx.query_row(
        "SELECT code_hash IS ?2 FROM bank_consent WHERE consent_id = ?1",
        params![consent_id, sha256_base64url(shown)],
        |row| row.get(0),
    )?;
    if !is_right {
        return Err(Refusal::invalid("code", "is not a code of this consent"));
    }
    if consent.is_open(now_ms) {
        set_status(tx, consent_id, Status::Authorized)?;
    }
    Ok(ConsentState {
        status: known(tx, consent_id)?.status_at(tx, now_ms)?,
    })
}

/// Moves a consent; one that is final stays as it is. Whether it was moved.
pub(super) fn set_status(tx: &Transaction<'_>, consent_id: &str, status: Status) -> rusqlite::Result<bool> {
    let moved = tx.execute(
        "UPDATE bank_consent SET status = ?2 WHERE consent_id = ?1 AND status NOT IN ('revoked', 'rejected')",
        params![consent_id, word(status)],
    )?;
    Ok(moved == 1)
}

/// The consent under which a debit may be made, or the code by which it is declined.
pub(super) fn for_debit(
    tx: &Transaction<'_>,
    consent_id: &str,
    token: &str,
    amount_fils: i64,
    now_ms: i64,
) -> Reply<Result<(), &'static str>> {
    let Some(consent) = find(tx, consent_id)?.filter(|consent| consent.token == token) else {
        return Ok(Err(code::INSTRUMENT_UNUSABLE));
    };
    Ok(if consent.allows(tx, amount_fils, now_ms)? {
        Ok(())
    } else {
        Err(code::INSTRUMENT_UNUSABLE)
    })
}

/// As the wire writes it, which is how it is kept.
fn word(status: Status) -> &'static str {
    match status {
        Status::Authorized => "authorized",
        Status::Suspended => "suspended",
        Status::Revoked => "revoked",
        Status::Rejected => "rejected",
        Status::Expired => "expired",
        Status::Consumed => "consumed",
        Status::AwaitingAuthorization | Status::Unknown => "awaiting_authorization",
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Consent> {
    let details: String = row.get(4)?;
    let status: String = row.get(5)?;
    let unreadable =
        |column, error| rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(error));
    Ok(Consent {
        consent_id: row.get(0)?,
        token: row.get(1)?,
        return_uri: row.get(2)?,
        state: row.get(3)?,
        details: serde_json::from_str(&details).map_err(|error| unreadable(4, error))?,
        status: serde_json::from_value(serde_json::Value::String(status)).map_err(|error| unreadable(5, error))?,
        expires_ms: row.get(6)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_begin_as_the_standard_counts_them() {
        let start = date(2026, 3, 11);
        for (kind, today, begins) in [
            (PeriodType::Day, date(2026, 5, 2), date(2026, 5, 2)),
            (PeriodType::Week, date(2026, 3, 11), date(2026, 3, 11)),
            (PeriodType::Week, date(2026, 3, 17), date(2026, 3, 11)),
            (PeriodType::Week, date(2026, 3, 18), date(2026, 3, 18)),
            (PeriodType::Month, date(2026, 5, 31), date(2026, 5, 1)),
            (PeriodType::Year, date(2027, 3, 10), date(2026, 3, 11)),
            (PeriodType::Year, date(2027, 3, 11), date(2027, 3, 11)),
        ] {
            assert_eq!(start_of_period(kind, start, today), begins, "{kind:?} {today}");
        }
    }
}
