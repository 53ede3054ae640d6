//! Agencies that lie about bills: each lie is refused and recorded, and the honest bills beside it come through.

use crate::support::{Answer, Seen, Server, now};
use rabt_domain::{
    AccountId, Bilingual, Bill, ConsentId, IncidentKind,
    agency::{AccountKind, Charset, FormField},
};
use rabt_link::{
    ETag, LinkError,
    agency::{AccountsAnswer, BillsPage, ConsentTerms, PassStep},
    limits,
};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

fn bill(id: &str) -> Value {
    json!({
        "bill_id": id, "agency_id": "police", "account_id": "file-1", "kind": "fine", "kind_code": "traffic-fine",
        "title": {"en": "Speeding", "ar": "سرعة"}, "reference": "F-1", "status": "open",
        "issued_on": "2026-11-01", "due_on": "2026-11-30",
        "lines": [{"code": "fine", "title": {"en": "Fine", "ar": "غرامة"}, "amount_fils": 60000}],
        "amount_fils": 60000, "currency": "AED", "amount_rule": {"rule": "exact"}, "revision": 1,
    })
}

fn with(pointer: &str, value: Value) -> Value {
    let mut bill = bill("bad");
    match bill.pointer_mut(pointer) {
        Some(member) => *member = value,
        None => bill[pointer.trim_start_matches('/')] = value,
    }
    bill
}

fn page(bills: &[Value], next: Option<&str>) -> Value {
    json!({"agency_id": "police", "subject": "person-1", "as_of": "2026-11-23T07:59:00Z", "bills": bills, "next_cursor": next})
}

fn linked() -> BTreeSet<AccountId> {
    BTreeSet::from([AccountId::parse("file-1").unwrap()])
}

fn ids(bills: &[Bill]) -> Vec<&str> {
    bills.iter().map(|bill| bill.key.bill.as_str()).collect()
}

/// Pulls a pass to its end.
async fn pass(server: &Server, known: Option<ETag>) -> (Vec<PassStep>, Option<LinkError>) {
    let (client, linked) = (server.agency(), linked());
    let mut pass = client.bills(&linked, known, now(), 20_000);
    let mut steps = Vec::new();
    for _ in 0..1_000 {
        match pass.next().await {
            Ok(step) => {
                let over = matches!(step, PassStep::NotModified | PassStep::Done { .. });
                steps.push(step);
                if over {
                    assert!(matches!(pass.next().await, Err(LinkError::Bug(_))), "it is over");
                    return (steps, None);
                }
            }
            Err(error) => return (steps, Some(error)),
        }
    }
    panic!("the pass doesn't end");
}

async fn only_page(body: Value) -> (BillsPage, PassStep) {
    let server = Server::scripted(vec![Answer::tagged("\"1\"", body.to_string())]).await;
    let (mut steps, error) = pass(&server, None).await;
    assert!(error.is_none(), "{error:?}");
    let done = steps.pop().unwrap();
    match steps.pop() {
        Some(PassStep::Page(page)) => (page, done),
        other => panic!("{other:?}"),
    }
}

async fn refused_whole(body: Value) -> IncidentKind {
    let server = Server::scripted(vec![Answer::json(body.to_string())]).await;
    let (steps, error) = pass(&server, None).await;
    assert!(steps.is_empty());
    error.and_then(|error| error.incident()).unwrap()
}

