//! The bounds of sign-in and session, each with its reason.

/// How long a person may take to sign in: finding a phone, installing an app, reading an SMS. A URL that comes later than that
/// is answered by beginning again.
pub const FLOW_SECONDS_MAX: i64 = 1800;
/// By how much the clocks of provider and device may differ (the OpenID Foundation's suite allows a few minutes; RFC 7519 says
/// "no more than a few minutes").
pub const CLOCK_SKEW_SECONDS: i64 = 60;
/// From which difference on a party's `Date` says that the device's clock is wrong: an answer's way takes seconds, and a header's
/// seconds are whole. A smaller difference is within what every check allows.
pub const CLOCK_DIFFERENCE_SECONDS_MIN: i64 = 30;
/// How long ago an ID token may have been issued when it answers a request: it was made for that answer.
pub const ID_TOKEN_AGE_SECONDS_MAX: i64 = 600;
/// The longest ID token that is looked at. One with every claim of UAE PASS has about 2 KiB.
pub const ID_TOKEN_BYTES_MAX: usize = 16 * 1024;
/// The longest access or refresh token: header lines beyond 8 KiB are refused by common servers.
pub const TOKEN_BYTES_MAX: usize = 8 * 1024;
/// The longest URL that is looked at when it comes back.
pub const CALLBACK_BYTES_MAX: usize = 8 * 1024;
/// The most parameters that are read of such a URL.
pub const CALLBACK_PARAMETERS_MAX: usize = 32;
/// The longest code.
pub const CODE_BYTES_MAX: usize = 2048;
/// The longest error code that is repeated to a caller; the longest registered one has 36 characters.
pub const ERROR_CODE_BYTES_MAX: usize = 64;
/// The longest `request_uri`.
pub const REQUEST_URI_BYTES_MAX: usize = 2048;
/// The most keys of a provider that are read.
pub const KEYS_MAX: usize = 32;
/// The most entries of a list in a provider's metadata.
pub const METADATA_LIST_MAX: usize = 64;
/// How long a provider's metadata is relied on.
pub const METADATA_SECONDS_MAX: u64 = 3600;
/// How long a provider's keys are relied on before they are read again although every `kid` is known, so that a withdrawn key
/// is forgotten.
pub const KEYS_SECONDS_MAX: u64 = 3600;
/// How often, in [`KEYS_WINDOW_SECONDS`], the keys are read again because of an unknown `kid`: tokens with made-up ones must
/// not make this client hammer its provider.
pub const KEYS_READ_AGAIN_MAX: usize = 6;
/// See [`KEYS_READ_AGAIN_MAX`].
pub const KEYS_WINDOW_SECONDS: u64 = 60;
/// How long before its expiry a token is refreshed: longer than a call takes, so that none expires on its way.
pub const REFRESH_BEFORE_SECONDS: i64 = 60;
/// How long a provider that failed is left in peace while the token in hand is still valid: a hanging one must not hold up every
/// call of a token's last minute.
pub const REFRESH_REST_SECONDS: u64 = 10;
/// How long a token is relied on where the provider doesn't say.
pub const ACCESS_SECONDS_DEFAULT: i64 = 300;
/// The shortest time for which a new token is used, whatever the provider says: with `expires_in: 0` every call would refresh.
pub const ACCESS_SECONDS_MIN: i64 = 10;
/// The longest time for which a token is relied on, whatever the provider says.
pub const ACCESS_SECONDS_MAX: i64 = 86_400;
/// The largest answer of an endpoint that is read, in bytes.
pub const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// How long an endpoint may take, in milliseconds.
pub const ENDPOINT_DEADLINE_MS: u64 = 15_000;
/// How long a revocation may take, in milliseconds: a person who signs out doesn't wait for it longer.
pub const REVOCATION_DEADLINE_MS: u64 = 4_000;
/// How often a request is sent that may be sent again: one that only reads, or that certainly never left.
pub const ATTEMPTS_MAX: u32 = 3;
/// The pause before the second attempt, in milliseconds; it doubles.
pub const ATTEMPT_PAUSE_MS: u64 = 300;
/// The servers whose nonces are kept: the provider, the gateway, and the agencies of a large city.
pub const NONCE_ORIGINS_MAX: usize = 128;
/// The longest nonce that is kept.
pub const NONCE_BYTES_MAX: usize = 512;
