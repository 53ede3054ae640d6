//! Codes and refresh tokens: once each, by whom they were given to, and what happens otherwise.

use super::world::{VERIFIER, World, claims, new_key, redeeming, refreshing, text};
use crate::identity::{Offer, admin};
use http::StatusCode;

#[tokio::test]
async fn a_code_that_is_used_twice_takes_back_what_it_gave() {
    let world = World::new();
    let code = world.code(&[]).await;
    let tokens = world.redeem(&code).await.json();
    assert_eq!(world.redeem(&code).await.error(), "invalid_grant");
    assert_eq!(
        world.call_with(text(&tokens, "access_token")).await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        world.refresh(text(&tokens, "refresh_token")).await.error(),
        "invalid_grant"
    );
}

#[tokio::test]
async fn a_code_is_redeemed_only_as_it_was_asked_for() {
    let world = World::new();
    let code = world.code(&[]).await;
    let other_verifier = VERIFIER.replace('a', "b");
    for (name, value, error) in [
        ("code", Some("guessed"), "invalid_grant"),
        ("code", None, "invalid_request"),
        ("redirect_uri", Some("http://127.0.0.1:1/"), "invalid_grant"),
        ("redirect_uri", None, "invalid_request"),
        ("code_verifier", Some(&*other_verifier), "invalid_grant"),
        ("code_verifier", Some("short"), "invalid_grant"),
        ("code_verifier", None, "invalid_request"),
        ("client_id", Some("rabt-other-app"), "invalid_grant"),
        ("client_id", Some("nobody"), "invalid_client"),
        ("client_id", None, "invalid_request"),
        ("grant_type", Some("password"), "unsupported_grant_type"),
        ("grant_type", None, "invalid_request"),
        ("client_secret", Some("hunter2"), "invalid_client"),
    ] {
        let mut form = redeeming(&code);
        form.retain(|(other, _)| *other != name);
        form.extend(value.map(|value| (name, value)));
        assert_eq!(world.token(&form).await.error(), error, "{name} {value:?}");
    }
    assert_eq!(
        world.redeem(&code).await.status,
        StatusCode::OK,
        "none of that used it up"
    );
    let late = world.code(&[]).await;
    world.advance(61);
    assert_eq!(world.redeem(&late).await.error(), "invalid_grant");
}

