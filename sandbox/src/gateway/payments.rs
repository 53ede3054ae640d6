//! Payments as a client sees them: made once under a key, found again by it.
//!
//! A request only records the payment and waits a little for the hub; that it is cut, or that nobody waits, changes nothing.

use super::{
    calls,
    hub::{
        Progress,
        record::{self, NewItem, NewPayment, Stored},
    },
    instruments::{self, Held},
    quotes,
};
use crate::{
    context::Ctx,
    identity::guard::Caller,
    server::reply::{IdempotencyKey, Refusal, Reply, WireJson},
};
use axum::extract::{Path, Query, State, rejection::QueryRejection};
use rabt_protocol::{
    Problem,
    hub::{Payment, PaymentRequest, Payments},
    instrument::InstrumentStatus,
    problem::code,
};
use rusqlite::Transaction;
use serde::Deserialize;
use std::time::Duration;
use tokio::time::timeout;

/// How long a request waits for the bank's word; after that the payment is answered as pending.
const DEBIT_WAIT_MS: u64 = 4_000;
/// How long it then waits for the agencies'.
const ITEMS_WAIT_MS: u64 = 1_500;
/// When a client asks again after "in flight".
const RETRY_AFTER_SECONDS: u32 = 1;
/// As the wire promises.
const PAYMENTS_PER_PAGE: u32 = 100;

/// `POST /v1/payments`.
pub(super) async fn create(
    State(ctx): State<Ctx>,
    caller: Caller,
    IdempotencyKey(key): IdempotencyKey,
    WireJson(request): WireJson<PaymentRequest>,
) -> Reply<WireJson<Payment>> {
    let digest = calls::digest_of(&request)?;
    let (known, held) = ctx.state.transact(|tx| -> Reply<_> {
        let known = record::by_key(tx, &caller.subject, &key)?;
        Ok((
            known,
            instruments::of_subject(tx, &caller.subject, &request.instrument_id)?,
        ))
    })?;
    if let Some(known) = known {
        return repeated(&ctx, &known, &digest);
    }
    ctx.state
        .transact(|tx| check_quote(&ctx, tx, &caller, &request).map(drop))?;
    let held = usable(&ctx, held).await?;

    let payment_id = ctx.new_id("pay");
    let mut place = ctx.hub.take_place(&payment_id);
    let recorded = ctx.state.transact(|tx| -> Reply<Option<Stored>> {
        // The same request may have come twice meanwhile; whichever is first here has made the payment.
        if let Some(known) = record::by_key(tx, &caller.subject, &key)? {
            return Ok(Some(known));
        }
        let quote = check_quote(&ctx, tx, &caller, &request)?;
        quotes::spend(tx, &request.quote_id, &payment_id)?;
        let payment = NewPayment {
            payment_id: &payment_id,
            subject: &caller.subject,
            idempotency_key: &key,
            request_digest: &digest,
            quote_id: &request.quote_id,
            instrument_id: &request.instrument_id,
            paid_with: &held.paid_with(),
            total_fils: quote.total_fils,
            now_ms: ctx.clock.now_ms(),
        };
        let items: Vec<NewItem<'_>> = quote
            .lines
            .iter()
            .map(|line| NewItem {
                agency_id: &line.agency_id,
                bill_id: &line.bill_id,
                reference: &line.reference,
                bill_revision: line.revision,
                amount_fils: line.amount_fils,
            })
            .collect();
        record::record(tx, &payment, &items)?;
        Ok(None)
    })?;
    if let Some(known) = recorded {
        return repeated(&ctx, &known, &digest);
    }
    ctx.hub.ring();
    // A wait that runs out is no failure: the payment is pending then.
    if timeout(Duration::from_millis(DEBIT_WAIT_MS), place.until(Progress::Debited))
        .await
        .is_ok()
    {
        let _ = timeout(Duration::from_millis(ITEMS_WAIT_MS), place.until(Progress::Tried)).await;
    }
    let payment = ctx.state.transact(|tx| record::load(tx, &payment_id))?;
    Ok(WireJson(payment.wire()))
}

fn repeated(ctx: &Ctx, known: &Stored, digest: &str) -> Reply<WireJson<Payment>> {
    if known.request_digest != digest {
        return Err(calls::key_reused());
    }
    if ctx.hub.is_awaited(&known.payment_id) {
        let mut problem = Problem::new(
            409,
            code::IDEMPOTENCY_KEY_IN_FLIGHT,
            "the same payment is being made at this moment",
        );
        problem.retry_after_seconds = Some(RETRY_AFTER_SECONDS);
        return Err(problem.into());
    }
    Ok(WireJson(known.wire()))
}

