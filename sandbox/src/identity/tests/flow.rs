//! Signing in, all the way.

use super::world::{World, claims, tenant, text, trader};
use crate::{
    city::{CLIENT_ID, CityConfig},
    context,
    identity::{self, Offer, admin},
    state::State,
};
use http::StatusCode;
use rabt_protocol::{
    jose::{self, JwkSet, base64url},
    oidc::{IdTokenClaims, ProviderMetadata},
};
use ring::digest;

async fn keys(world: &World) -> JwkSet {
    serde_json::from_value(world.get("/jwks", &[]).await.json()).unwrap()
}

#[tokio::test]
async fn the_metadata_says_what_is_offered() {
    let world = World::new();
    let answer = world.get("/.well-known/openid-configuration", &[]).await;
    let metadata: ProviderMetadata = serde_json::from_value(answer.json()).unwrap();
    assert_eq!(metadata.issuer, world.issuer());
    assert!(metadata.require_pushed_authorization_requests);
    assert!(metadata.authorization_response_iss_parameter_supported);
    assert_eq!(metadata.code_challenge_methods_supported, ["S256"]);
    assert_eq!(metadata.dpop_signing_alg_values_supported, ["ES256"]);
    assert_eq!(answer.json()["response_types_supported"][0], "code");

    world.configure(|settings| {
        settings.pushed_requests = Offer::Absent;
        settings.dpop = Offer::Absent;
    });
    let metadata = world.get("/.well-known/oauth-authorization-server", &[]).await.json();
    assert!(metadata.get("pushed_authorization_request_endpoint").is_none());
    assert!(metadata.get("dpop_signing_alg_values_supported").is_none());
}

#[tokio::test]
async fn a_person_signs_in_by_a_pushed_request_and_the_app_acts_for_them() {
    let world = World::new();
    let page = world.page_for(&[]).await;
    let given = world.sign_in(&page, tenant(), &[]).await.given();
    assert_eq!(given["state"], "the-state");
    assert_eq!(given["iss"], world.issuer());

    let answer = world.redeem(&given["code"]).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let tokens = answer.json();
    assert_eq!(text(&tokens, "token_type"), "DPoP");
    assert_eq!(tokens["expires_in"], 300);
    assert_eq!(text(&tokens, "scope"), "openid profile");

    let id_token = jose::verify::<IdTokenClaims>(text(&tokens, "id_token"), None, &keys(&world).await).unwrap();
    assert_eq!(id_token.header.alg, "ES256");
    let id = id_token.claims;
    assert_eq!(id.iss, world.issuer());
    assert_eq!(id.sub, tenant().subject);
    assert_eq!(id.nonce.as_deref(), Some("the-nonce"));
    assert_eq!(id.acr.as_deref(), Some("urn:rabt:acr:low"));
    assert_eq!(id.name.as_ref(), Some(&tenant().name.en));
    assert_eq!(id.name_ar.as_ref(), Some(&tenant().name.ar));
    let hash = digest::digest(&digest::SHA256, text(&tokens, "access_token").as_bytes());
    assert_eq!(id.at_hash, Some(base64url(&hash.as_ref()[..16])));

    let access = claims(text(&tokens, "access_token"));
    assert_eq!(text(&access, "aud"), "urn:rabt:city");
    assert_eq!(text(&access, "client_id"), CLIENT_ID);
    assert_eq!(text(&access["cnf"], "jkt"), world.jkt());

    let called = world.call_with(text(&tokens, "access_token")).await;
    assert_eq!(called.status, StatusCode::OK, "{}", called.body);
    assert_eq!(called.body, format!("{} urn:rabt:acr:low", tenant().subject));
}

