use super::*;
use crate::session::{
    Secret,
    testing::{NOW_SECONDS, at, config, key, metadata, now, raw_token, set},
};
use proptest::prelude::*;
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
    let (flow, command) = flow.step(Event::Keys(set(&[&mine])), at(NOW_SECONDS + 9));
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

/// A URL that isn't the answer to this sign-in changes nothing: who sends the app one can't end a sign-in.
#[test]
fn what_does_not_prove_to_be_the_answer_is_ignored_by_name() {
    use CallbackRefusal as R;
    let long = format!("rabt-demo:/signed-in?code={}", "a".repeat(9000));
    let cases = [
        ("nonsense", R::Malformed),
        (long.as_str(), R::Malformed),
        ("other-app:/signed-in?code=c&state=S&iss=I", R::RedirectUri),
        ("rabt-demo:/signed-in/more?code=c&state=S&iss=I", R::RedirectUri),
        ("rabt-demo://signed-in?code=c&state=S&iss=I", R::RedirectUri),
        ("rabt-demo:/signed-in?code=c&iss=I", R::Missing("state")),
        ("rabt-demo:/signed-in?code=c&state=other&iss=I", R::State),
        ("rabt-demo:/signed-in?code=c&state=&iss=I", R::State),
        ("rabt-demo:/signed-in?code=c&state=S&state=S&iss=I", R::Doubled("state")),
        ("rabt-demo:/signed-in#code=c&state=S&iss=I", R::BadValue("fragment")),
    ];
    for (url, refusal) in cases {
        let flow = waiting(SignInRequest::default());
        let url = url
            .replace("=S", &format!("={}", state(&flow)))
            .replace("=I", &format!("={ISSUER}"));
        assert!(!flow.is_answered_by(&url), "{url}");
        let (flow, command) = flow.step(Event::Returned(url.clone()), now());
        assert!(matches!(command, Command::Ignore(found) if found == refusal), "{url}");
        let right = answer(&flow);
        assert!(
            matches!(flow.step(Event::Returned(right), now()).1, Command::Exchange { .. }),
            "{url}"
        );
    }
}

/// The callback's part of the OpenID Foundation's negative tests, RFC 9207's and RFC 6749's.
#[test]
fn an_answer_that_is_wrong_ends_the_sign_in_by_name() {
    use CallbackRefusal as R;
    for (rest, refusal) in [
        ("code=c&iss=https://evil.example", R::Issuer),
        ("code=c&iss=https://id.example/", R::Issuer),
        ("code=c", R::Missing("iss")),
        ("error=access_denied", R::Missing("iss")),
        ("code=c&iss=I&iss=I", R::Doubled("iss")),
        ("code=c&code=d&iss=I", R::Doubled("code")),
        ("error=a&error=b&iss=I", R::Doubled("error")),
        ("code=c&error=access_denied&iss=I", R::CodeAndError),
        ("iss=I", R::Missing("code")),
        ("code=&iss=I", R::BadValue("code")),
        ("code=a%0Ab&iss=I", R::BadValue("code")),
        ("error=%E2%80%AE&iss=I", R::BadValue("error")),
        ("error=&iss=I", R::BadValue("error")),
    ] {
        let flow = waiting(SignInRequest::default());
        let rest = rest.replace("=I", &format!("={ISSUER}"));
        let url = format!("rabt-demo:/signed-in?state={}&{rest}", state(&flow));
        assert!(flow.is_answered_by(&url), "{url}");
        let (flow, command) = flow.step(Event::Returned(url.clone()), now());
        let error = failure(command);
        assert!(
            matches!(&error, SignInError::Callback(found) if *found == refusal),
            "{url}: {error:?}"
        );
        assert_eq!(error.field(), Some(refusal.field()));
        let right = answer(&flow);
        assert!(
            matches!(flow.step(Event::Returned(right), now()).1, Command::Ignore(R::Used)),
            "{url}"
        );
    }
}

#[test]
fn an_iss_is_optional_only_where_it_was_not_announced() {
    let mut silent = metadata(ISSUER);
    silent.authorization_response_iss_parameter_supported = false;
    silent.pushed_authorization_request_endpoint = None;
    let returned = |rest: &str| {
        let (flow, _) = read(begin(SignInRequest::default()), silent.clone());
        let url = format!("rabt-demo:/signed-in?state={}&code=c{rest}", state(&flow));
        flow.step(Event::Returned(url), now()).1
    };
    assert!(matches!(returned(""), Command::Exchange { .. }));
    assert!(matches!(
        failure(returned("&iss=https://evil.example")),
        SignInError::Callback(CallbackRefusal::Issuer)
    ));
}

