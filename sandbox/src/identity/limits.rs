//! Every bound of the provider, with its reason.

/// A form: the longest thing in one is an ID token hint of a few kilobytes.
pub(super) const FORM_BYTES_MAX: usize = 32 * 1024;
/// Parameters of one request: OpenID Connect and its extensions name about forty.
pub(super) const PARAMETERS_MAX: usize = 64;
/// `state` and `nonce`: room for a signed value, not for an application's data.
pub(super) const OPAQUE_CHARS_MAX: usize = 1024;
/// `jti` and `nonce` of a proof: twice what any usual generator makes.
pub(super) const PROOF_ID_CHARS_MAX: usize = 128;
/// How long a pushed request waits for the browser; RFC 9126, 2.2 recommends 5 to 600 seconds.
pub(super) const PUSHED_MS: i64 = 90_000;
/// How long the sign-in page waits for a person.
pub(super) const INTERACTION_MS: i64 = 10 * 60_000;
/// How long a code waits for its client: RFC 6749, 4.1.2 allows ten minutes, FAPI 2.0 one.
pub(super) const CODE_MS: i64 = 60_000;
/// How long a browser stays signed in.
pub(super) const SESSION_MS: i64 = 8 * 60 * 60_000;
/// How long a second factor counts as shown "of late": the level falls to low afterwards, in refreshed tokens too.
pub(super) const HIGH_ASSURANCE_MS: i64 = 15 * 60_000;
/// Wrong PINs or codes on one page before it locks.
pub(super) const WRONG_ENTRIES_MAX: u32 = 5;
/// How far a proof's `iat` may be from the city's clock, either way: clocks of phones drift.
pub(super) const PROOF_AGE_MS: i64 = 300_000;
/// How long one DPoP nonce is handed out; it is accepted for as long again.
pub(super) const NONCE_MS: i64 = 5 * 60_000;
/// How long a replaced refresh token may be repeated by its own key (see `refresh`).
pub(super) const REPEAT_MS: i64 = 60_000;
/// How often it may be: the provider's own fall may lose one answer, and the phone's death the next.
pub(super) const REPEATS_MAX: u32 = 3;
/// How long spent codes and expired tokens are remembered, so that a late second use is still recognised as one.
pub(super) const REMEMBERED_MS: i64 = 24 * 60 * 60_000;
/// Keys in the published set: a roll-over leaves the older ones for verification, and a set stays far below the 32 that readers allow.
pub(super) const KEYS_MAX: u32 = 8;
