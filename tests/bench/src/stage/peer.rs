//! The Kotlin peer (`tests/peers/kotlin`), as the measure holds it: a JVM that refreshes at each line that it is told.

use super::{bare::Bare, city::City};
use crate::harness::{Child, Outcome};
use serde::Deserialize;
use serde_json::json;
use std::process::Command;
use tempfile::TempDir;

const MAIN: &str = "rabt.peer.MainKt";

/// See the module.
pub(crate) struct Peer {
    child: Child,
    /// Holds its database; gone with this value.
    _folder: TempDir,
}

/// What a refresh cost it.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct Refreshed {
    /// Processor time of the whole process, in seconds.
    pub(crate) cpu_seconds: f64,
    /// How many bills it has kept of this refresh.
    pub(crate) bills: usize,
}

impl Peer {
    /// Starts it, for a person that the bare client has signed in.
    ///
    /// # Errors
    /// Where it wasn't brought, or there is no Java.
    pub(crate) fn of(city: &City, bare: &Bare, class_path: Option<&str>) -> Outcome<Self> {
        let class_path = class_path.ok_or("the Kotlin peer wasn't brought; run this by `cargo xtask bench`")?;
        let folder = tempfile::Builder::new().prefix("rabt-peer-").tempdir()?;
        let mut command = Command::new("java");
        command.args(["-cp", class_path, MAIN]);
        let mut child = Child::of(command)?;
        child.say(
            &json!({
                "agencies": city.agency_urls(),
                "access_token": bare.access_token(),
                "ca_pem": city.ca_pem(),
                "database": folder.path().join("bills.db"),
            })
            .to_string(),
        )?;
        Ok(Self { child, _folder: folder })
    }

    /// Has it ask all agencies for all bills and keep them.
    ///
    /// # Errors
    /// Where it ends over it.
    pub(crate) fn refresh(&mut self) -> Outcome<Refreshed> {
        Ok(serde_json::from_str(&self.child.ask("refresh")?)?)
    }
}
