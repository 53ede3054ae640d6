//! The pages' HTML: self-contained, no script, nothing loaded from anywhere, right to left in Arabic.

use super::{
    CardFault, Fault,
    words::{self, Language, Words},
};
use axum::response::{IntoResponse, Response};
use http::{HeaderName, StatusCode, header};
use rabt_protocol::{Localized, instrument::InstrumentKind};
use std::fmt::Write as _;

/// An account that a person can choose.
pub(super) struct Choice {
    pub(super) account_id: String,
    pub(super) last_four: String,
    pub(super) holder: Localized,
}

/// The page of an open visit.
pub(super) struct Page<'a> {
    pub(super) language: Language,
    pub(super) session_id: &'a str,
    pub(super) kind: InstrumentKind,
    pub(super) choices: &'a [Choice],
    pub(super) fault: Option<Fault>,
}

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;margin:0;background:#f2f4f3;color:#16211d}\
main{max-width:26rem;margin:2rem auto;padding:1.5rem;background:#fff;border-radius:12px;box-shadow:0 1px 4px #0002}\
h1{font-size:1.25rem;margin:.25rem 0 .75rem}.note{font-size:.875rem;color:#51605a}\
.fault{color:#a11;font-weight:600}label{display:block;margin:.75rem 0}\
input[type=text]{display:block;width:100%;box-sizing:border-box;font:inherit;padding:.6rem;border:1px solid #aab5b0;border-radius:8px}\
button{font:inherit;padding:.65rem 1.25rem;border-radius:8px;border:1px solid #0b5d4b;margin-inline-end:.5rem;cursor:pointer}\
.go{background:#0b5d4b;color:#fff}.stop{background:#fff;color:#0b5d4b}a{color:#0b5d4b}";

impl Page<'_> {
    /// The whole document.
    pub(super) fn render(&self) -> String {
        let is_card = self.kind == InstrumentKind::Card;
        let (title, text) = if is_card {
            (words::CARD_TITLE, words::CARD_TEXT)
        } else {
            (words::CONSENT_TITLE, words::CONSENT_TEXT)
        };
        let mut body = String::new();
        self.other_language(&mut body);
        self.element(&mut body, "h1", "", title);
        self.element(&mut body, "p", "", text);
        if let Some(fault) = self.fault {
            self.element(&mut body, "p", " class=\"fault\" role=\"alert\"", words_of(fault));
        }
        let _ = write!(
            body,
            "<form method=\"post\" action=\"/authorize\" autocomplete=\"off\">\
             <input type=\"hidden\" name=\"session\" value=\"{}\"><input type=\"hidden\" name=\"lang\" value=\"{}\">",
            escape(self.session_id),
            tag(self.language)
        );
        if is_card {
            self.card_fields(&mut body);
        } else {
            self.account_fields(&mut body);
        }
        if is_card || !self.choices.is_empty() {
            let approve = if is_card { words::ADD } else { words::APPROVE };
            self.element(
                &mut body,
                "button",
                " class=\"go\" name=\"decision\" value=\"approve\"",
                approve,
            );
        }
        self.element(
            &mut body,
            "button",
            " class=\"stop\" name=\"decision\" value=\"deny\" formnovalidate",
            words::DENY,
        );
        body.push_str("</form>");
        document(self.language, title, &body)
    }

    fn other_language(&self, body: &mut String) {
        let other = match self.language {
            Language::English => Language::Arabic,
            Language::Arabic => Language::English,
        };
        let _ = write!(
            body,
            "<p class=\"note\"><a lang=\"{tag}\" href=\"/authorize?session={session}&amp;lang={tag}\">{name}</a></p>",
            tag = tag(other),
            session = escape(self.session_id),
            name = words::OTHER_LANGUAGE.pick(self.language)
        );
    }

    fn account_fields(&self, body: &mut String) {
        if self.choices.is_empty() {
            self.element(body, "p", "", words::NO_ACCOUNT);
        }
        for (index, choice) in self.choices.iter().enumerate() {
            let holder = match self.language {
                Language::English => &choice.holder.en,
                Language::Arabic => &choice.holder.ar,
            };
            let _ = write!(
                body,
                "<label><input type=\"radio\" name=\"account\" value=\"{}\"{}> {} <bdi>{}</bdi><br>\
                 <span class=\"note\">{}</span></label>",
                escape(&choice.account_id),
                if index == 0 { " checked" } else { "" },
                words::ACCOUNT.pick(self.language),
                escape(&choice.last_four),
                escape(holder)
            );
        }
    }

    fn card_fields(&self, body: &mut String) {
        let fields = [
            ("number", words::NUMBER, "4242 4242 4242 4242", 23),
            ("expiry", words::EXPIRY, "12/30", 7),
            ("cvc", words::CVC, "123", 4),
        ];
        for (name, label, example, chars_max) in fields {
            let _ = write!(
                body,
                "<label>{}<input type=\"text\" name=\"{name}\" inputmode=\"numeric\" dir=\"ltr\" required \
                 maxlength=\"{chars_max}\" placeholder=\"{example}\"></label>",
                label.pick(self.language)
            );
        }
    }

    fn element(&self, body: &mut String, name: &str, attributes: &str, text: Words) {
        let _ = write!(body, "<{name}{attributes}>{}</{name}>", text.pick(self.language));
    }
}

fn words_of(fault: Fault) -> Words {
    match fault {
        Fault::Card(CardFault::Number) => words::BAD_NUMBER,
        Fault::Card(CardFault::NotATestCard) => words::NOT_A_TEST_CARD,
        Fault::Card(CardFault::Expiry) => words::BAD_EXPIRY,
        Fault::Card(CardFault::Cvc) => words::BAD_CVC,
        Fault::Account => words::BAD_ACCOUNT,
        Fault::Decision => words::BAD_DECISION,
    }
}

/// A visit that is over, or never was.
pub(super) fn gone(language: Language) -> Response {
    let text = words::GONE_TEXT.pick(language);
    let title = words::GONE_TITLE.pick(language);
    let body = format!("<h1>{title}</h1><p>{text}</p>");
    (
        StatusCode::GONE,
        headers(),
        document(language, words::GONE_TITLE, &body),
    )
        .into_response()
}

/// Sends the browser on; it forgets the form.
pub(super) fn go_to(location: &str) -> Response {
    let headers = [
        (header::LOCATION, location),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (StatusCode::SEE_OTHER, headers).into_response()
}

/// What every page is served with: no script, no frame, no copy in a cache, no address told to anybody.
pub(super) fn headers() -> [(HeaderName, &'static str); 5] {
    [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
        ),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ]
}

pub(super) fn document(language: Language, title: Words, body: &str) -> String {
    let (lang, dir) = match language {
        Language::English => ("en", "ltr"),
        Language::Arabic => ("ar", "rtl"),
    };
    format!(
        "<!doctype html><html lang=\"{lang}\" dir=\"{dir}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>{}</title><style>{STYLE}</style></head>\
         <body><main>{body}<p class=\"note\">{}</p></main></body></html>",
        title.pick(language),
        words::SIMULATED.pick(language)
    )
}

pub(super) fn tag(language: Language) -> &'static str {
    match language {
        Language::English => "en",
        Language::Arabic => "ar",
    }
}

pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_outside_stays_text() {
        let choices = [Choice {
            account_id: "a\"><script>".to_owned(),
            last_four: "1234".to_owned(),
            holder: Localized::new("<b>Somebody</b>", "شخص"),
        }];
        let page = Page {
            language: Language::English,
            session_id: "ses_'x",
            kind: InstrumentKind::BankAccount,
            choices: &choices,
            fault: None,
        };
        let html = page.render();
        assert!(!html.contains("<script>") && !html.contains("<b>"));
        assert!(html.contains("&lt;b&gt;Somebody") && html.contains("ses_&#39;x"));
    }

    #[test]
    fn arabic_is_right_to_left() {
        let page = Page {
            language: Language::Arabic,
            session_id: "s",
            kind: InstrumentKind::Card,
            choices: &[],
            fault: Some(Fault::Card(CardFault::NotATestCard)),
        };
        let html = page.render();
        assert!(html.contains("dir=\"rtl\"") && html.contains(words::NOT_A_TEST_CARD.ar));
    }
}
