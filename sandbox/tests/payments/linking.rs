//! Linking what a person pays with.

use crate::person::{FAMILY, Person, city, parameter};
use rabt_protocol::{
    event::kind,
    instrument::{InstrumentKind, InstrumentStatus, LinkBegun},
    problem::code,
};
use rabt_sandbox::{Fault, FaultKind, browser::Intent};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn an_account_and_a_card_are_linked_without_their_numbers() {
    let city = city().await;
    let person = Person::of(&city).await;
    let account = person.link(&city, "bank_account").await;
    let card = person.link(&city, "card").await;
    assert_eq!(
        (account.kind, account.status),
        (InstrumentKind::BankAccount, InstrumentStatus::Active)
    );
    assert_eq!(
        (card.kind, card.name.en.as_str(), card.last_four.as_str()),
        (InstrumentKind::Card, "Visa", "4242")
    );
    assert_eq!(account.last_four.len(), 4);
    let listed = person.instruments().await;
    assert_eq!(listed, [account, card.clone()]);
    let news = person.events("").await;
    assert_eq!(
        news.events
            .iter()
            .filter(|event| event.kind == kind::INSTRUMENT_CHANGED)
            .count(),
        2
    );

    for _ in 0..2 {
        let path = format!("/v1/instruments/{}", card.instrument_id);
        person.gateway::<()>(Method::DELETE, &path, None, None).await.unwrap();
    }
    assert_eq!(person.instruments().await.len(), 1);
}

#[tokio::test]
async fn a_link_is_begun_and_completed_once_however_often_it_is_asked() {
    let city = city().await;
    let person = Person::of(&city).await;
    let begun = person.begin_link("bank_account", "key-1").await;
    assert_eq!(person.begin_link("bank_account", "key-1").await, begun);
    let other = json!({"kind": "card", "return_uri": "rabt-demo:/linked", "state": "state-of-mine"});
    let reused = person
        .gateway::<LinkBegun>(Method::POST, "/v1/instrument-links", Some("key-1"), Some(&other))
        .await;
    assert_eq!(reused.unwrap_err().code, code::IDEMPOTENCY_KEY_REUSED);

    let back = city.approve_at_bank(&begun.authorize_url, FAMILY).await.unwrap();
    assert_eq!(
        (parameter(&back, "state"), parameter(&back, "link_id")),
        ("state-of-mine".to_owned(), begun.link_id.clone())
    );
    let code_given = parameter(&back, "code");
    let wrong = person.complete_link(&begun.link_id, "made-up").await.unwrap_err();
    assert_eq!(
        (wrong.code.as_str(), wrong.field.as_deref()),
        (code::INVALID_INPUT, Some("code"))
    );
    // The bank's answer is lost once; the same code still makes the same instrument.
    city.control()
        .set_fault(Fault::new("bank", FaultKind::CutAfterCommit).on("/v1/tokens").times(1))
        .unwrap();
    let lost = person.complete_link(&begun.link_id, &code_given).await.unwrap_err();
    assert_eq!((lost.status, lost.code.as_str()), (503, code::UNAVAILABLE));
    let made = person.complete_link(&begun.link_id, &code_given).await.unwrap();
    assert_eq!(person.complete_link(&begun.link_id, &code_given).await.unwrap(), made);
    let another = person.complete_link(&begun.link_id, "made-up").await.unwrap_err();
    assert_eq!(another.field.as_deref(), Some("code"));
    assert_eq!(person.instruments().await.len(), 1);

    // The code is of that attempt and no other; the page is over.
    let second = person.begin_link("bank_account", "key-2").await;
    assert!(person.complete_link(&second.link_id, &code_given).await.is_err());
    assert!(city.approve_at_bank(&begun.authorize_url, FAMILY).await.is_err());
}

#[tokio::test]
async fn a_person_who_declines_or_takes_too_long_links_nothing() {
    let city = city().await;
    let person = Person::of(&city).await;
    let begun = person.begin_link("card", "key-1").await;
    let back = city
        .browser()
        .unwrap()
        .visit(&begun.authorize_url, FAMILY, Intent::Refuse)
        .await
        .unwrap();
    assert_eq!(
        (parameter(&back, "error"), parameter(&back, "state")),
        ("access_denied".to_owned(), "state-of-mine".to_owned())
    );
    let begun = person.begin_link("card", "key-2").await;
    let back = city.approve_at_bank(&begun.authorize_url, FAMILY).await.unwrap();
    city.control().advance_ms(15 * 60 * 1_000).unwrap();
    let person = Person::of(&city).await;
    assert_eq!(
        person
            .complete_link(&begun.link_id, &parameter(&back, "code"))
            .await
            .unwrap_err()
            .code,
        code::INVALID_INPUT
    );
    assert!(person.instruments().await.is_empty());
}

#[tokio::test]
async fn bad_input_is_named_and_nothing_is_begun() {
    let city = city().await;
    let person = Person::of(&city).await;
    let good = json!({"kind": "card", "return_uri": "rabt-demo:/linked", "state": "s"});
    for (field, value) in [
        ("kind", json!("cheque")),
        ("return_uri", json!("javascript:alert(1)")),
        ("return_uri", json!("http://example.com/")),
        ("state", json!("")),
        ("state", json!("s".repeat(513))),
    ] {
        let mut body = good.clone();
        body[field] = value;
        let refused = person
            .gateway::<Value>(Method::POST, "/v1/instrument-links", Some("key"), Some(&body))
            .await;
        let problem = refused.unwrap_err();
        assert_eq!((problem.status, problem.field.as_deref()), (400, Some(field)), "{body}");
    }
    let missing = person
        .gateway::<Value>(Method::POST, "/v1/instrument-links", None, Some(&good))
        .await
        .unwrap_err();
    assert_eq!(missing.code, code::IDEMPOTENCY_KEY_MISSING);
}
