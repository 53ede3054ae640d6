//! The link crate against parties that lie, stall, cut and flood, over real TLS.
//!
//! Each story gives a server that answers as it likes and says what the client makes of it, and within which bound.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail by panicking, as tests do"
)]

mod bills;
mod bounds;
mod calls;
mod directory;
mod gateway;
mod mandates;
mod payments;
mod support;
