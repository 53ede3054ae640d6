//! The whole city: started, stopped in order, killed at any moment, started again from its file.
//!
//! It runs on a runtime of its own, so that `kill` ends everything in it at once, whatever it was doing, as a lost process
//! would; and so that a test's own runtime, however small, never holds it up. What it must remember of itself is in
//! `settings`; what control does to it while it runs is `running`.

mod config;
mod error;
mod running;
mod settings;
mod start;

pub use config::CityConfig;
pub(crate) use config::{CLIENT_ID, REDIRECT_URI};
pub use error::CityError;
pub(crate) use running::Running;
pub(crate) use settings::{keep_clock_offset, keep_persona, loaded_personas};

use crate::control::{Control, ControlError};
use rabt_protocol::jose::{Jwk, Signer as _};
use std::{sync::Arc, time::Duration};
use tokio::runtime::Runtime;

/// How long the end of the runtime waits for what can't be interrupted: a handler that computes, a look-up of a name.
const RUNTIME_END: Duration = Duration::from_secs(3);

/// A running city. Dropping it kills it.
pub struct City {
    running: Arc<Running>,
    control: Control,
    runtime: Option<Runtime>,
}

impl std::fmt::Debug for City {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("City")
            .field("addresses", &self.running.ctx.addresses)
            .finish_non_exhaustive()
    }
}

impl City {
    /// Starts a city; when this returns, every party answers.
    ///
    /// # Errors
    /// [`CityError`]: names the setting, party or entry that is at fault.
    pub async fn start(config: CityConfig) -> Result<Self, CityError> {
        start::start(config).await
    }

    /// The certificate of the city's authority, in PEM: what a client must trust, and all it must.
    pub fn ca_pem(&self) -> &str {
        self.running.authority.certificate_pem()
    }

    /// The identity provider.
    pub fn issuer(&self) -> &str {
        &self.running.ctx.addresses.identity
    }

    /// The gateway.
    pub fn gateway_url(&self) -> &str {
        &self.running.ctx.addresses.gateway
    }

    /// The bank.
    pub fn bank_url(&self) -> &str {
        &self.running.ctx.addresses.bank
    }

    /// The control API, and the console at its root. Plain HTTP on loopback.
    pub fn control_url(&self) -> &str {
        &self.running.ctx.addresses.control
    }

    /// The public half of the key that signs the directory: the trust that a client ships with.
    pub fn directory_key(&self) -> Jwk {
        self.running.ctx.keys.directory.public_key()
    }

    /// The client that the identity provider knows.
    pub fn client_id(&self) -> &'static str {
        CLIENT_ID
    }

    /// A redirect address that the identity provider takes.
    pub fn redirect_uri(&self) -> &'static str {
        REDIRECT_URI
    }

    /// Where everybody is, and all that an app for this city is built with, as JSON: what control answers to `GET /v1/city`.
    pub fn introduction(&self) -> serde_json::Value {
        self.control.introduction()
    }

    /// Moves the clock, adds bills, breaks things.
    pub fn control(&self) -> &Control {
        &self.control
    }

    /// Where all the money is.
    ///
    /// # Errors
    /// [`ControlError`] where the state can't be read.
    pub fn books(&self) -> Result<crate::Books, ControlError> {
        self.control.books()
    }

    pub(crate) fn ctx(&self) -> &crate::context::Ctx {
        &self.running.ctx
    }

    /// Ends in order: no new connections, a moment for what is being answered.
    pub async fn stop(mut self) {
        self.running.stop().await;
        self.running.ctx.state.close();
        if let Some(runtime) = self.runtime.take() {
            // Ending a runtime blocks, which an asynchronous caller's thread must not.
            let _ = tokio::task::spawn_blocking(move || runtime.shutdown_timeout(RUNTIME_END)).await;
        }
    }

    /// Ends as if the process were killed: connections die, what runs is dropped where it stands, only what was committed
    /// stays. When this returns, the ports and the file are free. It blocks for some milliseconds.
    pub fn kill(mut self) {
        self.end_abruptly();
    }

    fn end_abruptly(&mut self) {
        // The state first: whatever still runs for a moment can change nothing any more.
        self.running.ctx.state.close();
        if let Some(runtime) = self.runtime.take() {
            // A runtime must not end on a thread of another, on which the caller may be.
            let _ = std::thread::spawn(move || runtime.shutdown_timeout(RUNTIME_END)).join();
        }
    }
}

impl Drop for City {
    fn drop(&mut self) {
        self.end_abruptly();
    }
}