fn check_quote(
    ctx: &Ctx,
    tx: &Transaction<'_>,
    caller: &Caller,
    request: &PaymentRequest,
) -> Reply<quotes::StoredQuote> {
    let quote = quotes::find(tx, &caller.subject, &request.quote_id)?
        .ok_or_else(|| Refusal::from(Problem::new(404, code::NOT_FOUND, "no such quote").at("quote_id")))?;
    if !quote.is_usable(ctx.clock.now_ms()) {
        return Err(quotes::expired());
    }
    if quote.total_fils != request.total_fils {
        return Err(Refusal::invalid("total_fils", "is not the quote's total"));
    }
    if let Some(acr) = quotes::required_acr(ctx, quote.total_fils, &caller.acr) {
        let mut problem = Problem::new(
            401,
            code::STEP_UP_REQUIRED,
            "this total asks for a higher assurance level",
        );
        problem.acr = Some(acr);
        return Err(problem.into());
    }
    Ok(quote)
}

/// The instrument, if the person can pay with it at this moment.
async fn usable(ctx: &Ctx, held: Option<Held>) -> Reply<Held> {
    let held = held
        .filter(|held| !held.removed)
        .ok_or_else(|| instruments::unusable("no such instrument"))?;
    let held = instruments::asked_of_bank(ctx, held).await?;
    if held.shown.status == InstrumentStatus::Active {
        Ok(held)
    } else {
        Err(instruments::unusable("the instrument is suspended, revoked or expired"))
    }
}

#[derive(Deserialize)]
pub(super) struct Which {
    #[serde(default)]
    idempotency_key: Option<String>,
    #[serde(default)]
    cursor: Option<String>,
}

/// `GET /v1/payments?idempotency_key=…` and `GET /v1/payments?cursor=…`.
pub(super) async fn list(
    State(ctx): State<Ctx>,
    caller: Caller,
    which: Result<Query<Which>, QueryRejection>,
) -> Reply<WireJson<Payments>> {
    let Query(which) = which.map_err(|error| Refusal::invalid("query", error.body_text()))?;
    if let Some(key) = which.idempotency_key {
        let found = ctx.state.transact(|tx| record::by_key(tx, &caller.subject, &key))?;
        let payments = found.iter().map(Stored::wire).collect();
        return Ok(WireJson(Payments {
            subject: caller.subject,
            payments,
            next_cursor: None,
        }));
    }
    let before = position_of(which.cursor.as_deref())?;
    let found = ctx
        .state
        .transact(|tx| record::page(tx, &caller.subject, before, PAYMENTS_PER_PAGE + 1))?;
    let more = found.len() > PAYMENTS_PER_PAGE as usize;
    let shown: Vec<&Stored> = found.iter().take(PAYMENTS_PER_PAGE as usize).collect();
    let next_cursor = shown.last().filter(|_| more).map(|last| cursor_at(last.seq));
    Ok(WireJson(Payments {
        subject: caller.subject,
        payments: shown.into_iter().map(Stored::wire).collect(),
        next_cursor,
    }))
}

/// `GET /v1/payments/{payment_id}`.
pub(super) async fn get(
    State(ctx): State<Ctx>,
    caller: Caller,
    Path(payment_id): Path<String>,
) -> Reply<WireJson<Payment>> {
    ctx.state
        .transact(|tx| record::of_subject(tx, &caller.subject, &payment_id))?
        .map(|payment| WireJson(payment.wire()))
        .ok_or_else(|| Refusal::not_found("no such payment"))
}

fn cursor_at(seq: i64) -> String {
    format!("p{seq}")
}

fn position_of(cursor: Option<&str>) -> Reply<i64> {
    let Some(cursor) = cursor.filter(|cursor| !cursor.is_empty()) else {
        return Ok(i64::MAX);
    };
    cursor
        .strip_prefix('p')
        .and_then(|digits| digits.parse::<i64>().ok())
        .filter(|seq| *seq > 0)
        .ok_or_else(|| Refusal::invalid("cursor", "is not one that this gateway gave"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_written_and_nothing_else_is() {
        assert_eq!(position_of(Some(&cursor_at(7))), Ok(7));
        assert_eq!(position_of(None), Ok(i64::MAX));
        for odd in ["7", "p", "p0", "p-1", "e7"] {
            assert!(position_of(Some(odd)).is_err(), "{odd}");
        }
    }
}
