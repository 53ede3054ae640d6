//! What an app does, with its sealed store, against the provider: the city's agencies are elsewhere and know nothing of it.

use crate::device::{MARIAM, MARIAM_TWICE_PROVEN};
use rabt::{ConflictCode, RabtError, SessionState, SignInReason};
use rabt_protocol::oidc::acr;
use rabt_tests::{ForeignProvider, ForeignSettings, Person, Phone, Town};

/// A phone whose app was built for this provider.
async fn phone(town: &Town, provider: &ForeignProvider) -> Phone {
    let mut phone = town.phone().await;
    phone.close();
    phone.config.issuer = provider.issuer();
    phone.config.client_id = ForeignProvider::CLIENT.to_owned();
    phone.config.redirect_uri = ForeignProvider::REDIRECT.to_owned();
    phone.config.extra_roots_pem.push(provider.root_pem().to_owned());
    phone.open().await.unwrap();
    phone
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_signs_in_steps_up_and_signs_out_through_kills() {
    let town = Town::start().await;
    let provider = ForeignProvider::start(ForeignSettings {
        name_in_id_token: true,
        ..ForeignSettings::default()
    })
    .await;
    let mut phone = phone(&town, &provider).await;

    let page = phone.rabt().session().begin_sign_in().await.unwrap();
    let cancelled = provider.visit(page.url.as_str(), Person::CancelsSigningIn).await;
    let cancelled = phone.rabt().session().complete(&cancelled).await;
    assert_eq!(
        cancelled,
        Err(RabtError::SignInRequired {
            reason: SignInReason::Cancelled
        })
    );

    let page = phone.rabt().session().begin_sign_in().await.unwrap();
    let url = provider.visit(page.url.as_str(), MARIAM).await;
    phone.close();
    phone.open().await.unwrap();
    let state = phone.rabt().session().complete(&url).await.unwrap();
    let SessionState::SignedIn { name: Some(name), acr } = state else {
        panic!("{state:?}");
    };
    assert_eq!((name.en(), acr.as_deref()), ("Mariam Example", Some(acr::LOW)));

    let page = phone.rabt().session().begin_step_up(acr::HIGH).await.unwrap();
    let url = provider.visit(page.url.as_str(), MARIAM_TWICE_PROVEN).await;
    phone.rabt().session().complete(&url).await.unwrap();
    phone.close();
    phone.open().await.unwrap();
    let state = phone.rabt().session().state().await.unwrap();
    assert!(
        matches!(&state, SessionState::SignedIn { acr: Some(level), .. } if level == acr::HIGH),
        "{state:?}"
    );

    let page = phone.rabt().session().begin_sign_in().await.unwrap();
    let somebody = Person::Approves {
        who: "somebody-else",
        acr: acr::LOW,
    };
    let url = provider.visit(page.url.as_str(), somebody).await;
    let refused = phone.rabt().session().complete(&url).await;
    assert_eq!(
        refused,
        Err(RabtError::Conflict {
            code: ConflictCode::AnotherPerson
        })
    );

    let told = phone.rabt().session().sign_out(false).await.unwrap();
    assert!(told.revoked && told.page.is_some(), "{told:?}");
    let state = phone.rabt().session().state().await.unwrap();
    assert!(matches!(state, SessionState::SignedOut { .. }), "{state:?}");
}
