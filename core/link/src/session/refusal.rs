//! Everything that is refused of what a provider or a URL says, each with the field at fault and nothing of its value.

use rabt_domain::IncidentKind;

/// A value of the client's own configuration or request can't be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{field}` {reason}")]
pub struct ConfigRefusal {
    /// Which.
    pub field: &'static str,
    /// What is wrong with it.
    pub reason: &'static str,
}

/// A provider's metadata is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MetadataRefusal {
    /// It is about another issuer than the one that was asked.
    #[error("`issuer` is not the one that was asked")]
    Issuer,
    /// An endpoint isn't an https URL without user and fragment.
    #[error("`{0}` is not an https URL")]
    Endpoint(&'static str),
    /// PKCE with S256 isn't offered.
    #[error("`code_challenge_methods_supported` lacks S256")]
    Pkce,
    /// It demands pushed requests and has no endpoint for them.
    #[error("`pushed_authorization_request_endpoint` is missing where it is required")]
    PushMissing,
    /// None of its ID token algorithms is known here.
    #[error("`id_token_signing_alg_values_supported` has no algorithm that is known here")]
    Algorithms,
    /// A list that is too long.
    #[error("`{0}` has too many entries")]
    TooMany(&'static str),
}

impl MetadataRefusal {
    /// The member at fault.
    pub fn field(&self) -> &'static str {
        match self {
            Self::Issuer => "issuer",
            Self::Endpoint(field) | Self::TooMany(field) => field,
            Self::Pkce => "code_challenge_methods_supported",
            Self::PushMissing => "pushed_authorization_request_endpoint",
            Self::Algorithms => "id_token_signing_alg_values_supported",
        }
    }
}

