//! What the gateway may have done with money: debit a person, and send a debit's money on to an agency or back.
//!
//! Each is one transaction and answers the same for ever under its key. A debit's money can leave clearing once: what is
//! settled and refunded of it never exceeds it, whatever the gateway asks.

use super::{
    api::{DebitRequest, Movement, Outcome, RefundRequest, SettlementRequest},
    consents, instruments,
    ledger::{self, LedgerError, OwnKind, Posting},
};
use crate::server::reply::{Refusal, Reply};
use rabt_protocol::{instrument::InstrumentStatus, jose::sha256_base64url, problem::code};
use rusqlite::{OptionalExtension as _, Transaction, params};
use serde::Serialize;

/// When a movement is made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    pub(super) now_ms: i64,
    pub(super) today: jiff::civil::Date,
}

/// Takes money from a person into clearing, or declines to.
pub(super) fn debit(tx: &Transaction<'_>, at: Moment, key: &str, request: &DebitRequest) -> Reply<Movement> {
    let digest = digest_of("debit", request)?;
    if let Some(done) = repeated(tx, key, &digest)? {
        return Ok(done);
    }
    require_positive(request.amount_fils)?;
    let instrument = instruments::by_token(tx, &request.token)?
        .filter(|instrument| instrument.subject == request.subject)
        .ok_or_else(|| Refusal::new(404, code::NOT_FOUND, "no such instrument of this person's"))?;
    let row = Row {
        key,
        kind: "debit",
        digest: &digest,
        debit_key: None,
        account_id: &instrument.account_id,
        amount_fils: request.amount_fils,
        reference: &request.reference,
        now_ms: at.now_ms,
    };
    if instrument.status_on(at.today) != InstrumentStatus::Active {
        return row.insert(tx, Some(code::INSTRUMENT_UNUSABLE));
    }
    if let Some(consent_id) = &request.consent_id
        && let Err(code) = consents::for_debit(tx, consent_id, &request.token, request.amount_fils, at.now_ms)?
    {
        return row.insert(tx, Some(code));
    }
    match row.transfer(tx, &instrument.account_id, ledger::CLEARING) {
        Ok(()) => {
            let made = row.insert(tx, None)?;
            if let Some(consent_id) = &request.consent_id {
                consents::count(tx, consent_id, key, at.today)?;
            }
            Ok(made)
        }
        Err(LedgerError::InsufficientFunds) => row.insert(tx, Some(code::INSUFFICIENT_FUNDS)),
        Err(error) => Err(refuse(error)),
    }
}

/// Sends money of a debit back to where it came from.
pub(super) fn refund(tx: &Transaction<'_>, at: Moment, key: &str, request: &RefundRequest) -> Reply<Movement> {
    let digest = digest_of("refund", request)?;
    if let Some(done) = repeated(tx, key, &digest)? {
        return Ok(done);
    }
    let payer = take_from_debit(tx, &request.debit_key, request.amount_fils)?;
    let row = Row {
        key,
        kind: "refund",
        digest: &digest,
        debit_key: Some(&request.debit_key),
        account_id: &payer,
        amount_fils: request.amount_fils,
        reference: &request.reference,
        now_ms: at.now_ms,
    };
    row.transfer(tx, ledger::CLEARING, &payer).map_err(refuse)?;
    row.insert(tx, None)
}

/// Sends money of a debit on to an agency, whose account is opened the first time.
pub(super) fn settle(tx: &Transaction<'_>, at: Moment, key: &str, request: &SettlementRequest) -> Reply<Movement> {
    let digest = digest_of("settlement", request)?;
    if let Some(done) = repeated(tx, key, &digest)? {
        return Ok(done);
    }
    take_from_debit(tx, &request.debit_key, request.amount_fils)?;
    let account_id = ledger::agency_account(&request.agency_id);
    ledger::open_own(tx, &account_id, OwnKind::Agency)?;
    let row = Row {
        key,
        kind: "settlement",
        digest: &digest,
        debit_key: Some(&request.debit_key),
        account_id: &account_id,
        amount_fils: request.amount_fils,
        reference: &request.reference,
        now_ms: at.now_ms,
    };
    row.transfer(tx, ledger::CLEARING, &account_id).map_err(refuse)?;
    row.insert(tx, None)
}

/// What became of a key.
pub(super) fn find(tx: &Transaction<'_>, key: &str) -> rusqlite::Result<Option<Movement>> {
    Ok(find_with_digest(tx, key)?.map(|(movement, _)| movement))
}

