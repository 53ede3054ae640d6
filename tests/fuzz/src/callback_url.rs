//! The URL that a sign-in comes back with, and whatever else somebody makes the system hand to the app.
//!
//! A flow waits for its answer; a URL comes in. What the flow makes of it is compared with what the standards say of the URL
//! (RFC 6749, RFC 9207), read here by another way: pair by pair, with no regard to how the flow does it.

use rabt_domain::Timestamp;
use rabt_link::session::{
    Arrival, BrowserTab, Command, Event, Flow, SignInError, Surface as _, WebView,
    limits::{CALLBACK_BYTES_MAX, CALLBACK_PARAMETERS_MAX, CODE_BYTES_MAX, ERROR_CODE_BYTES_MAX, FLOW_SECONDS_MAX},
    refusal::CallbackRefusal,
};
use serde_json::json;
use url::Url;

pub(crate) const STATE: &str = "fuzz-state";
pub(crate) const ISSUER: &str = "https://id.example";
const VERIFIER: &str = "fuzz-verifier-that-nobody-may-see";
const BEGUN_AT_MS: i64 = 1_795_000_000_000;
const PROVIDER_HOST: &str = "id.example";
const RESUME_URI: &str = "rabt-demo:/resume";
const APP_SCHEME: &str = "uaepass";

/// Where apps have the person sent back to: a scheme of their own, a claimed link, a loopback address.
const REDIRECTS: [&str; 3] = [
    "rabt-demo:/signed-in",
    "https://app.example/back",
    "http://127.0.0.1:40123/back",
];

/// The first byte says which flow waits (where it is answered, and whether the provider has said that it names itself); the rest is
/// the URL.
pub fn callback_url(input: &[u8]) {
    let Some((which, url)) = input.split_first() else {
        return;
    };
    let redirect_uri = REDIRECTS[usize::from(*which) % REDIRECTS.len()];
    let iss_required = which & 0x80 == 0;
    let url = String::from_utf8_lossy(url);
    check_flow(redirect_uri, iss_required, &url);
    check_surfaces(redirect_uri, &url);
}

/// What a URL is to a flow, by the standards.
#[derive(Debug, PartialEq, Eq)]
enum Meaning {
    /// Somebody else's.
    Foreign,
    /// This flow's, with a code.
    Code(String),
    /// This flow's, with an error.
    Error(String),
    /// This flow's, and not as it should be.
    Wrong,
}

fn check_flow(redirect_uri: &'static str, iss_required: bool, url: &str) {
    let flow = waiting(redirect_uri, iss_required);
    let meaning = meaning(redirect_uri, iss_required, url);
    assert_eq!(flow.is_answered_by(url), meaning != Meaning::Foreign, "{url}");
    let (after, command) = flow.step(Event::Returned(url.to_owned()), at(0));
    assert_eq!(after.is_waiting(), meaning == Meaning::Foreign, "{url}");
    match (command, &meaning) {
        (Command::Ignore(refusal), Meaning::Foreign) => {
            assert_ne!(refusal, CallbackRefusal::Used, "nothing was used yet");
            let stored = Flow::from_bytes(&after.to_bytes()).expect("what waits can be kept");
            assert_eq!(*stored.to_bytes(), *after.to_bytes());
            let right = format!("{redirect_uri}?code=c&state={STATE}&iss={ISSUER}");
            let (_, command) = stored.step(Event::Returned(right), at(0));
            assert!(
                matches!(command, Command::Exchange { .. }),
                "{url} took the place of the answer"
            );
        }
        (Command::Exchange { url: to, form, proof }, Meaning::Code(code)) => {
            assert_eq!((to.as_str(), proof), ("https://id.example/token", true));
            let form: Vec<_> = form.pairs().collect();
            let expected = [
                ("grant_type", "authorization_code"),
                ("client_id", "rabt-app"),
                ("redirect_uri", redirect_uri),
                ("code", code),
                ("code_verifier", VERIFIER),
            ];
            assert_eq!(form, expected, "{url}");
            let (_, again) = after.step(Event::Returned(url.to_owned()), at(0));
            let used = matches!(again, Command::Ignore(CallbackRefusal::Used));
            assert!(used, "{url} is used twice");
            let (_, late) =
                waiting(redirect_uri, iss_required).step(Event::Returned(url.to_owned()), at(FLOW_SECONDS_MAX + 1));
            assert!(
                matches!(late, Command::Fail(SignInError::Expired)),
                "{url} is used late"
            );
        }
        (Command::Fail(error), Meaning::Error(_) | Meaning::Wrong) => {
            let wrong = matches!(error, SignInError::Callback(_));
            assert_eq!(wrong, meaning == Meaning::Wrong, "{url}: {error:?}");
            if let (SignInError::Refused { code }, Meaning::Error(said)) = (&error, &meaning) {
                assert!(
                    code.len() <= ERROR_CODE_BYTES_MAX && (code == said || code.is_ascii()),
                    "{url}"
                );
            }
            let told = format!("{error} {error:?}");
            assert!(!told.contains(VERIFIER) && told.len() < 1024, "{url}");
            let (_, again) = after.step(Event::Returned(url.to_owned()), at(0));
            assert!(matches!(again, Command::Ignore(CallbackRefusal::Used)), "{url}");
        }
        (_, meaning) => panic!("{url} means {meaning:?} and something else was done"),
    }
}

