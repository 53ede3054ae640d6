//! Who this client is to its provider, and what one sign-in asks for.

use super::{Secret, refusal::ConfigRefusal};
use rabt_domain::{SubjectId, Timestamp};
use rabt_protocol::jose::base64url;
use ring::rand::SecureRandom;
use std::sync::Arc;
use url::Url;

/// How many random bytes a state, nonce or verifier has: 256 bits, as RFC 7636 (7.1) recommends.
const SECRET_BYTES: usize = 32;
/// The most values of a list in a request.
const LIST_MAX: usize = 16;
/// The longest value in a request.
const VALUE_BYTES_MAX: usize = 512;

/// The device's clock: a parameter, so that a test can move it.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Who this client is to its provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderConfig {
    /// The provider's issuer, exactly as its metadata says it.
    pub issuer: String,
    /// This client's identifier there. It is a public client and has no secret.
    pub client_id: String,
    /// Where the provider sends the person back to: an https URL that the app has claimed, a scheme of the app's own, or
    /// `http` on a loopback address (RFC 8252, 7).
    pub redirect_uri: String,
    /// What is asked for; `openid` is added where it lacks.
    pub scopes: Vec<String>,
    /// Where the provider sends the person back to after signing out, if it is to.
    pub post_logout_redirect_uri: Option<String>,
}

impl ProviderConfig {
    /// Checks it.
    pub(super) fn check(&self) -> Result<(), ConfigRefusal> {
        let issuer = self.issuer.parse::<Url>().ok();
        if !issuer.is_some_and(|url| super::metadata::is_plain_https(&url) && url.query().is_none()) {
            return Err(refused("issuer", "is not an https URL"));
        }
        value(&self.client_id, "client_id")?;
        redirect_uri(&self.redirect_uri)?;
        values(&self.scopes, "scopes")?;
        match &self.post_logout_redirect_uri {
            Some(uri) if uri.parse::<Url>().is_err() => Err(refused("post_logout_redirect_uri", "is not a URL")),
            _ => Ok(()),
        }
    }
}

/// What one sign-in asks for. The default asks for nothing in particular.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignInRequest {
    /// Levels or ways of signing in that are wished for, best first. They are not checked.
    pub acr_values: Vec<String>,
    /// The level that must be reached. It is asked for too, where `acr_values` is empty.
    pub acr_at_least: Option<String>,
    /// The languages of the provider's pages, best first.
    pub ui_locales: Vec<String>,
    /// Whether the person has to prove who they are although the provider knows them still.
    pub login_again: bool,
    /// How long ago, in seconds before this request, the person may have proved who they are.
    pub max_age_seconds: Option<u32>,
    /// Whom the provider's page may suggest.
    pub login_hint: Option<Secret>,
    /// The person that it must be: set it to step up. Another one is refused.
    pub subject: Option<SubjectId>,
    /// Another place to come back to than the configured one: a loopback address on a port that was free just now.
    pub redirect_uri: Option<String>,
}

impl SignInRequest {
    /// A step-up: the same person, at this level, proving it now.
    pub fn step_up(subject: SubjectId, acr: impl Into<String>) -> Self {
        Self {
            acr_at_least: Some(acr.into()),
            login_again: true,
            max_age_seconds: Some(0),
            subject: Some(subject),
            ..Self::default()
        }
    }

    pub(super) fn check(&self) -> Result<(), ConfigRefusal> {
        values(&self.acr_values, "acr_values")?;
        values(&self.ui_locales, "ui_locales")?;
        if let Some(acr) = &self.acr_at_least {
            value(acr, "acr_at_least")?;
        }
        if let Some(hint) = &self.login_hint
            && hint.reveal().len() > VALUE_BYTES_MAX
        {
            return Err(refused("login_hint", "is too long"));
        }
        self.redirect_uri.as_deref().map_or(Ok(()), redirect_uri)
    }
}

/// The unguessable parts of one sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowSecrets {
    /// Ties the URL that comes back to this sign-in.
    pub(super) state: Secret,
    /// Ties the ID token to this sign-in.
    pub(super) nonce: Secret,
    /// PKCE: what the code is worth nothing without.
    pub(super) verifier: Secret,
}

