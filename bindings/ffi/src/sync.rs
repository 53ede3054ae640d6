//! Background work.

use crate::{
    bills::RefreshReport,
    core::Core,
    error::RabtError,
    values::{count, millis},
};

/// Background work.
#[derive(uniffi::Object)]
pub struct Sync(pub(crate) Core);

/// What a sync did.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct SyncReport {
    /// Payments that were looked up and are finished now.
    pub payments_finished: i32,
    /// Payments that still aren't.
    pub payments_left: i32,
    /// Events that were acted on.
    pub events: i32,
    /// Statements about mandates that the gateway has now and didn't before.
    pub statements_sent: i32,
    /// Statements that it still isn't known to have.
    pub statements_left: i32,
    /// Decisions of mandates that are new, or of which something became known.
    pub decisions: i32,
    /// What was newly found of a gateway that doesn't keep to what was signed: show it.
    pub findings: i32,
    /// What became of the agencies that were asked and answered in time.
    pub refreshed: RefreshReport,
    /// The first thing that went wrong, if something did; the rest was done all the same.
    pub trouble: Option<RabtError>,
    /// Whether everything fitted into the budget.
    pub complete: bool,
    /// When to call again: so many milliseconds from now.
    pub next_after_ms: i64,
}

#[uniffi::export]
impl Sync {
    /// Does the background work within `budgetMs` milliseconds, at least 1,000: finishes what is written down, hears what is new, refreshes
    /// what is stalest, and says when to call again. For `WorkManager` and `BGTaskScheduler`. What doesn't fit is left for the next call;
    /// what could not be reached is in the report.
    ///
    /// Throws `SignInRequired` where nobody is signed in; `InvalidInput` on `budget` or `budget_ms`; `Storage`.
    pub async fn run(&self, budget_ms: i64) -> Result<SyncReport, RabtError> {
        self.0
            .call(move |rabt| async move {
                let report = rabt.sync().run(millis(budget_ms, "budget_ms")?).await?;
                Ok(SyncReport {
                    payments_finished: count(report.payments_finished),
                    payments_left: count(report.payments_left),
                    events: count(report.events),
                    statements_sent: count(report.statements_sent),
                    statements_left: count(report.statements_left),
                    decisions: count(report.decisions),
                    findings: count(report.findings),
                    refreshed: report.refreshed.into(),
                    trouble: report.trouble.map(RabtError::from),
                    complete: report.complete,
                    next_after_ms: i64::from(count(report.next_after.as_millis())),
                })
            })
            .await
    }
}
