//! A session. Its secrets are borrowed while they are written, and taken into care without a copy when they are read.

use super::parsed;
use crate::{SecretText, seal::Broken, session::StoredSession};
use rabt_domain::{Invalid, Personal, SubjectId, Timestamp};
use serde::{Deserialize, Serialize};

/// The table whose payload this is.
pub(crate) const TABLE: &str = "slot";

#[derive(Serialize)]
pub(crate) struct SessionOut<'a> {
    subject: &'a str,
    issuer: &'a str,
    access_token: &'a str,
    refresh_token: Option<&'a str>,
    token_type: &'a str,
    received_ms: i64,
    expires_ms: i64,
    scope: Option<&'a str>,
    nonce: Option<&'a str>,
    generation: u64,
    acr: Option<&'a str>,
    id_token: Option<&'a str>,
    name_en: Option<&'a str>,
    name_ar: Option<&'a str>,
}

#[derive(Deserialize)]
pub(crate) struct SessionRow {
    subject: String,
    issuer: String,
    access_token: String,
    refresh_token: Option<String>,
    token_type: String,
    received_ms: i64,
    expires_ms: i64,
    scope: Option<String>,
    nonce: Option<String>,
    generation: u64,
    acr: Option<String>,
    id_token: Option<String>,
    name_en: Option<String>,
    name_ar: Option<String>,
}

impl<'a> From<&'a StoredSession> for SessionOut<'a> {
    fn from(session: &'a StoredSession) -> Self {
        Self {
            subject: session.subject.as_str(),
            issuer: &session.issuer,
            access_token: session.access_token.reveal(),
            refresh_token: session.refresh_token.as_ref().map(SecretText::reveal),
            token_type: &session.token_type,
            received_ms: session.received_at.millis(),
            expires_ms: session.expires_at.millis(),
            scope: session.scope.as_deref(),
            nonce: session.nonce.as_ref().map(SecretText::reveal),
            generation: session.generation,
            acr: session.acr.as_deref(),
            id_token: session.id_token.as_ref().map(SecretText::reveal),
            name_en: session.name_en.as_ref().map(|name| name.reveal().as_str()),
            name_ar: session.name_ar.as_ref().map(|name| name.reveal().as_str()),
        }
    }
}

impl TryFrom<SessionRow> for StoredSession {
    type Error = Broken;

    fn try_from(row: SessionRow) -> Result<Self, Broken> {
        parsed(TABLE, row.into_session())
    }
}

impl SessionRow {
    fn into_session(self) -> Result<StoredSession, Invalid> {
        // Into care before anything can fail.
        let access_token = SecretText::new(self.access_token);
        let refresh_token = self.refresh_token.map(SecretText::new);
        let id_token = self.id_token.map(SecretText::new);
        let nonce = self.nonce.map(SecretText::new);
        Ok(StoredSession {
            subject: SubjectId::parse(self.subject)?,
            issuer: self.issuer,
            access_token,
            refresh_token,
            token_type: self.token_type,
            received_at: Timestamp::from_millis(self.received_ms)?,
            expires_at: Timestamp::from_millis(self.expires_ms)?,
            scope: self.scope,
            nonce,
            generation: self.generation,
            acr: self.acr,
            id_token,
            name_en: self.name_en.map(Personal::new),
            name_ar: self.name_ar.map(Personal::new),
        })
    }
}
