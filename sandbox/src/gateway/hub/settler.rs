//! Carries payments out: takes each that isn't finished, does what is to be done about it, and comes back to it later where an
//! agency or the bank didn't answer. It works from the journal alone, so that it needs no telling after a kill.

use super::{
    desk::Progress,
    effects,
    machine::{Act, Fact, PaymentStage},
    receipts,
    record::{self, Detail, Stored, StoredItem},
};
use crate::{
    context::{Context, Ctx},
    server::reply::Reply,
};
use futures_util::{StreamExt as _, stream};
use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};
use tokio::{
    task::{Id, JoinSet},
    time::Instant,
};

/// Payments that are worked on at once: sockets are the limit, not processors.
const AT_ONCE: usize = 32;
/// Items of one payment that are worked on at once.
const ITEMS_AT_ONCE: usize = 16;
/// Unfinished payments that are looked at; the oldest come first, and more than this means that every agency is down.
const UNFINISHED_MAX: u32 = 10_000;
/// The first pause before a payment is tried again; it doubles each time.
const PAUSE_MS: u64 = 200;
/// The longest pause.
const PAUSE_MS_MAX: u64 = 5_000;
/// How often the journal is looked at when nobody rings: a bound on how long a forgotten payment could lie.
const IDLE_MS: u64 = 1_000;
/// The acts from the debit to the end are two; one more shows that the machine is stuck.
const ACTS_MAX: usize = 3;
/// After so many turns a request that waits is answered: the second finds what the first lost the answer of.
const TURNS_IN_REQUEST: u32 = 2;

/// When a payment's next turn is.
struct Turn {
    taken: u32,
    due: Instant,
}

/// Runs for as long as the city does.
pub(crate) async fn run_settler(ctx: Ctx) {
    let mut turns: HashMap<String, Turn> = HashMap::new();
    let mut running: HashMap<Id, String> = HashMap::new();
    let mut tasks: JoinSet<Reply<bool>> = JoinSet::new();
    loop {
        let unfinished = ctx
            .state
            .transact(|tx| record::unfinished(tx, UNFINISHED_MAX))
            .unwrap_or_default();
        forget_finished(&mut turns, &unfinished);
        let busy: HashSet<&String> = running.values().collect();
        let due = due(&turns, &unfinished, &busy, AT_ONCE.saturating_sub(tasks.len()));
        for payment_id in due {
            let turn = turns.entry(payment_id.clone()).or_insert_with(|| Turn {
                taken: 0,
                due: Instant::now(),
            });
            // Nobody has tried yet what a request of this very process recorded a moment ago. All else is looked up.
            let look_up_first = turn.taken > 0 || !ctx.hub.is_awaited(&payment_id);
            turn.taken = turn.taken.saturating_add(1);
            let last_in_request = turn.taken >= TURNS_IN_REQUEST;
            let work = take_turn(Ctx::clone(&ctx), payment_id.clone(), look_up_first, last_in_request);
            running.insert(tasks.spawn(work).id(), payment_id);
        }
        let pause = next_due(&turns, &running.values().collect());
        tokio::select! {
            Some(ended) = tasks.join_next_with_id() => {
                let id = match &ended {
                    Ok((id, _)) => *id,
                    Err(error) => error.id(),
                };
                if let Some(payment_id) = running.remove(&id)
                    && let Some(turn) = turns.get_mut(&payment_id)
                {
                    turn.due = Instant::now() + pause_after(turn.taken);
                }
                if let Err(error) = ended {
                    tracing::error!(%error, "a payment's turn broke off");
                }
            }
            () = ctx.hub.rung() => {}
            () = tokio::time::sleep_until(pause) => {}
        }
    }
}

fn forget_finished(turns: &mut HashMap<String, Turn>, unfinished: &[String]) {
    let open: HashSet<&String> = unfinished.iter().collect();
    turns.retain(|payment_id, _| open.contains(payment_id));
}

/// Those whose turn it is, the least tried first, so that a new payment doesn't wait behind many that can't go on.
fn due(turns: &HashMap<String, Turn>, unfinished: &[String], busy: &HashSet<&String>, at_most: usize) -> Vec<String> {
    let now = Instant::now();
    let mut due: Vec<(u32, &String)> = unfinished
        .iter()
        .filter(|payment_id| !busy.contains(payment_id))
        .filter_map(|payment_id| match turns.get(payment_id) {
            Some(turn) if turn.due > now => None,
            Some(turn) => Some((turn.taken, payment_id)),
            None => Some((0, payment_id)),
        })
        .collect();
    due.sort_by_key(|(taken, _)| *taken);
    due.into_iter()
        .take(at_most)
        .map(|(_, payment_id)| payment_id.clone())
        .collect()
}

fn next_due(turns: &HashMap<String, Turn>, busy: &HashSet<&String>) -> Instant {
    let idle = Instant::now() + Duration::from_millis(IDLE_MS);
    turns
        .iter()
        .filter(|(payment_id, _)| !busy.contains(payment_id))
        .map(|(_, turn)| turn.due)
        .min()
        .map_or(idle, |due| due.min(idle))
}

