//! A person in front of a browser, for tests in other languages: the city's own browser opens the page.

use super::{Control, ControlError, people};
use crate::browser::{Browser, BrowserError, Intent};
use url::Url;

impl Control {
    /// Opens a page of the city's as a persona in a browser without cookies, does there what `intent` says, and returns the
    /// address that the page leads away to: what the operating system would hand to the app.
    ///
    /// # Errors
    /// [`ControlError::NotFound`] where there is no such persona; [`ControlError::Invalid`] on `url` where it isn't an address of the
    /// identity provider's or the bank's, or the page did not lead back to an app.
    pub async fn visit(&self, persona_id: &str, url: &str, intent: Intent) -> Result<String, ControlError> {
        people::find(persona_id)?;
        self.check_page(url)?;
        let mut browser = Browser::of_city(self.ctx(), self.running.authority.certificate_pem())?;
        Ok(browser.visit(url, persona_id, intent).await?)
    }

    /// Control must not be a way to have this machine call whoever somebody names.
    fn check_page(&self, url: &str) -> Result<(), ControlError> {
        let addresses = &self.ctx().addresses;
        let origin = |address: &str| Url::parse(address).ok().map(|url| url.origin());
        let asked = origin(url);
        let pages = [&addresses.identity, &addresses.bank];
        if asked.is_some() && pages.iter().any(|page| origin(page) == asked) {
            Ok(())
        } else {
            Err(ControlError::invalid(
                "url",
                "a page of the identity provider's or the bank's, as beginning to sign in or to link answers it",
            ))
        }
    }
}

impl From<BrowserError> for ControlError {
    fn from(error: BrowserError) -> Self {
        match error {
            BrowserError::Input { field, reason } => Self::invalid(field, reason),
            other => Self::invalid("url", other.to_string()),
        }
    }
}
