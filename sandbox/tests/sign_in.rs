//! Signing in over real sockets: an app of a few lines, a browser with a person before it, and the city's own servers.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what must hold by panicking"
)]

use rabt_protocol::{
    jose::{self, Es256Key, sha256_base64url},
    oidc::{OauthError, ProviderMetadata, PushedRequest, TokenResponse},
};
use rabt_sandbox::{
    City, CityConfig, Tamper,
    browser::{self, Browser, Intent},
};
use reqwest::{Client, Method, Response, StatusCode};
use serde_json::{Value, json};
use std::{collections::BTreeMap, path::Path};
use url::{Url, form_urlencoded::Serializer};

const VERIFIER: &str = "a-verifier-of-forty-three-characters-or-more";
const LOW: &str = "urn:rabt:acr:low";
const HIGH: &str = "urn:rabt:acr:high";

/// As little of an app as can sign in.
struct App {
    http: Client,
    key: Es256Key,
    provider: ProviderMetadata,
    client_id: &'static str,
    redirect_uri: &'static str,
}

impl App {
    async fn of(city: &City) -> Self {
        let http = Client::builder()
            .tls_backend_preconfigured(browser::tls(city.ca_pem()).unwrap())
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .unwrap();
        let discovery = format!("{}/.well-known/openid-configuration", city.issuer());
        let provider = http.get(discovery).send().await.unwrap().bytes().await.unwrap();
        Self {
            http,
            key: Es256Key::from_pkcs8(&Es256Key::generate_pkcs8().unwrap()).unwrap(),
            provider: serde_json::from_slice(&provider).unwrap(),
            client_id: city.client_id(),
            redirect_uri: city.redirect_uri(),
        }
    }

    fn proof(&self, method: &Method, url: &str, more: Value) -> String {
        let id = Es256Key::generate_pkcs8().unwrap();
        let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
        let mut claims = json!({"jti": sha256_base64url(id), "htm": method.as_str(), "htu": url, "iat": now});
        claims
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        jose::sign("dpop+jwt", &claims, &self.key, true).unwrap()
    }

    /// Posts a form with a proof, once more with the nonce where one is asked for.
    async fn post(&self, url: &str, form: &[(&str, &str)]) -> Response {
        let mut nonce = json!({});
        loop {
            let answer = self
                .http
                .post(url)
                .header("content-type", "application/x-www-form-urlencoded")
                .header("dpop", self.proof(&Method::POST, url, nonce.clone()))
                .body(Serializer::new(String::new()).extend_pairs(form).finish())
                .send()
                .await
                .unwrap();
            match answer.headers().get("dpop-nonce") {
                Some(told) if answer.status() == StatusCode::BAD_REQUEST && nonce == json!({}) => {
                    nonce = json!({"nonce": told.to_str().unwrap()});
                }
                _ => return answer,
            }
        }
    }

    /// The address to open in the browser.
    async fn begin(&self, acr: &str) -> String {
        let form = [
            ("client_id", self.client_id),
            ("response_type", "code"),
            ("redirect_uri", self.redirect_uri),
            ("scope", "openid profile"),
            ("state", "the-state"),
            ("nonce", "the-nonce"),
            ("code_challenge", &sha256_base64url(VERIFIER)),
            ("code_challenge_method", "S256"),
            ("acr_values", acr),
        ];
        let par = self.provider.pushed_authorization_request_endpoint.clone().unwrap();
        let pushed = self.post(&par, &form).await;
        let (status, body) = (pushed.status(), pushed.text().await.unwrap());
        assert_eq!(status, StatusCode::CREATED, "{body}");
        let pushed: PushedRequest = serde_json::from_str(&body).unwrap();
        let query = [("client_id", self.client_id), ("request_uri", &pushed.request_uri)];
        Url::parse_with_params(&self.provider.authorization_endpoint, query)
            .unwrap()
            .into()
    }

    /// What the browser brings back.
    async fn visit(&self, browser: &mut Browser, acr: &str, intent: Intent) -> BTreeMap<String, String> {
        let back = browser
            .visit(&self.begin(acr).await, "tenant-family", intent)
            .await
            .unwrap();
        assert!(back.starts_with(self.redirect_uri), "{back}");
        Url::parse(&back).unwrap().query_pairs().into_owned().collect()
    }