/// Reads a URL as the standards do.
fn meaning(redirect_uri: &str, iss_required: bool, text: &str) -> Meaning {
    let Ok(url) = text.parse::<Url>() else {
        return Meaning::Foreign;
    };
    let mut without = url.clone();
    without.set_query(None);
    without.set_fragment(None);
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let all = |name: &str| -> Vec<&String> { pairs.iter().filter(|(n, _)| n == name).map(|(_, v)| v).collect() };
    if text.len() > CALLBACK_BYTES_MAX
        || without.as_str() != redirect_uri
        || url.fragment().is_some_and(|fragment| !fragment.is_empty())
        || pairs.len() > CALLBACK_PARAMETERS_MAX
        || all("state") != [STATE]
    {
        return Meaning::Foreign;
    }
    let named = match all("iss")[..] {
        [] => !iss_required,
        [issuer] => issuer == ISSUER,
        _ => false,
    };
    let visible = |text: &str, most: usize| {
        !text.is_empty() && text.len() <= most && text.bytes().all(|byte| (b'!'..=b'~').contains(&byte))
    };
    match (named, &all("code")[..], &all("error")[..]) {
        (true, [code], []) if visible(code, CODE_BYTES_MAX) => Meaning::Code((*code).clone()),
        (true, [], [error]) if visible(error, ERROR_CODE_BYTES_MAX) => Meaning::Error((*error).clone()),
        _ => Meaning::Wrong,
    }
}

/// Anybody can make the app load something or open another app, unless what it does with a URL is bounded by whose page it is.
fn check_surfaces(redirect_uri: &str, url: &str) {
    let tab = BrowserTab {
        redirect_uri: redirect_uri.to_owned(),
    };
    match tab.met(url) {
        Ok(Arrival::Answer(answer)) => assert_eq!(answer, url, "it is handed on as it is"),
        Ok(Arrival::Pass) => {}
        Ok(Arrival::Load(_) | Arrival::OpenApp(_)) | Err(_) => panic!("a tab does nothing with {url}"),
    }
    let view = WebView {
        redirect_uri: redirect_uri.to_owned(),
        app_scheme: APP_SCHEME.to_owned(),
        resume_uri: RESUME_URI.to_owned(),
        provider_host: PROVIDER_HOST.to_owned(),
    };
    match view.met(url) {
        Ok(Arrival::Answer(answer)) => assert_eq!(answer, url, "it is handed on as it is"),
        Ok(Arrival::Load(page)) => assert_provider_page(&page),
        Ok(Arrival::OpenApp(app)) => {
            assert_eq!(app.scheme(), APP_SCHEME);
            for (name, value) in app.query_pairs() {
                let name = name.to_ascii_lowercase();
                if name == "successurl" || name == "failureurl" {
                    match view.met(&value) {
                        Ok(Arrival::Load(page)) => assert_provider_page(&page),
                        other => panic!("the provider's app returns by {value}, which is {other:?}"),
                    }
                }
            }
        }
        Ok(Arrival::Pass) | Err(_) => {}
    }
}

fn assert_provider_page(page: &Url) {
    assert_eq!(page.scheme(), "https", "{page}");
    assert_eq!(page.host_str(), Some(PROVIDER_HOST), "{page}");
    assert_eq!(page.port_or_known_default(), Some(443), "{page}");
    assert!(page.username().is_empty() && page.password().is_none(), "{page}");
}

/// A flow that waits, as it is kept while the page is open: its secrets are known here and nothing is random.
pub(crate) struct Waiting {
    pub(crate) redirect_uri: &'static str,
    pub(crate) iss_required: bool,
    pub(crate) issuer: String,
    pub(crate) client_id: String,
    pub(crate) nonce: String,
}

impl Default for Waiting {
    fn default() -> Self {
        Self {
            redirect_uri: REDIRECTS[0],
            iss_required: true,
            issuer: ISSUER.to_owned(),
            client_id: "rabt-app".to_owned(),
            nonce: "fuzz-nonce".to_owned(),
        }
    }
}

impl Waiting {
    pub(crate) fn flow(&self) -> Flow {
        let stored = json!({
            "version": 1, "issuer": self.issuer, "client_id": self.client_id, "redirect_uri": self.redirect_uri,
            "state": STATE, "nonce": self.nonce, "verifier": VERIFIER,
            "acr_at_least": null, "max_age_seconds": null, "subject": null, "begun_at_ms": BEGUN_AT_MS,
            "waiting": {
                "token": "https://id.example/token", "jwks": "https://id.example/jwks",
                "iss_required": self.iss_required, "proof": true, "algorithms": ["ES256"],
            },
        });
        Flow::from_bytes(stored.to_string().as_bytes()).expect("a flow of this form is read")
    }
}

fn waiting(redirect_uri: &'static str, iss_required: bool) -> Flow {
    let usual = Waiting::default();
    Waiting {
        redirect_uri,
        iss_required,
        ..usual
    }
    .flow()
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(BEGUN_AT_MS + seconds * 1000).expect("within the years")
}
