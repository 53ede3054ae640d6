//! What a person sees: the page to sign in on, and the few that say why there is none. Plain HTML without a script, in English or in
//! Arabic from right to left; a browser shows it, a test posts its form.

mod html;
mod words;

use super::{error::IdentityError, request::Language};
use crate::personas;
use axum::response::Response;
use html::{document, escaped};
use http::{HeaderMap, StatusCode, header};
use words::Words;

/// The language of a page: the request's wish, else the browser's, else English.
pub(super) fn language(asked: Option<Language>, headers: &HeaderMap) -> Language {
    let accepted = || {
        headers
            .get(header::ACCEPT_LANGUAGE)?
            .to_str()
            .ok()
            .and_then(|tags| Language::of(tags.split(',')))
    };
    asked.or_else(accepted).unwrap_or(Language::English)
}

/// What the page tells beside its form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Notice {
    /// No person was chosen, or one that doesn't exist.
    NobodyChosen,
    /// The PIN or the code was wrong; so many more may be.
    Wrong { left: u32 },
    /// There were too many; only cancelling is left.
    Locked,
}

impl Notice {
    fn status(self) -> StatusCode {
        match self {
            Self::NobodyChosen | Self::Wrong { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Locked => StatusCode::FORBIDDEN,
        }
    }

    fn text(self, words: &Words) -> String {
        match self {
            Self::NobodyChosen => words.nobody_chosen.to_owned(),
            Self::Wrong { left } => format!("{} {}: {left}", words.wrong, words.tries_left),
            Self::Locked => words.locked.to_owned(),
        }
    }
}

/// The page to sign in on.
pub(super) struct SignInPage<'a> {
    pub(super) id: &'a str,
    pub(super) csrf: &'a str,
    pub(super) client_id: &'a str,
    /// Whether the one-time code is asked for too.
    pub(super) asks_for_code: bool,
    pub(super) locked: bool,
    /// Who is chosen beforehand.
    pub(super) chosen: Option<&'a str>,
    pub(super) notice: Option<Notice>,
    pub(super) language: Language,
}

/// Shows it.
pub(super) fn sign_in(page: &SignInPage<'_>) -> Response {
    let words = Words::of(page.language);
    let mut body = format!(
        "<h1>{}</h1><p>{} <strong><bdi>{}</bdi></strong></p>",
        words.sign_in,
        words.for_app,
        escaped(page.client_id)
    );
    if let Some(notice) = page.notice {
        body.push_str(&format!(
            "<p class=\"notice\" role=\"alert\">{}</p>",
            escaped(&notice.text(words))
        ));
    }
    body.push_str(&format!(
        "<form method=\"post\" action=\"/interaction/{}\" autocomplete=\"off\">\
         <input type=\"hidden\" name=\"csrf\" value=\"{}\">",
        escaped(page.id),
        escaped(page.csrf)
    ));
    if !page.locked {
        body.push_str(&people(page, words));
        body.push_str(&entry("pin", words.pin, "off"));
        if page.asks_for_code {
            body.push_str(&format!("<p>{}</p>", words.why_code));
            body.push_str(&entry("otp", words.code, "one-time-code"));
        }
        body.push_str(&button("sign-in", words.sign_in, ""));
    }
    body.push_str(&button("cancel", words.cancel, " class=\"plain\" formnovalidate"));
    body.push_str("</form>");
    if !page.locked {
        body.push_str(&testers_aid(words));
    }
    let status = page.notice.map_or(StatusCode::OK, Notice::status);
    document(status, page.language, words.sign_in, &body)
}

fn people(page: &SignInPage<'_>, words: &Words) -> String {
    let mut fieldset = format!("<fieldset><legend>{}</legend>", words.who);
    for person in personas::all() {
        let checked = if page.chosen == Some(&person.persona_id) {
            " checked"
        } else {
            ""
        };
        fieldset.push_str(&format!(
            "<label class=\"person\"><input type=\"radio\" name=\"persona\" value=\"{}\" required{checked}>\
             <span><strong>{}</strong><small>{}</small></span></label>",
            escaped(&person.persona_id),
            escaped(words.in_this_language(&person.name)),
            escaped(words.in_this_language(&person.about)),
        ));
    }
    fieldset.push_str("</fieldset>");
    fieldset
}

