//! An app as a process of its own, which can be killed at any moment.

use crate::Phone;
use rabt::Rabt;
use std::{future::Future, time::Duration};
use tokio::{
    runtime::{Builder, Runtime},
    task::JoinHandle,
};

/// How long the end waits for what can't be interrupted: a write to the disk that has begun.
const END: Duration = Duration::from_secs(3);

/// A phone's core on a runtime of its own. [`Process::kill`] ends everything in it where it stands, as a killed process would:
/// what waits for the network never hears of it, and only what is on the disk stays.
pub struct Process {
    rabt: Option<Rabt>,
    runtime: Option<Runtime>,
}

impl Process {
    /// Closes the phone's app, and opens it as a process. When that has been killed, open the phone's app again.
    pub async fn of(phone: &mut Phone) -> Self {
        phone.close();
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let opening = runtime.spawn(Rabt::open(phone.config.clone(), phone.ports()));
        let rabt = opening.await.expect("it is not killed yet").expect("the core opens");
        Self {
            rabt: Some(rabt),
            runtime: Some(runtime),
        }
    }

    /// Has the app do something; nobody need wait for it.
    pub fn begin<T, F>(&self, act: impl FnOnce(Rabt) -> F) -> JoinHandle<T>
    where
        F: Future<Output = T> + Send + 'static,
        T: Send + 'static,
    {
        let rabt = self.rabt.clone().expect("it is not killed yet");
        self.runtime.as_ref().expect("it is not killed yet").spawn(act(rabt))
    }

    /// Kills it. When this returns, the folder is free.
    pub fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        self.rabt = None;
        if let Some(runtime) = self.runtime.take() {
            // A runtime must not end on a thread of another, on which the caller may be.
            let _ = std::thread::spawn(move || runtime.shutdown_timeout(END)).join();
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}
