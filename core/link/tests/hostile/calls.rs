//! The rules of a 401, and what a refusal amounts to.

use crate::support::{Answer, Server};
use rabt_domain::{ConsentId, IncidentKind};
use rabt_link::LinkError;
use std::sync::atomic::Ordering;

const ACCOUNTS: &str = r#"{"agency_id":"police","subject":"person-1","accounts":[]}"#;
const NONCE: &str = r#"DPoP error="use_dpop_nonce", algs="ES256""#;
const TOKEN: &str = r#"DPoP error="invalid_token""#;

fn client(server: &Server) -> (rabt_link::AgencyClient, std::sync::Arc<crate::support::Tokens>) {
    let (caller, tokens) = server.caller();
    let agency = crate::support::agency(&server.base);
    let client = rabt_link::AgencyClient::new(caller, &agency, crate::support::subject()).unwrap();
    (client, tokens)
}

#[tokio::test]
async fn the_second_answer_is_the_one_that_counts() {
    let server = Server::scripted(vec![Answer::unauthorized(TOKEN, &[]), Answer::json(ACCOUNTS)]).await;
    let (client, tokens) = client(&server);
    client.accounts().await.unwrap();
    let sent: Vec<_> = server
        .seen()
        .iter()
        .map(|seen| seen.headers["authorization"].clone())
        .collect();
    assert_eq!(sent, ["DPoP token-0", "DPoP token-1"]);
    assert_eq!(tokens.renewals.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_refusal_after_the_renewal_is_the_answer_and_not_the_old_one() {
    let server = Server::scripted(vec![
        Answer::unauthorized(TOKEN, &[]),
        Answer::problem(403, "consent_required"),
    ])
    .await;
    let refused = client(&server).0.accounts().await.unwrap_err();
    assert!(matches!(&refused, LinkError::Refused(refusal) if refusal.code == "consent_required"));
}

#[tokio::test]
async fn a_fresh_token_that_is_refused_ends_neither_in_a_loop_nor_in_a_signing_out() {
    let server = Server::scripted(vec![Answer::unauthorized(TOKEN, &[])]).await;
    let (client, tokens) = client(&server);
    let refused = client.accounts().await.unwrap_err();
    assert!(
        matches!(&refused, LinkError::Refused(refusal) if refusal.status == 401),
        "{refused:?}"
    );
    assert_eq!(server.seen().len(), 2);
    assert_eq!(tokens.renewals.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_nonce_is_taken_up_once_and_costs_no_token() {
    let server = Server::scripted(vec![
        Answer::unauthorized(NONCE, &[("dpop-nonce", "n1")]),
        Answer::json(ACCOUNTS),
    ])
    .await;
    let (client, tokens) = client(&server);
    client.accounts().await.unwrap();
    let proofs: Vec<_> = server.seen().iter().map(|seen| seen.headers["dpop"].clone()).collect();
    assert_eq!(proofs, ["proof[]", "proof[n1]"]);
    assert_eq!(tokens.renewals.load(Ordering::SeqCst), 0);

    let stubborn = Server::scripted(vec![Answer::unauthorized(NONCE, &[("dpop-nonce", "n1")])]).await;
    let (client, tokens) = self::client(&stubborn);
    client.accounts().await.unwrap_err();
    assert_eq!((stubborn.seen().len(), tokens.renewals.load(Ordering::SeqCst)), (2, 0));
}

#[tokio::test]
async fn a_nonce_and_then_a_renewal_are_three_requests_and_no_more() {
    let server = Server::scripted(vec![
        Answer::unauthorized(NONCE, &[("dpop-nonce", "n1")]),
        Answer::unauthorized(TOKEN, &[("dpop-nonce", "n2")]),
        Answer::json(ACCOUNTS),
    ])
    .await;
    client(&server).0.accounts().await.unwrap();
    assert_eq!(server.seen()[2].headers["dpop"], "proof[n2]");
}

#[tokio::test]
async fn a_step_up_is_asked_for_and_no_token_is_renewed() {
    let body = r#"{"type":"t","title":"t","status":401,"code":"step_up_required","acr":"urn:rabt:acr:high"}"#;
    let server = Server::scripted(vec![Answer::with(401, "application/problem+json", &[], body)]).await;
    let (client, tokens) = client(&server);
    let refused = client.accounts().await.unwrap_err();
    assert!(matches!(refused, LinkError::StepUpRequired { acr: Some(acr) } if acr == "urn:rabt:acr:high"));
    assert_eq!((server.seen().len(), tokens.renewals.load(Ordering::SeqCst)), (1, 0));
}

#[tokio::test]
async fn a_change_that_may_have_arrived_is_lost_and_a_read_is_only_unavailable() {
    for answer in [
        Answer::Cut,
        Answer::problem(503, "unavailable"),
        Answer::problem(500, "internal"),
        Answer::with(404, "text/html", &[], "<h1>404</h1>"),
        Answer::Bytes(b"HTTP/1.1 nonsense\r\n\r\n".to_vec()),
    ] {
        let server = Server::scripted(vec![answer]).await;
        let client = server.agency();
        let read = client.accounts().await.unwrap_err();
        assert!(matches!(read, LinkError::Unavailable { .. }), "{read:?}");
        let change = client
            .withdraw_consent(&ConsentId::parse("c1").unwrap())
            .await
            .unwrap_err();
        assert!(matches!(change, LinkError::Lost { incident: None, .. }), "{change:?}");
        assert_eq!(server.seen().len(), 2, "neither is sent again by itself");
    }
}

#[tokio::test]
async fn an_answer_that_bounds_refuse_is_recorded_and_leaves_the_same_doubt() {
    let redirect = Answer::with(307, "text/html", &[("location", "https://127.0.0.1:1/")], "");
    let server = Server::scripted(vec![redirect]).await;
    let client = server.agency();
    assert!(matches!(
        client.accounts().await.unwrap_err(),
        LinkError::Distrusted {
            kind: IncidentKind::Redirected,
            ..
        }
    ));
    let change = client
        .withdraw_consent(&ConsentId::parse("c1").unwrap())
        .await
        .unwrap_err();
    assert!(matches!(
        change,
        LinkError::Lost {
            incident: Some(IncidentKind::Redirected),
            ..
        }
    ));
}

#[tokio::test]
async fn withdrawing_what_is_not_there_is_done() {
    let server = Server::scripted(vec![Answer::problem(404, "not_found")]).await;
    server
        .agency()
        .withdraw_consent(&ConsentId::parse("c1").unwrap())
        .await
        .unwrap();
    assert_eq!(server.seen()[0].method, "DELETE");
    assert_eq!(server.seen()[0].path, "/v1/consents/c1");
}

#[tokio::test]
async fn what_is_logged_of_an_error_holds_no_token_and_no_url() {
    let server = Server::scripted(vec![Answer::Cut]).await;
    let error = server.agency().accounts().await.unwrap_err();
    let (mut text, mut cause) = (format!("{error:?}"), std::error::Error::source(&error));
    while let Some(next) = cause {
        text.push_str(&next.to_string());
        cause = next.source();
    }
    assert!(!text.contains("token-0") && !text.contains("/v1/accounts"), "{text}");
}
