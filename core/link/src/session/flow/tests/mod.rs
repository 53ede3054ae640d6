//! From the first event to the last command, and what ends a sign-in on the way.

mod callback;
mod garbage;
mod stored;

use super::*;
use crate::session::{
    Secret,
    testing::{NOW_SECONDS, at, config, key, metadata, now, raw_token, set},
};

use rabt_protocol::{
    jose::{Es256Key, Signer as _, sha256_base64url},
    oidc::acr,
};

use ring::rand::SystemRandom;
use serde_json::{Value, json};
use std::{collections::HashMap, sync::Arc};

const ISSUER: &str = "https://id.example";

fn proof_key() -> ProofKey {
    ProofKey {
        thumbprint: "thumb".into(),
        algorithm: "ES256".into(),
    }
}

fn begin(request: SignInRequest) -> Flow {
    let secrets = FlowSecrets::generate(&SystemRandom::new()).unwrap();
    let (flow, command) = Flow::begin(&config(), request, secrets, Some(proof_key()), now()).unwrap();
    assert!(matches!(command, Command::ReadMetadata));
    flow
}

fn read(flow: Flow, metadata: ProviderMetadata) -> (Flow, Command) {
    flow.step(Event::Metadata(Box::new(metadata)), now())
}

fn keys_read(keys: JwkSet) -> Event {
    Event::Keys { keys, ahead_seconds: 0 }
}

fn query(url: &Url) -> HashMap<String, String> {
    url.query_pairs().into_owned().collect()
}

/// A flow that waits for its URL.
fn waiting(request: SignInRequest) -> Flow {
    let (flow, _) = read(begin(request), metadata(ISSUER));
    let pushed = PushedRequest {
        request_uri: "urn:ietf:params:oauth:request_uri:1".into(),
        expires_in: 60,
    };
    let (flow, command) = flow.step(Event::Pushed(pushed), now());
    assert!(matches!(command, Command::Open(_)) && flow.is_waiting());
    flow
}

fn state(flow: &Flow) -> String {
    flow.expected.secrets.state.reveal().to_owned()
}

fn answer(flow: &Flow) -> String {
    format!("rabt-demo:/signed-in?code=c-1&state={}&iss={ISSUER}", state(flow))
}

fn tokens(id_token: Option<String>) -> Event {
    Event::Tokens(Box::new(TokenResponse {
        access_token: "at".into(),
        token_type: "DPoP".into(),
        expires_in: Some(300),
        refresh_token: Some("rt".into()),
        id_token,
        scope: Some("openid".into()),
    }))
}

fn id_token(flow: &Flow, key: &Es256Key, change: impl FnOnce(&mut Value)) -> String {
    let mut claims = json!({
        "iss": ISSUER, "sub": "person-1", "aud": "rabt-app", "exp": NOW_SECONDS + 300, "iat": NOW_SECONDS,
        "nonce": flow.expected.secrets.nonce.reveal(), "acr": acr::LOW, "auth_time": NOW_SECONDS,
    });
    change(&mut claims);
    raw_token(
        &json!({"alg": "ES256", "kid": key.public_key().kid}),
        &claims.to_string(),
        key,
    )
}

fn failure(command: Command) -> SignInError {
    match command {
        Command::Fail(error) => error,
        _ => panic!("it didn't fail"),
    }
}

#[test]
fn a_sign_in_goes_from_metadata_to_tokens() {
    let (flow, command) = read(begin(SignInRequest::default()), metadata(ISSUER));
    let Command::Push { url, form, proof } = command else {
        panic!("not pushed");
    };
    assert_eq!((url.as_str(), proof), ("https://id.example/par", true));
    let form: HashMap<_, _> = form.pairs().collect();
    let secrets = flow.expected.secrets.clone();
    assert_eq!(form["code_challenge"], sha256_base64url(secrets.verifier.reveal()));
    assert_eq!(form["code_challenge_method"], "S256");
    assert_eq!((form["response_type"], form["scope"]), ("code", "openid profile"));
    assert_eq!((form["dpop_jkt"], form["state"]), ("thumb", secrets.state.reveal()));
    assert_eq!(
        (form["client_id"], form["redirect_uri"]),
        ("rabt-app", "rabt-demo:/signed-in")
    );
    assert!(
        !form.values().any(|value| *value == secrets.verifier.reveal()),
        "the verifier is not shown before"
    );

    let pushed = PushedRequest {
        request_uri: "urn:r:1".into(),
        expires_in: 60,
    };
    let (flow, command) = flow.step(Event::Pushed(pushed), now());
    let Command::Open(url) = command else {
        panic!("not opened")
    };
    let expected = [("client_id", "rabt-app"), ("request_uri", "urn:r:1")].map(|(k, v)| (k.to_owned(), v.to_owned()));
    assert_eq!(query(&url), HashMap::from(expected));

    let returned = answer(&flow);
    assert!(flow.is_answered_by(&returned));
    let (flow, command) = flow.step(Event::Returned(returned.clone()), now());
    let Command::Exchange { url, form, proof } = command else {
        panic!("not exchanged")
    };
    assert_eq!((url.as_str(), proof), ("https://id.example/token", true));
    let form: HashMap<_, _> = form.pairs().collect();
    assert_eq!(
        (form["code"], form["code_verifier"]),
        ("c-1", secrets.verifier.reveal())
    );

    let (flow, command) = flow.step(Event::Returned(returned.clone()), now());
    assert!(
        matches!(command, Command::Ignore(CallbackRefusal::Used)),
        "the code is not used again"
    );
    let mine = key();
    let token = id_token(&flow, &mine, |_| ());
    let (flow, command) = flow.step(tokens(Some(token)), now());
    assert!(matches!(command, Command::ReadKeys { again: false, .. }));
    let (flow, command) = flow.step(keys_read(set(&[&mine])), at(NOW_SECONDS + 9));
    let Command::Finish(signed_in) = command else {
        panic!("not finished")
    };
    assert_eq!(signed_in.tokens.subject.as_str(), "person-1");
    assert_eq!(
        signed_in.tokens.expires_at,
        at(NOW_SECONDS + 300),
        "from when they were received"
    );
    assert_eq!(signed_in.tokens.nonce.as_deref(), Some(secrets.nonce.reveal()));
    let (_, command) = flow.step(Event::Returned(returned), now());
    assert!(matches!(command, Command::Ignore(CallbackRefusal::Used)));
}

