//! Authorization requests that are refused, pushed or plain, and where the refusal goes.

use super::world::{World, new_key, text};
use crate::{city::CLIENT_ID, identity::Offer};
use http::StatusCode;
use serde_json::json;

fn plain() -> World {
    World::with(|settings| settings.pushed_requests = Offer::Optional)
}

#[tokio::test]
async fn what_the_client_got_wrong_is_told_to_it() {
    let world = plain();
    let long = "x".repeat(1025);
    let wrong: [(&str, Option<&str>, &str); 22] = [
        ("response_type", None, "invalid_request"),
        ("response_type", Some("token"), "unsupported_response_type"),
        ("response_type", Some("code id_token"), "unsupported_response_type"),
        ("response_mode", Some("fragment"), "invalid_request"),
        ("scope", None, "invalid_scope"),
        ("scope", Some("profile"), "invalid_scope"),
        ("code_challenge", None, "invalid_request"),
        ("code_challenge", Some("short"), "invalid_request"),
        ("code_challenge_method", None, "invalid_request"),
        ("code_challenge_method", Some("plain"), "invalid_request"),
        ("nonce", Some(&long), "invalid_request"),
        ("prompt", Some("none login"), "invalid_request"),
        ("prompt", Some("dance"), "invalid_request"),
        ("max_age", Some("-1"), "invalid_request"),
        ("max_age", Some("soon"), "invalid_request"),
        ("request", Some("a.b.c"), "request_not_supported"),
        ("registration", Some("{}"), "registration_not_supported"),
        ("id_token_hint", Some("a.b.c"), "invalid_request"),
        ("dpop_jkt", Some("short"), "invalid_request"),
        ("acr_values", Some("urn:unknown"), "unmet_authentication_requirements"),
        ("login_hint", Some(&long), "invalid_request"),
        ("prompt", Some("none"), "login_required"),
    ];
    for (name, value, error) in wrong {
        let given = world.authorize(&[(name, value)], &[]).await.given();
        assert_eq!(given["error"], error, "{name} {value:?}");
        assert_eq!(given["state"], "the-state");
        assert_eq!(given["iss"], world.issuer());
        assert!(!given.contains_key("code"));
        if error != "login_required" {
            let pushed = world.push(&[(name, value)], &[]).await;
            assert_eq!(
                (pushed.status, pushed.error().as_str()),
                (StatusCode::BAD_REQUEST, error),
                "{name}"
            );
        }
    }
    let given = world.authorize(&[("state", Some(&long))], &[]).await.given();
    assert_eq!(given["error"], "invalid_request");
    assert!(!given.contains_key("state"), "what is too long is not repeated");
}

#[tokio::test]
async fn nothing_is_sent_to_an_address_that_is_not_the_clients() {
    let world = plain();
    for (name, value) in [
        ("client_id", None),
        ("client_id", Some("nobody")),
        ("redirect_uri", None),
        ("redirect_uri", Some("https://evil.example/")),
        ("redirect_uri", Some("rabt-demo:/signed-in/")),
        ("redirect_uri", Some("rabt-demo:/signed-in?next=1")),
        ("redirect_uri", Some("http://localhost:8000/")),
        ("redirect_uri", Some("http://127.0.0.1:8000@evil.example/")),
    ] {
        let answer = world.authorize(&[(name, value)], &[]).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{name} {value:?}");
        assert!(answer.header("location").is_none());
        assert!(answer.body.contains("<!doctype html>"));
        assert!(world.push(&[(name, value)], &[]).await.status.is_client_error());
    }
    let loopback = world
        .authorize(&[("redirect_uri", Some("http://127.0.0.1:49152/back"))], &[])
        .await;
    assert!(loopback.location().starts_with(&world.issuer()));
}

#[tokio::test]
async fn a_parameter_that_comes_twice_is_refused() {
    let world = plain();
    let answer = world.get("/authorize?client_id=a&client_id=a", &[]).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let answer = world
        .post("/par", &[("client_id", CLIENT_ID), ("client_id", CLIENT_ID)], &[])
        .await;
    assert_eq!(answer.error(), "invalid_request");
}

#[tokio::test]
async fn a_request_must_be_pushed_where_that_is_required() {
    let world = World::new();
    let given = world.authorize(&[], &[]).await.given();
    assert_eq!(given["error"], "invalid_request");
    world.configure(|settings| settings.pushed_requests = Offer::Absent);
    assert_eq!(world.push(&[], &[]).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_reference_is_good_once_for_its_client_and_not_for_long() {
    let world = World::new();
    let reference = async || text(&world.push(&[], &[]).await.json(), "request_uri").to_owned();
    let follow = async |client_id: &str, reference: &str| {
        let uri = url::form_urlencoded::byte_serialize(reference.as_bytes()).collect::<String>();
        world
            .get(
                &format!("/authorize?client_id={client_id}&request_uri={uri}&scope=ignored"),
                &[],
            )
            .await
    };
    let used = reference().await;
    assert_eq!(follow(CLIENT_ID, &used).await.status, StatusCode::SEE_OTHER);
    assert_eq!(follow(CLIENT_ID, &used).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(
        follow("rabt-other-app", &reference().await).await.status,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        follow(CLIENT_ID, "https://evil.example/request").await.status,
        StatusCode::BAD_REQUEST
    );
    let late = reference().await;
    world.advance(91);
    assert_eq!(follow(CLIENT_ID, &late).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn what_is_pushed_must_be_a_form_of_a_public_client() {
    let world = World::new();
    let json = world.get("/par", &[]).await;
    assert_eq!(json.status, StatusCode::METHOD_NOT_ALLOWED);
    let secret = world.push(&[("client_secret", Some("hunter2"))], &[]).await;
    assert_eq!(
        (secret.status, secret.error().as_str()),
        (StatusCode::UNAUTHORIZED, "invalid_client")
    );
    let basic = world.push(&[], &[("authorization", "Basic cmFidDo=")]).await;
    assert_eq!(basic.status, StatusCode::UNAUTHORIZED);
    assert!(basic.header("www-authenticate").is_some());
    let nested = world.push(&[("request_uri", Some("urn:x"))], &[]).await;
    assert_eq!(nested.error(), "invalid_request");
}

#[tokio::test]
async fn a_code_is_bound_to_the_key_that_pushed_or_was_named() {
    let world = World::with(|settings| settings.dpop_nonces = false);
    let jkt = world.jkt();
    let url = format!("{}/par", world.issuer());
    let proof = |key| world.proof_by(key, "POST", &url, json!({}));
    let other = new_key();

    let clash = world
        .push(&[("dpop_jkt", Some(&jkt))], &[("dpop", &proof(&other))])
        .await;
    assert_eq!(clash.error(), "invalid_dpop_proof");
    let code = world.code(&[("dpop_jkt", Some(&jkt))]).await;
    let stolen = world.token_by(&other, &super::world::redeeming(&code)).await;
    assert_eq!(stolen.error(), "invalid_grant");
    assert_eq!(
        world.redeem(&code).await.status,
        StatusCode::OK,
        "a thief's attempt costs the app nothing"
    );

    let pushed = world.push(&[], &[("dpop", &proof(&other))]).await;
    assert_eq!(pushed.status, StatusCode::CREATED, "{}", pushed.body);
    assert_eq!(pushed.json()["expires_in"], 90);
    assert!(text(&pushed.json(), "request_uri").starts_with("urn:ietf:params:oauth:request_uri:"));
}
