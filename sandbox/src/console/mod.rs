//! The console: one page, without anything from elsewhere, that shows the city and moves it through the control API alone.

use axum::response::{IntoResponse, Response};
use http::header;

/// Nothing may be loaded or run but what is in the page itself; it talks to its own port only.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src data:; frame-ancestors 'none'";

/// The page.
pub(crate) async fn page() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, include_str!("console.html")).into_response()
}
