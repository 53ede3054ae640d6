//! The payment's state machine.

use super::{HubReport, ItemState, Origin, Outcome, Payment, PaymentState, Rejection};
use crate::{Invalid, Timestamp};

/// How often the same request is sent at most. Each repetition comes after the hub said that it doesn't know the key, so a
/// fifth means that something is in the way for good, and waiting for the quote to expire costs nobody money.
pub const SENDS_MAX: u32 = 5;
/// The first look-up comes after this, each next after twice as long.
const LOOK_UP_SECONDS_MIN: i64 = 1;
/// The longest wait between two look-ups: a person who waits for an answer looks again within minutes.
pub const LOOK_UP_SECONDS_MAX: i64 = 300;
/// How long after the quote's expiry a request that the hub doesn't know counts as never arrived. The hub takes no expired
/// quote; the margin covers clocks that differ and requests that were under way.
pub const NEVER_ARRIVED_AFTER_SECONDS: i64 = 600;
/// The code of a rejection that is decided here: the hub never heard of the payment and takes it no more.
pub const NEVER_ARRIVED: &str = "never_arrived";
/// The code of a rejection that is decided here: the request never left this device.
pub const NOT_SENT: &str = "not_sent";

/// What happened to a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PaymentEvent {
    /// The person confirmed it.
    Submit,
    /// The core was opened again: what was being sent isn't any more, and what wasn't sent yet is not sent unasked.
    Reopened,
    /// The hub told where the payment stands: as an answer, a look-up's result or an event.
    Told(HubReport),
    /// The hub refused the request.
    Refused(Rejection),
    /// The hub asks for a higher assurance level first; it has not taken the payment.
    StepUpAsked,
    /// The request certainly never left this device.
    NotSent,
    /// The request may have arrived, and no answer came.
    Lost,
    /// A look-up said that the hub knows no payment of this key.
    Absent,
    /// A look-up got no answer.
    LookUpFailed,
}

/// What to do, once the record is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Send the request, with the record's key.
    Send,
    /// Look the payment up by its key, not before `Payment::look_up_at`.
    LookUp,
    /// Tell the person that a higher assurance level is needed, then `Submit` again.
    AskStepUp,
}

/// What [`step`] decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The record as it is to be written, with the outcome in the same transaction.
    pub payment: Payment,
    /// For the outcome queue.
    pub outcome: Option<Outcome>,
    /// What to do afterwards.
    pub command: Option<Command>,
}

/// Why an event doesn't move a payment. The record stays as it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PaymentError {
    /// The hub's report isn't about this payment, or contradicts itself.
    #[error("the hub's report doesn't fit the payment: {0}")]
    Mismatch(Invalid),
    /// The hub's report would undo what it reported as final.
    #[error("the hub's report takes back a final state")]
    TakenBack,
    /// The event has no meaning in this state.
    #[error("a payment that is {state:?} can't take this event")]
    NotNow {
        /// The state.
        state: PaymentState,
    },
}

/// Moves a payment.
///
/// # Errors
/// [`PaymentError`]; nothing changes.
pub fn step(payment: Payment, event: PaymentEvent, now: Timestamp) -> Result<Step, PaymentError> {
    let state = payment.state;
    match (event, state) {
        (PaymentEvent::Told(report), _) => told(payment, report, now),
        (PaymentEvent::Submit, PaymentState::Created) => Ok(send(payment, now)),
        (PaymentEvent::Reopened, PaymentState::Created) => Ok(rejected(payment, ours(NOT_SENT), now)),
        (PaymentEvent::Reopened | PaymentEvent::Lost, PaymentState::Submitting) => Ok(lost(payment, now)),
        (PaymentEvent::Reopened, PaymentState::Unknown | PaymentState::Pending) => Ok(look_up_now(payment, now)),
        (PaymentEvent::NotSent, PaymentState::Submitting) => Ok(not_sent(payment, now)),
        (PaymentEvent::StepUpAsked, PaymentState::Submitting) => Ok(step_up_asked(payment, now)),
        (PaymentEvent::Refused(why), PaymentState::Submitting) => Ok(refused(payment, why, now)),
        (PaymentEvent::Absent, PaymentState::Unknown) => Ok(absent(payment, now)),
        (PaymentEvent::Absent | PaymentEvent::LookUpFailed, PaymentState::Unknown | PaymentState::Pending) => {
            Ok(look_up_later(payment, now))
        }
        (_, state) => Err(PaymentError::NotNow { state }),
    }
}

fn moved(payment: Payment, state: PaymentState, now: Timestamp) -> Payment {
    Payment {
        state,
        updated_at: now,
        ..payment
    }
}

fn send(payment: Payment, now: Timestamp) -> Step {
    let sends = payment.sends.saturating_add(1);
    let payment = Payment {
        sends,
        look_up_at: None,
        ..moved(payment, PaymentState::Submitting, now)
    };
    Step {
        payment,
        outcome: None,
        command: Some(Command::Send),
    }
}

fn lost(payment: Payment, now: Timestamp) -> Step {
    look_up_later(
        Payment {
            look_ups: 0,
            ..moved(payment, PaymentState::Unknown, now)
        },
        now,
    )
}

/// The person is told that it wasn't paid, so it must not be paid later behind their back: a first request that never left ends
/// the payment. Once another copy was under way, nothing is certain.
fn not_sent(payment: Payment, now: Timestamp) -> Step {
    if payment.sends <= 1 {
        rejected(payment, ours(NOT_SENT), now)
    } else {
        lost(payment, now)
    }
}

