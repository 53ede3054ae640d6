//! The session: signing in, keeping tokens fresh, signing out.
//!
//! The sign-in is a state machine without I/O, so that a browser tab, an app-to-app hop and a web view are three drivers of one
//! flow, and an app that is killed while the browser is open can go on when the URL comes in. Every answer of the provider is
//! refused unless it is proven to be the answer to this question, from this provider, for this client, about this person.
//! Nothing is kept here on disk: tokens go through [`SessionVault`], and are in it before they are used.

mod error;
pub mod limits;
pub mod refusal;
mod secret;
mod source;
mod tokens;

pub use error::{Cause, Distrust, SessionError, SignInError, VaultError};
pub use secret::Secret;
pub use source::{Access, BoxFuture, Scheme, TokenSource};
pub use tokens::{SessionTokens, SessionVault};