#[test]
fn without_push_the_whole_request_is_in_the_url() {
    let request = SignInRequest {
        acr_values: vec!["urn:digitalid:authentication:flow:mobileondevice".into()],
        ui_locales: vec!["ar".into(), "en".into()],
        login_hint: Some(Secret::new("mariam@example.com")),
        redirect_uri: Some("http://127.0.0.1:40123/back".into()),
        ..SignInRequest::step_up(SubjectId::parse("person-1").unwrap(), acr::HIGH)
    };
    let mut offered = metadata(ISSUER);
    offered.pushed_authorization_request_endpoint = None;
    offered.dpop_signing_alg_values_supported = vec!["EdDSA".into()];
    offered.authorization_endpoint = "https://id.example/authorize?tenant=1".into();
    let (_, command) = read(begin(request), offered);
    let Command::Open(url) = command else {
        panic!("not opened")
    };
    let query = query(&url);
    for (name, value) in [
        ("tenant", "1"),
        ("acr_values", "urn:digitalid:authentication:flow:mobileondevice"),
        ("ui_locales", "ar en"),
        ("login_hint", "mariam@example.com"),
        ("prompt", "login"),
        ("max_age", "0"),
        ("redirect_uri", "http://127.0.0.1:40123/back"),
    ] {
        assert_eq!(query[name], value);
    }
    assert!(!query.contains_key("dpop_jkt"), "the key's algorithm isn't offered");
}

#[test]
fn a_step_up_asks_for_its_level() {
    let request = SignInRequest::step_up(SubjectId::parse("person-1").unwrap(), acr::HIGH);
    let (_, command) = read(begin(request), metadata(ISSUER));
    let Command::Push { form, .. } = command else {
        panic!("not pushed")
    };
    assert_eq!(form.pairs().collect::<HashMap<_, _>>()["acr_values"], acr::HIGH);
}

/// Otherwise a provider that goes by the standard gives no refresh token, and the person signs in again every few minutes.
#[test]
fn who_asks_for_a_lasting_session_has_the_person_asked_to_agree() {
    let step_up = || SignInRequest::step_up(SubjectId::parse("person-1").unwrap(), acr::HIGH);
    for (scopes, request, prompt) in [
        (&["openid"][..], SignInRequest::default(), None),
        (&["openid"], step_up(), Some("login")),
        (&["offline_access"], SignInRequest::default(), Some("consent")),
        (&["openid", "offline_access"], step_up(), Some("login consent")),
    ] {
        let config = ProviderConfig {
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            ..config()
        };
        let secrets = FlowSecrets::generate(&SystemRandom::new()).unwrap();
        let (flow, _) = Flow::begin(&config, request, secrets, None, now()).unwrap();
        let (_, Command::Push { form, .. }) = read(flow, metadata(ISSUER)) else {
            panic!("not pushed")
        };
        assert_eq!(
            form.pairs().find(|(name, _)| *name == "prompt").map(|(_, value)| value),
            prompt
        );
    }
}

