//! A phone over a trial's folder, and what it knows of the city.

use super::{PERSONA, files};
use crate::FolderSecrets;
use rabt::{
    Config, Page, Ports, Rabt, RabtError, SessionState, SignInReason,
    domain::Language,
    jose::{Jwk, JwkSet},
};
use rabt_sandbox::browser::{self, BrowserError};
use serde::{Deserialize, Serialize};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

/// How long a refresh waits for one agency. One that was killed is up again long before.
const AGENCY_DEADLINE_MS: u64 = 10_000;

/// What the phone knows of the city: what control's `GET /v1/city` answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CityCard {
    pub(crate) identity: String,
    pub(crate) gateway: String,
    pub(crate) control: String,
    client_id: String,
    redirect_uri: String,
    directory_key: Jwk,
    pub(crate) ca_pem: String,
}

impl CityCard {
    pub(crate) fn of(city: &rabt_sandbox::City) -> Self {
        Self {
            identity: city.issuer().to_owned(),
            gateway: city.gateway_url().to_owned(),
            control: city.control_url().to_owned(),
            client_id: city.client_id().to_owned(),
            redirect_uri: city.redirect_uri().to_owned(),
            directory_key: city.directory_key(),
            ca_pem: city.ca_pem().to_owned(),
        }
    }

    pub(crate) fn write(&self, folder: &Path) {
        let json = serde_json::to_vec(self).expect("a card is JSON");
        fs::write(folder.join(files::CARD), json).expect("the card can be written");
    }

    pub(crate) fn read(folder: &Path) -> Self {
        let json = fs::read(folder.join(files::CARD)).expect("the card can be read");
        serde_json::from_slice(&json).expect("a card")
    }
}

/// The app, open over a trial's folder.
pub struct Device {
    pub(crate) rabt: Rabt,
    pub(crate) city: CityCard,
    folder: PathBuf,
}

impl Device {
    /// Opens it.
    ///
    /// # Errors
    /// As [`Rabt::open`].
    ///
    /// # Panics
    /// Where the folder is no trial's.
    pub async fn open(folder: &Path) -> Result<Self, RabtError> {
        let city = CityCard::read(folder);
        let config = Config {
            data_dir: folder.join(files::PHONE),
            gateway_url: city.gateway.clone(),
            issuer: city.identity.clone(),
            client_id: city.client_id.clone(),
            redirect_uri: city.redirect_uri.clone(),
            instrument_return_uri: "rabt-demo:/linked".to_owned(),
            directory_keys: JwkSet {
                keys: vec![city.directory_key.clone()],
            },
            extra_roots_pem: vec![city.ca_pem.clone()],
            language: Language::En,
            agency_deadline_ms: AGENCY_DEADLINE_MS,
        };
        let secrets = folder.join(files::SECRETS);
        fs::create_dir_all(&secrets).expect("a folder for secrets");
        let ports = Ports::system(Arc::new(FolderSecrets::new(secrets)));
        Ok(Self {
            rabt: Rabt::open(config, ports).await?,
            city,
            folder: folder.to_owned(),
        })
    }

    /// Where the provider leads back to.
    pub(crate) fn rabt_redirect(&self) -> &str {
        &self.city.redirect_uri
    }

    pub(crate) async fn is_signed_in(&self) -> Result<bool, RabtError> {
        Ok(matches!(
            self.rabt.session().state().await?,
            SessionState::SignedIn { .. }
        ))
    }

    pub(crate) async fn is_nobodys(&self) -> Result<bool, RabtError> {
        let nobody = SessionState::SignedOut {
            reason: SignInReason::NobodySignedIn,
        };
        Ok(self.rabt.session().state().await? == nobody)
    }

    /// Opens the provider's page in a browser, with the person in front of it. The URL that it leads back to is the operating
    /// system's until the app has taken it.
    pub(crate) async fn visit_provider(&self, page: &Page, second_factor: bool) -> Result<(), BrowserError> {
        let url = browser::sign_in_as(&self.city.ca_pem, page.url.as_str(), PERSONA, second_factor).await?;
        self.returned_with(&url);
        Ok(())
    }

    /// The same at the bank's page.
    pub(crate) async fn visit_bank(&self, page: &Page) -> Result<(), BrowserError> {
        let url = browser::approve_at_bank(&self.city.ca_pem, page.url.as_str(), PERSONA).await?;
        self.returned_with(&url);
        Ok(())
    }

    fn returned_with(&self, url: &str) {
        fs::write(self.folder.join(files::RETURNED), url).expect("the URL can be kept");
    }

    /// The URL that is handed to the app when it is opened.
    pub(crate) fn returned(&self) -> Option<String> {
        fs::read_to_string(self.folder.join(files::RETURNED)).ok()
    }

    /// The app has taken it.
    pub(crate) fn took_returned(&self) {
        let _ = fs::remove_file(self.folder.join(files::RETURNED));
    }
}
