//! What the hub has others do: debit, post, settle, refund. Each has a key derived from what it is; whoever repeats one looks it up
//! first. An answer that isn't clearly a yes or a clearly final no is neither: the act is tried again later.

use super::{
    keys, reasons,
    record::{Stored, StoredItem},
};
use crate::{
    bank::api::{DebitRequest, Movement, Outcome, RefundRequest, SettlementRequest},
    context::{Context, RunningAgency},
    gateway::{autopay, calls, instruments},
    server::{calls::CallError, reply::Reply},
};
use http::Method;
use rabt_protocol::{
    Problem,
    agency::{Posting, PostingRequest},
    hub::Rejection,
    problem::code,
};
use serde::Serialize;

/// What came of an act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer<T> {
    /// It is done.
    Done(T),
    /// It isn't, and won't be.
    Refused(Rejection),
    /// Nobody knows yet.
    Later,
}

/// Codes of refusals that say nothing about the bill: they may be gone at the next attempt, or are a defect that somebody has
/// to mend, and money isn't sent back for a defect.
const NOT_FINAL: [&str; 8] = [
    code::UNAUTHENTICATED,
    code::CONSENT_REQUIRED,
    code::IDEMPOTENCY_KEY_MISSING,
    code::IDEMPOTENCY_KEY_IN_FLIGHT,
    code::IDEMPOTENCY_KEY_REUSED,
    code::TOO_MANY_REQUESTS,
    code::UNAVAILABLE,
    code::INTERNAL,
];

/// Takes the payment's money into clearing.
pub(super) async fn debit(ctx: &Context, payment: &Stored, look_up_first: bool) -> Answer<()> {
    let known = ctx.state.transact(|tx| -> Reply<_> {
        let held = instruments::by_id(tx, &payment.instrument_id)?;
        let consent_id = autopay::consent_of(tx, &payment.payment_id)?;
        Ok(held.map(|held| (held.token, consent_id)))
    });
    let (token, consent_id) = match known {
        Ok(Some(known)) => known,
        Ok(None) => return Answer::Refused(reasons::rejection(code::INSTRUMENT_UNUSABLE)),
        Err(_) => return Answer::Later,
    };
    let request = DebitRequest {
        token,
        subject: payment.subject.clone(),
        amount_fils: payment.total_fils,
        reference: payment.payment_id.clone(),
        consent_id,
    };
    let key = keys::debit(&payment.payment_id);
    match movement(ctx, "/v1/debits", &key, &request, look_up_first).await {
        Ok(Outcome::Done) => Answer::Done(()),
        Ok(Outcome::Declined { code }) => Answer::Refused(reasons::rejection(&code)),
        // The bank doesn't know the token, or not as this person's.
        Err(CallError::Refused(problem)) if problem.code == code::NOT_FOUND => {
            Answer::Refused(reasons::rejection(code::INSTRUMENT_UNUSABLE))
        }
        Err(error) => later("debit", &payment.payment_id, &error),
    }
}

/// Tells the agency that a bill is paid.
pub(super) async fn post(ctx: &Context, payment: &Stored, item: &StoredItem, look_up_first: bool) -> Answer<Posting> {
    let Some(agency) = ctx.agency(&item.agency_id) else {
        return Answer::Later;
    };
    if !autopay::is_posted(ctx, &payment.payment_id) {
        return Answer::Done(Posting {
            posting_id: ctx.new_id("pst"),
            bill_id: item.bill_id.clone(),
            amount_fils: item.amount_fils,
            posted_at: ctx.clock.now(),
        });
    }
    let key = keys::post(&payment.payment_id, &item.agency_id, &item.bill_id);
    if look_up_first {
        match looked_up(ctx, &agency, &key, item).await {
            Answer::Refused(nothing) if nothing.code == code::NOT_FOUND => {}
            known => return known,
        }
    }
    let request = PostingRequest {
        bill_id: item.bill_id.clone(),
        revision: item.bill_revision,
        amount_fils: item.amount_fils,
        payment_id: payment.payment_id.clone(),
        subject: payment.subject.clone(),
    };
    let url = format!("{}/v1/postings", agency.base_url);
    match calls::call::<Posting>(ctx, Method::POST, &url, Some(&request), Some(&key)).await {
        Ok(posting) => confirmed(posting, item),
        Err(CallError::Refused(problem)) if is_final(&problem) => {
            // Money goes back on this word, so it is asked for twice: an agency that has the posting after all, from an attempt
            // whose answer was lost, keeps it.
            match looked_up(ctx, &agency, &key, item).await {
                Answer::Refused(_) => Answer::Refused(reasons::of_problem(*problem)),
                known => known,
            }
        }
        Err(error) => later("posting", &payment.payment_id, &error),
    }
}

