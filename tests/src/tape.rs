//! A tape of everything that is logged, by anybody, on the threads of one runtime: the core's own crates and what they are built on.
//!
//! The city runs in the same process and logs too, so that a tape goes by the thread that speaks. A record of the `log` facade (TLS, the
//! HTTP client) is taken like one of `tracing`.

use std::{
    cell::RefCell,
    io,
    sync::{Arc, Mutex, Once, PoisonError},
};
use tokio::runtime::{Builder, Runtime};
use tracing_subscriber::{
    fmt::{MakeWriter, format::FmtSpan},
    layer::SubscriberExt as _,
    util::SubscriberInitExt as _,
};

thread_local! {
    static OF_THIS_THREAD: RefCell<Option<Tape>> = const { RefCell::new(None) };
}

static LISTENING: Once = Once::new();

/// What was logged. Cheap to clone; a clone is the same tape.
#[derive(Clone, Default)]
pub struct Tape {
    lines: Arc<Mutex<Lines>>,
}

#[derive(Default)]
struct Lines {
    ours: Vec<u8>,
    others: Vec<u8>,
}

impl Tape {
    /// A runtime whose threads are all on this tape, down to `TRACE`.
    pub fn runtime(&self) -> Runtime {
        LISTENING.call_once(|| {
            let layer = tracing_subscriber::fmt::layer()
                .with_writer(Microphone)
                .with_span_events(FmtSpan::FULL)
                .with_ansi(false)
                .without_time();
            tracing_subscriber::registry().with(layer).init();
        });
        let tape = self.clone();
        Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .on_thread_start(move || OF_THIS_THREAD.set(Some(tape.clone())))
            .build()
            .expect("a runtime")
    }

    /// What the core's own crates said.
    pub fn ours(&self) -> Vec<u8> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).ours.clone()
    }

    /// What the crates said that they are built on.
    pub fn others(&self) -> Vec<u8> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).others.clone()
    }
}

struct Microphone;

impl MakeWriter<'_> for Microphone {
    type Writer = Track;

    fn make_writer(&self) -> Track {
        Track(None)
    }

    fn make_writer_for(&self, meta: &tracing::Metadata<'_>) -> Track {
        let (ours, city) = (
            meta.target().starts_with("rabt"),
            meta.target().starts_with("rabt_sandbox"),
        );
        if city {
            return Track(None);
        }
        Track(OF_THIS_THREAD.with_borrow(|tape| tape.clone().map(|tape| (tape, ours))))
    }
}

/// Where one record goes; nowhere for a thread that is on no tape.
struct Track(Option<(Tape, bool)>);

impl io::Write for Track {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some((tape, ours)) = &self.0 {
            let mut lines = tape.lines.lock().unwrap_or_else(PoisonError::into_inner);
            let side = if *ours { &mut lines.ours } else { &mut lines.others };
            side.extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
