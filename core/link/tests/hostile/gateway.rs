//! Instruments, quotes and events.

use crate::support::{Answer, SUBJECT, Server, now};
use rabt_domain::{
    AccountId, AgencyId, Basket, Bilingual, Bill, BillId, BillKey, BillKind, BillStatus, Currency, DubaiDate, Fils,
    IdempotencyKey, IncidentKind, InstrumentKind, InstrumentStatus, LinkId, Personal, QuoteOutcome, bill::AmountRule,
};
use rabt_link::{
    Cursor, LinkError,
    gateway::{EventKind, NewLink},
};
use rabt_protocol::jose::JwkSet;
use serde_json::{Value, json};

fn bill(id: &str, fils: i64) -> Bill {
    Bill {
        key: BillKey {
            agency: AgencyId::parse("police").unwrap(),
            bill: BillId::parse(id).unwrap(),
        },
        account: AccountId::parse("file-1").unwrap(),
        kind: BillKind::Fine,
        kind_code: "traffic-fine".to_owned(),
        title: Bilingual::parse("Speeding", "سرعة").unwrap(),
        reference: Personal::new("F-1".to_owned()),
        status: BillStatus::Open,
        issued_on: DubaiDate::parse("2026-11-01").unwrap(),
        due_on: DubaiDate::parse("2026-11-30").unwrap(),
        period: None,
        lines: vec![],
        amount: Personal::new(Fils::new(fils).unwrap()),
        currency: Currency::Aed,
        amount_rule: AmountRule::Exact,
        revision: 1,
        paid: None,
    }
}

fn line(id: &str, outcome: &str, fils: i64) -> Value {
    json!({"agency_id": "police", "bill_id": id, "outcome": outcome, "amount_fils": fils, "revision": 3})
}

fn quote(lines: &[Value], total: i64) -> Value {
    json!({"quote_id": "q1", "subject": SUBJECT, "lines": lines, "total_fils": total, "currency": "AED",
        "required_acr": "urn:rabt:acr:high", "expires_at": "2026-11-23T08:05:00Z"})
}

async fn quoted(answer: Value) -> Result<rabt_domain::Quote, Option<IncidentKind>> {
    let (one, two) = (bill("1", 100), bill("2", 200));
    let basket = Basket::new([(&one, None), (&two, None)]).unwrap();
    let server = Server::scripted(vec![Answer::json(answer.to_string())]).await;
    let quote = server.gateway(JwkSet::default()).quote(&basket, now()).await;
    let sent: Value = serde_json::from_str(&server.seen()[0].body).unwrap();
    assert_eq!(
        sent["items"][1],
        json!({"agency_id": "police", "bill_id": "2", "amount_fils": 200})
    );
    quote.map_err(|error| error.incident())
}

#[tokio::test]
async fn a_quote_answers_the_basket_or_is_refused() {
    let good = quote(&[line("1", "payable", 100), line("2", "changed", 250)], 350);
    let read = quoted(good.clone()).await.unwrap();
    assert_eq!(read.lines[1].outcome, QuoteOutcome::Changed);
    assert_eq!(read.required_acr.as_deref(), Some("urn:rabt:acr:high"));

    let newer = quoted(quote(&[line("1", "payable", 100), line("2", "frozen", 0)], 100))
        .await
        .unwrap();
    assert!(!newer.lines[1].outcome.is_payable());

    let change = |member: &str, value: Value| {
        let mut quote = good.clone();
        quote[member] = value;
        quote
    };
    for (answer, kind) in [
        (change("subject", json!("person-2")), IncidentKind::AnotherPerson),
        (change("currency", json!("USD")), IncidentKind::BadCurrency),
        (change("total_fils", json!(351)), IncidentKind::QuoteMismatch),
        (change("total_fils", json!(i64::MAX)), IncidentKind::BadAmount),
        (change("expires_at", json!("never")), IncidentKind::BadDate),
        (change("required_acr", json!("a b")), IncidentKind::Malformed),
        (
            change("lines", json!([line("1", "payable", 100)])),
            IncidentKind::QuoteMismatch,
        ),
        (
            change("lines", json!([line("2", "payable", 200), line("1", "payable", 100)])),
            IncidentKind::QuoteMismatch,
        ),
        (
            change("lines", json!([line("1", "payable", 101), line("2", "changed", 249)])),
            IncidentKind::QuoteMismatch,
        ),
        (
            change("lines", json!(vec![line("1", "payable", 100); 3])),
            IncidentKind::QuoteMismatch,
        ),
    ] {
        assert_eq!(quoted(answer.clone()).await, Err(Some(kind)), "{answer}");
    }
}

#[tokio::test]
async fn a_quote_that_was_lost_moved_nothing() {
    let one = bill("1", 100);
    let basket = Basket::new([(&one, None)]).unwrap();
    let server = Server::scripted(vec![Answer::Cut]).await;
    let lost = server
        .gateway(JwkSet::default())
        .quote(&basket, now())
        .await
        .unwrap_err();
    assert!(matches!(lost, LinkError::Unavailable { .. }), "{lost:?}");
}

fn instrument(id: &str) -> Value {
    json!({"instrument_id": id, "kind": "card", "name": {"en": "Visa", "ar": "فيزا"}, "last_four": "4242",
        "status": "active", "expires_on": "2028-11-30"})
}

