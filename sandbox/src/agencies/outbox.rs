//! Telling the gateway what changed: at least once, in order, also after a kill.

use super::{AgencyError, store::outbox};
use crate::{context::Ctx, server::calls::CallError};
use http::Method;
use std::{sync::LazyLock, time::Duration};
use tokio::sync::Notify;

/// As many are read at once; more wait for the next round.
const BATCH_MAX: u32 = 50;
/// The pause after the first failure; it doubles with each further one.
const RETRY_MS_MIN: u64 = 100;
/// The longest pause: a gateway that is back is told within so much.
const RETRY_MS_MAX: u64 = 5_000;

/// One bell for all cities of the process: a city that hears it and has nothing to tell looks once and waits on.
static BELL: LazyLock<Notify> = LazyLock::new(Notify::new);

/// Says that something may be in the outbox; to be called once a change is committed.
pub(super) fn ring() {
    BELL.notify_waiters();
}

/// Tells the gateway of what changed, for as long as the city runs; what it could not tell before a kill it tells after.
/// To be spawned once a city, and dropped at its end.
pub(crate) async fn run_outbox(ctx: Ctx) {
    let mut pause_ms = RETRY_MS_MIN;
    loop {
        // Listening begins before looking, so that what comes in between is heard.
        let heard = BELL.notified();
        tokio::pin!(heard);
        heard.as_mut().enable();
        match deliver(&ctx).await {
            Ok(0) => {
                pause_ms = RETRY_MS_MIN;
                heard.await;
            }
            Ok(_) => pause_ms = RETRY_MS_MIN,
            Err(error) => {
                tracing::debug!(%error, pause_ms, "the gateway was not told of a change; it will be");
                tokio::time::sleep(Duration::from_millis(pause_ms)).await;
                pause_ms = (pause_ms * 2).min(RETRY_MS_MAX);
            }
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum Undelivered {
    #[error(transparent)]
    Memory(#[from] AgencyError),
    #[error(transparent)]
    Gateway(CallError),
}

/// Tells the oldest news, up to a batch; how many were told.
async fn deliver(ctx: &Ctx) -> Result<usize, Undelivered> {
    let entries = ctx.state.transact(|tx| outbox::oldest(tx, BATCH_MAX))?;
    let url = format!("{}/v1/agency-events", ctx.addresses.gateway);
    for entry in &entries {
        let body = serde_json::json!({
            "agency_id": entry.agency_id,
            "subject": entry.subject,
            "bill_id": entry.bill_id,
            "kind": entry.kind,
        });
        match ctx
            .call_service::<serde_json::Value>(Method::POST, &url, Some(&body), None)
            .await
        {
            Ok(_) => {}
            // It will never be taken; what follows must not wait for it.
            Err(CallError::Refused(problem)) if problem.status != 429 => {
                tracing::warn!(code = problem.code, "the gateway refused an agency's news");
            }
            Err(error) => return Err(Undelivered::Gateway(error)),
        }
        ctx.state.transact(|tx| outbox::remove(tx, entry.entry_id))?;
    }
    Ok(entries.len())
}

#[cfg(test)]
pub(super) use tests::deliver_once;

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether one round told everything that it took up.
    pub(in crate::agencies) async fn deliver_once(ctx: &Ctx) -> Option<usize> {
        deliver(ctx).await.ok()
    }
}
