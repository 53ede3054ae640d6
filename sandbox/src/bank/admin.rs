//! What control does at the bank. Money is only ever moved by ledger transactions, so that the books balance afterwards too.

use super::{
    api::{ConsentEvent, InstrumentEvent},
    cards, consents,
    instruments::{self, Change},
    ledger::{self, Entry, OwnKind, Posting},
    movements::refuse,
    sessions,
};
use crate::{
    context::Ctx,
    server::reply::{Refusal, Reply},
};
use http::Method;
use jiff::ToSpan as _;
use rabt_protocol::{
    instrument::{InstrumentKind, InstrumentStatus},
    mandate::MandateConsentStatus,
    problem::code,
};
use rusqlite::{OptionalExtension as _, Transaction, params};

/// The most that an account is given: AED 10 million, far below where sums could overflow.
const BALANCE_FILS_MAX: i64 = 1_000_000_000;

/// Sets what a person can spend from their bank account, or with their card, in fils: an account's balance is brought there by a
/// transaction with the world outside, a card's limit is set so far above what it owes.
///
/// # Errors
/// 404 where the person has none; 400 where the sum is below zero or above AED 10 million.
pub(crate) fn set_available(ctx: &Ctx, subject: &str, kind: InstrumentKind, available_fils: i64) -> Reply<()> {
    if !(0..=BALANCE_FILS_MAX).contains(&available_fils) {
        return Err(Refusal::invalid(
            "available_fils",
            format!("must be 0 to {BALANCE_FILS_MAX}"),
        ));
    }
    let transaction_id = ctx.new_id("set");
    let at_ms = ctx.clock.now_ms();
    ctx.state.transact(|tx| {
        let accounts = accounts_of(tx, subject, kind)?;
        if accounts.is_empty() {
            return Err(Refusal::not_found("the person has no such account"));
        }
        for (index, (account_id, balance_fils)) in accounts.into_iter().enumerate() {
            if kind == InstrumentKind::Card {
                tx.execute(
                    "UPDATE bank_account SET floor_fils = balance_fils - ?2 WHERE account_id = ?1",
                    params![account_id, available_fils],
                )?;
            } else if balance_fils != available_fils {
                let change_fils = available_fils - balance_fils;
                let transaction_id = format!("{transaction_id}.{index}");
                let posting = Posting {
                    transaction_id: &transaction_id,
                    purpose: "control",
                    reference: "set_available",
                    at_ms,
                };
                let person = Entry {
                    account_id: &account_id,
                    amount_fils: change_fils,
                };
                let outside = Entry {
                    account_id: ledger::EXTERNAL,
                    amount_fils: -change_fils,
                };
                ledger::open_own(tx, ledger::EXTERNAL, OwnKind::External)?;
                ledger::post(tx, posting, &[person, outside]).map_err(refuse)?;
            }
        }
        Ok(())
    })
}

/// What a person can spend from their bank account, or with their card, in fils.
///
/// # Errors
/// 404 where the person has none.
pub(crate) fn available(ctx: &Ctx, subject: &str, kind: InstrumentKind) -> Reply<i64> {
    ctx.state.transact(|tx| {
        let (account_id, _) = accounts_of(tx, subject, kind)?
            .into_iter()
            .next()
            .ok_or_else(|| Refusal::not_found("the person has no such account"))?;
        ledger::available_fils(tx, &account_id).map_err(refuse)
    })
}

