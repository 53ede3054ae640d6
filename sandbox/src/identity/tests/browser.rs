//! What the person does on the page, and when they are asked at all.

use super::world::{Answer, World, claims, tenant, text, trader};
use crate::{identity::Offer, personas};
use http::StatusCode;

fn cookie(answer: &Answer) -> String {
    let set = answer.header("set-cookie").expect("a cookie");
    for attribute in ["__Host-", "Secure", "HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(set.contains(attribute), "{set}");
    }
    set.split(';').next().unwrap().to_owned()
}

/// A browser in which the tenant is signed in, and the provider that takes plain requests.
async fn signed_in(acr: &str) -> (World, String) {
    let world = World::with(|settings| settings.pushed_requests = Offer::Optional);
    let page = world.page_for(&[("acr_values", Some(acr))]).await;
    let cookie = cookie(&world.sign_in(&page, tenant(), &[]).await);
    (world, cookie)
}

#[tokio::test]
async fn the_page_names_everybody_and_keeps_to_itself() {
    let world = World::new();
    let page = world.page_for(&[("login_hint", Some("trader"))]).await;
    let shown = world.get(&page, &[]).await;
    for person in personas::all() {
        assert!(shown.body.contains(&format!("value=\"{}\"", person.persona_id)));
    }
    assert!(shown.body.contains("value=\"trader\" required checked"));
    assert!(!shown.body.contains("name=\"otp\""), "a low level needs no code");
    assert!(!shown.body.contains("<script"));
    assert_eq!(shown.header("cache-control"), Some("no-store"));
    assert_eq!(shown.header("referrer-policy"), Some("no-referrer"));
    assert!(
        shown
            .header("content-security-policy")
            .unwrap()
            .contains("frame-ancestors 'none'")
    );
    let high = world.page_for(&[("acr_values", Some("urn:rabt:acr:high"))]).await;
    assert!(world.get(&high, &[]).await.body.contains("name=\"otp\""));
}

#[tokio::test]
async fn the_page_is_arabic_from_right_to_left_where_asked() {
    let world = World::new();
    let page = world.page_for(&[("ui_locales", Some("ar-AE en"))]).await;
    let shown = world.get(&page, &[("accept-language", "en")]).await;
    assert!(shown.body.contains("<html lang=\"ar\" dir=\"rtl\">"));
    assert!(shown.body.contains(&tenant().name.ar) && !shown.body.contains(&tenant().name.en));
    let page = world.page_for(&[]).await;
    assert!(
        world
            .get(&page, &[("accept-language", "fr, ar;q=0.5")])
            .await
            .body
            .contains("dir=\"rtl\"")
    );
    assert!(
        world
            .get(&page, &[])
            .await
            .body
            .contains("<html lang=\"en\" dir=\"ltr\">")
    );
}

