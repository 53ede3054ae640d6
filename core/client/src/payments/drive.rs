//! Carrying out what the state machine commands: send, look up, wait. One task moves a payment at a time.

use crate::{RabtError, Topic, core::Shared};
use rabt_domain::{
    Bill, BillStatus, HubPaymentId, IdempotencyKey, IncidentKind, Invalid, InvalidReason, Payment, PaymentState,
    Timestamp,
    bill::{BillPaid, CHANNEL_RABT},
    payment::{Command, ItemState, Origin, PaymentError, PaymentEvent, PaymentItem, Step, step},
};
use rabt_link::gateway::{HubAnswer, PayOutcome};
use rabt_protocol::{oidc::acr, problem::code};
use rabt_store::{Store, StoreError, limits::OUTCOMES_PULL_MAX};
use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

/// Moves one payment.
pub(crate) struct Drive<'a> {
    core: &'a Shared,
    key: &'a IdempotencyKey,
    patience: Duration,
    begun: Instant,
    until_answered: bool,
    /// The level that the hub asked for.
    acr: Option<String>,
    /// Why the request was not sent, for the caller.
    unsent: Option<RabtError>,
}

impl<'a> Drive<'a> {
    pub(crate) fn new(core: &'a Shared, key: &'a IdempotencyKey, patience: Duration) -> Self {
        Self {
            core,
            key,
            patience,
            begun: Instant::now(),
            until_answered: false,
            acr: None,
            unsent: None,
        }
    }

    /// Stops once the hub has the payment, though it isn't finished.
    pub(crate) fn until_answered(self) -> Self {
        Self {
            until_answered: true,
            ..self
        }
    }

    /// Runs until the payment is finished, the patience is over, or the person is needed.
    pub(crate) async fn run(mut self, first: Option<PaymentEvent>) -> Result<Payment, RabtError> {
        let _within = self.core.driving.enter(self.key).await;
        let mut event = match first {
            Some(first) => Some(first),
            None => left_behind(&self.stored().await?, self.core.now()),
        };
        // Ended by patience: each turn sends, or waits for a look-up.
        loop {
            let (payment, command) = match event.take() {
                Some(event) => self.moved(event).await?,
                None => (self.stored().await?, Some(Command::LookUp)),
            };
            if let Some(error) = self.unsent.take() {
                return Err(error);
            }
            let answered = self.until_answered && payment.state == PaymentState::Pending;
            if payment.state.is_final() || answered {
                return Ok(payment);
            }
            event = match command {
                Some(Command::AskStepUp) => {
                    return Err(RabtError::StepUpRequired {
                        acr: self.acr.unwrap_or_else(|| acr::HIGH.to_owned()),
                    });
                }
                Some(Command::Send) => Some(self.send(&payment).await),
                Some(Command::LookUp) if !self.waited(&payment).await => return Ok(payment),
                Some(Command::LookUp) => Some(self.look_up(&payment).await),
                None => return Ok(payment),
            };
        }
    }

    async fn stored(&self) -> Result<Payment, RabtError> {
        let key = self.key.clone();
        let unknown = || Invalid::new("idempotency_key", InvalidReason::Unsupported);
        Ok(self
            .core
            .stored(move |store| store.payments().get(&key))
            .await?
            .ok_or_else(unknown)?)
    }

    /// Lets the state machine decide and writes what it decided, in one transaction.
    async fn moved(&self, event: PaymentEvent) -> Result<(Payment, Option<Command>), RabtError> {
        let (key, now) = (self.key.clone(), self.core.now());
        let moved = self
            .core
            .stored(move |store| store.payments().update(&key, |payment| step(payment, event, now)))
            .await?;
        match moved {
            Some(Ok(step)) => {
                self.announce(&step).await;
                Ok((step.payment, step.command))
            }
            Some(Err(PaymentError::NotNow { .. })) => Ok((self.stored().await?, None)),
            Some(Err(error @ (PaymentError::Mismatch(_) | PaymentError::TakenBack))) => {
                tracing::warn!(%error, "the hub's report was refused");
                self.core.record(None, IncidentKind::PaymentMismatch).await;
                Ok((self.failed_look_up().await?, None))
            }
            None => Ok((self.stored().await?, None)),
        }
    }

    /// After a report that was refused: look again later.
    async fn failed_look_up(&self) -> Result<Payment, RabtError> {
        let (key, now) = (self.key.clone(), self.core.now());
        let lost = move |payment: Payment| {
            let event = match payment.state {
                PaymentState::Submitting => PaymentEvent::Lost,
                _ => PaymentEvent::LookUpFailed,
            };
            step(payment, event, now)
        };
        self.core
            .stored(move |store| store.payments().update(&key, lost))
            .await?;
        self.stored().await
    }

