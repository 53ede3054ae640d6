//! A person's device in a few lines: a key, a token that is bound to it, and what it says to the gateway about mandates.

use crate::town::{DAY_MS, FAMILY, now};
use rabt_protocol::{
    Problem,
    agency::Bill,
    hub::{Payment, Quote},
    instrument::{Instrument, LinkBegun},
    jose::{self, Es256Key, Signer as _, base64url, sha256_base64url},
    mandate::{
        Answer, AnswerStatement, Mandate, MandateConsentBegun, MandateDecisionPage, MandateRecord, Mandates, Report,
        ReportedDecision, SignedTerms, StandingChange, StandingStatement, Verdict, statement,
    },
    oidc::{PushedRequest, TokenResponse, acr},
};
use rabt_sandbox::City;
use reqwest::{Method, StatusCode, header};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::sync::{
    Mutex,
    atomic::{AtomicU64, Ordering},
};

pub(crate) struct Device {
    client: Mutex<reqwest::Client>,
    pub(crate) key: Es256Key,
    token: Mutex<String>,
    refresh_token: Mutex<Option<String>>,
    pub(crate) subject: String,
    proofs: AtomicU64,
}

impl Device {
    /// One on which the family is signed in, with every agency's consent.
    pub(crate) async fn of(city: &City) -> Self {
        let device = Self::signed_in(city).await;
        let clock = city.control().clock();
        let until = jiff::Timestamp::from_millisecond(clock.now_ms + 364 * DAY_MS)
            .unwrap()
            .to_string();
        let consent = json!({"purposes": ["accounts", "bills"], "granted_at": clock.now, "expires_at": until});
        for agency in city.control().agencies() {
            let url = format!("{}/v1/consents/consent-1", agency.base_url);
            let _: Value = device.call(city, Method::PUT, &url, &[], Some(&consent)).await.unwrap();
        }
        device
    }

    /// Another one of the same person's.
    pub(crate) async fn signed_in(city: &City) -> Self {
        let key = Es256Key::from_pkcs8(&Es256Key::generate_pkcs8().unwrap()).unwrap();
        let mut device = Self {
            client: Mutex::new(client(city)),
            key,
            token: Mutex::default(),
            refresh_token: Mutex::default(),
            subject: String::new(),
            proofs: AtomicU64::new(0),
        };
        device.subject = city
            .control()
            .personas()
            .unwrap()
            .into_iter()
            .find(|persona| persona.persona_id == FAMILY)
            .unwrap()
            .subject;
        device.sign_in(city).await;
        device
    }

    /// The same device at a city that was started again: its connections are dead, all else is as it was.
    pub(crate) fn reconnect(&self, city: &City) {
        *self.client.lock().unwrap() = client(city);
    }

