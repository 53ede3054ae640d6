//! Watching: a listener hears which topics changed, never what, and reads a page again.

use crate::{error::RabtError, ports::PortError, runtime};
use rabt::Watcher;
use std::sync::Arc;
use tokio::{sync::Semaphore, task::AbortHandle};

/// How many listeners may be busy at once: those that block keep only other listeners waiting, never the core.
const BUSY_MAX: usize = 32;
static BUSY: Semaphore = Semaphore::const_new(BUSY_MAX);

/// What can change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Topic {
    /// Somebody signed in, out, or stepped up.
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

impl From<rabt::Topic> for Topic {
    fn from(topic: rabt::Topic) -> Self {
        match topic {
            rabt::Topic::Session => Self::Session,
            rabt::Topic::Agencies => Self::Agencies,
            rabt::Topic::Accounts => Self::Accounts,
            rabt::Topic::Bills => Self::Bills,
            rabt::Topic::Instruments => Self::Instruments,
            rabt::Topic::Payments => Self::Payments,
            rabt::Topic::Outcomes => Self::Outcomes,
            rabt::Topic::Incidents => Self::Incidents,
            rabt::Topic::Autopay => Self::Autopay,
        }
    }
}

/// Hears of changes. Calls come from the core's own threads, one at a time for a listener. One that blocks is not called meanwhile and
/// then hears once of all that changed; one that throws is called again at the next change. Neither concerns anybody else.
#[uniffi::export(foreign)]
pub trait ChangeListener: Send + Sync {
    /// These topics changed since the last call: read what is on the screen again.
    fn changed(&self, topics: Vec<Topic>) -> Result<(), PortError>;

    /// The watch has ended, because it was stopped or because the core was closed; nothing is heard after this.
    fn ended(&self) -> Result<(), PortError>;
}

/// A watch that is going on. It ends by `stop`, or when this is let go of.
#[derive(uniffi::Object)]
pub struct Watch {
    task: AbortHandle,
    stopped: Arc<tokio::sync::Notify>,
}

#[uniffi::export]
impl Watch {
    /// Ends the watch. A call that is under way at the listener is the last but for `ended`. Stopping twice does nothing.
    pub fn stop(&self) {
        self.stopped.notify_one();
    }

    /// Whether the watch has ended and its listener was told.
    pub fn has_ended(&self) -> bool {
        self.task.is_finished()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.stop();
    }
}

pub(crate) fn begin(mut watcher: Watcher, listener: Arc<dyn ChangeListener>) -> Result<Arc<Watch>, RabtError> {
    let stopped = Arc::new(tokio::sync::Notify::new());
    let stop = Arc::clone(&stopped);
    let task = runtime::begin(async move {
        loop {
            let topics = tokio::select! {
                biased;
                () = stop.notified() => break,
                topics = watcher.changed() => topics,
            };
            if topics.is_empty() {
                break;
            }
            let topics = topics.into_iter().map(Topic::from).collect();
            tell(&listener, move |listener| listener.changed(topics)).await;
        }
        // What the core holds for a watch is let go of before the listener is told.
        drop(watcher);
        tell(&listener, |listener| listener.ended()).await;
    })?;
    Ok(Arc::new(Watch { task, stopped }))
}

/// Calls a listener on a thread that may block, and waits for it. What it throws is its own affair.
async fn tell(
    listener: &Arc<dyn ChangeListener>,
    call: impl FnOnce(&dyn ChangeListener) -> Result<(), PortError> + Send + 'static,
) {
    let listener = Arc::clone(listener);
    let Ok(_busy) = BUSY.acquire().await else { return };
    match tokio::task::spawn_blocking(move || call(listener.as_ref())).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "a listener failed"),
        Err(error) => tracing::warn!(%error, "a listener did not return"),
    }
}
