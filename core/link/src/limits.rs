//! Every bound of this crate, with its reason. What another party sends is read up to one of these and no further.

/// Time to a finished TCP and TLS handshake. Three round trips over a poor mobile link take about two seconds.
pub const CONNECT_TIMEOUT_MS: u64 = 5_000;

/// All header lines of an answer, names and values. Ours have some hundred bytes; 16 KiB is what common servers themselves allow.
pub const RESPONSE_HEADERS_BYTES_MAX: usize = 16 * 1024;
/// How many header lines an answer may have.
pub const RESPONSE_HEADERS_MAX: usize = 64;

/// How long a body may come at whatever pace: a mobile link that changes cells is silent for some seconds.
pub const PACE_GRACE_MS: u64 = 4_000;
/// The least pace after that, on average. A slow mobile link makes ten times as much; a drip that means to hold us doesn't.
pub const PACE_BYTES_PER_SECOND_MIN: u64 = 1_024;

/// The longest body of a refusal. A problem document has less than 2 KiB.
pub const PROBLEM_BODY_BYTES_MAX: usize = 16 * 1024;

/// HTTP/2's window for one answer: what a peer may send before we have read any of it, and so what a hostile one can make us hold.
pub const STREAM_WINDOW_BYTES: u32 = 512 * 1024;
/// The same for all the answers of a connection together.
pub const CONNECTION_WINDOW_BYTES: u32 = 1024 * 1024;
/// Idle connections kept to one host. HTTP/2 needs one; a second covers the moment in which one is being replaced.
pub const IDLE_CONNECTIONS_PER_HOST_MAX: usize = 2;
/// How long an idle connection is kept. Phones change networks; older ones are more often dead than useful.
pub const IDLE_CONNECTION_MS: u64 = 30_000;
/// How often a connection with a request on it is pinged: one that died unnoticed must not eat every request's deadline.
pub const PING_INTERVAL_MS: u64 = 10_000;
/// How long the answer to a ping may take.
pub const PING_TIMEOUT_MS: u64 = 5_000;

/// The longest URL that is called. Servers commonly refuse above 8 KiB.
pub const URL_BYTES_MAX: usize = 4 * 1024;
/// How deep a chain of causes is followed when an error is classified; chains here are about six deep.
pub(crate) const CAUSES_MAX: usize = 16;
/// How much of a media type that was not asked for is kept for the log.
pub(crate) const FOUND_CHARS_MAX: usize = 60;

/// The longest wait that a party may ask for. An hour later everything is asked again anyhow.
pub const RETRY_AFTER_SECONDS_MAX: u32 = 3_600;
/// The longest name of a field that a refusal may give.
pub(crate) const FIELD_CHARS_MAX: usize = 100;
/// The longest assurance level; UAE PASS's have some 70 characters.
pub(crate) const ACR_CHARS_MAX: usize = 200;

/// How long the directory may take.
pub const DIRECTORY_DEADLINE_MS: u64 = 10_000;
/// The most agencies of a directory; the city has some fifty.
pub const AGENCIES_MAX: usize = 500;
/// The most kinds of bill, kinds of account or purposes of one agency.
pub const DIRECTORY_LIST_MAX: usize = 100;
/// The most fields of a form: a person fills it in on a phone.
pub const FORM_FIELDS_MAX: usize = 20;
/// The most characters of such a field, from the protocol.
pub const FORM_FIELD_CHARS_MAX: u16 = 64;
/// The most keys for receipts, from the protocol: one a year lasts a generation.
pub const RECEIPT_KEYS_MAX: usize = 32;

/// How long one call to an agency may take.
pub const AGENCY_CALL_DEADLINE_MS: u64 = 10_000;
/// How long all pages of an agency's bills may take together: a person who waits looks away after some ten seconds, and a sync in
/// the background gets about thirty from the system.
pub const AGENCY_PASS_DEADLINE_MS: u64 = 30_000;
/// How many bills are asked for in a page. The protocol's most: fewer pages are fewer round trips.
pub const BILLS_PER_PAGE_MAX: usize = 500;
/// The longest page. 500 bills with ten lines each and text in both languages have about 2 MiB.
pub const BILL_PAGE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// The most pages of one pass. A thousand bills are two pages of the full size; agencies may give smaller ones.
pub const BILL_PAGES_MAX: usize = 100;
/// How often a pass is begun again because the bills changed while they were read.
pub const BILL_PASS_RESTARTS_MAX: u32 = 2;
/// The most accounts that an agency may say a person has, from the protocol.
pub const ACCOUNTS_MAX: usize = 500;
/// The longest list of them: an account has well under 1 KiB.
pub const ACCOUNTS_BYTES_MAX: usize = 1024 * 1024;
/// The longest single thing that a party answers: a consent, an account, an instrument.
pub const SINGLE_BYTES_MAX: usize = 64 * 1024;
/// The longest cursor.
pub const CURSOR_CHARS_MAX: usize = 512;

/// How long a call to the gateway may take.
pub const GATEWAY_CALL_DEADLINE_MS: u64 = 15_000;
/// How long a payment may take before its answer counts as lost. The hub waits some seconds for agencies; an answer that is given up
/// too early only costs a look-up.
pub const PAYMENT_DEADLINE_MS: u64 = 30_000;
/// The most instruments of a person.
pub const INSTRUMENTS_MAX: usize = 100;
/// The most payments or events in a page, from the protocol.
pub const PAGE_ENTRIES_MAX: usize = 100;
/// The longest page of payments: 100 payments of some ten bills with a receipt of 1 KiB each. A payment of 100 bills with its receipts
/// has about 150 KiB.
pub const PAYMENTS_BYTES_MAX: usize = 4 * 1024 * 1024;
/// The longest page of events.
pub const EVENTS_BYTES_MAX: usize = 256 * 1024;
/// The longest receipt. Ours have about 1 KiB.
pub const RECEIPT_BYTES_MAX: usize = 8 * 1024;
/// The longest code that a bank's or processor's page gives back.
pub const LINK_CODE_CHARS_MAX: usize = 512;

/// The most mandates of a person, from the protocol.
pub const MANDATES_MAX: usize = 100;
/// The most versions, stops or answers of one mandate: an answer a day for some years.
pub const STATEMENTS_PER_MANDATE_MAX: usize = 2_000;
/// The longest list of mandates: a statement has about 1 KiB, and a household some hundred.
pub const MANDATES_BYTES_MAX: usize = 4 * 1024 * 1024;
/// The longest page of decisions: 100 of under 1 KiB.
pub const DECISIONS_BYTES_MAX: usize = 256 * 1024;
/// The most devices of a person, from the protocol.
pub const DEVICES_MAX: usize = 100;
