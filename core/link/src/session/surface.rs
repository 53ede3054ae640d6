//! The three surfaces on which a person signs in, and what each does with a URL before the flow sees it.
//!
//! A browser tab and an app-to-app hop hand the redirect back as it is. UAE PASS in a web view doesn't: its page calls the UAE PASS
//! app by a URL that names where that app is to return on success and on failure, and both are the provider's own pages, which only
//! the web view can go on with. So the two are replaced by URLs of ours that carry them, and are unwrapped when they come back
//! (UAE PASS, mobile integration by API, steps 4 to 8).

use super::refusal::CallbackRefusal;
use super::{limits::CALLBACK_BYTES_MAX, metadata::is_plain_https};
use url::Url;

/// What is to be done with a URL that the surface met.
#[derive(Clone, PartialEq, Eq)]
pub enum Arrival {
    /// Hand it to the flow ([`SignIn::returned`](super::SignIn::returned)).
    Answer(String),
    /// Load it in the web view, which goes on from there.
    Load(Url),
    /// Open it in another app; the web view stays where it is.
    OpenApp(Url),
    /// It concerns nobody here: let the surface do what it does with any URL.
    Pass,
}

/// A URL holds codes and states, so it isn't shown.
impl std::fmt::Debug for Arrival {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Answer(_) => "Answer(…)",
            Self::Load(_) => "Load(…)",
            Self::OpenApp(_) => "OpenApp(…)",
            Self::Pass => "Pass",
        })
    }
}

/// A way of showing the provider's pages.
pub trait Surface: Send + Sync {
    /// A URL that the surface is about to load, or that the system has handed to the app.
    ///
    /// # Errors
    /// [`CallbackRefusal`] for a URL that pretends to be one of ours and isn't. The sign-in goes on waiting.
    fn met(&self, url: &str) -> Result<Arrival, CallbackRefusal>;
}

/// The system's browser (RFC 8252): only the redirect comes back.
#[derive(Clone, Debug)]
pub struct BrowserTab {
    /// Where the provider sends the person back to.
    pub redirect_uri: String,
}

impl Surface for BrowserTab {
    fn met(&self, url: &str) -> Result<Arrival, CallbackRefusal> {
        Ok(answer_or_pass(url, &self.redirect_uri))
    }
}

/// The provider's own app on the same phone (`acr_values` of "mobile on device"): it returns to an app link as a browser does.
#[derive(Clone, Debug)]
pub struct AppHop {
    /// Where the provider sends the person back to.
    pub redirect_uri: String,
}

impl Surface for AppHop {
    fn met(&self, url: &str) -> Result<Arrival, CallbackRefusal> {
        Ok(answer_or_pass(url, &self.redirect_uri))
    }
}

/// A web view that hops to the provider's app and back.
#[derive(Clone, Debug)]
pub struct WebView {
    /// Where the provider sends the person back to.
    pub redirect_uri: String,
    /// The scheme of the provider's app: `uaepass`, or `uaepassstg` for its staging.
    pub app_scheme: String,
    /// A URL of this app, without query, by which the provider's app returns to it: `rabt-demo:/resume`.
    pub resume_uri: String,
    /// The provider's host. Pages of any other are never loaded because a URL says so.
    pub provider_host: String,
}

/// The parameters that name where the provider's app returns to, as UAE PASS's guide for native apps writes them; they are
/// compared without regard to case.
const RETURNS: [&str; 2] = ["successurl", "failureurl"];
/// The parameter in which our own URL carries the provider's.
const CARRIED: &str = "url";
/// The most parameters that are read.
const PARAMETERS_MAX: usize = 32;

impl Surface for WebView {
    fn met(&self, url: &str) -> Result<Arrival, CallbackRefusal> {
        if is_under(url, &self.redirect_uri) {
            return Ok(Arrival::Answer(url.to_owned()));
        }
        if is_under(url, &self.resume_uri) {
            return self.unwrap(url).map(Arrival::Load);
        }
        match parsed(url) {
            Ok(to_app) if to_app.scheme() == self.app_scheme => self.wrap(to_app).map(Arrival::OpenApp),
            _ => Ok(Arrival::Pass),
        }
    }
}

impl WebView {
    /// Replaces where the provider's app returns to by URLs of ours that carry the provider's.
    fn wrap(&self, mut to_app: Url) -> Result<Url, CallbackRefusal> {
        let pairs: Vec<(String, String)> = pairs(&to_app)?;
        let mut wrapped = Vec::with_capacity(pairs.len());
        for (name, value) in pairs {
            let value = if RETURNS.iter().any(|known| name.eq_ignore_ascii_case(known)) {
                self.provider_page(&value)?;
                let mut resume = parsed(&self.resume_uri)?;
                resume.query_pairs_mut().append_pair(CARRIED, &value);
                resume.into()
            } else {
                value
            };
            wrapped.push((name, value));
        }
        to_app.query_pairs_mut().clear().extend_pairs(wrapped);
        Ok(to_app)
    }

    /// The provider's page that one of our URLs carries.
    fn unwrap(&self, resume: &str) -> Result<Url, CallbackRefusal> {
        let pairs = pairs(&parsed(resume)?)?;
        let mut carried = pairs.into_iter().filter(|(name, _)| name == CARRIED);
        match (carried.next(), carried.next()) {
            (None, _) => Err(CallbackRefusal::Missing(CARRIED)),
            (Some(_), Some(_)) => Err(CallbackRefusal::Doubled(CARRIED)),
            (Some((_, page)), None) => self.provider_page(&page),
        }
    }

