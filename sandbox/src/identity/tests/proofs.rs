//! Proofs of possession at the token endpoint.

use super::world::{World, new_key, redeeming};
use http::StatusCode;
use rabt_protocol::jose::{self, Signer as _, base64url};
use serde_json::{Value, json};

fn url(world: &World) -> String {
    format!("{}/token", world.issuer())
}

#[tokio::test]
async fn a_proof_without_the_servers_nonce_is_told_it() {
    let world = World::new();
    let code = world.code(&[]).await;
    let proof = world.proof_by(&world.key, "POST", &url(&world), json!({}));
    let told = world.post("/token", &redeeming(&code), &[("dpop", &proof)]).await;
    assert_eq!(
        (told.status, told.error().as_str()),
        (StatusCode::BAD_REQUEST, "use_dpop_nonce")
    );
    let nonce = told.header("dpop-nonce").unwrap().to_owned();
    let with = |nonce: &str| world.proof_by(&world.key, "POST", &url(&world), json!({"nonce": nonce}));
    let guessed = world
        .post("/token", &redeeming(&code), &[("dpop", &with("guessed"))])
        .await;
    assert_eq!(guessed.error(), "use_dpop_nonce");
    world.advance(4 * 60);
    let code = world.code(&[]).await;
    let right = world
        .post("/token", &redeeming(&code), &[("dpop", &with(&nonce))])
        .await;
    assert_eq!(right.status, StatusCode::OK, "{}", right.body);
    assert!(right.header("dpop-nonce").is_some());
    world.advance(10 * 60);
    let old = world
        .post("/token", &redeeming(&code), &[("dpop", &with(&nonce))])
        .await;
    assert_eq!(old.error(), "use_dpop_nonce");
    assert_ne!(old.header("dpop-nonce"), Some(&*nonce));
}

#[tokio::test]
async fn the_first_nonce_of_a_new_provider_holds() {
    let world = World::new();
    let form = redeeming("any");
    let proof = world.proof_by(&world.key, "POST", &url(&world), json!({}));
    let told = world.post("/token", &form, &[("dpop", &proof)]).await;
    let told = told.header("dpop-nonce").unwrap();
    let proof = world.proof_by(&world.key, "POST", &url(&world), json!({"nonce": told}));
    assert_eq!(
        world.post("/token", &form, &[("dpop", &proof)]).await.error(),
        "invalid_grant"
    );
}

#[tokio::test]
async fn a_proof_of_something_else_is_none() {
    let world = World::with(|settings| settings.dpop_nonces = false);
    let here = url(&world);
    let long = "x".repeat(129);
    let wrong: [(&str, Value); 9] = [
        ("method", json!({"htm": "GET"})),
        ("method in other letters", json!({"htm": "post"})),
        ("address", json!({"htu": format!("{}/par", world.issuer())})),
        ("no address", json!({"htu": "/token"})),
        ("too old", json!({"iat": world.now() - 302})),
        ("from the future", json!({"iat": world.now() + 302})),
        ("no identifier", json!({"jti": ""})),
        ("too long an identifier", json!({"jti": long})),
        ("of a token where there is none", json!({"ath": "x"})),
    ];
    for (what, claims) in wrong {
        let proof = world.proof_by(&world.key, "POST", &here, claims);
        let answer = world.post("/token", &redeeming("any"), &[("dpop", &proof)]).await;
        assert_eq!(answer.error(), "invalid_dpop_proof", "{what}");
    }
    for missing in ["jti", "htm", "htu", "iat"] {
        let mut claims = json!({"jti": "x", "htm": "POST", "htu": here, "iat": world.now()});
        claims.as_object_mut().unwrap().remove(missing);
        let proof = jose::sign("dpop+jwt", &claims, &world.key, true).unwrap();
        let answer = world.post("/token", &redeeming("any"), &[("dpop", &proof)]).await;
        assert_eq!(answer.error(), "invalid_dpop_proof", "{missing}");
    }
    let fine = world.proof_by(
        &world.key,
        "POST",
        &format!("{here}?a=1"),
        json!({"iat": world.now() - 290}),
    );
    let answer = world.post("/token", &redeeming("any"), &[("dpop", &fine)]).await;
    assert_eq!(answer.error(), "invalid_grant", "the proof was right, the code wasn't");
}

#[tokio::test]
async fn a_proof_that_is_not_well_made_is_none() {
    let world = World::with(|settings| settings.dpop_nonces = false);
    let claims = json!({"jti": "x", "htm": "POST", "htu": url(&world), "iat": world.now()});
    let by_header = |header: Value| {
        let token = format!("{}.{}", base64url(header.to_string()), base64url(claims.to_string()));
        format!("{token}.{}", base64url(world.key.sign(token.as_bytes()).unwrap()))
    };
    let jwk = serde_json::to_value(world.key.public_key()).unwrap();
    let mut private = jwk.clone();
    private["d"] = json!("AAAA");
    let foreign = serde_json::to_value(new_key().public_key()).unwrap();
    for (what, header) in [
        ("type", json!({"typ": "JWT", "alg": "ES256", "jwk": jwk})),
        ("no key", json!({"typ": "dpop+jwt", "alg": "ES256"})),
        ("unsigned", json!({"typ": "dpop+jwt", "alg": "none", "jwk": jwk})),
        (
            "a private key",
            json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": private}),
        ),
        (
            "another's key",
            json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": foreign}),
        ),
        (
            "a critical header",
            json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": jwk, "crit": ["x"]}),
        ),
    ] {
        let answer = world
            .post("/token", &redeeming("any"), &[("dpop", &by_header(header))])
            .await;
        assert_eq!(answer.error(), "invalid_dpop_proof", "{what}");
    }
    let right = by_header(json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": jwk}));
    let twice = world
        .post("/token", &redeeming("any"), &[("dpop", &right), ("dpop", &right)])
        .await;
    assert_eq!(twice.error(), "invalid_dpop_proof");
    assert_eq!(
        world.post("/token", &redeeming("any"), &[("dpop", "x")]).await.error(),
        "invalid_dpop_proof"
    );
    assert_eq!(
        world.post("/token", &redeeming("any"), &[]).await.error(),
        "invalid_dpop_proof"
    );
    assert_eq!(
        world
            .post("/token", &redeeming("any"), &[("dpop", &right)])
            .await
            .error(),
        "invalid_grant"
    );
    let replayed = world.post("/token", &redeeming("any"), &[("dpop", &right)]).await;
    assert_eq!(replayed.error(), "invalid_dpop_proof", "once is enough");
}
