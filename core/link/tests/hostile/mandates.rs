//! Mandates: what the gateway keeps of them, what it decided, the bank's consent; and the person's devices, which tell whose signature counts.

use crate::support::{Answer, SUBJECT, Server, now, subject};
use rabt_domain::{IncidentKind, MandateId, Timestamp};
use rabt_link::{
    Cursor, LinkError,
    devices::devices,
    gateway::{GatewayClient, MandateRecord},
    limits::{
        DECISIONS_BYTES_MAX, DEVICES_MAX, MANDATES_BYTES_MAX, MANDATES_MAX, PAGE_ENTRIES_MAX,
        STATEMENTS_PER_MANDATE_MAX,
    },
};
use rabt_protocol::{jose::JwkSet, mandate::Dispute};
use serde_json::{Value, json};

const AT: &str = "2026-11-23T08:00:00Z";

fn record() -> Value {
    json!({"versions": ["v1", "v2"], "acknowledged_at": [AT, AT], "standing": ["s1"], "answers": ["a1"],
        "consent": {"consent_id": "c1", "status": "authorized", "covers_version": 1}})
}

fn with(base: &Value, member: &str, value: Value) -> Value {
    let mut changed = base.clone();
    changed[member] = value;
    changed
}

/// Records that say nothing that can be kept, and what they are recorded as.
fn bad_records() -> Vec<(Value, IncidentKind)> {
    let many = |count: usize| json!(vec!["s"; count]);
    vec![
        (with(&record(), "versions", json!([])), IncidentKind::Malformed),
        (with(&record(), "versions", json!("v1")), IncidentKind::Malformed),
        (with(&record(), "acknowledged_at", json!([AT])), IncidentKind::Malformed),
        (
            with(&record(), "acknowledged_at", json!([AT, "9999"])),
            IncidentKind::BadDate,
        ),
        (
            with(&record(), "standing", many(STATEMENTS_PER_MANDATE_MAX + 1)),
            IncidentKind::TooMuch,
        ),
        (
            with(&record(), "answers", many(STATEMENTS_PER_MANDATE_MAX + 1)),
            IncidentKind::TooMuch,
        ),
        (
            with(
                &record(),
                "consent",
                json!({"consent_id": "a b", "status": "authorized", "covers_version": 1}),
            ),
            IncidentKind::Malformed,
        ),
        (
            with(
                &record(),
                "consent",
                json!({"consent_id": "c1", "status": "authorized", "covers_version": -1}),
            ),
            IncidentKind::Malformed,
        ),
    ]
}

fn mandate() -> MandateId {
    MandateId::parse("m-1").unwrap()
}

async fn gateway_that_answers(answers: Vec<Answer>) -> (Server, GatewayClient) {
    let server = Server::scripted(answers).await;
    let gateway = server.gateway(JwkSet::default());
    (server, gateway)
}

fn lost_to(refused: &LinkError) -> Option<IncidentKind> {
    match refused {
        LinkError::Lost { incident, .. } => *incident,
        _ => panic!("whether the gateway has it is not known, so this was to be `Lost`: {refused:?}"),
    }
}

#[tokio::test]
async fn a_list_of_mandates_is_sifted() {
    let bad = bad_records();
    let unknown = with(
        &record(),
        "consent",
        json!({"consent_id": "c1", "status": "asleep", "covers_version": 1}),
    );
    let entries: Vec<_> = bad
        .iter()
        .map(|(entry, _)| entry.clone())
        .chain([record(), unknown])
        .collect();
    let answer = json!({"subject": SUBJECT, "mandates": entries});
    let (_server, gateway) = gateway_that_answers(vec![Answer::json(answer.to_string())]).await;
    let sifted = gateway.mandates().await.unwrap();
    let mut expected: Vec<_> = bad.into_iter().map(|(_, kind)| kind).collect();
    let mut refused = sifted.refused;
    expected.sort();
    refused.sort();
    assert_eq!(refused, expected);
    assert_eq!(sifted.items.len(), 2, "the two that can be read are there");
    assert_eq!(sifted.items[0].versions.len(), 2);
}

