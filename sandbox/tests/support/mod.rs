//! What the tests of a whole city share.

#![allow(dead_code, clippy::unwrap_used, reason = "each test binary uses its part")]

use rabt_sandbox::{City, CityConfig};
use reqwest::{Method, StatusCode, header};
use serde_json::Value;
use std::path::Path;

pub(crate) async fn city() -> City {
    City::start(CityConfig::default()).await.unwrap()
}

pub(crate) fn kept_in(file: &Path) -> CityConfig {
    CityConfig {
        state_file: Some(file.to_owned()),
        ..CityConfig::default()
    }
}

/// A client that trusts the city; control is plain HTTP.
pub(crate) fn client(city: &City) -> reqwest::Client {
    let tls = rabt_sandbox::browser::tls(city.ca_pem()).unwrap();
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .no_proxy()
        .build()
        .unwrap()
}

/// A call of control's over HTTP: the status, and the JSON that came with it.
pub(crate) async fn control(city: &City, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
    let mut request = client(city).request(method, format!("{}{path}", city.control_url()));
    if let Some(body) = body {
        request = request
            .header(header::CONTENT_TYPE, "application/json")
            .body(body.to_string());
    }
    let answer = request.send().await.unwrap();
    let status = answer.status();
    (
        status,
        serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or(Value::Null),
    )
}