fn ours(code: &str) -> Rejection {
    Rejection {
        code: code.to_owned(),
        reason: None,
    }
}

fn step_up_asked(payment: Payment, now: Timestamp) -> Step {
    if payment.sends <= 1 {
        let payment = Payment {
            sends: 0,
            ..moved(payment, PaymentState::Created, now)
        };
        Step {
            payment,
            outcome: None,
            command: Some(Command::AskStepUp),
        }
    } else {
        lost(payment, now)
    }
}

/// A refusal is believed at once only if no other copy of the request was ever sent: that one may still arrive and be taken.
fn refused(payment: Payment, why: Rejection, now: Timestamp) -> Step {
    if payment.sends <= 1 || never_arrives_any_more(&payment, now) {
        rejected(payment, why, now)
    } else {
        lost(
            Payment {
                rejection: Some(why),
                ..payment
            },
            now,
        )
    }
}

fn absent(payment: Payment, now: Timestamp) -> Step {
    if never_arrives_any_more(&payment, now) {
        let why = payment.rejection.clone().unwrap_or(Rejection {
            code: NEVER_ARRIVED.to_owned(),
            reason: None,
        });
        rejected(payment, why, now)
    } else if quote_holds(&payment, now) && payment.rejection.is_none() && payment.sends < SENDS_MAX {
        send(payment, now)
    } else {
        look_up_later(payment, now)
    }
}

fn rejected(payment: Payment, why: Rejection, now: Timestamp) -> Step {
    let mut payment = Payment {
        rejection: Some(why),
        look_up_at: None,
        ..moved(payment, PaymentState::Rejected, now)
    };
    for item in &mut payment.items {
        item.state = ItemState::Rejected;
    }
    finished(payment, now)
}

fn finished(payment: Payment, now: Timestamp) -> Step {
    let outcome = Outcome {
        key: payment.key.clone(),
        state: payment.state,
        at: now,
    };
    Step {
        payment,
        outcome: Some(outcome),
        command: None,
    }
}

fn look_up_now(payment: Payment, now: Timestamp) -> Step {
    let payment = Payment {
        look_ups: 0,
        look_up_at: Some(now),
        updated_at: now,
        ..payment
    };
    Step {
        payment,
        outcome: None,
        command: Some(Command::LookUp),
    }
}

fn look_up_later(payment: Payment, now: Timestamp) -> Step {
    let doublings = payment.look_ups.min(16);
    let wait_seconds = (LOOK_UP_SECONDS_MIN << doublings).min(LOOK_UP_SECONDS_MAX);
    let payment = Payment {
        look_ups: payment.look_ups.saturating_add(1),
        look_up_at: Some(now.plus_seconds(wait_seconds)),
        updated_at: now,
        ..payment
    };
    Step {
        payment,
        outcome: None,
        command: Some(Command::LookUp),
    }
}

fn told(payment: Payment, report: HubReport, now: Timestamp) -> Result<Step, PaymentError> {
    report
        .check()
        .and_then(|()| report.check_against(&payment))
        .map_err(PaymentError::Mismatch)?;
    if payment.hub_id.is_some() && report.revision <= payment.hub_revision {
        return Ok(nothing_new(payment, now));
    }
    let (before, after) = (payment.state, report.state());
    // A rejection that was decided here (the hub never named the payment) gives way to whatever the hub says: money may have
    // moved. What the hub itself called final stays, but for money that goes back later.
    let by_hub = payment.hub_id.is_some();
    let back_later = matches!(before, PaymentState::Settled | PaymentState::PartlySettled)
        && matches!(after, PaymentState::PartlySettled | PaymentState::Refunded);
    if by_hub && before.is_final() && before != after && !back_later {
        return Err(PaymentError::TakenBack);
    }
    let mut payment = moved(payment, after, now);
    payment.hub_id = Some(report.hub_id);
    payment.hub_revision = report.revision;
    payment.rejection = report.rejection;
    for (item, told) in payment.items.iter_mut().zip(report.items) {
        item.state = told.status.state();
        item.receipt = told.receipt.or(item.receipt.take());
        item.rejection = told.rejection;
    }
    payment.look_ups = 0;
    if !after.is_final() {
        return Ok(look_up_later(payment, now));
    }
    payment.look_up_at = None;
    if before == after && by_hub {
        return Ok(Step {
            payment,
            outcome: None,
            command: None,
        });
    }
    Ok(finished(payment, now))
}

/// The hub repeated itself: the record stays, and is looked at again later if it isn't final.
fn nothing_new(payment: Payment, now: Timestamp) -> Step {
    if payment.state.is_final() {
        return Step {
            payment,
            outcome: None,
            command: None,
        };
    }
    let state = if payment.state == PaymentState::Unknown {
        PaymentState::Pending
    } else {
        payment.state
    };
    look_up_later(moved(payment, state, now), now)
}

fn quote_holds(payment: &Payment, now: Timestamp) -> bool {
    matches!(payment.origin, Origin::ThisDevice { quote_expires_at, .. } if now < quote_expires_at)
}

fn never_arrives_any_more(payment: &Payment, now: Timestamp) -> bool {
    match payment.origin {
        Origin::ThisDevice { quote_expires_at, .. } => {
            now >= quote_expires_at.plus_seconds(NEVER_ARRIVED_AFTER_SECONDS)
        }
        Origin::Elsewhere => false,
    }
}
