//! A signed-in person's client in a few lines, so that a test reads as a story.

use rabt_protocol::{
    Problem,
    agency::{Bill, BillStatus},
    event::EventPage,
    hub::{Payment, PaymentStatus, Quote},
    instrument::{Instrument, Instruments, LinkBegun},
    jose::{base64url, sha256_base64url},
    oidc::{PushedRequest, TokenResponse, acr},
};
use rabt_sandbox::{BillFilter, Books, City, CityConfig};
use reqwest::{Method, StatusCode, header};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::{path::Path, time::Duration};

pub(crate) const FAMILY: &str = "tenant-family";
/// Long enough for a payment to be ended on a busy machine; a test that needs it all has failed.
const PATIENCE: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(40);

/// A city that takes bearer tokens, so that tests needn't prove a key, with one family.
pub(crate) fn config() -> CityConfig {
    CityConfig {
        require_dpop: false,
        personas: vec![FAMILY.to_owned()],
        ..CityConfig::default()
    }
}

pub(crate) fn config_in(file: &Path) -> CityConfig {
    CityConfig {
        state_file: Some(file.to_owned()),
        ..config()
    }
}

pub(crate) async fn city() -> City {
    City::start(config()).await.unwrap()
}

pub(crate) struct Person {
    client: reqwest::Client,
    gateway: String,
    token: String,
    persona_id: String,
    subject: String,
}

impl Person {
    /// Signs in with two factors, and lets every agency answer.
    pub(crate) async fn of(city: &City) -> Self {
        Self::signed_in(city, FAMILY, acr::HIGH).await
    }

