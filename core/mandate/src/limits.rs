//! How much a situation may hold, so that a body from elsewhere can't be without end.

/// The most mandates of a person, with their older versions.
pub const MANDATES_MAX: usize = 100;
/// The most pauses, resumptions and revocations of a mandate.
pub const STANDINGS_MAX: usize = 1_000;
/// The most bills: some agencies keep two years of them.
pub const BILLS_MAX: usize = 10_000;
/// The most payments in a history: a year of several a day.
pub const PAYMENTS_MAX: usize = 10_000;
/// The most paid bills in a history.
pub const PAID_MAX: usize = 10_000;
/// The most answers in a history.
pub const ANSWERS_MAX: usize = 10_000;
/// The most instruments of a person.
pub const INSTRUMENTS_MAX: usize = 100;
/// The most decisions of one report: a year of a dozen a day.
pub const DECISIONS_MAX: usize = 10_000;
