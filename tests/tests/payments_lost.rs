//! What is lost on the way: requests, answers, agencies, the whole city. Every payment is found again, and made once.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a story that meets something else has failed"
)]

use rabt::{
    RabtError,
    domain::{Bill, BillStatus, Instrument, InstrumentKind, Payment, PaymentState, payment::ItemState},
};
use rabt_protocol::Problem;
use rabt_sandbox::{BillChange, CityConfig, Fault, FaultKind};
use rabt_tests::{Phone, Town};
use std::time::Duration;

const FAMILY: &str = "tenant-family";
const THREE: [(&str, &str); 3] = [("customs", "cu-0001"), ("health", "he-0001"), ("knowledge", "kn-0002")];
const A_WHILE: Duration = Duration::from_secs(25);

async fn ready(town: &Town) -> (Phone, Instrument) {
    let phone = town.phone_of(FAMILY).await;
    phone.refresh().await;
    let account = phone.link(town, FAMILY, InstrumentKind::BankAccount).await;
    (phone, account)
}

fn all(bills: &[Bill]) -> Vec<&Bill> {
    bills.iter().collect()
}

fn sum(bills: &[Bill]) -> i64 {
    bills.iter().map(|bill| bill.amount.reveal().get()).sum()
}

/// How many payments the hub has.
fn payments_at_the_hub(town: &Town) -> u64 {
    town.control().dump().unwrap()["gateway_payment"]["rows"]
        .as_u64()
        .unwrap()
}

fn states(payment: &Payment) -> Vec<(&str, ItemState)> {
    payment
        .items
        .iter()
        .map(|item| (item.bill.agency.as_str(), item.state))
        .collect()
}

