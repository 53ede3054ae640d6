//! Other parties that would like the core to write down who somebody is: they put it wherever an answer has room for a text.

use super::run::Life;
use rabt::domain::{IdempotencyKey, Instrument};
use rabt_sandbox::{Fault, FaultKind};
use rabt_tests::{agency_id, chosen};
use serde_json::{Value, json};
use std::time::Duration;

/// Who it is about, in a sentence.
const TEXT: &str = "Salma Burjanoor 784-1891-1204871-9 سلمى برجنور AED 467.90";
/// The same as far as it passes for a code.
const CODE: &str = "784-1891-1204871-9";
const NAME_AS_CODE: &str = "salma.burjanoor";
const SHORT: Duration = Duration::from_millis(1);
const BUDGET: Duration = Duration::from_secs(2);

/// Everything, one after the other.
pub(crate) async fn all(life: &mut Life<'_>, instrument: &Instrument) {
    of_an_agency(life).await;
    of_the_gateway(life, instrument).await;
    of_the_provider(life).await;
    of_a_caller(life).await;
}

fn rewritten(pointer: &str, value: Value) -> FaultKind {
    FaultKind::RewriteJson {
        pointer: pointer.to_owned(),
        value,
    }
}

fn refused(status: u16, code: &str) -> FaultKind {
    let problem = json!({
        "type": format!("https://elsewhere.example/{CODE}"),
        "title": TEXT,
        "detail": TEXT,
        "status": status,
        "code": code,
        "field": CODE,
        "reason": {"en": TEXT, "ar": TEXT},
    });
    FaultKind::Status {
        status,
        body: Some(problem.to_string()),
    }
}

/// What any party can do to any answer.
fn of_anybody() -> Vec<FaultKind> {
    let mut kinds: Vec<FaultKind> = [400, 401, 403, 404, 409, 422, 429, 500, 503]
        .into_iter()
        .flat_map(|status| [refused(status, CODE), refused(status, NAME_AS_CODE)])
        .collect();
    kinds.extend([
        FaultKind::Status {
            status: 502,
            body: Some(TEXT.to_owned()),
        },
        FaultKind::Status {
            status: 200,
            body: Some(TEXT.to_owned()),
        },
        FaultKind::Redirect {
            location: format!("https://elsewhere.example/?who={CODE}"),
        },
        FaultKind::Garbage,
        FaultKind::WrongContentType,
        rewritten("", json!(TEXT)),
        rewritten("", json!({TEXT: TEXT})),
        rewritten("/subject", json!(CODE)),
        rewritten("/subject", json!(TEXT)),
    ]);
    kinds
}

/// A new bill of the police's, so that there is something that isn't paid.
fn issue_a_fine(life: &mut Life<'_>) -> String {
    let fine = rabt_sandbox::NewBill {
        agency_id: "police".to_owned(),
        persona_id: life.persona.to_owned(),
        kind_code: "traffic-fine".to_owned(),
        amount_fils: Some(12_340),
        ..rabt_sandbox::NewBill::default()
    };
    let fine = life.stage.town.control().add_bill(fine).unwrap();
    life.witness.canaries.add("a fine", &fine.bill_id);
    life.witness.canaries.add("a fine's number", &fine.reference);
    fine.bill_id
}