#[tokio::test]
async fn each_lie_is_refused_by_itself_and_the_others_come_through() {
    let lies = [
        (with("/agency_id", json!("health")), IncidentKind::AnotherAgency),
        (with("/account_id", json!("file-2")), IncidentKind::UnknownAccount),
        (with("/amount_fils", json!(-60000)), IncidentKind::BadAmount),
        (with("/amount_fils", json!(0)), IncidentKind::BadAmount),
        (with("/amount_fils", json!(i64::MAX)), IncidentKind::BadAmount),
        (with("/amount_fils", json!(60001)), IncidentKind::BadAmount),
        (with("/amount_fils", json!(1e300)), IncidentKind::Malformed),
        (with("/amount_fils", json!(600.5)), IncidentKind::Malformed),
        (with("/lines/0/amount_fils", json!(i64::MIN)), IncidentKind::BadAmount),
        (
            with("/amount_rule", json!({"rule": "range", "min_fils": 5, "max_fils": 4})),
            IncidentKind::BadAmount,
        ),
        (with("/currency", json!("USD")), IncidentKind::BadCurrency),
        (with("/due_on", json!("9999-12-31")), IncidentKind::BadDate),
        (with("/due_on", json!("2026-10-31")), IncidentKind::BadDate),
        (with("/issued_on", json!("2026-02-30")), IncidentKind::BadDate),
        (with("/title/en", json!("AED \u{202E}00.06")), IncidentKind::BadText),
        (with("/title/ar", json!("")), IncidentKind::BadText),
        (with("/reference", json!("F\u{0}1")), IncidentKind::BadText),
        (with("/lines/0/title/en", json!("a".repeat(201))), IncidentKind::BadText),
        (with("/kind_code", json!("../../x")), IncidentKind::Malformed),
        (with("/status", json!("paid")), IncidentKind::Malformed),
        (with("/bill_id", json!("good-1")), IncidentKind::Malformed),
        (json!({"bill_id": "bad"}), IncidentKind::Malformed),
    ];
    for (lie, kind) in lies {
        let said = lie.to_string();
        let (page, done) = only_page(page(&[bill("good-1"), lie, bill("good-2")], None)).await;
        assert_eq!(ids(&page.bills), ["good-1", "good-2"], "{said}");
        assert_eq!(page.refused.len(), 1, "{said}");
        let incident = &page.refused[0].incident;
        assert_eq!((incident.kind, incident.at), (kind, now()), "{said}");
        assert_eq!(incident.agency.as_ref().unwrap().as_str(), "police");
        assert!(page.refused[0].bill.is_some());
        // It is looked at again next time, and is not taken for vanished meanwhile.
        assert_eq!(
            done,
            PassStep::Done {
                etag: None,
                complete: false
            }
        );
    }
}

#[tokio::test]
async fn a_bill_without_a_name_is_refused_like_the_others() {
    let (page, done) = only_page(page(&[json!(7), bill("good")], None)).await;
    assert_eq!(ids(&page.bills), ["good"]);
    assert_eq!(page.refused[0].bill, None);
    assert_eq!(page.incidents().len(), 1);
    assert_eq!(
        done,
        PassStep::Done {
            etag: None,
            complete: false
        }
    );
}

#[tokio::test]
async fn words_that_are_newer_than_this_version_are_neither_payable_nor_final() {
    let newer = [with("/status", json!("in_dispute")), {
        let mut bill = bill("kind");
        bill["kind"] = json!("levy");
        bill
    }];
    let (page, done) = only_page(page(&newer, None)).await;
    assert_eq!(page.bills.len(), 2);
    assert!(
        page.bills
            .iter()
            .all(|bill| !bill.is_payable() && bill.status.is_open())
    );
    assert!(matches!(
        done,
        PassStep::Done {
            etag: Some(_),
            complete: true
        }
    ));
}

#[tokio::test]
async fn a_page_about_somebody_or_something_else_is_refused_whole() {
    let change = |member: &str, value: Value| {
        let mut page = page(&[bill("b")], None);
        page[member] = value;
        page
    };
    assert_eq!(
        refused_whole(change("subject", json!("person-2"))).await,
        IncidentKind::AnotherPerson
    );
    assert_eq!(
        refused_whole(change("agency_id", json!("health"))).await,
        IncidentKind::AnotherAgency
    );
    assert_eq!(
        refused_whole(change("as_of", json!("9999-01-01T00:00:00Z"))).await,
        IncidentKind::BadDate
    );
    assert_eq!(refused_whole(change("bills", json!({}))).await, IncidentKind::Malformed);
    assert_eq!(
        refused_whole(change("next_cursor", json!("a b"))).await,
        IncidentKind::Malformed
    );
    assert_eq!(refused_whole(json!("garbage")).await, IncidentKind::Malformed);
}

