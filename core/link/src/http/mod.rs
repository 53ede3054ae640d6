//! Bounded HTTP: one request out, one answer in, and nothing that the other side does can cost more than was agreed to.
//!
//! Everything that the network needs of trust is decided here once: HTTPS only, certificates checked by the platform or by named
//! roots, no redirect followed (an answer from elsewhere is no answer), no compression asked for or taken (so that a small body
//! can't become a large one), a media type that was asked for, and bounds on headers, body, pace and total time. Nothing here
//! repeats a request: whether that is safe is known by who sends it. What an answer means is not for here either.

mod base;
mod body;
mod error;
mod line;
#[cfg(feature = "fuzzing")]
mod memory;
mod tls;

pub use base::BaseUrl;
pub use error::{Cause, HttpError};
pub(crate) use line::Line;
#[cfg(feature = "fuzzing")]
pub use memory::{Exchange, on_exchange};

use crate::{
    crash::{point, under_way},
    limits,
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use std::{
    fmt,
    sync::{Arc, OnceLock},
    time::Duration,
};
use tokio::time::{Instant, timeout_at};
use url::Url;
use zeroize::Zeroizing;

/// How the network is reached.
#[derive(Clone, Debug)]
pub struct HttpConfig {
    /// Root certificates, PEM, that are trusted beside the platform's: the sandbox's, an organisation's own.
    pub extra_roots_pem: Vec<String>,
    /// With `false` the extra roots are the only ones that are trusted. On Android the platform's need the process to have called
    /// `rustls_platform_verifier::android::init_with_env` first.
    pub platform_roots: bool,
    /// What this application calls itself. It must not tell people apart.
    pub user_agent: String,
    /// Milliseconds to a finished TCP and TLS handshake.
    pub connect_timeout_ms: u64,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            extra_roots_pem: Vec::new(),
            platform_roots: true,
            user_agent: concat!("rabt/", env!("CARGO_PKG_VERSION")).to_owned(),
            connect_timeout_ms: limits::CONNECT_TIMEOUT_MS,
        }
    }
}

/// What is sent.
pub struct Request {
    /// The method.
    pub method: Method,
    /// Where to: HTTPS, without user information or fragment.
    pub url: Url,
    /// Further headers. Whoever puts a secret in marks it sensitive.
    pub headers: HeaderMap,
    /// What is sent along.
    pub body: Option<RequestBody>,
    /// The media types, one of which a successful answer's body must have. With none given no body is expected and none is read.
    pub accept: &'static [&'static str],
    /// Milliseconds for everything, from the connection to the last byte.
    pub deadline_ms: u64,
    /// The longest body that is read from a successful answer; a refusal has a bound of its own.
    pub body_bytes_max: usize,
}

/// What is sent along.
pub enum RequestBody {
    /// A JSON document.
    Json(Bytes),
    /// A form, as OAuth's endpoints take it.
    Form(Vec<(String, String)>),
}

impl Request {
    /// A request without body or further headers.
    pub fn new(
        method: Method,
        url: Url,
        accept: &'static [&'static str],
        deadline_ms: u64,
        body_bytes_max: usize,
    ) -> Self {
        Self {
            method,
            url,
            headers: HeaderMap::new(),
            body: None,
            accept,
            deadline_ms,
            body_bytes_max,
        }
    }
}

/// Shows where to and nothing that is sent.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("origin", &self.url.origin().ascii_serialization())
            .finish_non_exhaustive()
    }
}

/// What came back, within its bounds. Also a refusal (4xx, 5xx) is an answer; a redirect is not.
pub struct Response {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body. Empty where none was expected, or where a refusal's is neither of a media type that was asked for nor JSON.
    pub body: Bytes,
}

/// Shows the status and sizes; the rest may be personal.
impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

impl Response {
    /// A header's value, where it is plain text and there once. A header that is there twice says nothing.
    pub fn header(&self, name: impl http::header::AsHeaderName) -> Option<&str> {
        only(&self.headers, name).and_then(|value| value.to_str().ok())
    }
}

pub(crate) fn only(headers: &HeaderMap, name: impl http::header::AsHeaderName) -> Option<&HeaderValue> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => Some(value),
        _ => None,
    }
}

/// The client. Cheap to clone; clones share their connections.
#[derive(Clone, Debug)]
pub struct Http {
    connector: Arc<Connector>,
    /// Answers in the network's place.
    #[cfg(feature = "fuzzing")]
    memory: Option<memory::Memory>,
}

impl Http {
    /// Looks whether a client can be made so. Nothing is connected yet.
    ///
    /// # Errors
    /// [`HttpError::Setup`] for a root certificate or user agent that can't be used.
    pub fn new(config: &HttpConfig) -> Result<Self, HttpError> {
        Ok(Self {
            connector: Arc::new(Connector {
                tls: tls::config(config)?,
                user_agent: HeaderValue::from_str(&config.user_agent).map_err(|_| HttpError::Setup("user_agent"))?,
                connect_timeout: Duration::from_millis(config.connect_timeout_ms),
                client: OnceLock::new(),
            }),
            #[cfg(feature = "fuzzing")]
            memory: None,
        })
    }