#[tokio::test]
async fn a_list_of_mandates_is_the_persons_and_has_a_bound() {
    let of = |subject: &str, count: usize| {
        Answer::json(json!({"subject": subject, "mandates": vec![record(); count]}).to_string())
    };
    let long = " ".repeat(MANDATES_BYTES_MAX + 1);
    for (answer, kind) in [
        (of("person-2", 1), IncidentKind::AnotherPerson),
        (of(SUBJECT, MANDATES_MAX + 1), IncidentKind::TooMuch),
        (Answer::json(long), IncidentKind::TooMuch),
        (Answer::json("{"), IncidentKind::Malformed),
        (Answer::json(r#"{"subject": "person-1"}"#), IncidentKind::Malformed),
    ] {
        let (_server, gateway) = gateway_that_answers(vec![answer]).await;
        assert_eq!(gateway.mandates().await.unwrap_err().incident(), Some(kind));
    }
}

#[tokio::test]
async fn whether_a_statement_arrived_is_known_from_a_good_answer_alone() {
    let good = Answer::json(record().to_string());
    let mut answers: Vec<_> = bad_records()
        .into_iter()
        .map(|(answer, kind)| (Answer::json(answer.to_string()), Some(kind)))
        .collect();
    answers.push((Answer::Cut, None));
    answers.push((Answer::problem(502, "bad_gateway"), None));
    answers.push((
        Answer::json(" ".repeat(MANDATES_BYTES_MAX + 1)),
        Some(IncidentKind::TooMuch),
    ));
    for (answer, kind) in answers {
        let (server, gateway) = gateway_that_answers(vec![answer, good.clone()]).await;
        let lost = gateway.register_mandate("signed").await.unwrap_err();
        assert_eq!(lost_to(&lost), kind);
        let again: MandateRecord = gateway.register_mandate("signed").await.unwrap();
        assert_eq!(again.standing.len(), 1);
        let seen = server.seen();
        assert_eq!(seen[0].body, seen[1].body, "what is sent again is the same");
    }
}

#[tokio::test]
async fn a_refusal_is_told_from_a_loss() {
    for code in ["mandate_older", "mandate_revoked", "statement_invalid", "not_found"] {
        let (_server, gateway) = gateway_that_answers(vec![Answer::problem(409, code)]).await;
        let refused = gateway.change_standing(&mandate(), "signed").await.unwrap_err();
        assert!(matches!(refused, LinkError::Refused { .. }), "{refused:?}");
        let refused = gateway.answer_mandate(&mandate(), "signed").await.unwrap_err();
        assert!(matches!(refused, LinkError::Refused { .. }), "{refused:?}");
    }
    let dispute = Dispute {
        dispute_id: "d-1".to_owned(),
        finding: "twice".to_owned(),
        agency_id: "police".to_owned(),
        bill_id: "b-1".to_owned(),
        note: None,
    };
    let (_server, gateway) = gateway_that_answers(vec![Answer::Cut]).await;
    let lost = gateway.dispute_decision(&mandate(), &dispute).await.unwrap_err();
    assert_eq!(lost_to(&lost), None);
}

#[tokio::test]
async fn a_banks_page_is_one_over_https_and_what_goes_there_is_well_formed() {
    let begun =
        |url: &str, until: &str| json!({"consent_id": "c1", "authorize_url": url, "expires_at": until}).to_string();
    let page = "https://bank.example/consent?id=1";
    let (server, gateway) = gateway_that_answers(vec![
        Answer::json(begun(page, AT)),
        Answer::json(begun("http://bank.example/consent", AT)),
        Answer::json(begun("javascript:alert(1)", AT)),
        Answer::json(begun("https://user@bank.example/", AT)),
        Answer::json(begun(page, "soon")),
    ])
    .await;
    let begin = async |return_uri: &str, state: &str| {
        gateway
            .begin_mandate_consent(&mandate(), return_uri, state, now())
            .await
    };
    let good = begin("ae.rabt.demo:/agreed", "s-1").await.unwrap();
    assert_eq!(good.authorize_url.host_str(), Some("bank.example"));
    for kind in [
        IncidentKind::Malformed,
        IncidentKind::Malformed,
        IncidentKind::Malformed,
        IncidentKind::BadDate,
    ] {
        let lost = begin("ae.rabt.demo:/agreed", "s-1").await.unwrap_err();
        assert_eq!(lost_to(&lost), Some(kind));
    }
    let before = server.seen().len();
    for (return_uri, state, field) in [
        ("no uri", "s-1", "return_uri"),
        ("ae.rabt.demo:/agreed", "a b", "state"),
    ] {
        let refused = begin(return_uri, state).await.unwrap_err();
        assert!(
            matches!(&refused, LinkError::InvalidInput(invalid) if invalid.field == field),
            "{refused:?}"
        );
    }
    let refused = gateway.complete_mandate_consent(&mandate(), "a\nb").await.unwrap_err();
    assert!(matches!(&refused, LinkError::InvalidInput(invalid) if invalid.field == "code"));
    assert_eq!(server.seen().len(), before, "nothing was sent");
}

fn decisions(subject: &str, entries: Vec<Value>, cursor: &str, more: bool) -> Value {
    json!({"subject": subject, "report": {"decisions": entries, "as_of_at": AT}, "next_cursor": cursor, "more": more})
}

#[tokio::test]
async fn decisions_are_the_persons_are_bounded_and_move_on() {
    let one = vec![json!({"any": "thing"})];
    let good = decisions(SUBJECT, one.clone(), "c2", true);
    let (server, gateway) = gateway_that_answers(vec![Answer::json(good.to_string())]).await;
    let page = gateway
        .mandate_decisions(Some(&Cursor::parse("c1").unwrap()))
        .await
        .unwrap();
    assert_eq!((page.decisions.len(), page.more), (1, true));
    assert_eq!(page.as_of, Timestamp::parse(AT).unwrap());
    assert_eq!(server.seen()[0].path, "/v1/mandate-decisions?cursor=c1");
    let stuck = gateway.mandate_decisions(Some(&page.next)).await.unwrap_err();
    assert_eq!(stuck.incident(), Some(IncidentKind::EndlessPaging));

    let mut undated = good.clone();
    undated["report"]["as_of_at"] = json!("tomorrow");
    for (answer, kind) in [
        (
            decisions("person-2", one.clone(), "c2", false).to_string(),
            IncidentKind::AnotherPerson,
        ),
        (
            decisions(SUBJECT, vec![json!({}); PAGE_ENTRIES_MAX + 1], "c2", true).to_string(),
            IncidentKind::TooMuch,
        ),
        (decisions(SUBJECT, one, "", false).to_string(), IncidentKind::Malformed),
        (undated.to_string(), IncidentKind::BadDate),
        (" ".repeat(DECISIONS_BYTES_MAX + 1), IncidentKind::TooMuch),
    ] {
        let (_server, gateway) = gateway_that_answers(vec![Answer::json(answer)]).await;
        let refused = gateway.mandate_decisions(None).await.unwrap_err();
        assert_eq!(refused.incident(), Some(kind));
    }
}

#[tokio::test]
async fn devices_are_the_persons_and_sifted() {
    let device = json!({"jkt": "thumb-1", "since_at": AT});
    let answer = json!({"sub": SUBJECT, "devices": [device, {"jkt": "a b", "since_at": AT}, {"jkt": "thumb-2", "since_at": "then"},
        {"jkt": "thumb-3", "since_at": AT, "until_at": AT}, 7]});
    let server = Server::scripted(vec![Answer::json(answer.to_string())]).await;
    let sifted = devices(&server.caller().0, &server.base, &subject()).await.unwrap();
    assert_eq!(sifted.items.len(), 2);
    assert_eq!(
        sifted.refused,
        [IncidentKind::Malformed, IncidentKind::BadDate, IncidentKind::Malformed]
    );

    for (answer, kind) in [
        (
            json!({"sub": "person-2", "devices": [device]}),
            IncidentKind::AnotherPerson,
        ),
        (json!({"sub": SUBJECT, "devices": []}), IncidentKind::Malformed),
        (
            json!({"sub": SUBJECT, "devices": vec![device.clone(); DEVICES_MAX + 1]}),
            IncidentKind::TooMuch,
        ),
    ] {
        let server = Server::scripted(vec![Answer::json(answer.to_string())]).await;
        let refused = devices(&server.caller().0, &server.base, &subject()).await.unwrap_err();
        assert_eq!(refused.incident(), Some(kind));
    }
}