/// Sends a posted item's money on to the agency.
pub(super) async fn settle(ctx: &Context, payment: &Stored, item: &StoredItem, look_up_first: bool) -> Answer<()> {
    let request = SettlementRequest {
        debit_key: keys::debit(&payment.payment_id),
        agency_id: item.agency_id.clone(),
        amount_fils: item.amount_fils,
        reference: payment.payment_id.clone(),
    };
    let key = keys::settle(&payment.payment_id, &item.agency_id, &item.bill_id);
    moved(
        movement(ctx, "/v1/settlements", &key, &request, look_up_first).await,
        "settlement",
        payment,
    )
}

/// Sends a refused item's money back to the person.
pub(super) async fn refund(ctx: &Context, payment: &Stored, item: &StoredItem, look_up_first: bool) -> Answer<()> {
    let request = RefundRequest {
        debit_key: keys::debit(&payment.payment_id),
        amount_fils: item.amount_fils,
        reference: payment.payment_id.clone(),
    };
    let key = keys::refund(&payment.payment_id, &item.agency_id, &item.bill_id);
    moved(
        movement(ctx, "/v1/refunds", &key, &request, look_up_first).await,
        "refund",
        payment,
    )
}

fn moved(result: Result<Outcome, CallError>, act: &str, payment: &Stored) -> Answer<()> {
    match result {
        Ok(Outcome::Done) => Answer::Done(()),
        Ok(Outcome::Declined { code }) => {
            tracing::error!(
                act,
                payment_id = payment.payment_id,
                code,
                "the bank declined to move what it holds"
            );
            Answer::Later
        }
        Err(error) => later(act, &payment.payment_id, &error),
    }
}

async fn movement(
    ctx: &Context,
    path: &str,
    key: &str,
    request: &impl Serialize,
    look_up_first: bool,
) -> Result<Outcome, CallError> {
    if look_up_first {
        let known = calls::bank::<Movement>(ctx, Method::GET, &format!("/v1/movements/{key}"), None::<&()>, None).await;
        match known {
            Ok(movement) => return Ok(movement.outcome),
            Err(error) if error.code() == Some(code::NOT_FOUND) => {}
            Err(error) => return Err(error),
        }
    }
    calls::bank::<Movement>(ctx, Method::POST, path, Some(request), Some(key))
        .await
        .map(|movement| movement.outcome)
}

/// What the agency has under a key; `Refused` with `not_found` is nothing.
async fn looked_up(ctx: &Context, agency: &RunningAgency, key: &str, item: &StoredItem) -> Answer<Posting> {
    let url = format!("{}/v1/postings/{key}", agency.base_url);
    match calls::call::<Posting>(ctx, Method::GET, &url, None::<&()>, None).await {
        Ok(posting) => confirmed(posting, item),
        Err(CallError::Refused(problem)) if is_final(&problem) => Answer::Refused(reasons::of_problem(*problem)),
        Err(error) => later("look-up", &item.agency_id, &error),
    }
}

/// An agency's word is taken only if it is about this bill and this sum.
fn confirmed(posting: Posting, item: &StoredItem) -> Answer<Posting> {
    if posting.bill_id == item.bill_id && posting.amount_fils == item.amount_fils && !posting.posting_id.is_empty() {
        Answer::Done(posting)
    } else {
        tracing::warn!(
            agency_id = item.agency_id,
            "an agency confirmed something else than it was told"
        );
        Answer::Later
    }
}

fn is_final(problem: &Problem) -> bool {
    !NOT_FINAL.contains(&problem.code.as_str())
}

fn later<T>(act: &str, about: &str, error: &CallError) -> Answer<T> {
    match error {
        CallError::Refused(problem) => {
            tracing::error!(act, about, code = problem.code, "refused for no reason of the bill's")
        }
        CallError::NotReached(_) | CallError::Unknown(_) => tracing::info!(act, about, %error, "tried again later"),
    }
    Answer::Later
}
