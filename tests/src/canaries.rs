//! Canaries: what is personal or secret in a run, and a search for each in whatever form it might have slipped out.
//!
//! A word is looked for as it is, in UTF-16, in both base64 alphabets at each of the three offsets, in hexadecimal, percent-encoded and
//! as Rust and JSON escape it. What is short is told apart from chance: sealed bytes are random, so that in a file only forms of
//! [`FILE_FORM_BYTES_MIN`] count; a log is full of numbers, so that a short one counts there only as a number by itself, in the lines
//! of crates that could know it.

use aho_corasick::{AhoCorasick, MatchKind};
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use std::collections::{BTreeMap, BTreeSet};

/// The shortest form that is looked for among random bytes: six are met by chance once in 10^14 places, and a run writes 10^7.
const FILE_FORM_BYTES_MIN: usize = 6;
/// The shortest hexadecimal form that is looked for in a log, where TLS prints keys and randoms in it.
const LOG_HEX_CHARS_MIN: usize = 12;
/// The shortest base64 form, anywhere: identifiers and hashes are printed in it.
const BASE64_CHARS_MIN: usize = 7;
/// A number of fewer digits is part of others by chance, so that it counts only by itself.
const DIGITS_OF_A_WORD_MIN: usize = 10;
/// Numbers below this are also sizes, statuses and times; in the lines of a transport they mean nothing.
const DIGITS_IN_TRANSPORT_MIN: usize = 6;
/// What stands before a number that is none of a person's: a time that something took or may take, a port, how many there are.
const HARMLESS_BEFORE: [&str; 6] = ["ms=", "_ms: ", "_ms: Some(", "localhost:", "127.0.0.1:", "count: "];

/// What was hidden where it must not be found.
#[derive(Clone, Debug, Default)]
pub struct Canaries {
    by_form: BTreeMap<Vec<u8>, String>,
}

impl Canaries {
    /// Adds one; `what` is what a finding calls it. The same again changes nothing.
    pub fn add(&mut self, what: &str, canary: &str) {
        self.add_bytes(what, canary.as_bytes());
    }

    /// Adds one that is no text, such as a key.
    pub fn add_bytes(&mut self, what: &str, canary: &[u8]) {
        self.by_form.entry(canary.to_vec()).or_insert_with(|| what.to_owned());
    }

    /// Adds a name: the whole, and each part of more than four letters, as they are and in small letters.
    pub fn add_name(&mut self, what: &str, name: &str) {
        let long = |part: &&str| part.chars().count() > 4;
        for part in std::iter::once(name).chain(name.split_whitespace().filter(long)) {
            self.add(what, part);
            self.add(what, &part.to_lowercase());
        }
    }

    /// Adds a number as it is and with what stands between its digits left out.
    pub fn add_number(&mut self, what: &str, number: &str) {
        self.add(what, number);
        self.add(what, &number.replace([' ', '-', '+'], ""));
    }

    /// Adds an amount of four digits or more, in fils and in dirhams.
    pub fn add_amount(&mut self, what: &str, fils: i64) {
        let fils = fils.unsigned_abs();
        if fils >= 1_000 {
            let (dirhams, rest) = (fils / 100, fils % 100);
            self.add(what, &fils.to_string());
            self.add(what, &format!("{dirhams}.{rest:02}"));
            if dirhams >= 1_000 {
                self.add(what, &format!("{},{:03}.{rest:02}", dirhams / 1_000, dirhams % 1_000));
            }
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.by_form.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.by_form.is_empty()
    }

    /// What looks for them.
    pub fn net(&self) -> Net {
        let (mut words, mut numbers) = (Forms::default(), Forms::default());
        let mut in_files = Forms::default();
        for (canary, what) in &self.by_form {
            for form in forms(canary) {
                if form.bytes.len() >= FILE_FORM_BYTES_MIN {
                    in_files.add(&form, what);
                }
                if is_short_number(canary) {
                    // Encoded, it is part of any certificate: dates are digits too.
                    if form.is_plain {
                        numbers.add(&form, what);
                    }
                } else if !form.is_hex || form.bytes.len() >= LOG_HEX_CHARS_MIN {
                    words.add(&form, what);
                }
            }
        }
        Net {
            in_files: in_files.into_matcher(),
            words: words.into_matcher(),
            numbers: numbers.into_matcher(),
        }
    }
}

/// Looks for canaries.
pub struct Net {
    in_files: Matcher,
    words: Matcher,
    numbers: Matcher,
}

impl Net {
    /// What is found in a file; an entry each, in words that show nothing of it.
    pub fn in_file(&self, bytes: &[u8]) -> BTreeSet<String> {
        self.in_files.found(bytes, |_, _| true)
    }

