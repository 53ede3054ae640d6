//! Bills that control moves, agencies that join, and what of both is left after a kill.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    reason = "a test that meets something else has failed"
)]

mod support;

use rabt_protocol::{
    agency::{Bill, BillStatus},
    directory::{DIRECTORY_TYPE, Directory},
    jose::{self, JwkSet},
    problem::code,
};
use rabt_sandbox::{BillChange, BillFilter, City, CityConfig, ControlError, NewBill};
use reqwest::Method;
use serde_json::{Value, json};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};
use support::{city, client, control, kept_in};

/// An agency that the city doesn't have at first.
const LIBRARIES: &str = include_str!("../fixtures/extra/libraries.json");

fn fine() -> NewBill {
    NewBill {
        agency_id: "police".to_owned(),
        persona_id: "tenant-family".to_owned(),
        kind_code: "traffic-fine".to_owned(),
        amount_fils: Some(40_000),
        ..NewBill::default()
    }
}

fn police_bills(city: &City) -> Vec<Bill> {
    let filter = BillFilter {
        agency_id: Some("police".to_owned()),
        ..BillFilter::default()
    };
    city.control().bills(&filter).unwrap()
}

#[tokio::test]
async fn a_bill_is_issued_changed_paid_at_the_counter_and_then_left_alone() {
    let city = city().await;
    let path = |bill: &Value, act: &str| format!("/v1/bills/police/{}{act}", bill["bill_id"].as_str().unwrap());
    let new = serde_json::to_value(fine()).unwrap();
    let (status, bill) = control(&city, Method::POST, "/v1/bills", Some(new)).await;
    assert_eq!(
        (status.as_u16(), bill["amount_fils"].as_i64()),
        (200, Some(40_000)),
        "{bill}"
    );

    let change = Some(json!({"amount_fils": 50_000}));
    let (_, changed) = control(&city, Method::PATCH, &path(&bill, ""), change.clone()).await;
    assert_eq!(changed["amount_fils"], 50_000);
    assert!(changed["revision"].as_u64() > bill["revision"].as_u64());

    let (_, paid) = control(&city, Method::POST, &path(&bill, "/pay-at-counter"), Some(json!({}))).await;
    assert_eq!(
        (&paid["status"], &paid["paid"]["channel"]),
        (&json!("paid"), &json!("counter"))
    );
    for (method, act, body) in [
        (Method::POST, "/pay-at-counter", Some(json!({}))),
        (Method::POST, "/withdraw", Some(json!({}))),
        (Method::PATCH, "", change),
    ] {
        let (status, problem) = control(&city, method, &path(&bill, act), body).await;
        assert_eq!(
            (status.as_u16(), &problem["code"]),
            (409, &json!(code::BILL_ALREADY_PAID)),
            "{act}"
        );
    }
}

#[tokio::test]
async fn a_bill_that_makes_no_sense_is_refused_by_name() {
    let city = city().await;
    let wrong = [
        (
            "kind_code",
            NewBill {
                kind_code: "parking".to_owned(),
                ..fine()
            },
        ),
        (
            "lines",
            NewBill {
                amount_fils: Some(-1),
                ..fine()
            },
        ),
        (
            "due_on",
            NewBill {
                due_on: Some("soon".to_owned()),
                ..fine()
            },
        ),
    ];
    for (named, bill) in wrong {
        let error = city.control().add_bill(bill).unwrap_err();
        assert!(
            matches!(&error, ControlError::Invalid { field, .. } if field == named),
            "{named}: {error}"
        );
    }
    for nobodys in [
        NewBill {
            agency_id: "none".to_owned(),
            ..fine()
        },
        NewBill {
            persona_id: "none".to_owned(),
            ..fine()
        },
    ] {
        assert!(matches!(
            city.control().add_bill(nobodys),
            Err(ControlError::NotFound { .. })
        ));
    }
    let (status, problem) = control(&city, Method::GET, "/v1/bills?agency=police", None).await;
    assert_eq!((status.as_u16(), &problem["field"]), (400, &json!("query")));
}

/// The directory, verified with the key that a client ships with.
async fn directory(city: &City) -> Directory {
    let answer = client(city)
        .get(format!("{}/v1/directory", city.gateway_url()))
        .send()
        .await
        .unwrap();
    let token = String::from_utf8(answer.bytes().await.unwrap().to_vec()).unwrap();
    let keys = JwkSet {
        keys: vec![city.directory_key()],
    };
    jose::verify(&token, Some(DIRECTORY_TYPE), &keys).unwrap().claims
}

