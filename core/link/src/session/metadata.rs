//! A provider's metadata, checked: from here on its endpoints are URLs, and what must be offered is.

use super::{limits::METADATA_LIST_MAX, refusal::MetadataRefusal};
use rabt_protocol::{jose::Algorithm, oidc::ProviderMetadata};
use url::Url;

/// The one method of PKCE that is used; `plain` protects nothing.
const PKCE_METHOD: &str = "S256";

/// What is used of a provider's metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Endpoints {
    pub(super) authorization: Url,
    pub(super) token: Url,
    pub(super) jwks: Url,
    pub(super) push: Option<Url>,
    pub(super) revocation: Option<Url>,
    pub(super) end_session: Option<Url>,
    pub(super) iss_required: bool,
    pub(super) dpop_algorithms: Vec<String>,
    pub(super) id_token_algorithms: Vec<Algorithm>,
}

/// Checks a document that was asked for at `issuer`.
pub(super) fn check(metadata: &ProviderMetadata, issuer: &str) -> Result<Endpoints, MetadataRefusal> {
    if metadata.issuer != issuer {
        return Err(MetadataRefusal::Issuer);
    }
    bounded(
        &metadata.code_challenge_methods_supported,
        "code_challenge_methods_supported",
    )?;
    bounded(
        &metadata.dpop_signing_alg_values_supported,
        "dpop_signing_alg_values_supported",
    )?;
    bounded(
        &metadata.id_token_signing_alg_values_supported,
        "id_token_signing_alg_values_supported",
    )?;
    if !metadata
        .code_challenge_methods_supported
        .iter()
        .any(|method| method == PKCE_METHOD)
    {
        return Err(MetadataRefusal::Pkce);
    }
    let push = optional(
        metadata.pushed_authorization_request_endpoint.as_deref(),
        "pushed_authorization_request_endpoint",
    )?;
    if metadata.require_pushed_authorization_requests && push.is_none() {
        return Err(MetadataRefusal::PushMissing);
    }
    Ok(Endpoints {
        authorization: https(&metadata.authorization_endpoint, "authorization_endpoint")?,
        token: https(&metadata.token_endpoint, "token_endpoint")?,
        jwks: https(&metadata.jwks_uri, "jwks_uri")?,
        push,
        revocation: optional(metadata.revocation_endpoint.as_deref(), "revocation_endpoint")?,
        end_session: optional(metadata.end_session_endpoint.as_deref(), "end_session_endpoint")?,
        iss_required: metadata.authorization_response_iss_parameter_supported,
        dpop_algorithms: metadata.dpop_signing_alg_values_supported.clone(),
        id_token_algorithms: algorithms(&metadata.id_token_signing_alg_values_supported)?,
    })
}

/// What of the announced algorithms is known here. A provider that announces none is taken at the default of OpenID Connect
/// Core (15.1), RS256.
fn algorithms(announced: &[String]) -> Result<Vec<Algorithm>, MetadataRefusal> {
    if announced.is_empty() {
        return Ok(vec![Algorithm::Rs256]);
    }
    let known: Vec<Algorithm> = announced.iter().filter_map(|name| Algorithm::by_name(name)).collect();
    if known.is_empty() {
        Err(MetadataRefusal::Algorithms)
    } else {
        Ok(known)
    }
}

fn bounded(list: &[String], field: &'static str) -> Result<(), MetadataRefusal> {
    if list.len() > METADATA_LIST_MAX {
        Err(MetadataRefusal::TooMany(field))
    } else {
        Ok(())
    }
}

fn optional(text: Option<&str>, field: &'static str) -> Result<Option<Url>, MetadataRefusal> {
    text.map(|text| https(text, field)).transpose()
}

fn https(text: &str, field: &'static str) -> Result<Url, MetadataRefusal> {
    text.parse::<Url>()
        .ok()
        .filter(is_plain_https)
        .ok_or(MetadataRefusal::Endpoint(field))
}

/// Whether a URL is https, with a host and without user and fragment.
pub(super) fn is_plain_https(url: &Url) -> bool {
    url.scheme() == "https"
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none()
        && url.fragment().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::testing::metadata;

    const ISSUER: &str = "https://id.example";

    #[test]
    fn what_is_offered_is_taken() {
        let endpoints = check(&metadata(ISSUER), ISSUER).unwrap();
        assert_eq!(endpoints.token.as_str(), "https://id.example/token");
        assert!(endpoints.iss_required);
        assert_eq!(endpoints.id_token_algorithms, [Algorithm::Es256, Algorithm::Rs256]);
        let silent = ProviderMetadata {
            id_token_signing_alg_values_supported: vec![],
            ..metadata(ISSUER)
        };
        assert_eq!(check(&silent, ISSUER).unwrap().id_token_algorithms, [Algorithm::Rs256]);
    }

    #[test]
    fn each_lack_is_refused_by_name() {
        type Change = fn(&mut ProviderMetadata);
        let cases: [(Change, MetadataRefusal); 12] = [
            (|m| m.issuer = "https://id.example/".into(), MetadataRefusal::Issuer),
            (|m| m.issuer = "https://evil.example".into(), MetadataRefusal::Issuer),
            (
                |m| m.code_challenge_methods_supported = vec!["plain".into()],
                MetadataRefusal::Pkce,
            ),
            (|m| m.code_challenge_methods_supported.clear(), MetadataRefusal::Pkce),
            (
                |m| m.pushed_authorization_request_endpoint = None,
                MetadataRefusal::PushMissing,
            ),
            (
                |m| m.id_token_signing_alg_values_supported = vec!["none".into(), "HS256".into()],
                MetadataRefusal::Algorithms,
            ),
            (
                |m| m.token_endpoint = "http://id.example/token".into(),
                MetadataRefusal::Endpoint("token_endpoint"),
            ),
            (
                |m| m.authorization_endpoint = "javascript:alert(1)".into(),
                MetadataRefusal::Endpoint("authorization_endpoint"),
            ),
            (
                |m| m.authorization_endpoint = "https://id.example/a#b".into(),
                MetadataRefusal::Endpoint("authorization_endpoint"),
            ),
            (|m| m.jwks_uri = "keys".into(), MetadataRefusal::Endpoint("jwks_uri")),
            (
                |m| m.revocation_endpoint = Some("https://me:word@id.example/".into()),
                MetadataRefusal::Endpoint("revocation_endpoint"),
            ),
            (
                |m| m.dpop_signing_alg_values_supported = vec!["ES256".into(); METADATA_LIST_MAX + 1],
                MetadataRefusal::TooMany("dpop_signing_alg_values_supported"),
            ),
        ];
        for (change, refusal) in cases {
            let mut changed = metadata(ISSUER);
            changed.require_pushed_authorization_requests = true;
            change(&mut changed);
            assert_eq!(check(&changed, ISSUER), Err(refusal));
        }
    }
}
