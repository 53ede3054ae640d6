//! Revocation and signing out.

use super::world::{World, tenant, text};
use crate::{
    city::{CLIENT_ID, REDIRECT_URI},
    identity::Offer,
};
use http::StatusCode;
use url::form_urlencoded::Serializer;

fn logout(parameters: &[(&str, &str)]) -> String {
    format!(
        "/logout?{}",
        Serializer::new(String::new()).extend_pairs(parameters).finish()
    )
}

#[tokio::test]
async fn revoking_a_refresh_token_ends_its_family() {
    let world = World::new();
    let tokens = world.tokens(&[]).await;
    let (access, refresh) = (text(&tokens, "access_token"), text(&tokens, "refresh_token"));
    let revoke = async |client: &str, token: &str| {
        world
            .post("/revoke", &[("client_id", client), ("token", token)], &[])
            .await
    };
    let foreign = revoke("rabt-other-app", refresh).await;
    assert_eq!(
        (foreign.status, foreign.error().as_str()),
        (StatusCode::BAD_REQUEST, "unauthorized_client")
    );
    assert_eq!(revoke("rabt-other-app", access).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(world.call_with(access).await.status, StatusCode::OK);
    assert_eq!(revoke(CLIENT_ID, refresh).await.status, StatusCode::OK);
    assert_eq!(world.call_with(access).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(world.refresh(refresh).await.error(), "invalid_grant");
    assert_eq!(revoke(CLIENT_ID, refresh).await.status, StatusCode::OK);
    assert_eq!(revoke(CLIENT_ID, "unheard-of").await.status, StatusCode::OK);
    assert_eq!(
        world.post("/revoke", &[("client_id", CLIENT_ID)], &[]).await.error(),
        "invalid_request"
    );
}

#[tokio::test]
async fn revoking_an_access_token_leaves_the_rest() {
    let world = World::new();
    let tokens = world.tokens(&[]).await;
    let access = text(&tokens, "access_token");
    let form = [
        ("client_id", CLIENT_ID),
        ("token", access),
        ("token_type_hint", "access_token"),
    ];
    assert_eq!(world.post("/revoke", &form, &[]).await.status, StatusCode::OK);
    assert_eq!(world.call_with(access).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        world.refresh(text(&tokens, "refresh_token")).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn an_id_token_signs_its_session_out_and_leads_back() {
    let world = World::with(|settings| settings.pushed_requests = Offer::Optional);
    let page = world.page_for(&[]).await;
    let signed_in = world.sign_in(&page, tenant(), &[]).await;
    let cookie = signed_in
        .header("set-cookie")
        .unwrap()
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let tokens = world.redeem(&signed_in.given()["code"]).await.json();
    let elsewhere = world.tokens(&[]).await;
    let parameters = [
        ("id_token_hint", text(&tokens, "id_token")),
        ("post_logout_redirect_uri", REDIRECT_URI),
        ("state", "bye"),
    ];
    let answer = world.get(&logout(&parameters), &[("cookie", &cookie)]).await;
    assert_eq!(answer.given()["state"], "bye");
    assert!(answer.header("set-cookie").unwrap().contains("Max-Age=0"));
    assert!(
        world
            .authorize(&[], &[("cookie", &cookie)])
            .await
            .location()
            .contains("/interaction/")
    );
    assert_eq!(
        world.call_with(text(&tokens, "access_token")).await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        world.refresh(text(&tokens, "refresh_token")).await.error(),
        "invalid_grant"
    );
    assert_eq!(
        world.call_with(text(&elsewhere, "access_token")).await.status,
        StatusCode::OK,
        "another session"
    );
}

#[tokio::test]
async fn without_an_id_token_the_person_is_asked() {
    let world = World::with(|settings| settings.pushed_requests = Offer::Optional);
    let page = world.page_for(&[]).await;
    let signed_in = world.sign_in(&page, tenant(), &[]).await;
    let cookie = signed_in
        .header("set-cookie")
        .unwrap()
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let browser = [("cookie", &*cookie)];
    let asks = world
        .get(
            &logout(&[("client_id", CLIENT_ID), ("post_logout_redirect_uri", REDIRECT_URI)]),
            &browser,
        )
        .await;
    assert_eq!(asks.status, StatusCode::OK);
    let forged = world.post("/logout", &[("csrf", "guessed")], &browser).await;
    assert_eq!(forged.status, StatusCode::OK);
    assert!(
        world.authorize(&[], &browser).await.given().contains_key("code"),
        "still signed in"
    );
    let csrf = asks.hidden("csrf");
    let form = [
        ("csrf", &*csrf),
        ("client_id", CLIENT_ID),
        ("post_logout_redirect_uri", REDIRECT_URI),
    ];
    assert_eq!(world.post("/logout", &form, &browser).await.location(), REDIRECT_URI);
    assert!(
        world
            .authorize(&[], &browser)
            .await
            .location()
            .contains("/interaction/")
    );
}

#[tokio::test]
async fn signing_out_leads_nowhere_else() {
    let world = World::new();
    let tokens = world.tokens(&[]).await;
    let hint = text(&tokens, "id_token");
    for parameters in [
        vec![("post_logout_redirect_uri", REDIRECT_URI)],
        vec![
            ("post_logout_redirect_uri", "https://evil.example/"),
            ("client_id", CLIENT_ID),
        ],
        vec![
            ("post_logout_redirect_uri", "https://evil.example/"),
            ("id_token_hint", hint),
        ],
        vec![("client_id", "nobody")],
        vec![("client_id", "rabt-other-app"), ("id_token_hint", hint)],
        vec![("id_token_hint", text(&tokens, "access_token"))],
    ] {
        assert_eq!(
            world.get(&logout(&parameters), &[]).await.status,
            StatusCode::BAD_REQUEST,
            "{:?}",
            parameters[0]
        );
    }
    assert_eq!(
        world.call_with(text(&tokens, "access_token")).await.status,
        StatusCode::OK
    );
    assert_eq!(
        world.get("/logout?ui_locales=ar", &[]).await.header("content-language"),
        Some("ar")
    );
}
