//! Once and not more: two phones, two taps, an app that is killed anywhere, and the queue that tells what became of it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a story that meets something else has failed"
)]

use rabt::{
    ConflictCode, RabtError,
    domain::{
        Bill, BillStatus, IdempotencyKey, Instrument, InstrumentKind, PaymentState,
        payment::{NOT_SENT, Origin},
    },
    store::bills::BillQuery,
};
use rabt_sandbox::{Fault, FaultKind};
use rabt_tests::{Phone, Town, agency_id, chosen};
use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

const FAMILY: &str = "tenant-family";
const A_WHILE: Duration = Duration::from_secs(25);

async fn ready(town: &Town) -> (Phone, Instrument) {
    let phone = town.phone_of(FAMILY).await;
    phone.refresh().await;
    let account = phone.link(town, FAMILY, InstrumentKind::BankAccount).await;
    (phone, account)
}

/// A second phone of the same person's, on which the same account is known.
async fn second(town: &Town) -> Phone {
    let phone = town.phone_of(FAMILY).await;
    phone.refresh().await;
    phone.rabt().instruments().refresh().await.unwrap();
    phone
}

fn conflict(code: ConflictCode) -> RabtError {
    RabtError::Conflict { code }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_phones_that_pay_one_bill_at_the_same_moment_pay_it_once() {
    // Given two phones of one person, and baskets that share a bill.
    let town = Town::start().await;
    let (one, account) = ready(&town).await;
    let two = second(&town).await;
    let rounds = [
        ("customs", "cu-0001"),
        ("health", "he-0001"),
        ("knowledge", "kn-0002"),
        ("road-toll", "to-0002"),
        ("roads", "rt-0002"),
    ];
    for shared in rounds {
        let own = if shared.0 == "customs" {
            Some(("municipality", "mu-0001"))
        } else {
            None
        };
        let shared = [one.bill(shared.0, shared.1).await];
        let mut of_one: Vec<&Bill> = shared.iter().collect();
        let more = one.some_bills(own.as_slice()).await;
        of_one.extend(&more);

        // When both have a quote and both pay at once.
        let quotes = (
            one.quote(&of_one).await.unwrap(),
            two.quote(&[&shared[0]]).await.unwrap(),
        );
        let (pay_one, pay_two) = (one.rabt().payments(), two.rabt().payments());
        let (of_one, of_two) = tokio::join!(
            pay_one.pay(&quotes.0.id, &account.id),
            pay_two.pay(&quotes.1.id, &account.id)
        );

        // Then one has paid, the other is told why not, and no money is in doubt.
        let (paid, refused) = match (of_one, of_two) {
            (Ok(paid), Err(refused)) | (Err(refused), Ok(paid)) => (paid, refused),
            other => panic!("{other:?}"),
        };
        assert!(
            matches!(paid.state, PaymentState::Settled | PaymentState::Pending),
            "{paid:?}"
        );
        let told = [ConflictCode::BillBeingPaid, ConflictCode::BillAlreadyPaid].map(conflict);
        assert!(told.contains(&refused), "{refused:?}");
        assert!(!refused.reason(rabt::domain::Language::Ar).is_empty());
        town.books_at_rest().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bill_that_another_phone_is_paying_is_said_to_be_and_not_sent() {
    // Given a phone that is paying, and an agency that doesn't answer so soon.
    let town = Town::start().await;
    let (one, account) = ready(&town).await;
    let two = second(&town).await;
    town.fault(Fault::new("customs", FaultKind::CutBeforeCommit).on("/v1/postings"));
    let bill = one.bill("customs", "cu-0001").await;
    let early = two.quote(&[&bill]).await.unwrap();
    let payment = one.pay(&[&bill], &account.id).await.unwrap();
    assert_eq!(payment.state, PaymentState::Pending);

    // When the other asks, its quote says so; when it pays what it was quoted before, it is told.
    let late = two.quote(&[&bill]).await.unwrap();
    assert_eq!(late.lines[0].outcome, rabt::domain::QuoteOutcome::BeingPaid);
    assert_eq!(
        two.rabt().payments().pay(&late.id, &account.id).await,
        Err(conflict(ConflictCode::NothingPayable))
    );
    assert_eq!(
        two.rabt().payments().pay(&early.id, &account.id).await,
        Err(conflict(ConflictCode::BillBeingPaid))
    );
    // By a sync it knows itself, and asks nobody.
    two.rabt().sync().run(Duration::from_secs(1)).await.unwrap();
    assert_eq!(
        two.rabt().bills().get(&bill.key).await.unwrap().unwrap().paying,
        Some(payment.key.clone())
    );
    let asked = town.meter("gateway");
    assert_eq!(two.quote(&[&bill]).await, Err(conflict(ConflictCode::BillBeingPaid)));
    assert_eq!(town.counted(&asked), 0);

    // Then it sees how it ends, as a payment that was made elsewhere, with the receipt.
    town.mend("customs");
    town.books_at_rest().await;
    two.rabt().sync().run(A_WHILE).await.unwrap();
    let seen = two.rabt().payments().get(&payment.key).await.unwrap().unwrap();
    assert_eq!((seen.state, &seen.origin), (PaymentState::Settled, &Origin::Elsewhere));
    assert_eq!(two.bill("customs", "cu-0001").await.status, BillStatus::Paid);
    let receipts = two.rabt().payments().receipts(None, 10).await.unwrap().receipts;
    assert!(receipts.len() == 1 && receipts[0].receipt.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_that_signs_in_later_sees_what_was_paid_before() {
    let town = Town::start().await;
    let (one, account) = ready(&town).await;
    let bill = one.bill("customs", "cu-0001").await;
    let payment = one.pay(&[&bill], &account.id).await.unwrap();

    let two = town.phone_of(FAMILY).await;

    let seen = two.rabt().payments().get(&payment.key).await.unwrap().unwrap();
    assert_eq!((seen.state, seen.total), (PaymentState::Settled, payment.total));
    // What was finished before it was heard of is history, and no news.
    assert_eq!(two.outcomes().await, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_that_is_paying_a_bill_does_not_begin_again() {
    let town = Town::start().await;
    let (phone, account) = ready(&town).await;
    let bill = phone.bill("customs", "cu-0001").await;
    let (first, second) = (
        phone.quote(&[&bill]).await.unwrap(),
        phone.quote(&[&bill]).await.unwrap(),
    );
    town.fault(
        Fault::new("gateway", FaultKind::LatencyMs { latency_ms: 400 })
            .method("POST")
            .on("/v1/payments"),
    );
    let sent = town.meter_on("gateway", "POST", "/v1/payments");
    let payments = phone.rabt().payments();
    let instrument = account.id.clone();
    let paying = tokio::spawn(async move { payments.pay(&first.id, &instrument).await });
    phone
        .until("the bill is being paid", async |phone: &Phone| {
            let stored = phone.rabt().bills().get(&bill.key).await.unwrap().unwrap();
            stored.paying.is_some()
        })
        .await;

    let quoted = town.meter_on("gateway", "POST", "/v1/quotes");
    let being_paid = conflict(ConflictCode::BillBeingPaid);
    assert_eq!(
        phone.rabt().payments().pay(&second.id, &account.id).await,
        Err(being_paid.clone())
    );
    assert_eq!(phone.quote(&[&bill]).await, Err(being_paid));
    assert_eq!(paying.await.unwrap().unwrap().state, PaymentState::Settled);
    assert_eq!((town.counted(&quoted), town.counted(&sent)), (0, 1));

    assert_eq!(
        phone.rabt().payments().pay(&second.id, &account.id).await,
        Err(conflict(ConflictCode::BillAlreadyPaid))
    );
    town.books_at_rest().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quote_that_is_paid_twice_at_once_is_one_payment() {
    let town = Town::start().await;
    let (phone, account) = ready(&town).await;
    let bill = phone.bill("customs", "cu-0001").await;
    let quote = phone.quote(&[&bill]).await.unwrap();
    let sent = town.meter_on("gateway", "POST", "/v1/payments");

    let taps: Vec<_> = (0..4)
        .map(|_| {
            let (payments, quote, account) = (phone.rabt().payments(), quote.id.clone(), account.id.clone());
            tokio::spawn(async move { payments.pay(&quote, &account).await })
        })
        .collect();
    let mut keys = BTreeSet::new();
    for tap in taps {
        keys.insert(tap.await.unwrap().unwrap().key);
    }
    let again = phone.rabt().payments().pay(&quote.id, &account.id).await.unwrap();

    assert_eq!(again.state, PaymentState::Settled);
    assert_eq!((keys, town.counted(&sent)), (BTreeSet::from([again.key]), 1));
    assert_eq!(phone.outcomes().await.len(), 1);
    assert_eq!(town.books_at_rest().await.settled_fils, bill.amount.reveal().get());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_that_stops_waiting_stops_no_payment() {
    let town = Town::start().await;
    let (phone, account) = ready(&town).await;
    let bill = phone.bill("customs", "cu-0001").await;
    let quote = phone.quote(&[&bill]).await.unwrap();

    // The screen is left after the first step of the call.
    let payments = phone.rabt().payments();
    let gone = tokio::time::timeout(Duration::ZERO, payments.pay(&quote.id, &account.id)).await;
    assert!(gone.is_err());

    phone
        .until("the payment is settled", async |phone: &Phone| {
            !phone.outcomes().await.is_empty()
        })
        .await;
    assert_eq!(phone.bill("customs", "cu-0001").await.status, BillStatus::Paid);
    town.books_at_rest().await;
}

/// How often the app is killed: at moments spread over half as long again as a payment takes.
const KILLS: u32 = 30;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_that_is_killed_anywhere_in_a_payment_loses_nothing_and_pays_nothing_twice() {
    // Given somebody with many bills, and an account.
    let town = Town::start().await;
    let mut phone = town.phone_of("thousand").await;
    phone.refresh().await;
    let account = phone.link(&town, "thousand", InstrumentKind::BankAccount).await;
    let of = async |agency: &str| {
        let agencies = vec![agency_id(agency)];
        phone
            .bills(BillQuery {
                agencies,
                ..BillQuery::default()
            })
            .await
    };
    let (fines, fees) = (of("police").await, of("knowledge").await);
    let (mut fines, mut fees) = (fines.iter(), fees.iter());
    let mut basket = || chosen(&[fines.next().unwrap(), fees.next().unwrap()]);
    let quote = phone.rabt().payments().quote(&basket()).await.unwrap();
    let begun = Instant::now();
    phone.rabt().payments().pay(&quote.id, &account.id).await.unwrap();
    let whole = begun.elapsed();

    // When the app is killed thirty times, each time a little later in the payment of two other bills.
    for kill in 0..KILLS {
        let (basket, instrument) = (basket(), account.id.clone());
        let later = whole * kill * 3 / (KILLS * 2);
        phone
            .dies(later, move |rabt, may_die| async move {
                let quote = rabt.payments().quote(&basket).await.unwrap();
                let paying = rabt.payments();
                let paying = paying.pay(&quote.id, &instrument);
                may_die.send(()).unwrap();
                let _ = paying.await;
                // Nothing more is asked of this life.
                std::future::pending::<()>().await;
            })
            .await;
    }
    phone.open().await.unwrap();

    // Then syncs find out what became of each,
    let mut report = phone.rabt().sync().run(A_WHILE).await.unwrap();
    while report.payments_left > 0 {
        report = phone.rabt().sync().run(A_WHILE).await.unwrap();
    }
    let books = town.books_at_rest().await;
    let payments = phone.rabt().payments().page(None, 200).await.unwrap().payments;
    let settled: Vec<_> = payments
        .iter()
        .filter(|payment| payment.state == PaymentState::Settled)
        .collect();
    assert_eq!(
        settled.iter().map(|payment| payment.total.reveal().get()).sum::<i64>(),
        books.settled_fils
    );
    assert_eq!(books.debited_fils, books.settled_fils);
    // those that were never sent are closed and said to be so, nothing else is,
    for payment in &payments {
        let unsent = payment.rejection.as_ref().is_some_and(|why| why.code == NOT_SENT);
        assert_eq!(payment.state == PaymentState::Settled, !unsent, "{payment:?}");
    }
    // every one of them has one outcome,
    let told: Vec<IdempotencyKey> = phone
        .outcomes()
        .await
        .into_iter()
        .map(|queued| queued.outcome.key)
        .collect();
    let made: BTreeSet<_> = payments.iter().map(|payment| payment.key.clone()).collect();
    assert_eq!(
        (told.len(), told.into_iter().collect::<BTreeSet<_>>()),
        (payments.len(), made)
    );
    // and a bill is paid exactly where its payment is settled.
    let paid: BTreeSet<_> = settled
        .iter()
        .flat_map(|payment| &payment.items)
        .map(|item| item.bill.clone())
        .collect();
    phone.refresh().await;
    let shown: BTreeSet<_> = phone
        .all_bills()
        .await
        .into_iter()
        .filter(|bill| bill.status == BillStatus::Paid)
        .map(|bill| bill.key)
        .collect();
    assert_eq!(shown, paid);
    // Some were killed so late that the hub had them.
    assert!(settled.len() > 1, "{} of {KILLS} settled", settled.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn outcomes_stay_in_order_until_they_are_acknowledged() {
    // Given a payment that was settled, one that was refused and another that was settled.
    let town = Town::start().await;
    let (mut phone, account) = ready(&town).await;
    let mut keys = Vec::new();
    for (agency, bill, funds_fils) in [
        ("customs", "cu-0001", 1_000_000),
        ("health", "he-0001", 0),
        ("knowledge", "kn-0002", 1_000_000),
    ] {
        town.control()
            .set_available_fils(
                FAMILY,
                rabt_protocol::instrument::InstrumentKind::BankAccount,
                funds_fils,
            )
            .unwrap();
        let bill = phone.bill(agency, bill).await;
        let _ = phone.pay(&[&bill], &account.id).await;
        keys.push(
            phone
                .rabt()
                .payments()
                .page(None, 1)
                .await
                .unwrap()
                .payments
                .remove(0)
                .key,
        );
    }
    let told = phone.outcomes().await;
    assert_eq!(
        told.iter().map(|queued| queued.outcome.key.clone()).collect::<Vec<_>>(),
        keys
    );
    let states: Vec<_> = told.iter().map(|queued| queued.outcome.state).collect();
    assert_eq!(
        states,
        [PaymentState::Settled, PaymentState::Rejected, PaymentState::Settled]
    );

    // When the app is closed and opened, and synced, they are still there, the same and no more.
    phone.close();
    phone.open().await.unwrap();
    phone.rabt().sync().run(A_WHILE).await.unwrap();
    assert_eq!(phone.outcomes().await, told);
    assert_eq!(phone.rabt().payments().outcomes(1).await.unwrap(), told[..1]);

    // And each goes by being acknowledged, once and for good.
    let acknowledge =
        async |phone: &Phone, index: usize| phone.rabt().payments().acknowledge(&[told[index].id]).await.unwrap();
    assert_eq!(acknowledge(&phone, 1).await, 1);
    assert_eq!(acknowledge(&phone, 1).await, 0);
    assert_eq!(phone.outcomes().await, [told[0].clone(), told[2].clone()]);
    phone.close();
    phone.open().await.unwrap();
    assert_eq!(
        phone
            .rabt()
            .payments()
            .acknowledge(&[told[0].id, told[2].id])
            .await
            .unwrap(),
        2
    );
    phone.rabt().sync().run(A_WHILE).await.unwrap();
    assert_eq!(phone.outcomes().await, []);
    town.books_at_rest().await;
}
