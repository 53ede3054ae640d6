//! What is sent: the authorization request, pushed or in the URL, and the exchange of the code.

use super::{AnswerRefusal, Expected, Form, ProofKey};
use crate::session::{config::SignInRequest, limits::REQUEST_URI_BYTES_MAX, metadata::Endpoints, secret::Secret};
use rabt_protocol::jose::sha256_base64url;
use url::Url;

/// The scope without which there is no ID token.
const OPENID: &str = "openid";
/// The scope that asks for a refresh token which outlives the person's session with the provider. A provider must ignore it unless
/// the person is asked to agree (OpenID Connect Core 1.0, 11), and then gives no refresh token at all.
const OFFLINE_ACCESS: &str = "offline_access";

/// What is asked for, until it has been.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    scope: String,
    request: SignInRequest,
    key: Option<ProofKey>,
}

impl Asked {
    pub(super) fn new(scopes: &[String], request: SignInRequest, key: Option<ProofKey>) -> Self {
        let mut scope = scopes.join(" ");
        if !scopes.iter().any(|scope| scope == OPENID) {
            scope = format!("{OPENID} {scope}").trim_end().to_owned();
        }
        Self { scope, request, key }
    }

    /// What the person is to be asked although the provider may know the answer.
    fn prompt(&self) -> Option<String> {
        let offline = self.scope.split(' ').any(|scope| scope == OFFLINE_ACCESS);
        let asked = [(self.request.login_again, "login"), (offline, "consent")];
        let prompts: Vec<&str> = asked.iter().filter(|(is, _)| *is).map(|(_, prompt)| *prompt).collect();
        (!prompts.is_empty()).then(|| prompts.join(" "))
    }

    /// Whether the provider takes proofs that the device's key can make.
    pub(super) fn proof_is_offered(&self, algorithms: &[String]) -> bool {
        self.key.as_ref().is_some_and(|key| algorithms.contains(&key.algorithm))
    }
}

/// The authorization request (OpenID Connect Core 1.0, 3.1.2.1; RFC 7636; RFC 9449, 10).
pub(super) fn form(expected: &Expected, asked: &Asked, endpoints: &Endpoints) -> Form {
    let request = &asked.request;
    let listed = |values: &[String]| (!values.is_empty()).then(|| values.join(" "));
    let bound = asked.proof_is_offered(&endpoints.dpop_algorithms);
    let thumbprint = asked.key.as_ref().filter(|_| bound).map(|key| key.thumbprint.as_str());
    Form::default()
        .with("client_id", &expected.client_id)
        .with("response_type", "code")
        .with("redirect_uri", &expected.redirect_uri)
        .with("scope", &asked.scope)
        .with("state", expected.secrets.state.reveal())
        .with("nonce", expected.secrets.nonce.reveal())
        .with("code_challenge", sha256_base64url(expected.secrets.verifier.reveal()))
        .with("code_challenge_method", "S256")
        .with_some("dpop_jkt", thumbprint)
        .with_some(
            "acr_values",
            listed(&request.acr_values).or_else(|| request.acr_at_least.clone()),
        )
        .with_some("ui_locales", listed(&request.ui_locales))
        .with_some("prompt", asked.prompt())
        .with_some("max_age", request.max_age_seconds.map(|seconds| seconds.to_string()))
        .with_some("login_hint", request.login_hint.as_ref().map(Secret::reveal))
}

/// The URL that stands for a pushed request (RFC 9126, 4).
pub(super) fn pushed_url(mut authorization: Url, client_id: &str, request_uri: &str) -> Result<Url, AnswerRefusal> {
    if request_uri.is_empty()
        || request_uri.len() > REQUEST_URI_BYTES_MAX
        || !request_uri.bytes().all(|byte| byte.is_ascii_graphic())
    {
        return Err(AnswerRefusal::BadValue("request_uri"));
    }
    authorization
        .query_pairs_mut()
        .append_pair("client_id", client_id)
        .append_pair("request_uri", request_uri);
    Ok(authorization)
}

/// The exchange (RFC 6749, 4.1.3; RFC 7636, 4.5).
pub(super) fn exchange(expected: &Expected, code: &Secret) -> Form {
    Form::default()
        .with("grant_type", "authorization_code")
        .with("client_id", &expected.client_id)
        .with("redirect_uri", &expected.redirect_uri)
        .with("code", code.reveal())
        .with("code_verifier", expected.secrets.verifier.reveal())
}
