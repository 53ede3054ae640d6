//! A person with a browser in front of the foreign provider's pages.

use reqwest::{
    RequestBuilder, Response, StatusCode,
    header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE},
};
use serde_json::Value;
use std::collections::BTreeMap;
use url::{Url, form_urlencoded};

/// The provider's pages ask twice and redirect between; more is a circle.
const STEPS_MAX: usize = 16;

/// What the person does on the pages.
#[derive(Clone, Copy, Debug)]
pub enum Person<'a> {
    /// Says who they are, at a level, and agrees.
    Approves {
        /// Who.
        who: &'a str,
        /// The level that they reach.
        acr: &'a str,
    },
    /// Ends it where they are asked who they are.
    CancelsSigningIn,
    /// Says who they are, and then doesn't agree.
    CancelsConsent,
}

impl Person<'_> {
    fn form(&self, prompt: &str) -> Vec<(&'static str, String)> {
        match (*self, prompt) {
            (Self::Approves { who, acr }, _) => vec![
                ("act", "approve".to_owned()),
                ("person", who.to_owned()),
                ("acr", acr.to_owned()),
            ],
            (Self::CancelsConsent, "login") => {
                vec![("act", "approve".to_owned()), ("person", "somebody".to_owned())]
            }
            _ => vec![("act", "cancel".to_owned())],
        }
    }
}

/// Cookies by name: there is one host, and no name of its is used on two paths at once.
#[derive(Default)]
struct Browser {
    cookies: BTreeMap<String, String>,
}

impl Browser {
    async fn send(&mut self, request: RequestBuilder) -> Response {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let response = request.header(COOKIE, cookies.join("; ")).send().await;
        let response = response.expect("the page answers");
        for set in response.headers().get_all(SET_COOKIE) {
            let pair = set
                .to_str()
                .expect("a cookie is text")
                .split(';')
                .next()
                .unwrap_or_default();
            let (name, value) = pair.split_once('=').expect("a cookie has a name");
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        response
    }
}

pub(super) async fn visit(root_pem: &str, url: &str, person: Person<'_>) -> String {
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(rabt_sandbox::browser::tls(root_pem).expect("its certificate can be trusted"))
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .expect("a client");
    let mut browser = Browser::default();
    let mut url: Url = url.parse().expect("a URL");
    let party = url.origin();
    let mut request = client.get(url.clone());
    for _ in 0..STEPS_MAX {
        let response = browser.send(request).await;
        if response.status().is_redirection() {
            let to = response.headers()[LOCATION].to_str().expect("an address").to_owned();
            let next = url.join(&to).expect("an address");
            if next.origin() != party {
                return to;
            }
            url = next;
            request = client.get(url.clone());
            continue;
        }
        let (status, page) = (response.status(), response.text().await.expect("a page"));
        assert_eq!(status, StatusCode::OK, "{page}");
        let asked: Value = serde_json::from_str(&page).unwrap_or_else(|_| panic!("another page: {page}"));
        let form = person.form(asked["prompt"].as_str().expect("what is asked"));
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        request = client
            .post(url.clone())
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(body);
    }
    panic!("the provider's pages go round in a circle");
}
