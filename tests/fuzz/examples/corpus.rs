//! Writes the corpus anew: starts a city, has the real client do the main job there, and keeps what the two said to each other.
//!
//! `cargo run -p rabt-fuzz --example corpus`. Everybody in the city is fictional, its keys are thrown away with it, and its tokens
//! are worth nothing. What is kept is made small: of a list a few entries, of each kind of document a few.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a developer's program: what fails is said by panicking"
)]

use rabt::domain::InstrumentKind;
use rabt_fuzz::{answer_byte, document_byte};
use rabt_link::http::{Exchange, on_exchange};
use rabt_protocol::jose::from_base64url;
use rabt_tests::Town;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    sync::Mutex,
    time::Duration,
};

const PERSONA: &str = "tenant-family";
/// How many entries of a list are kept, and how many documents of each kind.
const ENTRIES_MAX: usize = 2;
const DOCUMENTS_MAX: usize = 6;

static EXCHANGES: Mutex<Vec<Exchange>> = Mutex::new(Vec::new());

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    on_exchange(|exchange| EXCHANGES.lock().unwrap().push(exchange.clone()));
    main_job().await;
    let mut corpus = Corpus::default();
    for exchange in EXCHANGES.lock().unwrap().iter() {
        corpus.take(exchange);
    }
    corpus.add_what_nobody_says();
    corpus.add_callbacks();
    corpus.write();
}

/// Signs in, agrees, sees the bills, links an account, pays some, is refused, steps up, and looks what became of it.
async fn main_job() {
    let town = Town::start().await;
    let phone = town.phone_of(PERSONA).await;
    phone.refresh().await;
    let account = phone.link(&town, PERSONA, InstrumentKind::BankAccount).await;
    phone.link(&town, PERSONA, InstrumentKind::Card).await;
    let bills = phone.open_bills().await;
    let few: Vec<_> = bills.iter().take(2).collect();
    phone.pay(&few, &account.id).await.unwrap();
    // Paid already, and more than the present assurance level is for.
    let _ = phone.pay(&few, &account.id).await;
    let all: Vec<_> = phone.open_bills().await;
    let _ = phone.pay(&all.iter().collect::<Vec<_>>(), &account.id).await;
    phone.refresh().await;
    let _ = phone.rabt().sync().run(Duration::from_secs(10)).await;
    town.stop().await;
}

/// The inputs of each target.
#[derive(Default)]
struct Corpus {
    inputs: BTreeMap<&'static str, BTreeSet<Vec<u8>>>,
    kinds: BTreeMap<(String, u16), usize>,
    words: BTreeSet<String>,
}

impl Corpus {
    fn take(&mut self, exchange: &Exchange) {
        let (asked, answered) = documents(&exchange.path, exchange.sent.is_some());
        if let (Some(name), Some(sent)) = (asked, &exchange.sent) {
            self.document(name, 200, sent);
        }
        let refused = exchange.status >= 400;
        match answered {
            Some("Directory") => self.directory(&exchange.heard),
            Some(_) if refused => self.document("Problem", exchange.status, &exchange.heard),
            Some(name) => self.document(name, exchange.status, &exchange.heard),
            None => {}
        }
    }

    /// A document, made small, and those that are part of it.
    fn document(&mut self, name: &str, status: u16, body: &[u8]) {
        let Ok(mut document) = serde_json::from_slice::<Value>(body) else {
            return;
        };
        self.remember_words(&document);
        self.parts_of(name, &document);
        shorten(&mut document);
        let kept = self.kinds.entry((name.to_owned(), status)).or_default();
        *kept += 1;
        if *kept <= DOCUMENTS_MAX {
            self.wire(name, status, document.to_string().as_bytes());
        }
    }

    fn parts_of(&mut self, name: &str, document: &Value) {
        let part = |list: &str| document[list].as_array().cloned().unwrap_or_default();
        match name {
            "BillPage" => part("bills")
                .iter()
                .for_each(|bill| self.document("Bill", 200, bill.to_string().as_bytes())),
            "Accounts" => self.first("Account", &part("accounts")),
            "Instruments" => self.first("Instrument", &part("instruments")),
            "EventPage" => self.first("Event", &part("events")),
            "JwkSet" => self.first("Jwk", &part("keys")),
            "Payment" => {
                let page = json!({"subject": document["subject"], "payments": [document], "next_cursor": "c-1"});
                self.document("Payments", 200, page.to_string().as_bytes());
                for item in part("items") {
                    if let Some(token) = item["receipt"].as_str() {
                        self.receipt(token);
                    }
                }
            }
            "TokenResponse" => {
                if let Some(claims) = document["id_token"].as_str().and_then(payload) {
                    self.id_token(&claims);
                }
            }
            _ => {}
        }
    }

