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
