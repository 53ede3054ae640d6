//! The runtime that everything runs on, and the one way of running something there.
//!
//! UniFFI polls a future on whatever thread the other language resumes it on: Android's main thread, say. So nothing is done there but
//! waiting. Two workers are enough for a phone: the work is the network's and the disk's, and the disk has threads of its own.

use crate::{error::RabtError, ports::PortError};
use std::{
    any::Any,
    future::Future,
    marker::PhantomData,
    pin::Pin,
    sync::{
        Arc, OnceLock, PoisonError, RwLock,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};
use tokio::{
    runtime::{Builder, Runtime},
    task::JoinHandle,
};

/// How many threads poll.
const WORKERS: usize = 2;
/// How many threads may block at once: the disk's calls and the shell's ports. Beyond that they queue.
const BLOCKING_THREADS_MAX: usize = 128;

/// Hears of each thread of the core when it starts, on that thread.
///
/// It is for the Java virtual machine: a thread that isn't attached to it is attached and detached at every single callback, so
/// the Kotlin face attaches each once and for good here. Swift needs none.
#[uniffi::export(foreign)]
pub trait ThreadHook: Send + Sync {
    /// A thread of the core has started and calls this. Where it throws, the thread goes on.
    fn started(&self) -> Result<(), PortError>;
}

static HOOK: RwLock<Option<Arc<dyn ThreadHook>>> = RwLock::new(None);

/// Has `hook` hear of the core's threads that start from now on, in place of an earlier one. Call it before anything else, a log's sink too:
/// the first threads start with the first call.
#[uniffi::export]
pub fn set_thread_hook(hook: Arc<dyn ThreadHook>) {
    *HOOK.write().unwrap_or_else(PoisonError::into_inner) = Some(hook);
}

/// Tells the shell of a thread of the core's, on that thread.
pub(crate) fn thread_started() {
    let hook = HOOK.read().unwrap_or_else(PoisonError::into_inner).clone();
    if let Some(hook) = hook
        && let Err(error) = hook.started()
    {
        tracing::warn!(%error, "the shell's thread hook failed");
    }
}

/// The process's runtime; made at the first call, and there until the process ends.
fn runtime() -> Result<&'static Runtime, RabtError> {
    static RUNTIME: OnceLock<Option<Runtime>> = OnceLock::new();
    static NUMBER: AtomicUsize = AtomicUsize::new(1);
    let made = RUNTIME.get_or_init(|| {
        Builder::new_multi_thread()
            .worker_threads(WORKERS)
            .max_blocking_threads(BLOCKING_THREADS_MAX)
            .thread_name_fn(|| format!("rabt-{}", NUMBER.fetch_add(1, Ordering::Relaxed)))
            .on_thread_start(thread_started)
            .enable_all()
            .build()
            .inspect_err(|error| tracing::error!(%error, "the runtime could not be made"))
            .ok()
    });
    made.as_ref().ok_or_else(|| RabtError::bug("runtime"))
}

/// What a call comes to, whatever its type.
type Erased = Box<dyn Any + Send>;

/// A call that runs on the runtime to its end, whether or not anybody goes on waiting here. A panic in it is [`RabtError::Bug`].
///
/// Each exported function is a future of its own type, and all that a future holds while it waits is compiled again for it: this is little.
pub(crate) struct Running<T> {
    task: Result<JoinHandle<Erased>, RabtError>,
    comes_to: PhantomData<fn() -> T>,
}

/// Runs `work` on the runtime.
pub(crate) fn run<T: Send + 'static>(work: impl Future<Output = Result<T, RabtError>> + Send + 'static) -> Running<T> {
    Running {
        task: spawn(Box::pin(async move {
            let done: Erased = Box::new(work.await);
            done
        })),
        comes_to: PhantomData,
    }
}

/// The runtime's part of a task is compiled once for each type of work that it is given: behind one type it is there once.
fn spawn(work: Pin<Box<dyn Future<Output = Erased> + Send>>) -> Result<JoinHandle<Erased>, RabtError> {
    Ok(runtime()?.spawn(work))
}

impl<T> Running<T> {
    /// A call that can't be made.
    pub(crate) fn refused(error: RabtError) -> Self {
        Self {
            task: Err(error),
            comes_to: PhantomData,
        }
    }
}

impl<T: 'static> Future for Running<T> {
    type Output = Result<T, RabtError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        ended(&mut self.task, context).map(|done| match done?.downcast() {
            Ok(done) => *done,
            Err(_) => Err(RabtError::bug("call")),
        })
    }
}

fn ended(
    task: &mut Result<JoinHandle<Erased>, RabtError>,
    context: &mut Context<'_>,
) -> Poll<Result<Erased, RabtError>> {
    match task {
        Ok(task) => Pin::new(task).poll(context).map_err(|error| {
            tracing::error!(panicked = error.is_panic(), "a call did not end properly");
            RabtError::bug("call")
        }),
        Err(error) => Poll::Ready(Err(error.clone())),
    }
}

/// Begins `work`, which nobody waits for.
pub(crate) fn begin(work: impl Future<Output = ()> + Send + 'static) -> Result<tokio::task::AbortHandle, RabtError> {
    Ok(runtime()?.spawn(work).abort_handle())
}

/// Calls the shell, which may take its time, from wherever the core happens to be: on a worker the other tasks go on elsewhere.
pub(crate) fn call_shell<T>(call: impl FnOnce() -> T) -> T {
    tokio::task::block_in_place(call)
}