    /// Every request goes out here.
    async fn execute(&self, request: reqwest::Request) -> Result<reqwest::Response, HttpError> {
        #[cfg(feature = "fuzzing")]
        if let Some(memory) = &self.memory {
            return Ok(memory.answer());
        }
        let client = self.connector.client()?;
        line::told(client.execute(request)).await.map_err(error::classify)
    }

    /// Sends a request once and reads the answer.
    ///
    /// Dropping the future gives the request up; whether it arrived is then unknown.
    ///
    /// # Errors
    /// [`HttpError`]; [`HttpError::may_have_arrived`] says whether the other side may have acted on the request.
    pub async fn send(&self, request: Request) -> Result<Response, HttpError> {
        let deadline_ms = request.deadline_ms;
        let deadline = Instant::now() + Duration::from_millis(deadline_ms);
        let (accept, body_bytes_max) = (request.accept, request.body_bytes_max);
        #[cfg(feature = "fuzzing")]
        let asked = memory::Asked::of(&request);
        let outgoing = outgoing(request)?;
        point(format_args!("before a request is sent"));
        let exchange = async {
            let answer = under_way(self.execute(outgoing)).await?;
            read(answer, accept, body_bytes_max).await
        };
        let outcome = match timeout_at(deadline, exchange).await {
            Ok(outcome) => outcome,
            Err(_) => Err(HttpError::Timeout { deadline_ms }),
        };
        #[cfg(feature = "fuzzing")]
        if let Ok(response) = &outcome {
            asked.answered(response);
        }
        point(format_args!("after a request ended"));
        outcome
    }
}

/// What makes the connections, once the first request asks for one: an app that was opened to show what is stored needs none.
struct Connector {
    tls: rustls::ClientConfig,
    user_agent: HeaderValue,
    connect_timeout: Duration,
    client: OnceLock<reqwest::Client>,
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector").finish_non_exhaustive()
    }
}

impl Connector {
    fn client(&self) -> Result<&reqwest::Client, HttpError> {
        if let Some(made) = self.client.get() {
            return Ok(made);
        }
        let made = reqwest::Client::builder()
            .tls_backend_preconfigured(self.tls.clone())
            .connector_layer(line::LineLayer)
            .https_only(true)
            // A proxy named by the environment would see whom the person deals with.
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .user_agent(self.user_agent.clone())
            .connect_timeout(self.connect_timeout)
            .pool_idle_timeout(Duration::from_millis(limits::IDLE_CONNECTION_MS))
            .pool_max_idle_per_host(limits::IDLE_CONNECTIONS_PER_HOST_MAX)
            .http1_max_headers(limits::RESPONSE_HEADERS_MAX)
            .http2_max_header_list_size(limits::RESPONSE_HEADERS_BYTES_MAX as u32)
            .http2_initial_stream_window_size(limits::STREAM_WINDOW_BYTES)
            .http2_initial_connection_window_size(limits::CONNECTION_WINDOW_BYTES)
            .http2_keep_alive_interval(Duration::from_millis(limits::PING_INTERVAL_MS))
            .http2_keep_alive_timeout(Duration::from_millis(limits::PING_TIMEOUT_MS))
            .build()
            .map_err(|_| HttpError::Setup("client"))?;
        // Of two that were made at once one is kept, and nothing is connected through the other.
        Ok(self.client.get_or_init(|| made))
    }
}

fn outgoing(request: Request) -> Result<reqwest::Request, HttpError> {
    base::check_callable(&request.url)?;
    let mut outgoing = reqwest::Request::new(request.method, request.url);
    let headers = outgoing.headers_mut();
    *headers = request.headers;
    if !request.accept.is_empty() {
        let accept = HeaderValue::from_str(&request.accept.join(", ")).map_err(|_| HttpError::BadHeader)?;
        headers.insert(header::ACCEPT, accept);
    }
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    let (media_type, bytes) = match request.body {
        None => return Ok(outgoing),
        Some(RequestBody::Json(bytes)) => ("application/json", bytes),
        Some(RequestBody::Form(pairs)) => ("application/x-www-form-urlencoded", form(pairs)),
    };
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    *outgoing.body_mut() = Some(bytes.into());
    Ok(outgoing)
}

/// Encodes a form. The pairs may be secrets, so they are wiped once encoded.
fn form(pairs: Vec<(String, String)>) -> Bytes {
    let mut encoded = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in pairs {
        encoded.append_pair(&name, &Zeroizing::new(value));
    }
    Bytes::from(encoded.finish())
}

async fn read(answer: reqwest::Response, accept: &[&str], body_bytes_max: usize) -> Result<Response, HttpError> {
    let status = answer.status();
    let headers = answer.headers().clone();
    body::check_headers(&headers)?;
    if status.is_redirection() && status != StatusCode::NOT_MODIFIED {
        return Err(HttpError::Redirected);
    }
    let body = match body::expected(status, &headers, accept, body_bytes_max)? {
        None => Bytes::new(),
        Some(bytes_max) => body::collect(answer, bytes_max).await?,
    };
    Ok(Response { status, headers, body })
}
