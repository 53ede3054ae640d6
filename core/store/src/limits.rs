//! What is bounded here, and why so.

/// The most bills on a page: a screen shows about ten, an export asks for all that it may have.
pub const PAGE_MAX: u16 = 200;
/// The bills on a page where nothing is said.
pub const PAGE_DEFAULT: u16 = 50;
/// The most bills of one agency that are kept: a household has some thousand in a lifetime, a fleet some ten thousand a year.
pub const BILLS_PER_AGENCY_MAX: usize = 200_000;
/// The longest search text, in characters: as long as the longest title.
pub const SEARCH_CHARS_MAX: usize = 200;
/// The most words of a search text that are looked at.
pub const SEARCH_WORDS_MAX: usize = 8;
/// The most bills that a search puts in order by itself; with more, going through all bills in order and keeping those that match is
/// faster, since a page is full soon.
pub const SEARCH_SORTED_MAX: usize = 2_000;
/// The most browser hops that are pending at once; a person begins one at a time, so beyond this the oldest is forgotten.
pub const FLOWS_MAX: usize = 32;
/// The most refused answers that are remembered; then the oldest is forgotten.
pub const INCIDENTS_MAX: usize = 1_000;
/// The most event identifiers that are remembered; the gateway keeps its cursor, so only repeats close by matter.
pub const SEEN_EVENTS_MAX: usize = 10_000;
/// The most accounts of one agency, and the most instruments, that are kept.
pub const ACCOUNTS_MAX: usize = 1_000;
/// The most consents that are kept, withdrawn ones included.
pub const CONSENTS_MAX: usize = 10_000;
/// The most outcomes that one pull returns.
pub const OUTCOMES_PULL_MAX: usize = 100;
/// The most ledgers that are set aside beside the present one; then the oldest is removed.
pub const SET_ASIDE_MAX: usize = 8;
/// How long SQLite waits for a lock within a file. The folder's lock keeps others out, so only a backup tool could hold one.
pub const BUSY_TIMEOUT_MS: u64 = 2_000;
/// The most statements about mandates that are kept: a person signs some, answers some a month, and keeps the app for years.
pub const STATEMENTS_MAX: usize = 20_000;
/// The most decisions that are kept: a household's dozen a day for some years.
pub const DECISIONS_MAX: usize = 50_000;
/// The most findings that are kept; a gateway with more isn't one to be dealt with.
pub const FINDINGS_MAX: usize = 5_000;
/// The most bills of one agency whose views are kept for the check of a gateway, and the most views of one of them, the newest.
pub const SEEN_PER_AGENCY_MAX: usize = 1_000;
/// See [`SEEN_PER_AGENCY_MAX`].
pub const SEEN_VIEWS_MAX: usize = 16;
/// For how long the views of a bill that is closed are kept: a year's limits and a month to look.
pub const SEEN_DAYS: i64 = 400;
/// The most devices of a person, and the most bank's consents to mandates, that are kept.
pub const DEVICES_MAX: usize = 100;
/// How much older than it is an agency's word may look after a kill, in seconds: so long what it only confirmed is kept in memory. Ten minutes
/// are nothing beside how often a person looks, and spare a row for each agency at each look.
pub const FRESHNESS_LAG_SECONDS_MAX: i64 = 600;
