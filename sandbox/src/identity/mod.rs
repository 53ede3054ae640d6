//! The city's OpenID provider: who a person is, how surely that is known, and which client may speak for them.
//!
//! It is strict, because it is what a client learns its manners from: OpenID Connect 1.0 with the code flow alone, PKCE (S256)
//! always, exact redirect addresses, PAR (RFC 9126), `iss` in the answer (RFC 9207), DPoP (RFC 9449) and access tokens as
//! RFC 9068 writes them. What a real provider may choose (PAR or not, rotation or not, nonces or not) is chosen in
//! [`IdentitySettings`], while the city runs; what a hostile or broken one would do is asked for by [`Tamper`].
//!
//! Each endpoint is a file, so are the things that they share: keys, clients, sessions, grants, proofs. All of it is kept in
//! tables named `identity_…`, the secrets among it as hashes, so that a city that was killed still knows who is signed in. The
//! other parties see [`guard`] only; control sees [`admin`]. Nothing here knows a bill.

mod acr;
pub(crate) mod admin;
mod answer;
mod authorize;
mod clients;
mod code;
mod devices;
mod discovery;
mod dpop;
mod error;
mod grant;
pub(crate) mod guard;
mod interaction;
mod issue;
mod keys;
mod limits;
mod logout;
mod page;
mod params;
mod pushed;
mod refresh;
mod request;
mod revoke;
mod schema;
mod secret;
mod session;
mod settings;
mod tamper;
mod token;
mod userinfo;

#[cfg(test)]
mod tests;

pub use error::IdentityError;
pub(crate) use schema::SCHEMA;
pub use settings::{IdentitySettings, Offer};
pub use tamper::Tamper;

use crate::context::Ctx;
use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
};

/// The provider's routes, beneath its issuer.
pub(crate) fn router(ctx: &Ctx) -> Router {
    Router::new()
        .route("/.well-known/openid-configuration", get(discovery::metadata))
        .route("/.well-known/oauth-authorization-server", get(discovery::metadata))
        .route("/jwks", get(discovery::key_set))
        .route("/par", post(pushed::push))
        .route("/authorize", get(authorize::by_query).post(authorize::by_form))
        .route("/interaction/{id}", get(interaction::show).post(interaction::submit))
        .route("/token", post(token::exchange))
        .route("/userinfo", get(userinfo::about_caller).post(userinfo::about_caller))
        .route("/devices", get(devices::of_caller))
        .route("/revoke", post(revoke::revoke))
        .route("/logout", get(logout::by_query).post(logout::by_form))
        .layer(DefaultBodyLimit::max(limits::FORM_BYTES_MAX))
        .with_state(Ctx::clone(ctx))
}
