//! Paying when all goes well, and when the person, the money or a second device stands against it.

use crate::person::{FAMILY, Person, bill_now, city, client, config, one_of_each, sound_books};
use rabt_protocol::{
    agency::{Bill, BillStatus},
    directory::{DIRECTORY_TYPE, Directory},
    event::kind,
    hub::{ItemStatus, PaymentStatus, QuoteOutcome, RECEIPT_TYPE, Receipt},
    instrument::{InstrumentKind, InstrumentStatus},
    jose::{self, JwkSet},
    oidc::acr,
    problem::code,
};
use rabt_sandbox::{BillChange, BillFilter, City, CityConfig};
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn one_basket_over_many_agencies_is_settled_with_a_receipt_each() {
    let city = city().await;
    let person = Person::of(&city).await;
    let account = person.link(&city, "bank_account").await;
    let bills = one_of_each(&city);
    let basket: Vec<&Bill> = bills.iter().take(6).collect();
    let before = person.events("").await.next_cursor;

    let quote = person.quote(&basket).await;
    assert!(
        quote.lines.iter().all(|line| line.outcome == QuoteOutcome::Payable),
        "{quote:?}"
    );
    let total: i64 = basket.iter().map(|bill| bill.amount_fils).sum();
    assert_eq!(quote.total_fils, total);
    let payment = person.pay(&quote, &account, "key-1").await.unwrap();
    assert_eq!(payment.status, PaymentStatus::Settled, "{payment:?}");

    let directory = directory_of(&city).await;
    for (item, bill) in payment.items.iter().zip(&basket) {
        let receipt = item.receipt.as_deref().unwrap();
        let receipt: Receipt = jose::verify(receipt, Some(RECEIPT_TYPE), &directory.gateway.receipt_keys)
            .unwrap()
            .claims;
        assert_eq!(
            (receipt.bill_id.as_str(), receipt.amount_fils),
            (bill.bill_id.as_str(), bill.amount_fils)
        );
        assert_eq!(
            (receipt.subject.as_str(), receipt.reference.as_str()),
            (person.subject(), bill.reference.as_str())
        );
        let now = bill_now(&city, bill);
        assert_eq!(now.status, BillStatus::Paid);
        assert_eq!(
            now.paid.unwrap().payment_id.as_deref(),
            Some(payment.payment_id.as_str())
        );
    }
    let news = person.events(&before).await;
    assert!(news.events.iter().any(|event| event.kind == kind::PAYMENT_CHANGED
        && event.data.payment_id.as_deref() == Some(payment.payment_id.as_str())));
    let books = sound_books(&city, true);
    assert_eq!(
        (books.debited_fils, books.settled_fils, books.refunded_fils),
        (total, total, 0)
    );
}

async fn directory_of(city: &City) -> Directory {
    let answer = client(city)
        .get(format!("{}/v1/directory", city.gateway_url()))
        .send()
        .await
        .unwrap();
    let keys = JwkSet {
        keys: vec![city.directory_key()],
    };
    jose::verify(&answer.text().await.unwrap(), Some(DIRECTORY_TYPE), &keys)
        .unwrap()
        .claims
}

#[tokio::test]
async fn a_key_is_one_payment_however_often_it_is_sent() {
    let city = city().await;
    let person = Person::of(&city).await;
    let account = person.link(&city, "bank_account").await;
    let bills = one_of_each(&city);
    let quote = person.quote(&[&bills[0]]).await;
    let first = person.pay(&quote, &account, "key-1").await.unwrap();
    let again = person.pay(&quote, &account, "key-1").await.unwrap();
    assert_eq!(first, again);
    let mut other = quote.clone();
    other.total_fils += 1;
    assert_eq!(
        person.pay(&other, &account, "key-1").await.unwrap_err().code,
        code::IDEMPOTENCY_KEY_REUSED
    );
    // The quote is spent: another key gets nothing out of it.
    assert_eq!(
        person.pay(&quote, &account, "key-2").await.unwrap_err().code,
        code::QUOTE_EXPIRED
    );
    assert_eq!(person.payment_by_key("key-2").await, None);
    assert_eq!(sound_books(&city, true).debited_fils, quote.total_fils);
}