    /// What is found in what the core says: its log, a `Debug` of its values, an error.
    pub fn in_our_text(&self, text: &[u8]) -> BTreeSet<String> {
        let mut found = self.words.found(text, |_, _| true);
        found.extend(self.numbers.found(text, |from, to| is_by_itself(text, from, to)));
        found
    }

    /// What is found in what a transport says, which speaks of sizes and streams all the time.
    pub fn in_transport_text(&self, text: &[u8]) -> BTreeSet<String> {
        let mut found = self.words.found(text, |_, _| true);
        found.extend(self.numbers.found(text, |from, to| {
            to - from >= DIGITS_IN_TRANSPORT_MIN && is_by_itself(text, from, to)
        }));
        found
    }
}

struct Form {
    name: &'static str,
    bytes: Vec<u8>,
    is_plain: bool,
    is_hex: bool,
}

#[derive(Default)]
struct Forms {
    patterns: Vec<Vec<u8>>,
    names: Vec<String>,
}

impl Forms {
    fn add(&mut self, form: &Form, what: &str) {
        self.patterns.push(form.bytes.clone());
        self.names.push(format!("{what} ({})", form.name));
    }

    fn into_matcher(self) -> Matcher {
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .build(&self.patterns)
            .expect("the patterns fit into memory");
        Matcher {
            automaton,
            names: self.names,
        }
    }
}

struct Matcher {
    automaton: AhoCorasick,
    names: Vec<String>,
}

impl Matcher {
    fn found(&self, bytes: &[u8], counts: impl Fn(usize, usize) -> bool) -> BTreeSet<String> {
        self.automaton
            .find_overlapping_iter(bytes)
            .filter(|found| counts(found.start(), found.end()))
            .map(|found| self.names[found.pattern().as_usize()].clone())
            .collect()
    }
}

/// Every form in which a canary might have slipped out.
fn forms(canary: &[u8]) -> Vec<Form> {
    let mut forms = Vec::new();
    let mut add = |name, bytes: Vec<u8>| {
        if !bytes.is_empty() && forms.iter().all(|form: &Form| form.bytes != bytes) {
            forms.push(Form {
                name,
                is_plain: bytes == canary,
                is_hex: name == "hexadecimal",
                bytes,
            });
        }
    };
    add("as it is", canary.to_vec());
    let hex: String = canary.iter().map(|byte| format!("{byte:02x}")).collect();
    add("hexadecimal", hex.to_uppercase().into_bytes());
    add("hexadecimal", hex.into_bytes());
    for offset in 0..3 {
        for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
            let stable = inner_base64(&engine, canary, offset);
            if stable.len() >= BASE64_CHARS_MIN {
                add("base64", stable);
            }
        }
    }
    let Ok(text) = std::str::from_utf8(canary) else {
        return forms;
    };
    add("UTF-16", text.encode_utf16().flat_map(u16::to_le_bytes).collect());
    let percent: String = url::form_urlencoded::byte_serialize(canary).collect();
    add("percent-encoded", percent.replace('+', "%20").into_bytes());
    add("percent-encoded", percent.into_bytes());
    if !text.is_ascii() {
        add("escaped bytes", canary.escape_ascii().to_string().into_bytes());
        add("escaped characters", text.escape_default().to_string().into_bytes());
        let json = text.encode_utf16().map(|unit| format!("\\u{unit:04x}"));
        add("JSON escapes", json.collect::<String>().into_bytes());
    }
    forms
}

/// The characters of a base64 text that tell of `canary` alone, where it begins `offset` bytes after a group.
fn inner_base64(engine: &impl base64::Engine, canary: &[u8], offset: usize) -> Vec<u8> {
    let mut padded = vec![0; offset];
    padded.extend_from_slice(canary);
    let (first_bit, bits) = (offset * 8, padded.len() * 8);
    let (from, to) = (first_bit.div_ceil(6), bits / 6);
    let encoded = engine.encode(padded).into_bytes();
    encoded.get(from..to).unwrap_or_default().to_vec()
}

fn is_short_number(canary: &[u8]) -> bool {
    let digits = canary.iter().filter(|byte| byte.is_ascii_digit()).count();
    let only_number = canary
        .iter()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b','));
    only_number && digits < DIGITS_OF_A_WORD_MIN
}

/// Whether a number stands there by itself and isn't known to be something else.
fn is_by_itself(text: &[u8], from: usize, to: usize) -> bool {
    let at = |index: usize| text.get(index).copied().unwrap_or(b' ');
    let joins = |near: u8, beyond: u8| match near {
        b'.' | b',' => beyond.is_ascii_digit(),
        b'-' => beyond.is_ascii_alphanumeric(),
        _ => near.is_ascii_alphanumeric(),
    };
    let before = |back: usize| from.checked_sub(back).map_or(b' ', at);
    !joins(before(1), before(2))
        && !joins(at(to), at(to + 1))
        && !HARMLESS_BEFORE
            .iter()
            .any(|known| text[..from].ends_with(known.as_bytes()))
}
