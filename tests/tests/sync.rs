//! Background work: within its budget, one look for a hundred events, nothing done twice, and a report that says what was done.

use rabt::{
    RabtError, SignInReason, SyncReport, Topic,
    domain::{Bill, IdempotencyKey, InstrumentKind, InvalidReason, PaymentState},
};
use rabt_sandbox::{Fault, FaultKind, NewBill};
use rabt_tests::{Phone, Process, Town, chosen};
use serde_json::json;
use std::time::{Duration, Instant};

const PERSONA: &str = "tenant-family";
const BUDGET: Duration = Duration::from_secs(1);
const PLENTY: Duration = Duration::from_secs(20);

/// A phone whose agencies are all fresh and whose events are all heard.
async fn settled_phone(town: &Town) -> Phone {
    let phone = town.phone_of(PERSONA).await;
    phone.rabt().bills().refresh().await.unwrap();
    until_nothing_is_new(&phone).await;
    phone
}

/// News travels through the agencies' outboxes, which take their time.
async fn until_nothing_is_new(phone: &Phone) {
    for _ in 0..50 {
        let report = phone.rabt().sync().run(PLENTY).await.unwrap();
        assert_eq!(report.trouble, None);
        if report.events == 0 {
            return;
        }
    }
    panic!("events never end");
}

