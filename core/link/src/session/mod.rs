//! The session: signing in, keeping tokens fresh, signing out.
//!
//! The sign-in is a state machine without I/O, so that a browser tab, an app-to-app hop and a web view are three drivers of one
//! flow, and an app that is killed while the browser is open can go on when the URL comes in. Every answer of the provider is
//! refused unless it is proven to be the answer to this question, from this provider, for this client, about this person.
//! Nothing is kept here on disk: tokens go through [`SessionVault`], and are in it before they are used.

mod answer;
mod config;
mod error;
mod flow;
mod id_token;
mod keeper;
pub mod limits;
mod metadata;
mod provider;
pub mod refusal;
mod secret;
mod sign_in;
mod source;
mod surface;
#[cfg(test)]
pub(crate) mod testing;
mod tokens;

pub use config::{Clock, FlowSecrets, ProviderConfig, SignInRequest};
pub use error::{Cause, Distrust, SessionError, SignInError, VaultError};
pub use flow::{Command, Event, Failure, Flow, FlowUnreadable, Form, ProofKey, SignedIn};
pub use keeper::{Forgotten, SessionKeeper, SignedOut};
pub use provider::Provider;
pub use secret::Secret;
pub use sign_in::{Begun, Returned, SignIn};
pub use source::{Access, BoxFuture, Scheme, TokenSource};
pub use surface::{AppHop, Arrival, BrowserTab, Surface, WebView};
pub use tokens::{SessionTokens, SessionVault, TokensUnreadable};
