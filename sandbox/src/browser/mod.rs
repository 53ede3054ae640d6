//! A browser with a person in front of it, for tests: it opens the page that a client would open in the system's browser, fills
//! in the form as a persona would, keeps cookies, follows the party's own redirects, and stops at the first one that leads
//! away. What it returns there is what the operating system would hand back to the app.
//!
//! It goes over real sockets and reads real HTML; it knows the names of the fields and nothing of what is behind the pages.

mod cookies;
mod form;

use crate::{
    bank,
    city::City,
    clock,
    context::Ctx,
    personas::{self, Persona, PersonaCard},
    server::tls,
};
use cookies::Cookies;
use form::Form;
use http::{StatusCode, header};
use url::{Origin, Url, form_urlencoded};

/// The city's pages take two or three redirects; more is a loop.
const HOPS_MAX: usize = 8;
/// The city's pages ask once; another form says that the first was not taken.
const FORMS_MAX: usize = 1;
/// The pages are a few kilobytes.
const PAGE_BYTES_MAX: usize = 512 * 1024;
/// Any three digits: test cards have no other secret.
const CVC: &str = "123";

/// A visit didn't lead back to the client.
#[derive(Debug, thiserror::Error)]
pub enum BrowserError {
    /// The certificate of the city's authority, or the address, can't be read.
    #[error("{field} can't be used: {reason}")]
    Input {
        /// Which of the two, or the persona.
        field: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// A page didn't answer.
    #[error("the page didn't answer: {0}")]
    Network(#[from] reqwest::Error),
    /// A page answered, but not with a form or a redirect.
    #[error("the page answered {status}: {text}")]
    Page {
        /// Its status.
        status: u16,
        /// What it says, without its marks.
        text: String,
    },
    /// The page asked again: what the persona entered was not taken, or wasn't enough.
    #[error("the page did not take what was entered: {text}")]
    AsksAgain {
        /// What it says, without its marks.
        text: String,
    },
    /// It redirects in a circle.
    #[error("more than {HOPS_MAX} redirects")]
    Circle,
}

/// What the person does on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Intent {
    /// Enters what is asked for and goes on.
    Approve,
    /// The same, with the second factor where there is a field for it.
    ApproveWithSecondFactor,
    /// Presses the button that ends it.
    Refuse,
}

/// A browser with its cookies.
pub struct Browser {
    client: reqwest::Client,
    cookies: Cookies,
    /// Whose cards the personas carry; absent where the city is in another process.
    city: Option<Ctx>,
}

impl std::fmt::Debug for Browser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Browser").finish_non_exhaustive()
    }
}

impl Browser {
    /// One that trusts the authority in `ca_pem`, without cookies.
    ///
    /// # Errors
    /// [`BrowserError::Input`] where the certificate can't be read.
    pub fn new(ca_pem: &str) -> Result<Self, BrowserError> {
        let tls = tls::client_config(ca_pem).map_err(|error| BrowserError::Input {
            field: "ca_pem",
            reason: error.to_string(),
        })?;
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()?;
        Ok(Self {
            client,
            cookies: Cookies::default(),
            city: None,
        })
    }

    /// [`Browser::new`] for people who carry the cards of the city behind `ctx`.
    pub(crate) fn of_city(ctx: &Ctx, ca_pem: &str) -> Result<Self, BrowserError> {
        let mut browser = Self::new(ca_pem)?;
        browser.city = Some(Ctx::clone(ctx));
        Ok(browser)
    }

    /// Opens a page as a persona and does there what `intent` says; returns the address that the page leads away to.
    ///
    /// # Errors
    /// [`BrowserError`].
    pub async fn visit(&mut self, url: &str, persona_id: &str, intent: Intent) -> Result<String, BrowserError> {
        let persona = personas::find(persona_id).ok_or_else(|| BrowserError::Input {
            field: "persona_id",
            reason: format!("there is no `{persona_id}`"),
        })?;
        let mut url = Url::parse(url).map_err(|error| BrowserError::Input {
            field: "url",
            reason: error.to_string(),
        })?;
        let party = url.origin();
        let mut request = self.client.get(url.clone());
        let (mut hops, mut forms) = (0, 0);
        loop {
            let response = self.send(request, &url).await?;
            if response.status().is_redirection() {
                hops += 1;
                if hops > HOPS_MAX {
                    return Err(BrowserError::Circle);
                }
                match self.redirected(&response, &url, &party)? {
                    Step::Away(location) => return Ok(location),
                    Step::On(next) => url = next,
                }
                request = self.client.get(url.clone());
                continue;
            }
            let status = response.status();
            let html = page(response).await?;
            let Some(mut form) = Form::read(&html).filter(|_| status == StatusCode::OK || forms > 0) else {
                return Err(BrowserError::Page {
                    status: status.as_u16(),
                    text: form::text(&html),
                });
            };
            forms += 1;
            if forms > FORMS_MAX {
                return Err(BrowserError::AsksAgain {
                    text: form::text(&html),
                });
            }
            self.fill(&mut form, persona, intent);
            url = url.join(&form.action).map_err(|error| BrowserError::Input {
                field: "url",
                reason: error.to_string(),
            })?;
            let body = form_urlencoded::Serializer::new(String::new())
                .extend_pairs(&form.fields)
                .finish();
            request = self
                .client
                .post(url.clone())
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .header(header::ORIGIN, url.origin().ascii_serialization())
                .body(body);
        }
    }

