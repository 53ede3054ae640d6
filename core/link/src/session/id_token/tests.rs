use super::*;
use crate::session::testing::{NOW_SECONDS, key, now, raw_token, set};
use rabt_protocol::jose::Es256Key;
use serde_json::{Value, json};

const ISSUER: &str = "https://id.example";
const CLIENT: &str = "rabt-app";
const ACCESS: &str = "access-token-1";

fn claims() -> Value {
    json!({
        "iss": ISSUER, "sub": "person-1", "aud": CLIENT, "exp": NOW_SECONDS + 300, "iat": NOW_SECONDS, "nonce": "n-1",
        "acr": acr::LOW, "auth_time": NOW_SECONDS - 5, "at_hash": access_token_hash(ACCESS, Algorithm::Es256),
        "name": "Mariam Example", "name_ar": "مريم مثال",
    })
}

fn expected() -> Expected<'static> {
    Expected {
        issuer: ISSUER,
        client_id: CLIENT,
        algorithms: &[Algorithm::Es256],
        nonce: Nonce::Is("n-1"),
        access_token: ACCESS,
        acr_at_least: None,
        auth_time_from: None,
        subject: None,
    }
}

fn header(key: &Es256Key) -> Value {
    use rabt_protocol::jose::Signer as _;
    json!({"alg": "ES256", "kid": key.public_key().kid})
}

fn read(claims: &Value, expected: &Expected<'_>) -> Result<Identity, IdTokenRefusal> {
    let mine = key();
    let token = raw_token(&header(&mine), &claims.to_string(), &mine);
    prove(&token, &set(&[&mine]), expected, now())
}

fn with(change: impl FnOnce(&mut Value)) -> Value {
    let mut claims = claims();
    change(&mut claims);
    claims
}

fn without(name: &str) -> Value {
    with(|claims| {
        claims.as_object_mut().unwrap().remove(name);
    })
}

#[test]
fn a_right_token_says_who_signed_in() {
    let identity = read(&claims(), &expected()).unwrap();
    assert_eq!(identity.subject.as_str(), "person-1");
    assert_eq!(identity.name.unwrap().en(), "Mariam Example");
    assert_eq!(identity.acr.as_deref(), Some(acr::LOW));
    for optional in ["acr", "auth_time", "at_hash", "name", "name_ar"] {
        assert!(read(&without(optional), &expected()).is_ok(), "{optional}");
    }
}

/// An access token that the same keys signed (RFC 9068) is no proof of who signed in, nor is a proof or a logout token.
#[test]
fn a_token_of_another_type_is_refused_and_one_of_none_is_taken() {
    let mine = key();
    let typed = |typ: Value| {
        let mut header = header(&mine);
        header["typ"] = typ;
        let token = raw_token(&header, &claims().to_string(), &mine);
        prove(&token, &set(&[&mine]), &expected(), now()).map(|_| ())
    };
    for right in [json!("JWT"), json!("jwt"), json!(null)] {
        assert_eq!(typed(right), Ok(()));
    }
    for wrong in ["at+jwt", "application/at+jwt", "dpop+jwt", "logout+jwt", ""] {
        assert_eq!(typed(json!(wrong)), Err(IdTokenRefusal::Type), "{wrong}");
    }
}

