//! The console: one page, without anything from elsewhere, that shows the city and moves it through the control API alone. Its
//! parts are files of their own and are joined here.

use axum::response::{IntoResponse, Response};
use http::header;

/// Nothing may be loaded or run but what is in the page itself; it talks to its own port only.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src data:; \
                      form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

const PAGE: &str = concat!(
    "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">",
    "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>Rabt city · مدينة ربط</title>",
    "<link rel=\"icon\" href=\"data:,\"><style>\n",
    include_str!("page.css"),
    "</style></head>\n",
    include_str!("page.html"),
    "<script>\n",
    include_str!("words.js"),
    include_str!("page.js"),
    "</script></body></html>\n",
);

/// The page.
pub(crate) async fn page() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, PAGE).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_takes_nothing_from_elsewhere_and_parses_no_text_as_html() {
        for outside in [
            "src=",
            "@import",
            "url(",
            "innerHTML",
            "insertAdjacentHTML",
            "document.write",
            "<link rel=\"stylesheet",
        ] {
            assert!(!PAGE.contains(outside), "{outside}");
        }
    }

    #[test]
    fn every_word_that_the_page_names_is_there_in_both_languages() {
        let words = include_str!("words.js");
        for marked in PAGE
            .split("data-t=\"")
            .skip(1)
            .chain(PAGE.split("data-label=\"").skip(1))
        {
            let key = marked.split('"').next().unwrap();
            let entry = words
                .split(&format!(" {key}: [\""))
                .nth(1)
                .unwrap_or_else(|| panic!("{key} has no words"));
            let arabic = entry.split("\", \"").nth(1).unwrap().split('"').next().unwrap();
            assert!(
                arabic.chars().any(|c| ('\u{0600}'..='\u{06ff}').contains(&c)),
                "{key}: {arabic}"
            );
        }
    }
}
