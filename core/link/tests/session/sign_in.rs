//! Signing in, from the first request to the tokens.

use crate::{
    phone::Phone,
    provider::{Fault, NOW_SECONDS, Provider, new_key},
};
use rabt_domain::SubjectId;
use rabt_link::session::{Flow, Returned, Scheme, SignIn, SignInError, SignInRequest, refusal::CallbackRefusal};
use serde_json::json;

#[tokio::test]
async fn a_person_signs_in_with_a_pushed_request_and_tokens_bound_to_the_key() {
    let provider = Provider::start().await;
    let phone = Phone::new(&provider);
    let signed_in = phone.try_sign_in(&provider, SignInRequest::default()).await.unwrap();
    assert_eq!(signed_in.tokens.subject.as_str(), "person-1");
    assert_eq!(signed_in.tokens.scheme, Scheme::Dpop);
    assert_eq!(signed_in.tokens.name.unwrap().ar(), "مريم مثال");
    assert_eq!(signed_in.auth_time_seconds, Some(NOW_SECONDS));
    assert_eq!(provider.book().asked, ["metadata", "par", "authorization_code", "jwks"]);
}

#[tokio::test]
async fn a_person_signs_in_where_neither_push_nor_proof_is_offered() {
    let provider = Provider::start().await;
    provider.book().offers_push = false;
    provider.book().offers_dpop = false;
    let phone = Phone::signed_in(&provider).await;
    assert_eq!(phone.vault.kept().unwrap().scheme, Scheme::Bearer);
    assert!(phone.gateway.instruments().await.is_ok());
}

#[tokio::test]
async fn a_nonce_that_is_asked_for_is_given_once() {
    let provider = Provider::start().await;
    provider.book().nonce = Some("n-1".into());
    let phone = Phone::signed_in(&provider).await;
    let asked = provider.book().asked.clone();
    // The push learns the nonce; the exchange, at the same origin, has it already.
    assert_eq!(asked, ["metadata", "par", "par", "authorization_code", "jwks"]);
    provider.book().nonce = Some("n-2".into());
    phone.wait(&provider, 280);
    phone.access().await;
    assert_eq!(provider.book().count("refresh_token"), 2);
}

#[tokio::test]
async fn a_nonce_that_is_asked_for_again_and_again_is_not_given_for_ever() {
    let provider = Provider::start().await;
    provider.book().fault = Some(Fault::Oauth(400, "use_dpop_nonce"));
    let phone = Phone::new(&provider);
    let error = phone
        .try_sign_in(&provider, SignInRequest::default())
        .await
        .unwrap_err();
    assert!(matches!(error, SignInError::Refused { code } if code == "use_dpop_nonce"));
    assert_eq!(provider.book().count("authorization_code"), 1);
}

#[tokio::test]
async fn an_app_that_was_killed_while_the_page_was_open_finishes() {
    let provider = Provider::start().await;
    let phone = Phone::new(&provider);
    let begun = SignIn::new(phone.client.clone())
        .begin(SignInRequest::default())
        .await
        .unwrap();
    let stored = begun.flow.to_bytes();
    let url = provider.authorize(&begun.url);
    let phone = phone.killed(&provider);
    let flow = Flow::from_bytes(&stored).unwrap();
    let returned = SignIn::new(phone.client.clone()).returned(flow, &url).await;
    assert!(matches!(returned, Returned::SignedIn(_)));
}

#[tokio::test]
async fn a_url_of_something_else_leaves_the_sign_in_waiting() {
    let provider = Provider::start().await;
    let phone = Phone::new(&provider);
    let sign_in = SignIn::new(phone.client.clone());
    let begun = sign_in.begin(SignInRequest::default()).await.unwrap();
    let Returned::Ignored { flow, refusal } = sign_in
        .returned(begun.flow, "rabt-demo:/signed-in?code=x&state=y")
        .await
    else {
        panic!("not ignored");
    };
    assert_eq!(refusal, CallbackRefusal::State);
    let url = provider.authorize(&begun.url);
    assert!(matches!(sign_in.returned(*flow, &url).await, Returned::SignedIn(_)));
}

