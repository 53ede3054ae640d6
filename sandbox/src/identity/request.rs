//! What a client may ask of the person's browser, read and judged: the same whether it was pushed or came by the browser itself.

use super::{acr, clients, error::IdentityError, keys, limits, params::Params};
use crate::context::Context;
use rabt_protocol::jose::{self, from_base64url};
use rusqlite::Transaction;
use serde::{Deserialize, Serialize};

/// The scopes that mean something here; others are ignored, and the token answer says which were granted.
pub(super) const SCOPES: [&str; 5] = [
    "openid",
    "profile",
    "phone",
    "offline_access",
    "urn:uae:digitalid:profile:general",
];

/// SHA-256 in bytes, which is what an S256 challenge and a thumbprint are.
const SHA256_BYTES: usize = 32;

/// The page's language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Language {
    English,
    Arabic,
}

impl Language {
    /// The first that is spoken here, of a list of language tags.
    pub(super) fn of<'a>(tags: impl Iterator<Item = &'a str>) -> Option<Self> {
        tags.map(|tag| tag.split(['-', ';']).next().unwrap_or_default().trim())
            .find_map(|primary| match primary.to_ascii_lowercase().as_str() {
                "en" => Some(Self::English),
                "ar" => Some(Self::Arabic),
                _ => None,
            })
    }
}

/// A request that was found right.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct AuthorizationRequest {
    pub(super) client_id: String,
    pub(super) redirect_uri: String,
    pub(super) scope: String,
    pub(super) state: Option<String>,
    pub(super) nonce: Option<String>,
    pub(super) code_challenge: String,
    /// The level's name as the client asked for it, or the city's low.
    pub(super) acr: String,
    /// Whether the person must not be shown anything.
    pub(super) silent: bool,
    /// Whether the person must be asked though the browser is signed in.
    pub(super) asks_anew: bool,
    pub(super) max_age_seconds: Option<u32>,
    pub(super) language: Option<Language>,
    /// The persona to choose beforehand.
    pub(super) login_hint: Option<String>,
    /// Who the client believes is signed in; another one's signing in is refused.
    pub(super) hinted_subject: Option<String>,
    /// The key to which the code is bound.
    pub(super) dpop_jkt: Option<String>,
}

