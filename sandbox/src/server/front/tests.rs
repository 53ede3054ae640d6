//! Each fault against a dummy party behind a real socket with TLS.

use super::*;
use crate::{
    CityConfig, Fault,
    context::for_tests,
    server::{listener::Listener, tls::Authority},
};
use axum::routing::{get, post};
use http::Version;
use serde_json::{Value, json};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Instant,
};
use tokio::sync::watch;

/// The most that these tests read of an answer.
const READ_MAX: usize = 100_000;

struct Dummy {
    ctx: Ctx,
    authority: Authority,
    base_url: String,
    done: Arc<AtomicU32>,
    stop: watch::Sender<bool>,
}

impl Dummy {
    async fn start(latency_ms: u32, config: CityConfig) -> Self {
        let ctx: Ctx = Arc::new(for_tests(config, &[]));
        let done = Arc::new(AtomicU32::new(0));
        let counter = Arc::clone(&done);
        let act = move || {
            counter.fetch_add(1, Ordering::SeqCst);
            async { axum::Json(json!({"bills": [{"amount_fils": 100}], "long": "x".repeat(60)})) }
        };
        let router = Router::new()
            .route("/v1/bills", get(act.clone()))
            .route("/v1/payments", post(act));
        let authority = Authority::generate().unwrap();
        let today = crate::clock::dubai_date(crate::clock::machine_ms());
        let tls = authority.server_config(today).unwrap();
        let listener = Listener::bind(0).unwrap();
        let base_url = format!("https://localhost:{}", listener.port());
        let stop = watch::Sender::new(false);
        let never_cut = watch::Sender::new(false).subscribe();
        let front = Front::of_party(&ctx, "dummy", latency_ms, router);
        tokio::spawn(
            listener
                .serve(Some(Arc::new(tls)), front, stop.subscribe(), never_cut)
                .unwrap(),
        );
        Self {
            ctx,
            authority,
            base_url,
            done,
            stop,
        }
    }

    fn client(&self, alpn: &[&[u8]]) -> reqwest::Client {
        let mut tls = self.authority.client_config().unwrap();
        tls.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
        reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap()
    }

    async fn get(&self) -> reqwest::Result<reqwest::Response> {
        self.client(&[b"h2"])
            .get(format!("{}/v1/bills", self.base_url))
            .send()
            .await
    }

    fn set(&self, kind: FaultKind) {
        self.ctx.faults.set(Fault::new("dummy", kind).times(1)).unwrap();
    }

    fn done(&self) -> u32 {
        self.done.load(Ordering::SeqCst)
    }
}

async fn dummy() -> Dummy {
    Dummy::start(0, CityConfig::default()).await
}

#[tokio::test]
async fn http_2_is_negotiated_and_http_1_1_spoken_to_those_who_must() {
    let party = dummy().await;
    let url = format!("{}/v1/bills", party.base_url);
    for (alpn, version) in [
        (&[&b"h2"[..], b"http/1.1"][..], Version::HTTP_2),
        (&[b"http/1.1"], Version::HTTP_11),
        (&[], Version::HTTP_11),
    ] {
        let answer = party.client(alpn).get(&url).send().await.unwrap();
        assert_eq!((answer.status(), answer.version()), (StatusCode::OK, version));
    }
}

#[tokio::test]
async fn another_authority_is_not_trusted() {
    let party = dummy().await;
    let stranger = Authority::generate().unwrap();
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(stranger.client_config().unwrap())
        .build()
        .unwrap();
    assert!(client.get(&party.base_url).send().await.unwrap_err().is_connect());
    assert_eq!(party.done(), 0);
}

#[tokio::test]
async fn a_cut_before_the_commit_does_nothing_and_one_after_it_does_all() {
    for alpn in [&[&b"h2"[..]][..], &[b"http/1.1"]] {
        let party = dummy().await;
        let client = party.client(alpn);
        let post = || client.post(format!("{}/v1/payments", party.base_url)).body("{}").send();

        party.set(FaultKind::CutBeforeCommit);
        let error = post().await.unwrap_err();
        assert!(!error.is_connect() && !error.is_status(), "{error:?}");
        assert_eq!(party.done(), 0);

        party.set(FaultKind::CutAfterCommit);
        assert!(post().await.is_err());
        assert_eq!(party.done(), 1);

        assert_eq!(post().await.unwrap().status(), 200);
        assert_eq!(party.done(), 2);
    }
}