/// The claims' part of the OpenID Foundation's negative tests for relying parties (`oidcc-client-test-*`), and more.
#[test]
fn each_wrong_claim_is_refused_by_name() {
    type Change = fn(&mut Value);
    use IdTokenRefusal as R;
    let cases: [(&str, Change, R); 25] = [
        ("invalid iss", |c| c["iss"] = json!("https://evil.example"), R::Issuer),
        (
            "iss with a slash",
            |c| c["iss"] = json!("https://id.example/"),
            R::Issuer,
        ),
        ("iss of another type", |c| c["iss"] = json!(7), R::BadValue("iss")),
        ("invalid aud", |c| c["aud"] = json!("other"), R::Audience),
        (
            "aud without this client",
            |c| c["aud"] = json!(["other", "more"]),
            R::Audience,
        ),
        ("an empty aud", |c| c["aud"] = json!([]), R::BadValue("aud")),
        ("aud of numbers", |c| c["aud"] = json!([CLIENT, 1]), R::BadValue("aud")),
        (
            "too many clients",
            |c| c["aud"] = json!(vec![CLIENT; AUDIENCE_MAX + 1]),
            R::BadValue("aud"),
        ),
        (
            "several clients without azp",
            |c| c["aud"] = json!([CLIENT, "other"]),
            R::Missing("azp"),
        ),
        ("another azp", |c| c["azp"] = json!("other"), R::AuthorizedParty),
        (
            "expired",
            |c| c["exp"] = json!(NOW_SECONDS - CLOCK_SKEW_SECONDS),
            R::Expired,
        ),
        ("exp as text", |c| c["exp"] = json!("1795000300"), R::BadValue("exp")),
        ("exp below zero", |c| c["exp"] = json!(-1), R::BadValue("exp")),
        (
            "issued in the future",
            |c| c["iat"] = json!(NOW_SECONDS + CLOCK_SKEW_SECONDS + 1),
            R::IssuedInFuture,
        ),
        (
            "issued long ago",
            |c| c["iat"] = json!(NOW_SECONDS - ID_TOKEN_AGE_SECONDS_MAX - CLOCK_SKEW_SECONDS - 1),
            R::TooOld,
        ),
        (
            "not yet valid",
            |c| c["nbf"] = json!(NOW_SECONDS + CLOCK_SKEW_SECONDS + 1),
            R::NotYet,
        ),
        ("another nonce", |c| c["nonce"] = json!("n-2"), R::Nonce),
        ("nonce as a number", |c| c["nonce"] = json!(1), R::BadValue("nonce")),
        (
            "another access token",
            |c| c["at_hash"] = json!("77QmUPtjPfzWtF2AnpK9RQ"),
            R::AccessTokenHash,
        ),
        ("an empty sub", |c| c["sub"] = json!(""), R::BadValue("sub")),
        (
            "a sub beyond 255",
            |c| c["sub"] = json!("s".repeat(256)),
            R::BadValue("sub"),
        ),
        ("a sub with spaces", |c| c["sub"] = json!("a b"), R::BadValue("sub")),
        (
            "auth_time in the future",
            |c| c["auth_time"] = json!(NOW_SECONDS + CLOCK_SKEW_SECONDS + 1),
            R::BadValue("auth_time"),
        ),
        ("acr as a list", |c| c["acr"] = json!([acr::LOW]), R::BadValue("acr")),
        (
            "a long acr",
            |c| c["acr"] = json!("a".repeat(TEXT_BYTES_MAX + 1)),
            R::BadValue("acr"),
        ),
    ];
    for (case, change, refusal) in cases {
        assert_eq!(read(&with(change), &expected()), Err(refusal), "{case}");
    }
    for name in ["iss", "sub", "aud", "exp", "iat", "nonce"] {
        assert_eq!(read(&without(name), &expected()), Err(R::Missing(name)));
    }
}

#[test]
fn the_last_second_within_the_skew_is_taken() {
    for edge in [
        with(|c| c["exp"] = json!(NOW_SECONDS - CLOCK_SKEW_SECONDS + 1)),
        with(|c| c["iat"] = json!(NOW_SECONDS + CLOCK_SKEW_SECONDS)),
        with(|c| c["iat"] = json!(NOW_SECONDS - ID_TOKEN_AGE_SECONDS_MAX - CLOCK_SKEW_SECONDS)),
        with(|c| c["iat"] = json!(NOW_SECONDS as f64 + 0.5)),
        with(|c| c["nbf"] = json!(NOW_SECONDS + CLOCK_SKEW_SECONDS)),
        with(|c| c["aud"] = json!([CLIENT])),
        with(|c| {
            c["aud"] = json!([CLIENT, "other"]);
            c["azp"] = json!(CLIENT);
        }),
    ] {
        assert!(read(&edge, &expected()).is_ok(), "{edge}");
    }
}

