//! Bills that pay themselves, as a phone meets them over sockets: what is signed and refused, what the bank consents to, what is paid and
//! why not, a gateway that cheats, and thousands of random histories.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test that meets something else has failed, and says which history to play again"
)]

mod cheats;
mod consent;
mod counting;
mod crash;
mod device;
mod histories;
mod paying;
mod register;
mod town;
mod troubles;