fn entry(name: &str, label: &str, autocomplete: &str) -> String {
    format!(
        "<label>{label}<input name=\"{name}\" type=\"password\" inputmode=\"numeric\" maxlength=\"12\" \
         autocomplete=\"{autocomplete}\" dir=\"ltr\" required></label>"
    )
}

fn button(action: &str, label: &str, attributes: &str) -> String {
    format!("<button name=\"action\" value=\"{action}\"{attributes}>{label}</button>")
}

/// Nobody here is real, so that the page can say what to type.
fn testers_aid(words: &Words) -> String {
    let mut table = format!(
        "<details><summary>{}</summary><table><tr><th></th><th>{}</th><th>{}</th></tr>",
        words.for_testers, words.pin, words.code
    );
    for person in personas::all() {
        table.push_str(&format!(
            "<tr><td><bdi>{}</bdi></td><td>{}</td><td>{}</td></tr>",
            escaped(&person.persona_id),
            escaped(&person.pin),
            escaped(&person.otp)
        ));
    }
    table.push_str("</table></details>");
    table
}

/// A request that can't be answered to the app, because nothing says that its address is the app's.
pub(super) fn wrong_request(language: Language, error: &str, description: &str) -> Response {
    let words = Words::of(language);
    let body = format!(
        "<h1>{}</h1><p>{}</p><p class=\"detail\" dir=\"ltr\"><code>{}</code> {}</p>",
        words.wrong_request,
        words.go_back,
        escaped(error),
        escaped(description)
    );
    document(StatusCode::BAD_REQUEST, language, words.wrong_request, &body)
}

/// The interaction is over, has expired, or never was.
pub(super) fn gone(language: Language) -> Response {
    let words = Words::of(language);
    let body = format!("<h1>{}</h1><p>{}</p>", words.gone, words.go_back);
    document(StatusCode::NOT_FOUND, language, words.gone, &body)
}

/// The form wasn't our page's.
pub(super) fn forged(language: Language) -> Response {
    let words = Words::of(language);
    let body = format!("<h1>{}</h1><p>{}</p>", words.forged, words.go_back);
    document(StatusCode::FORBIDDEN, language, words.forged, &body)
}

/// The provider failed.
pub(super) fn broken(language: Language, error: &IdentityError) -> Response {
    tracing::error!(%error, "the identity provider failed");
    let words = Words::of(language);
    let body = format!("<h1>{}</h1><p>{}</p>", words.broken, words.try_later);
    document(StatusCode::INTERNAL_SERVER_ERROR, language, words.broken, &body)
}

/// Asks whether to sign out.
pub(super) fn confirm_sign_out(
    language: Language,
    csrf: &str,
    client_id: Option<&str>,
    back_to: Option<&str>,
    state: Option<&str>,
) -> Response {
    let words = Words::of(language);
    let mut form = format!(
        "<h1>{}</h1><form method=\"post\" action=\"/logout\">",
        words.sign_out_asked
    );
    let hidden = [
        ("csrf", Some(csrf)),
        ("client_id", client_id),
        ("post_logout_redirect_uri", back_to),
        ("state", state),
        ("ui_locales", Some(words.tag)),
    ];
    for (name, value) in hidden {
        if let Some(value) = value {
            form.push_str(&format!(
                "<input type=\"hidden\" name=\"{name}\" value=\"{}\">",
                escaped(value)
            ));
        }
    }
    form.push_str(&format!("<button>{}</button></form>", words.sign_out));
    document(StatusCode::OK, language, words.sign_out, &form)
}

/// The person is signed out.
pub(super) fn signed_out(language: Language) -> Response {
    let words = Words::of(language);
    let body = format!("<h1>{}</h1><p>{}</p>", words.signed_out, words.go_back);
    document(StatusCode::OK, language, words.signed_out, &body)
}