    async fn send(&mut self, request: reqwest::RequestBuilder, url: &Url) -> Result<reqwest::Response, BrowserError> {
        let request = match self.cookies.header(url) {
            Some(cookies) => request.header(header::COOKIE, cookies),
            None => request,
        };
        let response = request.header(header::ACCEPT, "text/html").send().await?;
        self.cookies.take(url, response.headers());
        Ok(response)
    }

    fn redirected(&self, response: &reqwest::Response, url: &Url, party: &Origin) -> Result<Step, BrowserError> {
        let location = response
            .headers()
            .get(header::LOCATION)
            .and_then(|location| location.to_str().ok());
        let page = |text: &str| BrowserError::Page {
            status: response.status().as_u16(),
            text: text.to_owned(),
        };
        let location = location.ok_or_else(|| page("a redirect without an address"))?;
        let next = url.join(location).map_err(|_| page(location))?;
        if next.origin() == *party {
            Ok(Step::On(next))
        } else {
            Ok(Step::Away(location.to_owned()))
        }
    }

    fn fill(&self, form: &mut Form, persona: &Persona, intent: Intent) {
        if intent == Intent::Refuse {
            form.press(&["cancel", "deny"]);
            return;
        }
        form.set("persona", &persona.persona_id);
        form.set("pin", &persona.pin);
        if intent == Intent::ApproveWithSecondFactor {
            form.set("otp", &persona.otp);
        }
        if let Some(card) = &persona.card {
            form.set("number", &card.number);
            form.set("expiry", &self.expiry_of(persona, card));
            form.set("cvc", CVC);
        }
        form.press(&["sign-in", "approve"]);
    }
}

impl Browser {
    /// What is printed on the card. A city in another process is taken to keep the machine's time, and to have given the card
    /// out this month.
    fn expiry_of(&self, persona: &Persona, card: &PersonaCard) -> String {
        let printed = self
            .city
            .as_ref()
            .and_then(|ctx| bank::admin::card_expiry(ctx, &persona.subject).ok());
        printed.unwrap_or_else(|| {
            let today = clock::dubai_date(clock::machine_ms());
            let months = jiff::Span::new().months(i64::from(card.expires_in_months));
            today.checked_add(months).unwrap_or(today).strftime("%m/%y").to_string()
        })
    }
}

enum Step {
    On(Url),
    Away(String),
}

async fn page(mut response: reqwest::Response) -> Result<String, BrowserError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > PAGE_BYTES_MAX {
            break;
        }
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A client's end of TLS that trusts the authority in `ca_pem` and no other, for a test's own client
/// (`reqwest::ClientBuilder::tls_backend_preconfigured`). It speaks HTTP/2 and HTTP/1.1.
///
/// # Errors
/// [`BrowserError::Input`] where the certificate can't be read.
pub fn tls(ca_pem: &str) -> Result<rustls::ClientConfig, BrowserError> {
    tls::client_config(ca_pem).map_err(|error| BrowserError::Input {
        field: "ca_pem",
        reason: error.to_string(),
    })
}

/// Signs in at the identity provider with a browser of its own: returns the callback with its `code`. `step_up` says whether the
/// persona enters the second factor where the page asks for it.
///
/// # Errors
/// [`BrowserError`].
pub async fn sign_in_as(
    ca_pem: &str,
    authorize_url: &str,
    persona_id: &str,
    step_up: bool,
) -> Result<String, BrowserError> {
    let intent = if step_up {
        Intent::ApproveWithSecondFactor
    } else {
        Intent::Approve
    };
    Browser::new(ca_pem)?.visit(authorize_url, persona_id, intent).await
}

/// Approves the consent, or enters the card, on the bank's page with a browser of its own: returns the address with its `code`.
///
/// # Errors
/// [`BrowserError`].
pub async fn approve_at_bank(ca_pem: &str, authorize_url: &str, persona_id: &str) -> Result<String, BrowserError> {
    Browser::new(ca_pem)?
        .visit(authorize_url, persona_id, Intent::Approve)
        .await
}

impl City {
    /// A browser that trusts this city, for people who carry its cards.
    ///
    /// # Errors
    /// [`BrowserError::Input`] where the city's certificate can't be read.
    pub fn browser(&self) -> Result<Browser, BrowserError> {
        Browser::of_city(self.ctx(), self.ca_pem())
    }

    /// [`sign_in_as`], in this city.
    ///
    /// # Errors
    /// [`BrowserError`].
    pub async fn sign_in_as(
        &self,
        authorize_url: &str,
        persona_id: &str,
        step_up: bool,
    ) -> Result<String, BrowserError> {
        let intent = if step_up {
            Intent::ApproveWithSecondFactor
        } else {
            Intent::Approve
        };
        self.browser()?.visit(authorize_url, persona_id, intent).await
    }

    /// [`approve_at_bank`], in this city.
    ///
    /// # Errors
    /// [`BrowserError`].
    pub async fn approve_at_bank(&self, authorize_url: &str, persona_id: &str) -> Result<String, BrowserError> {
        self.browser()?.visit(authorize_url, persona_id, Intent::Approve).await
    }
}
