//! A server that answers as a test tells it to, down to the bytes; a session that counts; and what the wire looks like.

use rabt_domain::{Agency, AgencyId, Bilingual, SubjectId, Timestamp};
use rabt_link::{
    AgencyClient, Caller, GatewayClient, Http, HttpConfig,
    session::{Access, BoxFuture, Scheme, Secret, SessionError, TokenSource},
};
use rabt_protocol::jose::JwkSet;
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{TlsAcceptor, rustls, server::TlsStream};

/// What a server got.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: String,
    /// With the query.
    pub(crate) path: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

/// What a server does next.
#[derive(Clone)]
pub(crate) enum Answer {
    /// These bytes, then the end of the connection.
    Bytes(Vec<u8>),
    /// The connection ends without an answer, as after a crash.
    Cut,
    /// This head, then body bytes without end, as fast as they are taken.
    Endless(String),
    /// This head, then one byte a second.
    Drip(String),
    /// Nothing, for as long as the client waits.
    Silence,
}

impl Answer {
    pub(crate) fn with(status: u16, media_type: &str, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Self {
        let body = body.as_ref();
        let mut head = format!(
            "HTTP/1.1 {status} X\r\ncontent-type: {media_type}\r\ncontent-length: {}\r\n",
            body.len()
        );
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        Self::Bytes([head.as_bytes(), b"connection: close\r\n\r\n", body].concat())
    }

    pub(crate) fn json(body: impl AsRef<[u8]>) -> Self {
        Self::with(200, "application/json", &[], body)
    }

    pub(crate) fn tagged(tag: &str, body: impl AsRef<[u8]>) -> Self {
        Self::with(200, "application/json", &[("etag", tag)], body)
    }

    pub(crate) fn problem(status: u16, code: &str) -> Self {
        let body = serde_json::json!({"type": "t", "title": "t", "status": status, "code": code});
        Self::with(status, "application/problem+json", &[], body.to_string())
    }

    pub(crate) fn unauthorized(challenge: &str, headers: &[(&str, &str)]) -> Self {
        let body = serde_json::json!({"type": "t", "title": "t", "status": 401, "code": "unauthenticated"});
        let headers = [headers, &[("www-authenticate", challenge)]].concat();
        Self::with(401, "application/problem+json", &headers, body.to_string())
    }
}

/// A server over TLS with a certificate of its own.
pub(crate) struct Server {
    pub(crate) base: String,
    pub(crate) root_pem: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    sent: Arc<AtomicU64>,
}

pub(crate) fn certificate() -> (String, rustls::ServerConfig) {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned(), "localhost".to_owned()]).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    (made.cert.pem(), config)
}

impl Server {
    /// Answers the n-th request (from 0) by `script`.
    pub(crate) async fn start(script: impl Fn(&Seen, usize) -> Answer + Send + Sync + 'static) -> Self {
        let (root_pem, tls) = certificate();
        let acceptor = TlsAcceptor::from(Arc::new(tls));
        let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
        let server = Self {
            base: format!("https://127.0.0.1:{}", listener.local_addr().unwrap().port()),
            root_pem,
            seen: Arc::default(),
            sent: Arc::default(),
        };
        let (seen, sent, script) = (Arc::clone(&server.seen), Arc::clone(&server.sent), Arc::new(script));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, seen, sent, script) = (
                    acceptor.clone(),
                    Arc::clone(&seen),
                    Arc::clone(&sent),
                    Arc::clone(&script),
                );
                tokio::spawn(async move {
                    if let Ok(mut line) = acceptor.accept(stream).await
                        && let Some(request) = receive(&mut line).await
                    {
                        let count = {
                            let mut seen = seen.lock().unwrap();
                            seen.push(request.clone());
                            seen.len() - 1
                        };
                        reply(&mut line, script(&request, count), &sent).await;
                    }
                });
            }
        });
        server
    }

    /// Answers these, one after the other, and the last for ever.
    pub(crate) async fn scripted(answers: Vec<Answer>) -> Self {
        Self::start(move |_, count| answers[count.min(answers.len() - 1)].clone()).await
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// How many body bytes the client's side has taken of an endless answer.
    pub(crate) fn sent(&self) -> u64 {
        self.sent.load(Ordering::SeqCst)
    }

    pub(crate) fn http(&self) -> Http {
        http(&[&self.root_pem])
    }

    pub(crate) fn caller(&self) -> (Caller, Arc<Tokens>) {
        let tokens = Arc::new(Tokens::default());
        (
            Caller::new(self.http(), Arc::clone(&tokens) as Arc<dyn TokenSource>),
            tokens,
        )
    }

    pub(crate) fn agency(&self) -> AgencyClient {
        AgencyClient::new(self.caller().0, &agency(&self.base), subject()).unwrap()
    }

    pub(crate) fn gateway(&self, keys: JwkSet) -> GatewayClient {
        GatewayClient::new(self.caller().0, &self.base, subject(), keys).unwrap()
    }
}

