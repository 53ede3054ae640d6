//! The two ways in which an endpoint for machines says no: an OAuth error (RFC 6749, 5.2), and a defect of the provider's own.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use rabt_protocol::{jose::SignError, oidc::OauthError};

/// The provider failed; the request may have been right.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The database refused.
    #[error("the provider's memory failed: {0}")]
    Memory(#[from] rusqlite::Error),
    /// No signature could be made.
    #[error("the provider could not sign: {0}")]
    Signing(#[from] SignError),
    /// A stored record isn't what was stored.
    #[error("a stored record is unreadable: {0}")]
    Record(#[from] serde_json::Error),
    /// Control asked for something that can't be.
    #[error("{field} is refused: {reason}")]
    Refused {
        /// What was wrong.
        field: &'static str,
        /// Why.
        reason: &'static str,
    },
}

/// An endpoint for machines says no.
#[derive(Debug)]
pub(super) struct OauthRefusal {
    status: StatusCode,
    error: &'static str,
    description: String,
    /// A nonce to go on with.
    dpop_nonce: Option<String>,
}

impl OauthRefusal {
    /// A 400 with a registered code and a sentence for developers.
    pub(super) fn new(error: &'static str, description: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            error,
            description: description.into(),
            dpop_nonce: None,
        }
    }

    /// `invalid_request`.
    pub(super) fn request(description: impl Into<String>) -> Self {
        Self::new("invalid_request", description)
    }

    /// `invalid_grant`: what ends a session.
    pub(super) fn grant(description: impl Into<String>) -> Self {
        Self::new("invalid_grant", description)
    }

    /// `invalid_client`, a 401.
    pub(super) fn client(description: impl Into<String>) -> Self {
        Self {
            status: StatusCode::UNAUTHORIZED,
            ..Self::new("invalid_client", description)
        }
    }

    /// The same with a nonce for the next proof.
    #[must_use]
    pub(super) fn with_nonce(mut self, nonce: Option<String>) -> Self {
        self.dpop_nonce = nonce;
        self
    }
}

impl From<IdentityError> for OauthRefusal {
    fn from(error: IdentityError) -> Self {
        tracing::error!(%error, "the identity provider failed");
        Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            ..Self::new(
                "server_error",
                "The provider failed; the same request may succeed later.",
            )
        }
    }
}

impl From<rusqlite::Error> for OauthRefusal {
    fn from(error: rusqlite::Error) -> Self {
        IdentityError::from(error).into()
    }
}

impl IntoResponse for OauthRefusal {
    fn into_response(self) -> Response {
        let body = OauthError {
            error: self.error.to_owned(),
            error_description: Some(self.description),
        };
        let mut response = (self.status, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Basic realm=\"rabt\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        if let Some(nonce) = self.dpop_nonce.and_then(|nonce| HeaderValue::from_str(&nonce).ok()) {
            response.headers_mut().insert(super::dpop::NONCE_HEADER, nonce);
        }
        response
    }
}
