//! A phone's app as a process of its own, which can be killed, starved of disk, or made another user's. The program is
//! `src/bin/rabt-phone.rs`; here are both ends of what is said to it: one line of settings, then a command a line, each answered by one.

use crate::{FolderSecrets, Phone, Town};
use rabt::{
    Config,
    domain::{InstrumentKind, Language},
    jose::JwkSet,
};
use serde_json::{Value, json};
use std::{path::Path, process::Stdio, sync::Arc, time::Duration};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    process::{ChildStdin, ChildStdout, Command},
    time::timeout,
};

/// No command takes longer than this, also on a busy machine; a longer silence is a child that hangs.
const ANSWER_MAX: Duration = Duration::from_secs(60);

/// A phone whose key another process can read too, on which somebody has signed in, linked an account and seen their bills; it is
/// closed, for such a process to open. In `dir`, or in a folder of its own.
pub async fn phone_for_children(town: &Town, persona: &str, dir: Option<TempDir>) -> (Phone, TempDir) {
    let secrets = TempDir::new().expect("a temporary folder");
    let mut phone = Phone::unopened(town);
    if let Some(dir) = dir {
        phone.config = town.config(dir.path());
        phone.dir = dir;
    }
    phone.kept_elsewhere = Some(Arc::new(FolderSecrets::new(secrets.path())));
    phone.open().await.expect("the core opens");
    phone.sign_in(town, persona).await.expect("the sign-in succeeds");
    phone.consent_to_all().await;
    phone.link(town, persona, InstrumentKind::BankAccount).await;
    phone.refresh().await;
    phone.close();
    (phone, secrets)
}

/// What the program is told first: what its app is built with, and where its secrets are.
pub fn settings(config: &Config, secrets: &Path) -> Value {
    json!({
        "data_dir": config.data_dir,
        "secrets_dir": secrets,
        "gateway_url": config.gateway_url,
        "issuer": config.issuer,
        "client_id": config.client_id,
        "redirect_uri": config.redirect_uri,
        "instrument_return_uri": config.instrument_return_uri,
        "directory_keys": config.directory_keys,
        "extra_roots_pem": config.extra_roots_pem,
        "agency_deadline_ms": config.agency_deadline_ms,
    })
}

/// The same, read again.
pub fn config_of(settings: &Value) -> Option<Config> {
    let text = |name: &str| settings[name].as_str().map(str::to_owned);
    Some(Config {
        data_dir: text("data_dir")?.into(),
        gateway_url: text("gateway_url")?,
        issuer: text("issuer")?,
        client_id: text("client_id")?,
        redirect_uri: text("redirect_uri")?,
        instrument_return_uri: text("instrument_return_uri")?,
        directory_keys: serde_json::from_value::<JwkSet>(settings["directory_keys"].clone()).ok()?,
        extra_roots_pem: serde_json::from_value(settings["extra_roots_pem"].clone()).ok()?,
        language: Language::En,
        agency_deadline_ms: settings["agency_deadline_ms"].as_u64()?,
    })
}

/// The process. Dropping it kills it.
pub struct Child {
    process: tokio::process::Child,
    stdin: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Child {
    /// Starts it by a command that ends in the program, which a test knows as `CARGO_BIN_EXE_rabt-phone`.
    pub async fn start(mut command: Command, settings: &Value) -> Self {
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the program starts");
        let stdin = process.stdin.take().expect("a pipe");
        let lines = BufReader::new(process.stdout.take().expect("a pipe")).lines();
        let mut child = Self { process, stdin, lines };
        child.say(&settings.to_string()).await;
        child
    }

    /// Its number, for the tools that change what a process may.
    pub fn id(&self) -> u32 {
        self.process.id().expect("it runs")
    }

    /// Says a line.
    pub async fn say(&mut self, line: &str) {
        let line = format!("{line}\n");
        self.stdin.write_all(line.as_bytes()).await.expect("it listens");
    }

    /// The next line; `None` where it has ended.
    pub async fn heard(&mut self) -> Option<String> {
        timeout(ANSWER_MAX, self.lines.next_line())
            .await
            .expect("it doesn't hang")
            .expect("it speaks text")
    }

    /// Says a command and waits for its answer: `ok …` or `error …`.
    pub async fn ask(&mut self, command: &str) -> String {
        self.say(command).await;
        self.heard().await.unwrap_or_else(|| "ended".to_owned())
    }

    /// Kills it as the system does, without a word.
    pub async fn kill(mut self) {
        self.process.kill().await.expect("it can be killed");
    }
}
