//! Where a party answers, and the URLs under it. Paths are put together from segments, so that an identifier which another
//! party gave can't climb out of its place.

use super::HttpError;
use crate::limits::URL_BYTES_MAX;
use rabt_domain::{Invalid, InvalidReason};
use std::fmt;
use url::Url;

/// The base URL of an API: HTTPS, a host, perhaps a port and a path; no user information, query or fragment.
#[derive(Clone, PartialEq, Eq)]
pub struct BaseUrl(Url);

impl BaseUrl {
    /// Parses one, for `field`.
    ///
    /// # Errors
    /// [`Invalid`], naming `field`: [`InvalidReason::Malformed`] for what is no URL or has what a base must not have,
    /// [`InvalidReason::Unsupported`] for another scheme than HTTPS, [`InvalidReason::TooMany`] for an overlong one.
    pub fn parse(text: &str, field: &str) -> Result<Self, Invalid> {
        let refused = |reason| Invalid::new(field, reason);
        if text.len() > URL_BYTES_MAX {
            return Err(refused(InvalidReason::TooMany));
        }
        let url: Url = text.parse().map_err(|_| refused(InvalidReason::Malformed))?;
        if url.scheme() != "https" {
            return Err(refused(InvalidReason::Unsupported));
        }
        if !is_plain(&url) || url.query().is_some() {
            return Err(refused(InvalidReason::Malformed));
        }
        Ok(Self(url))
    }

    /// The URL under it, of these segments; each is escaped.
    pub fn at(&self, segments: &[&str]) -> Url {
        let mut url = self.0.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }

    /// The same with a query.
    pub fn at_with(&self, segments: &[&str], query: &[(&str, &str)]) -> Url {
        let mut url = self.at(segments);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }

    /// Without a trailing slash.
    pub fn as_str(&self) -> &str {
        self.0.as_str().trim_end_matches('/')
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BaseUrl({})", self.as_str())
    }
}

/// Refuses a URL that must not be called.
pub(super) fn check_callable(url: &Url) -> Result<(), HttpError> {
    if url.scheme() == "https" && is_plain(url) && url.as_str().len() <= URL_BYTES_MAX {
        Ok(())
    } else {
        Err(HttpError::BadUrl)
    }
}

fn is_plain(url: &Url) -> bool {
    url.has_host() && url.username().is_empty() && url.password().is_none() && url.fragment().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_https_is_a_base() {
        for (text, reason) in [
            ("http://agency.example", InvalidReason::Unsupported),
            ("http://127.0.0.1:8080", InvalidReason::Unsupported),
            ("ftp://agency.example", InvalidReason::Unsupported),
            ("https://user@agency.example", InvalidReason::Malformed),
            ("https://user:word@agency.example", InvalidReason::Malformed),
            ("https://agency.example/?a=b", InvalidReason::Malformed),
            ("https://agency.example/#a", InvalidReason::Malformed),
            ("https://", InvalidReason::Malformed),
            ("agency.example", InvalidReason::Malformed),
            ("", InvalidReason::Malformed),
        ] {
            assert_eq!(
                BaseUrl::parse(text, "base_url"),
                Err(Invalid::new("base_url", reason)),
                "{text}"
            );
        }
        let long = format!("https://agency.example/{}", "a".repeat(URL_BYTES_MAX));
        assert_eq!(
            BaseUrl::parse(&long, "base_url").unwrap_err().reason,
            InvalidReason::TooMany
        );
        assert_eq!(
            BaseUrl::parse("https://127.0.0.1:8443/", "base_url").unwrap().as_str(),
            "https://127.0.0.1:8443"
        );
    }

    #[test]
    fn a_segment_stays_in_its_place() {
        let base = BaseUrl::parse("https://agency.example/api/", "base_url").unwrap();
        assert_eq!(
            base.at(&["v1", "bills"]).as_str(),
            "https://agency.example/api/v1/bills"
        );
        assert_eq!(
            base.at(&["v1", "payments", "../../admin?x#y"]).as_str(),
            "https://agency.example/api/v1/payments/..%2F..%2Fadmin%3Fx%23y"
        );
        assert_eq!(
            base.at_with(&["v1"], &[("cursor", "a&b=c")]).as_str(),
            "https://agency.example/api/v1?cursor=a%26b%3Dc"
        );
    }
}
