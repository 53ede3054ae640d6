//! Executes mandates: asks the agencies, has the engine decide, and hands to the hub what is to be paid.
//!
//! Everything that counts happens in one transaction: the engine decides on what the state holds at that moment, and its decisions, their
//! payments and the locks on their bills are written together. So two runners, and a person who pays by hand meanwhile, come one after the
//! other, each seeing what the one before did; a kill leaves a decision with its payment or neither; and a payment that is there is carried
//! out by the hub like any other, under a key that follows from mandate, bill and cycle.

use super::{
    cheats::{self, Cheat},
    decisions,
    desk::Due,
    fetch,
    situation::{self, Known, instrument_of},
    store,
};
use crate::{
    clock::{dubai_date, rfc3339},
    context::{Context, Ctx, RunningAgency},
    gateway::{
        hub::record::{self, NewItem, NewPayment},
        instruments, quotes,
    },
    server::reply::{Refusal, Reply},
};
use futures_util::{StreamExt as _, stream};
use rabt_domain::{
    IdempotencyKey,
    mandate::{Decision, Rule, decide},
};
use rabt_protocol::mandate::{ByVersion, MandateState, Progress, ReportedDecision, ReportedPayment, Scope, Standing};
use ring::digest::{SHA256, digest};
use rusqlite::Transaction;
use std::time::Duration;

/// How often it is looked whether there is news; a burst of it is one run.
const TICK: Duration = Duration::from_millis(200);
/// How often everybody is looked at without any: a balance falls, a day begins, an agency comes back.
const SWEEP_TICKS: u32 = 10;
/// People who are looked at at once.
const AT_ONCE: usize = 8;

/// What is to be done about a bill, and told.
#[derive(Clone, Debug)]
pub(super) struct Planned {
    /// What is told.
    pub(super) decision: ReportedDecision,
    /// Whether the person is told now.
    pub(super) tell: bool,
    /// What is paid, with the decision's amount and instrument.
    pub(super) pay: Option<Pay>,
    /// Whether it is told at all; a cheat of a gateway hides a payment.
    pub(super) is_told: bool,
}

/// A payment that is to be made.
#[derive(Clone, Debug)]
pub(super) struct Pay {
    /// Its key.
    pub(super) key: String,
    /// The revision that its agency is told.
    pub(super) revision: u32,
    /// The bank's consent.
    pub(super) consent_id: Option<String>,
    /// Whether its agency is asked; a cheat of a gateway moves money without.
    pub(super) is_posted: bool,
}

/// Runs for as long as the city does.
pub(crate) async fn run_autopay(ctx: Ctx) {
    let mut ticks = 0;
    loop {
        tokio::select! {
            () = ctx.autopay.rung() => {}
            () = tokio::time::sleep(TICK) => ticks += 1,
        }
        if !ctx.autopay.runs_by_itself() {
            continue;
        }
        let mut due = ctx.autopay.take_due();
        if ticks >= SWEEP_TICKS {
            ticks = 0;
            due = Due::All;
        }
        if due != Due::Some(std::collections::HashSet::new()) {
            // What failed is tried at the next sweep.
            let _ = run_due(&ctx, &due).await;
        }
    }
}

/// One run for everybody; how many payments it made.
pub(crate) async fn run_all(ctx: &Ctx) -> Reply<usize> {
    run_due(ctx, &Due::All).await
}

