//! A city that is started for one test.

use crate::Phone;
use rabt::{Config, domain::Language, jose::JwkSet};
use rabt_sandbox::{City, CityConfig, Control};
use std::path::Path;

/// Where the bank's and processor's pages send a test's person back to.
const INSTRUMENT_RETURN_URI: &str = "rabt-demo:/linked";

/// A running city.
pub struct Town {
    city: City,
}

impl Town {
    /// A strict and quick one, in memory.
    pub async fn start() -> Self {
        Self::with(CityConfig::default()).await
    }

    /// One that is set up otherwise.
    pub async fn with(config: CityConfig) -> Self {
        Self {
            city: City::start(config).await.expect("the city starts"),
        }
    }

    /// The city.
    pub fn city(&self) -> &City {
        &self.city
    }

    /// Its control.
    pub fn control(&self) -> &Control {
        self.city.control()
    }

    /// What an app for this city is built with.
    pub fn config(&self, dir: &Path) -> Config {
        Config {
            data_dir: dir.to_path_buf(),
            gateway_url: self.city.gateway_url().to_owned(),
            issuer: self.city.issuer().to_owned(),
            client_id: self.city.client_id().to_owned(),
            redirect_uri: self.city.redirect_uri().to_owned(),
            instrument_return_uri: INSTRUMENT_RETURN_URI.to_owned(),
            directory_keys: JwkSet {
                keys: vec![self.city.directory_key()],
            },
            extra_roots_pem: vec![self.city.ca_pem().to_owned()],
            language: Language::En,
            agency_deadline_ms: 3_000,
        }
    }

    /// A new phone, with the city's app on it, opened.
    pub async fn phone(&self) -> Phone {
        Phone::new(self).await
    }

    /// A new phone on which somebody has signed in and agreed to every agency.
    pub async fn phone_of(&self, persona: &str) -> Phone {
        let phone = self.phone().await;
        phone.sign_in(self, persona).await.expect("the sign-in succeeds");
        phone.consent_to_all().await;
        phone
    }

    /// Lets time pass, in the city and on a phone.
    pub fn pass(&self, phone: &Phone, seconds: i64) {
        self.control().advance_ms(seconds * 1000).expect("the clock moves");
        phone.clock.advance_seconds(seconds);
    }

    /// Stops the city as if its machine lost power; hand its state file to [`Town::with`] to start it again.
    pub fn kill(self) {
        self.city.kill();
    }

    /// Stops the city.
    pub async fn stop(self) {
        self.city.stop().await;
    }
}
