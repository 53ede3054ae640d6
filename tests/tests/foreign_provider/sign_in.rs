//! Signing in: pushed, bound to the device, at a level; cancelled; replayed.

use crate::device::{Device, MARIAM, MARIAM_TWICE_PROVEN};
use rabt_domain::SubjectId;
use rabt_link::session::{
    Access, Distrust, Flow, Returned, Scheme, SignInError, SignInRequest, TokenSource as _, refusal::IdTokenRefusal,
};
use rabt_protocol::oidc::acr;
use rabt_tests::{ForeignProvider, ForeignSettings, Person};
use reqwest::StatusCode;

/// The claims that only this provider's own page could have put there.
fn mariam() -> SubjectId {
    SubjectId::parse(ForeignProvider::MARIAM).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_signs_in_and_what_they_get_is_bound_to_their_device() {
    for nonce_required in [true, false] {
        let provider = ForeignProvider::start(ForeignSettings {
            nonce_required,
            ..ForeignSettings::default()
        })
        .await;
        let device = Device::new(&provider);
        // A level is told by this provider where one was asked for.
        let request = SignInRequest {
            acr_values: vec![acr::LOW.to_owned()],
            ..SignInRequest::default()
        };
        let begun = device.begin(request).await;
        // The request was pushed: its page is named and nothing of it is in the URL.
        let pairs: Vec<String> = begun.url.query_pairs().map(|(name, _)| name.into_owned()).collect();
        assert_eq!(pairs, ["client_id", "request_uri"]);

        let url = provider.visit(begun.url.as_str(), MARIAM).await;
        let Returned::SignedIn(signed_in) = device.sign_in.returned(begun.flow, &url).await else {
            panic!("not signed in");
        };
        let tokens = &signed_in.tokens;
        assert_eq!((&tokens.subject, tokens.scheme), (&mariam(), Scheme::Dpop));
        assert_eq!(tokens.acr.as_deref(), Some(acr::LOW));
        assert!(
            tokens.refresh.is_some(),
            "without a refresh token a session ends with its first access token"
        );
        let scope: Vec<&str> = tokens.scope.as_deref().unwrap_or_default().split(' ').collect();
        assert!(
            scope.contains(&"offline_access") && scope.contains(&"city"),
            "{scope:?}"
        );
        assert!(
            signed_in
                .auth_time_seconds
                .is_none_or(|at| (device.now().millis() / 1000 - at).abs() < 300)
        );

        device.keeper.install(*signed_in).await.unwrap();
        let access = device.keeper.access().await.unwrap();
        let (status, claims) = device.ask_who(&provider, &access).await;
        assert_eq!(status, StatusCode::OK, "{claims}");
        assert!(claims.contains(ForeignProvider::MARIAM));
        let (status, _) = device.stolen(&provider).ask_who(&provider, &access).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "another device's proof");
        let bearer = Access::new(access.token().clone(), Scheme::Bearer, None, 0);
        let (status, _) = device.ask_who(&provider, &bearer).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "no proof");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_of_the_known_algorithms_signs_the_token_its_key_is_found_among_many() {
    for id_token_algorithm in ["RS256", "ES256", "EdDSA", "Ed25519"] {
        let provider = ForeignProvider::start(ForeignSettings {
            id_token_algorithm,
            name_in_id_token: true,
            ..ForeignSettings::default()
        })
        .await;
        let device = Device::new(&provider);
        let signed_in = device.try_sign_in(&provider, SignInRequest::default(), MARIAM).await;
        let tokens = signed_in
            .unwrap_or_else(|error| panic!("{id_token_algorithm}: {error}"))
            .tokens;
        let name = tokens.name.expect("the ID token says it");
        assert_eq!((name.en(), name.ar()), ("Mariam Example", "مريم مثال"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_algorithm_that_is_not_known_here_is_refused() {
    let provider = ForeignProvider::start(ForeignSettings {
        id_token_algorithm: "PS256",
        ..ForeignSettings::default()
    })
    .await;
    let device = Device::new(&provider);
    let refused = device.try_sign_in(&provider, SignInRequest::default(), MARIAM).await;
    assert!(
        matches!(
            refused,
            Err(SignInError::Distrusted(Distrust::IdToken(IdTokenRefusal::Algorithm)))
        ),
        "{refused:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_cancels_on_either_page_has_cancelled() {
    let provider = ForeignProvider::start(ForeignSettings::default()).await;
    let device = Device::new(&provider);
    for person in [Person::CancelsSigningIn, Person::CancelsConsent] {
        let cancelled = device.try_sign_in(&provider, SignInRequest::default(), person).await;
        assert!(
            matches!(cancelled, Err(SignInError::Cancelled)),
            "{person:?}: {cancelled:?}"
        );
    }
    device.sign_in_again(&provider).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_up_is_the_same_person_at_a_higher_level() {
    let provider = ForeignProvider::start(ForeignSettings::default()).await;
    let device = Device::signed_in(&provider).await;
    let step_up = || SignInRequest::step_up(mariam(), acr::HIGH);

    let lower = device.try_sign_in(&provider, step_up(), MARIAM).await;
    assert!(matches!(lower, Err(SignInError::LevelNotReached)), "{lower:?}");
    let somebody = Person::Approves {
        who: "somebody-else",
        acr: acr::HIGH,
    };
    let another = device.try_sign_in(&provider, step_up(), somebody).await;
    assert!(
        matches!(
            another,
            Err(SignInError::Distrusted(Distrust::IdToken(IdTokenRefusal::Subject)))
        ),
        "{another:?}"
    );

    let before = device.tokens();
    let stepped_up = device
        .try_sign_in(&provider, step_up(), MARIAM_TWICE_PROVEN)
        .await
        .unwrap();
    assert!(stepped_up.auth_time_seconds.is_some(), "`max_age` makes it say when");
    device.keeper.install(stepped_up).await.unwrap();
    let access = device.keeper.access().await.unwrap();
    assert_eq!(access.acr(), Some(acr::HIGH));
    assert!(access.generation() > before.generation);
    // The level is the session's, and outlives the token that it came with.
    let renewed = device.renew().await.unwrap();
    assert_eq!(renewed.acr(), Some(acr::HIGH));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_is_used_twice_is_worth_nothing_and_ends_what_it_gave() {
    let provider = ForeignProvider::start(ForeignSettings::default()).await;
    let device = Device::new(&provider);
    let begun = device.begin(SignInRequest::default()).await;
    let stored = begun.flow.to_bytes();
    let url = provider.visit(begun.url.as_str(), MARIAM).await;
    let Returned::SignedIn(signed_in) = device.sign_in.returned(begun.flow, &url).await else {
        panic!("not signed in");
    };
    device.keeper.install(*signed_in).await.unwrap();

    let replayed = Flow::from_bytes(&stored).unwrap();
    let replayed = device.sign_in.returned(replayed, &url).await;
    assert!(
        matches!(&replayed, Returned::Failed(SignInError::Refused { code }) if code == "invalid_grant"),
        "{replayed:?}"
    );
    let ended = device.renew().await;
    assert!(
        matches!(ended, Err(rabt_link::session::SessionError::SignInRequired)),
        "{ended:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_that_were_made_since_the_last_reading_are_read() {
    let provider = ForeignProvider::start(ForeignSettings::default()).await;
    let device = Device::signed_in(&provider).await;
    let provider = provider.replaced().await;
    device.sign_in_again(&provider).await;
    assert_eq!(device.tokens().subject, mariam());
}
