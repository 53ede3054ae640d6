use super::*;
use crate::jose::Es256Key;
use serde_json::{Value, json};

fn key() -> Es256Key {
    Es256Key::from_pkcs8(&Es256Key::generate_pkcs8().unwrap()).unwrap()
}

fn set(keys: &[&Es256Key]) -> JwkSet {
    JwkSet {
        keys: keys.iter().map(|key| key.public_key()).collect(),
    }
}

fn with_header(token: &str, change: impl Fn(&mut Value)) -> String {
    let (header, rest) = token.split_once('.').unwrap();
    let mut header: Value = serde_json::from_slice(&from_base64url(header).unwrap()).unwrap();
    change(&mut header);
    format!("{}.{rest}", base64url(header.to_string()))
}

/// RFC 7515, appendix A.3: a token that nobody here made.
#[test]
fn the_standards_own_es256_token_is_verified() {
    let jwk: Jwk = serde_json::from_value(json!({"kty":"EC","crv":"P-256",
        "x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}))
    .unwrap();
    let token = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
    let verified: Verified<Value> = verify(token, None, &JwkSet { keys: vec![jwk] }).unwrap();
    assert_eq!(verified.claims["iss"], "joe");
}

/// Made with OpenSSL 3: `openssl dgst -sha256 -sign`.
#[test]
fn openssls_rs256_token_is_verified() {
    let jwk: Jwk = serde_json::from_value(json!({"kty":"RSA","e":"AQAB",
        "n":"nIMNsP7K_z5fb6RfFzh3J-SZOH0NHsmCqfZtuSWHF9JDr41j2Wp6bdTdfQzFYkk0CLfMo4ypE5GdPtsB-Sj3OzPK9MS7KfwVyAaCcLUl2lhSwooOk6PSJFzvHBb1EjEtvDNNj09yoX_n-Ssca9RED_ziJ2Bf9nk3vIGpsZwBAxlLuiqIjIMYvaBMigV25JNNLNjJRzAqQiIVJKpoELk0wBbEsQy1og5hRLsdxf7oC9GZfd4Z_ZH_Yg618AU2tURT9j2IHC6FT3feuvlb265zLYdE1-k2DZxr6V4W4z8zVBkm7HYvI5qajZCk0SjT3TJkHuBPLXN6Tuj3A7ZmDB9xCQ"}))
    .unwrap();
    let token = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLCJleHAiOjEzMDA4MTkzODB9.Ihogbon6vEBn-a8lMTdYhcxYSUHRzXaNPtmY3rnCqX5ypw2TL91kEWFAn7XEYuhH_semKHdWXrghEldiUHdU4N70xXwJEKV3AWzionpeFbl4xgF7PEVcUu6Cd4gDCEreMz-B8HHYC30y5T3w4nb1ZquNjobtC7bCynDBW6hqKR3OYEnAZJo5Ga17wvr8kRPFobvV8ytkxjbquLAda0G49xhx2hxAucdYeXdnJEw2QLaYCUIs4Cmyjx_DrjotX7SL9cFeJmDuxtogz0dIlD7dplxiCcKgRo7jDBjKjUqfzBXYjY6fZSc_P0H7VWR9hZ9lJ_FztFqVxCTgFgxhYn56Jw";
    let verified: Verified<Value> = verify(token, None, &JwkSet { keys: vec![jwk] }).unwrap();
    assert_eq!(verified.claims["exp"], 1_300_819_380);
}

/// RFC 9864 gives Ed25519 a name of its own; keys and tokens are met with either, and with one of each.
#[test]
fn an_ed25519_token_is_verified_under_both_names_of_its_algorithm() {
    use ring::{
        rand::SystemRandom,
        signature::{Ed25519KeyPair, KeyPair as _},
    };
    let pkcs8 = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
    let pair = Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).unwrap();
    let token = |alg: &str| {
        let signed = format!("{}.{}", base64url(json!({ "alg": alg }).to_string()), base64url("{}"));
        let signature = pair.sign(signed.as_bytes());
        format!("{signed}.{}", base64url(signature))
    };
    for of_key in [None, Some("EdDSA"), Some("Ed25519")] {
        let jwk = Jwk {
            kty: "OKP".to_owned(),
            crv: Some("Ed25519".to_owned()),
            alg: of_key.map(str::to_owned),
            x: Some(base64url(pair.public_key())),
            ..Jwk::default()
        };
        let keys = JwkSet { keys: vec![jwk] };
        for alg in ["EdDSA", "Ed25519"] {
            assert!(verify::<Value>(&token(alg), None, &keys).is_ok(), "{of_key:?} {alg}");
        }
        assert_eq!(verify::<Value>(&token("Ed448"), None, &keys), Err(JwsError::Algorithm));
    }
}

/// RFC 7638, 3.1.
#[test]
fn the_standards_own_thumbprint_is_found() {
    let jwk: Jwk = serde_json::from_value(json!({"kty":"RSA","e":"AQAB","alg":"RS256","kid":"2011-04-29",
        "n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"}))
    .unwrap();
    assert_eq!(jwk.thumbprint().unwrap(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
}

#[test]
fn what_is_signed_is_verified_and_nothing_else_is() {
    let (mine, other) = (key(), key());
    let token = sign("receipt+jwt", &json!({"a": 1}), &mine, false).unwrap();
    let read = |token: &str, typ: &str, keys: &JwkSet| verify::<Value>(token, Some(typ), keys).map(|v| v.claims);

    assert_eq!(read(&token, "receipt+jwt", &set(&[&other, &mine])), Ok(json!({"a": 1})));
    assert_eq!(read(&token, "receipt+jwt", &set(&[&other])), Err(JwsError::UnknownKey));
    assert!(matches!(
        read(&token, "directory+jwt", &set(&[&mine])),
        Err(JwsError::Type { .. })
    ));

    let mut stranger = other.public_key();
    stranger.kid = mine.public_key().kid;
    assert_eq!(
        read(&token, "receipt+jwt", &JwkSet { keys: vec![stranger] }),
        Err(JwsError::BadSignature)
    );

    for alg in ["none", "HS256", "RS256"] {
        let forged = with_header(&token, |header| header["alg"] = json!(alg));
        assert_eq!(
            read(&forged, "receipt+jwt", &set(&[&mine])),
            Err(JwsError::Algorithm),
            "{alg}"
        );
    }
    let critical = with_header(&token, |header| header["crit"] = json!(["exp"]));
    assert_eq!(read(&critical, "receipt+jwt", &set(&[&mine])), Err(JwsError::Critical));
}

#[test]
fn a_changed_or_malformed_token_is_refused() {
    let mine = key();
    let token = sign("t", &json!({"amount_fils": 100}), &mine, false).unwrap();
    let parts: Vec<&str> = token.split('.').collect();
    let raised = base64url(json!({"amount_fils": 900}).to_string());
    let keys = set(&[&mine]);
    let read = |token: &str| verify::<Value>(token, Some("t"), &keys).map(|v| v.claims);

    assert_eq!(
        read(&format!("{}.{raised}.{}", parts[0], parts[2])),
        Err(JwsError::BadSignature)
    );
    for wrong in [
        "",
        "a",
        "a.b",
        "a.b.c.d",
        &format!("{token}="),
        &format!(" {token}"),
        &"a".repeat(TOKEN_BYTES_MAX + 1),
    ] {
        assert!(
            matches!(read(wrong), Err(JwsError::Malformed(_))),
            "{}",
            &wrong[..wrong.len().min(20)]
        );
    }
}

#[test]
fn an_embedded_key_proves_possession_only_of_itself() {
    let (mine, other) = (key(), key());
    let token = sign("dpop+jwt", &json!({"htm": "GET"}), &mine, true).unwrap();
    let verified = verify_embedded::<Value>(&token, "dpop+jwt").unwrap();
    assert_eq!(
        verified.header.jwk.unwrap().thumbprint(),
        mine.public_key().thumbprint()
    );

    let swapped = with_header(&token, |header| header["jwk"] = json!(other.public_key()));
    assert_eq!(
        verify_embedded::<Value>(&swapped, "dpop+jwt").unwrap_err(),
        JwsError::BadSignature
    );
    let keyless = sign("dpop+jwt", &json!({}), &mine, false).unwrap();
    assert_eq!(
        verify_embedded::<Value>(&keyless, "dpop+jwt").unwrap_err(),
        JwsError::UnknownKey
    );
}
