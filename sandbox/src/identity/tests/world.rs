//! A provider without sockets, an app that speaks to it, and a browser that carries the person between the two.

use crate::{
    city::{CLIENT_ID, CityConfig, REDIRECT_URI},
    context::{self, Context, Ctx},
    identity::{self, IdentitySettings, admin, guard::Caller},
    personas::{self, Persona},
};
use axum::{Router, body::Body, routing::get};
use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use rabt_protocol::jose::{self, Es256Key, Signer as _, sha256_base64url};
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Arc};
use tower::ServiceExt as _;
use url::form_urlencoded;

pub(super) const VERIFIER: &str = "a-verifier-of-forty-three-characters-or-more";

/// What came back.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

impl Answer {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not JSON: {} {}", self.status, self.body))
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(super) fn location(&self) -> &str {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.body);
        self.header("location").unwrap()
    }

    /// The parameters that the app is given back.
    pub(super) fn given(&self) -> BTreeMap<String, String> {
        let location = self.location();
        assert!(location.starts_with(REDIRECT_URI), "{location}");
        let (_, query) = location.split_once('?').unwrap();
        form_urlencoded::parse(query.as_bytes()).into_owned().collect()
    }

    pub(super) fn error(&self) -> String {
        self.json()["error"].as_str().unwrap().to_owned()
    }

    /// The value of a hidden field.
    pub(super) fn hidden(&self, name: &str) -> String {
        let from = self
            .body
            .split_once(&format!("name=\"{name}\" value=\""))
            .expect("the field")
            .1;
        from.split_once('"').unwrap().0.to_owned()
    }
}

/// The provider with a city server behind the gate.
pub(super) struct World {
    pub(super) ctx: Ctx,
    provider: Router,
    gated: Router,
    /// The app's key.
    pub(super) key: Es256Key,
}

pub(super) fn new_key() -> Es256Key {
    Es256Key::from_pkcs8(&Es256Key::generate_pkcs8().unwrap()).unwrap()
}

pub(super) fn tenant() -> &'static Persona {
    personas::find("tenant-family").unwrap()
}

pub(super) fn trader() -> &'static Persona {
    personas::find("trader").unwrap()
}

impl World {
    /// Strict, as a city is by default.
    pub(super) fn new() -> Self {
        Self::of(context::for_tests(CityConfig::default(), &[identity::SCHEMA]))
    }

    /// With settings changed.
    pub(super) fn with(change: impl FnOnce(&mut IdentitySettings)) -> Self {
        let world = Self::new();
        world.configure(change);
        world
    }

    pub(super) fn of(context: Context) -> Self {
        let ctx = Arc::new(context);
        Self {
            provider: identity::router(&ctx),
            gated: Router::new()
                .route(
                    "/v1/me",
                    get(|caller: Caller| async move { format!("{} {}", caller.subject, caller.acr) }),
                )
                .with_state(Ctx::clone(&ctx)),
            ctx,
            key: new_key(),
        }
    }

    pub(super) fn configure(&self, change: impl FnOnce(&mut IdentitySettings)) {
        let mut settings = admin::settings(&self.ctx).unwrap();
        change(&mut settings);
        admin::configure(&self.ctx, &settings).unwrap();
    }

    pub(super) fn issuer(&self) -> String {
        self.ctx.addresses.identity.clone()
    }

    pub(super) fn advance(&self, seconds: i64) {
        self.ctx
            .clock
            .set_offset_ms(self.ctx.clock.offset_ms() + seconds * 1000);
    }

    pub(super) fn now(&self) -> i64 {
        self.ctx.clock.now_ms() / 1000
    }

    pub(super) async fn get(&self, target: &str, headers: &[(&str, &str)]) -> Answer {
        self.send(&self.provider, "GET", target, headers, String::new()).await
    }