    async fn redeem(&self, code: &str) -> Response {
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", self.client_id),
            ("redirect_uri", self.redirect_uri),
            ("code", code),
            ("code_verifier", VERIFIER),
        ];
        self.post(&self.provider.token_endpoint, &form).await
    }

    async fn sign_in(&self, browser: &mut Browser, acr: &str, intent: Intent) -> TokenResponse {
        let given = self.visit(browser, acr, intent).await;
        assert_eq!(given["iss"], self.provider.issuer);
        tokens(self.redeem(&given["code"]).await).await
    }

    async fn refresh(&self, refresh_token: &str) -> Response {
        let form = [
            ("grant_type", "refresh_token"),
            ("client_id", self.client_id),
            ("refresh_token", refresh_token),
        ];
        self.post(&self.provider.token_endpoint, &form).await
    }

    /// Asks a city server for something of the person's.
    async fn get(&self, url: &str, access_token: &str) -> Response {
        let ath = json!({"ath": sha256_base64url(access_token)});
        self.http
            .get(url)
            .header("authorization", format!("DPoP {access_token}"))
            .header("dpop", self.proof(&Method::GET, url, ath))
            .send()
            .await
            .unwrap()
    }
}

async fn tokens(answer: Response) -> TokenResponse {
    assert_eq!(answer.status(), StatusCode::OK);
    serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or_else(|error| panic!("{error}"))
}

async fn error(answer: Response) -> String {
    let error: OauthError = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
    error.error
}

fn kept_in(file: &Path) -> CityConfig {
    CityConfig {
        state_file: Some(file.to_owned()),
        ..CityConfig::default()
    }
}

#[tokio::test]
async fn an_app_signs_a_person_in_and_every_party_knows_them() {
    let city = City::start(CityConfig::default()).await.unwrap();
    let app = App::of(&city).await;
    let mut browser = Browser::new(city.ca_pem()).unwrap();
    let tokens = app.sign_in(&mut browser, LOW, Intent::Approve).await;
    let info = app
        .get(&format!("{}/userinfo", city.issuer()), &tokens.access_token)
        .await;
    assert_eq!(info.status(), StatusCode::OK);
    let mut parties: Vec<String> = city
        .control()
        .agencies()
        .into_iter()
        .map(|agency| agency.base_url)
        .collect();
    parties = parties.iter().map(|base| format!("{base}/v1/accounts")).collect();
    parties.push(format!("{}/v1/instruments", city.gateway_url()));
    for url in parties {
        let known = app.get(&url, &tokens.access_token).await.status();
        assert_ne!(known, StatusCode::UNAUTHORIZED, "{url}");
        let stranger = app.http.get(&url).send().await.unwrap();
        assert_eq!(stranger.status(), StatusCode::UNAUTHORIZED, "{url}");
        assert!(stranger.headers().contains_key("www-authenticate"), "{url}");
    }
    city.stop().await;
}

#[tokio::test]
async fn a_person_steps_up_refuses_and_is_signed_out_by_control() {
    let city = City::start(CityConfig::default()).await.unwrap();
    let app = App::of(&city).await;
    let mut browser = Browser::new(city.ca_pem()).unwrap();
    let first = app.sign_in(&mut browser, LOW, Intent::Approve).await;
    let second = app.sign_in(&mut browser, HIGH, Intent::ApproveWithSecondFactor).await;
    let claims = jose::from_base64url(second.access_token.split('.').nth(1).unwrap()).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&claims).unwrap()["acr"], HIGH);

    let mut another = Browser::new(city.ca_pem()).unwrap();
    assert_eq!(
        app.visit(&mut another, LOW, Intent::Refuse).await["error"],
        "access_denied"
    );
    city.control()
        .tamper_with_identity(Some(Tamper::ResponseWithoutIssuer))
        .unwrap();
    assert!(!app.visit(&mut another, LOW, Intent::Approve).await.contains_key("iss"));

    assert_eq!(city.control().revoke_sessions("tenant-family").unwrap(), 2);
    for tokens in [first, second] {
        let info = app
            .get(&format!("{}/userinfo", city.issuer()), &tokens.access_token)
            .await;
        assert_eq!(info.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(
            error(app.refresh(&tokens.refresh_token.unwrap()).await).await,
            "invalid_grant"
        );
    }
    city.stop().await;
}

#[tokio::test]
async fn a_killed_city_still_knows_who_is_signed_in() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("city.db");
    let city = City::start(kept_in(&file)).await.unwrap();
    let mut app = App::of(&city).await;
    let mut browser = Browser::new(city.ca_pem()).unwrap();
    let before = app.sign_in(&mut browser, LOW, Intent::Approve).await;
    city.control().roll_keys().unwrap();
    city.kill();

    let city = City::start(kept_in(&file)).await.unwrap();
    app.http = App::of(&city).await.http;
    let info = app
        .get(&format!("{}/userinfo", city.issuer()), &before.access_token)
        .await;
    assert_eq!(info.status(), StatusCode::OK);
    tokens(app.refresh(&before.refresh_token.unwrap()).await).await;
    // The browser is signed in still, so that nobody is asked.
    let back = browser
        .visit(&app.begin(LOW).await, "nobody", Intent::Refuse)
        .await
        .unwrap();
    assert!(back.contains("code="), "{back}");
    city.stop().await;
}
