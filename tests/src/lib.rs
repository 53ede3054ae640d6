//! What the scenarios share: a city, phones in it, and the person who holds them. No expectation lives here but the two that many
//! stories have: the books, which are in order at every instant, and that what is refused changes nothing.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a story whose stage can't be set has failed"
)]

mod books;
mod disk;
mod lives;
mod parties;
mod phone;
mod process;
mod story;
mod town;
mod wait;

pub use disk::DiskImage;
pub use lives::MayDie;
pub use parties::Meter;
pub use phone::{Phone, PhoneClock, agency_id, bill_key, chosen};
pub use process::Process;
pub use story::Story;
pub use town::Town;
pub use wait::until;
