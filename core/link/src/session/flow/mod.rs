//! The sign-in as a state machine: an event comes in, a command goes out, and nothing else happens here.
//!
//! ```text
//! begin ─► ReadMetadata ─► [Push] ─► Open ─► Exchange ─► ReadKeys ─► [ReadKeys again] ─► Finish
//!                                     ▲ │
//!                              Ignore └─┘ a URL that is somebody else's
//! ```
//!
//! Clock and randomness are passed in and no request is sent, so a browser tab, an app-to-app hop and a web view drive the same
//! flow, and it goes on from its stored form after the app was killed while the page was open. Each stage is left by the event
//! that belongs to it and is never entered again, which is why a code can't be used twice: before the exchange is asked for, the
//! stage that takes a URL is gone.

mod callback;
mod event;
mod finish;
mod request;
mod stored;

pub use event::{Command, Event, Failure, Form, SignedIn};
pub use stored::FlowUnreadable;

use super::{
    Secret,
    config::{FlowSecrets, ProviderConfig, SignInRequest},
    error::{Distrust, SignInError},
    id_token,
    limits::FLOW_SECONDS_MAX,
    metadata,
    refusal::{AnswerRefusal, CallbackRefusal, ConfigRefusal, IdTokenRefusal},
};
use crate::codes;
use callback::{Answer, Awaited, Untaken};
use finish::Held;
use rabt_domain::{SubjectId, Timestamp};
use rabt_protocol::{jose::Algorithm, jose::JwkSet, oidc::ProviderMetadata, oidc::PushedRequest, oidc::TokenResponse};
use request::Asked;
use url::Url;

/// The device's key as far as a flow needs to know of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofKey {
    /// Its thumbprint (RFC 7638).
    pub thumbprint: String,
    /// The registered name of its algorithm.
    pub algorithm: String,
}

/// A sign-in that has begun. `Debug` shows its stage and nothing that is secret.
#[derive(Clone, Debug)]
pub struct Flow {
    expected: Expected,
    stage: Stage,
}

/// What the answers must be.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Expected {
    issuer: String,
    client_id: String,
    redirect_uri: String,
    secrets: FlowSecrets,
    acr_at_least: Option<String>,
    max_age_seconds: Option<u32>,
    subject: Option<SubjectId>,
    begun_at: Timestamp,
}

#[derive(Clone, Debug)]
enum Stage {
    ReadingMetadata(Box<Asked>),
    Pushing { authorization: Url, rest: Rest },
    Waiting(Rest),
    Exchanging(Rest),
    ReadingKeys { rest: Rest, held: Box<Held>, again: bool },
    Ended,
}

/// What is needed of the provider's metadata once the page is open.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Rest {
    token: Url,
    jwks: Url,
    iss_required: bool,
    proof: bool,
    algorithms: Vec<Algorithm>,
}

impl Flow {
    /// Begins a sign-in. `key` is the device's key, which the tokens are bound to where the provider offers that.
    ///
    /// # Errors
    /// [`ConfigRefusal`], naming the setting that can't be used.
    pub fn begin(
        config: &ProviderConfig,
        request: SignInRequest,
        secrets: FlowSecrets,
        key: Option<ProofKey>,
        now: Timestamp,
    ) -> Result<(Self, Command), ConfigRefusal> {
        config.check()?;
        request.check()?;
        let redirect_uri = request.redirect_uri.clone();
        let expected = Expected {
            issuer: config.issuer.clone(),
            client_id: config.client_id.clone(),
            redirect_uri: redirect_uri.unwrap_or_else(|| config.redirect_uri.clone()),
            secrets,
            acr_at_least: request.acr_at_least.clone(),
            max_age_seconds: request.max_age_seconds,
            subject: request.subject.clone(),
            begun_at: now,
        };
        let asked = Asked::new(&config.scopes, request, key);
        let stage = Stage::ReadingMetadata(Box::new(asked));
        Ok((Self { expected, stage }, Command::ReadMetadata))
    }

    /// Takes an event and says what is to be done next. `now` is the device's clock.
    #[must_use]
    pub fn step(self, event: Event, now: Timestamp) -> (Self, Command) {
        let Self { expected, stage } = self;
        let moved = match (stage, event) {
            (Stage::Ended, Event::Returned(_)) => Ok((Stage::Ended, Command::Ignore(CallbackRefusal::Used))),
            (_, Event::Abandoned) => Err(SignInError::Cancelled),
            (Stage::ReadingMetadata(asked), Event::Metadata(read)) => expected.ask(&asked, &read),
            (Stage::Pushing { authorization, rest }, Event::Pushed(pushed)) => {
                expected.open_pushed(authorization, rest, &pushed)
            }
            (Stage::Waiting(rest), Event::Returned(url)) => expected.returned(rest, &url, now),
            (Stage::Exchanging(rest), Event::Tokens(tokens)) => expected.hold(rest, *tokens, now),
            (Stage::ReadingKeys { rest, held, again }, Event::Keys { keys, ahead_seconds }) => {
                expected.finish(rest, held, again, &keys, (now, ahead_seconds))
            }
            // A URL is delivered twice by some systems. The second one changes nothing.
            (stage @ (Stage::Exchanging(_) | Stage::ReadingKeys { .. }), Event::Returned(_)) => {
                Ok((stage, Command::Ignore(CallbackRefusal::Used)))
            }
            (stage @ (Stage::ReadingMetadata(_) | Stage::Pushing { .. }), Event::Returned(_)) => {
                Ok((stage, Command::Ignore(CallbackRefusal::State)))
            }
            (stage, Event::Failed(failure)) if !matches!(stage, Stage::Ended) => Err(failed(failure)),
            _ => Err(SignInError::Bug("an event came where none was awaited".to_owned())),
        };
        let (stage, command) = moved.unwrap_or_else(|error| (Stage::Ended, Command::Fail(error)));
        (Self { expected, stage }, command)
    }

