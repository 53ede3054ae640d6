//! The city and the phone, and what stands between a page and a person: here a small browser fills in the forms.

use super::{Outcome, show};
use rabt::{
    AGENCY_DEADLINE_MS_DEFAULT, Config, Ports, Rabt,
    domain::{AgencyId, Bilingual, Language},
    jose::JwkSet,
    store::MemorySecretStore,
};
use rabt_sandbox::{City, CityConfig};
use std::{path::PathBuf, sync::Arc, time::Instant};
use tempfile::TempDir;

const INSTRUMENT_RETURN_URI: &str = "rabt-demo:/linked";

/// See the module.
pub(super) struct Stage {
    pub(super) persona: String,
    folder: TempDir,
    secrets: Arc<MemorySecretStore>,
    config: Config,
    city: Option<City>,
    phone: Option<Rabt>,
}

impl Stage {
    /// Starts a city whose agencies take their time, and opens the app on a phone that nobody has used.
    pub(super) async fn set(persona: &str) -> Outcome<Self> {
        show::scene("A city starts");
        let begun = Instant::now();
        let folder = TempDir::with_prefix("rabt-demo-")?;
        let city = City::start(city_config(folder.path().join("city.db"))).await?;
        let config = app_config(&city, folder.path().join("phone"));
        show::line(&format!("  identity provider {}", city.issuer()));
        show::line(&format!("  gateway           {}", city.gateway_url()));
        show::line(&format!("  bank              {}", city.bank_url()));
        let agencies = city.control().agencies().len();
        show::line(&format!(
            "  {agencies} agencies, TLS and HTTP/2, {} ms",
            begun.elapsed().as_millis()
        ));
        let mut stage = Self {
            persona: persona.to_owned(),
            folder,
            secrets: Arc::default(),
            config,
            city: Some(city),
            phone: None,
        };
        stage.open_app().await?;
        Ok(stage)
    }

    /// The city, while it is there.
    pub(super) fn city(&self) -> Outcome<&City> {
        self.city.as_ref().ok_or_else(|| "the city is stopped".into())
    }

    /// The core, while the app is open.
    pub(super) fn phone(&self) -> Outcome<&Rabt> {
        self.phone.as_ref().ok_or_else(|| "the app is closed".into())
    }

    /// The city loses power.
    pub(super) fn kill_city(&mut self) {
        if let Some(city) = self.city.take() {
            city.kill();
        }
    }

    /// The power comes back.
    pub(super) async fn restart_city(&mut self) -> Outcome<()> {
        self.city = Some(City::start(city_config(self.folder.path().join("city.db"))).await?);
        Ok(())
    }

    /// Closes the app and opens it again, as after a kill.
    pub(super) async fn reopen_app(&mut self) -> Outcome<()> {
        self.phone = None;
        self.open_app().await
    }

    async fn open_app(&mut self) -> Outcome<()> {
        self.phone = Some(Rabt::open(self.config.clone(), Ports::system(self.secrets.clone())).await?);
        Ok(())
    }

    /// Puts everything away.
    pub(super) async fn clear(mut self) {
        self.phone = None;
        if let Some(city) = self.city.take() {
            city.stop().await;
        }
    }

    /// What an agency is called in a list.
    pub(super) async fn name_of(&self, agency: &AgencyId) -> Outcome<Bilingual> {
        let list = self.phone()?.agencies().list().await?;
        let known = list.into_iter().find(|view| &view.agency.id == agency);
        known
            .map(|view| view.agency.short_name)
            .ok_or_else(|| "an agency without a name".into())
    }
}

fn city_config(state_file: PathBuf) -> CityConfig {
    CityConfig {
        state_file: Some(state_file),
        latency_scale: 1.0,
        ..CityConfig::default()
    }
}

fn app_config(city: &City, data_dir: PathBuf) -> Config {
    Config {
        data_dir,
        gateway_url: city.gateway_url().to_owned(),
        issuer: city.issuer().to_owned(),
        client_id: city.client_id().to_owned(),
        redirect_uri: city.redirect_uri().to_owned(),
        instrument_return_uri: INSTRUMENT_RETURN_URI.to_owned(),
        directory_keys: JwkSet {
            keys: vec![city.directory_key()],
        },
        extra_roots_pem: vec![city.ca_pem().to_owned()],
        language: Language::En,
        agency_deadline_ms: AGENCY_DEADLINE_MS_DEFAULT,
    }
}
