//! Closing a bill: the one place where a bill becomes paid, whether the hub or the counter says so.

use super::{
    AgencyError,
    store::{
        accounts, bills,
        postings::{self, Answer, Payer},
    },
};
use crate::context::Context;
use rabt_protocol::agency::{AmountRule, Bill, BillKind, BillPaid, BillStatus, Posting, PostingRequest};
use rusqlite::Transaction;

/// Takes the hub's word that a bill is paid. The same key with the same body is answered as it was before, a refusal too: the hub
/// has given that money back, so that a repetition which was long under way must not post it after all.
pub(super) fn post(
    ctx: &Context,
    tx: &Transaction<'_>,
    agency_id: &str,
    idempotency_key: &str,
    request: &PostingRequest,
) -> Result<Answer, AgencyError> {
    if let Some((before, answer)) = postings::answer(tx, agency_id, idempotency_key)? {
        return if before == *request {
            Ok(answer)
        } else {
            Err(AgencyError::KeyReused)
        };
    }
    let answer = match take(ctx, tx, agency_id, idempotency_key, request) {
        Ok(posting) => Answer::Posted(posting),
        Err(error) => match error.problem() {
            Some(problem) => Answer::Refused(problem),
            None => return Err(error),
        },
    };
    postings::keep_answer(tx, agency_id, idempotency_key, request, &answer)?;
    Ok(answer)
}

fn take(
    ctx: &Context,
    tx: &Transaction<'_>,
    agency_id: &str,
    idempotency_key: &str,
    request: &PostingRequest,
) -> Result<Posting, AgencyError> {
    let unknown = || AgencyError::not_found("such bill of this person's");
    let mut bill = bills::get(tx, agency_id, &request.bill_id)?.ok_or_else(unknown)?;
    // Consent isn't asked for: it is to be told of bills, and the money is already taken.
    if !accounts::is_seen_by(tx, agency_id, &bill.account_id, &request.subject)? {
        return Err(unknown());
    }
    ensure_open(&bill)?;
    if bill.revision != request.revision {
        return Err(AgencyError::Changed {
            revision: bill.revision,
        });
    }
    close(
        ctx,
        tx,
        &mut bill,
        request.amount_fils,
        &Payer::Hub {
            idempotency_key,
            request,
        },
    )
}

/// Refuses a bill that can't be paid or changed any more.
pub(super) fn ensure_open(bill: &Bill) -> Result<(), AgencyError> {
    match bill.status {
        BillStatus::Open => Ok(()),
        BillStatus::Paid => Err(AgencyError::AlreadyPaid),
        BillStatus::Withdrawn | BillStatus::Unknown => Err(AgencyError::Withdrawn),
    }
}

/// Marks an open bill as paid, with its posting, its effect on the account and the news of it.
pub(super) fn close(
    ctx: &Context,
    tx: &Transaction<'_>,
    bill: &mut Bill,
    amount_fils: i64,
    payer: &Payer<'_>,
) -> Result<Posting, AgencyError> {
    ensure_open(bill)?;
    ensure_taken(bill, amount_fils)?;
    let posting = Posting {
        posting_id: ctx.new_id("pst"),
        bill_id: bill.bill_id.clone(),
        amount_fils,
        posted_at: ctx.clock.now(),
    };
    postings::insert(tx, &bill.agency_id, &posting, payer)?;
    bill.status = BillStatus::Paid;
    bill.paid = Some(BillPaid {
        paid_at: posting.posted_at.clone(),
        amount_fils,
        channel: payer.channel().to_owned(),
        payment_id: match payer {
            Payer::Hub { request, .. } => Some(request.payment_id.clone()),
            Payer::Counter => None,
        },
    });
    if bill.kind == BillKind::TopUp {
        accounts::top_up(tx, &bill.agency_id, &bill.account_id, amount_fils)?;
    }
    bills::change(tx, bill, &ctx.clock.today().to_string())?;
    Ok(posting)
}

/// Refuses an amount that the bill doesn't take.
fn ensure_taken(bill: &Bill, amount_fils: i64) -> Result<(), AgencyError> {
    let (min_fils, max_fils) = match bill.amount_rule {
        AmountRule::Exact => (bill.amount_fils, bill.amount_fils),
        AmountRule::Range { min_fils, max_fils } => (min_fils, max_fils),
    };
    if (min_fils..=max_fils).contains(&amount_fils) {
        return Ok(());
    }
    let wanted = if min_fils == max_fils {
        format!("the bill takes {min_fils} fils and no other amount")
    } else {
        format!("the bill takes {min_fils} to {max_fils} fils")
    };
    Err(AgencyError::invalid("amount_fils", wanted))
}
