//! The URL that comes back: whether it answers this sign-in, and what it says.
//!
//! Anybody on the device can send the app a URL. One that doesn't prove by its `state` that it answers this sign-in is somebody
//! else's business, and the sign-in goes on waiting; whatever else is wrong with one that does ends it.

use crate::session::{
    limits::{CALLBACK_BYTES_MAX, CALLBACK_PARAMETERS_MAX, CODE_BYTES_MAX, ERROR_CODE_BYTES_MAX},
    refusal::CallbackRefusal,
    secret::Secret,
};
use url::{Position, Url};

/// The parameters that are read, each at most once (RFC 6749, 3.1). Others are ignored.
const PARAMETERS: [&str; 4] = ["state", "iss", "code", "error"];

/// What a URL must be, to be the answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Awaited<'a> {
    pub(super) redirect_uri: &'a str,
    pub(super) state: &'a str,
    pub(super) issuer: &'a str,
    /// Whether the provider has announced that it says who it is (RFC 9207).
    pub(super) iss_required: bool,
}

/// What the answer says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// The code, to be used once.
    Code(Secret),
    /// An error code of plain characters.
    Error(String),
}

/// Why a URL isn't taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Untaken {
    /// It doesn't answer this sign-in, which goes on.
    Foreign(CallbackRefusal),
    /// It does, and is wrong.
    Wrong(CallbackRefusal),
}

/// Reads a URL.
pub(super) fn read(text: &str, awaited: &Awaited<'_>) -> Result<Answer, Untaken> {
    let parameters = Parameters::of(text, awaited).map_err(Untaken::Foreign)?;
    match parameters.get("state").map_err(Untaken::Foreign)? {
        None => return Err(Untaken::Foreign(CallbackRefusal::Missing("state"))),
        Some(state) if state != awaited.state => return Err(Untaken::Foreign(CallbackRefusal::State)),
        Some(_) => {}
    }
    answer(&parameters, awaited).map_err(Untaken::Wrong)
}

fn answer(parameters: &Parameters, awaited: &Awaited<'_>) -> Result<Answer, CallbackRefusal> {
    match parameters.get("iss")? {
        Some(issuer) if issuer != awaited.issuer => return Err(CallbackRefusal::Issuer),
        None if awaited.iss_required => return Err(CallbackRefusal::Missing("iss")),
        _ => {}
    }
    match (parameters.get("code")?, parameters.get("error")?) {
        (Some(_), Some(_)) => Err(CallbackRefusal::CodeAndError),
        (None, None) => Err(CallbackRefusal::Missing("code")),
        (Some(code), None) if is_visible(code, CODE_BYTES_MAX) => Ok(Answer::Code(Secret::new(code))),
        (Some(_), None) => Err(CallbackRefusal::BadValue("code")),
        (None, Some(error)) if is_visible(error, ERROR_CODE_BYTES_MAX) => Ok(Answer::Error(error.to_owned())),
        (None, Some(_)) => Err(CallbackRefusal::BadValue("error")),
    }
}

/// Whether a text is of visible ASCII, not empty and not too long.
fn is_visible(text: &str, bytes_max: usize) -> bool {
    !text.is_empty() && text.len() <= bytes_max && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// The parameters of a URL that are read.
struct Parameters(Vec<(&'static str, Secret)>);

impl Parameters {
    fn of(text: &str, awaited: &Awaited<'_>) -> Result<Self, CallbackRefusal> {
        if text.len() > CALLBACK_BYTES_MAX {
            return Err(CallbackRefusal::Malformed);
        }
        let url: Url = text.parse().map_err(|_| CallbackRefusal::Malformed)?;
        let redirect: Url = awaited.redirect_uri.parse().map_err(|_| CallbackRefusal::RedirectUri)?;
        if url[..Position::AfterPath] != redirect[..Position::AfterPath] {
            return Err(CallbackRefusal::RedirectUri);
        }
        // An answer in the fragment is that of another flow (implicit), which is never asked for.
        if url.fragment().is_some_and(|fragment| !fragment.is_empty()) {
            return Err(CallbackRefusal::BadValue("fragment"));
        }
        if url.query_pairs().count() > CALLBACK_PARAMETERS_MAX {
            return Err(CallbackRefusal::Malformed);
        }
        let read = url.query_pairs().filter_map(|(name, value)| {
            let name = PARAMETERS.into_iter().find(|known| *known == name)?;
            Some((name, Secret::new(value)))
        });
        Ok(Self(read.collect()))
    }

    fn get(&self, name: &'static str) -> Result<Option<&str>, CallbackRefusal> {
        let mut values = self.0.iter().filter(|(known, _)| *known == name);
        match (values.next(), values.next()) {
            (Some(_), Some(_)) => Err(CallbackRefusal::Doubled(name)),
            (value, _) => Ok(value.map(|(_, value)| value.reveal())),
        }
    }
}