#[tokio::test]
async fn the_same_request_at_the_same_time_is_one_payment() {
    let city = city().await;
    let person = Person::of(&city).await;
    let account = person.link(&city, "bank_account").await;
    let bills = one_of_each(&city);
    let quote = person.quote(&[&bills[0]]).await;
    let answers = futures_util::future::join_all((0..6).map(|_| person.pay(&quote, &account, "key-1"))).await;
    let mut payments = std::collections::BTreeSet::new();
    for answer in answers {
        match answer {
            Ok(payment) => drop(payments.insert(payment.payment_id)),
            Err(problem) => assert_eq!(problem.code, code::IDEMPOTENCY_KEY_IN_FLIGHT),
        }
    }
    assert_eq!(payments.len(), 1);
    assert_eq!(person.ended("key-1").await.status, PaymentStatus::Settled);
    assert_eq!(sound_books(&city, true).debited_fils, quote.total_fils);
}

#[tokio::test]
async fn of_many_who_pay_one_bill_at_once_exactly_one_does() {
    let city = city().await;
    let person = Person::of(&city).await;
    let account = person.link(&city, "bank_account").await;
    let bills = one_of_each(&city);
    let mut quotes = Vec::new();
    for _ in 0..5 {
        quotes.push(person.quote(&[&bills[0]]).await);
    }
    let keys: Vec<String> = (0..quotes.len()).map(|n| format!("device-{n}")).collect();
    let answers = futures_util::future::join_all(
        quotes
            .iter()
            .zip(&keys)
            .map(|(quote, key)| person.pay(quote, &account, key)),
    )
    .await;
    let mut won = 0;
    for answer in answers {
        match answer {
            Ok(_) => won += 1,
            Err(problem) => assert!(
                [code::BILL_BEING_PAID, code::BILL_ALREADY_PAID].contains(&problem.code.as_str()),
                "{problem:?}"
            ),
        }
    }
    assert_eq!(won, 1);
    // Nobody else's money was touched, not even to be given back.
    let books = sound_books(&city, true);
    assert_eq!(
        (books.debited_fils, books.settled_fils),
        (bills[0].amount_fils, bills[0].amount_fils)
    );
    assert_eq!(
        person.quote(&[&bills[0]]).await.lines[0].outcome,
        QuoteOutcome::AlreadyPaid
    );
}

#[tokio::test]
async fn too_little_money_takes_nothing_and_stays_so_under_that_key() {
    let city = city().await;
    let person = Person::of(&city).await;
    let account = person.link(&city, "bank_account").await;
    city.control()
        .set_available_fils(FAMILY, InstrumentKind::BankAccount, 1)
        .unwrap();
    let bills = one_of_each(&city);
    let quote = person.quote(&[&bills[0], &bills[1]]).await;
    let rejected = person.pay(&quote, &account, "key-1").await.unwrap();
    assert_eq!(rejected.status, PaymentStatus::Rejected);
    assert_eq!(rejected.rejection.as_ref().unwrap().code, code::INSUFFICIENT_FUNDS);
    assert!(rejected.items.iter().all(|item| item.status == ItemStatus::Rejected));
    city.control()
        .set_available_fils(FAMILY, InstrumentKind::BankAccount, 10_000_000)
        .unwrap();
    assert_eq!(person.pay(&quote, &account, "key-1").await.unwrap(), rejected);
    // The bills are free again: a new payment of them goes through.
    let quote = person.quote(&[&bills[0], &bills[1]]).await;
    assert_eq!(
        person.pay(&quote, &account, "key-2").await.unwrap().status,
        PaymentStatus::Settled
    );
    assert_eq!(sound_books(&city, true).debited_fils, quote.total_fils);
}

