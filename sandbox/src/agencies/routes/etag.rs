//! Strong entity tags: what names the state of a person's whole set of bills, or of their accounts.

use crate::{
    agencies::store::bills::Key,
    server::reply::{Refusal, Reply},
};
use axum::response::Response;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderValue, header};
use ring::digest::{Context, SHA256};
use serde::Serialize;

/// How much of a digest makes a tag: 96 bits don't meet by chance, and every question carries them.
const TAG_BYTES: usize = 12;

/// The tag of a set of bills: any that comes, goes or changes makes another. In quotes, as the header has it.
pub(super) fn of(agency_id: &str, subject: &str, keys: &[Key]) -> String {
    let revisions: Vec<_> = keys.iter().map(|key| key.revision.to_be_bytes()).collect();
    let parts = keys
        .iter()
        .zip(&revisions)
        .flat_map(|(key, revision)| [key.bill_id.as_bytes(), revision]);
    of_parts([agency_id.as_bytes(), subject.as_bytes()].into_iter().chain(parts))
}

/// The tag of a document.
pub(super) fn of_document(document: &impl Serialize) -> Reply<String> {
    let json = serde_json::to_vec(document).map_err(|error| Refusal::internal(&error))?;
    Ok(of_parts([json.as_slice()]))
}

fn of_parts<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut digest = Context::new(&SHA256);
    for part in parts {
        // Each part after its length, so that no two sets read the same.
        digest.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        digest.update(part);
    }
    let digest = digest.finish();
    let tag = digest.as_ref().get(..TAG_BYTES).unwrap_or_default();
    format!("\"{}\"", URL_SAFE_NO_PAD.encode(tag))
}

/// An answer with its tag; what is personal is asked for anew each time.
pub(super) fn with_headers(mut response: Response, etag: &str) -> Response {
    let headers = response.headers_mut();
    if let Ok(etag) = HeaderValue::from_str(etag) {
        headers.insert(header::ETAG, etag);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    response
}

/// Whether `If-None-Match` names the tag (RFC 9110, 13.1.2: weak comparison, a list, or `*`).
pub(super) fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == etag)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn key(bill_id: &str, revision: u32) -> Key {
        Key {
            closed: false,
            due_on: "2026-01-01".to_owned(),
            bill_id: bill_id.to_owned(),
            revision,
        }
    }

    #[test]
    fn any_change_of_the_set_changes_the_tag() {
        let tag = |keys: &[Key]| of("agency", "person", keys);
        let base = tag(&[key("a", 1), key("b", 1)]);
        assert_eq!(base, tag(&[key("a", 1), key("b", 1)]));
        assert_ne!(base, tag(&[key("a", 2), key("b", 1)]));
        assert_ne!(base, tag(&[key("a", 1)]));
        assert_ne!(base, tag(&[]));
        assert_ne!(base, of("agency", "other", &[key("a", 1), key("b", 1)]));
        assert_ne!(base, of("other", "person", &[key("a", 1), key("b", 1)]));
    }

    #[test]
    fn if_none_match_takes_lists_weak_tags_and_the_star() {
        let known = |value: &'static str| {
            let headers = HeaderMap::from_iter([(header::IF_NONE_MATCH, HeaderValue::from_static(value))]);
            is_known(&headers, "\"x\"")
        };
        for value in ["\"x\"", "W/\"x\"", "\"y\", \"x\"", "*"] {
            assert!(known(value), "{value}");
        }
        for value in ["\"y\"", "x", ""] {
            assert!(!known(value), "{value}");
        }
        assert!(!is_known(&HeaderMap::new(), "\"x\""));
    }
}
