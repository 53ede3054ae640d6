//! What the scenarios share: a city, phones in it, the person who holds them, and what watches over them (a tape of the logs, canaries
//! of what is personal). No expectation lives here but the two that many stories have: the books, which are in order at every
//! instant, and that what is refused changes nothing.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a story whose stage can't be set has failed"
)]

mod books;
mod canaries;
mod child;
#[cfg(feature = "crash-points")]
pub mod crash;
mod disk;
mod foreign;
mod lives;
mod parties;
mod phone;
mod process;
mod secrets;
mod story;
mod tape;
mod town;
mod wait;

pub use canaries::{Canaries, Net};
pub use child::{Child, config_of, phone_for_children, settings};
pub use disk::DiskImage;
pub use foreign::{ForeignProvider, ForeignSettings, Person};
pub use lives::MayDie;
pub use parties::Meter;
pub use phone::{Phone, PhoneClock, agency_id, bill_key, chosen};
pub use process::Process;
pub use secrets::FolderSecrets;
pub use story::Story;
pub use tape::Tape;
pub use town::Town;
pub use wait::until;
