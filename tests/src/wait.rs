//! Waiting for what announces itself to nobody: that a request has reached a party, or that money has moved.

use crate::{Town, parties::REQUESTS_MAX};
use std::time::{Duration, Instant};

/// How long a test waits for what must come: far beyond what it takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(2);

impl Town {
    /// Waits until every fault that happens so many times has happened, meters aside: until the requests that were to meet them
    /// have reached their parties.
    pub async fn until_faults_have_happened(&self) {
        let is_left = |times: Option<u32>| times.is_some_and(|left| left <= REQUESTS_MAX / 2);
        let happened = || {
            let active = self.control().faults();
            !active.iter().any(|active| is_left(active.fault.times))
        };
        until("the faults have happened", happened).await;
    }
}

/// Waits until `condition` holds.
pub async fn until(what: &str, condition: impl Fn() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}");
        tokio::time::sleep(PAUSE).await;
    }
}