    /// What the URL that answers this sign-in carries as `state`: to find the stored flow by.
    pub fn state(&self) -> &Secret {
        &self.expected.secrets.state
    }

    /// Whether it waits for a URL: then, and only then, its stored form can be gone on with.
    pub fn is_waiting(&self) -> bool {
        matches!(self.stage, Stage::Waiting(_))
    }

    /// Whether a URL carries this sign-in's `state`; to find the flow that a URL belongs to where several are stored.
    pub fn is_answered_by(&self, url: &str) -> bool {
        match &self.stage {
            Stage::Waiting(rest) => !matches!(
                callback::read(url, &self.expected.awaited(rest.iss_required)),
                Err(Untaken::Foreign(_))
            ),
            _ => false,
        }
    }
}

type Moved = Result<(Stage, Command), SignInError>;

impl Expected {
    fn ask(&self, asked: &Asked, read: &ProviderMetadata) -> Moved {
        let endpoints = metadata::check(read, &self.issuer).map_err(Distrust::from)?;
        let form = request::form(self, asked, &endpoints);
        let rest = Rest {
            token: endpoints.token,
            jwks: endpoints.jwks,
            iss_required: endpoints.iss_required,
            proof: asked.proof_is_offered(&endpoints.dpop_algorithms),
            algorithms: endpoints.id_token_algorithms,
        };
        match endpoints.push {
            Some(url) => {
                let proof = rest.proof;
                let authorization = endpoints.authorization;
                Ok((
                    Stage::Pushing { authorization, rest },
                    Command::Push { url, form, proof },
                ))
            }
            None => {
                let mut url = endpoints.authorization;
                url.query_pairs_mut().extend_pairs(form.pairs());
                Ok((Stage::Waiting(rest), Command::Open(url)))
            }
        }
    }

    fn open_pushed(&self, authorization: Url, rest: Rest, pushed: &PushedRequest) -> Moved {
        let url = request::pushed_url(authorization, &self.client_id, &pushed.request_uri).map_err(Distrust::from)?;
        Ok((Stage::Waiting(rest), Command::Open(url)))
    }

    fn returned(&self, rest: Rest, url: &str, now: Timestamp) -> Moved {
        let answer = match callback::read(url, &self.awaited(rest.iss_required)) {
            Ok(answer) => answer,
            Err(Untaken::Foreign(refusal)) => return Ok((Stage::Waiting(rest), Command::Ignore(refusal))),
            Err(Untaken::Wrong(refusal)) => return Err(SignInError::Callback(refusal)),
        };
        // A clock that was turned back doesn't make a sign-in old; the provider's own expiry of the code holds.
        if now.seconds_since(self.begun_at) > FLOW_SECONDS_MAX {
            return Err(SignInError::Expired);
        }
        match answer {
            Answer::Error(code) => Err(refused(code)),
            Answer::Code(code) => {
                let (url, proof) = (rest.token.clone(), rest.proof);
                let form = request::exchange(self, &code);
                Ok((Stage::Exchanging(rest), Command::Exchange { url, form, proof }))
            }
        }
    }

    fn hold(&self, rest: Rest, tokens: TokenResponse, now: Timestamp) -> Moved {
        let held = Box::new(Held::check(tokens, rest.proof, now).map_err(Distrust::from)?);
        let url = rest.jwks.clone();
        let again = false;
        Ok((
            Stage::ReadingKeys { rest, held, again },
            Command::ReadKeys { url, again },
        ))
    }

    fn finish(&self, rest: Rest, held: Box<Held>, again: bool, keys: &JwkSet, clocks: (Timestamp, i64)) -> Moved {
        match held.prove(self, &rest.algorithms, keys, clocks) {
            Ok(signed_in) => Ok((Stage::Ended, Command::Finish(Box::new(signed_in)))),
            // The key may have been made since the keys were read.
            Err(IdTokenRefusal::UnknownKey) if !again => {
                let url = rest.jwks.clone();
                let again = true;
                Ok((
                    Stage::ReadingKeys { rest, held, again },
                    Command::ReadKeys { url, again },
                ))
            }
            Err(refusal) => Err(Distrust::from(refusal).into()),
        }
    }

    fn awaited(&self, iss_required: bool) -> Awaited<'_> {
        Awaited {
            redirect_uri: &self.redirect_uri,
            state: self.secrets.state.reveal(),
            issuer: &self.issuer,
            iss_required,
        }
    }
}

/// What an OAuth error code means for the person.
fn refused(code: String) -> SignInError {
    match code.as_str() {
        "access_denied" => SignInError::Cancelled,
        "server_error" | "temporarily_unavailable" | "slow_down" => SignInError::Unavailable {
            retry_after_seconds: None,
            cause: None,
        },
        "unmet_authentication_requirements" => SignInError::LevelNotReached,
        code => SignInError::Refused {
            code: codes::of_oauth(code).to_owned(),
        },
    }
}

fn failed(failure: Failure) -> SignInError {
    match failure {
        Failure::Offline(cause) => SignInError::Offline(cause),
        Failure::Unavailable {
            retry_after_seconds,
            cause,
        } => SignInError::Unavailable {
            retry_after_seconds,
            cause,
        },
        Failure::Refused(code) => refused(code),
        Failure::Distrusted(distrust) => distrust.into(),
        Failure::Key(error) => SignInError::Key(error),
        Failure::Bug(reason) => SignInError::Bug(reason),
    }
}

#[cfg(test)]
mod tests;
