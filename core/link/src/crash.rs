//! Places at which a test may end the process, so that a kill is tried at each of them and not at whatever moment a clock hits.
//!
//! Only the feature `crash-points` compiles them, and only a test's own program asks for that. They tell a hook where the process
//! is and know nothing of what it does there; without a hook they do nothing. The crates that have such places must not know
//! each other, so each has a module of this kind.

#[cfg(feature = "crash-points")]
mod on {
    use std::{
        fmt::Arguments,
        future::{Future, poll_fn},
        pin::pin,
        sync::OnceLock,
    };

    static HOOK: OnceLock<fn(Arguments<'_>)> = OnceLock::new();

    /// Has `hook` called at every place from now on, with the place's name, on the thread that got there. The first hook stays.
    pub fn on_crash_point(hook: fn(Arguments<'_>)) {
        let _ = HOOK.set(hook);
    }

    pub(crate) fn point(place: Arguments<'_>) {
        if let Some(hook) = HOOK.get() {
            hook(place);
        }
    }

    /// Awaits a request's answer; once it is handed over and nothing was heard, that is a place.
    pub(crate) async fn under_way<F: Future>(request: F) -> F::Output {
        let mut request = pin!(request);
        let mut told = false;
        poll_fn(|context| {
            let polled = request.as_mut().poll(context);
            if polled.is_pending() && !told {
                told = true;
                point(format_args!("while a request is under way"));
            }
            polled
        })
        .await
    }
}

#[cfg(feature = "crash-points")]
pub use on::on_crash_point;
#[cfg(feature = "crash-points")]
pub(crate) use on::{point, under_way};

/// Nothing: the test's places aren't compiled.
#[cfg(not(feature = "crash-points"))]
#[inline(always)]
pub(crate) fn point(_place: std::fmt::Arguments<'_>) {}

/// The request and nothing else.
#[cfg(not(feature = "crash-points"))]
#[inline(always)]
pub(crate) fn under_way<F: Future>(request: F) -> F {
    request
}
