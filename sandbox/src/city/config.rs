//! What can be set when a city is started.

use serde::Serialize;
use std::path::PathBuf;

/// The client that the identity provider knows.
pub(crate) const CLIENT_ID: &str = "rabt-city-app";
/// Where that client is sent back to after signing in.
pub(crate) const REDIRECT_URI: &str = "rabt-demo:/signed-in";
/// Short, so that a test meets the refresh; the order of magnitude is RFC 9068's "few minutes".
const ACCESS_TOKEN_SECONDS: u32 = 300;
/// AED 1,000: the tenant family's electricity bill is below it, its basket above.
const STEP_UP_ABOVE_FILS: i64 = 100_000;

/// How a city is to be. [`CityConfig::default`] is what tests want: in memory, strict, quick, with every persona.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CityConfig {
    /// Keeps the city in this file: stopped or killed, it starts again with the same addresses, keys, clock and money. In memory
    /// where absent.
    pub state_file: Option<PathBuf>,
    /// Whether a refresh answers a new refresh token and spends the one before.
    pub rotate_refresh_tokens: bool,
    /// Whether an authorization request must be pushed (RFC 9126).
    pub require_par: bool,
    /// Whether tokens are bound to a key (RFC 9449); otherwise a client may have bearer tokens.
    pub require_dpop: bool,
    /// Whether gateway and agencies ask for a nonce in DPoP proofs (RFC 9449, 9).
    pub resource_nonces: bool,
    /// For how long an access token is valid, in seconds.
    pub access_token_seconds: u32,
    /// Above this total, in fils, a payment asks for the high assurance level.
    pub step_up_above_fils: i64,
    /// Each agency has a latency of its own; it is multiplied by this. 0 answers at once, 1 as a real agency might.
    pub latency_scale: f64,
    /// The city's instant at its first start, in milliseconds since 1970; the machine's where absent. A city that is started
    /// again from its file goes on where it was.
    pub starts_at_ms: Option<i64>,
    /// The personas to load, by identifier; all of them where empty.
    pub personas: Vec<String>,
    /// Where the client may ask to be sent back to, beside any `http://127.0.0.1:*`.
    pub redirect_uris: Vec<String>,
    /// The first of the consecutive ports that the parties take at a first start; any free ones where absent.
    pub ports_from: Option<u16>,
}

impl Default for CityConfig {
    fn default() -> Self {
        Self {
            state_file: None,
            rotate_refresh_tokens: true,
            require_par: true,
            require_dpop: true,
            resource_nonces: false,
            access_token_seconds: ACCESS_TOKEN_SECONDS,
            step_up_above_fils: STEP_UP_ABOVE_FILS,
            latency_scale: 0.0,
            starts_at_ms: None,
            personas: Vec::new(),
            redirect_uris: vec![REDIRECT_URI.to_owned()],
            ports_from: None,
        }
    }
}

impl CityConfig {
    /// Whether the client may be sent back to `uri`: one that was registered, exactly, or a loopback address on whatever port
    /// (RFC 8252, 7.3).
    pub(crate) fn allows_redirect(&self, uri: &str) -> bool {
        self.redirect_uris.iter().any(|allowed| allowed == uri) || is_loopback(uri)
    }

    /// Whether a persona is to be loaded at the start.
    pub(crate) fn loads(&self, persona_id: &str) -> bool {
        self.personas.is_empty() || self.personas.iter().any(|wanted| wanted == persona_id)
    }
}

fn is_loopback(uri: &str) -> bool {
    // A user part would make `http://127.0.0.1:1@elsewhere` look like one of ours; parsing tells them apart.
    url::Url::parse(uri).is_ok_and(|url| {
        url.scheme() == "http"
            && url.host_str() == Some("127.0.0.1")
            && url.username().is_empty()
            && url.password().is_none()
            && url.fragment().is_none()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_registered_and_loopback_redirects_are_allowed() {
        let config = CityConfig::default();
        for allowed in [
            "rabt-demo:/signed-in",
            "http://127.0.0.1:41234/back",
            "http://127.0.0.1:1/",
        ] {
            assert!(config.allows_redirect(allowed), "{allowed}");
        }
        for refused in [
            "rabt-demo:/signed-in/",
            "rabt-demo:/other",
            "https://127.0.0.1:41234/back",
            "http://127.0.0.1.example.com/",
            "http://127.0.0.1:1@example.com/",
            "http://user@127.0.0.1:1/",
            "http://localhost:1/",
            "http://127.0.0.1:1/#part",
            "",
        ] {
            assert!(!config.allows_redirect(refused), "{refused}");
        }
    }
}