#[tokio::test]
async fn a_million_bills_in_a_page_are_too_many_whatever_they_are() {
    let million = format!(
        r#"{{"agency_id":"police","subject":"person-1","as_of":"2026-11-23T07:59:00Z","bills":[{}0]}}"#,
        "0,".repeat(1_000_000)
    );
    let server = Server::scripted(vec![Answer::json(million)]).await;
    let error = pass(&server, None).await.1.unwrap();
    assert_eq!(error.incident(), Some(IncidentKind::TooMuch));

    let over: Vec<Value> = (0..=limits::BILLS_PER_PAGE_MAX).map(|n| bill(&n.to_string())).collect();
    assert_eq!(refused_whole(page(&over, None)).await, IncidentKind::TooMuch);
    let (at, _) = only_page(page(&over[1..], None)).await;
    assert_eq!(at.bills.len(), limits::BILLS_PER_PAGE_MAX);
}

#[tokio::test]
async fn pages_without_end_end() {
    let server = Server::start(|_, count| {
        Answer::tagged(
            "\"1\"",
            page(&[bill(&count.to_string())], Some(&format!("c{count}"))).to_string(),
        )
    })
    .await;
    let (steps, error) = pass(&server, None).await;
    assert_eq!(error.unwrap().incident(), Some(IncidentKind::EndlessPaging));
    assert_eq!(steps.len(), limits::BILL_PAGES_MAX);

    let circle = Server::start(|_, count| {
        Answer::tagged(
            "\"1\"",
            page(&[bill(&count.to_string())], Some(["a", "b"][count % 2])).to_string(),
        )
    })
    .await;
    let (steps, error) = pass(&circle, None).await;
    assert_eq!(error.unwrap().incident(), Some(IncidentKind::EndlessPaging));
    assert_eq!(steps.len(), 2, "what came before stays");
}

#[tokio::test]
async fn pages_follow_the_cursor_and_the_tag_comes_at_the_end() {
    let server = Server::start(|seen: &Seen, _| {
        let body = match seen.path.as_str() {
            "/v1/bills?limit=500" => page(&[bill("1")], Some("next")),
            "/v1/bills?limit=500&cursor=next" => page(&[bill("2")], None),
            other => panic!("{other}"),
        };
        Answer::tagged("\"v7\"", body.to_string())
    })
    .await;
    let (steps, _) = pass(&server, Some(ETag::parse("\"v6\"").unwrap())).await;
    let tag = Some(ETag::parse("\"v7\"").unwrap());
    assert_eq!(
        steps.last(),
        Some(&PassStep::Done {
            etag: tag,
            complete: true
        })
    );
    assert_eq!(steps.len(), 3);
    let asked: Vec<_> = server
        .seen()
        .iter()
        .map(|seen| seen.headers.get("if-none-match").cloned())
        .collect();
    assert_eq!(asked, [Some("\"v6\"".to_owned()), None]);
}

#[tokio::test]
async fn nothing_new_is_an_answer_only_to_who_asked() {
    let server = Server::scripted(vec![Answer::with(304, "application/json", &[], "")]).await;
    let (steps, _) = pass(&server, Some(ETag::parse("\"v6\"").unwrap())).await;
    assert_eq!(steps, [PassStep::NotModified]);
    let (_, error) = pass(&server, None).await;
    assert_eq!(error.unwrap().incident(), Some(IncidentKind::Malformed));
}

#[tokio::test]
async fn bills_that_change_under_the_reading_are_read_again_and_not_for_ever() {
    let once = Server::start(|seen: &Seen, count| {
        let (tag, next) = match (count, seen.path.contains("cursor")) {
            (0, _) => ("\"1\"", Some("a")),
            (_, false) => ("\"2\"", Some("a")),
            (_, true) => ("\"2\"", None),
        };
        let id = if seen.path.contains("cursor") {
            "second"
        } else {
            "first"
        };
        Answer::tagged(tag, page(&[bill(id)], next).to_string())
    })
    .await;
    let (steps, error) = pass(&once, None).await;
    assert!(error.is_none(), "{error:?}");
    let kinds: Vec<_> = steps
        .iter()
        .map(|step| match step {
            PassStep::Page(page) => page.bills[0].key.bill.as_str(),
            PassStep::Restarted => "restarted",
            PassStep::NotModified => "not modified",
            PassStep::Done { .. } => "done",
        })
        .collect();
    assert_eq!(kinds, ["first", "restarted", "first", "second", "done"]);

    let always =
        Server::start(|_, count| Answer::tagged(&format!("\"{count}\""), page(&[bill("b")], Some("a")).to_string()))
            .await;
    let (_, error) = pass(&always, None).await;
    assert!(matches!(error, Some(LinkError::Unavailable { .. })), "{error:?}");
    assert_eq!(always.seen().len(), 6);
}

