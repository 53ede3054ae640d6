//! An identity provider that nobody here wrote (`tests/peers/oidc-provider`), as a process of its own for one test; and a person
//! with a browser, who signs in there.
//!
//! What our own simulated provider and our client agree on may still be wrong. This one is certified and was written by people
//! who don't know us, so whatever it does and the client can't cope with is a defect of the client.

mod install;
mod person;

pub use person::Person;

use serde_json::{Value, json};
use std::{process::Stdio, time::Duration};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    process::{Child, Command},
};

/// How long it may take to start: far beyond what it takes on a busy machine.
const START: Duration = Duration::from_secs(60);

/// How the provider is set up.
#[derive(Clone, Copy, Debug)]
pub struct ForeignSettings {
    /// Whether a proof without the provider's own nonce is refused.
    pub nonce_required: bool,
    /// Whether each refresh token is used once.
    pub rotates: bool,
    /// What it signs ID tokens with.
    pub id_token_algorithm: &'static str,
    /// Whether the person's name is in the ID token, and not only at the provider's user information.
    pub name_in_id_token: bool,
    /// For how long an access token is valid.
    pub access_seconds: u32,
}

impl Default for ForeignSettings {
    fn default() -> Self {
        Self {
            nonce_required: true,
            rotates: true,
            id_token_algorithm: "ES256",
            name_in_id_token: false,
            access_seconds: 300,
        }
    }
}

/// The running provider. It ends with this value.
#[derive(Debug)]
pub struct ForeignProvider {
    settings: ForeignSettings,
    certificate: Certificate,
    port: u16,
    // Its standard input, which is kept open in here, is what it lives by.
    process: Child,
}

#[derive(Clone, Debug)]
struct Certificate {
    pem: String,
    key_pem: String,
}

impl ForeignProvider {
    /// This app's identifier there.
    pub const CLIENT: &str = "rabt-app";
    /// Where it sends people back to: a scheme of the app's own, named after a domain (RFC 8252, 7.1), which it insists on.
    pub const REDIRECT: &str = "com.example.rabt:/signed-in";
    /// The person whom it knows by more than the name that they enter.
    pub const MARIAM: &str = "mariam-example";

    /// Starts one on a free port; its packages are installed on first use.
    pub async fn start(settings: ForeignSettings) -> Self {
        let issued = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate");
        let certificate = Certificate {
            pem: issued.cert.pem(),
            key_pem: issued.signing_key.serialize_pem(),
        };
        Self::on(0, settings, certificate).await
    }

    /// Ends it and starts another in its place: the same address, other keys, and nothing known of what was before.
    pub async fn replaced(mut self) -> Self {
        self.process.kill().await.expect("it ends");
        Self::on(self.port, self.settings, self.certificate.clone()).await
    }

    async fn on(port: u16, settings: ForeignSettings, certificate: Certificate) -> Self {
        let server = install::server().await;
        let mut process = Command::new(install::NODE)
            .arg(server)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("node starts");
        let told = json!({
            "port": port,
            "certificate_pem": certificate.pem,
            "key_pem": certificate.key_pem,
            "client_id": Self::CLIENT,
            "redirect_uri": Self::REDIRECT,
            "nonce_required": settings.nonce_required,
            "rotates": settings.rotates,
            "id_token_algorithm": settings.id_token_algorithm,
            "name_in_id_token": settings.name_in_id_token,
            "access_seconds": settings.access_seconds,
        });
        let input = process.stdin.as_mut().expect("its input is ours");
        input.write_all(format!("{told}\n").as_bytes()).await.expect("it reads");
        let mut output = BufReader::new(process.stdout.take().expect("its output is ours"));
        let mut line = String::new();
        let listens = tokio::time::timeout(START, output.read_line(&mut line)).await;
        let Ok(Value::Object(answer)) = serde_json::from_str::<Value>(&line) else {
            let mut said = String::new();
            let errors = process.stderr.take().expect("its errors are ours").take(16 * 1024);
            let _ = process.start_kill();
            let _ = { errors }.read_to_string(&mut said).await;
            panic!("the provider didn't start ({listens:?}): {said}");
        };
        let port = answer["port"].as_u64().and_then(|port| u16::try_from(port).ok());
        // What it goes on to warn of must not fill a pipe that nobody reads.
        let mut errors = process.stderr.take().expect("its errors are ours");
        tokio::spawn(async move { tokio::io::copy(&mut errors, &mut tokio::io::sink()).await });
        Self {
            settings,
            certificate,
            port: port.expect("a port"),
            process,
        }
    }

    /// Its issuer.
    pub fn issuer(&self) -> String {
        format!("https://127.0.0.1:{}", self.port)
    }

    /// What to trust to reach it.
    pub fn root_pem(&self) -> &str {
        &self.certificate.pem
    }

    /// Opens a page of its in a new browser and does there what the person does; returns the URL that it leads away to.
    pub async fn visit(&self, url: &str, person: Person<'_>) -> String {
        person::visit(self.root_pem(), url, person).await
    }
}
