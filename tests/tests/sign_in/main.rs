//! Signing in, staying signed in and signing out: the whole core over real sockets and real files, against the city's identity
//! provider, in each way in which a provider may be set up and in each in which one may lie.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that meets something else has failed"
)]

mod callback;
mod clock;
mod metadata;
mod people;
mod provider;
mod refresh;
mod sign_out;
mod step_up;
mod tamper;

use rabt::{RabtError, SessionState, SignInReason, domain::InvalidReason};
use rabt_protocol::oidc::acr;
use rabt_sandbox::{FaultKind, IdentitySettings};
use rabt_tests::{Phone, Town};
use std::time::Duration;

/// Who signs in.
const PERSON: &str = "tenant-family";
/// Somebody else.
const OTHER: &str = "trader";
/// An agency with a bill of theirs.
const AGENCY: &str = "police";
/// How long a call may take that must not hang: far beyond what it takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);
/// After so long an access token is about to expire.
const NEARLY_EXPIRED_SECONDS: i64 = 280;
/// Longer than any test lasts.
const NEVER: FaultKind = FaultKind::LatencyMs { latency_ms: 600_000 };

/// A city whose provider is set up otherwise.
async fn town_where(change: impl FnOnce(&mut IdentitySettings)) -> Town {
    let town = Town::start().await;
    change_provider(&town, change);
    town
}

/// A city in which each request to the provider is one request: without nonces, no first attempt is made to get one.
async fn town_without_nonces() -> Town {
    town_where(|settings| settings.dpop_nonces = false).await
}

fn change_provider(town: &Town, change: impl FnOnce(&mut IdentitySettings)) {
    let mut settings = town.control().identity_settings().unwrap();
    change(&mut settings);
    town.control().set_identity_settings(&settings).unwrap();
}

async fn state(phone: &Phone) -> SessionState {
    phone.rabt().session().state().await.unwrap()
}

/// The assurance level of whoever is signed in.
async fn level(phone: &Phone) -> Option<String> {
    match state(phone).await {
        SessionState::SignedIn { acr, .. } => acr,
        SessionState::SignedOut { reason } => panic!("nobody is signed in: {reason}"),
    }
}

fn low() -> Option<String> {
    Some(acr::LOW.to_owned())
}

fn signed_out(reason: SignInReason) -> SessionState {
    SessionState::SignedOut { reason }
}

fn sign_in_required(reason: SignInReason) -> RabtError {
    RabtError::SignInRequired { reason }
}

/// What is said of a URL that answers no attempt of this device.
fn foreign_url() -> RabtError {
    RabtError::InvalidInput {
        field: "url".to_owned(),
        reason: InvalidReason::Malformed,
    }
}
