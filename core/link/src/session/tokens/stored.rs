//! A session's tokens as bytes, for a vault that seals them.

use super::SessionTokens;
use crate::session::{Scheme, Secret};
use rabt_domain::{Bilingual, SubjectId, Timestamp};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// The version of the form that is written here. A later one must go on reading this one: otherwise an update of the app signs
/// everybody out.
const VERSION: u32 = 1;
/// The longest stored tokens that are read: three tokens at their bounds and the rest.
const BYTES_MAX: usize = 64 * 1024;

/// Stored tokens can't be read: sign in again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the stored session can't be read: its `{0}` is wrong")]
pub struct TokensUnreadable(pub &'static str);

#[derive(Serialize, Deserialize)]
struct Stored {
    version: u32,
    issuer: String,
    subject: String,
    name_en: Option<String>,
    name_ar: Option<String>,
    access: String,
    scheme: String,
    received_at_ms: i64,
    expires_at_ms: i64,
    refresh: Option<String>,
    id_token: Option<String>,
    nonce: Option<String>,
    acr: Option<String>,
    scope: Option<String>,
    generation: u64,
}

impl SessionTokens {
    /// As bytes, which are secret.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let revealed = |secret: &Option<Secret>| secret.as_ref().map(|secret| secret.reveal().to_owned());
        let stored = Stored {
            version: VERSION,
            issuer: self.issuer.clone(),
            subject: self.subject.as_str().to_owned(),
            name_en: self.name.as_ref().map(|name| name.en().to_owned()),
            name_ar: self.name.as_ref().map(|name| name.ar().to_owned()),
            access: self.access.reveal().to_owned(),
            scheme: self.scheme.name().to_owned(),
            received_at_ms: self.received_at.millis(),
            expires_at_ms: self.expires_at.millis(),
            refresh: revealed(&self.refresh),
            id_token: revealed(&self.id_token),
            nonce: self.nonce.clone(),
            acr: self.acr.clone(),
            scope: self.scope.clone(),
            generation: self.generation,
        };
        // Strings and numbers only: there is nothing in it that JSON can't say.
        Zeroizing::new(serde_json::to_vec(&stored).unwrap_or_default())
    }

    /// From bytes.
    ///
    /// # Errors
    /// [`TokensUnreadable`] where they aren't those of a session, or those of a later version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TokensUnreadable> {
        if bytes.len() > BYTES_MAX {
            return Err(TokensUnreadable("length"));
        }
        let stored: Stored = serde_json::from_slice(bytes).map_err(|_| TokensUnreadable("form"))?;
        if stored.version != VERSION {
            return Err(TokensUnreadable("version"));
        }
        let time = |millis, field| Timestamp::from_millis(millis).map_err(|_| TokensUnreadable(field));
        Ok(Self {
            issuer: stored.issuer,
            subject: SubjectId::parse(stored.subject).map_err(|_| TokensUnreadable("subject"))?,
            name: stored
                .name_en
                .zip(stored.name_ar)
                .and_then(|(en, ar)| Bilingual::parse(en, ar).ok()),
            access: Secret::new(stored.access),
            scheme: Scheme::by_name(&stored.scheme).ok_or(TokensUnreadable("scheme"))?,
            received_at: time(stored.received_at_ms, "received_at_ms")?,
            expires_at: time(stored.expires_at_ms, "expires_at_ms")?,
            refresh: stored.refresh.map(Secret::new),
            id_token: stored.id_token.map(Secret::new),
            nonce: stored.nonce,
            acr: stored.acr,
            scope: stored.scope,
            generation: stored.generation,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::testing::tokens;

    #[test]
    fn tokens_come_back_as_they_were() {
        let whole = tokens();
        let bare = SessionTokens {
            name: None,
            refresh: None,
            id_token: None,
            nonce: None,
            acr: None,
            scope: None,
            ..tokens()
        };
        for kept in [whole, bare] {
            assert_eq!(SessionTokens::from_bytes(&kept.to_bytes()), Ok(kept));
        }
    }

    #[test]
    fn what_is_not_a_session_is_refused_by_name() {
        let written = String::from_utf8(tokens().to_bytes().to_vec()).unwrap();
        for (from, to, field) in [
            ("\"version\":1", "\"version\":2", "version"),
            ("\"scheme\":\"DPoP\"", "\"scheme\":\"MAC\"", "scheme"),
            ("\"subject\":\"person-1\"", "\"subject\":\"\"", "subject"),
            ("\"expires_at_ms\":", "\"expires_at_ms\":9", "expires_at_ms"),
            ("{", "[", "form"),
        ] {
            assert!(written.contains(from), "{from}");
            let changed = written.replacen(from, to, 1);
            assert_eq!(
                SessionTokens::from_bytes(changed.as_bytes()),
                Err(TokensUnreadable(field))
            );
        }
        assert_eq!(
            SessionTokens::from_bytes(&[b' '; BYTES_MAX + 1]),
            Err(TokensUnreadable("length"))
        );
    }

    #[test]
    fn nothing_of_them_is_shown() {
        let shown = format!("{:?}", tokens());
        for secret in ["at-1", "rt-1", "idt-1", "person-1", "Mariam"] {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
    }
}
