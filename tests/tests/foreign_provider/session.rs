//! The life of a session: refreshed, with tokens that are used once; stolen; told of a wrong clock; ended.

use crate::device::Device;
use rabt_link::session::{SessionError, TokenSource as _};
use rabt_tests::{ForeignProvider, ForeignSettings};
use reqwest::StatusCode;
use std::{collections::BTreeSet, sync::Arc};
use tokio::task::JoinSet;

/// How often a session is refreshed in a row.
const REFRESHES: usize = 6;
/// How many calls meet one expired token.
const CALLS: usize = 16;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_goes_on_through_refresh_tokens_that_are_used_once() {
    for nonce_required in [true, false] {
        let provider = ForeignProvider::start(ForeignSettings {
            nonce_required,
            ..ForeignSettings::default()
        })
        .await;
        let device = Device::signed_in(&provider).await;
        let mut seen = BTreeSet::from([device.refresh_token()]);
        for _ in 0..REFRESHES {
            let before = device.tokens();
            let access = device.renew().await.unwrap();
            assert_eq!(access.generation(), before.generation + 1);
            assert_ne!(access.token(), &before.access);
            assert!(seen.insert(device.refresh_token()), "each is another one");
            let (status, _) = device.ask_who(&provider, &access).await;
            assert_eq!(status, StatusCode::OK);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_token_that_is_used_again_and_again_is_kept() {
    let provider = ForeignProvider::start(ForeignSettings {
        rotates: false,
        ..ForeignSettings::default()
    })
    .await;
    let device = Device::signed_in(&provider).await;
    let kept = device.refresh_token();
    for _ in 0..REFRESHES {
        device.renew().await.unwrap();
        assert_eq!(device.refresh_token(), kept);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_calls_that_meet_one_old_token_use_one_refresh_token() {
    let provider = ForeignProvider::start(ForeignSettings::default()).await;
    let device = Arc::new(Device::signed_in(&provider).await);
    let before = device.tokens();
    let mut calls = JoinSet::new();
    for _ in 0..CALLS {
        let (device, refused) = (device.clone(), before.access());
        calls.spawn(async move { device.keeper.renew(&refused).await });
    }
    // A second use of one refresh token would have ended the session with this provider.
    while let Some(renewed) = calls.join_next().await {
        assert_eq!(renewed.unwrap().unwrap().generation(), before.generation + 1);
    }
    device.renew().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_token_that_comes_back_ends_the_session_of_both() {
    let provider = ForeignProvider::start(ForeignSettings::default()).await;
    let device = Device::signed_in(&provider).await;
    let copied = device.copied(&provider);
    device.renew().await.unwrap();
    device.renew().await.unwrap();

    for holder in [&copied, &device] {
        let ended = holder.renew().await;
        assert!(matches!(ended, Err(SessionError::SignInRequired)), "{ended:?}");
        assert!(holder.vault.kept().is_none());
        assert!(holder.keeper.current().await.unwrap().is_none());
    }
    device.sign_in_again(&provider).await;
    device.renew().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stolen_refresh_token_is_worth_nothing_without_the_devices_key() {
    let provider = ForeignProvider::start(ForeignSettings::default()).await;
    let device = Device::signed_in(&provider).await;
    let refused = device.stolen(&provider).renew().await;
    assert!(matches!(refused, Err(SessionError::SignInRequired)), "{refused:?}");
    // Whoever tried was not the holder, so that the token isn't spent.
    device.renew().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_is_about_to_expire_is_refreshed_before_it_is_given_out() {
    let provider = ForeignProvider::start(ForeignSettings::default()).await;
    let device = Device::signed_in(&provider).await;
    let first = device.keeper.access().await.unwrap();
    assert_eq!(device.keeper.access().await.unwrap(), first);
    device.turn_clock(250);
    let second = device.keeper.access().await.unwrap();
    assert_eq!(second.generation(), first.generation() + 1);
    let (status, _) = device.ask_who(&provider, &second).await;
    assert_eq!(
        status,
        StatusCode::OK,
        "a proof with the provider's nonce is good whatever the clock says"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_clock_is_set_right_by_what_the_provider_says() {
    for nonce_required in [true, false] {
        let provider = ForeignProvider::start(ForeignSettings {
            nonce_required,
            ..ForeignSettings::default()
        })
        .await;
        let device = Device::signed_in(&provider).await;
        for turned in [600, -600, 86_400, -86_400] {
            device.turn_clock(turned);
            let access = device.renew().await.unwrap();
            let (status, _) = device.ask_who(&provider, &access).await;
            assert_eq!(status, StatusCode::OK, "{turned} s");
            device.sign_in_again(&provider).await;
            device.turn_clock(-turned);
            device.renew().await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_signs_out_is_signed_out_there_too() {
    let provider = ForeignProvider::start(ForeignSettings::default()).await;
    let device = Device::signed_in(&provider).await;
    let (copied, access) = (device.copied(&provider), device.keeper.access().await.unwrap());
    let told = device.keeper.sign_out().await.unwrap();
    assert!(told.revoked);
    assert!(device.vault.kept().is_none());

    let (status, _) = copied.ask_who(&provider, &access).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    let ended = copied.renew().await;
    assert!(matches!(ended, Err(SessionError::SignInRequired)), "{ended:?}");
    // The page for ending the provider's own session takes who asks, and where they come back to.
    let page = told.end_session_url.expect("the provider has one");
    let page = device.get(&provider, page).await;
    assert_eq!(page.0, StatusCode::OK, "{}", page.1);
    assert!(page.1.contains("/session/end/confirm"), "{}", page.1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_is_gone_ends_no_session() {
    let provider = ForeignProvider::start(ForeignSettings::default()).await;
    let device = Device::signed_in(&provider).await;
    drop(provider);
    let failed = device.renew().await;
    assert!(
        matches!(failed, Err(SessionError::Offline(_) | SessionError::Unavailable { .. })),
        "{failed:?}"
    );
    assert!(device.keeper.current().await.unwrap().is_some());
}