    fn first(&mut self, name: &str, entries: &[Value]) {
        if let Some(entry) = entries.first() {
            self.document(name, 200, entry.to_string().as_bytes());
        }
    }

    /// The claims as the target's sign-in would have them: the hash is of a token that it doesn't have.
    fn id_token(&mut self, claims: &[u8]) {
        let Ok(mut claims) = serde_json::from_slice::<Value>(claims) else {
            return;
        };
        if let Some(members) = claims.as_object_mut() {
            members.remove("at_hash");
        }
        self.document("IdTokenClaims", 200, claims.to_string().as_bytes());
    }

    fn receipt(&mut self, token: &str) {
        let Some(claims) = payload(token) else { return };
        self.document("Receipt", 200, &claims);
        self.signed("receipt", token, &claims);
    }

    fn directory(&mut self, token: &[u8]) {
        let token = String::from_utf8_lossy(token);
        let Some(claims) = payload(&token) else { return };
        let mut document: Value = serde_json::from_slice(&claims).unwrap();
        self.remember_words(&document);
        for agency in document["agencies"].as_array().cloned().unwrap_or_default() {
            let mut one = document.clone();
            one["agencies"] = json!([agency]);
            self.input("directory", &[&[2, 0, 80], one.to_string().as_bytes()].concat());
        }
        shorten(&mut document);
        self.document("Directory", 200, document.to_string().as_bytes());
        self.signed("directory", &token, document.to_string().as_bytes());
    }

    /// The three forms that the targets of signed documents take.
    fn signed(&mut self, target: &'static str, token: &str, claims: &[u8]) {
        let header = token.split('.').next().and_then(from_base64url).unwrap_or_default();
        self.input(target, &[&[2, 0, 80], claims].concat());
        if self.inputs[target].len() <= DOCUMENTS_MAX {
            self.input(target, &[&[0], &token.as_bytes()[..token.len().min(4096)]].concat());
            self.input(target, &[&[1], header.as_slice(), b"\n", claims].concat());
        }
    }

    fn wire(&mut self, name: &str, status: u16, body: &[u8]) {
        let which = document_byte(name).unwrap_or_else(|| panic!("{name} is no document"));
        self.input("wire_document", &[&[which, answer_byte(status)], body].concat());
    }

    fn input(&mut self, target: &'static str, input: &[u8]) {
        self.inputs.entry(target).or_default().insert(input.to_vec());
    }

