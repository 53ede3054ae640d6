//! Control: what a test or QA does to the city that nobody in it could. It moves the clock, loads people, issues and changes
//! bills, breaks parties, lets agencies join, and looks at the books.
//!
//! [`Control`] is the handle for Rust; `http` gives the same as JSON on a port of its own, for the other languages and the
//! console. The rules stay with the parties: what is here validates, names the field at fault, and calls them.

mod agencies;
mod autopay;
mod bills;
mod clock;
mod dump;
mod error;
mod faults;
mod http;
mod money;
mod network;
mod people;
mod sessions;
mod visits;

pub use agencies::{AgencySummary, BillKindSummary};
pub use clock::ClockReading;
pub use error::ControlError;
pub use people::PersonaSummary;

pub(crate) use http::router;
pub(crate) use people::load;

use crate::{city::Running, context::Ctx};
use std::sync::Arc;

/// The handle by which a test moves the city. Cheap to clone; once the city has ended, its methods fail.
#[derive(Clone)]
pub struct Control {
    running: Arc<Running>,
}

impl std::fmt::Debug for Control {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Control").finish_non_exhaustive()
    }
}

impl Control {
    pub(crate) fn new(running: Arc<Running>) -> Self {
        Self { running }
    }

    fn ctx(&self) -> &Ctx {
        &self.running.ctx
    }

    /// Where everybody is, and all that an app for this city is built with.
    pub(crate) fn introduction(&self) -> serde_json::Value {
        let ctx = self.ctx();
        let addresses = &ctx.addresses;
        serde_json::json!({
            "identity": addresses.identity,
            "gateway": addresses.gateway,
            "bank": addresses.bank,
            "control": addresses.control,
            "client_id": crate::city::CLIENT_ID,
            "redirect_uri": crate::city::REDIRECT_URI,
            "directory_key": rabt_protocol::jose::Signer::public_key(&ctx.keys.directory),
            "ca_pem": self.running.authority.certificate_pem(),
            "config": ctx.config,
        })
    }
}