/// Syncs until there are events, and returns the report of that sync.
async fn next_news(phone: &Phone) -> SyncReport {
    let begun = Instant::now();
    loop {
        let report = phone.rabt().sync().run(PLENTY).await.unwrap();
        if report.events > 0 {
            return report;
        }
        assert!(begun.elapsed() < PLENTY, "the news never came");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn refreshed(report: &SyncReport) -> Vec<&str> {
    report
        .refreshed
        .agencies
        .iter()
        .map(|entry| entry.agency.as_str())
        .collect()
}

/// So much later that everything is stale, for the phone and for the city.
fn much_later(town: &Town, phone: &Phone) {
    phone.clock.advance_seconds(1_000);
    town.control().advance_ms(1_000_000).unwrap();
}

fn a_fine() -> NewBill {
    NewBill {
        agency_id: "police".to_owned(),
        persona_id: PERSONA.to_owned(),
        kind_code: "traffic-fine".to_owned(),
        amount_fils: Some(20_000),
        ..NewBill::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sync_keeps_to_its_budget_and_reports_what_it_did_beside_a_slow_agency() {
    let town = Town::start().await;
    let mut phone = settled_phone(&town).await;
    phone.close();
    phone.config.agency_deadline_ms = 20_000;
    phone.open().await.unwrap();
    much_later(&town, &phone);
    town.control()
        .set_fault(Fault::new("health", FaultKind::LatencyMs { latency_ms: 1_500 }))
        .unwrap();

    let begun = Instant::now();
    let report = phone.rabt().sync().run(BUDGET).await.unwrap();
    assert!(
        begun.elapsed() < BUDGET + Duration::from_millis(300),
        "{:?}",
        begun.elapsed()
    );
    assert!(!report.complete);
    assert_eq!(report.refreshed.answered(), 11, "{report:?}");
    assert!(!refreshed(&report).contains(&"health"));
    assert_eq!(report.next_after, Duration::from_secs(30));

    // What was cut off ends by itself, and the next sync has nothing left to do but that.
    let mut watcher = phone.rabt().watch();
    loop {
        let views = phone.rabt().agencies().list().await.unwrap();
        let health = views.iter().find(|view| view.agency.id.as_str() == "health").unwrap();
        let now = rabt::Clock::now(&*phone.clock);
        let at = health.freshness.as_ref().and_then(|freshness| freshness.succeeded_at);
        if at.is_some_and(|at| now.seconds_since(at) < 100) {
            break;
        }
        tokio::time::timeout(PLENTY, watcher.changed()).await.unwrap();
    }
    let report = phone.rabt().sync().run(BUDGET).await.unwrap();
    assert_eq!(refreshed(&report), [""; 0]);
    assert!(report.complete);
    assert_eq!(report.next_after, Duration::from_secs(900));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_agencies_that_have_news_are_asked_and_an_event_is_acted_on_once() {
    let town = Town::start().await;
    let phone = settled_phone(&town).await;
    let before = phone.open_bills().await.len();

    let fine = town.control().add_bill(a_fine()).unwrap();
    let report = next_news(&phone).await;
    assert_eq!(report.events, 1);
    assert_eq!(refreshed(&report), ["police"]);
    assert!(report.complete);
    let bills = phone.open_bills().await;
    assert_eq!(bills.len(), before + 1);
    assert!(bills.iter().any(|bill| bill.key.bill.as_str() == fine.bill_id));

    // The gateway, confused, sends the phone back to the beginning: all events come again.
    town.control()
        .set_fault(
            Fault::new(
                "gateway",
                FaultKind::RewriteJson {
                    pointer: "/next_cursor".to_owned(),
                    value: json!("e0"),
                },
            )
            .on("/v1/events")
            .times(1),
        )
        .unwrap();
    for _ in 0..2 {
        let report = phone.rabt().sync().run(PLENTY).await.unwrap();
        assert_eq!((report.events, refreshed(&report)), (0, vec![]), "{report:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_syncs_at_once_one_acts_on_an_event() {
    let town = Town::start().await;
    let phone = settled_phone(&town).await;
    for round in 0..3 {
        town.control().add_bill(a_fine()).unwrap();
        let begun = Instant::now();
        let mut heard = 0;
        while heard == 0 {
            let sync = phone.rabt().sync();
            let (one, other) = tokio::join!(sync.run(PLENTY), sync.run(PLENTY));
            let (one, other) = (one.unwrap(), other.unwrap());
            assert_eq!((&one.trouble, &other.trouble), (&None, &None));
            heard = one.events + other.events;
            assert!(begun.elapsed() < PLENTY, "the news never came");
        }
        assert_eq!(heard, 1, "round {round}");
    }
}

/// Pays two bills so that the answer is lost, and ends the app as a kill would; the bills, and the payment's key.
async fn pay_and_lose(town: &Town, phone: &mut Phone) -> (Vec<Bill>, IdempotencyKey) {
    let account = phone.link(town, PERSONA, InstrumentKind::BankAccount).await;
    let bills: Vec<Bill> = phone.open_bills().await.into_iter().take(2).collect();
    town.control()
        .set_fault(
            Fault::new("gateway", FaultKind::CutAfterCommit)
                .on("/v1/payments")
                .method("POST"),
        )
        .unwrap();
    let process = Process::of(phone).await;
    let basket = chosen(&bills.iter().collect::<Vec<_>>());
    let losing = process.begin(async move |rabt| {
        let mut watcher = rabt.watch();
        let payments = rabt.payments();
        let quote = payments.quote(&basket).await.unwrap();
        let paying = payments.clone();
        drop(tokio::spawn(async move { paying.pay(&quote.id, &account.id).await }));
        loop {
            let page = payments.page(None, 1).await.unwrap();
            match page.payments.first() {
                Some(payment) if payment.state == PaymentState::Unknown => return payment.key.clone(),
                _ => assert!(watcher.changed().await.contains(&Topic::Payments)),
            }
        }
    });
    let key = losing.await.unwrap();
    process.kill();
    town.control().clear_faults(None);
    (bills, key)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payment_whose_answer_was_lost_is_finished_by_the_next_sync() {
    let town = Town::start().await;
    let mut phone = town.phone_of(PERSONA).await;
    phone.rabt().bills().refresh().await.unwrap();
    let (bills, key) = pay_and_lose(&town, &mut phone).await;
    phone.open().await.unwrap();
    assert_eq!(phone.rabt().payments().outcomes(10).await.unwrap(), []);

    let report = phone.rabt().sync().run(PLENTY).await.unwrap();
    assert_eq!((report.payments_finished, report.payments_left), (1, 0), "{report:?}");
    let payment = phone.rabt().payments().get(&key).await.unwrap().unwrap();
    assert_eq!(payment.state, PaymentState::Settled);
    let outcomes = phone.rabt().payments().outcomes(10).await.unwrap();
    assert_eq!(outcomes.len(), 1);
    assert_eq!(outcomes[0].outcome.key, key);
    let open = phone.open_bills().await;
    assert!(bills.iter().all(|bill| open.iter().all(|other| other.key != bill.key)));

    // A sync after that hears of it again by an event, and finds nothing new in it.
    until_nothing_is_new(&phone).await;
    assert_eq!(phone.rabt().payments().outcomes(10).await.unwrap().len(), 1);
    let books = town.city().books().unwrap();
    assert_eq!(
        (books.balanced, books.paid_twice, books.lost_fils),
        (true, 0, 0),
        "{books:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hub_that_answers_nothing_keeps_no_bill_from_being_fresh() {
    let town = Town::start().await;
    let mut phone = town.phone_of(PERSONA).await;
    phone.rabt().bills().refresh().await.unwrap();
    let (_, key) = pay_and_lose(&town, &mut phone).await;
    phone.open().await.unwrap();
    much_later(&town, &phone);
    for route in ["/v1/payments", "/v1/events"] {
        town.control()
            .set_fault(Fault::new("gateway", FaultKind::LatencyMs { latency_ms: 600_000 }).on(route))
            .unwrap();
    }
    let begun = Instant::now();
    let report = phone.rabt().sync().run(Duration::from_secs(4)).await.unwrap();
    assert!(begun.elapsed() < Duration::from_millis(4_300), "{:?}", begun.elapsed());
    assert_eq!(report.refreshed.answered(), 12, "{report:?}");
    assert!(!report.complete);
    assert_eq!(report.payments_left, 1, "{report:?}");
    assert_eq!(report.next_after, Duration::from_secs(30));
    let payment = phone.rabt().payments().get(&key).await.unwrap().unwrap();
    assert_eq!(payment.state, PaymentState::Unknown);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agency_that_fails_is_in_the_report_and_asked_again_by_the_next_sync() {
    let town = Town::start().await;
    let phone = settled_phone(&town).await;
    much_later(&town, &phone);
    town.control()
        .set_fault(Fault::new(
            "customs",
            FaultKind::Status {
                status: 503,
                body: None,
            },
        ))
        .unwrap();
    let report = phone.rabt().sync().run(PLENTY).await.unwrap();
    assert_eq!(report.refreshed.answered(), 11);
    assert!(report.complete && report.trouble.is_none(), "{report:?}");
    town.control().clear_faults(None);
    let report = phone.rabt().sync().run(PLENTY).await.unwrap();
    assert_eq!((refreshed(&report), report.refreshed.answered()), (vec!["customs"], 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sync_without_anybody_or_without_time_is_refused_before_anything_is_sent() {
    let town = Town::start().await;
    let phone = town.phone().await;
    let nobody = |reason| Err(RabtError::SignInRequired { reason });
    assert_eq!(
        phone.rabt().sync().run(BUDGET).await,
        nobody(SignInReason::NobodySignedIn)
    );
    phone.sign_in(&town, PERSONA).await.unwrap();
    assert_eq!(
        phone.rabt().sync().run(BUDGET - Duration::from_millis(1)).await,
        Err(RabtError::InvalidInput {
            field: "budget".to_owned(),
            reason: InvalidReason::TooSmall
        })
    );
    phone.rabt().session().sign_out(false).await.unwrap();
    assert_eq!(
        phone.rabt().sync().run(BUDGET).await,
        nobody(SignInReason::NobodySignedIn)
    );
}
