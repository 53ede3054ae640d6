//! What the tests of the session share.

use rabt_domain::Timestamp;
use rabt_protocol::{
    jose::{Es256Key, JwkSet, Signer as _, base64url},
    oidc::ProviderMetadata,
};
use serde_json::Value;

/// The instant at which the pure tests play.
pub(crate) const NOW_SECONDS: i64 = 1_795_000_000;

pub(crate) fn now() -> Timestamp {
    at(NOW_SECONDS)
}

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * 1000).unwrap()
}

pub(crate) fn metadata(issuer: &str) -> ProviderMetadata {
    let under = |path: &str| format!("{issuer}/{path}");
    ProviderMetadata {
        issuer: issuer.to_owned(),
        authorization_endpoint: under("authorize"),
        token_endpoint: under("token"),
        jwks_uri: under("jwks"),
        pushed_authorization_request_endpoint: Some(under("par")),
        require_pushed_authorization_requests: false,
        userinfo_endpoint: None,
        revocation_endpoint: Some(under("revoke")),
        end_session_endpoint: Some(under("logout")),
        dpop_signing_alg_values_supported: vec!["ES256".into()],
        code_challenge_methods_supported: vec!["S256".into()],
        authorization_response_iss_parameter_supported: true,
        acr_values_supported: vec![],
        id_token_signing_alg_values_supported: vec!["ES256".into(), "RS256".into(), "none".into()],
    }
}

pub(crate) fn key() -> Es256Key {
    Es256Key::from_pkcs8(&Es256Key::generate_pkcs8().unwrap()).unwrap()
}

pub(crate) fn set(keys: &[&Es256Key]) -> JwkSet {
    JwkSet {
        keys: keys.iter().map(|key| key.public_key()).collect(),
    }
}

/// Signs a header and a payload as they are written, wrong ones too.
pub(crate) fn raw_token(header: &Value, payload: &str, key: &Es256Key) -> String {
    let signed = format!("{}.{}", base64url(header.to_string()), base64url(payload));
    let signature = key.sign(signed.as_bytes()).unwrap();
    format!("{signed}.{}", base64url(signature))
}

pub(crate) fn config() -> super::ProviderConfig {
    super::ProviderConfig {
        issuer: "https://id.example".into(),
        client_id: "rabt-app".into(),
        redirect_uri: "rabt-demo:/signed-in".into(),
        scopes: vec!["openid".into(), "profile".into()],
        post_logout_redirect_uri: None,
    }
}

pub(crate) fn tokens() -> super::SessionTokens {
    super::SessionTokens {
        issuer: "https://id.example".into(),
        subject: rabt_domain::SubjectId::parse("person-1").unwrap(),
        name: rabt_domain::Bilingual::parse("Mariam Example", "مريم مثال").ok(),
        access: super::Secret::new("at-1"),
        scheme: super::Scheme::Dpop,
        received_at: now(),
        expires_at: at(NOW_SECONDS + 300),
        refresh: Some(super::Secret::new("rt-1")),
        id_token: Some(super::Secret::new("idt-1")),
        nonce: Some("n-1".into()),
        acr: Some(rabt_protocol::oidc::acr::LOW.into()),
        scope: Some("openid".into()),
        generation: 3,
    }
}