#[tokio::test]
async fn the_whole_pass_has_one_deadline() {
    let server = Server::start(|_, count| match count {
        0 => Answer::tagged("\"1\"", page(&[bill("b")], Some("a")).to_string()),
        _ => Answer::Silence,
    })
    .await;
    let (client, linked) = (server.agency(), linked());
    let begun = Instant::now();
    let mut pass = client.bills(&linked, None, now(), 700);
    assert!(matches!(pass.next().await, Ok(PassStep::Page(_))));
    assert!(matches!(pass.next().await, Err(LinkError::Unavailable { .. })));
    assert!(begun.elapsed() < Duration::from_secs(3));
}

#[tokio::test]
async fn paid_elsewhere_is_told_from_paid_here() {
    let paid = |id: &str, channel: &str| {
        let mut bill = bill(id);
        bill["status"] = json!("paid");
        bill["paid"] = json!({"paid_at": "2026-11-20T10:00:00Z", "amount_fils": 60000, "channel": channel});
        bill
    };
    let (page, _) = only_page(page(&[paid("a", "rabt"), paid("b", "counter")], None)).await;
    let statuses: Vec<_> = page.bills.iter().map(|bill| bill.status).collect();
    assert_eq!(
        statuses,
        [rabt_domain::BillStatus::Paid, rabt_domain::BillStatus::PaidElsewhere]
    );
}

#[tokio::test]
async fn accounts_are_sifted_and_their_answer_is_this_persons() {
    let account = |id: &str, label: &str| json!({"account_id": id, "kind": "traffic-file", "number": "12345", "label": {"en": label, "ar": "ملف"}, "holder": "own"});
    let answer = |subject: &str| {
        json!({"agency_id": "police", "subject": subject,
            "accounts": [account("a", "File"), account("b", "\u{202E}File"), account("a", "Twice"), {"account_id": 1}]})
    };
    let server = Server::scripted(vec![
        Answer::json(answer("person-1").to_string()),
        Answer::json(answer("person-2").to_string()),
    ])
    .await;
    let sifted = server.agency().accounts().await.unwrap();
    assert_eq!(sifted.items.len(), 1);
    assert_eq!(
        sifted.refused,
        [IncidentKind::BadText, IncidentKind::Malformed, IncidentKind::Malformed]
    );
    let other = server.agency().accounts().await.unwrap_err();
    assert_eq!(other.incident(), Some(IncidentKind::AnotherPerson));
}

#[tokio::test]
async fn accounts_that_were_refused_have_no_tag_and_unchanged_ones_only_where_a_tag_was_sent() {
    let body = |entry: Value| json!({"agency_id": "police", "subject": "person-1", "accounts": [entry]}).to_string();
    let account =
        json!({"account_id": "a", "kind": "k", "number": "1", "label": {"en": "File", "ar": "ملف"}, "holder": "own"});
    let not_modified = || Answer::with(304, "application/json", &[("etag", "\"v1\"")], "");
    let server = Server::scripted(vec![
        Answer::tagged("\"v1\"", body(account)),
        Answer::tagged("\"v2\"", body(json!({"account_id": 1}))),
        not_modified(),
        not_modified(),
    ])
    .await;
    let client = server.agency();
    let AccountsAnswer::Listed { accounts, etag } = client.accounts_since(None).await.unwrap() else {
        panic!("they were not known");
    };
    assert_eq!(
        (accounts.items.len(), etag.as_ref().map(ETag::as_str)),
        (1, Some("\"v1\""))
    );
    let refused = client.accounts_since(etag.clone()).await.unwrap();
    assert!(matches!(refused, AccountsAnswer::Listed { accounts, etag: None } if accounts.refused.len() == 1));
    assert_eq!(client.accounts_since(etag).await.unwrap(), AccountsAnswer::NotModified);
    let unasked = client.accounts_since(None).await.unwrap_err();
    assert_eq!(unasked.incident(), Some(IncidentKind::Malformed));
}

