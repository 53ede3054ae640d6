//! The city of a scenario, moved by nothing but what control offers over HTTP: what is possible here is possible from every language.

use rabt::{Config, domain::Language, jose::JwkSet};
use rabt_sandbox::{City, CityConfig, browser};
use serde_json::{Value, json};
use std::{path::Path, time::Duration};

/// The city's instant at the beginning of each scenario, so that a bill's day can be written down.
const STARTS_AT: &str = "2026-03-01T08:00:00Z";
/// Where the bank's and processor's pages send a person back to.
const INSTRUMENT_RETURN_URI: &str = "rabt-demo:/linked";
/// What the hub can still finish, it finishes long before this.
const AT_REST_WITHIN: Duration = Duration::from_secs(20);
/// The city has no event for what control is asked again and again.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// See the module.
pub(crate) struct ScenarioCity {
    /// Held so that it runs; dropped with the scenario.
    _city: City,
    introduction: Value,
    client: reqwest::Client,
}

impl ScenarioCity {
    /// Starts one.
    pub(crate) async fn start() -> Self {
        let starts_at: rabt::domain::Timestamp = rabt::domain::Timestamp::parse(STARTS_AT).expect("an instant");
        let personas = ["tenant-family", "trader", "new-resident", "nobody"];
        let city = City::start(CityConfig {
            starts_at_ms: Some(starts_at.millis()),
            personas: personas.map(str::to_owned).to_vec(),
            ..CityConfig::default()
        })
        .await
        .expect("the city starts");
        let introduction = city.introduction();
        // Control speaks plain HTTP; the client can't be made without any TLS.
        let tls = browser::tls(introduction["ca_pem"].as_str().expect("a certificate")).expect("a certificate");
        let client = reqwest::Client::builder().tls_backend_preconfigured(tls).no_proxy();
        Self {
            _city: city,
            introduction,
            client: client.build().expect("a client"),
        }
    }

    /// What an app for this city is built with.
    pub(crate) fn config(&self, dir: &Path) -> Config {
        let text = |name: &str| self.introduction[name].as_str().expect("a text").to_owned();
        let key = self.introduction["directory_key"].clone();
        Config {
            data_dir: dir.to_path_buf(),
            gateway_url: text("gateway"),
            issuer: text("identity"),
            client_id: text("client_id"),
            redirect_uri: text("redirect_uri"),
            instrument_return_uri: INSTRUMENT_RETURN_URI.to_owned(),
            directory_keys: JwkSet {
                keys: vec![serde_json::from_value(key).expect("a key")],
            },
            extra_roots_pem: vec![text("ca_pem")],
            language: Language::En,
            agency_deadline_ms: 3_000,
        }
    }

    async fn ask(&self, method: reqwest::Method, path: &str, body: Option<&Value>) -> Value {
        let control = self.introduction["control"].as_str().expect("control's address");
        let mut request = self.client.request(method.clone(), format!("{control}{path}"));
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        let answer = request.send().await.expect("control answers");
        let status = answer.status();
        let bytes = answer.bytes().await.expect("control's whole answer");
        assert!(
            status.is_success(),
            "{method} {path}: {}",
            String::from_utf8_lossy(&bytes)
        );
        serde_json::from_slice(&bytes).unwrap_or(Value::Null)
    }

    /// `GET`.
    pub(crate) async fn get(&self, path: &str) -> Value {
        self.ask(reqwest::Method::GET, path, None).await
    }

    /// `POST`.
    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        self.ask(reqwest::Method::POST, path, Some(&body)).await
    }

    /// `PUT`.
    pub(crate) async fn put(&self, path: &str, body: Value) -> Value {
        self.ask(reqwest::Method::PUT, path, Some(&body)).await
    }

    /// `PATCH`.
    pub(crate) async fn patch(&self, path: &str, body: Value) -> Value {
        self.ask(reqwest::Method::PATCH, path, Some(&body)).await
    }

    /// `DELETE`.
    pub(crate) async fn delete(&self, path: &str) -> Value {
        self.ask(reqwest::Method::DELETE, path, None).await
    }

    /// How far the city is ahead of the machine, in milliseconds.
    pub(crate) async fn ahead_ms(&self) -> i64 {
        self.get("/v1/clock").await["ahead_ms"].as_i64().expect("milliseconds")
    }

    /// Has a persona go through a page; returns the address that came back.
    pub(crate) async fn browse(&self, url: &str, persona: &str, intent: &str) -> String {
        let path = format!("/v1/personas/{persona}/visit");
        let answer = self.post(&path, json!({"url": url, "intent": intent})).await;
        answer["led_to"].as_str().expect("an address").to_owned()
    }

    /// Switches a fault on.
    pub(crate) async fn fault(&self, fault: Value) -> u64 {
        let answer = self.post("/v1/faults", fault).await;
        answer["fault_id"].as_u64().expect("a number")
    }

    /// Waits until a fault that happens once has happened.
    pub(crate) async fn until_happened(&self, fault_id: u64) {
        self.until("the fault has happened", "/v1/faults", |answer| {
            let faults = answer["faults"].as_array().expect("the faults");
            !faults.iter().any(|fault| fault["fault_id"] == fault_id)
        })
        .await;
    }

    /// The books once the hub has nothing left to do.
    pub(crate) async fn books_at_rest(&self) -> Value {
        self.until("the hub comes to rest", "/v1/books", |books| {
            books["in_flight_fils"] == 0
        })
        .await
    }

    async fn until(&self, what: &str, path: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let waiting = async {
            loop {
                let answer = self.get(path).await;
                if is_so(&answer) {
                    return answer;
                }
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        tokio::time::timeout(AT_REST_WITHIN, waiting)
            .await
            .unwrap_or_else(|_| panic!("waited too long until {what}"))
    }
}
