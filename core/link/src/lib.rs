//! Rabt's network: bounded HTTP, sign-in, and the clients of the gateway and the agencies.
//!
//! What lives here speaks to other parties and believes none of them: sizes, times, redirects, signatures, persons and agencies
//! are checked, and what is handed on is made of the domain's types. What must not live here is anything that lasts: no file, no
//! table, no key. What has to be kept goes through ports that the facade implements over the store, which this crate doesn't know.
//! A screen never calls anything here; it reads the store.

pub mod agency;
pub mod call;
pub mod codes;
mod crash;
pub mod devices;
pub mod directory;
pub mod dpop;
pub mod error;
pub mod gateway;
pub mod http;
pub mod limits;
pub mod session;
mod wire;

pub use agency::{AgencyClient, Cursor};
pub use call::{Caller, ETag};
#[cfg(feature = "crash-points")]
pub use crash::on_crash_point;
pub use directory::{DirectoryClient, SignedDirectory};
pub use error::{LinkError, Refusal};
pub use gateway::GatewayClient;
pub use http::{BaseUrl, Http, HttpConfig, HttpError};
pub use wire::Sifted;
