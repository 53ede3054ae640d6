//! The keys that a person's devices have.

use super::world::{World, new_key, redeeming, text};
use http::StatusCode;
use rabt_protocol::{
    jose::{Es256Key, Signer as _, sha256_base64url},
    oidc::{Device, Devices},
};
use serde_json::json;

/// A signing in with a key; the access token.
async fn signed_in(world: &World, key: &Es256Key) -> String {
    let code = world.code(&[]).await;
    let answer = world.token_by(key, &redeeming(&code)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    text(&answer.json(), "access_token").to_owned()
}

async fn devices(world: &World, key: &Es256Key, access_token: &str) -> Devices {
    let url = format!("{}/devices", world.issuer());
    let ath = json!({"ath": sha256_base64url(access_token)});
    let proof = world.proof_by(key, "GET", &url, ath);
    let authorization = format!("DPoP {access_token}");
    let answer = world
        .get("/devices", &[("authorization", &authorization), ("dpop", &proof)])
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    serde_json::from_value(answer.json()).unwrap()
}

fn jkt(key: &Es256Key) -> String {
    key.public_key().thumbprint().unwrap()
}

#[tokio::test]
async fn every_key_is_told_to_its_person_also_after_its_session_ended() {
    let world = World::new();
    let (old, new) = (new_key(), new_key());
    let first = signed_in(&world, &old).await;
    world.advance(60);
    let second = signed_in(&world, &new).await;
    let told = devices(&world, &new, &second).await;
    let keys: Vec<&str> = told.devices.iter().map(|device| device.jkt.as_str()).collect();
    assert_eq!(keys, [jkt(&old), jkt(&new)]);
    assert!(told.devices.iter().all(|device| device.until_at.is_none()), "{told:?}");
    assert_eq!(devices(&world, &old, &first).await, told);

    world.advance(60);
    crate::identity::admin::revoke_sessions(&world.ctx, &told.sub).unwrap();
    let third = signed_in(&world, &new).await;
    let told = devices(&world, &new, &third).await;
    let ended: Vec<bool> = told.devices.iter().map(|device| device.until_at.is_some()).collect();
    assert_eq!(ended, [true, false], "{told:?}");

    // Whatever else is forgotten of old sessions, what a key signed can still be checked.
    world.advance(400 * 24 * 60 * 60);
    let fourth = signed_in(&world, &new).await;
    let told = devices(&world, &new, &fourth).await;
    assert!(
        matches!(
            &told.devices[..],
            [Device { until_at: Some(_), .. }, Device { until_at: None, .. }]
        ),
        "{told:?}"
    );
}

#[tokio::test]
async fn nobody_is_told_without_a_token() {
    let world = World::new();
    assert_eq!(world.get("/devices", &[]).await.status, StatusCode::UNAUTHORIZED);
}
