//! What the keeper promises beside the five faults.

use crate::{
    phone::Phone,
    provider::{Fault, Provider, new_key},
};
use rabt_domain::IncidentKind;
use rabt_link::session::{SessionError, SignInRequest, TokenSource as _};
use serde_json::json;
use std::{sync::atomic::Ordering, time::Duration};
use tokio::{sync::Semaphore, time::timeout};

const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test]
async fn many_callers_cause_one_refresh() {
    let provider = Provider::start().await;
    let phone = Phone::signed_in(&provider).await;
    let before = phone.vault.kept().unwrap().generation;
    phone.wait(&provider, 280);
    provider.gate.forget_permits(Semaphore::MAX_PERMITS);
    let callers: Vec<_> = (0..40)
        .map(|_| {
            let keeper = phone.keeper.clone();
            tokio::spawn(async move { keeper.access().await.unwrap().generation() })
        })
        .collect();
    provider.acted.acquire_many(2).await.unwrap().forget();
    provider.gate.add_permits(1);
    for caller in callers {
        assert_eq!(timeout(PATIENCE, caller).await.unwrap().unwrap(), before + 1);
    }
    assert_eq!(provider.book().count("refresh_token"), 1);
}

#[tokio::test]
async fn many_callers_share_one_failure() {
    let provider = Provider::start().await;
    let phone = Phone::signed_in(&provider).await;
    phone.wait(&provider, 600);
    provider.book().fault = Some(Fault::Status(503, "busy"));
    provider.gate.forget_permits(Semaphore::MAX_PERMITS);
    let callers: Vec<_> = (0..40)
        .map(|_| {
            let keeper = phone.keeper.clone();
            tokio::spawn(async move { keeper.access().await.is_err() })
        })
        .collect();
    provider.acted.acquire_many(2).await.unwrap().forget();
    provider.gate.add_permits(1);
    for caller in callers {
        assert!(timeout(PATIENCE, caller).await.unwrap().unwrap());
    }
    assert_eq!(provider.book().count("refresh_token"), 1);
}

/// A rotated refresh token that nobody receives is a lost session.
#[tokio::test]
async fn a_caller_that_gives_up_does_not_cancel_the_refresh() {
    let provider = Provider::start().await;
    let phone = Phone::signed_in(&provider).await;
    let before = phone.vault.kept().unwrap();
    phone.wait(&provider, 600);
    provider.gate.forget_permits(Semaphore::MAX_PERMITS);
    let caller = {
        let keeper = phone.keeper.clone();
        tokio::spawn(async move { keeper.access().await })
    };
    provider.acted.acquire_many(2).await.unwrap().forget();
    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled());
    provider.gate.add_permits(1);
    timeout(PATIENCE, phone.vault.saving.notified()).await.unwrap();
    timeout(PATIENCE, phone.vault.saving.notified()).await.unwrap();
    provider.gate.add_permits(5);
    assert_ne!(phone.access().await, before.access.reveal());
    assert_eq!(provider.book().count("refresh_token"), 1);
}

#[tokio::test]
async fn tokens_that_the_vault_did_not_take_are_not_used_and_not_lost() {
    let provider = Provider::start().await;
    let phone = Phone::signed_in(&provider).await;
    let before = phone.vault.kept();
    phone.wait(&provider, 600);
    phone.vault.fails.store(true, Ordering::SeqCst);
    for _ in 0..3 {
        assert!(matches!(
            phone.keeper.access().await.unwrap_err(),
            SessionError::Vault(_)
        ));
    }
    assert_eq!(phone.vault.kept(), before);
    phone.vault.fails.store(false, Ordering::SeqCst);
    let access = phone.keeper.access().await.unwrap();
    assert_eq!(
        provider.book().count("refresh_token"),
        1,
        "the spent refresh token was not sent again"
    );
    assert_eq!(phone.vault.kept().unwrap().access(), access);
}

#[tokio::test]
async fn a_token_that_is_about_to_expire_is_used_while_the_provider_fails() {
    let provider = Provider::start().await;
    let phone = Phone::signed_in(&provider).await;
    let before = phone.access().await;
    phone.wait(&provider, 270);
    provider.book().fault = Some(Fault::Status(503, "busy"));
    for _ in 0..5 {
        assert_eq!(phone.access().await, before);
    }
    assert_eq!(
        provider.book().count("refresh_token"),
        1,
        "it is left in peace for a while"
    );
    phone.wait(&provider, 60);
    assert!(matches!(
        phone.keeper.access().await.unwrap_err(),
        SessionError::Unavailable { .. }
    ));
}

#[tokio::test]
async fn a_clock_that_jumps_costs_one_refresh() {
    let provider = Provider::start().await;
    provider.book().rotates = false;
    let phone = Phone::signed_in(&provider).await;
    for (turn, refreshes) in [(1_000_000, 1), (0, 1), (-2_000_000, 2), (0, 2), (-30, 2)] {
        phone.turn_clock(turn);
        provider.book().clock_seconds += turn;
        phone.access().await;
        assert_eq!(provider.book().count("refresh_token"), refreshes, "after {turn} s");
    }
}

#[tokio::test]
async fn a_token_that_lives_for_no_time_is_not_refreshed_at_every_call() {
    let provider = Provider::start().await;
    provider.book().expires_in = 0;
    let phone = Phone::signed_in(&provider).await;
    for _ in 0..5 {
        phone.access().await;
    }
    assert_eq!(provider.book().count("refresh_token"), 0);
}

