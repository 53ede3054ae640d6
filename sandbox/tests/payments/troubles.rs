//! Paying when agencies are down, slow, refuse, lie or lose their answers: nothing is paid twice, nothing is lost.

use crate::person::{Person, city, one_of_each, sound_books};
use rabt_protocol::{
    agency::{AmountRule, Bill},
    hub::{ItemStatus, PaymentStatus, QuoteOutcome},
    problem::code,
};
use rabt_sandbox::{City, Fault, FaultKind};

const POSTINGS: &str = "/v1/postings";

fn set(city: &City, fault: Fault) -> u64 {
    city.control().set_fault(fault).unwrap()
}

fn basket(city: &City, size: usize) -> Vec<Bill> {
    one_of_each(city)
        .into_iter()
        .filter(|bill| bill.amount_rule == AmountRule::Exact)
        .take(size)
        .collect()
}

fn refs(bills: &[Bill]) -> Vec<&Bill> {
    bills.iter().collect()
}

#[tokio::test]
async fn an_agency_that_is_down_when_quoted_is_left_out_of_the_total() {
    let city = city().await;
    let person = Person::of(&city).await;
    let bills = basket(&city, 3);
    set(&city, Fault::new(&bills[0].agency_id, FaultKind::CutBeforeCommit));
    set(
        &city,
        Fault::new(&bills[1].agency_id, FaultKind::LatencyMs { latency_ms: 10_000 }),
    );
    let quote = person.quote(&refs(&bills)).await;
    let outcomes: Vec<QuoteOutcome> = quote.lines.iter().map(|line| line.outcome).collect();
    assert_eq!(
        outcomes,
        [
            QuoteOutcome::AgencyUnavailable,
            QuoteOutcome::AgencyUnavailable,
            QuoteOutcome::Payable
        ]
    );
    assert_eq!(quote.total_fils, bills[2].amount_fils);
}

#[tokio::test]
async fn another_persons_or_agencys_bill_is_not_quoted() {
    for kind in [FaultKind::AnotherPersonsBill, FaultKind::AnotherAgencysBill] {
        let city = city().await;
        let person = Person::of(&city).await;
        let bills = basket(&city, 2);
        set(&city, Fault::new(&bills[0].agency_id, kind));
        let quote = person.quote(&refs(&bills)).await;
        assert_eq!(quote.lines[0].outcome, QuoteOutcome::AgencyUnavailable, "{quote:?}");
        assert_eq!(quote.total_fils, bills[1].amount_fils);
    }
}

#[tokio::test]
async fn a_bill_whose_agency_is_down_is_pending_and_settled_later() {
    let city = city().await;
    let person = Person::of(&city).await;
    let account = person.link(&city, "bank_account").await;
    let bills = basket(&city, 3);
    let quote = person.quote(&refs(&bills)).await;
    set(&city, Fault::new(&bills[0].agency_id, FaultKind::CutBeforeCommit));
    let payment = person.pay(&quote, &account, "key-1").await.unwrap();
    assert_eq!(payment.status, PaymentStatus::Pending);
    let stands: Vec<ItemStatus> = payment.items.iter().map(|item| item.status).collect();
    assert_eq!(
        stands,
        [ItemStatus::Pending, ItemStatus::Settled, ItemStatus::Settled],
        "one doesn't hold up the others"
    );
    assert_eq!(sound_books(&city, false).in_flight_fils, bills[0].amount_fils);
    // Meanwhile the bill is locked for everybody.
    city.control().clear_faults(None);
    set(
        &city,
        Fault::new(&bills[0].agency_id, FaultKind::CutBeforeCommit).on(POSTINGS),
    );
    assert_eq!(
        person.quote(&[&bills[0]]).await.lines[0].outcome,
        QuoteOutcome::BeingPaid
    );
    city.control().clear_faults(None);
    let ended = person.ended("key-1").await;
    assert_eq!(ended.status, PaymentStatus::Settled);
    assert!(ended.revision > payment.revision);
    sound_books(&city, true);
}

#[tokio::test]
async fn lost_garbled_and_odd_answers_pay_once() {
    let kinds = [
        FaultKind::CutAfterCommit,
        FaultKind::Garbage,
        FaultKind::EndlessBody,
        FaultKind::Redirect {
            location: "https://localhost:1/".to_owned(),
        },
        FaultKind::Status {
            status: 404,
            body: None,
        },
        FaultKind::Status {
            status: 500,
            body: None,
        },
        FaultKind::RewriteJson {
            pointer: "/amount_fils".to_owned(),
            value: 1.into(),
        },
        FaultKind::RewriteJson {
            pointer: "/bill_id".to_owned(),
            value: "another".into(),
        },
    ];
    let city = city().await;
    let person = Person::of(&city).await;
    let account = person.link(&city, "bank_account").await;
    let bills = basket(&city, kinds.len());
    assert_eq!(bills.len(), kinds.len());
    let quote = person.quote(&refs(&bills)).await;
    for (bill, kind) in bills.iter().zip(kinds) {
        // A body that never ends costs the hub its whole deadline; once is enough.
        let times = if kind == FaultKind::EndlessBody { 1 } else { 3 };
        set(&city, Fault::new(&bill.agency_id, kind).on(POSTINGS).times(times));
    }
    person.pay(&quote, &account, "key-1").await.unwrap();
    assert_eq!(person.ended("key-1").await.status, PaymentStatus::Settled);
    assert_eq!(sound_books(&city, true).settled_fils, quote.total_fils);
}

