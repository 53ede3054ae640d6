//! What the scenarios share: a city, phones in it, and the person who holds them. No expectation lives here but one, which holds
//! at every instant of every story: the books.

mod books;
mod disk;
mod parties;
mod phone;
mod process;
mod town;
mod wait;

pub use disk::DiskImage;
pub use parties::Meter;
pub use phone::{Phone, PhoneClock, agency_id, bill_key, chosen};
pub use process::Process;
pub use town::Town;
pub use wait::until;
