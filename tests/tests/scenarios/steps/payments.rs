//! What the person pays with, and paying.

use super::{Steps, act};
use crate::{
    money::{amount, fils},
    stage::{Stage, kind_of},
};
use rabt::{
    Chosen,
    domain::{Payment, PaymentState, QuoteOutcome},
};
use rabt_tests::bill_key;
use std::time::{Duration, Instant};

/// Far beyond what the hub takes.
const PATIENCE: Duration = Duration::from_secs(20);
/// One look at a payment.
const A_LOOK: Duration = Duration::from_secs(1);

pub(crate) const PAYMENTS: Steps = &[
    (
        "{string} links a {string}",
        act!(|stage, said| { link(stage, said.text(0), said.text(1), "approve").await }),
    ),
    (
        "{string} begins to link a {string} and cancels",
        act!(|stage, said| { link(stage, said.text(0), said.text(1), "refuse").await }),
    ),
    (
        "the {string} is unlinked",
        act!(|stage, said| {
            let instrument = stage.instrument(kind_of(said.text(0))).await.expect("it is linked");
            let result = stage.rabt().instruments().remove(&instrument.id).await;
            stage.done(result);
        }),
    ),
    (
        "a {string} ending in {string} is linked",
        act!(|stage, said| {
            let instrument = stage.instrument(kind_of(said.text(0))).await.expect("it is linked");
            assert_eq!(instrument.last_four.reveal(), said.text(1));
        }),
    ),
    (
        "no {string} is linked",
        act!(|stage, said| { assert!(stage.instrument(kind_of(said.text(0))).await.is_none()) }),
    ),
    (
        "these bills are quoted:",
        act!(|stage, said| {
            let chosen: Vec<Chosen> = said
                .rows()
                .map(|(agency, bill)| Chosen {
                    bill: bill_key(agency, bill),
                    amount: None,
                })
                .collect();
            quote(stage, &chosen).await;
        }),
    ),
    (
        "an empty basket is quoted",
        act!(|stage, _said| { quote(stage, &[]).await }),
    ),
    (
        "the bill {string} of {string} is quoted at {string}",
        act!(|stage, said| {
            let chosen = Chosen {
                bill: bill_key(said.text(1), said.text(0)),
                amount: Some(amount(said.text(2))),
            };
            quote(stage, &[chosen]).await;
        }),
    ),
    (
        "the quote comes to {string}",
        act!(|stage, said| {
            let quote = &stage.quotes[&stage.name()];
            assert_eq!(fils(&quote.total), amount(said.text(0)).get());
        }),
    ),
    (
        "the quote says {string} of the bill {string} of {string}",
        act!(|stage, said| {
            let (quote, key) = (&stage.quotes[&stage.name()], bill_key(said.text(2), said.text(1)));
            let line = quote.lines.iter().find(|line| line.bill == key).expect("it was quoted");
            assert_eq!(word_of_line(line.outcome), said.text(0));
        }),
    ),
    (
        "the quote is paid with the {string}",
        act!(|stage, said| {
            let instrument = stage.instrument(kind_of(said.text(0))).await.expect("it is linked");
            let quote = stage.quotes[&stage.name()].id.clone();
            let result = stage.rabt().payments().pay(&quote, &instrument.id).await;
            if let Some(payment) = stage.done(result) {
                let name = stage.name();
                stage.payments.insert(name, payment.key);
            }
        }),
    ),
    (
        "the payment is {string}",
        act!(|stage, said| { payment_comes_to(stage, said.text(0)).await }),
    ),
    (
        "{int} receipts verify",
        act!(|stage, said| {
            let page = stage
                .rabt()
                .payments()
                .receipts(None, 100)
                .await
                .expect("the store answers");
            let refused: Vec<_> = page.receipts.iter().filter(|view| view.receipt.is_err()).collect();
            assert!(refused.is_empty(), "{} don't verify", refused.len());
            assert_eq!(i64::try_from(page.receipts.len()), Ok(said.int(0)));
        }),
    ),
    (
        "the outcome {string} waits to be acknowledged",
        act!(|stage, said| {
            let queued = stage.rabt().payments().outcomes(100).await.expect("the store answers");
            let words: Vec<_> = queued.iter().map(|queued| word_of(queued.outcome.state)).collect();
            assert_eq!(words, [said.text(0)]);
        }),
    ),
    (
        "no outcome waits to be acknowledged",
        act!(|stage, _said| {
            let queued = stage.rabt().payments().outcomes(100).await.expect("the store answers");
            assert!(queued.is_empty(), "{queued:?}");
        }),
    ),
    (
        "the outcomes are acknowledged",
        act!(|stage, _said| {
            let queued = stage.rabt().payments().outcomes(100).await.expect("the store answers");
            let ids: Vec<_> = queued.iter().map(|queued| queued.id).collect();
            let result = stage.rabt().payments().acknowledge(&ids).await;
            stage.done(result);
        }),
    ),
];

async fn link(stage: &mut Stage, persona: &str, words: &str, intent: &str) {
    let result = async {
        let page = stage.rabt().instruments().begin_link(kind_of(words)).await?;
        let came_back = stage.city().browse(page.url.as_str(), persona, intent).await;
        stage.rabt().instruments().complete_link(&came_back).await
    }
    .await;
    stage.done(result);
}

async fn quote(stage: &mut Stage, chosen: &[Chosen]) {
    let result = stage.rabt().payments().quote(chosen).await;
    if let Some(quote) = stage.done(result) {
        let name = stage.name();
        stage.quotes.insert(name, quote);
    }
}

/// Looks the payment up until it is so, or has ended otherwise.
async fn payment_comes_to(stage: &Stage, wanted: &str) {
    let (begun, key) = (Instant::now(), &stage.payments[&stage.name()]);
    loop {
        let payment: Payment = stage
            .rabt()
            .payments()
            .follow(key, A_LOOK)
            .await
            .expect("the store answers");
        let word = word_of(payment.state);
        if word == wanted {
            return;
        }
        assert!(!payment.state.is_final(), "the payment is {word}");
        assert!(begun.elapsed() < PATIENCE, "the payment is still {word}");
    }
}

fn word_of(state: PaymentState) -> &'static str {
    match state {
        PaymentState::Created => "created",
        PaymentState::Submitting => "submitting",
        PaymentState::Unknown => "unknown",
        PaymentState::Pending => "pending",
        PaymentState::Settled => "settled",
        PaymentState::PartlySettled => "partly settled",
        PaymentState::Rejected => "rejected",
        PaymentState::Refunded => "refunded",
    }
}

fn word_of_line(outcome: QuoteOutcome) -> &'static str {
    match outcome {
        QuoteOutcome::Payable => "payable",
        QuoteOutcome::Changed => "changed",
        QuoteOutcome::AlreadyPaid => "already paid",
        QuoteOutcome::BeingPaid => "being paid",
        QuoteOutcome::Withdrawn => "withdrawn",
        QuoteOutcome::NotFound => "not found",
        QuoteOutcome::AmountRefused => "amount refused",
        QuoteOutcome::AgencyUnavailable => "agency unavailable",
        QuoteOutcome::Unknown => "unknown",
    }
}