#[tokio::test]
async fn a_large_total_asks_for_the_second_factor() {
    let city = city().await;
    let person = Person::signed_in(&city, FAMILY, acr::LOW).await;
    let account = person.link(&city, "bank_account").await;
    let bills = one_of_each(&city);
    let small = person.quote(&[&bills[0]]).await;
    assert!(small.total_fils <= 100_000);
    assert_eq!(small.required_acr, None);
    let large = person.quote(&bills.iter().collect::<Vec<_>>()).await;
    assert!(large.total_fils > 100_000);
    assert_eq!(large.required_acr.as_deref(), Some(acr::HIGH));
    let problem = person.pay(&large, &account, "key-1").await.unwrap_err();
    assert_eq!((problem.status, problem.code.as_str()), (401, code::STEP_UP_REQUIRED));
    assert_eq!(problem.acr.as_deref(), Some(acr::HIGH));
    // The quote isn't spent by that: the same person, stepped up, pays it.
    let surely = Person::of(&city).await;
    assert_eq!(
        surely.pay(&large, &account, "key-1").await.unwrap().status,
        PaymentStatus::Settled
    );
    sound_books(&city, true);
}

#[tokio::test]
async fn a_quote_says_what_changed_and_expires() {
    let city = city().await;
    let person = Person::of(&city).await;
    let account = person.link(&city, "bank_account").await;
    let bills = one_of_each(&city);
    let control = city.control();
    let seen = bills
        .iter()
        .find(|bill| bill.amount_rule == rabt_protocol::agency::AmountRule::Exact)
        .unwrap();
    let others: Vec<&Bill> = bills
        .iter()
        .filter(|bill| bill.agency_id != seen.agency_id)
        .take(2)
        .collect();
    let change = BillChange {
        amount_fils: Some(seen.amount_fils + 500),
        ..BillChange::default()
    };
    control.change_bill(&seen.agency_id, &seen.bill_id, change).unwrap();
    control.withdraw_bill(&others[0].agency_id, &others[0].bill_id).unwrap();
    control
        .pay_at_counter(&others[1].agency_id, &others[1].bill_id, Some(others[1].amount_fils))
        .unwrap();
    let mut unknown = (*seen).clone();
    unknown.bill_id = "no-such-bill".to_owned();
    let quote = person.quote(&[seen, others[0], others[1], &unknown]).await;
    let outcomes: Vec<QuoteOutcome> = quote.lines.iter().map(|line| line.outcome).collect();
    assert_eq!(
        outcomes,
        [
            QuoteOutcome::Changed,
            QuoteOutcome::Withdrawn,
            QuoteOutcome::AlreadyPaid,
            QuoteOutcome::NotFound
        ]
    );
    assert_eq!(quote.total_fils, seen.amount_fils + 500);
    let mut wrong = quote.clone();
    wrong.total_fils = seen.amount_fils;
    let problem = person.pay(&wrong, &account, "key-0").await.unwrap_err();
    assert_eq!(
        (problem.code.as_str(), problem.field.as_deref()),
        (code::INVALID_INPUT, Some("total_fils"))
    );
    control.advance_ms(5 * 60 * 1_000 - 1_000).unwrap();
    let person = Person::of(&city).await;
    let late = person.quote(&[seen]).await;
    control.advance_ms(1_000).unwrap();
    let person = Person::of(&city).await;
    assert_eq!(
        person.pay(&quote, &account, "key-1").await.unwrap_err().code,
        code::QUOTE_EXPIRED
    );
    assert_eq!(
        person.pay(&late, &account, "key-2").await.unwrap().status,
        PaymentStatus::Settled
    );
    sound_books(&city, true);
}