#[tokio::test]
async fn instruments_are_sifted_and_never_hold_a_number() {
    let mut number = instrument("i2");
    number["last_four"] = json!("4242424242424242");
    let mut newer = instrument("i3");
    newer["kind"] = json!("wallet");
    newer["status"] = json!("sleeping");
    let answer = json!({"subject": SUBJECT, "instruments": [instrument("i1"), number, newer]});
    let server = Server::scripted(vec![
        Answer::json(answer.to_string()),
        Answer::json(json!({"subject": "person-2", "instruments": []}).to_string()),
    ])
    .await;
    let gateway = server.gateway(JwkSet::default());
    let sifted = gateway.instruments().await.unwrap();
    assert_eq!(sifted.refused, [IncidentKind::BadText]);
    assert_eq!(sifted.items.len(), 2);
    assert_eq!(
        (sifted.items[1].kind, sifted.items[1].status),
        (InstrumentKind::Unknown, InstrumentStatus::Unknown)
    );
    let other = gateway.instruments().await.unwrap_err();
    assert_eq!(other.incident(), Some(IncidentKind::AnotherPerson));
}

#[tokio::test]
async fn a_link_sends_the_person_to_an_https_page_and_nowhere_else() {
    let begun =
        |url: &str| json!({"link_id": "l1", "authorize_url": url, "expires_at": "2026-11-23T08:10:00Z"}).to_string();
    let server = Server::scripted(vec![
        Answer::json(begun("https://bank.example/consent?id=1")),
        Answer::json(begun("http://bank.example/consent")),
        Answer::json(begun("javascript:alert(1)")),
        Answer::json(begun("https://user@bank.example/")),
        Answer::json(instrument("i1").to_string()),
    ])
    .await;
    let gateway = server.gateway(JwkSet::default());
    let new = NewLink {
        kind: InstrumentKind::BankAccount,
        return_uri: "ae.rabt.demo:/linked",
        state: "s-123",
        key: IdempotencyKey::parse("key-1").unwrap(),
    };
    assert_eq!(
        gateway.begin_link(&new, now()).await.unwrap().authorize_url.host_str(),
        Some("bank.example")
    );
    assert_eq!(server.seen()[0].headers["idempotency-key"], "key-1");
    for _ in 0..3 {
        let refused = gateway.begin_link(&new, now()).await.unwrap_err();
        assert!(
            matches!(
                refused,
                LinkError::Lost {
                    incident: Some(IncidentKind::Malformed),
                    ..
                }
            ),
            "{refused:?}"
        );
    }
    let link = LinkId::parse("l1").unwrap();
    assert_eq!(gateway.complete_link(&link, "c-1").await.unwrap().id.as_str(), "i1");
    assert_eq!(server.seen()[4].path, "/v1/instrument-links/l1/complete");

    let before = server.seen().len();
    for (bad, field) in [
        (
            NewLink {
                kind: InstrumentKind::Unknown,
                ..new.clone()
            },
            "kind",
        ),
        (
            NewLink {
                return_uri: "no uri",
                ..new.clone()
            },
            "return_uri",
        ),
        (
            NewLink {
                state: "",
                ..new.clone()
            },
            "state",
        ),
    ] {
        let refused = gateway.begin_link(&bad, now()).await.unwrap_err();
        assert!(
            matches!(&refused, LinkError::InvalidInput(invalid) if invalid.field == field),
            "{refused:?}"
        );
    }
    assert!(matches!(
        gateway.complete_link(&link, "").await,
        Err(LinkError::InvalidInput(_))
    ));
    assert_eq!(server.seen().len(), before, "nothing was sent");
}

#[tokio::test]
async fn events_are_sifted_and_the_cursor_must_move() {
    let event = |id: &str, source: &str, kind: &str, data: Value| json!({"specversion": "1.0", "id": id, "source": source, "type": kind, "time": "2026-11-23T08:00:00Z", "data": data});
    let (gateway_urn, police) = ("urn:rabt:gateway", "urn:rabt:agency:police");
    let page = json!({"subject": SUBJECT, "next_cursor": "c2", "more": true, "events": [
        event("1", police, "ae.rabt.bills.changed", json!({"bill_id": "b1"})),
        event("2", gateway_urn, "ae.rabt.payment.changed", json!({"payment_id": "p1"})),
        event("3", gateway_urn, "ae.rabt.newer", json!({})),
        event("4", police, "ae.rabt.bills.changed", json!({"agency_id": "health"})),
        event("5", "urn:stranger", "ae.rabt.bills.changed", json!({"agency_id": "health"})),
        event("6", gateway_urn, "ae.rabt.payment.changed", json!({})),
        {"id": 7},
    ]});
    let server = Server::scripted(vec![Answer::json(page.to_string())]).await;
    let gateway = server.gateway(JwkSet::default());
    let read = gateway.events(Some(&Cursor::parse("c1").unwrap())).await.unwrap();
    assert_eq!(server.seen()[0].path, "/v1/events?cursor=c1");
    let kinds: Vec<_> = read.events.iter().map(|event| event.kind.clone()).collect();
    assert!(matches!(&kinds[0], EventKind::BillsChanged { agency, bill: Some(_) } if agency.as_str() == "police"));
    assert!(matches!(&kinds[1], EventKind::PaymentChanged { payment } if payment.as_str() == "p1"));
    assert_eq!(kinds[2], EventKind::Unknown);
    assert_eq!(
        read.refused,
        [
            IncidentKind::AnotherAgency,
            IncidentKind::Malformed,
            IncidentKind::Malformed,
            IncidentKind::Malformed
        ]
    );
    let stuck = gateway.events(Some(&read.next)).await.unwrap_err();
    assert_eq!(stuck.incident(), Some(IncidentKind::EndlessPaging));
}