#[test]
fn a_failure_at_any_stage_ends_it_and_keeps_its_cause() {
    let offline = || Event::Failed(Failure::Offline(Arc::new(std::io::Error::other("no route"))));
    let (pushing, _) = read(begin(SignInRequest::default()), metadata(ISSUER));
    let exchanging = || {
        let flow = waiting(SignInRequest::default());
        let url = answer(&flow);
        flow.step(Event::Returned(url), now()).0
    };
    for flow in [begin(SignInRequest::default()), pushing, exchanging()] {
        let (flow, command) = flow.step(offline(), now());
        let error = failure(command);
        assert!(matches!(error, SignInError::Offline(_)));
        assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "no route");
        assert!(!flow.is_waiting());
    }
    let spent = exchanging().step(Event::Failed(Failure::Refused("invalid_grant".into())), now());
    assert!(matches!(failure(spent.1), SignInError::Refused { code } if code == "invalid_grant"));
    let closed = waiting(SignInRequest::default()).step(Event::Abandoned, now());
    assert!(matches!(failure(closed.1), SignInError::Cancelled));
}

#[test]
fn a_provider_that_cannot_be_used_is_refused_before_anything_is_sent() {
    let mut plain = metadata(ISSUER);
    plain.code_challenge_methods_supported = vec!["plain".into()];
    let error = failure(read(begin(SignInRequest::default()), plain).1);
    assert_eq!(error.field(), Some("code_challenge_methods_supported"));
    let error = failure(read(begin(SignInRequest::default()), metadata("https://evil.example")).1);
    assert_eq!(error.field(), Some("issuer"));
    for request_uri in ["", "urn:a b", &"u".repeat(5000)] {
        let (flow, _) = read(begin(SignInRequest::default()), metadata(ISSUER));
        let pushed = PushedRequest {
            request_uri: request_uri.to_owned(),
            expires_in: 60,
        };
        assert_eq!(
            failure(flow.step(Event::Pushed(pushed), now()).1).field(),
            Some("request_uri")
        );
    }
}

fn exchanged(request: SignInRequest) -> Flow {
    let flow = waiting(request);
    let url = answer(&flow);
    flow.step(Event::Returned(url), now()).0
}

#[test]
fn the_token_answer_is_refused_by_name() {
    let error = failure(exchanged(SignInRequest::default()).step(tokens(None), now()).1);
    assert_eq!(error.field(), Some("id_token"));
    let bearer = Event::Tokens(Box::new(TokenResponse {
        access_token: "at".into(),
        token_type: "Bearer".into(),
        expires_in: None,
        refresh_token: None,
        id_token: Some("a.b.c".into()),
        scope: None,
    }));
    let error = failure(exchanged(SignInRequest::default()).step(bearer, now()).1);
    assert_eq!(error.field(), Some("token_type"));
}

#[test]
fn keys_that_were_made_since_are_read_again_once() {
    let (mine, other) = (key(), key());
    let flow = exchanged(SignInRequest::default());
    let token = id_token(&flow, &mine, |_| ());
    let (flow, _) = flow.step(tokens(Some(token)), now());
    let (flow, command) = flow.step(keys_read(set(&[&other])), now());
    assert!(matches!(command, Command::ReadKeys { again: true, .. }));
    let (_, command) = flow.clone().step(keys_read(set(&[&other, &mine])), now());
    assert!(matches!(command, Command::Finish(_)));
    let (_, command) = flow.step(keys_read(set(&[&other])), now());
    assert_eq!(failure(command).field(), Some("kid"));
}

#[test]
fn a_step_up_by_another_person_or_at_a_lower_level_is_refused() {
    let mine = key();
    let finish = |change: fn(&mut Value)| {
        let request = SignInRequest::step_up(SubjectId::parse("person-1").unwrap(), acr::HIGH);
        let flow = exchanged(request);
        let token = id_token(&flow, &mine, change);
        let (flow, _) = flow.step(tokens(Some(token)), now());
        flow.step(keys_read(set(&[&mine])), now()).1
    };
    assert!(matches!(finish(|c| c["acr"] = json!(acr::HIGH)), Command::Finish(_)));
    assert!(matches!(failure(finish(|_| ())), SignInError::LevelNotReached));
    let other = failure(finish(|c| {
        c["acr"] = json!(acr::HIGH);
        c["sub"] = json!("person-2");
    }));
    assert_eq!(other.incident(), Some(rabt_domain::IncidentKind::AnotherPerson));
    let remembered = failure(finish(|c| {
        c["acr"] = json!(acr::HIGH);
        c["auth_time"] = json!(NOW_SECONDS - 3600);
    }));
    assert_eq!(
        remembered.field(),
        Some("auth_time"),
        "the person didn't prove it again"
    );
}

#[test]
fn nothing_that_is_secret_is_shown() {
    let flow = exchanged(SignInRequest::default());
    let shown = format!("{flow:?}");
    for secret in [
        &flow.expected.secrets.state,
        &flow.expected.secrets.verifier,
        &flow.expected.secrets.nonce,
    ] {
        assert!(!shown.contains(secret.reveal()));
    }
    let form = Form::default().with("code", "c-1");
    assert_eq!(format!("{form:?}"), r#"["code"]"#);
}
