//! A city as a whole: it comes up, answers, is moved by control, ends and comes up again as it was.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    reason = "a test that meets something else has failed"
)]

mod support;

use rabt_sandbox::{City, CityConfig, CityError, ControlError, Fault, FaultKind};
use reqwest::{Method, header};
use serde_json::{Value, json};
use support::{city, client, control, kept_in};

fn addresses(city: &City) -> Vec<String> {
    let mut addresses: Vec<String> = [city.issuer(), city.gateway_url(), city.bank_url(), city.control_url()]
        .map(str::to_owned)
        .to_vec();
    addresses.extend(city.control().agencies().into_iter().map(|agency| agency.base_url));
    addresses
}

#[tokio::test]
async fn every_party_answers_over_http_2() {
    let city = city().await;
    let client = client(&city);
    let addresses = addresses(&city);
    assert_eq!(addresses.len(), 4 + city.control().agencies().len());
    for address in addresses {
        let answer = client.get(format!("{address}/v1/no-such-route")).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{address}");
        let version = if address.starts_with("https") {
            reqwest::Version::HTTP_2
        } else {
            reqwest::Version::HTTP_11
        };
        assert_eq!(answer.version(), version, "{address}");
    }
    city.stop().await;
}

#[tokio::test]
async fn a_city_that_was_killed_comes_up_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("city.db");
    let city = City::start(CityConfig {
        starts_at_ms: Some(1_772_352_000_000),
        ..kept_in(&file)
    })
    .await
    .unwrap();
    city.control().advance_days(40).unwrap();
    let (before, ca, key) = (addresses(&city), city.ca_pem().to_owned(), city.directory_key());
    let ahead_ms = city.control().clock().ahead_ms;
    assert!(
        city.control().clock().today.starts_with("2026-04-10"),
        "{:?}",
        city.control().clock()
    );
    let trusting = client(&city);
    city.kill();
    assert!(trusting.get(&before[0]).send().await.unwrap_err().is_connect());

    let city = City::start(kept_in(&file)).await.unwrap();
    assert_eq!(addresses(&city), before);
    assert_eq!(city.ca_pem(), ca);
    assert_eq!(city.directory_key(), key);
    assert_eq!(city.control().clock().ahead_ms, ahead_ms);
    // Whoever trusted the city before its end still does.
    trusting
        .get(format!("{}/.well-known/openid-configuration", before[0]))
        .send()
        .await
        .unwrap()
        .error_for_status()
        .unwrap();
    city.stop().await;
    City::start(kept_in(&file)).await.unwrap().kill();
}

#[tokio::test]
async fn two_cities_are_strangers() {
    let (one, other) = (city().await, city().await);
    assert!(client(&one).get(other.issuer()).send().await.unwrap_err().is_connect());
    assert_ne!(one.directory_key(), other.directory_key());
}

#[tokio::test]
async fn ports_are_consecutive_where_asked_for_and_a_taken_one_is_named() {
    let first = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = first.local_addr().unwrap().port();
    let error = City::start(CityConfig {
        ports_from: Some(taken),
        ..CityConfig::default()
    })
    .await
    .unwrap_err();
    assert!(
        matches!(&error, CityError::Listen { party, port, .. } if party == "identity" && *port == taken),
        "{error}"
    );
}

#[tokio::test]
async fn a_configuration_that_makes_no_sense_is_refused_by_name() {
    let wrong = [
        (
            "latency_scale",
            CityConfig {
                latency_scale: -1.0,
                ..CityConfig::default()
            },
        ),
        (
            "latency_scale",
            CityConfig {
                latency_scale: f64::NAN,
                ..CityConfig::default()
            },
        ),
        (
            "access_token_seconds",
            CityConfig {
                access_token_seconds: 0,
                ..CityConfig::default()
            },
        ),
        (
            "step_up_above_fils",
            CityConfig {
                step_up_above_fils: -1,
                ..CityConfig::default()
            },
        ),
        (
            "starts_at_ms",
            CityConfig {
                starts_at_ms: Some(0),
                ..CityConfig::default()
            },
        ),
        (
            "ports_from",
            CityConfig {
                ports_from: Some(80),
                ..CityConfig::default()
            },
        ),
        (
            "personas",
            CityConfig {
                personas: vec!["somebody".to_owned()],
                ..CityConfig::default()
            },
        ),
        (
            "redirect_uris",
            CityConfig {
                redirect_uris: vec!["nowhere".to_owned()],
                ..CityConfig::default()
            },
        ),
    ];
    for (named, config) in wrong {
        let error = City::start(config).await.unwrap_err();
        assert!(
            matches!(&error, CityError::Input { field, .. } if field == named),
            "{named}: {error}"
        );
    }
}