    pub(super) async fn post(&self, target: &str, form: &[(&str, &str)], headers: &[(&str, &str)]) -> Answer {
        let mut headers = headers.to_vec();
        headers.push(("content-type", "application/x-www-form-urlencoded"));
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        self.send(&self.provider, "POST", target, &headers, body).await
    }

    /// Asks the city server behind the gate.
    pub(super) async fn call(&self, headers: &[(&str, &str)]) -> Answer {
        self.send(&self.gated, "GET", "/v1/me", headers, String::new()).await
    }

    async fn send(&self, to: &Router, method: &str, target: &str, headers: &[(&str, &str)], body: String) -> Answer {
        let path = target.strip_prefix(&self.issuer()).unwrap_or(target);
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "localhost:1");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = to
            .clone()
            .oneshot(request.body(Body::from(body)).unwrap())
            .await
            .unwrap();
        let (parts, body) = response.into_parts();
        let body = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    /// A proof by a key, with claims changed.
    pub(super) fn proof_by(&self, key: &Es256Key, method: &str, url: &str, more: Value) -> String {
        let mut claims = json!({"jti": self.ctx.new_id("proof"), "htm": method, "htu": url, "iat": self.now()});
        for (name, value) in more.as_object().unwrap() {
            claims[name] = value.clone();
        }
        jose::sign("dpop+jwt", &claims, key, true).unwrap()
    }

    /// A proof of the app's for a call with an access token.
    pub(super) fn proof_with(&self, access_token: &str) -> String {
        let ath = json!({"ath": sha256_base64url(access_token)});
        self.proof_by(&self.key, "GET", "https://localhost:1/v1/me", ath)
    }

    /// What the app asks for, in a right request.
    pub(super) fn asked<'a>(&self) -> BTreeMap<&'a str, String> {
        BTreeMap::from([
            ("client_id", CLIENT_ID.to_owned()),
            ("response_type", "code".to_owned()),
            ("redirect_uri", REDIRECT_URI.to_owned()),
            ("scope", "openid profile".to_owned()),
            ("state", "the-state".to_owned()),
            ("nonce", "the-nonce".to_owned()),
            ("code_challenge", sha256_base64url(VERIFIER)),
            ("code_challenge_method", "S256".to_owned()),
        ])
    }

    /// Sends the browser to the provider with a plain request, which must be allowed.
    pub(super) async fn authorize(&self, changes: &[(&str, Option<&str>)], headers: &[(&str, &str)]) -> Answer {
        let request = self.changed(changes);
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(request)
            .finish();
        self.get(&format!("/authorize?{query}"), headers).await
    }

    /// Pushes a request.
    pub(super) async fn push(&self, changes: &[(&str, Option<&str>)], headers: &[(&str, &str)]) -> Answer {
        let request = self.changed(changes);
        let form: Vec<_> = request
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        self.post("/par", &form, headers).await
    }

    fn changed(&self, changes: &[(&str, Option<&str>)]) -> BTreeMap<String, String> {
        let mut request: BTreeMap<_, _> = self
            .asked()
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        for (name, value) in changes {
            match value {
                Some(value) => request.insert((*name).to_owned(), (*value).to_owned()),
                None => request.remove(*name),
            };
        }
        request
    }

