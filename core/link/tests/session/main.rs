//! The session against a provider of its own, over real TLS on loopback: what a sign-in, a refresh and a lost network do.
//!
//! The faults that national apps were seen with are each a test here (`faults.rs`), named after what went wrong.

#[cfg(test)]
mod faults;
#[cfg(test)]
mod keeper;
#[cfg(test)]
mod phone;
#[cfg(test)]
mod provider;
#[cfg(test)]
mod sign_in;
#[cfg(test)]
mod sign_out;
#[cfg(test)]
mod wire;
