//! The frame of every page, and the headers that keep it from being framed, cached or scripted.

use super::words::Words;
use crate::identity::request::Language;
use axum::response::{Html, IntoResponse, Response};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderValue, StatusCode, header};
use ring::digest;

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#14213d;--ground:#f4f6fa;--card:#fff;--line:#c9d1e0;--deed:#0b6e4f;--bad:#a4161a}\
@media(prefers-color-scheme:dark){:root{--ink:#e8edf7;--ground:#10151f;--card:#1a2130;--line:#3a465c;--deed:#4cc38a;--bad:#ff8a8a}}\
*{box-sizing:border-box}body{margin:0;font:1rem/1.5 system-ui,sans-serif;color:var(--ink);background:var(--ground)}\
main{max-width:28rem;margin:2rem auto;padding:1.5rem;background:var(--card);border:1px solid var(--line);border-radius:1rem}\
h1{margin:0 0 .5rem;font-size:1.5rem}fieldset{margin:1rem 0;padding:0;border:0}legend{font-weight:600}\
label{display:block;margin:.5rem 0}input[type=password]{display:block;width:100%;padding:.6rem;font:inherit;color:inherit;\
background:transparent;border:1px solid var(--line);border-radius:.5rem}\
.person{display:flex;gap:.75rem;align-items:start;padding:.6rem;border:1px solid var(--line);border-radius:.5rem}\
.person:has(:checked){border-color:var(--deed);outline:1px solid var(--deed)}.person small{display:block}\
button{width:100%;margin-top:.75rem;padding:.75rem;font:inherit;font-weight:600;color:var(--card);background:var(--deed);\
border:1px solid var(--deed);border-radius:.5rem;cursor:pointer}button.plain{color:var(--ink);background:transparent;border-color:var(--line)}\
.notice{padding:.6rem;border:1px solid var(--bad);border-radius:.5rem;color:var(--bad)}.detail,details,footer{font-size:.875rem}\
details{margin-top:1rem}td,th{padding:.1rem .75rem;text-align:start}footer{max-width:28rem;margin:1rem auto;padding:0 1.5rem}";

/// A whole page.
pub(super) fn document(status: StatusCode, language: Language, title: &str, body: &str) -> Response {
    let words = Words::of(language);
    let (tag, direction, footer) = (words.tag, words.direction, words.simulated);
    let html = format!(
        "<!doctype html><html lang=\"{tag}\" dir=\"{direction}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>{title}</title>\
         <style>{STYLE}</style></head><body><main>{body}</main><footer>{footer}</footer></body></html>"
    );
    let mut response = (status, Html(html)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // The address of an interaction is as good as a key to it.
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(tag));
    if let Ok(policy) = HeaderValue::from_str(&policy()) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// No `form-action`: browsers apply it to where a form's answer redirects, which here is the app's own scheme.
fn policy() -> String {
    let hash = STANDARD.encode(digest::digest(&digest::SHA256, STYLE.as_bytes()));
    format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; frame-ancestors 'none'")
}

/// Text as HTML, in an element or a quoted attribute.
pub(super) fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            other => html.push(other),
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn nothing_leaves_its_attribute() {
        assert_eq!(escaped(r#""><script>'&"#), "&quot;&gt;&lt;script&gt;&#39;&amp;");
    }
}
