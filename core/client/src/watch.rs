//! How a shell learns that something changed: which topics, never what. It then reads a page again.
//!
//! A watcher holds a count for each topic and compares it with the core's. Nothing is queued, so that a slow shell costs
//! nothing, misses no change, and hears of a hundred changes once.

use tokio::sync::watch;

/// What can change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Topic {
    /// Signed in, out, stepped up.
    Session,
    /// The directory, or how fresh an agency's answer is.
    Agencies,
    /// Accounts and consents.
    Accounts,
    /// Bills.
    Bills,
    /// Linked bank accounts and cards.
    Instruments,
    /// Payments and their receipts.
    Payments,
    /// The queue of outcomes has a new entry.
    Outcomes,
    /// An answer was refused and recorded.
    Incidents,
    /// Mandates: what is signed, decided, asked or found.
    Autopay,
}

impl Topic {
    /// Every topic.
    pub const ALL: [Self; 9] = [
        Self::Session,
        Self::Agencies,
        Self::Accounts,
        Self::Bills,
        Self::Instruments,
        Self::Payments,
        Self::Outcomes,
        Self::Incidents,
        Self::Autopay,
    ];
}

type Counts = [u64; Topic::ALL.len()];

/// The core's side.
pub(crate) struct Changes {
    counts: watch::Sender<Counts>,
}

impl Changes {
    pub(crate) fn new() -> Self {
        Self {
            counts: watch::Sender::new(Counts::default()),
        }
    }

    /// Says that these topics changed; called after the change is in the store.
    pub(crate) fn announce(&self, topics: &[Topic]) {
        self.counts.send_modify(|counts| {
            for topic in topics {
                let count = &mut counts[*topic as usize];
                *count = count.wrapping_add(1);
            }
        });
    }

    pub(crate) fn watch(&self) -> Watcher {
        let counts = self.counts.subscribe();
        let seen = *counts.borrow();
        Watcher { counts, seen }
    }
}

/// A shell's side. Dropping it ends the watch.
#[derive(Debug)]
pub struct Watcher {
    counts: watch::Receiver<Counts>,
    seen: Counts,
}

impl Watcher {
    /// Waits until something has changed since the last call, and says which topics did; empty once the core is closed, and
    /// from then on at once.
    ///
    /// Cancelling it loses nothing: the next call reports the same change.
    pub async fn changed(&mut self) -> Vec<Topic> {
        let seen = self.seen;
        let Ok(counts) = self
            .counts
            .wait_for(|counts| *counts != seen)
            .await
            .map(|counts| *counts)
        else {
            return Vec::new();
        };
        self.seen = counts;
        Topic::ALL
            .into_iter()
            .filter(|topic| counts[*topic as usize] != seen[*topic as usize])
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn many_changes_are_heard_once_and_none_is_missed() {
        let changes = Changes::new();
        let mut watcher = changes.watch();
        for _ in 0..100 {
            changes.announce(&[Topic::Bills]);
        }
        changes.announce(&[Topic::Payments, Topic::Outcomes]);
        assert_eq!(
            watcher.changed().await,
            [Topic::Bills, Topic::Payments, Topic::Outcomes]
        );

        let cancelled = tokio::time::timeout(std::time::Duration::from_millis(5), watcher.changed()).await;
        assert!(cancelled.is_err());
        changes.announce(&[Topic::Session]);
        assert_eq!(watcher.changed().await, [Topic::Session]);
    }

    #[tokio::test]
    async fn a_closed_core_ends_the_watch() {
        let changes = Changes::new();
        let mut watcher = changes.watch();
        drop(changes);
        assert!(watcher.changed().await.is_empty());
    }
}