#[tokio::test]
async fn a_consent_is_kept_as_it_was_agreed_or_the_answer_is_refused() {
    let terms = ConsentTerms {
        id: ConsentId::parse("c1").unwrap(),
        purposes: vec!["bills".to_owned(), "accounts".to_owned()],
        granted_at: now(),
        expires_at: now().plus_seconds(86_400),
    };
    let kept = |change: &dyn Fn(&mut Value)| {
        let mut consent = json!({"consent_id": "c1", "purposes": ["accounts", "bills"],
            "granted_at": "2026-11-23T08:00:00Z", "expires_at": "2026-11-24T08:00:00Z"});
        change(&mut consent);
        Answer::json(consent.to_string())
    };
    let server = Server::scripted(vec![
        kept(&|_| {}),
        kept(&|consent| consent["purposes"] = json!(["accounts", "bills", "everything"])),
        kept(&|consent| consent["expires_at"] = json!("2027-11-24T08:00:00Z")),
        kept(&|consent| consent["consent_id"] = json!("c2")),
        Answer::json("[]"),
    ])
    .await;
    let client = server.agency();
    client.put_consent(&terms).await.unwrap();
    let sent: Value = serde_json::from_str(&server.seen()[0].body).unwrap();
    assert_eq!(
        (server.seen()[0].method.as_str(), &sent["expires_at"]),
        ("PUT", &json!("2026-11-24T08:00:00.000Z"))
    );
    for kind in [
        IncidentKind::Malformed,
        IncidentKind::BadDate,
        IncidentKind::Malformed,
        IncidentKind::Malformed,
    ] {
        let refused = client.put_consent(&terms).await.unwrap_err();
        assert!(
            matches!(&refused, LinkError::Lost { incident, .. } if *incident == Some(kind)),
            "{refused:?}"
        );
    }
}

#[tokio::test]
async fn an_account_is_checked_before_it_is_sent_and_after_it_came() {
    let text = |en: &str| Bilingual::parse(en, "حقل").unwrap();
    let kind = AccountKind {
        code: "contract".to_owned(),
        name: text("Contract"),
        form: vec![FormField {
            name: "number".to_owned(),
            label: text("Number"),
            charset: Charset::Digits,
            chars_min: 10,
            chars_max: 10,
            example: String::new(),
        }],
    };
    let added = |kind: &str| {
        json!({"account_id": "a1", "kind": kind, "number": "2001234567", "label": {"en": "Villa", "ar": "فيلا"},
            "holder": "added_by_hand", "balance_fils": 5000})
    };
    let server = Server::scripted(vec![
        Answer::json(added("contract").to_string()),
        Answer::json(added("vehicle").to_string()),
        Answer::problem(422, "account_unknown"),
    ])
    .await;
    let client = server.agency();
    let number = |number: &str| BTreeMap::from([("number".to_owned(), number.to_owned())]);
    let bad = client.add_account(&kind, &number("20012")).await.unwrap_err();
    assert!(matches!(&bad, LinkError::InvalidInput(invalid) if invalid.field == "fields.number"));
    assert!(server.seen().is_empty());

    let account = client.add_account(&kind, &number("2001234567")).await.unwrap();
    assert_eq!(account.holder, rabt_domain::Holder::AddedByHand);
    let odd = client.add_account(&kind, &number("2001234567")).await.unwrap_err();
    assert!(matches!(
        odd,
        LinkError::Lost {
            incident: Some(IncidentKind::Malformed),
            ..
        }
    ));
    let unknown = client.add_account(&kind, &number("2001234567")).await.unwrap_err();
    assert!(matches!(&unknown, LinkError::Refused(refusal) if refusal.code == "account_unknown"));
}