fn find_with_digest(tx: &Transaction<'_>, key: &str) -> rusqlite::Result<Option<(Movement, String)>> {
    tx.query_row(
        "SELECT amount_fils, declined, request_digest FROM bank_movement WHERE idempotency_key = ?1",
        [key],
        |row| {
            let outcome = match row.get::<_, Option<String>>(1)? {
                Some(code) => Outcome::Declined { code },
                None => Outcome::Done,
            };
            Ok((
                Movement {
                    key: key.to_owned(),
                    amount_fils: row.get(0)?,
                    outcome,
                },
                row.get(2)?,
            ))
        },
    )
    .optional()
}

fn repeated(tx: &Transaction<'_>, key: &str, digest: &str) -> Reply<Option<Movement>> {
    match find_with_digest(tx, key)? {
        Some((movement, known)) if known == digest => Ok(Some(movement)),
        Some(_) => Err(Refusal::new(
            422,
            code::IDEMPOTENCY_KEY_REUSED,
            "the key was used with another body",
        )),
        None => Ok(None),
    }
}

/// Checks that a debit still holds `amount_fils` in clearing; answers whose money it is.
fn take_from_debit(tx: &Transaction<'_>, debit_key: &str, amount_fils: i64) -> Reply<String> {
    require_positive(amount_fils)?;
    let debit: Option<(i64, String)> = tx
        .query_row(
            "SELECT amount_fils, account_id FROM bank_movement
             WHERE idempotency_key = ?1 AND kind = 'debit' AND declined IS NULL",
            [debit_key],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    let (debited_fils, payer) = debit.ok_or_else(|| Refusal::not_found("no such debit"))?;
    let moved_fils: i64 = tx.query_row(
        "SELECT COALESCE(SUM(amount_fils), 0) FROM bank_movement WHERE debit_key = ?1 AND declined IS NULL",
        [debit_key],
        |row| row.get(0),
    )?;
    if debited_fils.saturating_sub(moved_fils) < amount_fils {
        return Err(Refusal::new(
            422,
            code::INSUFFICIENT_FUNDS,
            "the debit has no such sum left",
        ));
    }
    Ok(payer)
}

fn require_positive(amount_fils: i64) -> Reply<()> {
    if amount_fils > 0 {
        Ok(())
    } else {
        Err(Refusal::invalid("amount_fils", "must be above zero"))
    }
}

fn digest_of(kind: &str, request: &impl Serialize) -> Reply<String> {
    let json = serde_json::to_vec(&(kind, request)).map_err(|error| Refusal::internal(&error))?;
    Ok(sha256_base64url(json))
}

/// A ledger that refuses what the bank decided on is a defect; that an account holds too little is not.
pub(super) fn refuse(error: LedgerError) -> Refusal {
    match error {
        LedgerError::InsufficientFunds => {
            Refusal::new(422, code::INSUFFICIENT_FUNDS, "the account does not hold enough")
        }
        LedgerError::UnknownAccount(account) => Refusal::not_found(format!("there is no account `{account}`")),
        LedgerError::Range => Refusal::invalid("amount_fils", "is out of range"),
        LedgerError::Unbalanced | LedgerError::Database(_) => Refusal::internal(&error),
    }
}

struct Row<'a> {
    key: &'a str,
    kind: &'a str,
    digest: &'a str,
    debit_key: Option<&'a str>,
    account_id: &'a str,
    amount_fils: i64,
    reference: &'a str,
    now_ms: i64,
}

impl Row<'_> {
    fn transfer(&self, tx: &Transaction<'_>, from: &str, to: &str) -> Result<(), LedgerError> {
        let transaction_id = self.transaction_id();
        let posting = Posting {
            transaction_id: &transaction_id,
            purpose: self.kind,
            reference: self.reference,
            at_ms: self.now_ms,
        };
        ledger::transfer(tx, posting, from, to, self.amount_fils)
    }

    fn insert(&self, tx: &Transaction<'_>, declined: Option<&str>) -> Reply<Movement> {
        let transaction_id = declined.is_none().then(|| self.transaction_id());
        tx.execute(
            "INSERT INTO bank_movement (idempotency_key, kind, request_digest, debit_key, account_id, amount_fils, reference,
                 declined, transaction_id, made_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            params![
                self.key,
                self.kind,
                self.digest,
                self.debit_key,
                self.account_id,
                self.amount_fils,
                self.reference,
                declined,
                transaction_id,
                self.now_ms
            ],
        )?;
        let outcome = match declined {
            Some(code) => Outcome::Declined { code: code.to_owned() },
            None => Outcome::Done,
        };
        Ok(Movement {
            key: self.key.to_owned(),
            amount_fils: self.amount_fils,
            outcome,
        })
    }

    fn transaction_id(&self) -> String {
        format!("{}:{}", self.kind, self.key)
    }
}