/// Suspends, revokes, expires or, for `Active`, resumes an instrument that the gateway knows as `instrument_id`, and tells the
/// gateway, as a bank would. One that was revoked stays so; an expired one is given another term by `Active`.
///
/// # Errors
/// 404 for an unknown one; 400 for a status that can't be set. That the gateway isn't told is no error: it asks the bank
/// before it shows or uses an instrument.
pub(crate) async fn set_instrument_status(ctx: &Ctx, instrument_id: &str, status: InstrumentStatus) -> Reply<()> {
    let today = ctx.clock.today();
    let token: String = ctx.state.transact(|tx| -> Reply<String> {
        // Control may read every party's tables; only the gateway knows which token its identifier stands for.
        let token: String = tx
            .query_row(
                "SELECT token FROM gateway_instrument WHERE instrument_id = ?1",
                [instrument_id],
                |row| row.get(0),
            )
            .optional()?
            .ok_or_else(|| Refusal::not_found("no such instrument"))?;
        let known = instruments::known(tx, &token)?;
        match status {
            InstrumentStatus::Active => {
                if known.status_on(today) == InstrumentStatus::Expired {
                    instruments::change(tx, &token, Change::ExpireOn(sessions::consent_ends(today)))?;
                }
                instruments::change(tx, &token, Change::Resume)?;
            }
            InstrumentStatus::Suspended => instruments::change(tx, &token, Change::Suspend)?,
            InstrumentStatus::Revoked => instruments::change(tx, &token, Change::Revoke)?,
            InstrumentStatus::Expired => {
                instruments::change(tx, &token, Change::ExpireOn(today.saturating_sub(1.day())))?;
            }
            InstrumentStatus::Unknown => {
                return Err(Refusal::invalid(
                    "status",
                    "must be active, suspended, revoked or expired",
                ));
            }
        }
        Ok(token)
    })?;
    let url = format!("{}/v1/instrument-events", ctx.addresses.gateway);
    let event = serde_json::to_value(InstrumentEvent { token }).map_err(|error| Refusal::internal(&error))?;
    if let Err(error) = ctx.call_service::<()>(Method::POST, &url, Some(&event), None).await {
        tracing::warn!(%error, "the gateway was not told of an instrument");
    }
    Ok(())
}

/// Suspends, resumes (`Authorized`) or revokes a consent, and tells the gateway, as a bank would. One that is final stays so.
///
/// # Errors
/// 404 for an unknown one; 400 for a status that can't be set, 409 for one that nobody authorized or that is final.
pub(crate) async fn set_consent_status(ctx: &Ctx, consent_id: &str, status: MandateConsentStatus) -> Reply<()> {
    use MandateConsentStatus as S;
    if !matches!(status, S::Authorized | S::Suspended | S::Revoked) {
        return Err(Refusal::invalid("status", "must be authorized, suspended or revoked"));
    }
    let now_ms = ctx.clock.now_ms();
    ctx.state.transact(|tx| -> Reply<()> {
        match consents::known(tx, consent_id)?.status_at(tx, now_ms)? {
            S::Authorized | S::Suspended => {
                consents::set_status(tx, consent_id, status)?;
                Ok(())
            }
            other => Err(Refusal::new(
                409,
                code::INSTRUMENT_UNUSABLE,
                format!("the consent is {other:?}"),
            )),
        }
    })?;
    let url = format!("{}/v1/consent-events", ctx.addresses.gateway);
    let event = serde_json::to_value(ConsentEvent {
        consent_id: consent_id.to_owned(),
    })
    .map_err(|error| Refusal::internal(&error))?;
    if let Err(error) = ctx.call_service::<()>(Method::POST, &url, Some(&event), None).await {
        tracing::warn!(%error, "the gateway was not told of a consent");
    }
    Ok(())
}

/// What is printed on a person's card, `MM/YY`, for whoever types it.
///
/// # Errors
/// 404 where the person has no card.
pub(crate) fn card_expiry(ctx: &Ctx, subject: &str) -> Reply<String> {
    ctx.state.transact(|tx| {
        let expires_on: Option<String> = tx
            .query_row(
                "SELECT expires_on FROM bank_account WHERE subject = ?1 AND kind = 'card' ORDER BY rowid",
                [subject],
                |row| row.get(0),
            )
            .optional()?;
        expires_on
            .and_then(|last_day| last_day.parse().ok())
            .map(cards::month_and_year)
            .ok_or_else(|| Refusal::not_found("the person has no card"))
    })
}

fn accounts_of(tx: &Transaction<'_>, subject: &str, kind: InstrumentKind) -> Reply<Vec<(String, i64)>> {
    let kind = if kind == InstrumentKind::Card {
        "card"
    } else {
        "current"
    };
    let mut statement = tx
        .prepare("SELECT account_id, balance_fils FROM bank_account WHERE subject = ?1 AND kind = ?2 ORDER BY rowid")?;
    let rows = statement.query_map([subject, kind], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