async fn run_due(ctx: &Ctx, due: &Due) -> Reply<usize> {
    let mut subjects = ctx.state.transact(store::subjects)?;
    if let Due::Some(some) = due {
        subjects.retain(|subject| some.contains(subject));
    }
    let made: Vec<Reply<usize>> = stream::iter(subjects)
        .map(|subject| async move {
            if ctx.autopay.has_second_runner() {
                let (first, second) = tokio::join!(run(ctx, &subject), run(ctx, &subject));
                Ok(first? + second?)
            } else {
                run(ctx, &subject).await
            }
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let mut sum = 0;
    for made in made {
        match made {
            Ok(made) => sum += made,
            Err(Refusal(problem)) => tracing::warn!(code = problem.code, title = problem.title, "a run failed"),
        }
    }
    Ok(sum)
}

/// One run for a person; how many payments it made.
async fn run(ctx: &Context, subject: &str) -> Reply<usize> {
    let cheat = ctx.autopay.cheat();
    let states = |tx: &Transaction<'_>| -> Reply<Vec<MandateState>> {
        let mut states = store::states(tx, subject)?;
        if cheat == Some(Cheat::AfterRevocation) {
            cheats::forget_revocations(&mut states);
        }
        Ok(states)
    };
    let today = dubai_date(ctx.clock.now_ms()).to_string();
    let agencies = to_ask(ctx, &ctx.state.transact(|tx| states(tx))?, &today, cheat);
    let fetched = if agencies.is_empty() {
        Vec::new()
    } else {
        fetch::all(ctx, subject, &agencies).await?
    };
    let needs_bank = ctx.state.transact(|tx| -> Reply<bool> {
        let known = situation::read(tx, subject, states(tx)?, &fetched, ctx.clock.now_ms())?;
        Ok(decide(&known.given.situation()).iter().any(depends_on_the_bank))
    })?;
    if needs_bank {
        instruments::ask_about_all(ctx, subject).await?;
        super::consent::refresh_all(ctx, subject).await?;
    }
    let made = ctx.state.transact(|tx| -> Reply<usize> {
        let now_ms = ctx.clock.now_ms();
        let mut log = decisions::Log::open(tx, subject, now_ms)?;
        log.retell_progress()?;
        let known = situation::read(tx, subject, states(tx)?, &fetched, now_ms)?;
        let mut planned = planned(&known, now_ms);
        if let Some(cheat) = cheat {
            cheats::spoil(ctx, tx, subject, cheat, &known, &mut planned, now_ms)?;
        }
        let mut made = 0;
        for plan in planned {
            made += usize::from(carry_out(ctx, tx, subject, &mut log, plan, &known)?);
        }
        log.close()?;
        Ok(made)
    })?;
    if made > 0 {
        ctx.hub.ring();
    }
    Ok(made)
}

/// The agencies whose bills a mandate that isn't over may pay; a cheat looks at all.
fn to_ask(ctx: &Context, states: &[MandateState], today: &str, cheat: Option<Cheat>) -> Vec<RunningAgency> {
    let live: Vec<&MandateState> = states
        .iter()
        .filter(|state| !matches!(state.standing, Standing::Revoked { .. }) && today <= state.mandate.until_on.as_str())
        .collect();
    if live.is_empty() {
        return Vec::new();
    }
    let is_named = |agency_id: &str| {
        live.iter().any(|state| match &state.mandate.scope {
            Scope::All => true,
            Scope::Chosen { entries } => entries
                .iter()
                .any(|entry| entry.agency_id.as_deref().is_none_or(|id| id == agency_id)),
        })
    };
    ctx.agencies()
        .into_iter()
        .filter(|(agency_id, _)| cheat.is_some() || is_named(agency_id))
        .map(|(_, agency)| agency)
        .collect()
}

/// Where the bank must be asked before this counts: money would be taken, or isn't because of what the bank said before.
fn depends_on_the_bank(decision: &Decision<'_>) -> bool {
    decision.payment.is_some() || matches!(decision.rule, Rule::InstrumentStopped | Rule::NoInstrument)
}

/// What the engine decides, as it will be told.
fn planned(known: &Known, now_ms: i64) -> Vec<Planned> {
    decide(&known.given.situation())
        .iter()
        .map(|decision| {
            let bill = decision.bill;
            let payment = decision.payment.zip(decision.act());
            Planned {
                pay: payment.as_ref().map(|(payment, act)| Pay {
                    key: key_of(&act.canonical()),
                    revision: bill.revision,
                    consent_id: known.consent(payment.instrument.as_str()).map(str::to_owned),
                    is_posted: true,
                }),
                decision: ReportedDecision {
                    by: decision.mandate.map(|mandate| ByVersion {
                        mandate_id: mandate.id().as_str().to_owned(),
                        version: mandate.terms().version,
                    }),
                    agency_id: bill.key.agency.as_str().to_owned(),
                    bill_id: bill.key.bill.as_str().to_owned(),
                    account_id: bill.account.as_str().to_owned(),
                    kind: rabt_mandate::kind(bill.kind),
                    revision: bill.revision,
                    decided_at: rfc3339(now_ms),
                    because: rabt_mandate::rule(&decision.rule),
                    payment: payment.map(|(payment, _)| ReportedPayment {
                        amount_fils: payment.amount.get(),
                        instrument_id: instrument_of(payment.instrument.as_str()).to_owned(),
                        cycle: payment.cycle.to_string(),
                        progress: Progress::InFlight,
                    }),
                },
                tell: decision.tell,
                is_told: true,
            }
        })
        .collect()
}

/// The key of an act, as everybody derives it.
pub(super) fn key_of(canonical: &str) -> String {
    let hash = digest(&SHA256, canonical.as_bytes());
    let mut bytes = [0; 32];
    bytes.copy_from_slice(hash.as_ref());
    IdempotencyKey::from_digest(&bytes).as_str().to_owned()
}

/// Writes a decision, with its payment; whether there is one.
fn carry_out(
    ctx: &Context,
    tx: &Transaction<'_>,
    subject: &str,
    log: &mut decisions::Log<'_, '_>,
    plan: Planned,
    known: &Known,
) -> Reply<bool> {
    let decision = &plan.decision;
    let (Some(pay), Some(payment)) = (&plan.pay, &decision.payment) else {
        log.note(&plan)?;
        return Ok(false);
    };
    let made_already = record::by_key(tx, subject, &pay.key)?.is_some();
    if made_already || !record::is_free(tx, &decision.agency_id, &decision.bill_id, pay.revision)? {
        // Somebody else pays the same bill at this moment; their payment's end decides what becomes of this.
        return Ok(false);
    }
    let Some(held) = instruments::of_subject(tx, subject, &payment.instrument_id)? else {
        return Ok(false);
    };
    let (payment_id, now_ms) = (ctx.new_id("pay"), ctx.clock.now_ms());
    let line = quotes::PayableLine {
        agency_id: decision.agency_id.clone(),
        bill_id: decision.bill_id.clone(),
        reference: known.reference(&decision.agency_id, &decision.bill_id).to_owned(),
        revision: pay.revision,
        amount_fils: payment.amount_fils,
    };
    let quote_id = quotes::of_mandate(ctx, tx, subject, &line, &payment_id)?;
    let new = NewPayment {
        payment_id: &payment_id,
        subject,
        idempotency_key: &pay.key,
        request_digest: &pay.key,
        quote_id: &quote_id,
        instrument_id: &payment.instrument_id,
        paid_with: &held.paid_with(),
        total_fils: payment.amount_fils,
        now_ms,
    };
    let item = NewItem {
        agency_id: &line.agency_id,
        bill_id: &line.bill_id,
        reference: &line.reference,
        bill_revision: line.revision,
        amount_fils: line.amount_fils,
    };
    record::record(tx, &new, &[item])?;
    log.pay(&plan, &payment_id, pay)?;
    Ok(true)
}