    async fn announce(&self, step: &Step) {
        let mut topics = vec![Topic::Payments, Topic::Bills];
        if step.outcome.is_some() {
            topics.push(Topic::Outcomes);
        }
        let payment = step.payment.clone();
        if let Err(error) = self.core.stored(move |store| show_as_paid(store, &payment)).await {
            tracing::warn!(%error, "paid bills are shown as open until the next refresh");
        }
        self.core.changes.announce(&topics);
    }

    async fn send(&mut self, payment: &Payment) -> PaymentEvent {
        let gateway = match self.core.gateway_client().await {
            Ok(gateway) => gateway,
            Err(error) => {
                self.unsent = Some(error);
                return PaymentEvent::NotSent;
            }
        };
        let outcome = gateway.pay(payment).await;
        self.refused(&outcome.incidents()).await;
        match outcome {
            // Both say that the hub knows the key, so they refuse this copy of the request and not the payment: it is looked up.
            PayOutcome::Refused(refusal)
                if [code::IDEMPOTENCY_KEY_IN_FLIGHT, code::IDEMPOTENCY_KEY_REUSED].contains(&refusal.code.as_str()) =>
            {
                PaymentEvent::Lost
            }
            PayOutcome::StepUpAsked { acr } => {
                self.acr = acr;
                PaymentEvent::StepUpAsked
            }
            // Once another copy was under way the record only becomes unknown again, which is no error of the caller's.
            PayOutcome::NotSent(error) => {
                self.unsent = (payment.sends <= 1).then(|| error.into());
                PaymentEvent::NotSent
            }
            other => other.into_event(),
        }
    }

    /// Records what was refused of an answer. A receipt by a key that isn't known may be newer than the directory at hand.
    async fn refused(&self, kinds: &[IncidentKind]) {
        self.core.record_kinds(None, kinds.iter().copied()).await;
        if kinds.contains(&IncidentKind::BadSignature)
            && let Err(error) = self.core.refresh_directory().await
        {
            tracing::info!(%error, "the directory could not be read again");
        }
    }

    /// Waits until the payment may be looked up; `false` where that is beyond the patience.
    async fn waited(&self, payment: &Payment) -> bool {
        let due = payment.look_up_at.unwrap_or_else(|| self.core.now());
        let wait_ms = u64::try_from(due.millis() - self.core.now().millis()).unwrap_or(0);
        let wait = Duration::from_millis(wait_ms);
        if self.begun.elapsed() + wait > self.patience {
            return false;
        }
        tokio::time::sleep(wait).await;
        true
    }

    async fn look_up(&self, payment: &Payment) -> PaymentEvent {
        let Ok(gateway) = self.core.gateway_client().await else {
            return PaymentEvent::LookUpFailed;
        };
        match gateway.find_payment(&payment.key).await {
            Ok(Some(answer)) => {
                self.refused(&answer.refused_receipts).await;
                PaymentEvent::Told(answer.report)
            }
            Ok(None) => PaymentEvent::Absent,
            Err(error) => {
                self.core.record_incident(None, &error).await;
                tracing::info!(%error, "a payment could not be looked up");
                PaymentEvent::LookUpFailed
            }
        }
    }
}

/// What is settled is shown as paid at once; the agency's own word replaces it with the next refresh.
fn show_as_paid(store: &Store, payment: &Payment) -> Result<(), StoreError> {
    for item in payment.items.iter().filter(|item| item.state == ItemState::Settled) {
        let Some(stored) = store.bills().get(&item.bill)? else {
            continue;
        };
        if stored.bill.status == BillStatus::Open {
            let paid = BillPaid {
                at: payment.updated_at,
                amount: item.amount,
                channel: CHANNEL_RABT.to_owned(),
            };
            store.bills().put(&Bill {
                status: BillStatus::Paid,
                paid: Some(paid),
                ..stored.bill
            })?;
        }
    }
    Ok(())
}

/// The two files are written one after the other: a kill in between leaves bills open that the ledger knows to be paid. Their
/// outcome is in the queue still. What their agencies have said since is not overruled.
fn show_told_as_paid(store: &Store) -> Result<(), StoreError> {
    let outcomes = store.payments().pull_outcomes(OUTCOMES_PULL_MAX)?;
    if outcomes.is_empty() {
        return Ok(());
    }
    let freshness = store.freshness().all()?;
    for queued in outcomes {
        let Some(mut payment) = store.payments().get(&queued.outcome.key)? else {
            continue;
        };
        let heard_since = |item: &PaymentItem| {
            let of = freshness.iter().find(|entry| entry.agency == item.bill.agency);
            of.and_then(|entry| entry.succeeded_at)
                .is_some_and(|at| at > queued.outcome.at)
        };
        payment.items.retain(|item| !heard_since(item));
        show_as_paid(store, &payment)?;
    }
    Ok(())
}

