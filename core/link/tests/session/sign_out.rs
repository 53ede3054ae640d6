//! Signing out, with and without a network.

use crate::{phone::Phone, provider::Provider};
use rabt_link::session::{SessionError, TokenSource as _};
use std::{collections::HashMap, sync::atomic::Ordering};

#[tokio::test]
async fn signing_out_forgets_revokes_and_leads_to_the_providers_page() {
    let provider = Provider::start().await;
    let phone = Phone::signed_in(&provider).await;
    let id_token = phone.vault.kept().unwrap().id_token.unwrap();
    let out = phone.keeper.sign_out().await.unwrap();
    assert!(out.revoked);
    assert_eq!(phone.vault.kept(), None);
    assert!(provider.book().refresh.is_empty());
    assert_eq!(provider.book().count("revoke refresh_token"), 1);
    let url = out.end_session_url.clone().unwrap();
    assert_eq!(url.path(), "/logout");
    let query: HashMap<_, _> = url.query_pairs().into_owned().collect();
    assert_eq!(query["id_token_hint"], id_token.reveal());
    assert_eq!(query["post_logout_redirect_uri"], "rabt-demo:/signed-out");
    assert!(!format!("{out:?}").contains(id_token.reveal()));
    assert!(matches!(
        phone.keeper.access().await.unwrap_err(),
        SessionError::SignInRequired
    ));
}

#[tokio::test]
async fn signing_out_without_a_network_still_forgets() {
    let provider = Provider::start().await;
    let phone = Phone::signed_in(&provider).await;
    provider.wire.cut();
    let out = phone.keeper.sign_out().await.unwrap();
    assert!(!out.revoked);
    assert_eq!(phone.vault.kept(), None);
}

#[tokio::test]
async fn a_session_that_the_vault_did_not_forget_stands() {
    let provider = Provider::start().await;
    let phone = Phone::signed_in(&provider).await;
    phone.vault.fails.store(true, Ordering::SeqCst);
    assert!(matches!(
        phone.keeper.sign_out().await.unwrap_err(),
        SessionError::Vault(_)
    ));
    assert!(phone.keeper.access().await.is_ok());
    assert_eq!(provider.book().count("revoke refresh_token"), 0);
}

#[tokio::test]
async fn signing_out_twice_is_no_error() {
    let provider = Provider::start().await;
    let phone = Phone::signed_in(&provider).await;
    phone.keeper.sign_out().await.unwrap();
    let again = phone.keeper.sign_out().await.unwrap();
    assert!(!again.revoked && again.end_session_url.is_none());
}
