//! What the identity provider answers. It is taken by the sign-in's state machine, stage by stage.

use super::party::{self, Answer};
use crate::{
    callback_url::{ISSUER, STATE, Waiting},
    keys::{KNOWN, Key, STRANGER},
};
use rabt_domain::Timestamp;
use rabt_link::session::{
    Command, Event, Flow, FlowSecrets, ProofKey, Provider, ProviderConfig, SignIn, SignInError, SignInRequest,
};
use rabt_protocol::{
    jose::{Jwk, JwkSet},
    oidc::{ProviderMetadata, PushedRequest, TokenResponse},
};
use ring::rand::SystemRandom;
use serde_json::Value;
use std::sync::Arc;
use url::Url;

/// The longest issuer whose answer still fits in a URL that is looked at, however it is escaped.
const ISSUER_BYTES_MAX: usize = 2_000;

/// The provider's description of itself, as that of the issuer that it names, and of another.
pub(super) fn metadata(_: u8, body: &[u8]) {
    let Ok(read) = serde_json::from_slice::<ProviderMetadata>(body) else {
        return;
    };
    for issuer in [read.issuer.as_str(), "https://another.example"] {
        let Some(flow) = begun(issuer) else { continue };
        let (flow, command) = flow.step(Event::Metadata(Box::new(read.clone())), party::now());
        match command {
            Command::Push { url, form, .. } => {
                assert_plain_https(&url);
                let all = |name: &str| {
                    form.pairs()
                        .filter(|(n, _)| *n == name)
                        .map(|(_, v)| v.to_owned())
                        .collect()
                };
                let (states, methods): (Vec<String>, Vec<String>) = (all("state"), all("code_challenge_method"));
                assert_eq!((states.len(), methods), (1, vec!["S256".to_owned()]));
            }
            Command::Open(url) => {
                assert!(flow.is_waiting());
                assert_plain_https(&url);
                let has = |name: &str, value: &str| url.query_pairs().any(|(n, v)| n == name && v == value);
                assert!(
                    has("code_challenge_method", "S256") && has("response_type", "code"),
                    "{url}"
                );
            }
            Command::Fail(error) => {
                assert!(matches!(error, SignInError::Distrusted(_)), "{error:?}");
                continue;
            }
            _ => panic!("what comes after the metadata is the page"),
        }
        assert_eq!(read.issuer, issuer, "another issuer's metadata is used");
        assert!(
            read.code_challenge_methods_supported
                .iter()
                .any(|method| method == "S256")
        );
    }
}

fn owned((name, value): (&str, &str)) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

fn begun(issuer: &str) -> Option<Flow> {
    let secrets = FlowSecrets::generate(&SystemRandom::new()).expect("there is randomness");
    let key = ProofKey {
        thumbprint: "thumb".to_owned(),
        algorithm: "ES256".to_owned(),
    };
    let begun = Flow::begin(
        &config(issuer),
        SignInRequest::default(),
        secrets,
        Some(key),
        party::now(),
    );
    begun.ok().map(|(flow, _)| flow)
}

fn config(issuer: &str) -> ProviderConfig {
    ProviderConfig {
        issuer: issuer.to_owned(),
        client_id: "rabt-app".to_owned(),
        redirect_uri: "rabt-demo:/signed-in".to_owned(),
        scopes: vec!["openid".to_owned()],
        post_logout_redirect_uri: None,
    }
}

fn assert_plain_https(url: &Url) {
    assert_eq!(url.scheme(), "https", "{url}");
    assert!(url.host_str().is_some_and(|host| !host.is_empty()), "{url}");
    assert!(url.username().is_empty() && url.password().is_none(), "{url}");
}

/// The name of a pushed request: it comes to stand in the URL that is opened.
pub(super) fn pushed(_: u8, body: &[u8]) {
    let Ok(read) = serde_json::from_slice::<PushedRequest>(body) else {
        return;
    };
    let name = read.request_uri.clone();
    let offered = json_metadata();
    let Some(flow) = begun(ISSUER) else { return };
    let (flow, command) = flow.step(Event::Metadata(Box::new(offered)), party::now());
    assert!(matches!(command, Command::Push { .. }), "a push is offered");
    match flow.step(Event::Pushed(read), party::now()) {
        (flow, Command::Open(url)) => {
            assert!(flow.is_waiting());
            assert!(url.as_str().starts_with("https://id.example/authorize?"), "{url}");
            let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
            let expected = [("client_id", "rabt-app"), ("request_uri", name.as_str())].map(owned);
            assert_eq!(pairs, expected);
        }
        (flow, Command::Fail(SignInError::Distrusted(_))) => assert!(!flow.is_waiting()),
        _ => panic!("what comes after the push is the page"),
    }
}

