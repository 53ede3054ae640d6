//! Holds the written protocol to the city that speaks it: what the OpenAPI document offers is there and guarded as it says, and
//! nothing is there that it doesn't offer.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that meets something else has failed"
)]

use rabt_protocol::{
    Problem,
    directory::DIRECTORY_MEDIA_TYPE,
    endpoint::{self, Caller, Endpoint, Party},
    problem::{PROBLEM_MEDIA_TYPE, code},
};
use rabt_sandbox::{City, CityConfig, browser};
use reqwest::{Client, Method, Response, StatusCode, header};
use std::{collections::BTreeSet, fs, path::Path};

/// Between the gateway and its bank, and no part of the protocol that others join by.
const BETWEEN_GATEWAY_AND_BANK: [&str; 2] = ["/v1/instrument-events", "/v1/consent-events"];

/// The methods that a party might offer.
const METHODS: [Method; 5] = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

struct Parties {
    city: City,
    client: Client,
}

impl Parties {
    async fn start() -> Self {
        let city = City::start(CityConfig::default()).await.unwrap();
        let client = Client::builder()
            .tls_backend_preconfigured(browser::tls(city.ca_pem()).unwrap())
            .no_proxy()
            .build()
            .unwrap();
        Self { city, client }
    }

    /// A request without any credentials.
    async fn ask(&self, endpoint: &Endpoint, method: Method) -> Response {
        let base = match endpoint.party {
            Party::Gateway => self.city.gateway_url().to_owned(),
            Party::Agency => self.city.control().agencies()[0].base_url.clone(),
        };
        let path: Vec<_> = endpoint
            .path
            .split('/')
            .map(|part| if part.starts_with('{') { "anything" } else { part })
            .collect();
        let request = self.client.request(method, format!("{base}{}", path.join("/")));
        request.send().await.unwrap()
    }
}

fn media_type(answer: &Response) -> &str {
    answer
        .headers()
        .get(header::CONTENT_TYPE)
        .map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn every_endpoint_is_there_and_guarded_as_it_is_written() {
    let parties = Parties::start().await;
    for endpoint in endpoint::all() {
        let method = Method::from_bytes(endpoint.method.name().as_bytes()).unwrap();
        let answer = parties.ask(endpoint, method).await;
        let (status, name) = (answer.status(), endpoint.operation_id);
        match endpoint.caller {
            Caller::Anyone => {
                assert_eq!(status, StatusCode::OK, "{name}");
                assert_eq!(media_type(&answer), DIRECTORY_MEDIA_TYPE, "{name}");
            }
            Caller::Person | Caller::Service => {
                assert_eq!(status, StatusCode::UNAUTHORIZED, "{name}");
                assert_eq!(media_type(&answer), PROBLEM_MEDIA_TYPE, "{name}");
                assert!(answer.headers().contains_key(header::WWW_AUTHENTICATE), "{name}");
                let problem: Problem = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
                assert_eq!(problem.code, code::UNAUTHENTICATED, "{name}");
            }
        }
    }
    parties.city.stop().await;
}

#[tokio::test]
async fn no_path_takes_a_method_that_is_not_written_down() {
    let parties = Parties::start().await;
    for endpoint in endpoint::all() {
        let written: Vec<_> = endpoint::all()
            .filter(|other| other.path == endpoint.path)
            .map(|other| other.method.name())
            .collect();
        for method in METHODS.iter().filter(|method| !written.contains(&method.as_str())) {
            let answer = parties.ask(endpoint, method.clone()).await;
            assert_eq!(
                answer.status(),
                StatusCode::METHOD_NOT_ALLOWED,
                "{method} {} is answered but not in core/protocol/src/endpoint/; add it, and run `cargo xtask openapi`",
                endpoint.path
            );
        }
    }
    parties.city.stop().await;
}

/// A server doesn't list its routes, its source does.
#[test]
fn no_path_is_served_that_is_not_written_down() {
    let sandbox = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sandbox/src");
    let mut served = BTreeSet::new();
    for file in ["gateway/mod.rs", "agencies/routes/mod.rs"] {
        served.extend(routes_in(&sandbox.join(file)));
    }
    for path in BETWEEN_GATEWAY_AND_BANK {
        assert!(served.remove(path), "{served:?}");
    }
    let written: BTreeSet<_> = endpoint::all().map(|endpoint| endpoint.path.to_owned()).collect();
    assert_eq!(
        served, written,
        "the routes of gateway and agencies (left) are not those of core/protocol/src/endpoint/ (right); mend whichever is wrong"
    );
}

/// The paths of `.route("…"` in a source file.
fn routes_in(source: &Path) -> Vec<String> {
    let text = fs::read_to_string(source).unwrap_or_else(|error| {
        panic!(
            "{} can't be read ({error}); have the routes moved? Mend this test",
            source.display()
        )
    });
    let routes: Vec<_> = text
        .split(".route(")
        .skip(1)
        .filter_map(|call| Some(call.trim_start().strip_prefix('"')?.split_once('"')?.0.to_owned()))
        .collect();
    assert!(
        !routes.is_empty(),
        "{} has no routes any more; mend this test",
        source.display()
    );
    routes
}
