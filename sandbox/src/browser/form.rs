//! The one form of a page, read from its HTML as far as the city's pages go: `input`, `button`, entities in attributes. It isn't a
//! reader of HTML at large.

/// The first form of a page.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Form {
    /// Where it is posted to; empty for the page's own address.
    pub(super) action: String,
    /// What is posted: hidden and typed fields, of radio buttons and boxes the chosen ones.
    pub(super) fields: Vec<(String, String)>,
    /// The names of all fields, also of radio buttons that aren't chosen.
    names: Vec<String>,
    buttons: Vec<(String, String)>,
}

impl Form {
    /// Reads it; `None` where the page has none.
    pub(super) fn read(html: &str) -> Option<Self> {
        let from = html.find("<form")?;
        let inside = &html[from..];
        let inside = &inside[..inside.find("</form>").unwrap_or(inside.len())];
        let mut tags = inside
            .split('<')
            .skip(1)
            .map(|part| part.split_once('>').map_or(part, |(tag, _)| tag));
        let action = attribute(tags.next()?, "action").unwrap_or_default();
        let mut form = Self {
            action,
            fields: Vec::new(),
            names: Vec::new(),
            buttons: Vec::new(),
        };
        for tag in tags {
            let Some(name) = attribute(tag, "name") else { continue };
            let value = attribute(tag, "value");
            if tag.starts_with("button") {
                form.buttons.push((name, value.unwrap_or_default()));
            } else if tag.starts_with("input") {
                let is_choice = matches!(attribute(tag, "type").as_deref(), Some("radio" | "checkbox"));
                form.names.push(name.clone());
                if !is_choice || flag(tag, "checked") {
                    form.fields.push((name, value.unwrap_or_default()));
                }
            }
        }
        Some(form)
    }

    /// Enters a value, or chooses it; nothing where there is no such field.
    pub(super) fn set(&mut self, name: &str, value: &str) {
        if self.names.iter().any(|known| known == name) {
            self.fields.retain(|(field, _)| field != name);
            self.fields.push((name.to_owned(), value.to_owned()));
        }
    }

    /// Presses the button with one of these values, else the first.
    pub(super) fn press(&mut self, values: &[&str]) {
        let named = self.buttons.iter().find(|(_, value)| values.contains(&value.as_str()));
        if let Some(button) = named.or(self.buttons.first()) {
            self.fields.push(button.clone());
        }
    }
}

/// The words of a page, without marks, styles and runs of white space: for an error's message.
pub(super) fn text(html: &str) -> String {
    let body = html.find("<body").map_or(html, |from| &html[from..]);
    let words = body
        .split('<')
        .map(|part| part.split_once('>').map_or(part, |(_, text)| text));
    let words = unescaped(&words.collect::<Vec<_>>().join(" "));
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let lead = format!(" {name}=\"");
    let from = tag.find(&lead)? + lead.len();
    let value = &tag[from..];
    Some(unescaped(&value[..value.find('"')?]))
}

fn flag(tag: &str, name: &str) -> bool {
    tag.trim_end_matches('/')
        .split(' ')
        .any(|word| word == name || word.starts_with(&format!("{name}=")))
}

fn unescaped(text: &str) -> String {
    // `&amp;` last: it must not make another entity.
    text.replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"<html><head><style>a{b}</style></head><body><h1>Sign&nbsp;in</h1>
        <form method="post" action="/interaction/7?a=1&amp;b=2"><input type="hidden" name="csrf" value="x&quot;y">
        <label><input type="radio" name="persona" value="one" required> One</label>
        <label><input type="radio" name="persona" value="two" required checked> Two</label>
        <input name="pin" type="password" maxlength="12"><button name="action" value="cancel" formnovalidate>No</button>
        <button name="action" value="sign-in">Go</button></form></body></html>"#;

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn a_form_is_read_as_a_browser_would_post_it() {
        let form = Form::read(PAGE).unwrap();
        assert_eq!(form.action, "/interaction/7?a=1&b=2");
        assert_eq!(
            form.fields,
            [pair("csrf", "x\"y"), pair("persona", "two"), pair("pin", "")]
        );
        assert_eq!(Form::read("<p>no form</p>"), None);
    }

    #[test]
    fn only_fields_that_are_there_are_filled_and_the_right_button_is_pressed() {
        let mut form = Form::read(PAGE).unwrap();
        form.set("persona", "one");
        form.set("pin", "1234");
        form.set("otp", "999999");
        form.press(&["sign-in", "approve"]);
        let posted = [
            pair("csrf", "x\"y"),
            pair("persona", "one"),
            pair("pin", "1234"),
            pair("action", "sign-in"),
        ];
        assert_eq!(form.fields, posted);
    }

    #[test]
    fn an_errors_message_has_the_pages_words_only() {
        assert_eq!(text(PAGE), "Sign&nbsp;in One Two No Go");
    }
}
