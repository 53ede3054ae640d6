//! Through the browser's doors: sign in, link an account and a card, pay, and look at the books. The client here is a few lines on
//! reqwest; what it says is what the protocol says.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    reason = "a test that meets something else has failed"
)]

mod support;

use rabt_protocol::{
    agency::BillPage,
    hub::{Payment, PaymentStatus, Quote},
    instrument::{Instrument, InstrumentKind, InstrumentStatus, LinkBegun},
    jose::{base64url, sha256_base64url},
    oidc::{PushedRequest, TokenResponse},
};
use rabt_sandbox::{City, CityConfig, browser::Intent};
use reqwest::{Method, header};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use support::client;
use url::form_urlencoded::Serializer;

const FAMILY: &str = "tenant-family";
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// Somebody who is signed in, with a bearer token.
struct SignedIn<'a> {
    city: &'a City,
    client: reqwest::Client,
    token: String,
}

async fn read<T: DeserializeOwned>(answer: reqwest::Response) -> T {
    let (status, body) = (answer.status(), answer.bytes().await.unwrap());
    assert!(status.is_success(), "{status} {}", String::from_utf8_lossy(&body));
    serde_json::from_slice(&body).unwrap()
}

async fn form<T: DeserializeOwned>(client: &reqwest::Client, url: String, fields: &[(&str, &str)]) -> T {
    let body = Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = client
        .post(url)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(body);
    read(request.send().await.unwrap()).await
}

fn parameter(url: &str, name: &str) -> String {
    let url = url::Url::parse(url).unwrap();
    let found = url.query_pairs().find(|(key, _)| key == name);
    found.unwrap_or_else(|| panic!("{name} in {url}")).1.into_owned()
}

/// A city that takes bearer tokens, so that this test needn't prove a key.
async fn city() -> City {
    let city = City::start(CityConfig {
        require_dpop: false,
        ..CityConfig::default()
    })
    .await
    .unwrap();
    city.control()
        .set_available_fils(FAMILY, InstrumentKind::BankAccount, 100_000_000)
        .unwrap();
    city
}

async fn sign_in<'a>(city: &'a City, acr: &str) -> SignedIn<'a> {
    let client = client(city);
    let verifier = base64url([7; 32]);
    let challenge = sha256_base64url(&verifier);
    let request = [
        ("response_type", "code"),
        ("client_id", city.client_id()),
        ("redirect_uri", city.redirect_uri()),
        ("scope", "openid"),
        ("state", "state-0123456789"),
        ("nonce", "nonce-0123456789"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
        ("acr_values", acr),
    ];
    let pushed: PushedRequest = form(&client, format!("{}/par", city.issuer()), &request).await;
    let query = Serializer::new(String::new())
        .extend_pairs([("client_id", city.client_id()), ("request_uri", &pushed.request_uri)])
        .finish();
    let callback = city
        .sign_in_as(
            &format!("{}/authorize?{query}", city.issuer()),
            FAMILY,
            acr.ends_with("high"),
        )
        .await;
    let callback = callback.unwrap();
    assert!(callback.starts_with(city.redirect_uri()), "{callback}");
    let exchange = [
        ("grant_type", "authorization_code"),
        ("code", &parameter(&callback, "code")),
        ("redirect_uri", city.redirect_uri()),
        ("client_id", city.client_id()),
        ("code_verifier", &verifier),
    ];
    let tokens: TokenResponse = form(&client, format!("{}/token", city.issuer()), &exchange).await;
    SignedIn {
        city,
        client,
        token: tokens.access_token,
    }
}