    /// Signs in anew, with the same key: the token of before is over.
    async fn sign_in(&self, city: &City) {
        let verifier = base64url([7; 32]);
        let challenge = sha256_base64url(&verifier);
        let jkt = self.jkt();
        let request = [
            ("response_type", "code"),
            ("client_id", city.client_id()),
            ("redirect_uri", city.redirect_uri()),
            ("scope", "openid offline_access"),
            ("state", "state-0123456789"),
            ("nonce", "nonce-0123456789"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
            ("acr_values", acr::HIGH),
            ("dpop_jkt", &jkt),
        ];
        let pushed: PushedRequest = self.form(city, "/par", &request).await.unwrap();
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("client_id", city.client_id()), ("request_uri", &pushed.request_uri)])
            .finish();
        let page = format!("{}/authorize?{query}", city.issuer());
        let callback = city.sign_in_as(&page, FAMILY, true).await.unwrap();
        let exchange = [
            ("grant_type", "authorization_code"),
            ("code", &parameter(&callback, "code")),
            ("redirect_uri", city.redirect_uri()),
            ("client_id", city.client_id()),
            ("code_verifier", &verifier),
        ];
        self.take(self.form(city, "/token", &exchange).await.unwrap());
    }

    /// The token of before is over: another by the refresh token, or by signing in where that is over too.
    async fn renew(&self, city: &City) {
        let refresh_token = self.refresh_token.lock().unwrap().take();
        if let Some(refresh_token) = refresh_token {
            let form = [
                ("grant_type", "refresh_token"),
                ("client_id", city.client_id()),
                ("refresh_token", &refresh_token),
            ];
            if let Some(tokens) = self.form(city, "/token", &form).await {
                self.take(tokens);
                return;
            }
        }
        self.sign_in(city).await;
    }

    fn take(&self, tokens: TokenResponse) {
        *self.token.lock().unwrap() = tokens.access_token;
        *self.refresh_token.lock().unwrap() = tokens.refresh_token;
    }

    pub(crate) fn jkt(&self) -> String {
        self.key.public_key().thumbprint().unwrap()
    }

    fn proof(&self, city: &City, method: &Method, url: &str, nonce: Option<&str>, token: Option<&str>) -> String {
        let mut claims = json!({
            "jti": format!("proof-{}", self.proofs.fetch_add(1, Ordering::SeqCst)),
            "htm": method.as_str(),
            "htu": url.split('?').next().unwrap(),
            "iat": city.control().clock().now_ms / 1000,
        });
        if let Some(token) = token {
            claims["ath"] = json!(sha256_base64url(token));
        }
        if let Some(nonce) = nonce {
            claims["nonce"] = json!(nonce);
        }
        jose::sign("dpop+jwt", &claims, &self.key, true).unwrap()
    }

    async fn form<T: DeserializeOwned>(&self, city: &City, path: &str, fields: &[(&str, &str)]) -> Option<T> {
        let url = format!("{}{path}", city.issuer());
        let mut nonce: Option<String> = None;
        for _ in 0..2 {
            let body = url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs(fields)
                .finish();
            let client = self.client.lock().unwrap().clone();
            let answer = client
                .post(&url)
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .header("dpop", self.proof(city, &Method::POST, &url, nonce.as_deref(), None))
                .body(body)
                .send()
                .await
                .unwrap();
            let told = answer
                .headers()
                .get("dpop-nonce")
                .map(|nonce| nonce.to_str().unwrap().to_owned());
            let (status, bytes) = (answer.status(), answer.bytes().await.unwrap());
            if status.is_success() {
                return Some(serde_json::from_slice(&bytes).unwrap());
            }
            if told.is_none() || nonce.is_some() {
                return None;
            }
            nonce = told;
        }
        panic!("{path} asks for nonces without end");
    }

    /// A call, and what came back: the answer or the problem.
    pub(crate) async fn call<T: DeserializeOwned>(
        &self,
        city: &City,
        method: Method,
        url: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<T, Problem> {
        let mut answer = self.send(city, method.clone(), url, headers, body).await.unwrap();
        if answer.status() == StatusCode::UNAUTHORIZED {
            self.renew(city).await;
            answer = self.send(city, method, url, headers, body).await.unwrap();
        }
        let (status, bytes) = (answer.status(), answer.bytes().await.unwrap());
        let bytes = if status == StatusCode::NO_CONTENT {
            "null".into()
        } else {
            bytes
        };
        if status.is_success() {
            Ok(serde_json::from_slice(&bytes).unwrap())
        } else {
            Err(serde_json::from_slice(&bytes)
                .unwrap_or_else(|_| panic!("{status} {}", String::from_utf8_lossy(&bytes))))
        }
    }

    /// The same, where the answer may be lost.
    pub(crate) async fn send(
        &self,
        city: &City,
        method: Method,
        url: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> reqwest::Result<reqwest::Response> {
        let token = self.token.lock().unwrap().clone();
        let client = self.client.lock().unwrap().clone();
        let mut request = client
            .request(method.clone(), url)
            .header(header::AUTHORIZATION, format!("DPoP {token}"))
            .header("dpop", self.proof(city, &method, url, None, Some(&token)));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request
                .header(header::CONTENT_TYPE, "application/json")
                .body(body.to_string());
        }
        request.send().await
    }

    pub(crate) async fn gateway<T: DeserializeOwned>(
        &self,
        city: &City,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<T, Problem> {
        let url = format!("{}{path}", city.gateway_url());
        self.call(city, method, &url, &[], body).await
    }

    /// Links an account (`bank_account`) or a `card`.
    pub(crate) async fn link(&self, city: &City, kind: &str) -> Instrument {
        let begin = json!({"kind": kind, "return_uri": "rabt-demo:/linked", "state": "state-of-mine"});
        let url = format!("{}/v1/instrument-links", city.gateway_url());
        let key = format!("link-{kind}-{}", self.proofs.load(Ordering::SeqCst));
        let begun: LinkBegun = self
            .call(city, Method::POST, &url, &[("idempotency-key", &key)], Some(&begin))
            .await
            .unwrap();
        let back = city.approve_at_bank(&begun.authorize_url, FAMILY).await.unwrap();
        let path = format!("/v1/instrument-links/{}/complete", begun.link_id);
        let code = json!({"code": parameter(&back, "code")});
        self.gateway(city, Method::POST, &path, Some(&code)).await.unwrap()
    }

    pub(crate) fn sign(&self, mandate: &Mandate, previous: Option<&str>) -> String {
        let terms = SignedTerms {
            sub: self.subject.clone(),
            mandate: mandate.clone(),
            previous: previous.map(statement::digest),
        };
        statement::sign(&terms, &self.key).unwrap()
    }

    pub(crate) async fn register(&self, city: &City, statement: &str) -> Result<MandateRecord, Problem> {
        self.gateway(
            city,
            Method::POST,
            "/v1/mandates",
            Some(&json!({"statement": statement})),
        )
        .await
    }

    /// Signs the first version of a mandate and sends it.
    pub(crate) async fn agree(&self, city: &City, mandate: &Mandate) -> MandateRecord {
        self.register(city, &self.sign(mandate, None)).await.unwrap()
    }

    pub(crate) async fn change(
        &self,
        city: &City,
        mandate_id: &str,
        change: StandingChange,
        seq: u32,
    ) -> Result<MandateRecord, Problem> {
        let standing = StandingStatement {
            sub: self.subject.clone(),
            mandate_id: mandate_id.to_owned(),
            change,
            at: now(city),
            seq,
        };
        let body = json!({"statement": statement::sign(&standing, &self.key).unwrap()});
        let path = format!("/v1/mandates/{mandate_id}/standing");
        self.gateway(city, Method::POST, &path, Some(&body)).await
    }

    pub(crate) async fn answer(
        &self,
        city: &City,
        mandate_id: &str,
        bill: &Bill,
        verdict: Verdict,
    ) -> Result<(), Problem> {
        let said = AnswerStatement {
            sub: self.subject.clone(),
            answer: Answer {
                mandate_id: mandate_id.to_owned(),
                agency_id: bill.agency_id.clone(),
                bill_id: bill.bill_id.clone(),
                verdict,
                answered_at: now(city),
            },
        };
        let body = json!({"statement": statement::sign(&said, &self.key).unwrap()});
        let path = format!("/v1/mandates/{mandate_id}/answers");
        self.gateway(city, Method::POST, &path, Some(&body)).await
    }

    pub(crate) async fn begin_consent(&self, city: &City, mandate_id: &str) -> Result<MandateConsentBegun, Problem> {
        let begin = json!({"return_uri": "rabt-demo:/consented", "state": "state-of-mine"});
        let path = format!("/v1/mandates/{mandate_id}/consent");
        self.gateway(city, Method::POST, &path, Some(&begin)).await
    }

    pub(crate) async fn complete_consent(
        &self,
        city: &City,
        mandate_id: &str,
        code: &str,
    ) -> Result<MandateRecord, Problem> {
        let path = format!("/v1/mandates/{mandate_id}/consent/complete");
        self.gateway(city, Method::POST, &path, Some(&json!({"code": code})))
            .await
    }

    /// Has the bank consent to a mandate.
    pub(crate) async fn consent(&self, city: &City, mandate_id: &str) -> MandateRecord {
        let begun = self.begin_consent(city, mandate_id).await.unwrap();
        let back = city.approve_at_bank(&begun.authorize_url, FAMILY).await.unwrap();
        self.complete_consent(city, mandate_id, &parameter(&back, "code"))
            .await
            .unwrap()
    }

    pub(crate) async fn mandates(&self, city: &City) -> Vec<MandateRecord> {
        let all: Mandates = self.gateway(city, Method::GET, "/v1/mandates", None).await.unwrap();
        assert_eq!(all.subject, self.subject);
        all.mandates
    }

    /// Everything that was decided, in order, as it was told.
    pub(crate) async fn report(&self, city: &City) -> Report {
        let mut cursor = String::new();
        let mut decisions = Vec::new();
        loop {
            let path = format!("/v1/mandate-decisions?cursor={cursor}");
            let page: MandateDecisionPage = self.gateway(city, Method::GET, &path, None).await.unwrap();
            decisions.extend(page.report.decisions);
            cursor = page.next_cursor;
            if !page.more {
                return Report {
                    decisions,
                    as_of_at: page.report.as_of_at,
                };
            }
        }
    }

    /// The last that was told of a bill.
    pub(crate) async fn told(&self, city: &City, bill: &Bill) -> ReportedDecision {
        let report = self.report(city).await;
        let mine =
            |decision: &&ReportedDecision| decision.bill_id == bill.bill_id && decision.agency_id == bill.agency_id;
        report
            .decisions
            .iter()
            .rev()
            .find(mine)
            .unwrap_or_else(|| panic!("nothing of {} in {report:?}", bill.bill_id))
            .clone()
    }

    pub(crate) async fn quote(&self, city: &City, bill: &Bill) -> Quote {
        let item = json!({"agency_id": bill.agency_id, "bill_id": bill.bill_id, "amount_fils": bill.amount_fils});
        self.gateway(city, Method::POST, "/v1/quotes", Some(&json!({"items": [item]})))
            .await
            .unwrap()
    }

    /// Pays a bill by hand where quote, hub and network let it; whatever they do, it is done once or not at all.
    pub(crate) async fn try_to_pay(&self, city: &City, bill: &Bill, instrument_id: &str) {
        // So that a token that is over is renewed before.
        self.mandates(city).await;
        let quote = self.quote(city, bill).await;
        if quote.total_fils == 0 {
            return;
        }
        let body = json!({"quote_id": quote.quote_id, "instrument_id": instrument_id, "total_fils": quote.total_fils});
        let url = format!("{}/v1/payments", city.gateway_url());
        let key = format!("hand-{}", quote.quote_id.get(4..26).unwrap());
        for _ in 0..2 {
            let headers = [("idempotency-key", key.as_str())];
            let sent = self.send(city, Method::POST, &url, &headers, Some(&body)).await;
            if sent.is_ok() {
                return;
            }
        }
    }

    /// Pays a bill by hand, if the hub takes it.
    pub(crate) async fn pay_by_hand(&self, city: &City, bill: &Bill, instrument_id: &str) -> Result<Payment, Problem> {
        let quote = self.quote(city, bill).await;
        let body = json!({"quote_id": quote.quote_id, "instrument_id": instrument_id, "total_fils": quote.total_fils});
        let url = format!("{}/v1/payments", city.gateway_url());
        let key = format!("hand-{}", quote.quote_id.get(4..26).unwrap());
        self.call(city, Method::POST, &url, &[("idempotency-key", &key)], Some(&body))
            .await
    }
}

pub(crate) fn client(city: &City) -> reqwest::Client {
    let tls = rabt_sandbox::browser::tls(city.ca_pem()).unwrap();
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .no_proxy()
        .build()
        .unwrap()
}

pub(crate) fn parameter(url: &str, name: &str) -> String {
    let url = url::Url::parse(url).unwrap();
    let found = url.query_pairs().find(|(key, _)| key == name);
    found.unwrap_or_else(|| panic!("{name} in {url}")).1.into_owned()
}