impl FlowSecrets {
    /// New ones; `None` where there is no randomness.
    pub fn generate(random: &dyn SecureRandom) -> Option<Self> {
        let secret = || {
            let mut bytes = [0; SECRET_BYTES];
            random.fill(&mut bytes).ok()?;
            Some(Secret::new(base64url(bytes)))
        };
        Some(Self {
            state: secret()?,
            nonce: secret()?,
            verifier: secret()?,
        })
    }
}

fn refused(field: &'static str, reason: &'static str) -> ConfigRefusal {
    ConfigRefusal { field, reason }
}

fn values(list: &[String], field: &'static str) -> Result<(), ConfigRefusal> {
    if list.len() > LIST_MAX {
        return Err(refused(field, "has too many entries"));
    }
    list.iter().try_for_each(|entry| value(entry, field))
}

/// A value that stands in a list which is separated by spaces.
fn value(text: &str, field: &'static str) -> Result<(), ConfigRefusal> {
    if text.is_empty() || text.len() > VALUE_BYTES_MAX {
        Err(refused(field, "has an empty or too long value"))
    } else if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        Err(refused(field, "has a value with a space or a character beyond ASCII"))
    } else {
        Ok(())
    }
}

fn redirect_uri(text: &str) -> Result<(), ConfigRefusal> {
    let field = "redirect_uri";
    let url: Url = text.parse().map_err(|_| refused(field, "is not a URL"))?;
    if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() || url.password().is_some() {
        return Err(refused(field, "has a user, query or fragment"));
    }
    let loopback = matches!(url.host_str(), Some("127.0.0.1" | "[::1]"));
    match url.scheme() {
        "http" if !loopback => Err(refused(field, "is http and not on a loopback address")),
        "about" | "blob" | "data" | "file" | "ftp" | "javascript" | "ws" | "wss" => {
            Err(refused(field, "has a scheme that no app owns"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::testing::config;
    use ring::rand::SystemRandom;

    #[test]
    fn each_wrong_setting_is_refused_by_name() {
        type Change = fn(&mut ProviderConfig);
        let cases: [(&str, Change); 10] = [
            ("issuer", |c| c.issuer = "http://id.example".into()),
            ("issuer", |c| c.issuer = "https://id.example?a=b".into()),
            ("client_id", |c| c.client_id = String::new()),
            ("redirect_uri", |c| c.redirect_uri = "javascript:alert(1)".into()),
            ("redirect_uri", |c| c.redirect_uri = "http://app.example/back".into()),
            ("redirect_uri", |c| {
                c.redirect_uri = "http://127.0.0.1:1@app.example/".into()
            }),
            ("redirect_uri", |c| c.redirect_uri = "rabt-demo:/back#x".into()),
            ("redirect_uri", |c| c.redirect_uri = "back".into()),
            ("scopes", |c| c.scopes = vec!["openid profile".into()]),
            ("post_logout_redirect_uri", |c| {
                c.post_logout_redirect_uri = Some("x".into())
            }),
        ];
        for (field, change) in cases {
            let mut wrong = config();
            change(&mut wrong);
            assert_eq!(wrong.check().unwrap_err().field, field);
        }
        for right in [
            "rabt-demo:/signed-in",
            "https://app.example/back",
            "http://127.0.0.1:40123/back",
            "http://[::1]:1/",
        ] {
            assert_eq!(
                ProviderConfig {
                    redirect_uri: right.into(),
                    ..config()
                }
                .check(),
                Ok(()),
                "{right}"
            );
        }
    }

    #[test]
    fn each_sign_in_has_secrets_of_its_own() {
        let (one, other) = (
            FlowSecrets::generate(&SystemRandom::new()).unwrap(),
            FlowSecrets::generate(&SystemRandom::new()).unwrap(),
        );
        assert_ne!(one.state, other.state);
        assert_ne!(one.state, one.nonce);
        // RFC 7636, 4.1: 43 to 128 characters.
        assert_eq!(one.verifier.reveal().len(), 43);
        assert!(!format!("{one:?}").contains(one.verifier.reveal()));
    }
}
