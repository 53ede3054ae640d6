//! The end: tokens that are held until it is proven whose they are.

use super::{Expected, IdTokenRefusal, SignedIn, id_token};
use crate::session::{SessionTokens, answer::Grant, refusal::AnswerRefusal, secret::Secret};
use rabt_domain::Timestamp;
use rabt_protocol::{
    jose::{Algorithm, JwkSet},
    oidc::TokenResponse,
};

/// Tokens that nobody may use yet.
#[derive(Clone, Debug)]
pub(super) struct Held {
    grant: Grant,
    id_token: Secret,
    received_at: Timestamp,
}

impl Held {
    pub(super) fn check(answer: TokenResponse, bound: bool, now: Timestamp) -> Result<Self, AnswerRefusal> {
        let grant = Grant::check(answer, bound)?;
        let id_token = grant.id_token.clone().ok_or(AnswerRefusal::Missing("id_token"))?;
        Ok(Self {
            grant,
            id_token,
            received_at: now,
        })
    }

    pub(super) fn prove(
        &self,
        expected: &Expected,
        algorithms: &[Algorithm],
        keys: &JwkSet,
        (now, ahead_seconds): (Timestamp, i64),
    ) -> Result<SignedIn, IdTokenRefusal> {
        // By the provider's clock, as everything that its token says.
        let now_there = now.plus_seconds(ahead_seconds);
        let begun_seconds = expected.begun_at.millis().div_euclid(1000) + ahead_seconds;
        let wanted = id_token::Expected {
            issuer: &expected.issuer,
            client_id: &expected.client_id,
            algorithms,
            nonce: id_token::Nonce::Is(expected.secrets.nonce.reveal()),
            access_token: self.grant.access.reveal(),
            acr_at_least: expected.acr_at_least.as_deref(),
            // The age is that at the request: what the person does on the provider's pages afterwards takes its time.
            auth_time_from: expected.max_age_seconds.map(|age| begun_seconds - i64::from(age)),
            subject: expected.subject.as_ref(),
        };
        let identity = id_token::prove(self.id_token.reveal(), keys, &wanted, now_there)?;
        let tokens = SessionTokens {
            issuer: expected.issuer.clone(),
            subject: identity.subject,
            name: identity.name,
            access: self.grant.access.clone(),
            scheme: self.grant.scheme,
            received_at: self.received_at,
            expires_at: self.received_at.plus_seconds(self.grant.seconds),
            refresh: self.grant.refresh.clone(),
            id_token: Some(self.id_token.clone()),
            nonce: Some(expected.secrets.nonce.reveal().to_owned()),
            acr: identity.acr,
            scope: self.grant.scope.clone(),
            generation: 0,
        };
        Ok(SignedIn {
            tokens,
            auth_time_seconds: identity.auth_time,
        })
    }
}
