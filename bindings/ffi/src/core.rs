//! What the features' objects share: the core, until it is closed.

use crate::{
    error::RabtError,
    runtime::{self, Running},
};
use std::{
    future::Future,
    sync::{Arc, Mutex, PoisonError},
};

/// The core, or that it was closed.
#[derive(Clone)]
pub(crate) struct Core {
    open: Arc<Mutex<Option<rabt::Rabt>>>,
}

impl Core {
    pub(crate) fn new(rabt: rabt::Rabt) -> Self {
        Self {
            open: Arc::new(Mutex::new(Some(rabt))),
        }
    }

    /// The core itself.
    pub(crate) fn get(&self) -> Result<rabt::Rabt, RabtError> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.clone().ok_or_else(RabtError::closed)
    }

    /// Lets go of it. What is under way has a copy and goes on; whoever asks from now on hears that it is closed.
    pub(crate) fn close(&self) {
        let core = self.open.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(core);
    }

    /// Runs a call to its end on the runtime; what it is asked with is checked there too, so that a panic is a `Bug` wherever it is.
    pub(crate) fn call<T, F>(&self, work: impl FnOnce(rabt::Rabt) -> F + Send + 'static) -> Running<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, RabtError>> + Send + 'static,
    {
        match self.get() {
            Ok(core) => runtime::run(async move { work(core).await }),
            Err(closed) => Running::refused(closed),
        }
    }
}
