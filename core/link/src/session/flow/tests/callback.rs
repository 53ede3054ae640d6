//! The URL that comes back.

use super::*;

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