    /// Anybody can send the app a URL: what it makes the web view load is a page of the provider's or nothing.
    fn provider_page(&self, text: &str) -> Result<Url, CallbackRefusal> {
        parsed(text)
            .ok()
            .filter(|url| is_plain_https(url) && url.host_str() == Some(&self.provider_host) && url.port().is_none())
            .ok_or(CallbackRefusal::BadValue(CARRIED))
    }
}

fn answer_or_pass(url: &str, redirect_uri: &str) -> Arrival {
    if is_under(url, redirect_uri) {
        Arrival::Answer(url.to_owned())
    } else {
        Arrival::Pass
    }
}

/// Whether a URL is `base` but for query and fragment.
fn is_under(url: &str, base: &str) -> bool {
    use url::Position::AfterPath;
    match (parsed(url), parsed(base)) {
        (Ok(url), Ok(base)) => url[..AfterPath] == base[..AfterPath],
        _ => false,
    }
}

fn parsed(text: &str) -> Result<Url, CallbackRefusal> {
    if text.len() > CALLBACK_BYTES_MAX {
        return Err(CallbackRefusal::Malformed);
    }
    text.parse().map_err(|_| CallbackRefusal::Malformed)
}

fn pairs(url: &Url) -> Result<Vec<(String, String)>, CallbackRefusal> {
    let pairs: Vec<_> = url
        .query_pairs()
        .take(PARAMETERS_MAX + 1)
        .map(|(n, v)| (n.into_owned(), v.into_owned()))
        .collect();
    if pairs.len() > PARAMETERS_MAX {
        Err(CallbackRefusal::Malformed)
    } else {
        Ok(pairs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn web_view() -> WebView {
        WebView {
            redirect_uri: "rabt-demo:/signed-in".into(),
            app_scheme: "uaepass".into(),
            resume_uri: "rabt-demo:/resume".into(),
            provider_host: "id.example".into(),
        }
    }

    fn to_app(success: &str, failure: &str) -> String {
        let mut url: Url = "uaepass://digitalid-authorization/auth?k=1".parse().unwrap();
        url.query_pairs_mut()
            .append_pair("successURL", success)
            .append_pair("failureURL", failure);
        url.into()
    }

    #[test]
    fn the_hop_to_the_providers_app_leads_back_to_the_providers_page() {
        let view = web_view();
        let (success, failure) = ("https://id.example/ok?session=1&x=2", "https://id.example/no?session=1");
        let Ok(Arrival::OpenApp(opened)) = view.met(&to_app(success, failure)) else {
            panic!("not opened");
        };
        assert_eq!(opened.scheme(), "uaepass");
        let returns: Vec<String> = opened.query_pairs().map(|(_, value)| value.into_owned()).collect();
        assert_eq!(returns[0], "1");
        assert!(returns[1].starts_with("rabt-demo:/resume?") && returns[2].starts_with("rabt-demo:/resume?"));
        assert_eq!(view.met(&returns[1]), Ok(Arrival::Load(success.parse().unwrap())));
        assert_eq!(view.met(&returns[2]), Ok(Arrival::Load(failure.parse().unwrap())));
        let redirect = "rabt-demo:/signed-in?code=1&state=2";
        assert_eq!(view.met(redirect), Ok(Arrival::Answer(redirect.into())));
    }

    #[test]
    fn only_the_providers_own_pages_are_loaded() {
        let view = web_view();
        for page in [
            "https://evil.example/",
            "http://id.example/",
            "https://id.example@evil.example/",
            "https://id.example:8443/",
            "javascript:alert(1)",
            "",
        ] {
            let mut resume: Url = "rabt-demo:/resume".parse().unwrap();
            resume.query_pairs_mut().append_pair("url", page);
            assert_eq!(
                view.met(resume.as_str()),
                Err(CallbackRefusal::BadValue("url")),
                "{page}"
            );
            assert_eq!(
                view.met(&to_app(page, "https://id.example/no")),
                Err(CallbackRefusal::BadValue("url")),
                "{page}"
            );
        }
        assert_eq!(view.met("rabt-demo:/resume"), Err(CallbackRefusal::Missing("url")));
        assert_eq!(
            view.met("rabt-demo:/resume?url=https://id.example/&url=https://id.example/"),
            Err(CallbackRefusal::Doubled("url"))
        );
    }

    #[test]
    fn a_tab_takes_the_redirect_and_nothing_else() {
        let redirect_uri = "https://app.example/back".to_owned();
        let surfaces: [Box<dyn Surface>; 2] = [
            Box::new(BrowserTab {
                redirect_uri: redirect_uri.clone(),
            }),
            Box::new(AppHop { redirect_uri }),
        ];
        for surface in surfaces {
            let answer = "https://app.example/back?code=1";
            assert_eq!(surface.met(answer), Ok(Arrival::Answer(answer.into())));
            for other in [
                "https://app.example/back/more",
                "https://app.example.evil/back",
                "x",
                "rabt-demo:/resume",
            ] {
                assert_eq!(surface.met(other), Ok(Arrival::Pass), "{other}");
            }
        }
    }
}
