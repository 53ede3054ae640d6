//! A small identity provider that does what it is told to, right and wrong, and counts what it was asked.

use crate::wire::{Tls, Wire};
use axum::{
    Form, Json, Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header::DATE},
    middleware::map_response,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use rabt_protocol::jose::{Es256Key, JwkSet, Signer as _, sha256_base64url, sign, verify_embedded};
use serde_json::{Value, json};
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard},
};
use tokio::sync::Semaphore;
use url::Url;

pub(crate) const CLIENT: &str = "rabt-app";
pub(crate) const REDIRECT: &str = "rabt-demo:/signed-in";
pub(crate) const NOW_SECONDS: i64 = 1_795_000_000;

type Params = HashMap<String, String>;

/// What the token endpoint says instead of doing its work.
#[derive(Clone)]
pub(crate) enum Fault {
    Status(u16, &'static str),
    Oauth(u16, &'static str),
}

/// How the provider is, and what happened to it.
pub(crate) struct Book {
    pub(crate) keys: Vec<Es256Key>,
    pub(crate) rotates: bool,
    pub(crate) offers_push: bool,
    pub(crate) offers_dpop: bool,
    pub(crate) nonce: Option<String>,
    pub(crate) fault: Option<Fault>,
    pub(crate) subject: String,
    pub(crate) acr: String,
    /// The party that takes the tokens takes none.
    pub(crate) refuses_all: bool,
    pub(crate) clock_seconds: i64,
    pub(crate) expires_in: i64,
    pub(crate) id_token_on_refresh: bool,
    pub(crate) claims: fn(&mut Value),
    pub(crate) asked: Vec<String>,
    pub(crate) codes: HashMap<String, Params>,
    pub(crate) pushed: HashMap<String, Params>,
    pub(crate) access: HashSet<String>,
    pub(crate) refresh: HashSet<String>,
    issued: u64,
}

impl Book {
    fn next(&mut self, what: &str) -> String {
        self.issued += 1;
        format!("{what}-{}", self.issued)
    }

    pub(crate) fn count(&self, what: &str) -> usize {
        self.asked.iter().filter(|asked| *asked == what).count()
    }
}

#[derive(Clone)]
pub(crate) struct Provider {
    pub(crate) issuer: String,
    pub(crate) root_pem: String,
    pub(crate) wire: Wire,
    book: Arc<Mutex<Book>>,
    /// A request for tokens waits for a permit after it was acted on and before it is answered.
    pub(crate) gate: Arc<Semaphore>,
    /// A permit for every request for tokens that was acted on.
    pub(crate) acted: Arc<Semaphore>,
}

pub(crate) fn new_key() -> Es256Key {
    Es256Key::from_pkcs8(&Es256Key::generate_pkcs8().unwrap()).unwrap()
}

impl Provider {
    pub(crate) async fn start() -> Self {
        let Tls {
            listener,
            root_pem,
            address,
        } = Tls::bind().await;
        let wire = Wire::to(address).await;
        let book = Book {
            keys: vec![new_key()],
            rotates: true,
            offers_push: true,
            offers_dpop: true,
            nonce: None,
            fault: None,
            subject: "person-1".into(),
            acr: "urn:rabt:acr:low".into(),
            refuses_all: false,
            clock_seconds: NOW_SECONDS,
            expires_in: 300,
            id_token_on_refresh: false,
            claims: |_| (),
            asked: Vec::new(),
            codes: HashMap::new(),
            pushed: HashMap::new(),
            access: HashSet::new(),
            refresh: HashSet::new(),
            issued: 0,
        };
        let provider = Self {
            issuer: format!("https://127.0.0.1:{}", wire.address.port()),
            root_pem,
            wire,
            book: Arc::new(Mutex::new(book)),
            gate: Arc::new(Semaphore::new(Semaphore::MAX_PERMITS)),
            acted: Arc::new(Semaphore::new(0)),
        };
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(metadata))
            .route("/jwks", get(jwks))
            .route("/par", post(push))
            .route("/token", post(token))
            .route("/revoke", post(revoke))
            .route("/v1/instruments", get(instruments))
            .with_state(provider.clone())
            .layer(map_response(without_date));
        tokio::spawn(async move { axum::serve(listener, router).await });
        provider
    }

    pub(crate) fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap()
    }

