//! What a session is made of at run time: the provider, the keeper of its tokens, the device's key.

use super::vault::StoreVault;
use crate::{
    Config, RabtError,
    core::{Core, SessionParts},
    error::SignInReason,
};
use rabt_domain::{Agency, Language, Timestamp};
use rabt_link::{
    AgencyClient, Caller, GatewayClient,
    session::{Clock, Provider, ProviderConfig, SessionKeeper, SessionTokens, SignIn},
};
use rabt_protocol::jose::{Es256Key, SignError, Signer};
use rabt_store::{Secret, Store, StoreError, mandates::DeviceKey};
use std::sync::Arc;

/// The scopes that are asked for: who the person is, a refresh token, the city's agencies.
const SCOPES: [&str; 4] = ["openid", "profile", "offline_access", "city"];

impl Core {
    /// Puts the session together over the store of this moment.
    pub(crate) async fn load_session(&self) -> Result<(), RabtError> {
        let device_key = self.own_device_key().await?;
        self.put_session_together(device_key)
    }

    /// The same with the device's key, where it is the core's own.
    pub(crate) fn put_session_together(&self, own: Option<OwnKey>) -> Result<(), RabtError> {
        let (signer, device_key) = match (&self.ports.device_signer, own) {
            (Some(signer), _) => (Arc::clone(signer), None),
            (None, Some(own)) => (own.signer, Some(own.pkcs8)),
            (None, None) => return Err(RabtError::Bug { at: "device key" }),
        };
        let clock = Arc::clone(&self.ports.clock);
        let clock: Clock = Arc::new(move || clock.now());
        let provider = Provider::new(
            provider_config(&self.config),
            self.http.clone(),
            Some(Arc::clone(&signer)),
            clock,
        )
        .map_err(|refusal| {
            tracing::error!(field = refusal.field, "the provider's configuration is refused");
            RabtError::Bug { at: "provider" }
        })?;
        let vault = Arc::new(StoreVault::new(self.store(), Arc::clone(&self.changes)));
        self.session.set(Some(SessionParts {
            sign_in: SignIn::new(provider.clone()),
            keeper: SessionKeeper::new(provider, vault),
            signer,
            device_key,
        }));
        Ok(())
    }

    /// Goes on with the session that is in the store now. It is the same keeper where it is the same device key, for what is under
    /// way still asks it for tokens, and two keepers would spend each other's.
    pub(crate) async fn reload_session(&self) -> Result<(), RabtError> {
        let parts = self.session_parts()?;
        if parts.device_key == self.own_device_key().await?.map(|own| own.pkcs8) {
            Ok(parts.keeper.look_again().await?)
        } else {
            self.load_session().await
        }
    }

    fn session_parts(&self) -> Result<SessionParts, RabtError> {
        self.session.get().ok_or(RabtError::Bug { at: "session" })
    }

    pub(crate) fn sign_in(&self) -> Result<SignIn, RabtError> {
        Ok(self.session_parts()?.sign_in)
    }

    pub(crate) fn keeper(&self) -> Result<SessionKeeper, RabtError> {
        self.awake()?;
        Ok(self.session_parts()?.keeper)
    }

    /// What signs for the device.
    pub(crate) fn signer(&self) -> Result<Arc<dyn Signer>, RabtError> {
        Ok(self.session_parts()?.signer)
    }

    /// The device's own key, of which this phone needs nobody's word that it is the person's.
    pub(crate) fn own_key(&self) -> Result<Option<DeviceKey>, RabtError> {
        let thumbprint = self.signer()?.public_key().thumbprint();
        Ok(thumbprint.ok().map(|thumbprint| DeviceKey {
            thumbprint,
            since: Timestamp::EPOCH,
            until: None,
        }))
    }

    /// The session, or that somebody has to sign in.
    pub(crate) async fn signed_in(&self) -> Result<SessionTokens, RabtError> {
        match self.keeper()?.current().await? {
            Some(tokens) => Ok(tokens),
            None => Err(RabtError::SignInRequired {
                reason: self.why_nobody().await?,
            }),
        }
    }

    /// Why nobody is signed in: a store that belongs to somebody says that their session has ended.
    pub(crate) async fn why_nobody(&self) -> Result<SignInReason, RabtError> {
        let known = self.stored(|store| store.session().owner()).await?.is_some();
        Ok(if known {
            SignInReason::SessionEnded
        } else {
            SignInReason::NobodySignedIn
        })
    }

    /// Speaks to an agency about the person who is signed in.
    pub(crate) async fn agency_client(&self, agency: &Agency) -> Result<AgencyClient, RabtError> {
        let subject = self.signed_in().await?.subject;
        Ok(AgencyClient::new(self.caller()?, agency, subject)?)
    }

    /// Speaks to the gateway about the person who is signed in.
    pub(crate) async fn gateway_client(&self) -> Result<GatewayClient, RabtError> {
        let subject = self.signed_in().await?.subject;
        let signed = self.directory().await?;
        let (url, keys) = (&signed.directory.gateway_url, signed.receipt_keys.clone());
        Ok(GatewayClient::new(self.caller()?, url, subject, keys)?)
    }

    /// Speaks with the token of the person who is signed in.
    pub(crate) fn caller(&self) -> Result<Caller, RabtError> {
        Ok(Caller::new(self.http.clone(), Arc::new(self.keeper()?)))
    }

    /// The device's key from the store, made at the first time; `None` where the shell gives its own. One that can't be read is
    /// replaced: its tokens are then refused by the provider, and the person signs in again.
    async fn own_device_key(&self) -> Result<Option<OwnKey>, RabtError> {
        match self.ports.device_signer {
            Some(_) => Ok(None),
            None => self.stored(device_key).await.map(Some),
        }
    }
}

/// The device's own key, as it is kept and as it signs.
pub(crate) struct OwnKey {
    pkcs8: Secret,
    signer: Arc<dyn Signer>,
}

/// The device's key in the store, made where there is none that can be used.
pub(crate) fn device_key(store: &Store) -> Result<OwnKey, StoreError> {
    let signer = |pkcs8: &Secret| Es256Key::from_pkcs8(pkcs8.reveal()).map(Arc::new);
    match store.session().device_key() {
        Ok(Some(pkcs8)) => {
            if let Ok(signer) = signer(&pkcs8) {
                return Ok(OwnKey { pkcs8, signer });
            }
        }
        Ok(None) | Err(StoreError::Damaged { .. }) => {}
        Err(error) => return Err(error),
    }
    let unusable = |error: SignError| StoreError::Bug(error.to_string());
    let pkcs8 = Secret::new(Es256Key::generate_pkcs8().map_err(unusable)?);
    let signer = signer(&pkcs8).map_err(unusable)?;
    store.session().save_device_key(&pkcs8)?;
    Ok(OwnKey { pkcs8, signer })
}

fn provider_config(config: &Config) -> ProviderConfig {
    ProviderConfig {
        issuer: config.issuer.clone(),
        client_id: config.client_id.clone(),
        redirect_uri: config.redirect_uri.clone(),
        scopes: SCOPES.map(str::to_owned).to_vec(),
        post_logout_redirect_uri: Some(config.redirect_uri.clone()),
    }
}

/// The languages of the provider's pages, best first.
pub(super) fn locales(language: Language) -> Vec<String> {
    match language {
        Language::En => vec!["en".to_owned(), "ar".to_owned()],
        Language::Ar => vec!["ar".to_owned(), "en".to_owned()],
    }
}