fn pause_after(taken: u32) -> Duration {
    let doubled = PAUSE_MS.saturating_mul(1_u64.checked_shl(taken.saturating_sub(1)).unwrap_or(u64::MAX));
    Duration::from_millis(doubled.min(PAUSE_MS_MAX))
}

/// One turn of a payment; whether it is finished.
async fn take_turn(ctx: Ctx, payment_id: String, look_up_first: bool, last_in_request: bool) -> Reply<bool> {
    let mut payment = ctx.state.transact(|tx| record::load(tx, &payment_id))?;
    if payment.stage == PaymentStage::Recorded {
        let rejection = match effects::debit(&ctx, &payment, look_up_first).await {
            effects::Answer::Done(()) => Some(None),
            effects::Answer::Refused(rejection) => Some(Some(rejection)),
            effects::Answer::Later => None,
        };
        if let Some(rejection) = rejection {
            let now_ms = ctx.clock.now_ms();
            payment = ctx.state.transact(|tx| {
                record::learn_debit(tx, &payment_id, rejection.as_ref(), now_ms)?;
                record::load(tx, &payment_id)
            })?;
        }
    }
    if payment.stage != PaymentStage::Recorded {
        ctx.hub.tell(&payment_id, Progress::Debited);
        stream::iter(&payment.items)
            .for_each_concurrent(ITEMS_AT_ONCE, |item| advance(&ctx, &payment, item, look_up_first))
            .await;
    }
    let stage = ctx.state.transact(|tx| record::load(tx, &payment_id))?.stage;
    let finished = matches!(stage, PaymentStage::Closed | PaymentStage::Rejected);
    if finished || last_in_request {
        ctx.hub.tell(&payment_id, Progress::Tried);
    }
    Ok(finished)
}

/// Takes an item as far as it goes at present.
async fn advance(ctx: &Context, payment: &Stored, item: &StoredItem, look_up_first: bool) {
    let mut item = item.clone();
    for _ in 0..ACTS_MAX {
        let Some(act) = item.stage.next_act() else {
            return;
        };
        match learnt(ctx, payment, &item, act, look_up_first).await {
            Ok(Some((fact, detail))) => {
                let now_ms = ctx.clock.now_ms();
                let learnt = ctx
                    .state
                    .transact(|tx| record::learn(tx, &payment.payment_id, item.position, fact, &detail, now_ms));
                match learnt {
                    Ok(moved) => item = moved,
                    // Logged where it arose; the next turn finds the act done.
                    Err(_) => return,
                }
            }
            Ok(None) | Err(_) => return,
        }
    }
}

/// Does an act; what is known afterwards, if anything.
async fn learnt(
    ctx: &Context,
    payment: &Stored,
    item: &StoredItem,
    act: Act,
    look_up_first: bool,
) -> Reply<Option<(Fact, Detail)>> {
    use effects::Answer::{Done, Later, Refused};
    let learnt = match act {
        Act::Post => match effects::post(ctx, payment, item, look_up_first).await {
            Done(posting) => {
                let receipt = Some(receipts::make(ctx, payment, item, &posting)?);
                let detail = Detail {
                    posting_id: Some(posting.posting_id),
                    receipt,
                    rejection: None,
                };
                Some((Fact::PostingConfirmed, detail))
            }
            Refused(rejection) => Some((
                Fact::PostingRefused,
                Detail {
                    rejection: Some(rejection),
                    ..Detail::default()
                },
            )),
            Later => None,
        },
        Act::Settle => match effects::settle(ctx, payment, item, look_up_first).await {
            Done(()) => Some((Fact::SettlementDone, Detail::default())),
            Refused(_) | Later => None,
        },
        Act::Refund => match effects::refund(ctx, payment, item, look_up_first).await {
            Done(()) => Some((Fact::RefundDone, Detail::default())),
            Refused(_) | Later => None,
        },
    };
    Ok(learnt)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_bound() {
        let pauses: Vec<u128> = (1..=7).map(|taken| pause_after(taken).as_millis()).collect();
        assert_eq!(pauses, [200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
        assert_eq!(pause_after(u32::MAX).as_millis(), 5_000);
    }

    #[tokio::test]
    async fn a_new_payment_does_not_wait_behind_those_that_are_stuck() {
        let id = |text: &str| text.to_owned();
        let now = Instant::now();
        let turns = HashMap::from([
            (id("stuck-1"), Turn { taken: 9, due: now }),
            (id("stuck-2"), Turn { taken: 9, due: now }),
            (
                id("resting"),
                Turn {
                    taken: 1,
                    due: now + Duration::from_secs(60),
                },
            ),
        ]);
        let unfinished = ["stuck-1", "stuck-2", "resting", "busy", "new"].map(id);
        let busy = id("busy");
        let taken = due(&turns, &unfinished, &HashSet::from([&busy]), 2);
        assert_eq!(taken, ["new", "stuck-1"]);
    }
}
