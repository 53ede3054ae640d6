//! The runtime that everything runs on, and the one way of running something there.
//!
//! UniFFI polls a future on whatever thread the other language resumes it on: Android's main thread, say. So nothing is done there but
//! waiting. Two workers are enough for a phone: the work is the network's and the disk's, and the disk has threads of its own.

use crate::{error::RabtError, ports::PortError};
use std::{
    future::Future,
    sync::{
        Arc, OnceLock, PoisonError, RwLock,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::runtime::{Builder, Runtime};

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

/// Runs `work` on the runtime to its end, whether or not the caller goes on waiting. A panic in it is [`RabtError::Bug`].
pub(crate) async fn run<T: Send + 'static>(
    work: impl Future<Output = Result<T, RabtError>> + Send + 'static,
) -> Result<T, RabtError> {
    match runtime()?.spawn(work).await {
        Ok(result) => result,
        Err(error) => {
            tracing::error!(panicked = error.is_panic(), "a call did not end properly");
            Err(RabtError::bug("call"))
        }
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