/// A mix-up: the answer comes from another provider, to which the code would have been given.
#[tokio::test]
async fn a_code_is_not_given_to_a_provider_that_was_mixed_up() {
    let provider = Provider::start().await;
    let phone = Phone::new(&provider);
    let sign_in = SignIn::new(phone.client.clone());
    let begun = sign_in.begin(SignInRequest::default()).await.unwrap();
    let url = provider.authorize(&begun.url);
    let url = url.replace(&provider.issuer, "https://evil.example");
    let Returned::Failed(error) = sign_in.returned(begun.flow, &url).await else {
        panic!("not refused");
    };
    assert_eq!(error.field(), Some("iss"));
    assert_eq!(provider.book().count("authorization_code"), 0);
}

#[tokio::test]
async fn a_code_whose_answer_was_lost_is_not_used_again() {
    let provider = Provider::start().await;
    let phone = Phone::new(&provider);
    provider.gate.forget_permits(tokio::sync::Semaphore::MAX_PERMITS);
    let cut = async {
        provider.acted.acquire().await.unwrap().forget();
        provider.wire.cut();
    };
    let (outcome, ()) = tokio::join!(phone.try_sign_in(&provider, SignInRequest::default()), cut);
    assert!(matches!(outcome.unwrap_err(), SignInError::Unavailable { .. }));
    assert_eq!(provider.book().count("authorization_code"), 1);
}

#[tokio::test]
async fn keys_that_were_rolled_over_are_read_again_but_not_for_ever() {
    let provider = Provider::start().await;
    let phone = Phone::signed_in(&provider).await;
    assert_eq!(provider.book().count("jwks"), 1);
    phone.sign_in(&provider).await;
    assert_eq!(provider.book().count("jwks"), 1, "known keys are not read again");
    provider.book().keys = vec![new_key()];
    phone.sign_in(&provider).await;
    assert_eq!(provider.book().count("jwks"), 2);
    // A provider, or somebody in its place, that signs with keys which it never shows.
    for _ in 0..12 {
        provider.book().claims = |claims| claims["aud"] = json!("x");
        let hidden = new_key();
        let shown = std::mem::replace(&mut provider.book().keys, vec![hidden]);
        let sign_in = SignIn::new(phone.client.clone());
        let begun = sign_in.begin(SignInRequest::default()).await.unwrap();
        let url = provider.authorize(&begun.url);
        let _ = sign_in.returned(begun.flow, &url).await;
        provider.book().keys = shown;
    }
    assert!(
        provider.book().count("jwks") <= 2 + 6,
        "{}",
        provider.book().count("jwks")
    );
}

#[tokio::test]
async fn a_step_up_keeps_the_person_and_raises_the_level() {
    let provider = Provider::start().await;
    let phone = Phone::signed_in(&provider).await;
    let person = SubjectId::parse("person-1").unwrap();
    let request = || SignInRequest::step_up(person.clone(), "urn:rabt:acr:high");
    let refused = phone.try_sign_in(&provider, request()).await.unwrap_err();
    assert!(matches!(refused, SignInError::LevelNotReached));

    provider.book().acr = "urn:rabt:acr:high".into();
    provider.book().subject = "person-2".into();
    let refused = phone.try_sign_in(&provider, request()).await.unwrap_err();
    assert_eq!(refused.field(), Some("sub"));

    provider.book().subject = "person-1".into();
    let before = phone.keeper.current().await.unwrap().unwrap();
    let stepped_up = phone.try_sign_in(&provider, request()).await.unwrap();
    phone.keeper.install(stepped_up).await.unwrap();
    let after = phone.keeper.current().await.unwrap().unwrap();
    assert_eq!(after.acr.as_deref(), Some("urn:rabt:acr:high"));
    assert_eq!(after.generation, before.generation + 1);
    assert_eq!(phone.vault.kept(), Some(after));
}

#[tokio::test]
async fn without_a_network_a_sign_in_does_not_begin() {
    let provider = Provider::start().await;
    let phone = Phone::new(&provider);
    provider.wire.cut();
    let error = phone
        .try_sign_in(&provider, SignInRequest::default())
        .await
        .unwrap_err();
    assert!(matches!(
        error,
        SignInError::Unavailable { .. } | SignInError::Offline(_)
    ));
    provider.wire.mend();
    phone.sign_in(&provider).await;
}
