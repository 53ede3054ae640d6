//! One sign-in for the whole city.

use crate::{
    core::Core,
    error::{RabtError, SignInReason},
    values::Bilingual,
};

/// Signing in and out.
#[derive(uniffi::Object)]
pub struct Session(pub(crate) Core);

/// Who is signed in.
#[derive(Clone, PartialEq, Eq, uniffi::Enum)]
pub enum SessionState {
    /// Nobody. Where the session ended by itself, what is stored can still be read.
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

/// What became of a sign-out. On the device it has happened in any case.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct SignedOut {
    /// Whether the provider took the tokens back.
    pub revoked: bool,
    /// A page where the person can end their session with the provider too, to be opened in the browser.
    pub page_url: Option<String>,
}

#[uniffi::export]
impl Session {
    /// Who is signed in, from the store; it needs no network.
    ///
    /// Throws `Storage`.
    pub async fn state(&self) -> Result<SessionState, RabtError> {
        self.0
            .call(|rabt| async move { Ok(rabt.session().state().await?.into()) })
            .await
    }

    /// Begins a sign-in, and returns the address of the page to open in the system's browser. It is for this one attempt and secret
    /// until then. Hand the URL that comes back to `complete`.
    ///
    /// Throws `Offline`; `AgencyUnavailable` for the identity provider; `Storage`.
    pub async fn begin_sign_in(&self) -> Result<String, RabtError> {
        self.0
            .call(|rabt| async move { Ok(rabt.session().begin_sign_in().await?.url.into()) })
            .await
    }

    /// Begins to raise the assurance level of the person who is signed in to the one that `StepUpRequired` names, and returns the
    /// address of the page to open, as `beginSignIn` does.
    ///
    /// Throws what `beginSignIn` does; `SignInRequired` where nobody is signed in; `InvalidInput` on `acr`.
    pub async fn begin_step_up(&self, acr: String) -> Result<String, RabtError> {
        self.0
            .call(move |rabt| async move { Ok(rabt.session().begin_step_up(&acr).await?.url.into()) })
            .await
    }

    /// Takes the URL that came back from a page of `beginSignIn` or `beginStepUp`, also after the app was killed in between. Each is
    /// taken once.
    ///
    /// Throws `InvalidInput` on `url` for one that answers no attempt of this device, which then goes on waiting; `SignInRequired` where
    /// the person cancelled or the answer was refused; `Conflict` with `AnotherPerson`; `Offline`.
    pub async fn complete(&self, url: String) -> Result<SessionState, RabtError> {
        self.0
            .call(move |rabt| async move { Ok(rabt.session().complete(&url).await?.into()) })
            .await
    }

    /// Signs out: destroys the key of everything that is stored, and the files; then tells the provider, if it can be reached. It works
    /// offline.
    ///
    /// Throws `Conflict` with `PaymentsUnfinished` unless `forgetUnfinished`: those payments go on at the hub, and this device won't hear
    /// of them before the next sign-in. `Storage`: where the key could not be destroyed yet, the next opening does it.
    #[uniffi::method(default(forget_unfinished = false))]
    pub async fn sign_out(&self, forget_unfinished: bool) -> Result<SignedOut, RabtError> {
        self.0
            .call(move |rabt| async move {
                let signed_out = rabt.session().sign_out(forget_unfinished).await?;
                Ok(SignedOut {
                    revoked: signed_out.revoked,
                    page_url: signed_out.page.map(|page| page.url.into()),
                })
            })
            .await
    }
}

impl From<rabt::SessionState> for SessionState {
    fn from(state: rabt::SessionState) -> Self {
        match state {
            rabt::SessionState::SignedOut { reason } => Self::SignedOut { reason: reason.into() },
            rabt::SessionState::SignedIn { name, acr } => Self::SignedIn {
                name: name.as_ref().map(Bilingual::from),
                acr,
            },
        }
    }
}