fn json_metadata() -> ProviderMetadata {
    let under = |path: &str| format!("{ISSUER}/{path}");
    ProviderMetadata {
        issuer: ISSUER.to_owned(),
        authorization_endpoint: under("authorize"),
        token_endpoint: under("token"),
        jwks_uri: under("jwks"),
        pushed_authorization_request_endpoint: Some(under("par")),
        require_pushed_authorization_requests: false,
        userinfo_endpoint: None,
        revocation_endpoint: None,
        end_session_endpoint: None,
        dpop_signing_alg_values_supported: vec!["ES256".to_owned()],
        code_challenge_methods_supported: vec!["S256".to_owned()],
        authorization_response_iss_parameter_supported: true,
        acr_values_supported: Vec::new(),
        id_token_signing_alg_values_supported: vec!["ES256".to_owned()],
    }
}

/// The tokens. Their ID token is by nobody who is known, so that they are never anybody's.
pub(super) fn tokens(_: u8, body: &[u8]) {
    let Ok(read) = serde_json::from_slice::<TokenResponse>(body) else {
        return;
    };
    let dpop = read.token_type.eq_ignore_ascii_case("dpop");
    match exchanging(&Waiting::default()).step(Event::Tokens(Box::new(read)), party::now()) {
        (flow, Command::ReadKeys { again: false, .. }) => {
            assert!(dpop, "a token that isn't bound is taken");
            never_finishes(flow, KNOWN.set.clone());
        }
        (flow, Command::Fail(SignInError::Distrusted(_))) => assert!(!flow.is_waiting()),
        _ => panic!("what comes after the tokens are the keys"),
    }
}

fn exchanging(waiting: &Waiting) -> Flow {
    let url = format!(
        "{}?code=c&state={STATE}&iss={}",
        waiting.redirect_uri,
        url::form_urlencoded::byte_serialize(waiting.issuer.as_bytes()).collect::<String>()
    );
    let (flow, command) = waiting.flow().step(Event::Returned(url), party::now());
    assert!(matches!(command, Command::Exchange { .. }), "the answer is taken");
    flow
}

fn never_finishes(mut flow: Flow, keys: JwkSet) {
    for _ in 0..2 {
        let command;
        (flow, command) = flow.step(keys_read(keys.clone()), party::now());
        match command {
            Command::ReadKeys { again, .. } => assert!(again),
            Command::Fail(SignInError::Distrusted(_)) => return,
            _ => panic!("somebody signed in by a token that nobody signed"),
        }
    }
    panic!("the keys are read on and on");
}

/// An error, as the answer to the question for the metadata.
pub(super) fn oauth_error(how: u8, body: &[u8]) {
    party::answers(how, body);
    let clock = Arc::new(party::now);
    let provider = Provider::new(config(ISSUER), party::http(), None, clock).expect("its settings are sound");
    match party::wait(SignIn::new(provider).begin(SignInRequest::default())) {
        Ok(_) => panic!("an error isn't metadata"),
        Err(SignInError::Refused { code }) => {
            assert!(Answer::of(how).status.is_client_error());
            assert!(
                code.len() <= 64 && code.bytes().all(|byte| (b'!'..=b'~').contains(&byte)),
                "{code:?}"
            );
        }
        Err(SignInError::Bug(bug)) => panic!("{bug}"),
        Err(_) => {}
    }
}