#[tokio::test]
async fn an_instrument_that_the_bank_stopped_pays_nothing() {
    let city = city().await;
    let person = Person::of(&city).await;
    let card = person.link(&city, "card").await;
    let bills = one_of_each(&city);
    for status in [
        InstrumentStatus::Suspended,
        InstrumentStatus::Expired,
        InstrumentStatus::Revoked,
    ] {
        city.control()
            .set_instrument_status(&card.instrument_id, status)
            .await
            .unwrap();
        assert_eq!(person.instruments().await[0].status, status);
        let quote = person.quote(&[&bills[0]]).await;
        assert_eq!(
            person.pay(&quote, &card, "key").await.unwrap_err().code,
            code::INSTRUMENT_UNUSABLE
        );
    }
    let none = json!({"quote_id": "x", "instrument_id": "y", "total_fils": 1});
    let problem = person
        .gateway::<()>(Method::POST, "/v1/payments", Some("key-2"), Some(&none))
        .await
        .unwrap_err();
    assert_eq!(
        (problem.code.as_str(), problem.field.as_deref()),
        (code::NOT_FOUND, Some("quote_id"))
    );
    assert_eq!(sound_books(&city, true).debited_fils, 0);
}

#[tokio::test]
async fn payments_are_listed_newest_first_and_only_to_their_owner() {
    let city = city().await;
    let person = Person::of(&city).await;
    let account = person.link(&city, "bank_account").await;
    let bills = one_of_each(&city);
    for (n, bill) in bills.iter().take(3).enumerate() {
        let quote = person.quote(&[bill]).await;
        person.pay(&quote, &account, &format!("key-{n}")).await.unwrap();
    }
    let all: rabt_protocol::hub::Payments = person.gateway(Method::GET, "/v1/payments", None, None).await.unwrap();
    let keys: Vec<&str> = all
        .payments
        .iter()
        .map(|payment| payment.idempotency_key.as_str())
        .collect();
    assert_eq!(keys, ["key-2", "key-1", "key-0"]);
    assert_eq!(all.next_cursor, None);
    let path = format!("/v1/payments/{}", all.payments[0].payment_id);
    let one: rabt_protocol::hub::Payment = person.gateway(Method::GET, &path, None, None).await.unwrap();
    assert_eq!(one, all.payments[0]);
    let odd = person
        .gateway::<()>(Method::GET, "/v1/payments?cursor=41", None, None)
        .await
        .unwrap_err();
    assert_eq!((odd.status, odd.field.as_deref()), (400, Some("cursor")));
}

#[tokio::test]
async fn the_largest_basket_is_settled_and_one_bill_more_is_refused() {
    const BASKET: usize = 100;
    let persona_id = "thousand";
    let city = City::start(CityConfig {
        personas: vec![persona_id.to_owned()],
        ..config()
    })
    .await
    .unwrap();
    let person = Person::signed_in(&city, persona_id, acr::HIGH).await;
    let account = person.link(&city, "bank_account").await;
    let filter = BillFilter {
        persona_id: Some(persona_id.to_owned()),
        status: Some(BillStatus::Open),
        ..BillFilter::default()
    };
    let mut bills = city.control().bills(&filter).unwrap();
    bills.sort_by_key(|bill| bill.amount_fils);
    let basket: Vec<&Bill> = bills.iter().take(BASKET).collect();
    let quote = person.quote(&basket).await;
    assert!(quote.lines.iter().all(|line| line.outcome == QuoteOutcome::Payable));
    person.pay(&quote, &account, "key-1").await.unwrap();
    assert_eq!(person.ended("key-1").await.status, PaymentStatus::Settled);
    assert_eq!(sound_books(&city, true).settled_fils, quote.total_fils);

    let items: Vec<_> = bills
        .iter()
        .skip(BASKET)
        .take(BASKET + 1)
        .map(|bill| json!({"agency_id": bill.agency_id, "bill_id": bill.bill_id, "amount_fils": bill.amount_fils}))
        .collect();
    assert_eq!(items.len(), BASKET + 1);
    let refused = person
        .gateway::<()>(Method::POST, "/v1/quotes", None, Some(&json!({"items": items})))
        .await;
    assert_eq!(refused.unwrap_err().field.as_deref(), Some("items"));
}
