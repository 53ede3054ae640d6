//! A party that answers from memory, and a client that asks it.

use crate::keys::KNOWN;
use http::{Response, StatusCode, header};
use rabt_domain::{Agency, AgencyId, Bilingual, SubjectId, Timestamp};
use rabt_link::{
    AgencyClient, Caller, GatewayClient, Http, HttpConfig,
    session::{Access, BoxFuture, Scheme, Secret, SessionError, TokenSource},
};
use std::{
    cell::RefCell,
    future::Future,
    sync::{Arc, OnceLock},
};
use tokio::runtime::Runtime;

/// The statuses that are answered; the byte that chooses one begins with the usual one.
pub(super) const STATUSES: [u16; 14] = [200, 201, 204, 304, 302, 400, 401, 403, 404, 409, 422, 429, 500, 503];

/// How something is answered: the byte after the document's own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
}

impl Answer {
    pub(super) fn of(how: u8) -> Self {
        let status = STATUSES[usize::from(how) % STATUSES.len()];
        Self {
            status: StatusCode::from_u16(status).expect("they are HTTP's"),
        }
    }

    /// Whether the client may take it for what it asked for.
    pub(super) fn is_one(self) -> bool {
        matches!(self.status.as_u16(), 200 | 201 | 204)
    }
}

thread_local! {
    static NEXT: RefCell<(u8, Vec<u8>)> = const { RefCell::new((0, Vec::new())) };
    // The clock stands still but where somebody sleeps: then it is then.
    static RUNTIME: Runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime without threads or sockets can be made");
}

/// From now on every question is answered so.
pub(super) fn answers(how: u8, body: &[u8]) {
    NEXT.with_borrow_mut(|next| *next = (how, body.to_vec()));
}

/// Waits for a client's call.
pub(super) fn wait<T>(call: impl Future<Output = T>) -> T {
    RUNTIME.with(|runtime| runtime.block_on(call))
}

fn next() -> Response<Vec<u8>> {
    let (how, body) = NEXT.with_borrow(Clone::clone);
    let status = Answer::of(how).status;
    let media_type = if status.is_success() {
        "application/json"
    } else {
        "application/problem+json"
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let media_type = header::HeaderValue::from_static(media_type);
    response.headers_mut().insert(header::CONTENT_TYPE, media_type);
    response
}

/// The client under every other one.
pub(super) fn http() -> Http {
    static HTTP: OnceLock<Http> = OnceLock::new();
    HTTP.get_or_init(|| Http::answered_from_memory(&HttpConfig::default(), next).expect("the usual settings are sound"))
        .clone()
}

/// Asks on behalf of whoever is signed in.
pub(super) fn caller() -> Caller {
    Caller::new(http(), Arc::new(Tokens))
}

/// A client of an agency, on behalf of a person.
pub(super) fn agency_client(agency: &AgencyId, subject: &SubjectId) -> AgencyClient {
    AgencyClient::new(caller(), &entry(agency), subject.clone()).expect("its base URL is sound")
}

/// A client of the gateway, on behalf of a person.
pub(super) fn gateway_client(subject: &SubjectId) -> GatewayClient {
    let url = "https://gateway.example";
    GatewayClient::new(caller(), url, subject.clone(), KNOWN.set.clone()).expect("its base URL is sound")
}

/// When it is.
pub(super) fn now() -> Timestamp {
    Timestamp::from_millis(1_795_000_000_000).expect("within the years")
}

fn entry(agency: &AgencyId) -> Agency {
    let name = Bilingual::parse("Agency", "جهة").expect("it may be shown");
    Agency {
        id: agency.clone(),
        name: name.clone(),
        short_name: name,
        simulated: true,
        base_url: "https://agency.example".to_owned(),
        has_accounts: true,
        has_bills: true,
        takes_payments: true,
        bill_kinds: Vec::new(),
        account_kinds: Vec::new(),
        consent_purposes: Vec::new(),
    }
}

/// Whom a document is from and about, as it says itself where that can be. A document which names nobody is from and about the usual.
pub(super) struct Addressee {
    pub(super) agency: AgencyId,
    pub(super) subject: SubjectId,
}

impl Addressee {
    pub(super) fn of(document: &serde_json::Value) -> Self {
        let said = |member: &str| document.get(member).and_then(serde_json::Value::as_str);
        let agency = said("agency_id").and_then(|id| AgencyId::parse(id).ok());
        let subject = said("subject").and_then(|id| SubjectId::parse(id).ok());
        Self {
            agency: agency.unwrap_or_else(|| AgencyId::parse("dewa").expect("letters are a name")),
            subject: subject.unwrap_or_else(|| SubjectId::parse("person-0").expect("letters are a name")),
        }
    }

    /// Another person with the same agency.
    pub(super) fn another_person(&self) -> Self {
        let other = if self.subject.as_str() == "x" { "y" } else { "x" };
        Self {
            agency: self.agency.clone(),
            subject: SubjectId::parse(other).expect("a letter is a name"),
        }
    }

    /// The same person with another agency.
    pub(super) fn another_agency(&self) -> Self {
        let other = if self.agency.as_str() == "x" { "y" } else { "x" };
        Self {
            agency: AgencyId::parse(other).expect("a letter is a name"),
            subject: self.subject.clone(),
        }
    }
}

/// A session that never ends.
struct Tokens;

impl TokenSource for Tokens {
    fn access(&self) -> BoxFuture<'_, Result<Access, SessionError>> {
        Box::pin(async { Ok(Access::new(Secret::new("at"), Scheme::Bearer, None, 0)) })
    }

    fn renew(&self, _: &Access) -> BoxFuture<'_, Result<Access, SessionError>> {
        self.access()
    }

    fn proof(&self, _: &http::Method, _: &url::Url, _: &Access) -> Result<Option<String>, SessionError> {
        Ok(None)
    }

    fn heard_nonce(&self, _: &url::Url, _: &str) {}
}