#[tokio::test]
async fn an_agency_joins_the_running_city_and_stays() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("city.db");
    let city = City::start(kept_in(&file)).await.unwrap();
    let fixture: Value = serde_json::from_str(LIBRARIES).unwrap();
    let before = city.control().agencies().len();
    let listed = directory(&city).await;
    assert_eq!(listed.agencies.len(), before);
    let (status, joined) = control(&city, Method::POST, "/v1/agencies", Some(fixture.clone())).await;
    assert_eq!(
        (status.as_u16(), &joined["agency_id"]),
        (200, &json!("libraries")),
        "{joined}"
    );
    assert_eq!(city.control().agencies().len(), before + 1);
    let base_url = joined["base_url"].as_str().unwrap().to_owned();
    let after = directory(&city).await;
    assert!(after.version > listed.version);
    assert!(
        after
            .agencies
            .iter()
            .any(|agency| agency.agency_id == "libraries" && agency.base_url == base_url)
    );
    let answer = client(&city).get(format!("{base_url}/v1/bills")).send().await.unwrap();
    assert_eq!(answer.status(), 401, "it is there, and asks who is asking");

    let (status, problem) = control(&city, Method::POST, "/v1/agencies", Some(fixture)).await;
    assert_eq!(
        (status.as_u16(), &problem["field"]),
        (400, &json!("agency_id")),
        "a second time"
    );
    city.kill();

    let city = City::start(kept_in(&file)).await.unwrap();
    let agencies = city.control().agencies();
    let kept = agencies.iter().find(|agency| agency.agency_id == "libraries").unwrap();
    assert_eq!(kept.base_url, base_url);
    assert_eq!(agencies.len(), before + 1);
    assert!(directory(&city).await.version >= after.version);
}

#[tokio::test]
async fn a_fixture_that_is_wrong_is_refused_by_name_and_nothing_joins() {
    let city = city().await;
    let before = city.control().agencies();
    let mut unknown: Value = serde_json::from_str(LIBRARIES).unwrap();
    unknown["colour"] = json!("green");
    let (status, problem) = control(&city, Method::POST, "/v1/agencies", Some(unknown)).await;
    assert_eq!((status.as_u16(), &problem["field"]), (400, &json!("colour")));

    let taken = LIBRARIES.replacen("\"libraries\"", "\"gateway\"", 1);
    let error = city.control().add_agency(&taken).await.unwrap_err();
    assert!(
        matches!(&error, ControlError::Invalid { field, .. } if field == "agency_id"),
        "{error}"
    );
    assert_eq!(city.control().agencies(), before);
}

#[tokio::test]
async fn personas_move_in_when_they_are_asked_to() {
    let city = City::start(CityConfig {
        personas: vec!["nobody".to_owned()],
        ..CityConfig::default()
    })
    .await
    .unwrap();
    let of_family = BillFilter {
        persona_id: Some("tenant-family".to_owned()),
        ..BillFilter::default()
    };
    let living = || {
        city.control()
            .personas()
            .unwrap()
            .into_iter()
            .filter(|persona| persona.loaded)
            .count()
    };
    assert_eq!((living(), city.control().bills(&of_family).unwrap().len()), (1, 0));
    let (status, _) = control(&city, Method::POST, "/v1/personas/tenant-family/load", Some(json!({}))).await;
    assert_eq!((status.as_u16(), living()), (204, 2));
    let bills = city.control().bills(&of_family).unwrap();
    assert!(!bills.is_empty());
    city.control().load_persona("tenant-family").unwrap();
    assert_eq!(
        city.control().bills(&of_family).unwrap(),
        bills,
        "a second time does nothing"
    );
    assert!(matches!(
        city.control().load_persona("somebody"),
        Err(ControlError::NotFound { .. })
    ));
}

/// Threads issue and change bills as fast as they can while the city is killed. What was acknowledged is there after, and what is
/// there is whole.
#[tokio::test]
async fn a_kill_loses_nothing_acknowledged_and_leaves_nothing_half_done() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("city.db");
    let city = City::start(kept_in(&file)).await.unwrap();
    let acknowledged = Arc::new(Mutex::new(Vec::new()));
    let failed = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..3)
        .map(|_| {
            let (control, acknowledged, failed) =
                (city.control().clone(), Arc::clone(&acknowledged), Arc::clone(&failed));
            thread::spawn(move || {
                while let Ok(bill) = control.add_bill(fine()) {
                    let change = BillChange {
                        amount_fils: Some(bill.amount_fils + 100),
                        ..BillChange::default()
                    };
                    let last = control.change_bill("police", &bill.bill_id, change).unwrap_or(bill);
                    acknowledged.lock().unwrap().push(last);
                }
                failed.store(true, Ordering::SeqCst);
            })
        })
        .collect();
    while acknowledged.lock().unwrap().len() < 20 {
        tokio::task::yield_now().await;
    }
    assert!(!failed.load(Ordering::SeqCst), "the city lived until it was killed");
    city.kill();
    writers.into_iter().for_each(|writer| writer.join().unwrap());

    let city = City::start(kept_in(&file)).await.unwrap();
    let kept = police_bills(&city);
    for bill in acknowledged.lock().unwrap().iter() {
        let found = kept
            .iter()
            .find(|kept| kept.bill_id == bill.bill_id)
            .expect("an acknowledged bill");
        assert!(found.revision >= bill.revision);
    }
    for bill in &kept {
        assert_eq!(
            bill.lines.iter().map(|line| line.amount_fils).sum::<i64>(),
            bill.amount_fils,
            "{}",
            bill.bill_id
        );
    }
    assert!(kept.iter().any(|bill| bill.status == BillStatus::Open));
}