#[tokio::test]
async fn what_an_agency_refuses_goes_back() {
    let city = city().await;
    let person = Person::of(&city).await;
    let account = person.link(&city, "bank_account").await;
    let bills = basket(&city, 3);
    let control = city.control();
    let quote = person.quote(&refs(&bills)).await;
    control
        .pay_at_counter(&bills[0].agency_id, &bills[0].bill_id, None)
        .unwrap();
    let payment = person.pay(&quote, &account, "key-1").await.unwrap();
    assert_eq!(payment.status, PaymentStatus::PartlySettled, "{payment:?}");
    assert_eq!(payment.items[0].status, ItemStatus::Refunded);
    assert_eq!(
        payment.items[0].rejection.as_ref().unwrap().code,
        code::BILL_ALREADY_PAID
    );
    assert_eq!(payment.items[0].receipt, None);
    let books = sound_books(&city, true);
    assert_eq!(books.refunded_fils, bills[0].amount_fils);

    let rest = one_of_each(&city);
    let rest: Vec<Bill> = rest
        .into_iter()
        .filter(|bill| bill.amount_rule == AmountRule::Exact)
        .take(2)
        .collect();
    let quote = person.quote(&refs(&rest)).await;
    for bill in &rest {
        control.withdraw_bill(&bill.agency_id, &bill.bill_id).unwrap();
    }
    let payment = person.pay(&quote, &account, "key-2").await.unwrap();
    assert_eq!(payment.status, PaymentStatus::Refunded);
    assert!(
        payment
            .items
            .iter()
            .all(|item| item.rejection.as_ref().unwrap().code == code::BILL_WITHDRAWN)
    );
    sound_books(&city, true);
}

#[tokio::test]
async fn an_agency_that_refuses_what_it_has_posted_keeps_the_money() {
    let city = city().await;
    let person = Person::of(&city).await;
    let account = person.link(&city, "bank_account").await;
    let bills = basket(&city, 1);
    let quote = person.quote(&refs(&bills)).await;
    let at_agency = |kind, method: &str| Fault::new(&bills[0].agency_id, kind).on(POSTINGS).method(method);
    let says = |status, code| {
        let problem = rabt_protocol::Problem::new(status, code, "says the agency");
        FaultKind::Status {
            status,
            body: Some(serde_json::to_string(&problem).unwrap()),
        }
    };
    // The posting is made, its answer is lost, and for now it can't be looked up.
    set(&city, at_agency(FaultKind::CutAfterCommit, "POST").times(1));
    let cut = set(&city, at_agency(FaultKind::CutBeforeCommit, "GET"));
    assert_eq!(
        person.pay(&quote, &account, "key-1").await.unwrap().status,
        PaymentStatus::Pending
    );
    // Then the agency forgets it for a moment, and when the hub posts again, says that somebody has paid already.
    set(&city, at_agency(says(409, code::BILL_ALREADY_PAID), "POST"));
    city.control().clear_fault(cut).unwrap();
    set(&city, at_agency(says(404, code::NOT_FOUND), "GET").times(1));
    assert_eq!(person.ended("key-1").await.status, PaymentStatus::Settled);
    assert_eq!(sound_books(&city, true).refunded_fils, 0);
}

#[tokio::test]
async fn a_bank_that_loses_its_answers_debits_once() {
    for route in ["/v1/debits", "/v1/settlements"] {
        let city = city().await;
        let person = Person::of(&city).await;
        let account = person.link(&city, "bank_account").await;
        let bills = basket(&city, 2);
        let quote = person.quote(&refs(&bills)).await;
        set(&city, Fault::new("bank", FaultKind::CutAfterCommit).on(route).times(2));
        person.pay(&quote, &account, "key-1").await.unwrap();
        assert_eq!(person.ended("key-1").await.status, PaymentStatus::Settled, "{route}");
        assert_eq!(sound_books(&city, true).debited_fils, quote.total_fils);
    }
}

#[tokio::test]
async fn a_payment_whose_answer_was_lost_is_found_by_its_key() {
    let city = city().await;
    let person = Person::of(&city).await;
    let account = person.link(&city, "bank_account").await;
    let bills = basket(&city, 2);
    let quote = person.quote(&refs(&bills)).await;
    set(
        &city,
        Fault::new("gateway", FaultKind::CutBeforeCommit)
            .on("/v1/payments")
            .method("POST")
            .times(1),
    );
    assert!(person.try_to_pay(&quote, &account, "key-1").await.is_err());
    assert_eq!(person.payment_by_key("key-1").await, None);
    set(
        &city,
        Fault::new("gateway", FaultKind::CutAfterCommit)
            .on("/v1/payments")
            .method("POST")
            .times(1),
    );
    assert!(person.try_to_pay(&quote, &account, "key-1").await.is_err());
    assert_eq!(person.ended("key-1").await.status, PaymentStatus::Settled);
    assert_eq!(
        person.pay(&quote, &account, "key-1").await.unwrap().status,
        PaymentStatus::Settled
    );
    assert_eq!(sound_books(&city, true).debited_fils, quote.total_fils);
}

#[tokio::test]
async fn a_client_that_goes_away_takes_nothing_with_it() {
    let city = city().await;
    let person = Person::of(&city).await;
    let account = person.link(&city, "bank_account").await;
    let bills = basket(&city, 2);
    let quote = person.quote(&refs(&bills)).await;
    set(
        &city,
        Fault::new(&bills[0].agency_id, FaultKind::LatencyMs { latency_ms: 800 }).on(POSTINGS),
    );
    {
        let request = std::pin::pin!(person.try_to_pay(&quote, &account, "key-1"));
        // Until the hub has it, then the request is dropped where it stands.
        let recorded = std::pin::pin!(async {
            while person.payment_by_key("key-1").await.is_none() {
                tokio::task::yield_now().await;
            }
        });
        futures_util::future::select(request, recorded).await;
    }
    assert_eq!(person.ended("key-1").await.status, PaymentStatus::Settled);
    sound_books(&city, true);
}
