//! The gate before the other parties.

use super::world::{Answer, World, claims, new_key, text};
use crate::identity::Offer;
use http::StatusCode;
use rabt_protocol::jose::{self, sha256_base64url};
use serde_json::{Value, json};

fn refused(answer: &Answer, error: &str) {
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{}", answer.body);
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    assert_eq!(answer.json()["code"], "unauthenticated");
    let challenge = answer.header("www-authenticate").unwrap();
    assert!(challenge.starts_with(&format!("DPoP error=\"{error}\"")), "{challenge}");
}

async fn access_token(world: &World) -> String {
    text(&world.tokens(&[]).await, "access_token").to_owned()
}

#[tokio::test]
async fn no_token_is_a_challenge_without_an_error() {
    let world = World::new();
    for headers in [
        vec![],
        vec![("authorization", "Basic cmFidDo=")],
        vec![("authorization", "DPoP")],
    ] {
        let answer = world.call(&headers).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert_eq!(answer.header("www-authenticate"), Some("DPoP algs=\"ES256\""));
    }
}

#[tokio::test]
async fn a_token_must_be_ours_for_the_city_and_in_time() {
    let world = World::new();
    let tokens = world.tokens(&[]).await;
    let token = text(&tokens, "access_token");
    refused(&world.call_with("a.b.c").await, "invalid_token");
    refused(&world.call_with(text(&tokens, "id_token")).await, "invalid_token");
    refused(
        &world
            .call_with(&jose::sign("at+jwt", &claims(token), &new_key(), false).unwrap())
            .await,
        "invalid_token",
    );
    let ours = |name: &str, value: Value| {
        let mut claims = claims(token);
        claims[name] = value;
        jose::sign("at+jwt", &claims, &world.ctx.keys.identity, false).unwrap()
    };
    for (name, value) in [
        ("aud", json!("urn:rabt:other")),
        ("iss", json!("https://x.example")),
        ("jti", json!("at_x")),
    ] {
        refused(&world.call_with(&ours(name, value)).await, "invalid_token");
    }
    assert_eq!(world.call_with(token).await.status, StatusCode::OK);
    let twice = format!("DPoP {token}");
    refused(
        &world
            .call(&[("authorization", &twice), ("authorization", &twice)])
            .await,
        "invalid_token",
    );
    world.advance(300);
    refused(&world.call_with(token).await, "invalid_token");
}

#[tokio::test]
async fn a_bound_token_takes_its_keys_proof_of_this_very_call() {
    let world = World::new();
    let token = access_token(&world).await;
    let authorization = format!("DPoP {token}");
    let call = async |proof: &str| world.call(&[("authorization", &authorization), ("dpop", proof)]).await;
    let here = "https://localhost:1/v1/me";
    let ath = sha256_base64url(&token);
    refused(
        &world.call(&[("authorization", &authorization)]).await,
        "invalid_dpop_proof",
    );
    refused(
        &world.call(&[("authorization", &format!("Bearer {token}"))]).await,
        "invalid_token",
    );
    refused(
        &call(&world.proof_by(&new_key(), "GET", here, json!({"ath": ath}))).await,
        "invalid_token",
    );
    for claims in [
        json!({}),
        json!({"ath": sha256_base64url("another token")}),
        json!({"ath": ath, "htm": "POST"}),
        json!({"ath": ath, "htu": "https://localhost:2/v1/me"}),
        json!({"ath": ath, "htu": "https://localhost:1/v1/bills"}),
        json!({"ath": ath, "iat": world.now() - 302}),
    ] {
        refused(
            &call(&world.proof_by(&world.key, "GET", here, claims)).await,
            "invalid_dpop_proof",
        );
    }
    let proof = world.proof_with(&token);
    assert_eq!(call(&proof).await.status, StatusCode::OK);
    refused(&call(&proof).await, "invalid_dpop_proof");
}

#[tokio::test]
async fn an_unbound_token_is_no_dpop_token() {
    let world = World::with(|settings| settings.dpop = Offer::Absent);
    let code = world.code(&[]).await;
    let tokens = world.post("/token", &super::world::redeeming(&code), &[]).await.json();
    refused(&world.call_with(text(&tokens, "access_token")).await, "invalid_token");
}

#[tokio::test]
async fn a_city_server_may_ask_for_a_nonce_of_its_own() {
    let world = World::with(|settings| settings.resource_dpop_nonces = true);
    let token = access_token(&world).await;
    let told = world.call_with(&token).await;
    refused(&told, "use_dpop_nonce");
    let nonce = told.header("dpop-nonce").unwrap();
    let authorization = format!("DPoP {token}");
    let claims = |nonce: &str| json!({"ath": sha256_base64url(&token), "nonce": nonce});
    let with = |nonce: &str| world.proof_by(&world.key, "GET", "https://localhost:1/v1/me", claims(nonce));
    let at_token_endpoint = world.refresh("any").await;
    assert_eq!(at_token_endpoint.error(), "invalid_grant");
    let right = world
        .call(&[("authorization", &authorization), ("dpop", &with(nonce))])
        .await;
    assert_eq!(right.status, StatusCode::OK, "{}", right.body);
    let provider_proof = world.proof_by(&world.key, "POST", &format!("{}/token", world.issuer()), json!({}));
    let provider = world
        .post("/token", &super::world::redeeming("any"), &[("dpop", &provider_proof)])
        .await;
    let of_another = provider.header("dpop-nonce").unwrap();
    refused(
        &world
            .call(&[("authorization", &authorization), ("dpop", &with(of_another))])
            .await,
        "use_dpop_nonce",
    );
}