#[test]
fn each_error_of_the_provider_says_what_to_do() {
    let returned = |code: &str| {
        let flow = waiting(SignInRequest::default());
        let url = format!("rabt-demo:/signed-in?state={}&iss={ISSUER}&error={code}", state(&flow));
        failure(flow.step(Event::Returned(url), now()).1)
    };
    assert!(matches!(returned("access_denied"), SignInError::Cancelled));
    assert!(matches!(
        returned("temporarily_unavailable"),
        SignInError::Unavailable { .. }
    ));
    assert!(matches!(returned("server_error"), SignInError::Unavailable { .. }));
    assert!(matches!(
        returned("unmet_authentication_requirements"),
        SignInError::LevelNotReached
    ));
    assert!(matches!(returned("invalid_scope"), SignInError::Refused { code } if code == "invalid_scope"));
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
fn an_answer_that_comes_too_late_is_not_exchanged() {
    for (seconds, in_time) in [
        (FLOW_SECONDS_MAX, true),
        (FLOW_SECONDS_MAX + 1, false),
        (-100_000, true),
    ] {
        let flow = waiting(SignInRequest::default());
        let url = answer(&flow);
        let command = flow.step(Event::Returned(url), at(NOW_SECONDS + seconds)).1;
        match command {
            Command::Exchange { .. } => assert!(in_time, "{seconds}"),
            other => assert!(matches!(failure(other), SignInError::Expired) && !in_time, "{seconds}"),
        }
    }
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
    let (flow, command) = flow.step(Event::Keys(set(&[&other])), now());
    assert!(matches!(command, Command::ReadKeys { again: true, .. }));
    let (_, command) = flow.clone().step(Event::Keys(set(&[&other, &mine])), now());
    assert!(matches!(command, Command::Finish(_)));
    let (_, command) = flow.step(Event::Keys(set(&[&other])), now());
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
        flow.step(Event::Keys(set(&[&mine])), now()).1
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
fn a_killed_app_goes_on_when_the_url_comes_in() {
    let flow = waiting(SignInRequest::step_up(SubjectId::parse("person-1").unwrap(), acr::HIGH));
    let stored = flow.to_bytes();
    let back = Flow::from_bytes(&stored).unwrap();
    assert_eq!(back.expected, flow.expected);
    let url = answer(&flow);
    assert!(matches!(
        back.step(Event::Returned(url), now()).1,
        Command::Exchange { .. }
    ));
}

#[test]
fn a_stored_flow_that_does_not_wait_has_ended() {
    for flow in [begin(SignInRequest::default()), exchanged(SignInRequest::default())] {
        let back = Flow::from_bytes(&flow.to_bytes()).unwrap();
        assert!(!back.is_waiting());
        let url = answer(&back);
        assert!(matches!(
            back.step(Event::Returned(url), now()).1,
            Command::Ignore(CallbackRefusal::Used)
        ));
    }
}

#[test]
fn what_is_not_a_stored_flow_is_refused_by_name() {
    let written = String::from_utf8(waiting(SignInRequest::default()).to_bytes().to_vec()).unwrap();
    for (from, to, field) in [
        ("\"version\":1", "\"version\":2", "version"),
        ("\"ES256\"", "\"none\"", "algorithms"),
        ("\"token\":\"https:", "\"token\":\"", "token"),
        ("{", "", "form"),
    ] {
        assert!(written.contains(from), "{from}");
        let changed = written.replacen(from, to, 1);
        assert_eq!(Flow::from_bytes(changed.as_bytes()).unwrap_err(), FlowUnreadable(field));
    }
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

proptest! {
    #[test]
    fn garbage_never_panics_and_never_is_an_answer(url in ".{0,200}") {
        let flow = waiting(SignInRequest::default());
        let (flow, command) = flow.step(Event::Returned(url), now());
        prop_assert!(matches!(command, Command::Ignore(_)));
        prop_assert!(flow.is_waiting());
    }

    #[test]
    fn garbage_behind_the_right_redirect_never_panics(query in ".{0,200}", fragment in ".{0,20}") {
        let flow = waiting(SignInRequest::default());
        let url = format!("rabt-demo:/signed-in?{query}#{fragment}");
        let (_, command) = flow.step(Event::Returned(url), now());
        prop_assert!(matches!(command, Command::Ignore(_)));
    }

    #[test]
    fn garbage_with_the_right_state_is_an_answer_or_refused(query in "[a-z=&%0-9]{0,80}") {
        let flow = waiting(SignInRequest::default());
        let url = format!("rabt-demo:/signed-in?state={}&iss={ISSUER}&{query}", state(&flow));
        let (flow, command) = flow.step(Event::Returned(url), now());
        prop_assert!(!matches!(command, Command::Open(_) | Command::Finish(_)));
        prop_assert_eq!(flow.is_waiting(), matches!(command, Command::Ignore(_)));
    }

    #[test]
    fn garbage_is_never_a_stored_flow(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(Flow::from_bytes(&bytes).is_err());
    }

    /// Events in whatever order: the flow always has an answer, and none but the right ones finish it.
    #[test]
    fn events_out_of_order_never_finish_a_sign_in(order in proptest::collection::vec(0..6u8, 0..12)) {
        let mut flow = begin(SignInRequest::default());
        for event in order {
            let event = match event {
                0 => Event::Metadata(Box::new(metadata(ISSUER))),
                1 => Event::Pushed(PushedRequest { request_uri: "urn:r".into(), expires_in: 1 }),
                2 => Event::Returned(answer(&flow)),
                3 => tokens(Some("a.b.c".into())),
                4 => Event::Keys(JwkSet::default()),
                _ => Event::Abandoned,
            };
            let command;
            (flow, command) = flow.step(event, now());
            prop_assert!(!matches!(command, Command::Finish(_)));
        }
    }
}
