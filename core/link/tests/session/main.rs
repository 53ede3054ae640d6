//! The session against a provider of its own, over real TLS on loopback: what a sign-in, a refresh and a lost network do.
//!
//! The faults that national apps were seen with are each a test here (`faults.rs`), named after what went wrong.

mod faults;
mod keeper;
mod phone;
mod provider;
mod sign_in;
mod sign_out;
mod wire;
