//! A clock, for tests.

use super::PortError;
use crate::{runtime::call_shell, values::Timestamp as Instant};
use rabt::{SystemClock, domain::Timestamp};
use std::sync::Arc;

/// Tells the time instead of the device. A test moves it; an app gives none.
#[uniffi::export(foreign)]
pub trait Clock: Send + Sync {
    /// The present instant. Where it throws, or says a time before 1970 or after 2199, the device's clock counts.
    fn now(&self) -> Result<Instant, PortError>;
}

/// The shell's clock, as the core takes it.
pub(crate) struct ShellClock(pub(crate) Arc<dyn Clock>);

impl rabt::Clock for ShellClock {
    fn now(&self) -> Timestamp {
        let told = call_shell(|| self.0.now());
        match told.map(|instant| Timestamp::from_millis(instant.0)) {
            Ok(Ok(now)) => now,
            _ => {
                tracing::warn!("the shell's clock tells no time");
                SystemClock.now()
            }
        }
    }
}
