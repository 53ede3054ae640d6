//! Rabt's network: bounded HTTP, sign-in, and the clients of the gateway and the agencies.
//!
//! What lives here speaks to other parties and believes none of them: sizes, times, redirects, signatures, persons and agencies
//! are checked, and what is handed on is made of the domain's types. What must not live here is anything that lasts: no file, no
//! table, no key. What has to be kept goes through ports that the facade implements over the store, which this crate doesn't know.
//! A screen never calls anything here; it reads the store.

pub mod dpop;
pub mod http;
pub mod limits;
pub mod session;

pub use http::{BaseUrl, Http, HttpConfig, HttpError};
