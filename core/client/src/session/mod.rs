//! One sign-in for the whole city: beginning it, taking the URL that comes back, stepping up, signing out.
//!
//! The protocol is the link's; here its flow is sealed in the store while the browser is open, so that an app that was killed
//! meanwhile goes on when the URL comes in, and its tokens are kept by a vault over the store.

mod end;
mod flow;
mod parts;
mod vault;

pub(crate) use parts::device_key;

use crate::{RabtError, core::Shared, error::SignInReason};
use rabt_domain::Bilingual;
use url::Url;

/// The session. Cheap to make and to drop.
#[derive(Clone)]
pub struct Session {
    pub(crate) core: Shared,
}

/// Who is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionState {
    /// Nobody. What is in the store can still be read if the session ended by itself.
    SignedOut {
        /// Why.
        reason: SignInReason,
    },
    /// Somebody.
    SignedIn {
        /// Their name, where the provider told it.
        name: Option<Bilingual>,
        /// The assurance level, where the provider told it.
        acr: Option<String>,
    },
}

/// A page to be opened in the system's browser.
#[derive(Clone, PartialEq, Eq)]
pub struct Page {
    /// Its address. It is for this one attempt and secret until then.
    pub url: Url,
}

impl std::fmt::Debug for Page {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Page")
            .field("host", &self.url.host_str())
            .finish_non_exhaustive()
    }
}

/// What became of a sign-out. On the device it has happened in any case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedOut {
    /// Whether the provider took the tokens back.
    pub revoked: bool,
    /// Where the person can end their session with the provider too, in the browser.
    pub page: Option<Page>,
}

impl Session {
    /// Who is signed in, from the store.
    ///
    /// # Errors
    /// [`RabtError::Storage`].
    pub async fn state(&self) -> Result<SessionState, RabtError> {
        flow::state(&self.core).await
    }

    /// Begins a sign-in. Open the page, and hand the URL that comes back to [`Session::complete`].
    ///
    /// # Errors
    /// [`RabtError::Offline`]; [`RabtError::AgencyUnavailable`] for the identity provider; [`RabtError::Storage`].
    pub async fn begin_sign_in(&self) -> Result<Page, RabtError> {
        let core = self.core.clone();
        self.core
            .to_the_end(async move { flow::begin_sign_in(&core).await })
            .await
    }

    /// Begins to raise the assurance level of the person who is signed in, as [`RabtError::StepUpRequired`] asks for.
    ///
    /// # Errors
    /// As [`Session::begin_sign_in`]; [`RabtError::SignInRequired`] where nobody is signed in; [`RabtError::InvalidInput`] on `acr`.
    pub async fn begin_step_up(&self, acr: &str) -> Result<Page, RabtError> {
        let (core, acr) = (self.core.clone(), acr.to_owned());
        self.core
            .to_the_end(async move { flow::begin_step_up(&core, acr).await })
            .await
    }

    /// Takes the URL that came back from a page of [`Session::begin_sign_in`] or [`Session::begin_step_up`], also after the app was
    /// killed in between. Each is taken once.
    ///
    /// # Errors
    /// [`RabtError::InvalidInput`] on `url` for one that answers no attempt of this device (the attempt, if there is one, goes on
    /// waiting); [`RabtError::SignInRequired`] where the person cancelled, didn't reach the level of a step-up, or the answer was refused;
    /// [`RabtError::Conflict`] where another person's data is on this device; [`RabtError::Offline`].
    pub async fn complete(&self, url: &str) -> Result<SessionState, RabtError> {
        let (core, url) = (self.core.clone(), url.to_owned());
        self.core
            .to_the_end(async move { flow::complete(&core, &url).await })
            .await
    }

    /// Signs out: destroys the key of everything that is stored, and both files; then tells the provider, if it can be reached.
    /// It works offline.
    ///
    /// # Errors
    /// [`RabtError::Conflict`] with `PaymentsUnfinished`, unless `forget_unfinished`: those payments go on at the hub, and this device
    /// won't hear of them before the next sign-in; likewise with `StatementsUnsent`, where a mandate was revoked or changed and the gateway
    /// can't be told now: it would go on paying. [`RabtError::Storage`]: where the key could not be destroyed yet, the next
    /// opening does it.
    pub async fn sign_out(&self, forget_unfinished: bool) -> Result<SignedOut, RabtError> {
        let core = self.core.clone();
        self.core
            .to_the_end(async move { end::sign_out(&core, forget_unfinished).await })
            .await
    }
}
