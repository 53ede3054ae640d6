//! What stands in many records: money, days, instants, texts in both languages.

mod check;
mod money;
mod text;
mod time;

pub(crate) use check::{count, id, list, millis, size};
pub use money::{Currency, Money};
pub use text::{Bilingual, Language};
pub use time::{DubaiDate, Timestamp};
