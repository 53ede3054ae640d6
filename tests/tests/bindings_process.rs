//! What is set once for a process: the log's sink and the threads' hook. It is a process of its own for that reason.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a story whose stage can't be set has failed"
)]

#[path = "bindings/support.rs"]
#[allow(dead_code, unused_imports, reason = "the other stories use the rest of it")]
mod support;

use rabt_ffi::{LogLevel, LogLine, LogSink, PortError, ThreadHook, set_log_sink, set_thread_hook};
use rabt_tests::Town;
use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
    thread::{self, ThreadId},
};
use support::{App, Door};

#[derive(Default)]
struct Hook {
    threads: Mutex<HashSet<ThreadId>>,
}

impl ThreadHook for Hook {
    fn started(&self) -> Result<(), PortError> {
        assert!(thread::current().name().is_some_and(|name| name.starts_with("rabt-")));
        self.threads.lock().unwrap().insert(thread::current().id());
        Err(PortError::Failed {
            detail: "a hook that throws".to_owned(),
        })
    }
}

#[derive(Default)]
struct Sink {
    lines: Mutex<Vec<LogLine>>,
    door: Door,
}

impl LogSink for Sink {
    fn log(&self, line: LogLine) -> Result<(), PortError> {
        self.door.pass();
        self.lines.lock().unwrap().push(line);
        Err(PortError::Failed {
            detail: "a sink that throws".to_owned(),
        })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hook_hears_of_threads_and_a_sink_that_does_not_come_back_keeps_nobody_waiting() {
    let (hook, sink) = (Arc::new(Hook::default()), Arc::new(Sink::default()));
    set_thread_hook(hook.clone());
    set_log_sink(sink.clone(), LogLevel::Debug).expect("the sink is taken");

    // The sink doesn't come back, and a person's whole way to their bills works, though every thread's start was thrown at.
    let town = Town::start().await;
    let app = App::with_bills(&town).await;
    support::until("a line waits", async || sink.door.came() > 0).await;
    assert!(app.rabt.bills().summary().await.expect("a summary").total.count > 0);
    assert!(
        hook.threads.lock().unwrap().len() > 2,
        "workers and threads that may block"
    );

    // Once it comes back it gets the lines, of the core alone, and another sink gets those that come then.
    sink.door.open();
    support::until("lines arrive", async || !sink.lines.lock().unwrap().is_empty()).await;
    let other = Arc::new(Sink::default());
    other.door.open();
    set_log_sink(other.clone(), LogLevel::Warn).expect("another sink is taken");
    tracing::warn!(target: "rabt::test", number = 7, "a line of the core's");
    tracing::info!(target: "rabt::test", "left out");
    tracing::warn!(target: "elsewhere", "not the core's");
    support::until("the line arrives", async || {
        other
            .lines
            .lock()
            .unwrap()
            .iter()
            .any(|line| line.text == "a line of the core's number=7")
    })
    .await;
    let lines = [sink.lines.lock().unwrap().clone(), other.lines.lock().unwrap().clone()].concat();
    assert!(lines.iter().all(|line| line.target.starts_with("rabt")));
    assert!(
        other
            .lines
            .lock()
            .unwrap()
            .iter()
            .all(|line| line.level <= LogLevel::Warn && line.text != "left out")
    );
}