    /// Documents that the main job has no occasion for.
    fn add_what_nobody_says(&mut self) {
        for (name, status, document) in [
            (
                "OauthError",
                400,
                json!({"error": "invalid_request", "error_description": "unknown client"}),
            ),
            (
                "PushedRequest",
                201,
                json!({"request_uri": "urn:ietf:params:oauth:request_uri:1", "expires_in": 60}),
            ),
            (
                "AgencyEvent",
                200,
                json!({"agency_id": "dewa", "subject": "person-1", "bill_id": "b-1", "kind": "ae.rabt.bills.changed"}),
            ),
            (
                "PostingRequest",
                200,
                json!({"bill_id": "b-1", "revision": 1, "amount_fils": 100, "payment_id": "p-1", "subject": "person-1"}),
            ),
            (
                "Posting",
                200,
                json!({"posting_id": "po-1", "bill_id": "b-1", "amount_fils": 100, "posted_at": "2026-11-01T00:00:00Z"}),
            ),
            (
                "AddAccount",
                200,
                json!({"kind": "contract-account", "fields": {"number": "2030000001"}}),
            ),
            (
                "Account",
                200,
                json!({"account_id": "a-1", "kind": "contract-account", "number": "2030000001", "label": {"en": "Villa 1", "ar": "فيلا 1"}, "holder": "added_by_hand"}),
            ),
            (
                "Header",
                200,
                json!({"alg": "ES256", "typ": "dpop+jwt", "kid": "k-1", "crit": ["b64"]}),
            ),
            (
                "Jwk",
                200,
                json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "kid": "k-2"}),
            ),
            (
                "Problem",
                429,
                json!({"type": "urn:rabt:problem:too_many_requests", "status": 429, "title": "slow", "code": "too_many_requests", "retry_after_seconds": 4_000_000}),
            ),
            (
                "Problem",
                401,
                json!({"type": "urn:rabt:problem:step_up_required", "status": 401, "title": "level", "code": "step_up_required", "acr": "urn:rabt:acr:high"}),
            ),
            (
                "Problem",
                422,
                json!({"type": "urn:rabt:problem:invalid_input", "status": 422, "title": "bad", "code": "invalid_input", "field": "/items/0", "reason": {"en": "No", "ar": "لا"}}),
            ),
        ] {
            self.remember_words(&document);
            self.wire(name, status, document.to_string().as_bytes());
        }
    }

    fn add_callbacks(&mut self) {
        let answers = [
            "?code=c-1&state=fuzz-state&iss=https%3A%2F%2Fid.example",
            "?error=access_denied&state=fuzz-state&iss=https://id.example",
            "?error=temporarily_unavailable&error_description=later&state=fuzz-state&iss=https://id.example",
            "?code=c-1&code=c-2&state=fuzz-state&iss=https://id.example",
            "?code=c%0Ad&state=fuzz-state&iss=https://id.example",
            "?code=c-1&state=other&iss=https://id.example",
            "?code=c-1&state=fuzz-state&iss=https://other.example",
            "#code=c-1&state=fuzz-state",
            "",
        ];
        let redirects = [
            "rabt-demo:/signed-in",
            "https://app.example/back",
            "http://127.0.0.1:40123/back",
        ];
        for (which, redirect) in (0_u8..).zip(redirects) {
            for answer in answers {
                self.input(
                    "callback_url",
                    &[&[which], redirect.as_bytes(), answer.as_bytes()].concat(),
                );
            }
        }
        for other in [
            "rabt-demo:/resume?url=https%3A%2F%2Fid.example%2Fok",
            "rabt-demo:/resume?url=https%3A%2F%2Fevil.example%2Fok",
            "uaepass://digitalid/auth?successURL=https%3A%2F%2Fid.example%2Fok&failureURL=https%3A%2F%2Fid.example%2Fno",
        ] {
            self.input("callback_url", &[&[0x80], other.as_bytes()].concat());
        }
    }

    /// The names of members and the words that a machine reads, for the fuzzer's dictionary.
    fn remember_words(&mut self, value: &Value) {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    self.words.insert(name.clone());
                    self.remember_words(value);
                }
            }
            Value::Array(entries) => entries.iter().for_each(|entry| self.remember_words(entry)),
            Value::String(word) if is_word(word) => {
                self.words.insert(word.clone());
            }
            _ => {}
        }
    }

    fn write(&self) {
        let home = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut bytes = 0;
        for (target, inputs) in &self.inputs {
            let folder = fresh(home.join("corpus").join(target));
            for (number, input) in inputs.iter().enumerate() {
                fs::write(folder.join(format!("{number:03}")), input).unwrap();
                bytes += input.len();
            }
            println!("{target}: {} inputs", inputs.len());
        }
        let quoted = |word: &String| format!("\"{word}\"\n");
        let words: String = self.words.iter().map(quoted).collect();
        fs::write(home.join("dictionary.txt"), words).unwrap();
        println!("{bytes} bytes, {} words", self.words.len());
    }
}

/// A folder that has nothing of the corpus before; what was found since (named otherwise) stays.
fn fresh(folder: PathBuf) -> PathBuf {
    fs::create_dir_all(&folder).unwrap();
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.len() == 3 && name.bytes().all(|byte| byte.is_ascii_digit()) {
            fs::remove_file(path).unwrap();
        }
    }
    folder
}

/// Which document is sent to a path, and which comes back.
fn documents(path: &str, sent: bool) -> (Option<&'static str>, Option<&'static str>) {
    let last = path.rsplit('/').next().unwrap_or_default();
    match last {
        "openid-configuration" => (None, Some("ProviderMetadata")),
        "jwks" | "jwks.json" => (None, Some("JwkSet")),
        "par" => (None, Some("PushedRequest")),
        "token" => (None, Some("TokenResponse")),
        "directory" => (None, Some("Directory")),
        "accounts" if sent => (Some("AddAccount"), Some("Account")),
        "accounts" => (None, Some("Accounts")),
        "bills" => (None, Some("BillPage")),
        "events" => (None, Some("EventPage")),
        "instruments" => (None, Some("Instruments")),
        "instrument-links" => (Some("BeginLink"), Some("LinkBegun")),
        "complete" => (Some("CompleteLink"), Some("Instrument")),
        "quotes" => (Some("QuoteRequest"), Some("Quote")),
        "payments" if sent => (Some("PaymentRequest"), Some("Payment")),
        "payments" => (None, Some("Payments")),
        _ if path.contains("/consents/") => (Some("ConsentRequest"), Some("Consent")),
        _ if path.contains("/payments/") => (None, Some("Payment")),
        _ => (None, None),
    }
}

fn payload(token: &str) -> Option<Vec<u8>> {
    from_base64url(token.split('.').nth(1)?)
}

/// Whether a text is a word of the protocol's own and nothing of a person's.
fn is_word(text: &str) -> bool {
    (2..40).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || b"_-".contains(&byte))
}

/// Leaves a few entries of every list.
fn shorten(value: &mut Value) {
    match value {
        Value::Array(entries) => {
            entries.truncate(ENTRIES_MAX);
            entries.iter_mut().for_each(shorten);
        }
        Value::Object(members) => members.values_mut().for_each(shorten),
        _ => {}
    }
}
