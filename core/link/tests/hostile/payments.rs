//! Paying: what the hub answered, refused, can't have got, or may have got.

use crate::support::{Answer, SUBJECT, Server, now};
use rabt_domain::{
    AgencyId, BillId, BillKey, Fils, HubPaymentId, IdempotencyKey, IncidentKind, InstrumentId, Personal, QuoteId,
    payment::{HubStatus, ItemState, Origin, Payment, PaymentEvent, PaymentItem, PaymentState},
};
use rabt_link::{
    LinkError,
    gateway::{ExpectedReceipt, PayOutcome, verify_receipt},
};
use rabt_protocol::{
    hub::RECEIPT_TYPE,
    jose::{Es256Key, JwkSet, Signer as _, sign},
};
use serde_json::{Value, json};

fn key() -> Es256Key {
    Es256Key::from_pkcs8(&Es256Key::generate_pkcs8().unwrap()).unwrap()
}

fn keys(key: &Es256Key) -> JwkSet {
    JwkSet {
        keys: vec![key.public_key()],
    }
}

fn bill_key() -> BillKey {
    BillKey {
        agency: AgencyId::parse("police").unwrap(),
        bill: BillId::parse("b1").unwrap(),
    }
}

fn payment() -> Payment {
    let amount = Personal::new(Fils::new(60_000).unwrap());
    Payment {
        key: IdempotencyKey::parse("key-1").unwrap(),
        origin: Origin::ThisDevice {
            quote: QuoteId::parse("q1").unwrap(),
            quote_expires_at: now().plus_seconds(300),
        },
        instrument: InstrumentId::parse("i1").unwrap(),
        items: vec![PaymentItem {
            bill: bill_key(),
            amount,
            state: ItemState::Pending,
            receipt: None,
            rejection: None,
        }],
        total: amount,
        state: PaymentState::Submitting,
        hub_id: None,
        hub_revision: 0,
        sends: 1,
        look_ups: 0,
        look_up_at: None,
        created_at: now(),
        updated_at: now(),
        rejection: None,
    }
}

fn receipt() -> Value {
    json!({
        "receipt_id": "r1", "payment_id": "p1", "subject": SUBJECT, "agency_id": "police", "bill_id": "b1",
        "reference": "F-1", "posting_id": "post-1", "amount_fils": 60000, "currency": "AED",
        "paid_at": "2026-11-23T08:00:01Z", "paid_with": "Visa 4242",
    })
}

fn told(status: &str, item_status: &str, receipt: Option<&str>) -> Value {
    json!({
        "payment_id": "p1", "idempotency_key": "key-1", "subject": SUBJECT, "instrument_id": "i1", "status": status,
        "items": [{"agency_id": "police", "bill_id": "b1", "amount_fils": 60000, "status": item_status, "receipt": receipt}],
        "total_fils": 60000, "currency": "AED", "created_at": "2026-11-23T08:00:00Z",
        "updated_at": "2026-11-23T08:00:01Z", "revision": 2,
    })
}

fn settled(key: &Es256Key) -> Value {
    told(
        "settled",
        "settled",
        Some(&sign(RECEIPT_TYPE, &receipt(), key, false).unwrap()),
    )
}

async fn paid(answer: Answer, key: &Es256Key) -> (PayOutcome, Server) {
    let server = Server::scripted(vec![answer]).await;
    let outcome = server.gateway(keys(key)).pay(&payment()).await;
    (outcome, server)
}

#[tokio::test]
async fn an_answer_is_told_with_its_proven_receipt() {
    let key = key();
    let (outcome, server) = paid(
        Answer::with(201, "application/json", &[], settled(&key).to_string()),
        &key,
    )
    .await;
    assert!(outcome.incidents().is_empty());
    let PaymentEvent::Told(report) = outcome.into_event() else {
        panic!("not told");
    };
    assert_eq!(report.status, HubStatus::Settled);
    assert!(report.items[0].receipt.is_some());
    let sent = &server.seen()[0];
    assert_eq!(sent.headers["idempotency-key"], "key-1");
    assert_eq!(
        serde_json::from_str::<Value>(&sent.body).unwrap(),
        json!({"quote_id": "q1", "instrument_id": "i1", "total_fils": 60000})
    );
}

#[tokio::test]
async fn a_refusal_of_the_hub_is_told_from_a_lost_answer() {
    let key = key();
    for (status, code) in [
        (409, "bill_being_paid"),
        (422, "insufficient_funds"),
        (409, "quote_expired"),
    ] {
        let (outcome, _) = paid(Answer::problem(status, code), &key).await;
        assert!(
            matches!(&outcome, PayOutcome::Refused(refusal) if refusal.code == code),
            "{outcome:?}"
        );
    }
    for answer in [
        Answer::Cut,
        Answer::problem(500, "internal"),
        Answer::problem(503, "unavailable"),
        Answer::problem(409, "idempotency_key_in_flight"),
        Answer::with(409, "text/html", &[], "conflict"),
        Answer::with(202, "application/json", &[], "{}"),
        Answer::with(200, "text/html", &[], "<p>paid!</p>"),
        Answer::with(302, "text/html", &[("location", "https://elsewhere.example")], ""),
        Answer::json("{"),
        Answer::json("[]"),
    ] {
        let (outcome, server) = paid(answer, &key).await;
        assert!(matches!(outcome, PayOutcome::Lost(_)), "{outcome:?}");
        assert_eq!(server.seen().len(), 1, "a payment is never sent again by itself");
        assert_eq!(outcome.into_event(), PaymentEvent::Lost);
    }
}

