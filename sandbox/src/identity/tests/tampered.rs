//! What is asked to be wrong is wrong, once.

use super::world::{World, claims, tenant, text};
use crate::identity::{IdentityError, Tamper, admin};
use http::StatusCode;
use rabt_protocol::{
    jose::{self, JwkSet, JwsError},
    oidc::IdTokenClaims,
};

async fn spoilt(world: &World, tamper: Tamper) -> serde_json::Value {
    admin::tamper(&world.ctx, Some(tamper)).unwrap();
    world.tokens(&[]).await
}

/// The ID token as a reader with the published keys takes it.
async fn read(world: &World, tokens: &serde_json::Value) -> Result<IdTokenClaims, JwsError> {
    let keys: JwkSet = serde_json::from_value(world.get("/jwks", &[]).await.json()).unwrap();
    jose::verify(text(tokens, "id_token"), Some("JWT"), &keys).map(|token| token.claims)
}

#[tokio::test]
async fn every_wrong_id_token_is_wrong_in_its_own_way() {
    let world = World::new();
    let right = claims(text(&world.tokens(&[]).await, "id_token"));
    for (tamper, claim) in [
        (Tamper::IdTokenWrongIssuer, "iss"),
        (Tamper::IdTokenWrongAudience, "aud"),
        (Tamper::IdTokenSeveralAudiences, "aud"),
        (Tamper::IdTokenWrongAuthorizedParty, "azp"),
        (Tamper::IdTokenWrongNonce, "nonce"),
        (Tamper::IdTokenWithoutNonce, "nonce"),
        (Tamper::IdTokenOtherSubject, "sub"),
        (Tamper::IdTokenOtherAcr, "acr"),
        (Tamper::IdTokenWithoutAcr, "acr"),
        (Tamper::IdTokenNotYetValid, "nbf"),
    ] {
        let tokens = spoilt(&world, tamper).await;
        assert!(read(&world, &tokens).await.is_ok(), "{tamper:?} is signed and readable");
        assert_ne!(
            claims(text(&tokens, "id_token")).get(claim),
            right.get(claim),
            "{tamper:?}"
        );
    }
    let now = world.now();
    let expired = read(&world, &spoilt(&world, Tamper::IdTokenExpired).await)
        .await
        .ok()
        .unwrap();
    assert!(expired.exp < now);
    let future = read(&world, &spoilt(&world, Tamper::IdTokenFromTheFuture).await)
        .await
        .ok()
        .unwrap();
    assert!(future.iat > now + 3600 && future.exp > future.iat);
    let stale = read(&world, &spoilt(&world, Tamper::IdTokenStaleAuthentication).await)
        .await
        .ok()
        .unwrap();
    assert!(stale.auth_time.unwrap() < now - 3600);
    for (tamper, error) in [
        (Tamper::IdTokenWithoutIssuer, JwsError::Malformed("claims")),
        (Tamper::IdTokenWithoutAudience, JwsError::Malformed("claims")),
        (Tamper::IdTokenWithoutExpiry, JwsError::Malformed("claims")),
        (Tamper::IdTokenWithoutIssueTime, JwsError::Malformed("claims")),
        (Tamper::IdTokenWithoutSubject, JwsError::Malformed("claims")),
        (Tamper::IdTokenUnsigned, JwsError::Algorithm),
        (Tamper::IdTokenKeyConfusion, JwsError::Algorithm),
        (Tamper::IdTokenWrongSignature, JwsError::BadSignature),
        (Tamper::IdTokenForeignKey, JwsError::BadSignature),
        (Tamper::IdTokenUnknownKey, JwsError::UnknownKey),
        (Tamper::IdTokenCriticalHeader, JwsError::Critical),
    ] {
        let tokens = spoilt(&world, tamper).await;
        assert_eq!(read(&world, &tokens).await.err(), Some(error), "{tamper:?}");
    }
    let of_another_type = spoilt(&world, Tamper::IdTokenWrongType).await;
    assert!(matches!(
        read(&world, &of_another_type).await,
        Err(JwsError::Type { .. })
    ));
    assert!(matches!(
        read(&world, &spoilt(&world, Tamper::IdTokenGarbage).await).await,
        Err(JwsError::Malformed(_))
    ));
    assert!(read(&world, &world.tokens(&[]).await).await.is_ok(), "only the one");
}