#[tokio::test]
async fn the_clock_moves_over_http_and_only_within_bounds() {
    let city = city().await;
    let (status, shown) = control(
        &city,
        Method::PUT,
        "/v1/clock",
        Some(json!({"now": "2027-05-06T07:08:09Z"})),
    )
    .await;
    assert_eq!(status, 200);
    assert!(
        shown["now"].as_str().unwrap().starts_with("2027-05-06T07:08:"),
        "{shown}"
    );
    let hour = json!({"advance_ms": 3_600_000});
    let (_, moved) = control(&city, Method::POST, "/v1/clock/advance", Some(hour)).await;
    let passed_ms = moved["now_ms"].as_i64().unwrap() - shown["now_ms"].as_i64().unwrap();
    assert!((3_600_000..3_660_000).contains(&passed_ms), "{passed_ms}");

    for (path, method, body, field) in [
        ("/v1/clock", Method::PUT, json!({"now": "yesterday"}), "now"),
        ("/v1/clock", Method::PUT, json!({}), "now"),
        (
            "/v1/clock/advance",
            Method::POST,
            json!({"advance_ms": i64::MAX}),
            "advance_ms",
        ),
        (
            "/v1/clock/advance",
            Method::POST,
            json!({"advance_ms": 1, "days": 1}),
            "days",
        ),
    ] {
        let (status, problem) = control(&city, method, path, Some(body)).await;
        assert_eq!(
            (status.as_u16(), problem["field"].as_str()),
            (400, Some(field)),
            "{problem}"
        );
    }
}

#[tokio::test]
async fn faults_are_set_listed_and_cleared_over_http() {
    let city = city().await;
    let metadata = format!("{}/.well-known/openid-configuration", city.issuer());
    let fault =
        json!({"party": "identity", "route": "/.well-known", "times": 1, "kind": {"name": "status", "status": 503}});
    let (status, set) = control(&city, Method::POST, "/v1/faults", Some(fault.clone())).await;
    assert_eq!((status.as_u16(), set["fault_id"].as_u64()), (200, Some(1)));
    let (_, listed) = control(&city, Method::GET, "/v1/faults", None).await;
    assert_eq!(listed["faults"][0]["fault"], fault);
    let client = client(&city);
    assert_eq!(client.get(&metadata).send().await.unwrap().status(), 503);
    assert_eq!(client.get(&metadata).send().await.unwrap().status(), 200);

    city.control()
        .set_fault(Fault::new("bank", FaultKind::Garbage))
        .unwrap();
    assert_eq!(control(&city, Method::DELETE, "/v1/faults/1", None).await.0, 404);
    assert_eq!(control(&city, Method::DELETE, "/v1/faults/2", None).await.0, 204);
    city.control()
        .set_fault(Fault::new("bank", FaultKind::Garbage))
        .unwrap();
    assert_eq!(
        control(&city, Method::DELETE, "/v1/faults?party=bank", None).await.0,
        204
    );
    assert!(city.control().faults().is_empty());
}

#[tokio::test]
async fn a_fault_that_makes_no_sense_is_refused_by_name() {
    let city = city().await;
    let garbage = || Fault::new("gateway", FaultKind::Garbage);
    let of = |kind| Fault::new("gateway", kind);
    let wrong = [
        ("party", Fault::new("nobody", FaultKind::Garbage)),
        ("party", Fault::new("control", FaultKind::Garbage)),
        ("route", garbage().on("v1")),
        ("method", garbage().method("G E T")),
        ("times", garbage().times(0)),
        ("kind.latency_ms", of(FaultKind::LatencyMs { latency_ms: 600_001 })),
        (
            "kind.status",
            of(FaultKind::Status {
                status: 101,
                body: None,
            }),
        ),
        ("kind.bytes_per_second", of(FaultKind::SlowBody { bytes_per_second: 0 })),
        (
            "kind.location",
            of(FaultKind::Redirect {
                location: "a\nb".to_owned(),
            }),
        ),
        (
            "kind.pointer",
            of(FaultKind::RewriteJson {
                pointer: "bills".to_owned(),
                value: Value::Null,
            }),
        ),
    ];
    for (named, fault) in wrong {
        let error = city.control().set_fault(fault).unwrap_err();
        assert!(
            matches!(&error, ControlError::Invalid { field, .. } if field == named),
            "{named}: {error}"
        );
    }
}

#[tokio::test]
async fn a_web_page_cannot_move_the_city() {
    let city = city().await;
    let client = client(&city);
    let clock = format!("{}/v1/clock/advance", city.control_url());
    // What a form of another site can send without asking.
    let sent = client
        .post(&clock)
        .header(header::CONTENT_TYPE, "text/plain")
        .body(r#"{"advance_ms":1}"#)
        .send()
        .await;
    assert_eq!(sent.unwrap().status(), 415);
    // What another site whose name leads here can.
    let sent = client.get(&clock).header(header::HOST, "city.example").send().await;
    assert_eq!(sent.unwrap().status(), 400);
}

#[tokio::test]
async fn a_persona_visits_the_citys_pages_only() {
    let city = city().await;
    let visit = async |url: &str, persona: &str, intent: &str| {
        let path = format!("/v1/personas/{persona}/visit");
        control(&city, Method::POST, &path, Some(json!({"url": url, "intent": intent}))).await
    };
    for url in [
        "https://localhost:1/authorize",
        "http://127.0.0.1/",
        "file:///etc/hosts",
        "",
    ] {
        let (status, answer) = visit(url, "tenant-family", "approve").await;
        assert_eq!(
            (status.as_u16(), &answer["field"]),
            (400, &json!("url")),
            "{url}: {answer}"
        );
    }
    let page = format!("{}/authorize", city.issuer());
    assert_eq!(visit(&page, "no-such-person", "approve").await.0, 404);
    assert_eq!(visit(&page, "tenant-family", "shrug").await.0, 400);
    // A page that says no instead of asking: nothing has been pushed.
    assert_eq!(visit(&page, "tenant-family", "approve").await.0, 400);
    city.stop().await;
}
