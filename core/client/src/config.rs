//! What a city app is built with.

use rabt_domain::{Invalid, InvalidReason, Language};
use rabt_protocol::jose::JwkSet;
use std::path::PathBuf;
use url::Url;

/// The configuration of a city app. It holds nothing that belongs to a person.
#[derive(Clone, Debug)]
pub struct Config {
    /// The folder of the two database files. It is made if it is missing.
    pub data_dir: PathBuf,
    /// The gateway's base URL, `https`.
    pub gateway_url: String,
    /// The identity provider's issuer, `https`.
    pub issuer: String,
    /// The app's client identifier with the provider.
    pub client_id: String,
    /// Where the provider sends the browser back to: a private-use scheme, an app link, or a loopback address (RFC 8252).
    pub redirect_uri: String,
    /// Where a bank's or card processor's page sends the browser back to.
    pub instrument_return_uri: String,
    /// The keys that may sign the directory; the trust of everything else follows from them.
    pub directory_keys: JwkSet,
    /// Certificates (PEM) that are trusted beside the platform's: a sandbox's.
    pub extra_roots_pem: Vec<String>,
    /// The language of the provider's pages.
    pub language: Language,
    /// How long a refresh waits for one agency, in milliseconds.
    pub agency_deadline_ms: u64,
}

/// How long a refresh waits for one agency unless the app says otherwise. People give up on a spinner after some ten seconds;
/// what was stored before is on the screen meanwhile.
pub const AGENCY_DEADLINE_MS_DEFAULT: u64 = 10_000;
const AGENCY_DEADLINE_MS_MAX: u64 = 120_000;

impl Config {
    /// Checks every field.
    ///
    /// # Errors
    /// [`Invalid`], naming the field.
    pub fn check(&self) -> Result<(), Invalid> {
        let invalid = |field: &str, reason| Err(Invalid::new(field, reason));
        if self.data_dir.as_os_str().is_empty() {
            return invalid("data_dir", InvalidReason::Empty);
        }
        https(&self.gateway_url, "gateway_url")?;
        https(&self.issuer, "issuer")?;
        if self.client_id.is_empty() {
            return invalid("client_id", InvalidReason::Empty);
        }
        return_address(&self.redirect_uri, "redirect_uri")?;
        return_address(&self.instrument_return_uri, "instrument_return_uri")?;
        if self.directory_keys.candidates(None).next().is_none() {
            return invalid("directory_keys", InvalidReason::Empty);
        }
        match self.agency_deadline_ms {
            0 => invalid("agency_deadline_ms", InvalidReason::TooSmall),
            deadline_ms if deadline_ms > AGENCY_DEADLINE_MS_MAX => {
                invalid("agency_deadline_ms", InvalidReason::TooLarge)
            }
            _ => Ok(()),
        }
    }
}

fn https(text: &str, field: &str) -> Result<(), Invalid> {
    let url = Url::parse(text).map_err(|_| Invalid::new(field, InvalidReason::Malformed))?;
    if url.scheme() != "https" {
        return Err(Invalid::new(field, InvalidReason::Unsupported));
    }
    let plain =
        url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
    if plain {
        Ok(())
    } else {
        Err(Invalid::new(field, InvalidReason::Malformed))
    }
}

/// A page may send the browser back to the app by its own scheme, by an app link, or to a loopback port; plain HTTP elsewhere
/// would hand the answer to the network.
fn return_address(text: &str, field: &str) -> Result<(), Invalid> {
    let url = Url::parse(text).map_err(|_| Invalid::new(field, InvalidReason::Malformed))?;
    let loopback = matches!(url.host_str(), Some("127.0.0.1" | "[::1]"));
    if url.fragment().is_some() || (url.scheme() == "http" && !loopback) {
        return Err(Invalid::new(field, InvalidReason::Unsupported));
    }
    Ok(())
}