#[tokio::test]
async fn with_rotation_each_refresh_replaces_the_token() {
    let world = World::new();
    let first = world.tokens(&[]).await;
    let second = world.refresh(text(&first, "refresh_token")).await.json();
    assert_ne!(text(&first, "refresh_token"), text(&second, "refresh_token"));
    let id_token = claims(text(&second, "id_token"));
    assert_eq!(id_token["sub"], claims(text(&first, "id_token"))["sub"]);
    assert_eq!(id_token["auth_time"], claims(text(&first, "id_token"))["auth_time"]);
    assert!(id_token.get("nonce").is_none());
    assert_eq!(
        world.refresh(text(&second, "refresh_token")).await.status,
        StatusCode::OK
    );

    assert_eq!(
        world.refresh(text(&first, "refresh_token")).await.error(),
        "invalid_grant"
    );
    assert_eq!(
        world.refresh(text(&second, "refresh_token")).await.error(),
        "invalid_grant",
        "the family ended"
    );
    assert_eq!(
        world.call_with(text(&second, "access_token")).await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn without_rotation_the_token_stays() {
    let world = World::with(|settings| settings.refresh_rotation = false);
    let first = world.tokens(&[]).await;
    for _ in 0..3 {
        world.advance(20 * 24 * 60 * 60);
        let next = world.refresh(text(&first, "refresh_token")).await;
        assert_eq!(next.status, StatusCode::OK, "{}", next.body);
        assert!(next.json().get("refresh_token").is_none());
    }
    world.advance(32 * 24 * 60 * 60);
    assert_eq!(
        world.refresh(text(&first, "refresh_token")).await.error(),
        "invalid_grant"
    );
}

#[tokio::test]
async fn an_answer_that_was_lost_can_be_had_again_once() {
    let world = World::new();
    let first = world.tokens(&[]).await;
    let lost = world.refresh(text(&first, "refresh_token")).await.json();
    let repeated = world.refresh(text(&first, "refresh_token")).await;
    assert_eq!(repeated.status, StatusCode::OK, "{}", repeated.body);
    let repeated = repeated.json();
    assert_eq!(
        world.refresh(text(&repeated, "refresh_token")).await.status,
        StatusCode::OK
    );
    assert_eq!(
        world.refresh(text(&lost, "refresh_token")).await.error(),
        "invalid_grant",
        "somebody has it after all"
    );
    assert_eq!(
        world.call_with(text(&repeated, "access_token")).await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn a_lost_answer_is_not_had_again_too_often_or_late() {
    let world = World::new();
    let first = world.tokens(&[]).await;
    // The use itself, and three repetitions: the provider's own fall may lose one answer, and the phone's death the next.
    for _ in 0..4 {
        assert_eq!(
            world.refresh(text(&first, "refresh_token")).await.status,
            StatusCode::OK
        );
    }
    assert_eq!(
        world.refresh(text(&first, "refresh_token")).await.error(),
        "invalid_grant"
    );
    let first = world.tokens(&[]).await;
    assert_eq!(
        world.refresh(text(&first, "refresh_token")).await.status,
        StatusCode::OK
    );
    world.advance(61);
    assert_eq!(
        world.refresh(text(&first, "refresh_token")).await.error(),
        "invalid_grant"
    );
}

#[tokio::test]
async fn a_bearer_token_has_no_second_chance() {
    let world = World::with(|settings| settings.dpop = Offer::Absent);
    let code = world.code(&[]).await;
    let tokens = world.post("/token", &redeeming(&code), &[]).await.json();
    let form = refreshing(text(&tokens, "refresh_token"));
    assert_eq!(world.post("/token", &form, &[]).await.status, StatusCode::OK);
    assert_eq!(world.post("/token", &form, &[]).await.error(), "invalid_grant");
}

#[tokio::test]
async fn a_refresh_token_is_its_keys_and_its_clients() {
    let world = World::with(|settings| settings.dpop = Offer::Optional);
    let tokens = world.tokens(&[]).await;
    let form = refreshing(text(&tokens, "refresh_token"));
    assert_eq!(world.token_by(&new_key(), &form).await.error(), "invalid_grant");
    assert_eq!(world.post("/token", &form, &[]).await.error(), "invalid_dpop_proof");
    let mut form = form;
    form[1].1 = "rabt-other-app";
    assert_eq!(world.token(&form).await.error(), "invalid_grant");
    assert_eq!(world.token(&refreshing("guessed")).await.error(), "invalid_grant");
    assert_eq!(
        world.refresh(text(&tokens, "refresh_token")).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_refresh_may_narrow_the_scope_and_not_widen_it() {
    let world = World::new();
    let tokens = world.tokens(&[]).await;
    let ask = async |token: &str, scope: &str| {
        let mut form = refreshing(token);
        form.push(("scope", scope));
        world.token(&form).await
    };
    let token = text(&tokens, "refresh_token");
    assert_eq!(ask(token, "openid phone").await.error(), "invalid_scope");
    let narrowed = ask(token, "openid").await.json();
    assert_eq!(text(&narrowed, "scope"), "openid");
    assert!(claims(text(&narrowed, "id_token")).get("name").is_none());
}

#[tokio::test]
async fn control_takes_back_a_persons_sessions() {
    let world = World::new();
    let tokens = world.tokens(&[]).await;
    let person = super::world::tenant();
    assert_eq!(admin::expire_access_tokens(&world.ctx, &person.subject).unwrap(), 1);
    assert_eq!(
        world.call_with(text(&tokens, "access_token")).await.status,
        StatusCode::UNAUTHORIZED
    );
    let tokens = world.refresh(text(&tokens, "refresh_token")).await.json();
    assert_eq!(
        world.call_with(text(&tokens, "access_token")).await.status,
        StatusCode::OK
    );
    assert_eq!(admin::revoke_sessions(&world.ctx, "somebody-else").unwrap(), 0);
    assert_eq!(admin::revoke_sessions(&world.ctx, &person.subject).unwrap(), 1);
    assert_eq!(
        world.call_with(text(&tokens, "access_token")).await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        world.refresh(text(&tokens, "refresh_token")).await.error(),
        "invalid_grant"
    );
}
