//! The city: what goes wrong in it, what its people do elsewhere, what time it is, and its books.

use super::{Steps, act};
use crate::{money::amount, stage::Stage};
use serde_json::{Value, json};
use std::path::Path;

const MINUTE_SECONDS: i64 = 60;
const DAY_SECONDS: i64 = 86_400;

pub(crate) const CITY: Steps = &[
    ("a city", act!(|stage, _said| { stage.begin().await })),
    (
        "{string} is down",
        act!(|stage, said| { goes_wrong(stage, said.text(0), json!({"name": "status", "status": 503})).await }),
    ),
    (
        "{string} answers {int} ms late",
        act!(|stage, said| {
            let kind = json!({"name": "latency_ms", "latency_ms": said.int(1)});
            goes_wrong(stage, said.text(0), kind).await;
        }),
    ),
    (
        "{string} has the fault {string}",
        act!(|stage, said| { goes_wrong(stage, said.text(0), json!({"name": said.text(1)})).await }),
    ),
    (
        "{string} loses its next answer to {string} {string}",
        act!(|stage, said| {
            let fault = json!({
                "party": said.text(0), "method": said.text(1), "route": said.text(2), "times": 1,
                "kind": {"name": "cut_after_commit"},
            });
            stage.city().fault(fault).await;
        }),
    ),
    (
        "{string} works again",
        act!(|stage, said| {
            stage.city().delete(&format!("/v1/faults?party={}", said.text(0))).await;
        }),
    ),
    (
        "the network is cut",
        act!(|stage, _said| {
            stage.city().put("/v1/network", json!({"cut": true})).await;
        }),
    ),
    (
        "the network is back",
        act!(|stage, _said| {
            stage.city().put("/v1/network", json!({"cut": false})).await;
        }),
    ),
    (
        "{int} minutes pass",
        act!(|stage, said| { pass(stage, said.int(0) * MINUTE_SECONDS).await }),
    ),
    (
        "{int} days pass",
        act!(|stage, said| { pass(stage, said.int(0) * DAY_SECONDS).await }),
    ),
    (
        "the provider takes back the access tokens of {string}",
        act!(|stage, said| {
            let path = format!("/v1/personas/{}/expire-access-tokens", said.text(0));
            let answer = stage.city().post(&path, json!({})).await;
            assert!(
                answer["ended"].as_u64() > Some(0),
                "there was no access token to take back"
            );
        }),
    ),
    (
        "the provider signs {string} out everywhere",
        act!(|stage, said| {
            let path = format!("/v1/personas/{}/revoke-sessions", said.text(0));
            stage.city().post(&path, json!({})).await;
        }),
    ),
    (
        "{string} issues the {string} {string} of {string} to {string}",
        act!(|stage, said| {
            let bill = json!({
                "agency_id": said.text(0), "kind_code": said.text(1), "bill_id": said.text(2),
                "amount_fils": amount(said.text(3)).get(), "persona_id": said.text(4),
            });
            stage.city().post("/v1/bills", bill).await;
        }),
    ),
    (
        "{string} changes the bill {string} to {string}",
        act!(|stage, said| {
            let change = json!({"amount_fils": amount(said.text(2)).get()});
            let path = format!("/v1/bills/{}/{}", said.text(0), said.text(1));
            stage.city().patch(&path, change).await;
        }),
    ),
    (
        "{string} withdraws the bill {string}",
        act!(|stage, said| {
            let path = format!("/v1/bills/{}/{}/withdraw", said.text(0), said.text(1));
            stage.city().post(&path, json!({})).await;
        }),
    ),
    (
        "the bill {string} of {string} is paid at the counter",
        act!(|stage, said| {
            let path = format!("/v1/bills/{}/{}/pay-at-counter", said.text(1), said.text(0));
            stage.city().post(&path, json!({})).await;
        }),
    ),
    (
        "the agency {string} joins the city",
        act!(|stage, said| {
            let file = format!("../sandbox/fixtures/extra/{}.json", said.text(0));
            let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
            let fixture: Value = serde_json::from_slice(&std::fs::read(file).expect("the fixture")).expect("JSON");
            stage.city().post("/v1/agencies", fixture).await;
        }),
    ),
    (
        "{string} has {string} in the bank",
        act!(|stage, said| {
            let available = json!({"kind": "bank_account", "available_fils": amount(said.text(1)).get()});
            let path = format!("/v1/personas/{}/available", said.text(0));
            stage.city().put(&path, available).await;
        }),
    ),
    (
        "the books balance, with {string} paid",
        act!(|stage, said| {
            let books = stage.city().books_at_rest().await;
            assert_eq!(books["balanced"], true, "{books}");
            assert_eq!(
                (&books["paid_twice"], &books["lost_fils"]),
                (&json!(0), &json!(0)),
                "{books}"
            );
            assert_eq!(books["settled_fils"], amount(said.text(0)).get(), "{books}");
        }),
    ),
];

async fn goes_wrong(stage: &Stage, party: &str, kind: Value) {
    stage.city().fault(json!({"party": party, "kind": kind})).await;
}

/// In the city, and on every phone.
async fn pass(stage: &Stage, seconds: i64) {
    stage
        .city()
        .post("/v1/clock/advance", json!({"advance_ms": seconds * 1000}))
        .await;
    stage.phones().for_each(|phone| phone.pass(seconds));
}
