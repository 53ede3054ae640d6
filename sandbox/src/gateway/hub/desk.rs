//! Where a request that waits for its payment, and the worker that carries payments out, meet.
//!
//! The request never does the work itself: it records the payment, wakes the worker and listens. So a request that is cut, or a
//! client that has gone, takes nothing with it.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};
use tokio::sync::{Notify, watch};

/// How far the worker is with a payment, as far as a request cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Progress {
    /// Recorded.
    Begun,
    /// The bank has answered.
    Debited,
    /// Everything that can be done at present was tried.
    Tried,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    wake: Notify,
    waiting: Mutex<HashMap<String, watch::Sender<Progress>>>,
}

/// A request's place at the desk; leaving it says that nobody waits any more.
pub(crate) struct Place<'a> {
    desk: &'a Desk,
    payment_id: String,
    progress: watch::Receiver<Progress>,
}

impl Desk {
    /// A request will wait for a payment.
    pub(crate) fn take_place(&self, payment_id: &str) -> Place<'_> {
        let (sender, progress) = watch::channel(Progress::Begun);
        self.lock().insert(payment_id.to_owned(), sender);
        Place {
            desk: self,
            payment_id: payment_id.to_owned(),
            progress,
        }
    }

    /// Whether a request waits for the payment at this moment.
    pub(crate) fn is_awaited(&self, payment_id: &str) -> bool {
        self.lock().contains_key(payment_id)
    }

    /// There is something to do.
    pub(crate) fn ring(&self) {
        self.wake.notify_one();
    }

    /// Until there is.
    pub(crate) async fn rung(&self) {
        self.wake.notified().await;
    }

    /// The worker has come so far.
    pub(crate) fn tell(&self, payment_id: &str, reached: Progress) {
        if let Some(sender) = self.lock().get(payment_id) {
            sender.send_modify(|progress| *progress = reached.max(*progress));
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, watch::Sender<Progress>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place<'_> {
    /// Until the worker has come so far.
    pub(crate) async fn until(&mut self, wanted: Progress) {
        // The sender lives as long as this place does, so that the channel can't be closed.
        let _ = self.progress.wait_for(|progress| *progress >= wanted).await;
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.desk.lock().remove(&self.payment_id);
    }
}