#[tokio::test]
async fn cancelling_tells_the_app() {
    let world = World::new();
    let page = world.page_for(&[]).await;
    let given = world.fill_in(&page, &[("action", "cancel")], &[]).await.given();
    assert_eq!(given["error"], "access_denied");
    assert_eq!(given["state"], "the-state");
    assert_eq!(given["iss"], world.issuer());
    assert_eq!(world.get(&page, &[]).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn five_wrong_entries_lock_the_page_and_cancelling_is_still_possible() {
    let world = World::new();
    let page = world.page_for(&[]).await;
    let wrong = [("action", "sign-in"), ("persona", "tenant-family"), ("pin", "000000")];
    for left in ["4", "3", "2", "1"] {
        let answer = world.fill_in(&page, &wrong, &[]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.body.contains(&format!("Tries left: {left}")));
    }
    let csrf = world.get(&page, &[]).await.hidden("csrf");
    assert_eq!(world.fill_in(&page, &wrong, &[]).await.status, StatusCode::FORBIDDEN);
    let right = [
        ("action", "sign-in"),
        ("persona", "tenant-family"),
        ("pin", &*tenant().pin),
        ("csrf", &csrf),
    ];
    assert_eq!(world.post(&page, &right, &[]).await.status, StatusCode::FORBIDDEN);
    let cancelled = world.fill_in(&page, &[("action", "cancel")], &[]).await;
    assert_eq!(cancelled.given()["error"], "access_denied");
}

#[tokio::test]
async fn a_form_from_elsewhere_or_from_nobody_does_nothing() {
    let world = World::new();
    let page = world.page_for(&[]).await;
    let right = [
        ("action", "sign-in"),
        ("persona", "tenant-family"),
        ("pin", &*tenant().pin),
    ];
    assert_eq!(world.post(&page, &right, &[]).await.status, StatusCode::FORBIDDEN);
    let mut forged = right.to_vec();
    forged.push(("csrf", "guessed"));
    assert_eq!(world.post(&page, &forged, &[]).await.status, StatusCode::FORBIDDEN);
    let nobody = [("action", "sign-in"), ("persona", "a-stranger"), ("pin", "1")];
    assert_eq!(
        world.fill_in(&page, &nobody, &[]).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(
        world.get("/interaction/guessed", &[]).await.status,
        StatusCode::NOT_FOUND
    );
    world.advance(10 * 60 + 1);
    assert_eq!(world.post(&page, &right, &[]).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_browser_that_is_signed_in_is_asked_again_only_for_a_reason() {
    let (world, cookie) = signed_in("urn:rabt:acr:low").await;
    let browser = [("cookie", &*cookie)];
    let asked = async |changes: &[(&str, Option<&str>)]| {
        let answer = world.authorize(changes, &browser).await;
        answer.location().starts_with(&world.issuer())
    };
    assert!(!asked(&[]).await);
    assert!(!asked(&[("prompt", Some("none"))]).await);
    assert!(!asked(&[("max_age", Some("60"))]).await);
    for reason in [
        ("prompt", "login"),
        ("prompt", "select_account"),
        ("prompt", "consent"),
        ("max_age", "0"),
        ("acr_values", "urn:rabt:acr:high"),
    ] {
        assert!(asked(&[(reason.0, Some(reason.1))]).await, "{reason:?}");
    }
    world.advance(61);
    assert!(asked(&[("max_age", Some("60"))]).await);
    let silent = world
        .authorize(&[("max_age", Some("60")), ("prompt", Some("none"))], &browser)
        .await;
    assert_eq!(silent.given()["error"], "login_required");
    assert!(
        world
            .authorize(&[], &[("cookie", "__Host-rabt-session=guessed")])
            .await
            .location()
            .contains("/interaction/")
    );
    world.advance(8 * 60 * 60);
    assert!(asked(&[]).await, "a browser's session ends");
}

#[tokio::test]
async fn a_high_session_answers_a_step_up_only_of_late() {
    let (world, cookie) = signed_in("urn:rabt:acr:high").await;
    let high = [("acr_values", Some("urn:rabt:acr:high"))];
    let browser = [("cookie", &*cookie)];
    assert!(world.authorize(&high, &browser).await.given().contains_key("code"));
    world.advance(15 * 60 + 1);
    assert!(
        world
            .authorize(&high, &browser)
            .await
            .location()
            .contains("/interaction/")
    );
    let low = world.authorize(&[], &browser).await.given();
    let tokens = world.redeem(&low["code"]).await.json();
    let id_token = claims(text(&tokens, "id_token"));
    assert_eq!(text(&id_token, "acr"), "urn:rabt:acr:low");
    assert!(
        id_token["auth_time"].as_i64().unwrap() <= world.now() - 15 * 60,
        "when they signed in, not now"
    );
}

#[tokio::test]
async fn stepping_up_goes_on_with_the_session_under_a_new_cookie() {
    let (world, before) = signed_in("urn:rabt:acr:low").await;
    let browser = [("cookie", &*before)];
    let page = world
        .authorize(&[("acr_values", Some("urn:rabt:acr:high"))], &browser)
        .await
        .location()
        .to_owned();
    let stepped_up = world.sign_in(&page, tenant(), &browser).await;
    let after = cookie(&stepped_up);
    assert_ne!(before, after);
    assert!(
        world
            .authorize(&[], &browser)
            .await
            .location()
            .contains("/interaction/"),
        "the old cookie is dead"
    );
    assert!(
        world
            .authorize(&[], &[("cookie", &after)])
            .await
            .given()
            .contains_key("code")
    );
}

#[tokio::test]
async fn somebody_else_than_the_app_expects_is_refused() {
    let world = World::new();
    let tokens = world.tokens(&[]).await;
    let hint = [("id_token_hint", Some(text(&tokens, "id_token")))];
    let page = world.page_for(&hint).await;
    let given = world.sign_in(&page, trader(), &[]).await.given();
    assert_eq!(given["error"], "login_required");
    let page = world.page_for(&hint).await;
    assert!(world.sign_in(&page, tenant(), &[]).await.given().contains_key("code"));
}
