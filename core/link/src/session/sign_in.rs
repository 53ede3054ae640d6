//! The driver of a sign-in: does what the flow asks for, tells it what happened, and stops where the person is needed.

use super::{
    Command, Event, Flow, Form, Provider, SignInError, SignInRequest, SignedIn,
    limits::{ATTEMPTS_MAX, ENDPOINT_DEADLINE_MS},
    provider::Post,
    refusal::CallbackRefusal,
};
use url::Url;

/// The most commands between two visits of the person: metadata and push before the page, exchange and keys, twice, after it.
const COMMANDS_MAX: usize = 8;

/// Signs people in with one provider.
#[derive(Clone, Debug)]
pub struct SignIn {
    provider: Provider,
}

/// A sign-in that waits for the person.
pub struct Begun {
    /// To be sealed ([`Flow::to_bytes`]) while the page is open, and handed to [`SignIn::returned`].
    pub flow: Flow,
    /// To be shown to the person: in the system's browser, in another app, or in a web view.
    pub url: Url,
}

/// The URL may carry the state and a hint at the person, so it isn't shown.
impl std::fmt::Debug for Begun {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Begun")
            .field("flow", &self.flow)
            .finish_non_exhaustive()
    }
}

/// What became of a URL that came back.
#[derive(Debug)]
pub enum Returned {
    /// Somebody signed in, and it is proven who.
    SignedIn(Box<SignedIn>),
    /// The URL isn't the answer to this sign-in, which goes on waiting.
    Ignored {
        /// The sign-in, as it was.
        flow: Box<Flow>,
        /// What is wrong with the URL.
        refusal: CallbackRefusal,
    },
    /// The sign-in has ended without.
    Failed(SignInError),
}

enum Stop {
    Open(Url),
    Ignored(CallbackRefusal),
    SignedIn(Box<SignedIn>),
    Failed(SignInError),
}

impl SignIn {
    /// With a provider.
    pub fn new(provider: Provider) -> Self {
        Self { provider }
    }

    /// Begins a sign-in, or a step-up ([`SignInRequest::step_up`]): reads the metadata, pushes the request where that is offered.
    ///
    /// # Errors
    /// [`SignInError`]. Nothing has happened then, and it can be begun again.
    pub async fn begin(&self, request: SignInRequest) -> Result<Begun, SignInError> {
        let secrets = self
            .provider
            .secrets()
            .ok_or_else(|| SignInError::Bug("the system gives no randomness".to_owned()))?;
        let key = self.provider.proof_key();
        let (flow, command) = Flow::begin(self.provider.config(), request, secrets, key, self.provider.now())?;
        match self.drive(flow, command).await {
            (flow, Stop::Open(url)) => Ok(Begun { flow, url }),
            (_, Stop::Failed(error)) => Err(error),
            _ => Err(SignInError::Bug(
                "the sign-in ended before the person was asked".to_owned(),
            )),
        }
    }

    /// Goes on with a sign-in when a URL comes in.
    ///
    /// **Remove the stored flow before calling**, so that a kill in between can't use the code twice; put it back where the URL was
    /// [ignored](Returned::Ignored).
    pub async fn returned(&self, flow: Flow, url: &str) -> Returned {
        let (flow, command) = flow.step(Event::Returned(url.to_owned()), self.provider.now());
        match self.drive(flow, command).await {
            (_, Stop::SignedIn(signed_in)) => Returned::SignedIn(signed_in),
            (flow, Stop::Ignored(refusal)) => Returned::Ignored {
                flow: Box::new(flow),
                refusal,
            },
            (_, Stop::Failed(error)) => Returned::Failed(error),
            (_, Stop::Open(_)) => Returned::Failed(SignInError::Bug("the person was asked twice".to_owned())),
        }
    }

    async fn drive(&self, mut flow: Flow, mut command: Command) -> (Flow, Stop) {
        for _ in 0..COMMANDS_MAX {
            let event = match command {
                Command::Open(url) => return (flow, Stop::Open(url)),
                Command::Ignore(refusal) => return (flow, Stop::Ignored(refusal)),
                Command::Finish(signed_in) => return (flow, Stop::SignedIn(signed_in)),
                Command::Fail(error) => return (flow, Stop::Failed(error)),
                work => self.work(work).await,
            };
            (flow, command) = flow.step(event, self.provider.now());
        }
        let endless = SignInError::Bug("the sign-in doesn't come to an end".to_owned());
        (flow, Stop::Failed(endless))
    }

    async fn work(&self, command: Command) -> Event {
        let provider = &self.provider;
        let done = match command {
            Command::ReadMetadata => provider
                .metadata()
                .await
                .map(|read| Event::Metadata(Box::new((*read).clone()))),
            Command::Push { url, form, proof } => provider.post(patiently(&url, &form, proof)).await.map(Event::Pushed),
            Command::Exchange { url, form, proof } => {
                provider.post(patiently(&url, &form, proof)).await.map(Event::Tokens)
            }
            Command::ReadKeys { url, again } => {
                let keys = provider.keys(&url, again).await;
                keys.map(|keys| Event::Keys {
                    keys,
                    ahead_seconds: provider.ahead_seconds(),
                })
            }
            Command::Open(_) | Command::Ignore(_) | Command::Finish(_) | Command::Fail(_) => Ok(Event::Abandoned),
        };
        done.unwrap_or_else(Event::Failed)
    }
}

/// The person is waiting, and the network often comes back with the app: what certainly never left is sent again.
fn patiently<'a>(url: &'a Url, form: &'a Form, proof: bool) -> Post<'a> {
    Post {
        url,
        form,
        proof,
        deadline_ms: ENDPOINT_DEADLINE_MS,
        attempts: ATTEMPTS_MAX,
    }
}
