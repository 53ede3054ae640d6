//! The gateway and the bank as a client meets them, over sockets: the directory, linking, quotes, payments, and what becomes of a
//! payment when agencies fail, answers are lost and the city is killed.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    reason = "a test that meets something else has failed"
)]

mod audit;
mod crash;
mod directory;
mod linking;
mod paying;
mod person;
mod troubles;