    /// What the person does at the URL that was opened: signs in. The URL that comes back.
    pub(crate) fn authorize(&self, opened: &Url) -> String {
        let mut book = self.book();
        let mut params: Params = opened.query_pairs().into_owned().collect();
        assert_eq!(params["client_id"], CLIENT);
        if let Some(request_uri) = params.get("request_uri") {
            params = book.pushed.remove(request_uri).expect("a request_uri is used once");
        }
        let code = book.next("code");
        let state = params["state"].clone();
        book.codes.insert(code.clone(), params);
        format!("{REDIRECT}?code={code}&state={state}&iss={}", self.issuer)
    }
}

/// These tests play at an instant of their own, which the server's library doesn't know: its `Date` would be the machine's.
async fn without_date(mut response: Response) -> Response {
    response
        .headers_mut()
        .insert(DATE, HeaderValue::from_static("not told"));
    response
}

async fn metadata(State(provider): State<Provider>) -> Json<Value> {
    let mut book = provider.book();
    book.asked.push("metadata".into());
    let under = |path: &str| format!("{}/{path}", provider.issuer);
    Json(json!({
        "issuer": provider.issuer,
        "authorization_endpoint": under("authorize"),
        "token_endpoint": under("token"),
        "jwks_uri": under("jwks"),
        "pushed_authorization_request_endpoint": book.offers_push.then(|| under("par")),
        "revocation_endpoint": under("revoke"),
        "end_session_endpoint": under("logout"),
        "code_challenge_methods_supported": ["S256"],
        "dpop_signing_alg_values_supported": if book.offers_dpop { vec!["ES256"] } else { vec![] },
        "authorization_response_iss_parameter_supported": true,
        "id_token_signing_alg_values_supported": ["ES256"],
    }))
}

async fn jwks(State(provider): State<Provider>) -> Json<JwkSet> {
    let mut book = provider.book();
    book.asked.push("jwks".into());
    Json(JwkSet {
        keys: book.keys.iter().map(|key| key.public_key()).collect(),
    })
}

fn oauth_error(status: u16, code: &str) -> Response {
    (StatusCode::from_u16(status).unwrap(), Json(json!({"error": code}))).into_response()
}

/// The thumbprint of the key that a request is proven with, `None` without a proof; or the refusal.
fn proven(
    provider: &Provider,
    headers: &HeaderMap,
    method: &Method,
    path: &str,
) -> Result<Option<String>, Box<Response>> {
    let Some(proof) = headers.get("dpop") else {
        return Ok(None);
    };
    let verified = verify_embedded::<Value>(proof.to_str().unwrap(), "dpop+jwt").unwrap();
    assert_eq!(verified.claims["htm"], method.as_str());
    assert_eq!(verified.claims["htu"], format!("{}{path}", provider.issuer));
    assert_eq!(verified.claims["iat"], provider.book().clock_seconds);
    if let Some(nonce) = provider.book().nonce.clone()
        && verified.claims["nonce"] != nonce
    {
        let mut refusal = oauth_error(400, "use_dpop_nonce");
        refusal.headers_mut().insert("dpop-nonce", nonce.parse().unwrap());
        return Err(Box::new(refusal));
    }
    Ok(Some(verified.header.jwk.unwrap().thumbprint().unwrap()))
}

async fn push(State(provider): State<Provider>, headers: HeaderMap, Form(params): Form<Params>) -> Response {
    provider.book().asked.push("par".into());
    match proven(&provider, &headers, &Method::POST, "/par") {
        Err(refusal) => return *refusal,
        Ok(thumbprint) => assert_eq!(thumbprint.as_ref(), params.get("dpop_jkt")),
    }
    let mut book = provider.book();
    let request_uri = book.next("urn:ietf:params:oauth:request_uri:r");
    book.pushed.insert(request_uri.clone(), params);
    let answer = json!({"request_uri": request_uri, "expires_in": 60});
    (StatusCode::CREATED, Json(answer)).into_response()
}