    pub(crate) async fn signed_in(city: &City, persona_id: &str, level: &str) -> Self {
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
            ("acr_values", level),
        ];
        let pushed: PushedRequest = form(&client, format!("{}/par", city.issuer()), &request).await;
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("client_id", city.client_id()), ("request_uri", &pushed.request_uri)])
            .finish();
        let url = format!("{}/authorize?{query}", city.issuer());
        let callback = city.sign_in_as(&url, persona_id, level == acr::HIGH).await.unwrap();
        let exchange = [
            ("grant_type", "authorization_code"),
            ("code", &parameter(&callback, "code")),
            ("redirect_uri", city.redirect_uri()),
            ("client_id", city.client_id()),
            ("code_verifier", &verifier),
        ];
        let tokens: TokenResponse = form(&client, format!("{}/token", city.issuer()), &exchange).await;
        let subject = city
            .control()
            .personas()
            .unwrap()
            .into_iter()
            .find(|p| p.persona_id == persona_id)
            .unwrap()
            .subject;
        let person = Self {
            client,
            gateway: city.gateway_url().to_owned(),
            token: tokens.access_token,
            persona_id: persona_id.to_owned(),
            subject,
        };
        person.consent(city).await;
        person
    }

    /// The same person at a city that was started again: the old connections are dead, all else is as it was.
    pub(crate) fn reconnect(&mut self, city: &City) {
        self.client = client(city);
    }

    pub(crate) fn subject(&self) -> &str {
        &self.subject
    }

    async fn consent(&self, city: &City) {
        let clock = city.control().clock();
        let expires_at = jiff::Timestamp::from_millisecond(clock.now_ms + 86_400_000)
            .unwrap()
            .to_string();
        let consent = json!({"purposes": ["accounts", "bills"], "granted_at": clock.now, "expires_at": expires_at});
        for agency in city.control().agencies() {
            let url = format!("{}/v1/consents/consent-1", agency.base_url);
            let _: Value = self.call(Method::PUT, &url, None, Some(&consent)).await.unwrap();
        }
    }

    /// A call, and what came back: the answer or the problem.
    pub(crate) async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        url: &str,
        key: Option<&str>,
        body: Option<&Value>,
    ) -> Result<T, Problem> {
        let answer = self.send(method, url, key, body).await.unwrap();
        let (status, bytes) = (answer.status(), answer.bytes().await.unwrap());
        let bytes = if status == StatusCode::NO_CONTENT {
            "null".into()
        } else {
            bytes
        };
        if status.is_success() {
            Ok(serde_json::from_slice(&bytes).unwrap())
        } else {
            Err(serde_json::from_slice(&bytes)
                .unwrap_or_else(|_| panic!("{status} {}", String::from_utf8_lossy(&bytes))))
        }
    }

    async fn send(
        &self,
        method: Method,
        url: &str,
        key: Option<&str>,
        body: Option<&Value>,
    ) -> reqwest::Result<reqwest::Response> {
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
        request.send().await
    }

    pub(crate) async fn gateway<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        key: Option<&str>,
        body: Option<&Value>,
    ) -> Result<T, Problem> {
        self.call(method, &format!("{}{path}", self.gateway), key, body).await
    }

    pub(crate) async fn begin_link(&self, kind: &str, key: &str) -> LinkBegun {
        let begin = json!({"kind": kind, "return_uri": "rabt-demo:/linked", "state": "state-of-mine"});
        self.gateway(Method::POST, "/v1/instrument-links", Some(key), Some(&begin))
            .await
            .unwrap()
    }

    pub(crate) async fn complete_link(&self, link_id: &str, code: &str) -> Result<Instrument, Problem> {
        let path = format!("/v1/instrument-links/{link_id}/complete");
        self.gateway(Method::POST, &path, None, Some(&json!({"code": code})))
            .await
    }

    pub(crate) async fn link(&self, city: &City, kind: &str) -> Instrument {
        let begun = self.begin_link(kind, &format!("link-{kind}")).await;
        let back = city
            .approve_at_bank(&begun.authorize_url, &self.persona_id)
            .await
            .unwrap();
        self.complete_link(&begun.link_id, &parameter(&back, "code"))
            .await
            .unwrap()
    }

    pub(crate) async fn instruments(&self) -> Vec<Instrument> {
        let all: Instruments = self.gateway(Method::GET, "/v1/instruments", None, None).await.unwrap();
        all.instruments
    }

    pub(crate) async fn quote(&self, bills: &[&Bill]) -> Quote {
        let items: Vec<Value> = bills
            .iter()
            .map(|bill| json!({"agency_id": bill.agency_id, "bill_id": bill.bill_id, "amount_fils": bill.amount_fils}))
            .collect();
        self.gateway(Method::POST, "/v1/quotes", None, Some(&json!({"items": items})))
            .await
            .unwrap()
    }

    pub(crate) async fn pay(&self, quote: &Quote, instrument: &Instrument, key: &str) -> Result<Payment, Problem> {
        self.gateway(
            Method::POST,
            "/v1/payments",
            Some(key),
            Some(&payment_of(quote, instrument)),
        )
        .await
    }

    /// The same, where the answer may be lost.
    pub(crate) async fn try_to_pay(
        &self,
        quote: &Quote,
        instrument: &Instrument,
        key: &str,
    ) -> reqwest::Result<reqwest::Response> {
        let url = format!("{}/v1/payments", self.gateway);
        self.send(Method::POST, &url, Some(key), Some(&payment_of(quote, instrument)))
            .await
    }

    pub(crate) async fn payment_by_key(&self, key: &str) -> Option<Payment> {
        let path = format!("/v1/payments?idempotency_key={key}");
        let found: rabt_protocol::hub::Payments = self.gateway(Method::GET, &path, None, None).await.unwrap();
        found.payments.into_iter().next()
    }

    /// The payment once nothing will happen to it any more.
    pub(crate) async fn ended(&self, key: &str) -> Payment {
        let began = std::time::Instant::now();
        loop {
            let payment = self.payment_by_key(key).await.unwrap();
            if payment.status != PaymentStatus::Pending {
                return payment;
            }
            assert!(began.elapsed() < PATIENCE, "never ended: {payment:?}");
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    pub(crate) async fn events(&self, cursor: &str) -> EventPage {
        self.gateway(Method::GET, &format!("/v1/events?cursor={cursor}"), None, None)
            .await
            .unwrap()
    }
}

/// A client that trusts the city, with connections of its own.
pub(crate) fn client(city: &City) -> reqwest::Client {
    let tls = rabt_sandbox::browser::tls(city.ca_pem()).unwrap();
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .no_proxy()
        .build()
        .unwrap()
}

fn payment_of(quote: &Quote, instrument: &Instrument) -> Value {
    json!({"quote_id": quote.quote_id, "instrument_id": instrument.instrument_id, "total_fils": quote.total_fils})
}

/// The family's open bills, at most one of each agency, the cheapest first.
pub(crate) fn one_of_each(city: &City) -> Vec<Bill> {
    let filter = BillFilter {
        persona_id: Some(FAMILY.to_owned()),
        status: Some(BillStatus::Open),
        ..BillFilter::default()
    };
    let mut bills = city.control().bills(&filter).unwrap();
    bills.sort_by_key(|bill| bill.amount_fils);
    let mut seen = std::collections::BTreeSet::new();
    bills.retain(|bill| seen.insert(bill.agency_id.clone()));
    bills
}

/// The bill as its agency has it now.
pub(crate) fn bill_now(city: &City, bill: &Bill) -> Bill {
    let filter = BillFilter {
        agency_id: Some(bill.agency_id.clone()),
        ..BillFilter::default()
    };
    city.control()
        .bills(&filter)
        .unwrap()
        .into_iter()
        .find(|found| found.bill_id == bill.bill_id)
        .unwrap()
}

/// The books, which must be in order; nothing may be in flight where `at_rest`.
pub(crate) fn sound_books(city: &City, at_rest: bool) -> Books {
    let books = city.books().unwrap();
    assert!(books.balanced && books.problems.is_empty(), "{books:?}");
    assert_eq!((books.paid_twice, books.lost_fils), (0, 0), "{books:?}");
    assert!(!at_rest || books.in_flight_fils == 0, "{books:?}");
    books
}

pub(crate) fn parameter(url: &str, name: &str) -> String {
    let url = url::Url::parse(url).unwrap();
    let found = url.query_pairs().find(|(key, _)| key == name);
    found.unwrap_or_else(|| panic!("{name} in {url}")).1.into_owned()
}

async fn form<T: DeserializeOwned>(client: &reqwest::Client, url: String, fields: &[(&str, &str)]) -> T {
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    let request = client
        .post(url)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(body);
    let answer = request.send().await.unwrap();
    let (status, bytes) = (answer.status(), answer.bytes().await.unwrap());
    assert!(status.is_success(), "{status} {}", String::from_utf8_lossy(&bytes));
    serde_json::from_slice(&bytes).unwrap()
}
