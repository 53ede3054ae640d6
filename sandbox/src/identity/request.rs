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
        let asked = Asked { params, redirect_uri };
        asked.refuse_what_is_not_offered()?;
        asked.refuse_what_is_too_long()?;
        let prompts = asked.prompts()?;
        let silent = prompts.contains(&"none");
        let own = |name| params.get(name).map(str::to_owned);
        Ok(Self {
            client_id: client_id.to_owned(),
            redirect_uri: redirect_uri.to_owned(),
            scope: asked.scope()?,
            state: own("state"),
            nonce: own("nonce"),
            code_challenge: asked.code_challenge()?.to_owned(),
            acr: asked.acr()?.to_owned(),
            silent,
            asks_anew: !silent && !prompts.is_empty(),
            max_age_seconds: asked.max_age_seconds()?,
            language: params
                .get("ui_locales")
                .and_then(|tags| Language::of(tags.split_ascii_whitespace())),
            login_hint: own("login_hint"),
            hinted_subject: asked.hinted_subject(ctx, tx, client_id)?,
            dpop_jkt: asked.dpop_jkt()?.map(str::to_owned),
        })
    }
}

/// A request whose answer has somewhere to go, parameter by parameter.
struct Asked<'a> {
    params: &'a Params,
    redirect_uri: &'a str,
}

impl<'a> Asked<'a> {
    fn told(&self, error: &'static str, description: &str) -> Wrong {
        let state = self
            .params
            .get("state")
            .filter(|state| state.len() <= limits::OPAQUE_CHARS_MAX);
        Wrong::Told {
            redirect_uri: self.redirect_uri.to_owned(),
            state: state.map(str::to_owned),
            error,
            description: description.to_owned(),
        }
    }

    fn invalid(&self, description: &str) -> Wrong {
        self.told("invalid_request", description)
    }

    fn refuse_what_is_not_offered(&self) -> Result<(), Wrong> {
        if let Some(fault) = self.params.fault() {
            return Err(self.invalid(fault));
        }
        for (name, error) in NOT_OFFERED {
            if self.params.get(name).is_some() {
                return Err(self.told(error, "Requests as JWTs and registration by request are not offered."));
            }
        }
        if self.params.get("response_mode").is_some_and(|mode| mode != "query") {
            return Err(self.invalid("Only the `query` response mode is offered."));
        }
        match self.params.get("response_type") {
            Some("code") => Ok(()),
            Some(_) => Err(self.told("unsupported_response_type", "Only `code` is offered.")),
            None => Err(self.invalid("`response_type` is missing.")),
        }
    }

    fn refuse_what_is_too_long(&self) -> Result<(), Wrong> {
        let too_long = |name: &&'static str| {
            let value = self.params.get(name);
            value.is_some_and(|value| value.len() > limits::OPAQUE_CHARS_MAX)
        };
        match ["state", "nonce", "login_hint"].into_iter().find(too_long) {
            Some(name) => Err(self.invalid(&format!("`{name}` is too long."))),
            None => Ok(()),
        }
    }

    fn scope(&self) -> Result<String, Wrong> {
        let scope = granted_scope(self.params.get("scope").unwrap_or_default());
        if scope.split(' ').any(|scope| scope == "openid") {
            Ok(scope)
        } else {
            Err(self.told("invalid_scope", "The scope must contain `openid`."))
        }
    }

    fn code_challenge(&self) -> Result<&'a str, Wrong> {
        match (
            self.params.get("code_challenge"),
            self.params.get("code_challenge_method"),
        ) {
            (Some(challenge), Some("S256")) if is_sha256(challenge) => Ok(challenge),
            (Some(_), Some("S256")) => Err(self.invalid("`code_challenge` is not a SHA-256 in base64url.")),
            (Some(_), _) => Err(self.invalid("`code_challenge_method` must be `S256`.")),
            (None, _) => Err(self.invalid("`code_challenge` is missing; PKCE is required.")),
        }
    }

    fn acr(&self) -> Result<&'static str, Wrong> {
        let unmet = || {
            self.told(
                "unmet_authentication_requirements",
                "None of `acr_values` can be reached.",
            )
        };
        match self.params.get("acr_values") {
            None => Ok(rabt_protocol::oidc::acr::LOW),
            Some(values) => acr::chosen(values).ok_or_else(unmet),
        }
    }

    fn prompts(&self) -> Result<Vec<&'a str>, Wrong> {
        let prompts: Vec<&str> = self
            .params
            .get("prompt")
            .unwrap_or_default()
            .split_ascii_whitespace()
            .collect();
        if !prompts.iter().all(|prompt| PROMPTS.contains(prompt)) {
            return Err(self.invalid("`prompt` has a value that is not known."));
        }
        if prompts.contains(&"none") && prompts.len() > 1 {
            return Err(self.invalid("`prompt=none` excludes the others."));
        }
        Ok(prompts)
    }

    fn max_age_seconds(&self) -> Result<Option<u32>, Wrong> {
        let max_age = self.params.get("max_age").map(str::parse).transpose();
        max_age.map_err(|_| self.invalid("`max_age` must be a number of seconds."))
    }

    fn hinted_subject(&self, ctx: &Context, tx: &Transaction<'_>, client_id: &str) -> Result<Option<String>, Wrong> {
        let Some(token) = self.params.get("id_token_hint") else {
            return Ok(None);
        };
        match hinted(ctx, tx, Some(client_id), token)? {
            Some(hint) => Ok(Some(hint.sub)),
            None => Err(self.invalid("`id_token_hint` is not an ID token of ours for this client.")),
        }
    }

    fn dpop_jkt(&self) -> Result<Option<&'a str>, Wrong> {
        match self.params.get("dpop_jkt") {
            Some(jkt) if !is_sha256(jkt) => Err(self.invalid("`dpop_jkt` is not a thumbprint.")),
            jkt => Ok(jkt),
        }
    }
}

/// Parameters whose presence is refused, and how (OpenID Connect Core, 3.1.2.6).
const NOT_OFFERED: [(&str, &str); 2] = [
    ("request", "request_not_supported"),
    ("registration", "registration_not_supported"),
];

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