async fn token(State(provider): State<Provider>, headers: HeaderMap, Form(params): Form<Params>) -> Response {
    provider.book().asked.push(params["grant_type"].clone());
    let answer = match proven(&provider, &headers, &Method::POST, "/token") {
        Err(refusal) => *refusal,
        Ok(thumbprint) => grant(&provider, &params, thumbprint),
    };
    provider.acted.add_permits(1);
    provider.gate.acquire().await.unwrap().forget();
    answer
}

fn grant(provider: &Provider, params: &Params, thumbprint: Option<String>) -> Response {
    let mut book = provider.book();
    match book.fault.clone() {
        Some(Fault::Status(status, body)) => return (StatusCode::from_u16(status).unwrap(), body).into_response(),
        Some(Fault::Oauth(status, code)) => return oauth_error(status, code),
        None => {}
    }
    assert_eq!(params["client_id"], CLIENT);
    let (nonce, refresh) = if params["grant_type"] == "refresh_token" {
        let refresh = params["refresh_token"].clone();
        if !book.refresh.contains(&refresh) {
            return oauth_error(400, "invalid_grant");
        }
        if book.rotates {
            book.refresh.remove(&refresh);
            (None, Some(book.next("rt")))
        } else {
            (None, None)
        }
    } else {
        let Some(asked) = book.codes.remove(&params["code"]) else {
            return oauth_error(400, "invalid_grant");
        };
        assert_eq!(asked["code_challenge"], sha256_base64url(&params["code_verifier"]));
        assert_eq!(asked["redirect_uri"], params["redirect_uri"]);
        assert_eq!(asked.get("dpop_jkt"), thumbprint.as_ref());
        (Some(asked["nonce"].clone()), Some(book.next("rt")))
    };
    let access = book.next("at");
    book.access.insert(access.clone());
    book.refresh.extend(refresh.clone());
    let with_id_token = nonce.is_some() || book.id_token_on_refresh;
    let id_token = with_id_token.then(|| {
        let now = book.clock_seconds;
        let mut claims = json!({
            "iss": provider.issuer, "sub": book.subject, "aud": CLIENT, "iat": now, "exp": now + 300, "auth_time": now,
            "acr": book.acr, "nonce": nonce, "name": "Mariam Example", "name_ar": "مريم مثال",
        });
        claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        (book.claims)(&mut claims);
        sign("JWT", &claims, book.keys.last().unwrap(), false).unwrap()
    });
    let mut answer = json!({
        "access_token": access, "token_type": if thumbprint.is_some() { "DPoP" } else { "Bearer" },
        "expires_in": book.expires_in, "refresh_token": refresh, "id_token": id_token,
    });
    answer.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    Json(answer).into_response()
}

async fn revoke(State(provider): State<Provider>, Form(params): Form<Params>) -> StatusCode {
    let mut book = provider.book();
    book.asked.push(format!("revoke {}", params["token_type_hint"]));
    book.refresh.remove(&params["token"]);
    StatusCode::OK
}

/// A party that takes the provider's tokens.
async fn instruments(State(provider): State<Provider>, headers: HeaderMap, uri: Uri, _: Bytes) -> Response {
    provider.book().asked.push("instruments".into());
    let (scheme, token) = headers["authorization"].to_str().unwrap().split_once(' ').unwrap();
    let bound = proven(&provider, &headers, &Method::GET, uri.path()).unwrap();
    assert_eq!(scheme == "DPoP", bound.is_some());
    let book = provider.book();
    if book.access.contains(token) && !book.refuses_all {
        return Json(json!({"subject": "person-1", "instruments": []})).into_response();
    }
    let problem = rabt_protocol::Problem::new(401, "unauthenticated", "no such token");
    let headers = [
        ("content-type", "application/problem+json"),
        ("www-authenticate", "DPoP error=\"invalid_token\""),
    ];
    (StatusCode::UNAUTHORIZED, headers, serde_json::to_vec(&problem).unwrap()).into_response()
}
