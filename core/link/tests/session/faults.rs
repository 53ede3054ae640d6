//! The five faults of sign-in that national apps were seen with. Each test fails where its fault is put back.

use crate::{
    phone::Phone,
    provider::{Fault, Provider},
};
use rabt_link::{
    LinkError,
    session::{SessionError, TokenSource as _},
};
use std::{sync::atomic::Ordering, time::Duration};
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(20);

/// 1: after a 401 the token was refreshed, the request sent again, and the *old* 401 returned.
#[tokio::test]
async fn fault_1_the_second_answer_after_a_401_is_the_one_that_counts() {
    let provider = Provider::start().await;
    let phone = Phone::signed_in(&provider).await;
    provider.book().access.clear();
    assert!(phone.gateway.instruments().await.is_ok());
    assert_eq!(provider.book().count("instruments"), 2);
    assert_eq!(provider.book().count("refresh_token"), 1);
}

/// 2: a revoked token whose local expiry had not passed was never refreshed, and looped.
#[tokio::test]
async fn fault_2_a_revoked_token_is_refreshed_before_its_expiry_and_does_not_loop() {
    let provider = Provider::start().await;
    let phone = Phone::signed_in(&provider).await;
    let revoked = phone.keeper.access().await.unwrap();
    provider.book().access.clear();
    assert_eq!(
        phone.keeper.access().await.unwrap(),
        revoked,
        "by its local expiry it is still good"
    );
    let renewed = phone.keeper.renew(&revoked).await.unwrap();
    assert_eq!(renewed.generation(), revoked.generation() + 1);
    assert_eq!(
        phone.keeper.renew(&revoked).await.unwrap(),
        renewed,
        "somebody already has"
    );
    assert_eq!(provider.book().count("refresh_token"), 1);

    // A party that refuses whatever token it is shown: one renewal, two requests, and an end.
    provider.book().refuses_all = true;
    let before = provider.book().asked.len();
    let outcome = timeout(PATIENCE, phone.gateway.instruments()).await.unwrap();
    assert!(matches!(outcome.unwrap_err(), LinkError::Refused(refusal) if refusal.status == 401));
    assert_eq!(
        provider.book().asked[before..],
        ["instruments", "refresh_token", "instruments"]
    );
}

/// 3: on refresh the old refresh token was kept where the server had rotated it.
#[tokio::test]
async fn fault_3_a_rotated_refresh_token_replaces_the_old_and_an_absent_one_keeps_it() {
    let provider = Provider::start().await;
    let phone = Phone::signed_in(&provider).await;
    let first = phone.vault.kept().unwrap().refresh.unwrap();
    for _ in 0..3 {
        phone.wait(&provider, 280);
        phone.access().await;
    }
    let rotated = phone.vault.kept().unwrap().refresh.unwrap();
    assert_ne!(rotated, first);
    assert_eq!(provider.book().refresh.iter().next().unwrap(), rotated.reveal());

    provider.book().rotates = false;
    for _ in 0..3 {
        phone.wait(&provider, 280);
        phone.access().await;
    }
    assert_eq!(phone.vault.kept().unwrap().refresh.unwrap(), rotated);
    assert_eq!(provider.book().count("refresh_token"), 6);
}

/// 4: any exception, a lost network too, forced a new sign-in.
#[tokio::test]
async fn fault_4_only_invalid_grant_ends_a_session() {
    let provider = Provider::start().await;
    let mut phone = Phone::signed_in(&provider).await;
    phone.wait(&provider, 600);
    let kept = phone.vault.kept();
    let faults = [
        Fault::Status(500, "oops"),
        Fault::Status(503, "busy"),
        Fault::Status(429, "slow down"),
        Fault::Status(200, "<html>sign in to the hotel's network</html>"),
        Fault::Status(403, "<html>firewall</html>"),
        Fault::Oauth(500, "invalid_grant"),
        Fault::Oauth(503, "invalid_grant"),
        Fault::Oauth(400, "temporarily_unavailable"),
        Fault::Oauth(400, "invalid_request"),
        Fault::Oauth(401, "invalid_client"),
        Fault::Oauth(400, "unauthorized_client"),
        Fault::Oauth(400, "invalid_dpop_proof"),
        Fault::Oauth(400, "something_new"),
    ];
    for fault in faults {
        provider.book().fault = Some(fault);
        let error = phone.keeper.access().await.unwrap_err();
        assert!(!matches!(error, SessionError::SignInRequired), "{error:?}");
        assert_eq!(phone.vault.kept(), kept);
    }
    provider.book().fault = None;
    provider.wire.cut();
    let error = phone.keeper.access().await.unwrap_err();
    assert!(
        matches!(error, SessionError::Offline(_) | SessionError::Unavailable { .. }),
        "{error:?}"
    );
    // The app is killed while the network is down: it is still signed in.
    phone = phone.killed(&provider);
    phone.turn_clock(600);
    assert!(!matches!(
        phone.keeper.access().await.unwrap_err(),
        SessionError::SignInRequired
    ));
    assert_eq!(phone.vault.kept(), kept);
    provider.wire.mend();
    assert!(phone.gateway.instruments().await.is_ok());

    provider.book().refresh.clear();
    phone.wait(&provider, 600);
    assert!(matches!(
        phone.keeper.access().await.unwrap_err(),
        SessionError::SignInRequired
    ));
    assert_eq!(phone.vault.kept(), None);
    let asked = provider.book().asked.len();
    assert!(matches!(
        phone.keeper.access().await.unwrap_err(),
        SessionError::SignInRequired
    ));
    assert_eq!(provider.book().asked.len(), asked, "an ended session asks nobody");
}

/// 5: the expiry was stored before the new refresh token, and a kill between them lost the session.
#[tokio::test]
async fn fault_5_tokens_and_expiry_are_saved_at_once_and_before_they_are_used() {
    let provider = Provider::start().await;
    let phone = Phone::signed_in(&provider).await;
    let before = phone.vault.kept().unwrap();
    phone.wait(&provider, 280);
    let saves = phone.vault.saves.load(Ordering::SeqCst);
    let held = phone.vault.hold();
    let mut call = {
        let gateway = phone.gateway.clone();
        tokio::spawn(async move { gateway.instruments().await })
    };
    timeout(PATIENCE, phone.vault.saving.notified()).await.unwrap();
    timeout(PATIENCE, phone.vault.saving.notified()).await.unwrap();
    // The provider has answered and the disk hasn't: nobody is given the new token, and what is kept is wholly the old.
    let early = timeout(Duration::from_millis(300), &mut call).await;
    assert!(early.is_err(), "it was used before it was saved");
    assert_eq!(provider.book().count("instruments"), 0);
    assert_eq!(phone.vault.kept(), Some(before.clone()));
    drop(held);
    timeout(PATIENCE, call).await.unwrap().unwrap().unwrap();
    let after = phone.vault.kept().unwrap();
    assert_eq!(phone.vault.saves.load(Ordering::SeqCst), saves + 1, "one save");
    assert_ne!(after.refresh, before.refresh);
    assert_ne!(after.access, before.access);
    assert!(after.expires_at > before.expires_at);
    // A kill right after it finds a session that works.
    let phone = phone.killed(&provider);
    phone.turn_clock(280 + 280);
    provider.book().clock_seconds += 280;
    phone.access().await;
}
