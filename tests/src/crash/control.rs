//! The control of a city in another process.

use super::CityCard;
use rabt_protocol::agency::Bill;
use rabt_sandbox::browser;
use serde_json::Value;
use std::time::Duration;

/// Agencies and bank are on the same machine; what the hub can still finish, it finishes long before this.
const AT_REST_WITHIN: Duration = Duration::from_secs(20);
/// The hub has no event for "nothing left to do".
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// See the module.
pub(crate) struct Remote {
    client: reqwest::Client,
    url: String,
}

/// The books, as control tells them.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) balanced: bool,
    pub(crate) paid_twice: u64,
    pub(crate) lost_fils: i64,
    in_flight_fils: i64,
    /// What is wrong, in words.
    pub(crate) problems: String,
}

/// A payment that the hub has.
#[derive(Clone, Debug)]
pub(crate) struct HubPayment {
    pub(crate) key: String,
    pub(crate) stage: String,
}

impl Remote {
    pub(crate) fn new(city: &CityCard) -> Self {
        // Control speaks plain HTTP; the client can't be made without any TLS.
        let tls = browser::tls(&city.ca_pem).expect("the city's certificate");
        let client = reqwest::Client::builder().tls_backend_preconfigured(tls).no_proxy();
        Self {
            client: client.build().expect("a client"),
            url: city.control.clone(),
        }
    }

    async fn get(&self, path: &str) -> Value {
        let answer = self.client.get(format!("{}{path}", self.url)).send().await;
        let bytes = answer
            .expect("control answers")
            .bytes()
            .await
            .expect("control's whole answer");
        serde_json::from_slice(&bytes).expect("control answers JSON")
    }

    /// The books once the hub has nothing left to do, or as they are when it takes too long.
    pub(crate) async fn books_at_rest(&self) -> Result<Told, String> {
        let rest = async {
            loop {
                let books = told(&self.get("/v1/books").await);
                if books.in_flight_fils == 0 {
                    return books;
                }
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        let at_rest = tokio::time::timeout(AT_REST_WITHIN, rest).await;
        at_rest.map_err(|_| "the hub doesn't finish what is in flight".to_owned())
    }

    /// The bills of the person.
    pub(crate) async fn bills(&self, persona: &str) -> Vec<Bill> {
        let answer = self.get(&format!("/v1/bills?persona_id={persona}")).await;
        serde_json::from_value(answer["bills"].clone()).expect("bills")
    }

    /// How many instruments the person has linked.
    pub(crate) async fn instruments(&self, persona: &str) -> usize {
        let answer = self.get(&format!("/v1/personas/{persona}/instruments")).await;
        answer["instruments"].as_array().expect("instruments").len()
    }

    /// Every payment that the hub has.
    pub(crate) async fn payments(&self) -> Vec<HubPayment> {
        let dump = self.get("/v1/dump").await;
        let rows = dump["gateway_payment"]["shown"].as_array().expect("the hub's payments");
        let text = |row: &Value, column: &str| row[column].as_str().expect("a text").to_owned();
        rows.iter()
            .map(|row| HubPayment {
                key: text(row, "idempotency_key"),
                stage: text(row, "stage"),
            })
            .collect()
    }
}

fn told(books: &Value) -> Told {
    Told {
        balanced: books["balanced"].as_bool().expect("whether they balance"),
        paid_twice: books["paid_twice"].as_u64().expect("what was paid twice"),
        lost_fils: books["lost_fils"].as_i64().expect("what was lost"),
        in_flight_fils: books["in_flight_fils"].as_i64().expect("what is in flight"),
        problems: books["problems"].to_string(),
    }
}
