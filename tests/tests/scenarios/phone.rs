//! A phone of a scenario: a folder, a secret store in files, a clock, the app's configuration, and the core while the app is open.

use crate::city::ScenarioCity;
use rabt::{Ports, Rabt, SystemEntropy};
use rabt_tests::{Child, FolderSecrets, PhoneClock};
use std::sync::Arc;
use tempfile::TempDir;
use tokio::process::Command;

/// See the module.
pub(crate) struct ScenarioPhone {
    dir: TempDir,
    clock: Arc<PhoneClock>,
    config: rabt::Config,
    rabt: Option<Rabt>,
}

impl ScenarioPhone {
    /// A new one, with the city's app open on it. Its clock shows the city's time.
    pub(crate) async fn new(city: &ScenarioCity) -> Self {
        let dir = TempDir::new().expect("a temporary folder");
        std::fs::create_dir(dir.path().join("secrets")).expect("a folder");
        let config = city.config(&dir.path().join("data"));
        let mut phone = Self {
            dir,
            clock: Arc::new(PhoneClock::ahead_of_the_machine(city.ahead_ms().await)),
            config,
            rabt: None,
        };
        phone.open().await;
        phone
    }

    /// Opens the app.
    pub(crate) async fn open(&mut self) {
        let ports = Ports {
            clock: self.clock.clone(),
            entropy: Arc::new(SystemEntropy::default()),
            secrets: Arc::new(FolderSecrets::new(self.dir.path().join("secrets"))),
            device_signer: None,
        };
        let rabt = Rabt::open(self.config.clone(), ports).await.expect("the app opens");
        self.rabt = Some(rabt);
    }

    /// Closes the app.
    pub(crate) fn close(&mut self) {
        self.rabt = None;
    }

    /// The core.
    pub(crate) fn rabt(&self) -> &Rabt {
        self.rabt.as_ref().expect("the app is open")
    }

    /// Lets time pass on it.
    pub(crate) fn pass(&self, seconds: i64) {
        self.clock.advance_seconds(seconds);
    }

    /// Closes the app and opens it in a process of its own, which can be killed.
    pub(crate) async fn in_a_process(&mut self, city: &ScenarioCity) -> Child {
        self.close();
        let mut settings = rabt_tests::settings(&self.config, &self.dir.path().join("secrets"));
        settings["clock_ahead_ms"] = city.ahead_ms().await.into();
        let mut child = Child::start(Command::new(env!("CARGO_BIN_EXE_rabt-phone")), &settings).await;
        let opened = child.ask("open").await;
        assert!(opened.starts_with("ok"), "{opened}");
        child
    }
}
