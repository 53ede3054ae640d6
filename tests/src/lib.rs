//! What the scenarios share: a city, phones in it, and the person who holds them. No assertion and no expectation lives here.

mod phone;
mod town;

pub use phone::{Phone, PhoneClock, chosen};
pub use town::Town;
