//! The phone in hand, and the app's life on it.

use super::{Steps, act};
use crate::{stage::Stage, vocabulary::Said};
use serde_json::json;
use std::time::Duration;

/// Far beyond what the work of a scenario takes.
const BUDGET: Duration = Duration::from_secs(20);

pub(crate) const PHONE: Steps = &[
    (
        "the phone {string} is taken in hand",
        act!(|stage, said| { stage.take(said.text(0)).await }),
    ),
    (
        "the app is closed and opened again",
        act!(|stage, _said| {
            let (phone, _) = stage.phone();
            phone.close();
            phone.open().await;
        }),
    ),
    (
        "the app does its background work",
        act!(|stage, _said| {
            let result = stage.rabt().sync().run(BUDGET).await;
            stage.done(result);
        }),
    ),
    (
        "{string} signs in, and the app is killed while the page is open",
        act!(|stage, said| {
            let (phone, city) = stage.phone();
            let mut process = phone.in_a_process(city).await;
            let answer = process.ask("sign-in-page").await;
            let url = answer.strip_prefix("ok ").expect("a page").to_owned();
            process.kill().await;
            let came_back = city.browse(&url, said.text(0), "approve").await;
            phone.open().await;
            let result = phone.rabt().session().complete(&came_back).await;
            stage.done(result);
        }),
    ),
    (
        "the app pays these bills and is killed before it knows what became of that:",
        act!(|stage, said| { killed_while_paying(stage, said).await }),
    ),
];

/// The hub takes the payment and its answer is lost, nor does it answer when it is asked again: the app can't have come to an end when
/// it is killed. Then the hub is well, and the app is opened again.
async fn killed_while_paying(stage: &mut Stage, said: Said) {
    let (phone, city) = stage.phone();
    let mut process = phone.in_a_process(city).await;
    let lost = json!({
        "party": "gateway", "method": "POST", "route": "/v1/payments", "times": 1, "kind": {"name": "cut_after_commit"},
    });
    let lost = city.fault(lost).await;
    let silent = json!({
        "party": "gateway", "method": "GET", "route": "/v1/payments", "kind": {"name": "status", "status": 503},
    });
    city.fault(silent).await;
    let bills: Vec<String> = said.rows().map(|(agency, bill)| format!("{agency}/{bill}")).collect();
    process.say(&format!("pay-bills {}", bills.join(" "))).await;
    city.until_happened(lost).await;
    process.kill().await;
    city.delete("/v1/faults?party=gateway").await;
    phone.open().await;
    let journal = phone.rabt().payments().page(None, 1).await.expect("the store answers");
    let payment = journal
        .payments
        .first()
        .expect("the payment is in the journal")
        .key
        .clone();
    let name = stage.name();
    stage.payments.insert(name, payment);
}
