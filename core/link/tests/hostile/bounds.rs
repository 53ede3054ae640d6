//! HTTP itself: each answer that is refused before anything of it is read as a bill.

use crate::support::{Answer, Server, certificate, http};
use http::Method;
use rabt_domain::IncidentKind;
use rabt_link::{Http, HttpConfig, HttpError, http::Request, limits};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

const LIMIT_BYTES: usize = 100_000;

fn get(base: &str) -> Request {
    let url = format!("{base}/v1/bills").parse().unwrap();
    Request::new(Method::GET, url, &["application/json"], 8_000, LIMIT_BYTES)
}

async fn answered(answer: Answer) -> Result<Vec<u8>, HttpError> {
    let server = Server::scripted(vec![answer]).await;
    server
        .http()
        .send(get(&server.base))
        .await
        .map(|response| response.body.to_vec())
}

fn head(more: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n{more}\r\n")
}

#[tokio::test]
async fn a_body_is_taken_up_to_its_bound_and_no_further() {
    let at = answered(Answer::json(vec![b' '; LIMIT_BYTES])).await.unwrap();
    assert_eq!(at.len(), LIMIT_BYTES);
    let over = answered(Answer::json(vec![b' '; LIMIT_BYTES + 1])).await.unwrap_err();
    assert!(matches!(
        over,
        HttpError::TooLarge {
            limit_bytes: LIMIT_BYTES
        }
    ));
    assert_eq!(over.incident(), Some(IncidentKind::TooMuch));
}

#[tokio::test]
async fn a_body_without_end_costs_its_bound_and_what_is_under_way() {
    let server = Server::scripted(vec![Answer::Endless(head(""))]).await;
    let begun = Instant::now();
    let refused = server.http().send(get(&server.base)).await.unwrap_err();
    assert!(matches!(refused, HttpError::TooLarge { .. }), "{refused:?}");
    assert!(begun.elapsed() < Duration::from_secs(3));
    // What the two kernels' socket buffers hold besides is theirs; it is some megabytes at most.
    assert!(server.sent() < 16 * 1024 * 1024, "{}", server.sent());
}

#[tokio::test]
async fn a_length_that_is_only_claimed_costs_nothing() {
    let claim = Answer::Bytes(head("content-length: 99999999999\r\n").into_bytes());
    assert!(matches!(answered(claim).await.unwrap_err(), HttpError::TooLarge { .. }));
}

#[tokio::test]
async fn a_drip_ends_soon_after_the_grace() {
    let server = Server::scripted(vec![Answer::Drip(head("content-length: 90000\r\n"))]).await;
    let begun = Instant::now();
    let refused = server.http().send(get(&server.base)).await.unwrap_err();
    assert!(matches!(refused, HttpError::TooSlow), "{refused:?}");
    assert_eq!(refused.incident(), Some(IncidentKind::TooSlow));
    let took = begun.elapsed();
    assert!(
        took >= Duration::from_millis(limits::PACE_GRACE_MS) && took < Duration::from_secs(6),
        "{took:?}"
    );
}

#[tokio::test]
async fn silence_ends_at_the_deadline() {
    let server = Server::scripted(vec![Answer::Silence]).await;
    let request = Request {
        deadline_ms: 300,
        ..get(&server.base)
    };
    let refused = server.http().send(request).await.unwrap_err();
    assert!(matches!(refused, HttpError::Timeout { deadline_ms: 300 }));
    assert!(refused.may_have_arrived());
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Server::scripted(vec![Answer::json("{}")]).await;
    for location in [format!("{}/v1/bills", elsewhere.base), "http://127.0.0.1:1/".to_owned()] {
        for status in [301, 302, 303, 307, 308] {
            let redirect = Answer::with(status, "text/html", &[("location", &location)], "");
            let server = Server::scripted(vec![redirect]).await;
            let http = http(&[&server.root_pem, &elsewhere.root_pem]);
            let refused = http.send(get(&server.base)).await.unwrap_err();
            assert!(matches!(refused, HttpError::Redirected));
            assert!(refused.may_have_arrived());
        }
    }
    assert!(elsewhere.seen().is_empty());
}

#[tokio::test]
async fn compression_is_neither_asked_for_nor_taken() {
    let packed = Answer::with(
        200,
        "application/json",
        &[("content-encoding", "gzip")],
        [0x1f, 0x8b, 8, 0],
    );
    let server = Server::scripted(vec![packed]).await;
    let refused = server.http().send(get(&server.base)).await.unwrap_err();
    assert!(matches!(&refused, HttpError::Encoded { found } if found == "gzip"));
    assert_eq!(server.seen()[0].headers["accept-encoding"], "identity");
}

#[tokio::test]
async fn another_media_type_is_refused_unread() {
    let page = Answer::with(200, "text/html", &[], "<p>Sign in to the wireless network</p>");
    let refused = answered(page).await.unwrap_err();
    assert!(matches!(&refused, HttpError::WrongContentType { found: Some(found) } if found == "text/html"));
}

#[tokio::test]
async fn headers_are_bounded() {
    let long = "a".repeat(limits::RESPONSE_HEADERS_BYTES_MAX);
    let refused = answered(Answer::with(200, "application/json", &[("x", &long)], "{}"))
        .await
        .unwrap_err();
    assert!(matches!(refused, HttpError::TooLarge { .. }), "{refused:?}");
    let many = vec![("x", "1"); limits::RESPONSE_HEADERS_MAX + 1];
    let refused = answered(Answer::with(200, "application/json", &many, "{}"))
        .await
        .unwrap_err();
    assert!(matches!(refused, HttpError::Cut(_)), "{refused:?}");
}