async fn outcomes(phone: &Phone) -> Vec<PaymentState> {
    phone
        .outcomes()
        .await
        .into_iter()
        .map(|queued| queued.outcome.state)
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payment_whose_answer_is_lost_is_found_by_its_key_and_sent_once() {
    // Given a connection that dies after the hub has taken the payment.
    let town = Town::start().await;
    let (phone, account) = ready(&town).await;
    let bills = phone.some_bills(&THREE).await;
    town.fault(
        Fault::new("gateway", FaultKind::CutAfterCommit)
            .method("POST")
            .on("/v1/payments")
            .times(1),
    );
    let sent = town.meter_on("gateway", "POST", "/v1/payments");

    let payment = phone.pay(&all(&bills), &account.id).await.unwrap();
    let payment = phone.rabt().payments().follow(&payment.key, A_WHILE).await.unwrap();

    assert_eq!((payment.state, payment.sends), (PaymentState::Settled, 1));
    assert_eq!((town.counted(&sent), payments_at_the_hub(&town)), (1, 1));
    assert_eq!(town.books_at_rest().await.settled_fils, sum(&bills));
    assert_eq!(outcomes(&phone).await, [PaymentState::Settled]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payment_whose_request_is_lost_is_sent_again_under_the_same_key() {
    let ways = [
        FaultKind::CutBeforeCommit,
        // A box between that says nothing to be believed.
        FaultKind::Status {
            status: 502,
            body: None,
        },
        FaultKind::Status {
            status: 403,
            body: Some("<html>blocked</html>".to_owned()),
        },
        // The hub says that it knows the key: it is asked what it knows, which is nothing.
        FaultKind::Status {
            status: 422,
            body: Some(problem(422, "idempotency_key_reused")),
        },
        FaultKind::Status {
            status: 409,
            body: Some(problem(409, "idempotency_key_in_flight")),
        },
    ];
    // Each waits a second before it asks, so they wait together.
    let waiting: Vec<_> = ways
        .into_iter()
        .map(|way| tokio::spawn(sent_again_after(way)))
        .collect();
    for done in waiting {
        done.await.unwrap();
    }
}

async fn sent_again_after(lost: FaultKind) {
    let town = Town::start().await;
    let (phone, account) = ready(&town).await;
    let bills = phone.some_bills(&THREE).await;
    town.fault(
        Fault::new("gateway", lost.clone())
            .method("POST")
            .on("/v1/payments")
            .times(1),
    );
    let sent = town.meter_on("gateway", "POST", "/v1/payments");

    let payment = phone.pay(&all(&bills), &account.id).await.unwrap();

    assert_eq!((payment.state, payment.sends), (PaymentState::Settled, 2), "{lost:?}");
    assert_eq!((town.counted(&sent), payments_at_the_hub(&town)), (2, 1), "{lost:?}");
    assert_eq!(outcomes(&phone).await, [PaymentState::Settled], "{lost:?}");
    assert_eq!(town.books_at_rest().await.settled_fils, sum(&bills), "{lost:?}");
}

fn problem(status: u16, code: &str) -> String {
    serde_json::to_string(&Problem::new(status, code, "a fault")).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_no_gateway_takes_a_connection_nothing_is_sent_and_nothing_waits() {
    // Given a quote, and a city that is gone.
    let town = Town::start().await;
    let (phone, account) = ready(&town).await;
    let bill = phone.bill("customs", "cu-0001").await;
    let quote = phone.quote(&[&bill]).await.unwrap();
    town.stop().await;

    let error = phone.rabt().payments().pay(&quote.id, &account.id).await.unwrap_err();

    assert!(
        matches!(
            error,
            RabtError::AgencyUnavailable { agency: None, .. } | RabtError::Offline
        ),
        "{error:?}"
    );
    // The person was told that nothing will be paid, and nothing will: the record is closed, the bill free.
    let payment = phone.rabt().payments().page(None, 1).await.unwrap().payments.remove(0);
    assert_eq!((payment.state, payment.look_up_at), (PaymentState::Rejected, None));
    assert_eq!(phone.rabt().bills().get(&bill.key).await.unwrap().unwrap().paying, None);
    assert_eq!(outcomes(&phone).await, [PaymentState::Rejected]);
    assert!(phone.quote(&[&bill]).await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agency_that_is_down_when_it_is_paid_gets_its_money_when_it_is_back() {
    // Given an agency that is quoted and then takes no posting.
    let town = Town::start().await;
    let (phone, account) = ready(&town).await;
    let bills = phone.some_bills(&THREE).await;
    town.fault(Fault::new("health", FaultKind::CutBeforeCommit).on("/v1/postings"));

    // When the basket is paid, the others are settled and it is pending.
    let payment = phone.pay(&all(&bills), &account.id).await.unwrap();
    assert_eq!(payment.state, PaymentState::Pending);
    use ItemState::{Pending, Settled};
    assert_eq!(
        states(&payment),
        [("customs", Settled), ("health", Pending), ("knowledge", Settled)]
    );
    assert_eq!(phone.bill("customs", "cu-0001").await.status, BillStatus::Paid);
    assert_eq!(town.books().in_flight_fils, bills[1].amount.reveal().get());
    assert!(outcomes(&phone).await.is_empty());
    // It can't be paid a second time meanwhile.
    assert!(phone.quote(&[&bills[1]]).await.is_err());

    // Then once it is back, it is settled, and the person hears of it.
    town.mend("health");
    let payment = phone.rabt().payments().follow(&payment.key, A_WHILE).await.unwrap();
    assert_eq!(payment.state, PaymentState::Settled);
    assert_eq!(outcomes(&phone).await, [PaymentState::Settled]);
    assert_eq!(town.books_at_rest().await.settled_fils, sum(&bills));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agency_that_posts_and_loses_its_answer_is_believed_by_its_own_record() {
    let town = Town::start().await;
    let (phone, account) = ready(&town).await;
    let bills = phone.some_bills(&THREE).await;
    town.fault(
        Fault::new("health", FaultKind::CutAfterCommit)
            .method("POST")
            .on("/v1/postings")
            .times(2),
    );

    let payment = phone.pay(&all(&bills), &account.id).await.unwrap();
    let payment = phone.rabt().payments().follow(&payment.key, A_WHILE).await.unwrap();

    assert_eq!(payment.state, PaymentState::Settled);
    assert_eq!(town.books_at_rest().await.settled_fils, sum(&bills));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_agency_refuses_after_the_money_was_taken_goes_back() {
    for (refusing, state) in [(1, PaymentState::PartlySettled), (3, PaymentState::Refunded)] {
        // Given bills that their agencies change between the quote and the payment.
        let town = Town::start().await;
        let (phone, account) = ready(&town).await;
        let bills = phone.some_bills(&THREE).await;
        let quote = phone.quote(&all(&bills)).await.unwrap();
        for bill in &bills[..refusing] {
            let change = BillChange {
                amount_fils: Some(bill.amount.reveal().get() + 100),
                ..BillChange::default()
            };
            town.control()
                .change_bill(bill.key.agency.as_str(), bill.key.bill.as_str(), change)
                .unwrap();
        }
        let before = town
            .control()
            .available_fils(FAMILY, rabt_protocol::instrument::InstrumentKind::BankAccount)
            .unwrap();

        let payment = phone.rabt().payments().pay(&quote.id, &account.id).await.unwrap();
        let payment = phone.rabt().payments().follow(&payment.key, A_WHILE).await.unwrap();

        // Then theirs went back, with a reason, and the rest is paid.
        assert_eq!(payment.state, state);
        for (index, item) in payment.items.iter().enumerate() {
            let refused = index < refusing;
            assert_eq!(item.state == ItemState::Refunded, refused, "{payment:?}");
            assert_eq!(item.receipt.is_none(), refused, "{payment:?}");
            assert_eq!(
                item.rejection.as_ref().map(|why| why.code.as_str()),
                refused.then_some("bill_changed")
            );
        }
        let books = town.books_at_rest().await;
        assert_eq!(
            (books.settled_fils, books.refunded_fils),
            (sum(&bills[refusing..]), sum(&bills[..refusing]))
        );
        let after = town
            .control()
            .available_fils(FAMILY, rabt_protocol::instrument::InstrumentKind::BankAccount)
            .unwrap();
        assert_eq!(before - after, sum(&bills[refusing..]));
        assert_eq!(outcomes(&phone).await, [state]);
        // What went back can be paid again, at what it costs now; what is paid can't.
        phone.refresh().await;
        let again = phone.some_bills(&THREE[..refusing]).await;
        assert_eq!(
            phone.pay(&all(&again), &account.id).await.unwrap().state,
            PaymentState::Settled
        );
        town.books_at_rest().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_city_that_loses_power_in_the_middle_of_a_payment_comes_back_and_finishes_it() {
    // Given a city with a memory, and a bank that takes its time.
    let memory = tempfile::TempDir::new().unwrap();
    let config = CityConfig {
        state_file: Some(memory.path().join("city.db")),
        ..CityConfig::default()
    };
    let town = Town::with(config.clone()).await;
    let (phone, account) = ready(&town).await;
    let bills = phone.some_bills(&THREE).await;
    let quote = phone.quote(&all(&bills)).await.unwrap();
    let debits = town.meter_on("bank", "POST", "/v1/debits");
    town.fault(Fault::new("bank", FaultKind::LatencyMs { latency_ms: 5_000 }).on("/v1/debits"));

    // When it loses power while the person waits for the bank.
    let payments = phone.rabt().payments();
    let (quote, instrument) = (quote.id, account.id);
    let paying = tokio::spawn(async move { payments.pay(&quote, &instrument).await });
    while town.counted(&debits) == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    town.kill();
    let town = Town::with(config).await;

    // Then the call that was waiting finds the payment again, and it is made once.
    let payment = paying.await.unwrap().unwrap();
    let payment = phone.rabt().payments().follow(&payment.key, A_WHILE).await.unwrap();
    assert_eq!((payment.state, payments_at_the_hub(&town)), (PaymentState::Settled, 1));
    assert_eq!(town.books_at_rest().await.settled_fils, sum(&bills));
    assert_eq!(outcomes(&phone).await, [PaymentState::Settled]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payment_that_is_left_pending_is_finished_by_the_sync() {
    // Given a payment that waits for an agency, an app that was closed, and a city that was restarted.
    let memory = tempfile::TempDir::new().unwrap();
    let config = CityConfig {
        state_file: Some(memory.path().join("city.db")),
        ..CityConfig::default()
    };
    let town = Town::with(config.clone()).await;
    let (mut phone, account) = ready(&town).await;
    let bills = phone.some_bills(&THREE).await;
    town.fault(
        Fault::new(
            "knowledge",
            FaultKind::Status {
                status: 503,
                body: None,
            },
        )
        .on("/v1/postings"),
    );
    let payment = phone.pay(&all(&bills), &account.id).await.unwrap();
    assert_eq!(payment.state, PaymentState::Pending);
    phone.close();
    town.kill();
    let town = Town::with(config).await;
    town.books_at_rest().await;
    phone.open().await.unwrap();

    let report = phone.rabt().sync().run(A_WHILE).await.unwrap();

    assert_eq!(
        (report.payments_finished, report.payments_left, &report.trouble),
        (1, 0, &None),
        "{report:?}"
    );
    assert_eq!(outcomes(&phone).await, [PaymentState::Settled]);
    for (agency, bill) in THREE {
        assert_eq!(phone.bill(agency, bill).await.status, BillStatus::Paid);
    }
}
