//! Places at which a test may end the process, so that a kill is tried at each of them and not at whatever moment a clock hits.
//!
//! Only the feature `crash-points` compiles them, and only a test's own program asks for that. They tell a hook where the process
//! is and know nothing of what it does there; without a hook they do nothing. The crates that have such places must not know
//! each other, so each has a module of this kind.

#[cfg(feature = "crash-points")]
mod on {
    use rusqlite::Transaction;
    use std::{
        fmt::Arguments,
        sync::{
            OnceLock,
            atomic::{AtomicU64, Ordering},
        },
    };

    static HOOK: OnceLock<fn(Arguments<'_>)> = OnceLock::new();
    /// How many rows were changed by the commit before. A program with places has one city.
    static CHANGES: AtomicU64 = AtomicU64::new(0);

    /// Has `hook` called at every place from now on, with the place's name, on the thread that got there. The first hook stays.
    pub fn on_crash_point(hook: fn(Arguments<'_>)) {
        let _ = HOOK.set(hook);
    }

    fn point(place: Arguments<'_>) {
        if let Some(hook) = HOOK.get() {
            hook(place);
        }
    }

    /// Commits, with a place before and one after. An act that only read has none: a kill there is one between two others.
    pub(crate) fn commit(transaction: Transaction<'_>) -> rusqlite::Result<()> {
        let changes = transaction.total_changes();
        if CHANGES.swap(changes, Ordering::SeqCst) == changes {
            return transaction.commit();
        }
        point(format_args!("before a commit of the city"));
        transaction.commit()?;
        point(format_args!("after a commit of the city"));
        Ok(())
    }
}

#[cfg(feature = "crash-points")]
pub(crate) use on::commit;
#[cfg(feature = "crash-points")]
pub use on::on_crash_point;

/// Commits.
#[cfg(not(feature = "crash-points"))]
#[inline(always)]
pub(crate) fn commit(transaction: rusqlite::Transaction<'_>) -> rusqlite::Result<()> {
    transaction.commit()
}