    /// Pushes a request and follows it to the page; the page's address.
    pub(super) async fn page_for(&self, changes: &[(&str, Option<&str>)]) -> String {
        let pushed = self.push(changes, &[]).await;
        assert_eq!(pushed.status, StatusCode::CREATED, "{}", pushed.body);
        let reference = pushed.json()["request_uri"].as_str().unwrap().to_owned();
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("client_id", CLIENT_ID), ("request_uri", &reference)])
            .finish();
        let page = self
            .get(&format!("/authorize?{query}"), &[])
            .await
            .location()
            .to_owned();
        assert!(page.starts_with(&format!("{}/interaction/", self.issuer())), "{page}");
        page
    }

    /// Fills the page in.
    pub(super) async fn fill_in(&self, page: &str, form: &[(&str, &str)], headers: &[(&str, &str)]) -> Answer {
        let csrf = self.get(page, headers).await.hidden("csrf");
        let mut form = form.to_vec();
        form.push(("csrf", &csrf));
        self.post(page, &form, headers).await
    }

    /// A person signs in on the page, with whatever it asks for.
    pub(super) async fn sign_in(&self, page: &str, person: &Persona, headers: &[(&str, &str)]) -> Answer {
        let form = [
            ("action", "sign-in"),
            ("persona", &*person.persona_id),
            ("pin", &*person.pin),
            ("otp", &*person.otp),
        ];
        self.fill_in(page, &form, headers).await
    }

    /// A code for a request that is right but for the changes.
    pub(super) async fn code(&self, changes: &[(&str, Option<&str>)]) -> String {
        let page = self.page_for(changes).await;
        self.sign_in(&page, tenant(), &[]).await.given()["code"].clone()
    }

    /// Asks the token endpoint as the app does: with a proof, which is made again with the nonce that it is told.
    pub(super) async fn token(&self, form: &[(&str, &str)]) -> Answer {
        self.token_by(&self.key, form).await
    }

    pub(super) async fn token_by(&self, key: &Es256Key, form: &[(&str, &str)]) -> Answer {
        let url = format!("{}/token", self.issuer());
        let first = self
            .post(
                "/token",
                form,
                &[("dpop", &self.proof_by(key, "POST", &url, json!({})))],
            )
            .await;
        match first.header("dpop-nonce") {
            Some(nonce) if first.status == StatusCode::BAD_REQUEST && first.error() == "use_dpop_nonce" => {
                let proof = self.proof_by(key, "POST", &url, json!({"nonce": nonce}));
                self.post("/token", form, &[("dpop", &proof)]).await
            }
            _ => first,
        }
    }

    pub(super) async fn redeem(&self, code: &str) -> Answer {
        self.token(&redeeming(code)).await
    }

    pub(super) async fn refresh(&self, refresh_token: &str) -> Answer {
        self.token(&refreshing(refresh_token)).await
    }

    /// Signs the tenant in; the token answer.
    pub(super) async fn tokens(&self, changes: &[(&str, Option<&str>)]) -> Value {
        let code = self.code(changes).await;
        let answer = self.redeem(&code).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        answer.json()
    }

    /// Calls the city server with an access token of the app's.
    pub(super) async fn call_with(&self, access_token: &str) -> Answer {
        let authorization = format!("DPoP {access_token}");
        self.call(&[
            ("authorization", &authorization),
            ("dpop", &self.proof_with(access_token)),
        ])
        .await
    }

    /// The thumbprint of the app's key.
    pub(super) fn jkt(&self) -> String {
        self.key.public_key().thumbprint().unwrap()
    }
}

/// The form that redeems a code.
pub(super) fn redeeming(code: &str) -> Vec<(&str, &str)> {
    vec![
        ("grant_type", "authorization_code"),
        ("client_id", CLIENT_ID),
        ("redirect_uri", REDIRECT_URI),
        ("code", code),
        ("code_verifier", VERIFIER),
    ]
}

/// The form that redeems a refresh token.
pub(super) fn refreshing(refresh_token: &str) -> Vec<(&str, &str)> {
    vec![
        ("grant_type", "refresh_token"),
        ("client_id", CLIENT_ID),
        ("refresh_token", refresh_token),
    ]
}

/// A member that is text.
pub(super) fn text<'a>(json: &'a Value, name: &str) -> &'a str {
    json[name].as_str().unwrap_or_else(|| panic!("no {name} in {json}"))
}

/// The claims of a token, unverified.
pub(super) fn claims(token: &str) -> Value {
    serde_json::from_slice(&jose::from_base64url(token.split('.').nth(1).unwrap()).unwrap()).unwrap()
}