#[tokio::test]
async fn a_plain_request_and_a_bearer_token_do_where_they_are_allowed() {
    let world = World::with(|settings| {
        settings.pushed_requests = Offer::Absent;
        settings.dpop = Offer::Absent;
    });
    let page = world.authorize(&[], &[]).await.location().to_owned();
    let given = world.sign_in(&page, tenant(), &[]).await.given();
    let tokens = world
        .post("/token", &super::world::redeeming(&given["code"]), &[])
        .await
        .json();
    assert_eq!(text(&tokens, "token_type"), "Bearer");
    let authorization = format!("Bearer {}", text(&tokens, "access_token"));
    assert_eq!(
        world.call(&[("authorization", &authorization)]).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn the_response_has_no_issuer_where_that_is_not_offered() {
    let world = World::with(|settings| settings.response_issuer = false);
    let page = world.page_for(&[]).await;
    assert!(!world.sign_in(&page, tenant(), &[]).await.given().contains_key("iss"));
}

#[tokio::test]
async fn the_high_level_takes_both_factors_and_falls_after_a_while() {
    let world = World::new();
    let page = world.page_for(&[("acr_values", Some("urn:rabt:acr:high"))]).await;
    let form = [
        ("action", "sign-in"),
        ("persona", "tenant-family"),
        ("pin", &*tenant().pin),
    ];
    assert_eq!(
        world.fill_in(&page, &form, &[]).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let code = world.sign_in(&page, tenant(), &[]).await.given()["code"].clone();
    let tokens = world.redeem(&code).await.json();
    assert_eq!(text(&claims(text(&tokens, "id_token")), "acr"), "urn:rabt:acr:high");
    let called = world.call_with(text(&tokens, "access_token")).await;
    assert_eq!(called.body, format!("{} urn:rabt:acr:high", tenant().subject));

    let refreshed = world.refresh(text(&tokens, "refresh_token")).await.json();
    assert_eq!(
        text(&claims(text(&refreshed, "access_token")), "acr"),
        "urn:rabt:acr:high"
    );
    world.advance(16 * 60);
    let refreshed = world.refresh(text(&refreshed, "refresh_token")).await.json();
    assert_eq!(
        text(&claims(text(&refreshed, "access_token")), "acr"),
        "urn:rabt:acr:low"
    );
}

#[tokio::test]
async fn uae_pass_levels_are_low_under_their_own_names() {
    let world = World::new();
    for name in [
        "urn:safelayer:tws:policies:authentication:level:low",
        "urn:digitalid:authentication:flow:mobileondevice",
    ] {
        let tokens = world
            .tokens(&[("acr_values", Some(&format!("urn:unknown {name}")))])
            .await;
        assert_eq!(text(&claims(text(&tokens, "id_token")), "acr"), name);
    }
}

#[tokio::test]
async fn userinfo_tells_what_the_scope_allows() {
    let world = World::new();
    for (scope, members) in [
        ("openid", vec!["sub"]),
        ("openid profile phone", vec!["name", "name_ar", "phone_number", "sub"]),
        (
            "openid urn:uae:digitalid:profile:general",
            vec!["fullnameAR", "fullnameEN", "idn", "mobile", "sub", "userType", "uuid"],
        ),
    ] {
        let tokens = world.tokens(&[("scope", Some(scope))]).await;
        let token = text(&tokens, "access_token");
        let ath = serde_json::json!({"ath": jose::sha256_base64url(token)});
        let proof = world.proof_by(&world.key, "GET", "https://localhost:1/userinfo", ath);
        let authorization = format!("DPoP {token}");
        let info = world
            .get("/userinfo", &[("authorization", &authorization), ("dpop", &proof)])
            .await
            .json();
        assert_eq!(info.as_object().unwrap().keys().collect::<Vec<_>>(), members, "{scope}");
        assert_eq!(text(&info, "sub"), tenant().subject);
    }
    assert_eq!(world.get("/userinfo", &[]).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn keys_roll_over_and_old_tokens_stay_good_until_the_keys_are_replaced() {
    let world = World::new();
    let before = world.tokens(&[]).await;
    let first = keys(&world).await;
    admin::roll_keys(&world.ctx).unwrap();
    let second = keys(&world).await;
    assert_eq!((first.keys.len(), second.keys.len()), (1, 2));
    assert_eq!(second.keys.last(), first.keys.first());
    let after = world.refresh(text(&before, "refresh_token")).await.json();
    let kid = jose::verify::<IdTokenClaims>(text(&after, "id_token"), None, &second)
        .unwrap()
        .header
        .kid;
    assert_eq!(kid, second.keys[0].kid);
    assert_eq!(
        world.call_with(text(&before, "access_token")).await.status,
        StatusCode::OK
    );

    admin::replace_keys(&world.ctx).unwrap();
    assert_eq!(keys(&world).await.keys.len(), 1);
    assert_eq!(
        world.call_with(text(&before, "access_token")).await.status,
        StatusCode::UNAUTHORIZED
    );
    for _ in 0..40 {
        admin::roll_keys(&world.ctx).unwrap();
    }
    assert_eq!(keys(&world).await.keys.len(), 8);
}

#[tokio::test]
async fn a_killed_provider_still_knows_everything() {
    let file = tempfile::tempdir().unwrap();
    let open = || {
        let mut context = context::for_tests(CityConfig::default(), &[]);
        context.state = State::open(Some(&file.path().join("city.db")), &[identity::SCHEMA]).unwrap();
        World::of(context)
    };
    let world = open();
    admin::roll_keys(&world.ctx).unwrap();
    let tokens = world.tokens(&[]).await;
    let page = world.page_for(&[]).await;
    let code = world.code(&[]).await;

    let mut restarted = open();
    restarted.key = world.key;
    let world = restarted;
    assert_eq!(
        world.call_with(text(&tokens, "access_token")).await.status,
        StatusCode::OK
    );
    assert_eq!(
        world.refresh(text(&tokens, "refresh_token")).await.status,
        StatusCode::OK
    );
    assert_eq!(world.redeem(&code).await.status, StatusCode::OK);
    assert!(world.sign_in(&page, trader(), &[]).await.given().contains_key("code"));
}
