//! What must hold of anything that the client believed, written down anew from the protocol and not called from the code that
//! enforces it.

use rabt_domain::{Bilingual, DubaiDate, Fils, Timestamp};
use url::Url;

/// The longest text that is shown, in characters.
const TEXT_CHARS_MAX: usize = 200;
/// The longest code.
const CODE_CHARS_MAX: usize = 64;
/// The most that is believed to be owed: a thousand thousand millions of dirhams, in fils.
const AMOUNT_FILS_MAX: i64 = 100_000_000_000_000;

/// A text that may stand beside an amount: there is something to see, it isn't endless, and nothing in it moves what follows.
pub(crate) fn assert_shown(text: &str) {
    assert!(
        text.chars().any(is_seen),
        "{text:?} is shown, and there is nothing to see"
    );
    assert!(text.chars().count() <= TEXT_CHARS_MAX, "an endless text is shown");
    for character in text.chars() {
        // Unicode's Bidi_Control but for the three marks, which move nothing; its line breaks; and the controls.
        let forbidden = matches!(character, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
            || character < ' '
            || ('\u{7F}'..='\u{9F}').contains(&character);
        assert!(!forbidden, "{character:?} is shown");
    }
}

/// Whether a character leaves anything on a screen: neither white space nor one that Unicode has fonts ignore
/// (`Default_Ignorable_Code_Point`, as far as its blocks are in use).
fn is_seen(character: char) -> bool {
    let ignored = matches!(
        character,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFF8}'
            | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}'
    );
    !ignored && !character.is_whitespace()
}

/// The same in both languages.
pub(crate) fn assert_both_shown(text: &Bilingual) {
    assert_shown(text.en());
    assert_shown(text.ar());
}

/// A code: for machines, of few and plain characters.
pub(crate) fn assert_code(code: &str) {
    assert!(!code.is_empty() && code.len() <= CODE_CHARS_MAX, "a code's length");
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
    assert!(code.bytes().all(plain), "a code of {code:?}");
}

/// An identifier, which may come to stand in a path.
pub(crate) fn assert_identifier(id: &str) {
    assert!(!id.is_empty() && id.len() <= 64, "an identifier's length");
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:~".contains(&byte);
    assert!(id.bytes().all(plain), "an identifier of {id:?}");
}

/// An amount that can be owed.
pub(crate) fn assert_owed(amount: Fils) {
    assert!(
        (1..=AMOUNT_FILS_MAX).contains(&amount.get()),
        "{} fils are owed",
        amount.get()
    );
}

/// An amount of either sign.
pub(crate) fn assert_amount(amount: Fils) {
    let bounds = -AMOUNT_FILS_MAX..=AMOUNT_FILS_MAX;
    assert!(bounds.contains(&amount.get()), "an amount of {} fils", amount.get());
}

/// An instant of the years that are believed.
pub(crate) fn assert_instant(instant: Timestamp) {
    assert_year(&instant.to_string());
}

/// A day of the years that are believed.
pub(crate) fn assert_day(day: DubaiDate) {
    assert_year(&day.to_string());
}

fn assert_year(written: &str) {
    let year: i32 = written[..4].parse().expect("it begins with its year");
    assert!(
        (1970..=2199).contains(&year) && written.as_bytes()[4] == b'-',
        "{written} is believed"
    );
}

/// A page that a person is sent to: HTTPS, a host, and no user information that could be taken for the host.
pub(crate) fn assert_page(url: &Url) {
    assert_eq!(url.scheme(), "https", "{url}");
    assert!(url.host_str().is_some_and(|host| !host.is_empty()), "{url}");
    assert!(url.username().is_empty() && url.password().is_none(), "{url}");
}

/// A base URL of a party: such a page, and nothing in it that a path which is added could be swallowed by.
pub(crate) fn assert_base_url(text: &str) {
    let url: Url = text.parse().expect("a base URL is a URL");
    assert_page(&url);
    assert!(url.query().is_none() && url.fragment().is_none(), "{text}");
}
