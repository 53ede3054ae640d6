//! From a quote that the person confirmed to a record in the journal that is being sent.

use super::drive::Drive;
use crate::{RabtError, Topic, core::Shared, error::ConflictCode};
use rabt_domain::{
    IdempotencyKey, InstrumentId, Payment, PaymentState, Quote, QuoteId,
    id::Act,
    payment::{PaymentEvent, Rejection},
};
use rabt_protocol::problem::code;
use rabt_store::payments::Creation;
use std::time::Duration;

/// For how long `pay` looks up a payment whose answer was lost, before it returns it as it is.
const PATIENCE: Duration = Duration::from_secs(15);

pub(super) async fn pay(core: &Shared, quote: &QuoteId, instrument: InstrumentId) -> Result<Payment, RabtError> {
    let conflict = |code| RabtError::Conflict { code };
    let quote = core.quotes.get(quote).ok_or(conflict(ConflictCode::QuoteExpired))?;
    if core.now() >= quote.expires_at {
        return Err(conflict(ConflictCode::QuoteExpired));
    }
    check_instrument(core, &instrument).await?;
    check_assurance(core, &quote).await?;
    let key = key_of(&Act::PayQuote { quote: &quote.id });
    let payment = Payment::of_quote(&quote, key.clone(), instrument, core.now());
    let payment = payment.ok_or(conflict(ConflictCode::NothingPayable))?;
    let event = match core.stored(move |store| store.payments().create(&payment)).await? {
        Creation::Written => Some(PaymentEvent::Submit),
        Creation::Bound(_) => return Err(conflict(ConflictCode::BillBeingPaid)),
        // The same quote again: after a step-up it goes on, otherwise it is the same payment.
        Creation::Known(known) if known.state.is_final() => return ended(*known),
        Creation::Known(known) => (known.state == PaymentState::Created).then_some(PaymentEvent::Submit),
    };
    core.changes.announce(&[Topic::Payments, Topic::Bills]);
    let paid = Drive::new(core, &key, PATIENCE).until_answered().run(event).await?;
    ended(paid)
}

/// The key of an act: the same on every device, however often.
pub(crate) fn key_of(act: &Act<'_>) -> IdempotencyKey {
    let digest = ring::digest::digest(&ring::digest::SHA256, act.canonical().as_bytes());
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest.as_ref());
    IdempotencyKey::from_digest(&bytes)
}

async fn check_instrument(core: &Shared, id: &InstrumentId) -> Result<(), RabtError> {
    let (wanted, today) = (id.clone(), core.today());
    let known = core.stored(move |store| store.instruments().get(&wanted)).await?;
    if known.is_some_and(|instrument| instrument.is_usable(today)) {
        Ok(())
    } else {
        Err(RabtError::Conflict {
            code: ConflictCode::InstrumentUnusable,
        })
    }
}

/// The hub enforces the level; asking first spares the person a refusal.
async fn check_assurance(core: &Shared, quote: &Quote) -> Result<(), RabtError> {
    let session = core.signed_in().await?;
    match &quote.required_acr {
        Some(acr) if session.acr.as_ref() != Some(acr) => Err(RabtError::StepUpRequired { acr: acr.clone() }),
        _ => Ok(()),
    }
}

/// A payment that was refused as a whole, by the hub or by the bank, is an error of the call, so that a shell can't overlook it.
fn ended(payment: Payment) -> Result<Payment, RabtError> {
    match &payment.rejection {
        Some(rejection) if payment.state == PaymentState::Rejected => Err(refusal(rejection)),
        _ => Ok(payment),
    }
}

fn refusal(rejection: &Rejection) -> RabtError {
    let code = match rejection.code.as_str() {
        code::BILL_BEING_PAID => ConflictCode::BillBeingPaid,
        code::BILL_ALREADY_PAID => ConflictCode::BillAlreadyPaid,
        code::BILL_CHANGED | code::BILL_WITHDRAWN => ConflictCode::BillChanged,
        code::INSTRUMENT_UNUSABLE => ConflictCode::InstrumentUnusable,
        code::QUOTE_EXPIRED => ConflictCode::QuoteExpired,
        other => {
            return match &rejection.reason {
                Some(reason) => RabtError::Refused {
                    code: other.to_owned(),
                    reason: reason.clone(),
                },
                None => RabtError::Conflict {
                    code: ConflictCode::QuoteExpired,
                },
            };
        }
    };
    RabtError::Conflict { code }
}