impl SignedIn<'_> {
    async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        url: String,
        key: Option<&str>,
        body: Option<Value>,
    ) -> T {
        let mut request = self
            .client
            .request(method, url)
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token));
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        if let Some(body) = body {
            request = request
                .header(header::CONTENT_TYPE, "application/json")
                .body(body.to_string());
        }
        read(request.send().await.unwrap()).await
    }

    async fn gateway<T: DeserializeOwned>(&self, method: Method, path: &str, key: &str, body: Value) -> T {
        self.call(
            method,
            format!("{}{path}", self.city.gateway_url()),
            Some(key),
            Some(body),
        )
        .await
    }

    async fn link(&self, kind: &str) -> Instrument {
        let begin = json!({"kind": kind, "return_uri": "rabt-demo:/linked", "state": "s-0123456789abcdef"});
        let begun: LinkBegun = self.gateway(Method::POST, "/v1/instrument-links", kind, begin).await;
        let back = self.city.approve_at_bank(&begun.authorize_url, FAMILY).await.unwrap();
        assert!(back.starts_with("rabt-demo:/linked"), "{back}");
        let path = format!("/v1/instrument-links/{}/complete", begun.link_id);
        self.gateway(
            Method::POST,
            &path,
            "complete",
            json!({"code": parameter(&back, "code")}),
        )
        .await
    }

    /// All that an agency shows, once it may.
    async fn bills(&self, agency_id: &str) -> BillPage {
        let agencies = self.city.control().agencies();
        let base_url = &agencies
            .iter()
            .find(|agency| agency.agency_id == agency_id)
            .unwrap()
            .base_url;
        let clock = self.city.control().clock();
        let expires_at = jiff::Timestamp::from_millisecond(clock.now_ms + DAY_MS)
            .unwrap()
            .to_string();
        let consent = json!({"purposes": ["accounts", "bills"], "granted_at": clock.now, "expires_at": expires_at});
        let _: Value = self
            .call(
                Method::PUT,
                format!("{base_url}/v1/consents/consent-1"),
                None,
                Some(consent),
            )
            .await;
        self.call(Method::GET, format!("{base_url}/v1/bills?limit=100"), None, None)
            .await
    }
}

#[tokio::test]
async fn a_bill_is_paid_by_account_and_by_card_and_the_books_balance() {
    let city = city().await;
    let person = sign_in(&city, "urn:rabt:acr:high").await;
    let (account, card) = (person.link("bank_account").await, person.link("card").await);
    assert_eq!(
        (account.status, card.kind),
        (InstrumentStatus::Active, InstrumentKind::Card)
    );
    assert_eq!(city.control().instruments(FAMILY).unwrap().len(), 2);

    let mut paid = 0;
    for (agency_id, instrument) in [("police", &account), ("electricity-water", &card)] {
        let page = person.bills(agency_id).await;
        let bill = page
            .bills
            .iter()
            .find(|bill| bill.status == rabt_protocol::agency::BillStatus::Open)
            .unwrap();
        let item = json!({"agency_id": agency_id, "bill_id": bill.bill_id, "amount_fils": bill.amount_fils});
        let quote: Quote = person
            .gateway(Method::POST, "/v1/quotes", "unused", json!({"items": [item]}))
            .await;
        assert_eq!(quote.total_fils, bill.amount_fils, "{quote:?}");
        let pay = json!({"quote_id": quote.quote_id, "instrument_id": instrument.instrument_id, "total_fils": quote.total_fils});
        let payment: Payment = person.gateway(Method::POST, "/v1/payments", agency_id, pay).await;
        assert_eq!(payment.status, PaymentStatus::Settled, "{payment:?}");
        paid += bill.amount_fils;
    }
    let books = city.books().unwrap();
    assert!(books.balanced && books.problems.is_empty(), "{books:?}");
    assert_eq!((books.paid_twice, books.lost_fils, books.in_flight_fils), (0, 0, 0));
    assert_eq!((books.debited_fils, books.settled_fils), (paid, paid));
    let (_, shown) = support::control(&city, Method::GET, "/v1/books", None).await;
    assert_eq!(shown, serde_json::to_value(books).unwrap());
}