#[tokio::test]
async fn token_answers_can_lack_and_lie() {
    let world = World::new();
    assert!(spoilt(&world, Tamper::NoIdToken).await.get("id_token").is_none());
    assert!(
        spoilt(&world, Tamper::NoAccessToken)
            .await
            .get("access_token")
            .is_none()
    );
    assert!(spoilt(&world, Tamper::NoExpiresIn).await.get("expires_in").is_none());
    assert_eq!(
        spoilt(&world, Tamper::BearerInsteadOfDpop).await["token_type"],
        "Bearer"
    );
    assert_eq!(spoilt(&world, Tamper::UnknownTokenType).await["token_type"], "mac");
    assert_ne!(
        claims(text(
            &spoilt(&world, Tamper::IdTokenWrongAccessTokenHash).await,
            "id_token"
        ))["at_hash"],
        claims(text(&world.tokens(&[]).await, "id_token"))["at_hash"]
    );
}

#[tokio::test]
async fn responses_can_lack_and_lie() {
    let world = World::new();
    let spoilt = async |tamper| {
        admin::tamper(&world.ctx, Some(tamper)).unwrap();
        let page = world.page_for(&[]).await;
        world.sign_in(&page, tenant(), &[]).await.given()
    };
    assert!(!spoilt(Tamper::ResponseWithoutIssuer).await.contains_key("iss"));
    assert!(!spoilt(Tamper::ResponseWithoutState).await.contains_key("state"));
    assert!(!spoilt(Tamper::ResponseWithoutCode).await.contains_key("code"));
    assert_ne!(spoilt(Tamper::ResponseWrongIssuer).await["iss"], world.issuer());
    assert_ne!(spoilt(Tamper::ResponseWrongState).await["state"], "the-state");
    for (tamper, error) in [
        (Tamper::AnswersAccessDenied, "access_denied"),
        (Tamper::AnswersServerError, "server_error"),
        (Tamper::AnswersTemporarilyUnavailable, "temporarily_unavailable"),
    ] {
        let given = spoilt(tamper).await;
        assert_eq!(given["error"], error);
        assert!(!given.contains_key("code"));
    }
    admin::tamper(&world.ctx, Some(Tamper::ResponseWithoutCode)).unwrap();
    admin::tamper(&world.ctx, None).unwrap();
    let page = world.page_for(&[]).await;
    assert!(world.sign_in(&page, tenant(), &[]).await.given().contains_key("code"));
}

#[test]
fn every_tampering_is_listed_once_and_has_a_name() {
    let names: std::collections::BTreeSet<String> = Tamper::ALL
        .iter()
        .map(|tamper| serde_json::to_string(tamper).unwrap())
        .collect();
    assert_eq!(names.len(), Tamper::ALL.len());
    assert_eq!(
        serde_json::from_str::<Tamper>("\"id_token_wrong_nonce\"").unwrap(),
        Tamper::IdTokenWrongNonce
    );
}

#[tokio::test]
async fn a_setting_that_makes_no_sense_is_refused() {
    let world = World::new();
    let mut settings = admin::settings(&world.ctx).unwrap();
    settings.access_token_seconds = 0;
    let refused = admin::configure(&world.ctx, &settings);
    assert!(matches!(
        refused,
        Err(IdentityError::Refused {
            field: "token_seconds",
            ..
        })
    ));
    assert_eq!(world.get("/jwks", &[]).await.status, StatusCode::OK);
}
