//! Linking and paying, while things go wrong.

use super::bills::all;
use crate::demo::{Outcome, figures::Figures, show, stage::Stage};
use rabt::{
    Chosen, RabtError,
    domain::{Bill, BillKind, Instrument, InstrumentKind, Payment, PaymentState, Quote, payment::ItemState},
    store::bills::Standing,
};
use rabt_sandbox::{Fault, FaultKind};
use std::{collections::BTreeSet, time::Duration};

/// How many bills the basket holds at most: one of each agency, so that as many parties as possible take part.
const BASKET_MAX: usize = 10;
/// How late the slow agency answers.
const SLOW_MS: u32 = 900;
/// For how long the person watches a payment.
const WATCHED: Duration = Duration::from_secs(20);

/// What was linked.
pub(crate) struct Linked {
    account: Instrument,
    card: Instrument,
}

/// A bank account by an open-finance consent, a card at the processor's own page.
pub(crate) async fn link_instruments(stage: &Stage) -> Outcome<Linked> {
    show::scene("A bank account and a card are linked, once");
    let account = link(stage, InstrumentKind::BankAccount).await?;
    let card = link(stage, InstrumentKind::Card).await?;
    for instrument in [&account, &card] {
        let (name, last_four) = (instrument.name.en(), instrument.last_four.reveal());
        show::line(&format!(
            "  {name}, ending in {last_four}, until {}",
            instrument.expires_on
        ));
    }
    Ok(Linked { account, card })
}

async fn link(stage: &Stage, kind: InstrumentKind) -> Outcome<Instrument> {
    let instruments = stage.phone()?.instruments();
    let page = instruments.begin_link(kind).await?;
    let url = stage.city()?.approve_at_bank(page.url.as_str(), &stage.persona).await?;
    Ok(instruments.complete_link(&url).await?)
}

/// One basket over many agencies: one is down, one is slow, one loses its answer after it booked, and so does the gateway.
pub(crate) async fn pay_a_basket(stage: &Stage, linked: &Linked, figures: &mut Figures) -> Outcome<()> {
    show::scene("One basket over many agencies, while things go wrong");
    let chosen = one_of_each_agency(&all(stage.phone()?, Standing::Open).await?);
    let (down, slow, forgetful) = trouble(stage, &chosen)?;
    show::line(&format!(
        "  {down} is down, {slow} answers {SLOW_MS} ms late, {forgetful} books and loses its answer,"
    ));
    show::line("  and the gateway loses the answer to the payment itself");

    let quote = stage.phone()?.payments().quote(&chosen).await?;
    tell_quote(stage, &quote).await?;
    let payment = pay(stage, &quote, &linked.account, figures).await?;
    show::line(&format!(
        "  payment {}: {}",
        payment.key.as_str(),
        show::state(payment.state)
    ));
    let payment = stage.phone()?.payments().follow(&payment.key, WATCHED).await?;
    let settled: Vec<_> = payment
        .items
        .iter()
        .filter(|item| item.state == ItemState::Settled)
        .collect();
    show::line(&format!(
        "  {} of {} bills settled, {} left the account, each with a signed receipt",
        settled.len(),
        payment.items.len(),
        show::dirhams(*payment.total.reveal())
    ));
    figures.basket.bills = payment.items.len();
    figures.basket.agencies = payment
        .items
        .iter()
        .map(|item| &item.bill.agency)
        .collect::<BTreeSet<_>>()
        .len();
    figures.basket.settled = settled.len();
    stage.city()?.control().clear_faults(None);
    tell_outcomes(stage).await
}

/// The most urgent bill of each agency.
fn one_of_each_agency(open: &[Bill]) -> Vec<Chosen> {
    let mut agencies = BTreeSet::new();
    open.iter()
        .filter(|bill| bill.is_payable() && agencies.insert(bill.key.agency.clone()))
        .take(BASKET_MAX)
        .map(|bill| Chosen {
            bill: bill.key.clone(),
            amount: None,
        })
        .collect()
}

/// Breaks four parties in four ways, and says which agencies.
fn trouble(stage: &Stage, chosen: &[Chosen]) -> Outcome<(String, String, String)> {
    let mut agencies = chosen.iter().map(|item| item.bill.agency.as_str().to_owned());
    let mut next = || agencies.next().ok_or("the basket has too few agencies");
    let (down, slow, forgetful) = (next()?, next()?, next()?);
    let control = stage.city()?.control();
    control.set_fault(Fault::new(
        &*down,
        FaultKind::Status {
            status: 503,
            body: None,
        },
    ))?;
    control.set_fault(Fault::new(&*slow, FaultKind::LatencyMs { latency_ms: SLOW_MS }))?;
    control.set_fault(
        Fault::new(&*forgetful, FaultKind::CutAfterCommit)
            .on("/v1/postings")
            .method("POST")
            .times(1),
    )?;
    control.set_fault(
        Fault::new("gateway", FaultKind::CutAfterCommit)
            .on("/v1/payments")
            .method("POST")
            .times(1),
    )?;
    Ok((down, slow, forgetful))
}

