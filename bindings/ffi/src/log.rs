//! The core's log, handed to the shell.
//!
//! A line is put into a queue and a thread of its own hands it over: a sink that blocks makes the queue full, and then lines are dropped
//! and counted, for no log is worth a payment that waits.

use crate::{error::RabtError, ports::PortError, runtime};
use std::{
    fmt::{self, Write as _},
    sync::{
        Arc, OnceLock, PoisonError, RwLock,
        atomic::{AtomicU8, AtomicU64, Ordering},
        mpsc::{SyncSender, sync_channel},
    },
};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

/// How many lines wait for a slow sink before some are dropped.
const LINES_MAX: usize = 1_000;

/// How much a line of the log matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, uniffi::Enum)]
pub enum LogLevel {
    /// A defect of the core.
    Error,
    /// Something that went wrong and was dealt with.
    Warn,
    /// What the core does.
    Info,
    /// How it does it.
    Debug,
}

/// A line of the core's log. It holds nothing of a person: no name, number, amount or token.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct LogLine {
    /// How much it matters.
    pub level: LogLevel,
    /// The part of the core that it comes from.
    pub target: String,
    /// What it says.
    pub text: String,
    /// How many lines were dropped before this one because the sink was too slow.
    pub dropped_before: i64,
}

/// Takes the core's log. Calls come from one thread of the core's own, one at a time. A sink that blocks or throws loses lines, and
/// harms nobody else.
#[uniffi::export(foreign)]
pub trait LogSink: Send + Sync {
    /// Takes a line.
    fn log(&self, line: LogLine) -> Result<(), PortError>;
}

/// Gives the core's log to `sink` from now on, in place of an earlier one; lines above `level` in detail are left out. It is for the whole
/// process and can be called before anything is opened.
///
/// Throws `Bug` where the process logs through Rust's `tracing` in a way of its own, or has no thread to give.
#[uniffi::export]
pub fn set_log_sink(sink: Arc<dyn LogSink>, level: LogLevel) -> Result<(), RabtError> {
    static INSTALLED: OnceLock<Option<Shared>> = OnceLock::new();
    let shared = INSTALLED.get_or_init(install).as_ref();
    let shared = shared.ok_or_else(|| RabtError::bug("log"))?;
    *shared.sink.write().unwrap_or_else(PoisonError::into_inner) = Some(sink);
    shared.level.store(level as u8, Ordering::Relaxed);
    // What was found to be of no interest at another level is asked about again.
    tracing::callsite::rebuild_interest_cache();
    Ok(())
}

#[derive(Clone)]
struct Shared {
    sink: Arc<RwLock<Option<Arc<dyn LogSink>>>>,
    level: Arc<AtomicU8>,
}

fn install() -> Option<Shared> {
    let shared = Shared {
        sink: Arc::default(),
        level: Arc::new(AtomicU8::new(LogLevel::Info as u8)),
    };
    let (lines, waiting) = sync_channel::<LogLine>(LINES_MAX);
    let sink = Arc::clone(&shared.sink);
    let hand_over = move || {
        runtime::thread_started();
        for line in waiting {
            let sink = sink.read().unwrap_or_else(PoisonError::into_inner).clone();
            if let Some(sink) = sink {
                // A sink that fails can't be told of in the log.
                let _ = sink.log(line);
            }
        }
    };
    std::thread::Builder::new()
        .name("rabt-log".to_owned())
        .spawn(hand_over)
        .ok()?;
    let collector = Collector {
        lines,
        level: Arc::clone(&shared.level),
        dropped: AtomicU64::new(0),
    };
    tracing::subscriber::set_global_default(collector).ok()?;
    Some(shared)
}

/// Takes the core's events, and nothing of other crates: what those log isn't known to be free of personal data.
struct Collector {
    lines: SyncSender<LogLine>,
    level: Arc<AtomicU8>,
    dropped: AtomicU64,
}

impl Subscriber for Collector {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event()
            && metadata.target().starts_with("rabt")
            && level_of(metadata) as u8 <= self.level.load(Ordering::Relaxed)
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut text = Text(String::new());
        event.record(&mut text);
        let dropped = self.dropped.swap(0, Ordering::Relaxed);
        let line = LogLine {
            level: level_of(event.metadata()),
            target: event.metadata().target().to_owned(),
            text: text.0,
            dropped_before: i64::try_from(dropped).unwrap_or(i64::MAX),
        };
        if self.lines.try_send(line).is_err() {
            self.dropped.fetch_add(dropped + 1, Ordering::Relaxed);
        }
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

fn level_of(metadata: &Metadata<'_>) -> LogLevel {
    match *metadata.level() {
        tracing::Level::ERROR => LogLevel::Error,
        tracing::Level::WARN => LogLevel::Warn,
        tracing::Level::INFO => LogLevel::Info,
        _ => LogLevel::Debug,
    }
}

/// The sentence first, then the fields.
struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing to a text can't fail.
        let _ = if field.name() == "message" {
            let fields = std::mem::take(&mut self.0);
            write!(self.0, "{value:?}{fields}")
        } else {
            write!(self.0, " {}={value:?}", field.name())
        };
    }
}