async fn of_an_agency(life: &mut Life<'_>) {
    let police = [agency_id("police")];
    let fine = issue_a_fine(life);
    let mut attacks: Vec<(&str, FaultKind)> = Vec::new();
    for route in ["/v1/bills", "/v1/accounts"] {
        attacks.extend(of_anybody().into_iter().map(|kind| (route, kind)));
    }
    attacks.push(("/v1/bills", FaultKind::AnotherPersonsBill));
    attacks.push(("/v1/bills", FaultKind::AnotherAgencysBill));
    let members = [
        "",
        "/bill_id",
        "/agency_id",
        "/account_id",
        "/kind",
        "/kind_code",
        "/title",
        "/title/en",
        "/title/ar",
        "/reference",
        "/status",
        "/issued_on",
        "/due_on",
        "/period",
        "/lines",
        "/lines/0",
        "/lines/0/code",
        "/lines/0/amount_fils",
        "/amount_fils",
        "/currency",
        "/amount_rule",
        "/revision",
        "/paid",
        "/subject",
    ];
    for member in members {
        for value in [json!(TEXT), json!(CODE), json!({TEXT: CODE}), json!(46_790_467_900_i64)] {
            attacks.push(("/v1/bills", rewritten(&format!("/bills/0{member}"), value)));
        }
    }
    for pointer in ["/bills", "/next_cursor", "/complete"] {
        attacks.push(("/v1/bills", rewritten(pointer, json!(TEXT))));
    }
    for member in [
        "",
        "/account_id",
        "/kind",
        "/number",
        "/label",
        "/label/en",
        "/holder",
        "/balance_fils",
    ] {
        attacks.push(("/v1/accounts", rewritten(&format!("/accounts/0{member}"), json!(TEXT))));
    }
    for (route, kind) in attacks {
        // Something new each time, or the agency answers that nothing has changed.
        let change = rabt_sandbox::BillChange {
            due_on: Some(format!(
                "2099-{:02}-{:02}",
                life.witness.attacks % 12 + 1,
                life.witness.attacks % 28 + 1
            )),
            ..rabt_sandbox::BillChange::default()
        };
        let control = life.stage.town.control();
        control.change_bill("police", &fine, change).unwrap();
        life.stage.town.fault(Fault::new("police", kind).on(route).times(1));
        life.witness.attacks += 1;
        let report = life.phone.rabt().bills().refresh_agencies(&police).await;
        let _outcome = life.witness.told(report);
        life.stage.town.mend("police");
    }
    life.witness.told(life.phone.rabt().agencies().list().await).unwrap();
    life.witness
        .told(life.phone.rabt().diagnostics().bundle().await)
        .unwrap();
}

async fn of_the_gateway(life: &mut Life<'_>, instrument: &Instrument) {
    let mut attacks: Vec<(&str, FaultKind)> = Vec::new();
    for route in [
        "/v1/quotes",
        "/v1/instruments",
        "/v1/events",
        "/v1/directory",
        "/v1/instrument-links",
    ] {
        attacks.extend(of_anybody().into_iter().map(|kind| (route, kind)));
    }
    for pointer in [
        "/total_fils",
        "/lines",
        "/lines/0",
        "/lines/0/outcome",
        "/lines/0/amount_fils",
        "/required_acr",
        "/expires_at",
    ] {
        attacks.push(("/v1/quotes", rewritten(pointer, json!(TEXT))));
    }
    for pointer in [
        "/instruments",
        "/instruments/0",
        "/instruments/0/status",
        "/instruments/0/name/en",
        "/instruments/0/last_four",
    ] {
        attacks.push(("/v1/instruments", rewritten(pointer, json!(TEXT))));
    }
    for pointer in [
        "/events",
        "/events/0",
        "/events/0/type",
        "/events/0/source",
        "/events/0/id",
        "/events/0/data",
        "/next_cursor",
    ] {
        attacks.push(("/v1/events", rewritten(pointer, json!(TEXT))));
    }
    for (route, kind) in attacks {
        life.stage.town.fault(Fault::new("gateway", kind).on(route).times(1));
        life.witness.attacks += 1;
        let rabt = life.phone.rabt().clone();
        match route {
            "/v1/quotes" => {
                let bills = life.payable().await;
                let _quote = life.witness.told(rabt.payments().quote(&chosen(&[&bills[0]])).await);
            }
            "/v1/instruments" => drop(life.witness.told(rabt.instruments().refresh().await)),
            "/v1/instrument-links" => drop(life.witness.told(rabt.instruments().begin_link(instrument.kind).await)),
            "/v1/directory" => drop(life.witness.told(rabt.agencies().refresh().await)),
            _ => drop(life.witness.told(rabt.sync().run(BUDGET).await)),
        }
        life.stage.town.mend("gateway");
    }
    lying_about_payments(life, instrument).await;
}

/// The hub's answers to payments: each lie is about a payment of its own, which is then looked up and found as it is.
async fn lying_about_payments(life: &mut Life<'_>, instrument: &Instrument) {
    let mut lies = vec![
        refused(409, CODE),
        refused(422, NAME_AS_CODE),
        rewritten(
            "/rejection",
            json!({"code": NAME_AS_CODE, "reason": {"en": TEXT, "ar": TEXT}}),
        ),
        refused(500, CODE),
        FaultKind::Garbage,
    ];
    for pointer in [
        "/status",
        "/items",
        "/items/0/status",
        "/items/0/receipt",
        "/items/0/rejection",
        "/rejection",
        "/total_fils",
        "",
    ] {
        lies.push(rewritten(pointer, json!(TEXT)));
    }
    for lie in lies {
        let rabt = life.phone.rabt().clone();
        let fine = issue_a_fine(life);
        rabt.bills().refresh_agencies(&[agency_id("police")]).await.unwrap();
        let bill = life.phone.bill("police", &fine).await;
        let quote = rabt.payments().quote(&chosen(&[&bill])).await.unwrap();
        life.stage
            .town
            .fault(Fault::new("gateway", lie).on("/v1/payments").method("POST").times(1));
        life.witness.attacks += 1;
        let _paid = life.witness.told(rabt.payments().pay(&quote.id, &instrument.id).await);
        life.stage.town.mend("gateway");
    }
    life.witness
        .told(life.phone.rabt().payments().page(None, 100).await)
        .unwrap();
}

