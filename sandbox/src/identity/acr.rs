//! Assurance levels: how surely the provider knows who is there, and the names by which a client asks for it.

use super::limits;
use rabt_protocol::oidc::acr;

/// What was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// A PIN.
    Low,
    /// A PIN and a one-time code.
    High,
}

/// The names that are known: the city's, and UAE Pass's two for signing in, which stand for a single factor here.
pub(super) const KNOWN: [(&str, Level); 4] = [
    (acr::LOW, Level::Low),
    (acr::HIGH, Level::High),
    ("urn:safelayer:tws:policies:authentication:level:low", Level::Low),
    ("urn:digitalid:authentication:flow:mobileondevice", Level::Low),
];

/// The level that a name stands for.
pub(super) fn level(acr: &str) -> Option<Level> {
    KNOWN.iter().find(|(name, _)| *name == acr).map(|(_, level)| *level)
}

/// The first known name of `acr_values`, which lists what the client wants in its order of preference.
pub(super) fn chosen(acr_values: &str) -> Option<&'static str> {
    acr_values
        .split_ascii_whitespace()
        .find_map(|wanted| KNOWN.iter().find(|(name, _)| *name == wanted).map(|(name, _)| *name))
}

/// What is left of a level after a while: a high one is high only shortly after both factors were shown.
pub(super) fn effective(reached: &str, authenticated_ms: i64, now_ms: i64) -> &str {
    let of_late = now_ms.saturating_sub(authenticated_ms) <= limits::HIGH_ASSURANCE_MS;
    if level(reached) == Some(Level::High) && !of_late {
        acr::LOW
    } else {
        reached
    }
}
