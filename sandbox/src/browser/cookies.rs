//! As much of RFC 6265 as the city's pages need: name and value a host, dropped where they are set to end.
//!
//! Ports don't tell cookies apart, by the standard; that is as it would be on a real machine.

use http::{HeaderMap, header};
use std::collections::BTreeMap;
use url::Url;

/// No page of the city's sets more.
const COOKIES_MAX: usize = 50;

#[derive(Default)]
pub(super) struct Cookies {
    by_host: BTreeMap<(String, String), String>,
}

impl Cookies {
    pub(super) fn header(&self, url: &Url) -> Option<String> {
        let host = url.host_str()?;
        let pairs: Vec<String> = self
            .by_host
            .iter()
            .filter(|((of, _), _)| of == host)
            .map(|((_, name), value)| format!("{name}={value}"))
            .collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    pub(super) fn take(&mut self, url: &Url, headers: &HeaderMap) {
        let Some(host) = url.host_str() else { return };
        for cookie in headers
            .get_all(header::SET_COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
        {
            let mut parts = cookie.split(';').map(str::trim);
            let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else {
                continue;
            };
            let key = (host.to_owned(), name.to_owned());
            let ends = parts.any(|attribute| attribute.eq_ignore_ascii_case("max-age=0"));
            if ends || value.is_empty() {
                self.by_host.remove(&key);
            } else if self.by_host.len() < COOKIES_MAX {
                self.by_host.insert(key, value.to_owned());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_comes_back_to_its_host_until_it_ends() {
        let (page, other) = (
            Url::parse("https://localhost:1/a").unwrap(),
            Url::parse("https://elsewhere.example/").unwrap(),
        );
        let mut cookies = Cookies::default();
        let mut set = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::SET_COOKIE, value.parse().unwrap());
            cookies.take(&page, &headers);
            (cookies.header(&page), cookies.header(&other))
        };
        assert_eq!(set("s=1; Secure; HttpOnly; Path=/"), (Some("s=1".to_owned()), None));
        assert_eq!(set("s=2"), (Some("s=2".to_owned()), None));
        assert_eq!(set("s=gone; Max-Age=0"), (None, None));
    }
}
