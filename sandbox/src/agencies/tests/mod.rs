//! A small city of agencies alone, and what is asked of it.

mod access;
mod admin;
mod bills;
mod fixtures;
mod outbox;
mod postings;
mod seeding;

use super::{AgencyFixture, SCHEMA, built_in, issue, router, routes::Person, seed, seed_agency};
use crate::{
    CityConfig,
    context::{Ctx, RunningAgency, for_tests},
    personas::{self, Persona},
};
use axum::body::Body;
use http::{HeaderMap, Method, Request, StatusCode, header};
use jiff::civil::Date;
use rabt_protocol::{
    IDEMPOTENCY_KEY_HEADER,
    agency::{Bill, BillPage, Posting, PostingRequest},
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::sync::Arc;
use tower::ServiceExt;

/// The agencies that the tests are told with: one with lines and shares, one with fines, one with a prepaid account.
const POWER: &str = "electricity-water";
const TRAFFIC: &str = "police";
const TOLL: &str = "road-toll";

pub(crate) const DAY: Date = Date::constant(2026, 5, 20);

/// A persona's bills with an agency, as of [`DAY`].
pub(crate) fn issued(fixture: &AgencyFixture, persona: &Persona) -> Vec<Bill> {
    let facts = |account_id: &str| {
        let mut accounts = persona.accounts.iter();
        let account =
            accounts.find(|held| held.agency_id == fixture.agency_id && held.account.account_id == account_id);
        account.unwrap().facts.clone()
    };
    persona
        .bills
        .iter()
        .filter(|bill| bill.agency_id == fixture.agency_id)
        .map(|bill| issue::bill(fixture, &facts(&bill.account_id), bill, DAY).unwrap())
        .collect()
}

fn subject(persona_id: &str) -> String {
    personas::find(persona_id).unwrap().subject.clone()
}

/// All agencies run and all personas are loaded; the gateway is not there.
fn city() -> Ctx {
    let ctx = Arc::new(for_tests(CityConfig::default(), &[SCHEMA]));
    for fixture in built_in().unwrap() {
        join(&ctx, fixture);
    }
    for persona in personas::all() {
        seed(&ctx, persona).unwrap();
    }
    ctx
}

fn join(ctx: &Ctx, fixture: AgencyFixture) {
    let agency_id = fixture.agency_id.clone();
    let running = RunningAgency {
        fixture: Arc::new(fixture),
        base_url: "https://localhost:9".to_owned(),
    };
    ctx.agencies.write().unwrap().insert(agency_id.clone(), running);
    seed_agency(ctx, &agency_id).unwrap();
}

/// What an agency answered.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn json<T: DeserializeOwned>(&self) -> T {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }

    /// A refusal's status and code, and the field at fault or an empty text.
    fn refusal(&self) -> (u16, String, String) {
        let problem: rabt_protocol::Problem = self.json();
        assert_eq!(problem.status, self.status.as_u16());
        assert_eq!(self.headers[header::CONTENT_TYPE], "application/problem+json");
        (problem.status, problem.code, problem.field.unwrap_or_default())
    }

    fn ok(self) -> Self {
        assert!(
            self.status.is_success(),
            "{} {}",
            self.status,
            String::from_utf8_lossy(&self.body)
        );
        self
    }

    fn etag(&self) -> String {
        self.headers[header::ETAG].to_str().unwrap().to_owned()
    }
}

async fn send(ctx: &Ctx, agency_id: &str, request: Request<Body>) -> Answer {
    let response = router(ctx, agency_id).oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap().to_vec();
    Answer {
        status: parts.status,
        headers: parts.headers,
        body,
    }
}

fn request(method: Method, path: &str, json: Option<Value>) -> Request<Body> {
    let request = Request::builder().method(method).uri(path);
    match json {
        None => request.body(Body::empty()).unwrap(),
        Some(json) => request
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(json.to_string()))
            .unwrap(),
    }
}

/// A person's request.
async fn ask(ctx: &Ctx, agency_id: &str, persona_id: &str, method: Method, path: &str, json: Option<Value>) -> Answer {
    let mut request = request(method, path, json);
    request.extensions_mut().insert(Person {
        subject: subject(persona_id),
    });
    send(ctx, agency_id, request).await
}

async fn get(ctx: &Ctx, agency_id: &str, persona_id: &str, path: &str) -> Answer {
    ask(ctx, agency_id, persona_id, Method::GET, path, None).await
}

/// The hub's request.
async fn hub(ctx: &Ctx, agency_id: &str, method: Method, path: &str, key: Option<&str>, json: Option<Value>) -> Answer {
    let mut request = request(method, path, json);
    let secret = format!("Service {}", ctx.service_secret);
    request
        .headers_mut()
        .insert(header::AUTHORIZATION, secret.parse().unwrap());
    if let Some(key) = key {
        request
            .headers_mut()
            .insert(IDEMPOTENCY_KEY_HEADER, key.parse().unwrap());
    }
    send(ctx, agency_id, request).await
}

/// An instant so many days from the city's now.
fn in_days(ctx: &Ctx, days: i64) -> String {
    crate::clock::rfc3339(ctx.clock.now_ms() + days * 24 * 60 * 60 * 1000)
}

async fn consent(ctx: &Ctx, agency_id: &str, persona_id: &str) {
    let body = json!({
        "purposes": ["accounts", "bills"], "granted_at": in_days(ctx, 0), "expires_at": in_days(ctx, 300)
    });
    ask(ctx, agency_id, persona_id, Method::PUT, "/v1/consents/c1", Some(body))
        .await
        .ok();
}

/// All bills of a person with an agency, page by page.
async fn bills(ctx: &Ctx, agency_id: &str, persona_id: &str, limit: usize) -> Vec<Bill> {
    let mut all = Vec::new();
    let mut path = format!("/v1/bills?limit={limit}");
    loop {
        let page: BillPage = get(ctx, agency_id, persona_id, &path).await.ok().json();
        assert!(page.bills.len() <= limit);
        assert_eq!(
            (page.agency_id.as_str(), page.subject),
            (agency_id, subject(persona_id))
        );
        all.extend(page.bills);
        match page.next_cursor {
            None => return all,
            Some(cursor) => path = format!("/v1/bills?limit={limit}&cursor={cursor}"),
        }
    }
}

async fn bill(ctx: &Ctx, agency_id: &str, persona_id: &str, bill_id: &str) -> Bill {
    let bills = bills(ctx, agency_id, persona_id, 500).await;
    bills.into_iter().find(|bill| bill.bill_id == bill_id).unwrap()
}

/// What the hub posts for a bill as it stands.
fn posting_of(bill: &Bill, persona_id: &str) -> PostingRequest {
    PostingRequest {
        bill_id: bill.bill_id.clone(),
        revision: bill.revision,
        amount_fils: bill.amount_fils,
        payment_id: "pay_1".to_owned(),
        subject: subject(persona_id),
    }
}

async fn post(ctx: &Ctx, agency_id: &str, key: &str, request: &PostingRequest) -> Answer {
    let body = serde_json::to_value(request).unwrap();
    hub(ctx, agency_id, Method::POST, "/v1/postings", Some(key), Some(body)).await
}

fn count(ctx: &Ctx, table: &str) -> i64 {
    let sql = format!("SELECT count(*) FROM {table}");
    ctx.state
        .transact(|tx| tx.query_row(&sql, [], |row| row.get(0)))
        .unwrap_or_else(|error: rusqlite::Error| panic!("{error}"))
}

fn posting(answer: &Answer) -> Posting {
    answer.json()
}