#[tokio::test]
async fn an_identity_that_comes_with_a_refresh_must_be_the_same() {
    let provider = Provider::start().await;
    let phone = Phone::signed_in(&provider).await;
    provider.book().id_token_on_refresh = true;
    phone.wait(&provider, 280);
    phone.access().await;
    let kept = phone.vault.kept();
    for (claims, field) in [
        ((|c| c["sub"] = json!("person-2")) as fn(&mut serde_json::Value), "sub"),
        (|c| c["iss"] = json!("https://evil.example"), "iss"),
        (|c| c["aud"] = json!("other"), "aud"),
        (|c| c["nonce"] = json!("another"), "nonce"),
    ] {
        provider.book().claims = claims;
        // The spent token is honoured again, so that each case begins alike.
        provider
            .book()
            .refresh
            .insert(kept.as_ref().unwrap().refresh.as_ref().unwrap().reveal().to_owned());
        phone.wait(&provider, 600);
        let error = phone.keeper.access().await.unwrap_err();
        let SessionError::Distrusted(distrust) = error else {
            panic!("{error:?}");
        };
        assert_eq!(distrust.field(), field);
        assert_eq!(phone.vault.kept(), kept, "nothing of it was taken over");
    }
    let recorded = phone.vault.refused.lock().unwrap().clone();
    use IncidentKind::{AnotherPerson, Malformed};
    assert_eq!(recorded, [AnotherPerson, Malformed, Malformed, Malformed]);
}

/// The phone's clock is wrong when a refresh brings an identity: its times can't be judged, and the rotated token is the session.
#[tokio::test]
async fn a_wrong_clock_during_a_refresh_does_not_cost_the_session() {
    let provider = Provider::start().await;
    let phone = Phone::signed_in(&provider).await;
    provider.book().id_token_on_refresh = true;
    provider.book().claims = |claims| claims["iat"] = json!(claims["iat"].as_i64().unwrap() + 100_000);
    phone.wait(&provider, 600);
    assert!(matches!(
        phone.keeper.access().await.unwrap_err(),
        SessionError::Distrusted(_)
    ));
    provider.book().claims = |_| ();
    assert!(phone.gateway.instruments().await.is_ok());
    assert_eq!(provider.book().count("refresh_token"), 2);
}

#[tokio::test]
async fn another_process_that_refreshed_meanwhile_does_not_end_the_session() {
    let provider = Provider::start().await;
    let phone = Phone::signed_in(&provider).await;
    phone.wait(&provider, 600);
    // A widget of the same app refreshes with the same vault, and this process knows nothing of it.
    let mut newer = phone.vault.kept().unwrap();
    let spent = newer
        .refresh
        .replace(rabt_link::session::Secret::new("rt-widget"))
        .unwrap();
    provider.book().refresh.remove(spent.reveal());
    provider.book().refresh.insert("rt-widget".into());
    phone.vault.put(&newer);
    phone.access().await;
    assert_eq!(provider.book().count("refresh_token"), 2);
}

#[tokio::test]
async fn a_token_of_an_ended_session_is_not_renewed_in_the_name_of_the_next_person() {
    let provider = Provider::start().await;
    let phone = Phone::signed_in(&provider).await;
    let old = phone.keeper.access().await.unwrap();
    phone.keeper.sign_out().await.unwrap();
    assert!(matches!(
        phone.keeper.renew(&old).await.unwrap_err(),
        SessionError::SignInRequired
    ));
    provider.book().subject = "person-2".into();
    phone.sign_in(&provider).await;
    assert!(matches!(
        phone.keeper.renew(&old).await.unwrap_err(),
        SessionError::SignInRequired
    ));
    assert_eq!(provider.book().count("refresh_token"), 0);
    let new = phone.keeper.access().await.unwrap();
    assert!(phone.keeper.renew(&new).await.is_ok());
}

#[tokio::test]
async fn a_sign_in_during_a_refresh_wins() {
    let provider = Provider::start().await;
    let phone = Phone::signed_in(&provider).await;
    let second = phone.try_sign_in(&provider, SignInRequest::default()).await.unwrap();
    phone.wait(&provider, 600);
    provider.gate.forget_permits(Semaphore::MAX_PERMITS);
    let caller = {
        let keeper = phone.keeper.clone();
        tokio::spawn(async move { keeper.access().await })
    };
    provider.acted.acquire_many(3).await.unwrap().forget();
    let mut tokens = second;
    tokens.tokens.received_at = tokens.tokens.received_at.plus_seconds(600);
    tokens.tokens.expires_at = tokens.tokens.expires_at.plus_seconds(600);
    let installed = tokens.tokens.access.clone();
    phone.keeper.install(tokens).await.unwrap();
    provider.gate.add_permits(1);
    timeout(PATIENCE, caller).await.unwrap().unwrap().unwrap();
    assert_eq!(phone.vault.kept().unwrap().access, installed);
    assert_eq!(phone.access().await, installed.reveal());
}

#[tokio::test]
async fn a_key_that_was_rolled_over_is_found_during_a_refresh() {
    let provider = Provider::start().await;
    let phone = Phone::signed_in(&provider).await;
    provider.book().id_token_on_refresh = true;
    provider.book().keys = vec![new_key()];
    phone.wait(&provider, 280);
    phone.access().await;
    assert_eq!(provider.book().count("jwks"), 2);
}

#[tokio::test]
async fn nobody_is_signed_in_at_first() {
    let provider = Provider::start().await;
    let phone = Phone::new(&provider);
    assert_eq!(phone.keeper.current().await.unwrap(), None);
    assert!(matches!(
        phone.keeper.access().await.unwrap_err(),
        SessionError::SignInRequired
    ));
    assert!(provider.book().asked.is_empty());
}