#[tokio::test]
async fn it_is_certain_that_nothing_arrived_only_before_the_connection_stands() {
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = gone.local_addr().unwrap();
    drop(gone);
    let server = Server::scripted(vec![Answer::Cut]).await;

    let closed = server
        .http()
        .send(get(&format!("https://{address}")))
        .await
        .unwrap_err();
    assert!(matches!(closed, HttpError::Unreachable(_)), "{closed:?}");
    assert!(!closed.may_have_arrived());

    let nameless = server.http().send(get("https://nobody.invalid")).await.unwrap_err();
    assert!(matches!(nameless, HttpError::Offline(_)), "{nameless:?}");
    assert!(!nameless.may_have_arrived());

    let stranger = http(&[&certificate().0]).send(get(&server.base)).await.unwrap_err();
    assert!(matches!(stranger, HttpError::Tls(_)), "{stranger:?}");
    assert!(!stranger.may_have_arrived());
    assert!(server.seen().is_empty());

    let cut = server.http().send(get(&server.base)).await.unwrap_err();
    assert!(matches!(cut, HttpError::Cut(_)), "{cut:?}");
    assert!(cut.may_have_arrived());
    assert_eq!(server.seen().len(), 1, "it is never sent again by itself");
}

#[tokio::test]
async fn an_extra_root_is_believed_beside_the_platforms_and_for_its_own_hosts_only() {
    let server = Server::scripted(vec![Answer::json("{}")]).await;
    let beside = |pem: &str| {
        Http::new(&HttpConfig {
            extra_roots_pem: vec![pem.to_owned()],
            ..HttpConfig::default()
        })
        .unwrap()
    };
    beside(&server.root_pem).send(get(&server.base)).await.unwrap();
    let stranger = beside(&certificate().0).send(get(&server.base)).await.unwrap_err();
    assert!(matches!(stranger, HttpError::Tls(_)), "{stranger:?}");
    let another_name = server.base.replace("127.0.0.1", "127.0.0.2");
    let misplaced = beside(&server.root_pem).send(get(&another_name)).await.unwrap_err();
    assert!(!misplaced.may_have_arrived(), "{misplaced:?}");
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_no_answer() {
    let short = Answer::Bytes([head("content-length: 100\r\n").as_bytes(), b"{}"].concat());
    assert!(matches!(answered(short).await.unwrap_err(), HttpError::Cut(_)));
}

#[tokio::test]
async fn plain_http_and_urls_with_more_than_a_place_are_not_called() {
    let http = Http::new(&HttpConfig::default()).unwrap();
    for url in [
        "http://127.0.0.1:1",
        "https://user@127.0.0.1:1",
        "https://:word@127.0.0.1:1",
        "https://127.0.0.1:1/#a",
    ] {
        let request = Request::new(Method::GET, url.parse().unwrap(), &[], 1_000, 1_000);
        let refused = http.send(request).await.unwrap_err();
        assert!(matches!(refused, HttpError::BadUrl), "{url}: {refused:?}");
        assert!(!refused.may_have_arrived());
    }
}

#[test]
fn a_configuration_that_trusts_nobody_or_nonsense_is_refused() {
    let refused = |pem: &[&str], platform_roots| {
        Http::new(&HttpConfig {
            extra_roots_pem: pem.iter().map(|&pem| pem.to_owned()).collect(),
            platform_roots,
            ..HttpConfig::default()
        })
        .err()
    };
    assert!(matches!(refused(&[], false), Some(HttpError::Setup("extra_roots_pem"))));
    assert!(matches!(
        refused(&["not a certificate"], true),
        Some(HttpError::Setup("extra_roots_pem"))
    ));
    assert!(refused(&[&certificate().0], false).is_none());
    let named = HttpConfig {
        user_agent: "rabt\n".to_owned(),
        ..HttpConfig::default()
    };
    assert!(matches!(Http::new(&named), Err(HttpError::Setup("user_agent"))));
}

#[tokio::test]
async fn http_2_is_spoken_where_it_is_offered_and_within_the_same_bounds() {
    use axum::{Router, response::IntoResponse as _, routing};
    let (root_pem, mut tls) = certificate();
    tls.alpn_protocols = vec![b"h2".to_vec()];
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(tls));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("https://{}", listener.local_addr().unwrap());
    let long = "a".repeat(limits::RESPONSE_HEADERS_BYTES_MAX);
    let router = Router::new()
        .route("/v1/bills", routing::get(|| async { axum::Json("small") }))
        .route(
            "/v1/body",
            routing::get(|| async { axum::Json(" ".repeat(LIMIT_BYTES)) }),
        )
        .route(
            "/v1/headers",
            routing::get(move || async move { ([("x", long)], "").into_response() }),
        );
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, router) = (acceptor.clone(), router.clone());
            tokio::spawn(async move {
                let Ok(line) = acceptor.accept(stream).await else {
                    return;
                };
                let service = hyper_util::service::TowerToHyperService::new(router);
                let executor = hyper_util::rt::TokioExecutor::new();
                let _ = hyper_util::server::conn::auto::Builder::new(executor)
                    .serve_connection(hyper_util::rt::TokioIo::new(line), service)
                    .await;
            });
        }
    });
    let http = http(&[&root_pem]);
    let send = |path: &str| {
        let url = format!("{base}{path}").parse().unwrap();
        http.send(Request::new(
            Method::GET,
            url,
            &["application/json"],
            3_000,
            LIMIT_BYTES,
        ))
    };
    assert_eq!(send("/v1/bills").await.unwrap().body.as_ref(), b"\"small\"");
    assert!(matches!(
        send("/v1/body").await.unwrap_err(),
        HttpError::TooLarge { .. }
    ));
    let refused = send("/v1/headers").await.unwrap_err();
    assert!(
        matches!(refused, HttpError::Cut(_) | HttpError::TooLarge { .. }),
        "{refused:?}"
    );
}
