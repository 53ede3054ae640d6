//! Two questions to one party over one connection.
//!
//! Before a connection is up nobody knows whether it takes one question at a time (HTTP/1.1) or many (HTTP/2), so the pool makes one
//! for each question that is asked meanwhile, with a handshake each: half of what a first look at thirty agencies costs. So a second question
//! waits, not for the answer to the first one, but until that has its connection.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};
use tokio::sync::Notify;
use tower_layer::Layer;
use tower_service::Service;

tokio::task_local! {
    /// Where the question that is being asked says that it has its connection.
    static LINE: Line;
}

/// Says when a question has its connection, be it a new one or one that was there.
#[derive(Clone, Debug, Default)]
pub(crate) struct Line(Arc<State>);

#[derive(Debug, Default)]
struct State {
    is_connecting: AtomicBool,
    has_connected: AtomicBool,
    is_up: AtomicBool,
    changed: Notify,
}

impl Line {
    /// Asks, and says when there is a connection; at the latest when there is an answer, or nobody waits for it any more.
    pub(crate) async fn carry<T>(&self, question: impl Future<Output = T>) -> T {
        let _up_in_the_end = UpInTheEnd(self);
        LINE.scope(self.clone(), question).await
    }

    /// Waits until there is.
    pub(crate) async fn up(&self) {
        loop {
            let changed = self.0.changed.notified();
            if self.0.is_up.load(Ordering::Acquire) {
                return;
            }
            changed.await;
        }
    }

    /// After each step of sending: where no connection had to be made, one was there; and one that was made is in the pool by the end
    /// of the step in which it was made.
    fn after_a_step(&self) {
        let is_made = !self.0.is_connecting.load(Ordering::Acquire) || self.0.has_connected.load(Ordering::Acquire);
        if is_made {
            self.set_up();
        }
    }

    fn set_up(&self) {
        if !self.0.is_up.swap(true, Ordering::AcqRel) {
            self.0.changed.notify_waiters();
        }
    }
}

struct UpInTheEnd<'a>(&'a Line);

impl Drop for UpInTheEnd<'_> {
    fn drop(&mut self) {
        self.0.set_up();
    }
}

/// Sends a request, and says so to whoever waits for its connection.
pub(super) async fn told<T>(sending: impl Future<Output = T>) -> T {
    let Ok(line) = LINE.try_with(Clone::clone) else {
        return sending.await;
    };
    let mut sending = pin!(sending);
    poll_fn(|cx| {
        let step = sending.as_mut().poll(cx);
        line.after_a_step();
        step
    })
    .await
}

/// Around what makes connections, within the step of whoever asked for one.
#[derive(Clone, Copy, Debug)]
pub(super) struct LineLayer;

impl<S> Layer<S> for LineLayer {
    type Service = Lined<S>;

    fn layer(&self, inner: S) -> Lined<S> {
        Lined(inner)
    }
}

/// See [`LineLayer`].
#[derive(Clone, Debug)]
pub(super) struct Lined<S>(S);

impl<S, R> Service<R> for Lined<S>
where
    S: Service<R>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Connecting<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, to: R) -> Self::Future {
        let line = LINE.try_with(Clone::clone).ok();
        if let Some(line) = &line {
            line.0.is_connecting.store(true, Ordering::Release);
        }
        let connecting = self.0.call(to);
        Box::pin(async move {
            let connected = connecting.await;
            if let Some(line) = line {
                line.0.has_connected.store(true, Ordering::Release);
            }
            connected
        })
    }
}

/// A connection in the making.
type Connecting<F> = std::pin::Pin<Box<dyn Future<Output = <F as Future>::Output> + Send>>;