/// The claims of an ID token, signed here by the provider's key: as the claims themselves would have it, and otherwise.
pub(super) fn id_token(_: u8, body: &[u8]) {
    let said: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |member: &str| said.get(member).and_then(Value::as_str).map(str::to_owned);
    let fixed = Waiting::default();
    let fitting = Waiting {
        issuer: text("iss").unwrap_or_default(),
        client_id: audience(&said).into_iter().next().unwrap_or_default(),
        nonce: text("nonce").unwrap_or_default(),
        ..Waiting::default()
    };
    let issued_at = said
        .get("iat")
        .and_then(Value::as_i64)
        .and_then(|seconds| seconds.checked_mul(1000));
    let now = issued_at.and_then(|millis| Timestamp::from_millis(millis).ok());
    let now = now.unwrap_or_else(party::now);
    for waiting in [&fitting, &fixed] {
        let Some((subject, auth_time)) = signs_in(waiting, body, &KNOWN, now) else {
            continue;
        };
        assert_eq!(text("iss").as_ref(), Some(&waiting.issuer), "another issuer's");
        assert_eq!(text("sub"), Some(subject));
        assert!(audience(&said).contains(&waiting.client_id), "it is for another client");
        assert_eq!(
            text("nonce").as_ref(),
            Some(&waiting.nonce),
            "it answers another sign-in"
        );
        let seconds = |member: &str| said.get(member).and_then(Value::as_f64);
        let at = now.millis() as f64 / 1000.0;
        assert!(seconds("exp").is_some_and(|exp| exp > at - 61.0), "it has expired");
        assert!(
            seconds("nbf").is_none_or(|nbf| nbf < at + 61.0),
            "it isn't its time yet"
        );
        assert_eq!(
            auth_time.is_some(),
            said.get("auth_time").is_some_and(|time| !time.is_null())
        );
        assert!(
            signs_in(waiting, body, &STRANGER, now).is_none(),
            "a stranger signed it"
        );
    }
}

fn audience(claims: &Value) -> Vec<String> {
    let owned = |client: &Value| client.as_str().map(str::to_owned);
    match claims.get("aud") {
        Some(Value::Array(clients)) => clients.iter().filter_map(owned).collect(),
        one => one.and_then(owned).into_iter().collect(),
    }
}

/// Who is signed in by an ID token of these claims.
fn signs_in(waiting: &Waiting, claims: &[u8], signer: &Key, now: Timestamp) -> Option<(String, Option<i64>)> {
    if waiting.issuer.len() > ISSUER_BYTES_MAX {
        return None;
    }
    let tokens = TokenResponse {
        access_token: "at".to_owned(),
        token_type: "DPoP".to_owned(),
        expires_in: Some(300),
        refresh_token: None,
        id_token: Some(signer.token("JWT", claims)),
        scope: None,
    };
    let (flow, command) = exchanging(waiting).step(Event::Tokens(Box::new(tokens)), now);
    // What is too long is refused before its keys are read.
    let Command::ReadKeys { .. } = command else {
        return None;
    };
    match flow.step(keys_read(KNOWN.set.clone()), now).1 {
        Command::Finish(signed_in) => Some((
            signed_in.tokens.subject.as_str().to_owned(),
            signed_in.auth_time_seconds,
        )),
        Command::ReadKeys { .. } | Command::Fail(SignInError::Distrusted(_)) => None,
        Command::Fail(error) => panic!("{error:?}"),
        _ => panic!("what comes after the keys is the end"),
    }
}

/// The provider's keys, for a token that none of them signed.
pub(super) fn keys(_: u8, body: &[u8]) {
    let Ok(read) = serde_json::from_slice::<JwkSet>(body) else {
        return;
    };
    read.keys.iter().for_each(check_key);
    let tokens = TokenResponse {
        access_token: "at".to_owned(),
        token_type: "DPoP".to_owned(),
        expires_in: None,
        refresh_token: None,
        id_token: Some(KNOWN.token("JWT", b"{}")),
        scope: None,
    };
    let (flow, _) = exchanging(&Waiting::default()).step(Event::Tokens(Box::new(tokens)), party::now());
    never_finishes(flow, read);
}

/// One key.
pub(super) fn key(_: u8, body: &[u8]) {
    if let Ok(read) = serde_json::from_slice::<Jwk>(body) {
        check_key(&read);
    }
}

/// It proves nothing that it didn't sign, and its thumbprint is that of the key and of no word beside it.
fn check_key(key: &Jwk) {
    assert!(key.verify(b"nobody signed this", &[7; 64]).is_err());
    let bare = Jwk {
        kid: None,
        alg: None,
        usage: None,
        ..key.clone()
    };
    if let Ok(thumbprint) = key.thumbprint() {
        assert_eq!(thumbprint.len(), 43, "SHA-256 in base64url");
        assert_eq!(bare.thumbprint().as_ref(), Ok(&thumbprint));
    }
}

/// The provider's clock is the device's here.
fn keys_read(keys: JwkSet) -> Event {
    Event::Keys { keys, ahead_seconds: 0 }
}