#[tokio::test]
async fn a_status_or_redirect_comes_instead_of_the_act() {
    let party = dummy().await;
    party.set(FaultKind::Status {
        status: 503,
        body: Some(r#"{"code":"unavailable"}"#.to_owned()),
    });
    let answer = party.get().await.unwrap();
    assert_eq!(answer.status(), 503);
    assert_eq!(answer.headers()[header::CONTENT_TYPE], "application/json");
    assert_eq!(answer.bytes().await.unwrap(), r#"{"code":"unavailable"}"#);

    let problem = serde_json::to_string(&rabt_protocol::Problem::new(409, "bill_changed", "a fault")).unwrap();
    party.set(FaultKind::Status {
        status: 409,
        body: Some(problem.clone()),
    });
    let answer = party.get().await.unwrap();
    assert_eq!(answer.headers()[header::CONTENT_TYPE], "application/problem+json");
    assert_eq!(answer.bytes().await.unwrap(), problem);

    party.set(FaultKind::Redirect {
        location: "https://elsewhere.example/".to_owned(),
    });
    let answer = party.get().await.unwrap();
    assert_eq!(answer.status(), 307);
    assert_eq!(answer.headers()[header::LOCATION], "https://elsewhere.example/");
    assert_eq!(party.done(), 0);
}

#[tokio::test]
async fn answers_are_spoiled_in_each_way() {
    let party = dummy().await;
    party.set(FaultKind::Garbage);
    let body = party.get().await.unwrap().bytes().await.unwrap();
    assert!(serde_json::from_slice::<Value>(&body).is_err());

    party.set(FaultKind::WrongContentType);
    let answer = party.get().await.unwrap();
    assert_eq!(answer.headers()[header::CONTENT_TYPE], "text/html; charset=utf-8");
    assert!(serde_json::from_slice::<Value>(&answer.bytes().await.unwrap()).is_ok());

    party.set(FaultKind::RewriteJson {
        pointer: "/bills/0/amount_fils".to_owned(),
        value: json!("much"),
    });
    let body = party.get().await.unwrap().bytes().await.unwrap();
    assert_eq!(
        serde_json::from_slice::<Value>(&body).unwrap()["bills"][0]["amount_fils"],
        "much"
    );

    party.set(FaultKind::RewriteJson {
        pointer: "/absent/0".to_owned(),
        value: json!(1),
    });
    let body = party.get().await.unwrap().bytes().await.unwrap();
    assert_eq!(
        serde_json::from_slice::<Value>(&body).unwrap()["bills"][0]["amount_fils"],
        100
    );
    assert_eq!(party.done(), 4);
}

#[tokio::test]
async fn an_endless_body_goes_on_beyond_any_reader() {
    let party = dummy().await;
    party.set(FaultKind::EndlessBody);
    let mut answer = party.get().await.unwrap();
    let mut read = 0;
    while read < READ_MAX {
        read += answer.chunk().await.unwrap().expect("it ended").len();
    }
}

#[tokio::test]
async fn a_slow_body_drips_but_comes_whole() {
    let party = dummy().await;
    let whole = party.get().await.unwrap().bytes().await.unwrap();
    party.set(FaultKind::SlowBody { bytes_per_second: 400 });
    let begun = Instant::now();
    assert_eq!(party.get().await.unwrap().bytes().await.unwrap(), whole);
    // Some 100 bytes in chunks of 40, a tenth of a second apart.
    assert!(begun.elapsed() >= Duration::from_millis(200), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_latency_is_added_to_the_partys_own() {
    let scaled = CityConfig {
        latency_scale: 0.5,
        ..CityConfig::default()
    };
    let party = Dummy::start(100, scaled).await;
    let begun = Instant::now();
    party.get().await.unwrap();
    assert!(begun.elapsed() >= Duration::from_millis(50));
    party.set(FaultKind::LatencyMs { latency_ms: 100 });
    let begun = Instant::now();
    party.get().await.unwrap();
    assert!(begun.elapsed() >= Duration::from_millis(150));
}

#[tokio::test]
async fn an_orderly_end_answers_what_was_asked_and_takes_nothing_more() {
    let party = dummy().await;
    party.set(FaultKind::LatencyMs { latency_ms: 200 });
    let url = format!("{}/v1/bills", party.base_url);
    let asked = tokio::spawn(party.client(&[b"h2"]).get(&url).send());
    // The fault is taken when the request has reached the party.
    while !party.ctx.faults.list().is_empty() {
        tokio::task::yield_now().await;
    }
    party.stop.send_replace(true);
    assert_eq!(asked.await.unwrap().unwrap().status(), 200);
    assert!(party.get().await.unwrap_err().is_connect());
}