#[tokio::test]
async fn control_ends_sessions_and_instruments() {
    let city = city().await;
    let person = sign_in(&city, "urn:rabt:acr:low").await;
    let account = person.link("bank_account").await;
    let path = format!("/v1/instruments/{}/status", account.instrument_id);
    for (status, shown) in [
        ("suspended", InstrumentStatus::Suspended),
        ("active", InstrumentStatus::Active),
    ] {
        let (done, answer) = support::control(&city, Method::PUT, &path, Some(json!({"status": status}))).await;
        assert_eq!(done, 204, "{answer}");
        assert_eq!(city.control().instruments(FAMILY).unwrap()[0].status, shown);
    }
    let empty = json!({"kind": "bank_account", "available_fils": 0});
    assert_eq!(
        support::control(&city, Method::PUT, "/v1/personas/tenant-family/available", Some(empty))
            .await
            .0,
        204
    );
    assert_eq!(
        city.control()
            .available_fils(FAMILY, InstrumentKind::BankAccount)
            .unwrap(),
        0
    );
    assert!(city.books().unwrap().balanced);

    let ask = || {
        person
            .client
            .get(format!("{}/v1/instruments", city.gateway_url()))
            .header(header::AUTHORIZATION, format!("Bearer {}", person.token))
            .send()
    };
    assert_eq!(ask().await.unwrap().status(), 200);
    let (done, ended) = support::control(
        &city,
        Method::POST,
        "/v1/personas/tenant-family/revoke-sessions",
        Some(json!({})),
    )
    .await;
    assert_eq!((done.as_u16(), &ended["ended"]), (200, &json!(1)));
    assert_eq!(ask().await.unwrap().status(), 401);
}

#[tokio::test]
async fn a_person_can_refuse_and_is_not_believed_without_the_second_factor() {
    let city = city().await;
    let client = client(&city);
    let request = [
        ("response_type", "code"),
        ("client_id", city.client_id()),
        ("redirect_uri", city.redirect_uri()),
        ("scope", "openid"),
        ("state", "state-0123456789"),
        ("nonce", "nonce-0123456789"),
        ("code_challenge", &sha256_base64url("v".repeat(43))),
        ("code_challenge_method", "S256"),
        ("acr_values", "urn:rabt:acr:high"),
    ];
    let authorize = async || {
        let pushed: PushedRequest = form(&client, format!("{}/par", city.issuer()), &request).await;
        let query = Serializer::new(String::new())
            .extend_pairs([("client_id", city.client_id()), ("request_uri", &pushed.request_uri)])
            .finish();
        format!("{}/authorize?{query}", city.issuer())
    };
    let url = authorize().await;
    let refused = city
        .browser()
        .unwrap()
        .visit(&url, FAMILY, Intent::Refuse)
        .await
        .unwrap();
    assert_eq!(parameter(&refused, "error"), "access_denied");
    let url = authorize().await;
    let error = city.sign_in_as(&url, FAMILY, false).await.unwrap_err();
    assert!(
        matches!(error, rabt_sandbox::browser::BrowserError::AsksAgain { .. }),
        "{error}"
    );

    // The same for a test in another language, which asks control for it.
    let visit = async |persona: &str, body: Value| {
        let path = format!("/v1/personas/{persona}/visit");
        support::control(&city, Method::POST, &path, Some(body)).await
    };
    let (status, answer) = visit(FAMILY, json!({"url": authorize().await, "intent": "refuse"})).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(parameter(answer["led_to"].as_str().unwrap(), "error"), "access_denied");
    let confirmed = json!({"url": authorize().await, "intent": "approve_with_second_factor"});
    let (_, answer) = visit(FAMILY, confirmed).await;
    assert!(!parameter(answer["led_to"].as_str().unwrap(), "code").is_empty());
    for (persona, url, status, field) in [
        (FAMILY, authorize().await, 400, json!("url")),
        (FAMILY, "no address".to_owned(), 400, json!("url")),
        ("no-persona", authorize().await, 404, Value::Null),
    ] {
        let (answered, problem) = visit(persona, json!({"url": url, "intent": "approve"})).await;
        assert_eq!((answered.as_u16(), &problem["field"]), (status, &field), "{problem}");
    }
}

#[tokio::test]
async fn a_dump_shows_the_state_without_its_secrets() {
    let city = city().await;
    let person = sign_in(&city, "urn:rabt:acr:low").await;
    person.link("bank_account").await;
    let (status, dump) = support::control(&city, Method::GET, "/v1/dump", None).await;
    assert_eq!(status, 200);
    assert_eq!(dump["gateway_instrument"]["rows"], 1);
    assert_eq!(dump["city_port"]["rows"], json!(4 + city.control().agencies().len()));
    let text = dump.to_string();
    assert!(dump.get("city_setting").is_none() && dump.get("identity_setting").is_none());
    for secret in [
        "PRIVATE KEY",
        "\"pkcs8\"",
        "\"csrf\"",
        "\"token\"",
        person.token.as_str(),
    ] {
        assert!(!text.contains(secret), "{secret}");
    }
}