async fn tell_quote(stage: &Stage, quote: &Quote) -> Outcome<()> {
    let payable = quote.payable().count();
    show::line(&format!(
        "  quoted: {payable} bills, {}",
        show::dirhams(*quote.total.reveal())
    ));
    for line in quote.surprises() {
        let name = stage.name_of(&line.bill.agency).await?;
        show::line(&format!("    not as expected: {} ({:?})", name.en(), line.outcome));
    }
    Ok(())
}

/// Pays; steps up first where that is asked for.
async fn pay(stage: &Stage, quote: &Quote, instrument: &Instrument, figures: &mut Figures) -> Outcome<Payment> {
    let (mut paid, mut lost) = pay_watched(stage, quote, instrument).await?;
    if let Err(RabtError::StepUpRequired { acr }) = &paid {
        show::line("  above AED 1,000 the hub asks for a second factor");
        let session = stage.phone()?.session();
        let page = session.begin_step_up(acr).await?;
        let url = stage
            .city()?
            .sign_in_as(page.url.as_str(), &stage.persona, true)
            .await?;
        session.complete(&url).await?;
        (paid, lost) = pay_watched(stage, quote, instrument).await?;
    }
    let payment = paid?;
    if lost && payment.hub_id.is_some() {
        figures.basket.unknown_then_found += 1;
        show::line("  no answer came; the payment was looked up by its key and found: it was not sent again");
    }
    Ok(payment)
}

/// Pays, and says whether the answer was lost on the way.
async fn pay_watched(
    stage: &Stage,
    quote: &Quote,
    instrument: &Instrument,
) -> Outcome<(Result<Payment, RabtError>, bool)> {
    let payments = stage.phone()?.payments();
    let mut watcher = stage.phone()?.watch();
    let paying = payments.pay(&quote.id, &instrument.id);
    tokio::pin!(paying);
    let mut lost = false;
    loop {
        tokio::select! {
            paid = &mut paying => return Ok((paid, lost)),
            _ = watcher.changed() => lost |= is_unknown(stage).await?,
        }
    }
}

async fn is_unknown(stage: &Stage) -> Outcome<bool> {
    let page = stage.phone()?.payments().page(None, 1).await?;
    Ok(page
        .payments
        .first()
        .is_some_and(|payment| payment.state == PaymentState::Unknown))
}

/// A card payment whose agency can't be reached: it is still on its way when the city goes dark.
pub(crate) async fn leave_one_pending(stage: &Stage, linked: &Linked) -> Outcome<()> {
    show::scene("A bill is paid by card, and its agency goes away meanwhile");
    let open = all(stage.phone()?, Standing::Open).await?;
    let bill = open
        .iter()
        .find(|bill| bill.kind == BillKind::Fee)
        .or(open.first())
        .ok_or("no bill is left")?;
    let chosen = [Chosen {
        bill: bill.key.clone(),
        amount: None,
    }];
    let quote = stage.phone()?.payments().quote(&chosen).await?;
    let away = Fault::new(bill.key.agency.as_str(), FaultKind::CutBeforeCommit).on("/v1/postings");
    stage.city()?.control().set_fault(away)?;
    let payment = stage.phone()?.payments().pay(&quote.id, &linked.card.id).await?;
    let name = stage.name_of(&bill.key.agency).await?;
    show::line(&format!(
        "  {}: {}, {}",
        name.en(),
        show::dirhams(*payment.total.reveal()),
        show::state(payment.state)
    ));
    Ok(())
}

/// Empties the queue of outcomes.
pub(crate) async fn tell_outcomes(stage: &Stage) -> Outcome<()> {
    let payments = stage.phone()?.payments();
    let queued = payments.outcomes(100).await?;
    for entry in &queued {
        show::line(&format!(
            "  outcome, acknowledged: {} is {}",
            entry.outcome.key.as_str(),
            show::state(entry.outcome.state)
        ));
    }
    let ids: Vec<_> = queued.iter().map(|entry| entry.id).collect();
    payments.acknowledge(&ids).await?;
    Ok(())
}