#[tokio::test]
async fn what_certainly_was_not_taken_may_be_sent_again() {
    let key = key();
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("https://{}", gone.local_addr().unwrap());
    drop(gone);
    let server = Server::scripted(vec![Answer::problem(429, "too_many_requests")]).await;
    let (caller, _) = server.caller();
    let nowhere = rabt_link::GatewayClient::new(caller, &base, crate::support::subject(), keys(&key)).unwrap();
    assert!(matches!(
        nowhere.pay(&payment()).await,
        PayOutcome::NotSent(LinkError::Unavailable { .. })
    ));

    let busy = server.gateway(keys(&key)).pay(&payment()).await;
    assert_eq!(busy.into_event(), PaymentEvent::NotSent);

    let body = r#"{"type":"t","title":"t","status":401,"code":"step_up_required","acr":"urn:rabt:acr:high"}"#;
    let (outcome, _) = paid(Answer::with(401, "application/problem+json", &[], body), &key).await;
    assert!(matches!(outcome, PayOutcome::StepUpAsked { acr: Some(acr) } if acr == "urn:rabt:acr:high"));
}

#[tokio::test]
async fn a_renewed_token_pays_once_more_under_the_same_key_and_its_answer_counts() {
    let key = key();
    let refused = Answer::unauthorized(r#"DPoP error="invalid_token""#, &[]);
    let server = Server::scripted(vec![refused.clone(), Answer::json(settled(&key).to_string())]).await;
    let outcome = server.gateway(keys(&key)).pay(&payment()).await;
    assert!(matches!(outcome, PayOutcome::Answered(_)), "{outcome:?}");
    let used: Vec<_> = server
        .seen()
        .iter()
        .map(|seen| seen.headers["idempotency-key"].clone())
        .collect();
    assert_eq!(used, ["key-1", "key-1"]);

    let server = Server::scripted(vec![refused, Answer::Cut]).await;
    let outcome = server.gateway(keys(&key)).pay(&payment()).await;
    assert!(matches!(outcome, PayOutcome::Lost(_)), "{outcome:?}");
}

#[tokio::test]
async fn an_answer_about_another_payment_is_no_answer_to_this_one() {
    let key = key();
    for (member, value, kind) in [
        ("subject", json!("person-2"), IncidentKind::AnotherPerson),
        ("idempotency_key", json!("key-2"), IncidentKind::PaymentMismatch),
        ("instrument_id", json!("i2"), IncidentKind::PaymentMismatch),
        ("total_fils", json!(60001), IncidentKind::PaymentMismatch),
        ("currency", json!("USD"), IncidentKind::BadCurrency),
        ("items", json!([]), IncidentKind::PaymentMismatch),
        ("status", json!("refunded"), IncidentKind::PaymentMismatch),
    ] {
        let mut answer = settled(&key);
        answer[member] = value;
        let (outcome, _) = paid(Answer::json(answer.to_string()), &key).await;
        assert!(matches!(outcome, PayOutcome::Lost(_)), "{member}: {outcome:?}");
        assert_eq!(outcome.incidents(), [kind], "{member}");
    }
}

#[tokio::test]
async fn a_status_that_is_newer_than_this_version_is_not_final() {
    let key = key();
    let (outcome, _) = paid(Answer::json(told("parked", "parked", None).to_string()), &key).await;
    let PaymentEvent::Told(report) = outcome.into_event() else {
        panic!("not told");
    };
    assert_eq!(
        (report.status, report.state()),
        (HubStatus::Unknown, PaymentState::Pending)
    );
}

#[tokio::test]
async fn a_bad_receipt_is_left_out_and_recorded_and_the_payment_stands() {
    let (key, stranger) = (key(), key());
    let other = |member: &str, value: Value| {
        let mut claims = receipt();
        claims[member] = value;
        sign(RECEIPT_TYPE, &claims, &key, false).unwrap()
    };
    for (token, kind) in [
        (
            sign(RECEIPT_TYPE, &receipt(), &stranger, false).unwrap(),
            IncidentKind::BadSignature,
        ),
        (
            sign("rabt-directory+jwt", &receipt(), &key, false).unwrap(),
            IncidentKind::BadSignature,
        ),
        (other("payment_id", json!("p2")), IncidentKind::ReceiptMismatch),
        (other("bill_id", json!("b2")), IncidentKind::ReceiptMismatch),
        (other("agency_id", json!("health")), IncidentKind::ReceiptMismatch),
        (other("subject", json!("person-2")), IncidentKind::ReceiptMismatch),
        (other("amount_fils", json!(60001)), IncidentKind::ReceiptMismatch),
        (other("amount_fils", json!(-1)), IncidentKind::BadAmount),
        (other("currency", json!("USD")), IncidentKind::BadCurrency),
        (other("paid_with", json!("Visa \u{202E}2424")), IncidentKind::BadText),
        ("a.b.c".to_owned(), IncidentKind::Malformed),
        ("x".repeat(9_000), IncidentKind::TooMuch),
    ] {
        let (outcome, _) = paid(Answer::json(told("settled", "settled", Some(&token)).to_string()), &key).await;
        assert_eq!(outcome.incidents(), [kind]);
        let PaymentEvent::Told(report) = outcome.into_event() else {
            panic!("not told");
        };
        assert_eq!((report.status, &report.items[0].receipt), (HubStatus::Settled, &None));
    }
    let early = told("pending", "pending", Some(&other("bill_id", json!("b1"))));
    let (outcome, _) = paid(Answer::json(early.to_string()), &key).await;
    assert_eq!(outcome.incidents(), [IncidentKind::ReceiptMismatch]);
}

#[test]
fn a_receipt_is_verified_without_a_network() {
    let key = key();
    let token = sign(RECEIPT_TYPE, &receipt(), &key, false).unwrap();
    let (payment, subject, bill) = (
        HubPaymentId::parse("p1").unwrap(),
        crate::support::subject(),
        bill_key(),
    );
    let expected = |fils| ExpectedReceipt {
        payment: &payment,
        subject: &subject,
        bill: &bill,
        amount: Fils::new(fils).unwrap(),
    };
    let read = verify_receipt(&token, &keys(&key), &expected(60_000)).unwrap();
    assert_eq!(
        (read.id.as_str(), read.paid_with.reveal().as_str()),
        ("r1", "Visa 4242")
    );
    assert!(!format!("{read:?}").contains("4242"));
    assert_eq!(
        verify_receipt(&token, &keys(&key), &expected(59_999)),
        Err(IncidentKind::ReceiptMismatch)
    );
    assert_eq!(
        verify_receipt(&token, &JwkSet::default(), &expected(60_000)),
        Err(IncidentKind::BadSignature)
    );
}

#[tokio::test]
async fn a_payment_is_absent_only_where_the_hub_clearly_says_so() {
    let key = key();
    let find = |answer: Value| {
        let key = &key;
        async move {
            let server = Server::scripted(vec![Answer::json(answer.to_string())]).await;
            let found = server
                .gateway(keys(key))
                .find_payment(&IdempotencyKey::parse("key-1").unwrap())
                .await;
            assert_eq!(server.seen()[0].path, "/v1/payments?idempotency_key=key-1");
            found.map_err(|error| error.incident())
        }
    };
    assert_eq!(find(json!({"subject": SUBJECT, "payments": []})).await, Ok(None));
    let found = find(json!({"subject": SUBJECT, "payments": [settled(&key)]}))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found.report.hub_id.as_str(), "p1");

    let mut another = settled(&key);
    another["idempotency_key"] = json!("key-2");
    for (answer, kind) in [
        (
            json!({"subject": "person-2", "payments": []}),
            IncidentKind::AnotherPerson,
        ),
        (
            json!({"subject": SUBJECT, "payments": [another]}),
            IncidentKind::PaymentMismatch,
        ),
        (
            json!({"subject": SUBJECT, "payments": [settled(&key), settled(&key)]}),
            IncidentKind::PaymentMismatch,
        ),
        (
            json!({"subject": SUBJECT, "payments": [], "next_cursor": "a"}),
            IncidentKind::PaymentMismatch,
        ),
        (json!({"subject": SUBJECT}), IncidentKind::Malformed),
    ] {
        assert_eq!(find(answer).await, Err(Some(kind)));
    }
    let server = Server::scripted(vec![Answer::problem(404, "not_found")]).await;
    let refused = server
        .gateway(keys(&key))
        .find_payment(&IdempotencyKey::parse("key-1").unwrap())
        .await;
    assert!(
        matches!(refused, Err(LinkError::Refused(_))),
        "a wrong path is not an absent payment"
    );
}

#[tokio::test]
async fn payments_are_sifted_page_by_page() {
    let key = key();
    let mut odd = settled(&key);
    odd["total_fils"] = json!(1);
    let page = json!({"subject": SUBJECT, "payments": [settled(&key), odd, 7], "next_cursor": "a"});
    let server = Server::scripted(vec![Answer::json(page.to_string())]).await;
    let gateway = server.gateway(keys(&key));
    let first = gateway.payments(None).await.unwrap();
    assert_eq!(first.payments.len(), 1);
    assert_eq!(first.refused, [IncidentKind::PaymentMismatch, IncidentKind::Malformed]);
    let again = gateway.payments(first.next.as_ref()).await.unwrap_err();
    assert_eq!(again.incident(), Some(IncidentKind::EndlessPaging));

    let server = Server::scripted(vec![Answer::json(settled(&key).to_string())]).await;
    let other = HubPaymentId::parse("p2").unwrap();
    let error = server.gateway(keys(&key)).payment(&other).await.unwrap_err();
    assert_eq!(error.incident(), Some(IncidentKind::PaymentMismatch));
}
