//! What the library promises its shells, told through the functions that they call, against a city: cancelling, closing, errors,
//! panics, and ports that throw or block.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a story whose stage can't be set has failed"
)]

mod autopay;
mod cancelling;
mod closing;
mod documented;
mod input;
mod pages;
mod panics;
mod ports;
mod support;
mod watching;
