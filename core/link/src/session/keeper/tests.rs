use crate::session::{
    SessionTokens,
    limits::{CLOCK_SKEW_SECONDS, REFRESH_BEFORE_SECONDS},
    testing::{NOW_SECONDS, at, tokens},
};
use proptest::prelude::*;

fn living_for(seconds: i64) -> SessionTokens {
    SessionTokens {
        expires_at: at(NOW_SECONDS + seconds),
        ..tokens()
    }
}

#[test]
fn a_token_is_fresh_until_a_margin_before_its_expiry() {
    for (lifetime, age, fresh) in [
        (300, 0, true),
        (300, 300 - REFRESH_BEFORE_SECONDS - 1, true),
        (300, 300 - REFRESH_BEFORE_SECONDS, false),
        (300, 299, false),
        (300, 1_000_000, false),
        // Too short for the whole margin: half of its life.
        (40, 19, true),
        (40, 20, false),
        // The clock was turned back: within the skew nothing is made of it.
        (300, -CLOCK_SKEW_SECONDS, true),
        (300, -CLOCK_SKEW_SECONDS - 1, false),
        (300, -1_000_000, false),
        (0, 0, false),
    ] {
        let now = at(NOW_SECONDS + age);
        assert_eq!(living_for(lifetime).is_fresh(now), fresh, "{lifetime} s, after {age} s");
    }
}

proptest! {
    /// Whatever the clock says: what was received just now can be used, so no call refreshes twice.
    #[test]
    fn what_was_received_just_now_is_fresh(now in 0..4_000_000_000i64, lifetime in 2..100_000i64) {
        let received = SessionTokens { received_at: at(now), expires_at: at(now + lifetime), ..tokens() };
        prop_assert!(received.is_fresh(at(now)));
    }
}