#[test]
fn a_claim_that_is_there_twice_is_refused() {
    let mine = key();
    for doubled in [r#""sub":"person-2""#, r#""extra":1,"extra":1"#, r#""sub":"person-2""#] {
        let payload = claims().to_string().replacen('{', &format!("{{{doubled},"), 1);
        let token = raw_token(&header(&mine), &payload, &mine);
        assert_eq!(
            prove(&token, &set(&[&mine]), &expected(), now()),
            Err(IdTokenRefusal::Doubled)
        );
    }
    let twice = format!(r#"{{"alg":"ES256","alg":"ES256"}}.{}"#, claims());
    let (head, payload) = twice.split_once('.').unwrap();
    let signed = format!("{}.{}", base64url(head), base64url(payload));
    let signature = rabt_protocol::jose::Signer::sign(&mine, signed.as_bytes()).unwrap();
    assert_eq!(
        prove(
            &format!("{signed}.{}", base64url(signature)),
            &set(&[&mine]),
            &expected(),
            now()
        ),
        Err(IdTokenRefusal::Malformed)
    );
}

/// The signature's part of the OpenID Foundation's negative tests.
#[test]
fn nothing_but_the_providers_own_signature_is_taken() {
    use IdTokenRefusal as R;
    let (mine, other) = (key(), key());
    let payload = claims().to_string();
    let keys = set(&[&mine]);
    let read = |token: &str, keys: &JwkSet, algorithms: &[Algorithm]| {
        let expected = Expected {
            algorithms,
            ..expected()
        };
        prove(token, keys, &expected, now()).map(|_| ())
    };
    let es256 = &[Algorithm::Es256];
    let right = raw_token(&header(&mine), &payload, &mine);
    assert_eq!(read(&right, &keys, es256), Ok(()));

    assert_eq!(
        read(&right, &keys, &[Algorithm::Rs256]),
        Err(R::Algorithm),
        "not announced"
    );
    for alg in ["none", "HS256", "RS256", "es256"] {
        let token = raw_token(&json!({"alg": alg, "kid": header(&mine)["kid"]}), &payload, &mine);
        assert_eq!(read(&token, &keys, es256), Err(R::Algorithm), "{alg}");
    }
    let unsigned = format!("{}.{}.", base64url(r#"{"alg":"none"}"#), base64url(&payload));
    assert_eq!(read(&unsigned, &keys, es256), Err(R::Algorithm));

    assert_eq!(
        read(&raw_token(&header(&mine), &payload, &other), &keys, es256),
        Err(R::Signature)
    );
    assert_eq!(
        read(&raw_token(&header(&other), &payload, &other), &keys, es256),
        Err(R::UnknownKey)
    );
    let critical = json!({"alg": "ES256", "kid": header(&mine)["kid"], "crit": ["b64"]});
    assert_eq!(
        read(&raw_token(&critical, &payload, &mine), &keys, es256),
        Err(R::Algorithm)
    );

    let nameless = raw_token(&json!({"alg": "ES256"}), &payload, &mine);
    assert_eq!(read(&nameless, &keys, es256), Ok(()), "one key");
    assert_eq!(read(&nameless, &set(&[&mine, &other]), es256), Err(R::AmbiguousKey));

    for wrong in [
        "",
        "a.b.c",
        &right[1..],
        &format!("{right}x"),
        &"a".repeat(ID_TOKEN_BYTES_MAX + 1),
    ] {
        assert!(read(wrong, &keys, es256).is_err());
    }
    let not_claims = raw_token(&header(&mine), "[1]", &mine);
    assert_eq!(read(&not_claims, &keys, es256), Err(R::Malformed));
}

#[test]
fn a_step_up_needs_the_level_the_moment_and_the_person() {
    let person = SubjectId::parse("person-1").unwrap();
    let step_up = Expected {
        acr_at_least: Some(acr::HIGH),
        auth_time_from: Some(NOW_SECONDS - 10),
        subject: Some(&person),
        ..expected()
    };
    let high = || with(|c| c["acr"] = json!(acr::HIGH));
    assert!(read(&high(), &step_up).is_ok());
    assert_eq!(read(&claims(), &step_up), Err(IdTokenRefusal::LevelTooLow));
    assert_eq!(read(&without("acr"), &step_up), Err(IdTokenRefusal::LevelTooLow));
    let mut other = high();
    other["sub"] = json!("person-2");
    assert_eq!(read(&other, &step_up), Err(IdTokenRefusal::Subject));
    let mut stale = high();
    stale["auth_time"] = json!(NOW_SECONDS - 10 - CLOCK_SKEW_SECONDS - 1);
    assert_eq!(read(&stale, &step_up), Err(IdTokenRefusal::NotRecent));
    stale.as_object_mut().unwrap().remove("auth_time");
    assert_eq!(read(&stale, &step_up), Err(IdTokenRefusal::Missing("auth_time")));
}

#[test]
fn levels_of_the_city_have_an_order_and_others_have_none() {
    for (reached, asked, enough) in [
        (acr::LOW, acr::LOW, true),
        (acr::HIGH, acr::LOW, true),
        (acr::LOW, acr::HIGH, false),
        ("gold", "gold", true),
        ("gold", acr::LOW, false),
        (acr::HIGH, "gold", false),
    ] {
        assert_eq!(reaches(reached, asked), enough, "{reached} for {asked}");
    }
}

#[test]
fn a_refresh_may_repeat_the_nonce_and_not_change_it() {
    let refresh = |known| Expected {
        nonce: Nonce::AbsentOr(known),
        ..expected()
    };
    assert!(read(&without("nonce"), &refresh(Some("n-1"))).is_ok());
    assert!(read(&claims(), &refresh(Some("n-1"))).is_ok());
    assert_eq!(read(&claims(), &refresh(Some("n-0"))), Err(IdTokenRefusal::Nonce));
    assert!(read(&claims(), &refresh(None)).is_ok());
}

/// OpenID Connect Core 1.0, A.3 (RS256): `at_hash` of the specification's own access token.
#[test]
fn the_standards_own_access_token_hash_is_found() {
    assert_eq!(
        access_token_hash("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y", Algorithm::Rs256),
        "77QmUPtjPfzWtF2AnpK9RQ"
    );
}

#[test]
fn a_name_that_cannot_be_shown_is_no_name() {
    let identity = |change: fn(&mut Value)| read(&with(change), &expected()).unwrap();
    assert_eq!(identity(|c| c["name"] = json!("Mar\u{202E}iam")).name, None);
    assert_eq!(identity(|c| c["name_ar"] = json!(7)).name, None);
    assert_eq!(
        read(&without("name_ar"), &expected()).unwrap().name.unwrap().ar(),
        "Mariam Example"
    );
}