async fn of_the_provider(life: &mut Life<'_>) {
    let rabt = life.phone.rabt().clone();
    let oauth = |error: &str| FaultKind::Status {
        status: 400,
        body: Some(json!({"error": error, "error_description": TEXT, "error_uri": CODE}).to_string()),
    };
    for kind in [
        oauth(CODE),
        oauth(NAME_AS_CODE),
        oauth(TEXT),
        refused(500, CODE),
        FaultKind::Garbage,
        rewritten("/token_type", json!(TEXT)),
        rewritten("/id_token", json!(TEXT)),
        rewritten("/expires_in", json!(TEXT)),
    ] {
        life.stage.town.control().expire_access_tokens(life.persona).unwrap();
        life.stage
            .town
            .fault(Fault::new("identity", kind).on("/token").times(1));
        life.witness.attacks += 1;
        let _outcome = life
            .witness
            .told(rabt.bills().refresh_agencies(&[agency_id("police")]).await);
        life.stage.town.mend("identity");
        // Of two rotations in a row whose answers were lost, the second would end the session: one goes well in between.
        rabt.bills().refresh_agencies(&[agency_id("police")]).await.unwrap();
    }
    for kind in [
        oauth(CODE),
        oauth(NAME_AS_CODE),
        refused(500, CODE),
        rewritten("/request_uri", json!(TEXT)),
        rewritten("/expires_in", json!(TEXT)),
    ] {
        life.stage.town.fault(Fault::new("identity", kind).on("/par").times(1));
        life.witness.attacks += 1;
        let _outcome = life
            .witness
            .told(rabt.session().begin_step_up("urn:rabt:acr:high").await);
        life.stage.town.mend("identity");
    }
    // What a browser may be made to hand in.
    let redirect = life.phone.config.redirect_uri.clone();
    let linked = life.phone.config.instrument_return_uri.clone();
    for query in ["error", "code", "iss", "state"] {
        let page = life
            .witness
            .told(rabt.session().begin_step_up("urn:rabt:acr:high").await);
        let Ok(page) = page else { continue };
        life.witness.learns_url(page.url.as_str());
        let state = page
            .url
            .query_pairs()
            .find(|(name, _)| name == "state")
            .map(|(_, value)| value.into_owned());
        for address in [&redirect, &linked] {
            let mut url = url::Url::parse(address).unwrap();
            url.query_pairs_mut()
                .append_pair("state", state.as_deref().unwrap_or(CODE))
                .append_pair(query, CODE)
                .append_pair("error_description", TEXT);
            life.witness.attacks += 1;
            let _refused = life.witness.told(rabt.session().complete(url.as_str()).await);
            let _refused = life.witness.told(rabt.instruments().complete_link(url.as_str()).await);
        }
    }
}

/// A shell that passes in what isn't meant to be there.
async fn of_a_caller(life: &mut Life<'_>) {
    let rabt = life.phone.rabt().clone();
    let key = IdempotencyKey::parse("0".repeat(40)).unwrap();
    life.witness.attacks += 5;
    life.witness.told(rabt.session().complete(TEXT).await).unwrap_err();
    life.witness
        .told(rabt.payments().page(Some(TEXT.to_owned()), 10).await)
        .unwrap_err();
    life.witness
        .told(rabt.payments().follow(&key, SHORT).await)
        .unwrap_err();
    life.witness
        .told(rabt.payments().receipts(Some(CODE.to_owned()), 10).await)
        .unwrap_err();
    let fields = [(TEXT.to_owned(), TEXT.to_owned())].into();
    life.witness
        .told(rabt.accounts().add(&agency_id("police"), TEXT, fields).await)
        .unwrap_err();
}