pub(crate) fn http(roots: &[&str]) -> Http {
    Http::new(&HttpConfig {
        extra_roots_pem: roots.iter().map(|&pem| pem.to_owned()).collect(),
        platform_roots: false,
        ..HttpConfig::default()
    })
    .unwrap()
}

async fn receive(line: &mut TlsStream<TcpStream>) -> Option<Seen> {
    let (mut bytes, mut chunk) = (Vec::new(), [0; 4096]);
    let head_end = loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at;
        }
        match line.read(&mut chunk).await {
            Ok(0) | Err(_) => return None,
            Ok(count) => bytes.extend_from_slice(&chunk[..count]),
        }
    };
    let head = String::from_utf8(bytes[..head_end].to_vec()).unwrap();
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let (method, path) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length: usize = headers
        .get("content-length")
        .map_or(0, |length| length.parse().unwrap());
    let mut body = bytes.split_off(head_end + 4);
    while body.len() < length {
        let count = line.read(&mut chunk).await.ok()?;
        body.extend_from_slice(&chunk[..count]);
    }
    Some(Seen {
        method,
        path,
        headers,
        body: String::from_utf8(body).unwrap(),
    })
}

async fn reply(line: &mut TlsStream<TcpStream>, answer: Answer, sent: &AtomicU64) {
    match answer {
        Answer::Bytes(bytes) => {
            let _ = line.write_all(&bytes).await;
            let _ = line.shutdown().await;
        }
        Answer::Cut => {}
        Answer::Endless(head) => {
            let block = vec![b' '; 64 * 1024];
            let _ = line.write_all(head.as_bytes()).await;
            while line.write_all(&block).await.is_ok() && line.flush().await.is_ok() {
                sent.fetch_add(block.len() as u64, Ordering::SeqCst);
            }
        }
        Answer::Drip(head) => {
            let _ = line.write_all(head.as_bytes()).await;
            while line.write_all(b" ").await.is_ok() && line.flush().await.is_ok() {
                sent.fetch_add(1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
        Answer::Silence => {
            let mut rest = Vec::new();
            let _ = line.read_to_end(&mut rest).await;
        }
    }
}

/// A session whose tokens are `token-0`, `token-1`, …, and whose proofs name the nonce that was heard last.
#[derive(Default)]
pub(crate) struct Tokens {
    pub(crate) renewals: AtomicU64,
    nonce: Mutex<String>,
}

impl Tokens {
    fn now(&self) -> Access {
        let generation = self.renewals.load(Ordering::SeqCst);
        Access::new(
            Secret::new(format!("token-{generation}")),
            Scheme::Dpop,
            None,
            generation,
        )
    }
}

impl TokenSource for Tokens {
    fn access(&self) -> BoxFuture<'_, Result<Access, SessionError>> {
        Box::pin(async { Ok(self.now()) })
    }

    fn renew(&self, refused: &Access) -> BoxFuture<'_, Result<Access, SessionError>> {
        assert_eq!(refused, &self.now());
        self.renewals.fetch_add(1, Ordering::SeqCst);
        Box::pin(async { Ok(self.now()) })
    }

    fn proof(&self, _: &http::Method, _: &url::Url, _: &Access) -> Result<Option<String>, SessionError> {
        Ok(Some(format!("proof[{}]", self.nonce.lock().unwrap())))
    }

    fn heard_nonce(&self, _: &url::Url, nonce: &str) {
        *self.nonce.lock().unwrap() = nonce.to_owned();
    }
}

pub(crate) const SUBJECT: &str = "person-1";

pub(crate) fn subject() -> SubjectId {
    SubjectId::parse(SUBJECT).unwrap()
}

pub(crate) fn now() -> Timestamp {
    Timestamp::parse("2026-11-23T08:00:00Z").unwrap()
}

pub(crate) fn agency(base_url: &str) -> Agency {
    Agency {
        id: AgencyId::parse("police").unwrap(),
        name: Bilingual::parse("Police (simulated)", "الشرطة (محاكاة)").unwrap(),
        short_name: Bilingual::parse("Police", "الشرطة").unwrap(),
        simulated: true,
        base_url: base_url.to_owned(),
        has_accounts: true,
        has_bills: true,
        takes_payments: true,
        bill_kinds: vec![],
        account_kinds: vec![],
        consent_purposes: vec!["bills".to_owned()],
    }
}