/// A request that was found wrong.
pub(super) enum Wrong {
    /// Where an answer would go is not known to be the client's: only the person is told.
    Untrusted { error: &'static str, description: String },
    /// The client is told, by redirect or, where it pushed, at once.
    Told {
        redirect_uri: String,
        state: Option<String>,
        error: &'static str,
        description: String,
    },
    /// The provider failed.
    Broken(IdentityError),
}

impl<E: Into<IdentityError>> From<E> for Wrong {
    fn from(error: E) -> Self {
        Self::Broken(error.into())
    }
}

impl AuthorizationRequest {
    /// Reads a request.
    pub(super) fn read(ctx: &Context, tx: &Transaction<'_>, params: &Params) -> Result<Self, Wrong> {
        let (client_id, redirect_uri) = addressee(ctx, params)?;
        let state = params.get("state").map(str::to_owned);
        let told = |error, description: &str| Wrong::Told {
            redirect_uri: redirect_uri.to_owned(),
            state: state.clone().filter(|state| state.len() <= limits::OPAQUE_CHARS_MAX),
            error,
            description: description.to_owned(),
        };
        let invalid = |description: &str| told("invalid_request", description);

        if let Some(fault) = params.fault() {
            return Err(invalid(fault));
        }
        for (name, error) in [
            ("request", "request_not_supported"),
            ("registration", "registration_not_supported"),
        ] {
            if params.get(name).is_some() {
                return Err(told(
                    error,
                    "Requests as JWTs and registration by request are not offered.",
                ));
            }
        }
        match params.get("response_type") {
            Some("code") => {}
            Some(_) => return Err(told("unsupported_response_type", "Only `code` is offered.")),
            None => return Err(invalid("`response_type` is missing.")),
        }
        if params.get("response_mode").is_some_and(|mode| mode != "query") {
            return Err(invalid("Only the `query` response mode is offered."));
        }
        for name in ["state", "nonce", "login_hint"] {
            if params
                .get(name)
                .is_some_and(|value| value.len() > limits::OPAQUE_CHARS_MAX)
            {
                return Err(invalid(&format!("`{name}` is too long.")));
            }
        }
        let scope = granted_scope(params.get("scope").unwrap_or_default());
        if !scope.split(' ').any(|scope| scope == "openid") {
            return Err(told("invalid_scope", "The scope must contain `openid`."));
        }
        let code_challenge = match (params.get("code_challenge"), params.get("code_challenge_method")) {
            (Some(challenge), Some("S256")) if is_sha256(challenge) => challenge.to_owned(),
            (Some(_), Some("S256")) => return Err(invalid("`code_challenge` is not a SHA-256 in base64url.")),
            (Some(_), _) => return Err(invalid("`code_challenge_method` must be `S256`.")),
            (None, _) => return Err(invalid("`code_challenge` is missing; PKCE is required.")),
        };
        let acr = match params.get("acr_values") {
            None => rabt_protocol::oidc::acr::LOW,
            Some(values) => acr::chosen(values).ok_or_else(|| {
                told(
                    "unmet_authentication_requirements",
                    "None of `acr_values` can be reached.",
                )
            })?,
        };
        let prompts: Vec<&str> = params
            .get("prompt")
            .unwrap_or_default()
            .split_ascii_whitespace()
            .collect();
        if let Some(unknown) = prompts.iter().find(|prompt| !PROMPTS.contains(prompt)) {
            return Err(invalid(&format!(
                "`prompt` has the unknown value `{}`.",
                unknown.escape_default()
            )));
        }
        let silent = prompts.contains(&"none");
        if silent && prompts.len() > 1 {
            return Err(invalid("`prompt=none` excludes the others."));
        }
        let max_age_seconds = match params.get("max_age").map(str::parse) {
            None => None,
            Some(Ok(seconds)) => Some(seconds),
            Some(Err(_)) => return Err(invalid("`max_age` must be a number of seconds.")),
        };
        let hinted_subject = match params.get("id_token_hint") {
            None => None,
            Some(hint) => Some(
                hinted(ctx, tx, Some(client_id), hint)?
                    .ok_or_else(|| invalid("`id_token_hint` is not an ID token of ours for this client."))?
                    .sub,
            ),
        };
        let dpop_jkt = match params.get("dpop_jkt") {
            Some(jkt) if !is_sha256(jkt) => return Err(invalid("`dpop_jkt` is not a thumbprint.")),
            jkt => jkt.map(str::to_owned),
        };
        Ok(Self {
            client_id: client_id.to_owned(),
            redirect_uri: redirect_uri.to_owned(),
            scope,
            state: state.clone(),
            nonce: params.get("nonce").map(str::to_owned),
            code_challenge,
            acr: acr.to_owned(),
            silent,
            asks_anew: !silent && !prompts.is_empty(),
            max_age_seconds,
            language: params
                .get("ui_locales")
                .and_then(|tags| Language::of(tags.split_ascii_whitespace())),
            login_hint: params.get("login_hint").map(str::to_owned),
            hinted_subject,
            dpop_jkt,
        })
    }
}

/// What `prompt` may say. All but `none` show the page: there is no consent beside signing in, and choosing a person is on it.
const PROMPTS: [&str; 4] = ["none", "login", "consent", "select_account"];

/// Which client asks, and where its answer goes. Until both are known nothing may be sent anywhere.
fn addressee<'a>(ctx: &Context, params: &'a Params) -> Result<(&'a str, &'a str), Wrong> {
    let untrusted = |error, description: &str| Wrong::Untrusted {
        error,
        description: description.to_owned(),
    };
    let client_id = params
        .get("client_id")
        .ok_or_else(|| untrusted("invalid_request", "`client_id` is missing."))?;
    if !clients::is_registered(client_id) {
        return Err(untrusted("invalid_client", "`client_id` is not registered."));
    }
    match params.get("redirect_uri") {
        Some(address) if clients::may_return_to(ctx, address) => Ok((client_id, address)),
        Some(_) => Err(untrusted(
            "invalid_request",
            "`redirect_uri` is not one that the client registered.",
        )),
        None => Err(untrusted("invalid_request", "`redirect_uri` is missing.")),
    }
}

/// The known ones of the scopes that were asked for, once each, in their order.
pub(super) fn granted_scope(asked: &str) -> String {
    let asked: Vec<&str> = asked.split_ascii_whitespace().collect();
    let granted: Vec<&str> = SCOPES.into_iter().filter(|scope| asked.contains(scope)).collect();
    granted.join(" ")
}

fn is_sha256(text: &str) -> bool {
    from_base64url(text).is_some_and(|bytes| bytes.len() == SHA256_BYTES)
}

/// What is read of an ID token that comes back as a hint.
#[derive(Deserialize)]
pub(super) struct Hint {
    iss: String,
    pub(super) sub: String,
    aud: String,
    pub(super) sid: Option<String>,
}

/// An ID token that we issued, to this client if one is named; however old it is, since it only says who is meant.
pub(super) fn hinted(
    ctx: &Context,
    tx: &Transaction<'_>,
    client_id: Option<&str>,
    hint: &str,
) -> Result<Option<Hint>, IdentityError> {
    let hint = jose::verify::<Hint>(hint, Some("JWT"), &keys::published(ctx, tx)?)
        .ok()
        .map(|token| token.claims);
    let ours = |hint: &Hint| hint.iss == ctx.addresses.identity && client_id.is_none_or(|client| client == hint.aud);
    Ok(hint.filter(ours))
}

#[cfg(test)]
mod tests {
    use super::{Language, granted_scope};

    #[test]
    fn unknown_scopes_are_left_out() {
        assert_eq!(granted_scope("profile  root openid profile"), "openid profile");
        assert_eq!(granted_scope(""), "");
    }

    #[test]
    fn the_first_language_that_is_spoken_counts() {
        assert_eq!(Language::of("fr ar-AE en".split(' ')), Some(Language::Arabic));
        assert_eq!(Language::of("en-GB;q=0.8, ar".split(',')), Some(Language::English));
        assert_eq!(Language::of("fr".split(' ')), None);
    }
}
