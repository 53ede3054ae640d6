//! What an agency bounds, and why.

/// The most bills on a page (the wire's bound): with eight lines each some 700 KB of JSON.
pub(crate) const PAGE_BILLS_MAX: usize = 500;
/// The bills on a page where the caller doesn't say: a household's, in one answer.
pub(crate) const PAGE_BILLS_USUAL: usize = 100;
/// A closed bill is answered for this long (the wire's bound).
pub(crate) const CLOSED_MONTHS_MAX: i32 = 24;
/// The most accounts that a person adds by hand with one agency. More is somebody trying numbers.
pub(crate) const ADDED_ACCOUNTS_MAX: usize = 50;
/// The most consents of a person with one agency that aren't withdrawn; a client needs one.
pub(crate) const CONSENTS_MAX: usize = 50;
/// The longest consent: a year, and a day for the leap year.
pub(crate) const CONSENT_DAYS_MAX: i64 = 366;
/// How far ahead of the city a client's clock may be.
pub(crate) const CLOCK_SKEW_MS: i64 = 24 * 60 * 60 * 1000;
/// The longest identifier that is taken or made.
pub(crate) const ID_CHARS_MAX: usize = 64;
/// The longest text for people.
pub(crate) const TEXT_CHARS_MAX: usize = 160;
/// The highest amount of a line or a bill, in fils: AED 100 million. Sums of a thousand of them stay far from overflow.
pub(crate) const AMOUNT_FILS_MAX: i64 = 10_000_000_000;
/// The most lines of a bill.
pub(crate) const LINES_MAX: usize = 20;
/// The slowest that an agency is by itself, in milliseconds; what is slower is a fault, to be switched on.
pub(crate) const LATENCY_MS_MAX: u32 = 5_000;
/// The most entries of a list in a fixture: accounts, kinds, fees.
pub(crate) const FIXTURE_ENTRIES_MAX: usize = 200;
/// The most bills of a fixture.
pub(crate) const FIXTURE_BILLS_MAX: usize = 5_000;
/// The longest field of a form (the wire's bound).
pub(crate) const FIELD_CHARS_MAX: u16 = 64;
/// The furthest day from today, in days, that a bill speaks of.
pub(crate) const DAYS_MAX: i32 = 3_660;
