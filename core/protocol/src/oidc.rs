//! The documents of OpenID Connect that a client reads. The parameters that it sends are plain forms, made by the sender.

use serde::{Deserialize, Serialize};

/// The authorization server's metadata (RFC 8414, OpenID Connect Discovery 1.0), as far as a client uses it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ProviderMetadata {
    /// The issuer; equal to the URL that the document was found under.
    pub issuer: String,
    /// Where the person signs in.
    pub authorization_endpoint: String,
    /// Where a code or refresh token becomes tokens.
    pub token_endpoint: String,
    /// The keys of its ID tokens.
    pub jwks_uri: String,
    /// PAR (RFC 9126), where offered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pushed_authorization_request_endpoint: Option<String>,
    /// Whether PAR is the only way.
    #[serde(default)]
    pub require_pushed_authorization_requests: bool,
    /// Claims about the person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub userinfo_endpoint: Option<String>,
    /// RFC 7009.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revocation_endpoint: Option<String>,
    /// OpenID Connect RP-Initiated Logout 1.0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_session_endpoint: Option<String>,
    /// DPoP (RFC 9449), where offered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dpop_signing_alg_values_supported: Vec<String>,
    /// PKCE; `S256` must be among them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub code_challenge_methods_supported: Vec<String>,
    /// RFC 9207: whether the response carries `iss`.
    #[serde(default)]
    pub authorization_response_iss_parameter_supported: bool,
    /// The assurance levels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub acr_values_supported: Vec<String>,
    /// The algorithms of its ID tokens.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub id_token_signing_alg_values_supported: Vec<String>,
}

/// The answer to a pushed authorization request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct PushedRequest {
    /// Stands for the whole request at the authorization endpoint.
    pub request_uri: String,
    /// Seconds for which it does.
    pub expires_in: u64,
}

/// The token endpoint's answer. It has no `Debug`: what is in it is secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct TokenResponse {
    /// The access token.
    pub access_token: String,
    /// `DPoP` or `Bearer`.
    pub token_type: String,
    /// Seconds for which the access token is valid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<u64>,
    /// Replaces the one before; an absent one keeps it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// Who signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_token: Option<String>,
    /// What was granted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
}

/// An OAuth error (RFC 6749, 5.2), from the token, PAR and revocation endpoints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct OauthError {
    /// `invalid_grant`, `use_dpop_nonce`, ….
    pub error: String,
    /// For developers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_description: Option<String>,
}

/// The claims of an ID token that a client reads. Personal data: it has no `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct IdTokenClaims {
    /// Who issued it.
    pub iss: String,
    /// Who signed in.
    pub sub: String,
    /// For whom: one client or several.
    pub aud: Audience,
    /// Which of several clients asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub azp: Option<String>,
    /// Seconds since 1970: expiry.
    pub exp: i64,
    /// Seconds since 1970: issue.
    pub iat: i64,
    /// Seconds since 1970: not before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nbf: Option<i64>,
    /// Seconds since 1970: when the person proved who they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<i64>,
    /// What the request carried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// The assurance level that was reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    /// Half of the access token's hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_hash: Option<String>,
    /// The full name in English.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The full name in Arabic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name_ar: Option<String>,
}

/// `aud` is a string or a list of strings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Audience {
    /// One client.
    One(String),
    /// Several.
    Several(Vec<String>),
}

/// `GET {issuer}/devices`: every key that this person's sessions were ever bound to. Who signed a mandate is thereby told by another
/// party than the gateway that executes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Devices {
    /// The person.
    pub sub: String,
    /// At most 100, oldest first.
    pub devices: Vec<Device>,
}

/// A key of one of a person's devices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Device {
    /// The key's thumbprint (RFC 7638).
    pub jkt: String,
    /// When a session was first bound to it.
    pub since_at: String,
    /// When the last of its sessions ended; absent while there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_at: Option<String>,
}

/// The assurance levels of the city, lowest first. A provider may use others: they are compared for equality only.
pub mod acr {
    /// Signed in with one factor.
    pub const LOW: &str = "urn:rabt:acr:low";
    /// Signed in with two factors, of late.
    pub const HIGH: &str = "urn:rabt:acr:high";
}
