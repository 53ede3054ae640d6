//! A client that does as little as can be: asks for bytes over HTTP/2 and TLS, and throws them away.

use super::{PERSONA, city::City};
use crate::harness::Outcome;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use rabt_sandbox::browser::{Browser, Intent};
use reqwest::{Certificate, Client};
use ring::digest::{SHA256, digest};
use serde::Deserialize;
use std::time::Instant;
use tokio::runtime::{Builder, Runtime};
use url::Url;

/// Any secret does: nobody listens who could use it.
const CODE_VERIFIER: &str = "rabt-bench-rabt-bench-rabt-bench-rabt-bench-0";
/// As many bills as the protocol lets one ask for at once.
const PAGE: &str = "/v1/bills?limit=500";

/// See the module.
pub(crate) struct Bare {
    runtime: Runtime,
    client: Client,
    ca_pem: String,
    access_token: String,
}

#[derive(Deserialize)]
struct Metadata {
    authorization_endpoint: String,
    token_endpoint: String,
}

#[derive(Deserialize)]
struct Tokens {
    access_token: String,
}

impl Bare {
    /// One that the person has signed in with; it holds a bearer token.
    ///
    /// # Errors
    /// Where the sign-in fails.
    pub(crate) fn of(city: &City) -> Outcome<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let client = client(city.ca_pem())?;
        let access_token = runtime.block_on(sign_in(city, &client))?;
        Ok(Self {
            runtime,
            client,
            ca_pem: city.ca_pem().to_owned(),
            access_token,
        })
    }

    /// What proves who asks.
    pub(crate) fn access_token(&self) -> &str {
        &self.access_token
    }

    /// Drops every connection.
    ///
    /// # Errors
    /// Where the certificate can't be read.
    pub(crate) fn disconnect(&mut self) -> Outcome<()> {
        self.client = client(&self.ca_pem)?;
        Ok(())
    }

    /// Asks one agency for the bills; how long that took, in seconds.
    ///
    /// # Errors
    /// Where it doesn't answer with them.
    pub(crate) fn bills(&self, agency_url: &str) -> Outcome<f64> {
        let asked = self
            .client
            .get(format!("{agency_url}{PAGE}"))
            .bearer_auth(&self.access_token);
        let begun = Instant::now();
        self.runtime.block_on(async {
            let answer = asked.send().await?.error_for_status()?;
            answer.bytes().await
        })?;
        Ok(begun.elapsed().as_secs_f64())
    }
}

fn client(ca_pem: &str) -> Outcome<Client> {
    // That one is there already is fine: it is this one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let roots = [Certificate::from_pem(ca_pem.as_bytes())?];
    Ok(Client::builder().no_proxy().tls_certs_only(roots).build()?)
}

/// The code flow with PKCE, without what a careful client adds to it.
async fn sign_in(city: &City, client: &Client) -> Outcome<String> {
    let metadata = format!("{}/.well-known/openid-configuration", city.issuer());
    let metadata = client.get(metadata).send().await?.error_for_status()?.bytes().await?;
    let metadata: Metadata = serde_json::from_slice(&metadata)?;
    let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, CODE_VERIFIER.as_bytes()));
    let mut page = Url::parse(&metadata.authorization_endpoint)?;
    page.query_pairs_mut().extend_pairs([
        ("response_type", "code"),
        ("client_id", city.client_id()),
        ("redirect_uri", city.redirect_uri()),
        ("scope", "openid"),
        ("state", "bench"),
        ("nonce", "bench"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ]);
    let back = Browser::new(city.ca_pem())?
        .visit(page.as_str(), PERSONA, Intent::Approve)
        .await?;
    let back = Url::parse(&back)?;
    let (_, code) = back
        .query_pairs()
        .find(|(name, _)| name == "code")
        .ok_or("no code came back")?;
    let form = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([
            ("grant_type", "authorization_code"),
            ("client_id", city.client_id()),
            ("redirect_uri", city.redirect_uri()),
            ("code", &code),
            ("code_verifier", CODE_VERIFIER),
        ])
        .finish();
    let answer = client
        .post(metadata.token_endpoint)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form)
        .send()
        .await?
        .error_for_status()?;
    let tokens: Tokens = serde_json::from_slice(&answer.bytes().await?)?;
    Ok(tokens.access_token)
}