pub(super) async fn follow(core: &Shared, key: &IdempotencyKey, patience: Duration) -> Result<Payment, RabtError> {
    let payment = Drive::new(core, key, patience).run(None).await?;
    if payment.state.is_final() {
        refresh_paid(core, &payment).await;
    }
    Ok(payment)
}

/// Asks the agencies of a finished payment again; that one doesn't answer is noted with it.
async fn refresh_paid(core: &Shared, payment: &Payment) {
    let agencies: BTreeSet<_> = payment.items.iter().map(|item| item.bill.agency.clone()).collect();
    let agencies: Vec<_> = agencies.into_iter().collect();
    if let Err(error) = (crate::Bills { core: core.clone() }).refresh_agencies(&agencies).await {
        tracing::info!(%error, "the paid bills' agencies are asked at the next refresh");
    }
}

/// Tells every payment of the journal that the app was opened again. Needs no network.
pub(crate) fn reopen(store: &Store, now: Timestamp) -> Result<(), StoreError> {
    if let Err(error) = show_told_as_paid(store) {
        tracing::warn!(%error, "paid bills are shown as open until the next refresh");
    }
    for payment in store.payments().unfinished()? {
        // A record that can't take the event stays as it is.
        let _moved = store
            .payments()
            .update(&payment.key, |payment| step(payment, PaymentEvent::Reopened, now))?;
    }
    Ok(())
}

/// What happened to a payment that nobody is moving, as whoever is within its gate knows: whoever was sending it is gone, and a
/// quote that expired while a step-up was asked for will not be paid.
fn left_behind(payment: &Payment, now: Timestamp) -> Option<PaymentEvent> {
    match (payment.state, &payment.origin) {
        (PaymentState::Submitting, _) => Some(PaymentEvent::Reopened),
        (PaymentState::Created, Origin::ThisDevice { quote_expires_at, .. }) if now >= *quote_expires_at => {
            Some(PaymentEvent::Reopened)
        }
        _ => None,
    }
}

/// Looks up every payment that isn't finished, all within a time; says how many are finished by then and how many not.
pub(crate) async fn resume(core: &Shared, patience: Duration) -> Result<(usize, usize), RabtError> {
    let unfinished = core.stored(|store| store.payments().unfinished()).await?;
    let mut followed = JoinSet::new();
    for payment in unfinished {
        let core = core.clone();
        followed.spawn(async move { follow(&core, &payment.key, patience).await });
    }
    let (mut finished, mut left) = (0, 0);
    while let Some(payment) = followed.join_next().await {
        let payment = payment.map_err(|_| RabtError::Bug { at: "payments" })??;
        if payment.state.is_final() {
            finished += 1
        } else {
            left += 1
        }
    }
    Ok((finished, left))
}

/// Takes the hub's word on a payment that it says has changed: one of ours, or one that was made elsewhere.
pub(crate) async fn heard(core: &Shared, id: &HubPaymentId) -> Result<(), RabtError> {
    let answer = match core.gateway_client().await?.payment(id).await {
        Ok(answer) => answer,
        Err(error) => {
            core.record_incident(None, &error).await;
            return Err(error.into());
        }
    };
    take(core, answer).await
}

/// Takes in what the hub says of a payment.
pub(crate) async fn take(core: &Shared, answer: HubAnswer) -> Result<(), RabtError> {
    let (key, report, now) = (answer.report.key.clone(), answer.report, core.now());
    let name = key.clone();
    if core.stored(move |store| store.payments().get(&name)).await?.is_some() {
        let drive = Drive::new(core, &key, Duration::ZERO);
        drive.refused(&answer.refused_receipts).await;
        drive.run(Some(PaymentEvent::Told(report))).await?;
        return Ok(());
    }
    core.record_kinds(None, answer.refused_receipts).await;
    match report.into_payment(now) {
        // What was finished before it was heard of here is history, and no news.
        Ok(payment) => core.stored(move |store| store.payments().save(&payment, None)).await?,
        Err(_) => core.record(None, IncidentKind::PaymentMismatch).await,
    }
    core.changes.announce(&[Topic::Payments, Topic::Bills]);
    Ok(())
}