/// A URL that came back is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallbackRefusal {
    /// It isn't a URL, or too long.
    #[error("the URL is malformed")]
    Malformed,
    /// It isn't the redirect URI of this sign-in.
    #[error("`redirect_uri` is another one")]
    RedirectUri,
    /// A parameter is there twice.
    #[error("`{0}` is there twice")]
    Doubled(&'static str),
    /// A parameter that must be there isn't.
    #[error("`{0}` is missing")]
    Missing(&'static str),
    /// A parameter has characters that it can't have, or too many.
    #[error("`{0}` is malformed")]
    BadValue(&'static str),
    /// It answers another sign-in.
    #[error("`state` is of another sign-in")]
    State,
    /// It comes from another provider than the one that was asked (a mix-up).
    #[error("`iss` is another provider")]
    Issuer,
    /// It carries both a code and an error.
    #[error("`code` and `error` are both there")]
    CodeAndError,
    /// The sign-in has had its answer: a code is used once.
    #[error("`code` was used before")]
    Used,
}

impl CallbackRefusal {
    /// The parameter at fault.
    pub fn field(&self) -> &'static str {
        match self {
            Self::Malformed => "url",
            Self::RedirectUri => "redirect_uri",
            Self::Doubled(field) | Self::Missing(field) | Self::BadValue(field) => field,
            Self::State => "state",
            Self::Issuer => "iss",
            Self::CodeAndError => "error",
            Self::Used => "code",
        }
    }
}

/// The answer of an endpoint is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnswerRefusal {
    /// It isn't the JSON that it should be, or its media type isn't.
    #[error("the answer is not the document that it should be")]
    Document,
    /// A member is missing.
    #[error("`{0}` is missing")]
    Missing(&'static str),
    /// A member has characters that it can't have, or too many.
    #[error("`{0}` is malformed")]
    BadValue(&'static str),
    /// A bearer token where one that is bound to the key was asked for, or an unknown kind.
    #[error("`token_type` is not the one that was asked for")]
    TokenType,
    /// It was beyond a bound, too slow, or sent the request elsewhere.
    #[error("the answer was refused on its way")]
    Transport(IncidentKind),
}

impl AnswerRefusal {
    /// The member at fault.
    pub fn field(&self) -> &'static str {
        match self {
            Self::Document | Self::Transport(_) => "body",
            Self::Missing(field) | Self::BadValue(field) => field,
            Self::TokenType => "token_type",
        }
    }

    /// What is recorded.
    pub fn incident(&self) -> IncidentKind {
        match self {
            Self::Transport(kind) => *kind,
            _ => IncidentKind::Malformed,
        }
    }
}

/// An ID token is refused (OpenID Connect Core 1.0, 3.1.3.7 and 12.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdTokenRefusal {
    /// It isn't a signed token, or too long.
    #[error("the ID token is malformed")]
    Malformed,
    /// A claim is there twice.
    #[error("a claim of the ID token is there twice")]
    Doubled,
    /// A claim that must be there isn't.
    #[error("the ID token's `{0}` is missing")]
    Missing(&'static str),
    /// A claim isn't of its type, or too long.
    #[error("the ID token's `{0}` is malformed")]
    BadValue(&'static str),
    /// It says that it is a token of another kind: an access token of the same provider, say, which its keys sign too.
    #[error("the ID token's `typ` is another kind of token")]
    Type,
    /// Its algorithm isn't one that the provider announced and that is known here; or a critical header isn't understood.
    #[error("the ID token's `alg` is refused")]
    Algorithm,
    /// No key of the provider's has its `kid`, also after the keys were read again.
    #[error("the ID token's `kid` is unknown")]
    UnknownKey,
    /// It names no key, and the provider has several that may have made it.
    #[error("the ID token's `kid` is missing and the provider has several keys")]
    AmbiguousKey,
    /// The signature doesn't match.
    #[error("the ID token's signature does not match")]
    Signature,
    /// It is another provider's.
    #[error("the ID token's `iss` is another provider")]
    Issuer,
    /// It isn't for this client.
    #[error("the ID token's `aud` is another client")]
    Audience,
    /// Another client asked for it.
    #[error("the ID token's `azp` is another client")]
    AuthorizedParty,
    /// It has expired. Where this happens at every sign-in, the device's clock is ahead.
    #[error("the ID token has expired (is the device's clock right?)")]
    Expired,
    /// It was issued in the future. Where this happens at every sign-in, the device's clock is behind.
    #[error("the ID token's `iat` is in the future (is the device's clock right?)")]
    IssuedInFuture,
    /// It was issued too long ago to be the answer to this sign-in.
    #[error("the ID token's `iat` is too long ago (is the device's clock right?)")]
    TooOld,
    /// It isn't valid yet.
    #[error("the ID token's `nbf` is in the future (is the device's clock right?)")]
    NotYet,
    /// It answers another sign-in.
    #[error("the ID token's `nonce` is of another sign-in")]
    Nonce,
    /// It was issued with another access token.
    #[error("the ID token's `at_hash` is of another access token")]
    AccessTokenHash,
    /// The assurance level is lower than was asked for.
    #[error("the ID token's `acr` is lower than was asked for")]
    LevelTooLow,
    /// The person proved who they are longer ago than was asked for.
    #[error("the ID token's `auth_time` is too long ago")]
    NotRecent,
    /// It is about another person than the session.
    #[error("the ID token's `sub` is another person")]
    Subject,
}

impl IdTokenRefusal {
    /// The claim or header member at fault.
    pub fn field(&self) -> &'static str {
        match self {
            Self::Malformed | Self::Doubled | Self::Signature => "id_token",
            Self::Missing(field) | Self::BadValue(field) => field,
            Self::Type => "typ",
            Self::Algorithm => "alg",
            Self::UnknownKey | Self::AmbiguousKey => "kid",
            Self::Issuer => "iss",
            Self::Audience => "aud",
            Self::AuthorizedParty => "azp",
            Self::Expired => "exp",
            Self::IssuedInFuture | Self::TooOld => "iat",
            Self::NotYet => "nbf",
            Self::Nonce => "nonce",
            Self::AccessTokenHash => "at_hash",
            Self::LevelTooLow => "acr",
            Self::NotRecent => "auth_time",
            Self::Subject => "sub",
        }
    }

    /// What is recorded.
    pub fn incident(&self) -> IncidentKind {
        match self {
            Self::UnknownKey | Self::AmbiguousKey | Self::Signature | Self::Algorithm => IncidentKind::BadSignature,
            Self::Subject => IncidentKind::AnotherPerson,
            Self::Expired | Self::IssuedInFuture | Self::TooOld | Self::NotYet | Self::NotRecent => {
                IncidentKind::BadDate
            }
            _ => IncidentKind::Malformed,
        }
    }
}
