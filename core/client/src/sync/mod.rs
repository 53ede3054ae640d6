//! One call for a background worker: finish what is journaled, hear what is new, refresh what is stalest, and say when to call again.
//!
//! It keeps to a time budget. What doesn't fit is left for the next call, and nothing is lost by being cut off: each piece of work is
//! a task of its own that ends by itself.

mod events;

use events::Heard;

use crate::{RabtError, RefreshReport, autopay, bills::some_until, core::Shared, payments};
use rabt_domain::AgencyId;
use std::{
    collections::BTreeSet,
    future::Future,
    time::{Duration, Instant},
};

/// The shortest budget: below it not even one look-up would come back over a phone's network.
pub const BUDGET_MIN: Duration = Duration::from_secs(1);
/// What is younger than this is not asked for again.
const FRESH_SECONDS: i64 = 900;
/// A directory is asked for again after this, though no event said so.
const DIRECTORY_SECONDS: i64 = 3_600;
/// The parts of the remaining time that the pieces before the bills get, so that in the worst case a tenth of it is the bills'.
const WHOLE: u32 = 1;
const A_HALF: u32 = 2;
const A_QUARTER: u32 = 4;
/// With payments that aren't finished the next sync is soon, otherwise when bills have gone stale.
const NEXT_SOON: Duration = Duration::from_secs(30);
const NEXT_LATER: Duration = Duration::from_secs(900);

/// Background work. Cheap to make and to drop.
#[derive(Clone)]
pub struct Sync {
    pub(crate) core: Shared,
}

/// What a sync did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SyncReport {
    /// Payments that were looked up and are finished now.
    pub payments_finished: usize,
    /// Payments that still aren't.
    pub payments_left: usize,
    /// Events that were acted on.
    pub events: usize,
    /// Statements about mandates that the gateway has now and didn't before.
    pub statements_sent: usize,
    /// Statements that it still isn't known to have.
    pub statements_left: usize,
    /// Decisions of mandates that are new, or of which something became known.
    pub decisions: usize,
    /// What was newly found of a gateway that doesn't keep to what was signed: show it.
    pub findings: usize,
    /// What became of the agencies that were asked and answered in time.
    pub refreshed: RefreshReport,
    /// The first thing that went wrong, if something did; the rest was done all the same.
    pub trouble: Option<RabtError>,
    /// Whether everything fitted into the budget.
    pub complete: bool,
    /// When to call again.
    pub next_after: Duration,
}

impl Sync {
    /// Does the background work within `budget`, which is at least [`BUDGET_MIN`].
    ///
    /// # Errors
    /// [`RabtError::SignInRequired`] where nobody is signed in; [`RabtError::InvalidInput`] on `budget`; [`RabtError::Storage`]. That
    /// something could not be reached is in the report.
    pub async fn run(&self, budget: Duration) -> Result<SyncReport, RabtError> {
        if budget < BUDGET_MIN {
            return Err(rabt_domain::Invalid::new("budget", rabt_domain::InvalidReason::TooSmall).into());
        }
        self.core.signed_in().await?;
        let mut round = Round {
            core: self.core.clone(),
            ends: Instant::now() + budget,
            report: SyncReport::default(),
            cut: false,
        };
        // What ends a mandate is what must not wait.
        round.statements().await;
        round.restored().await;
        round.payments().await;
        round.withdrawals().await;
        round.directory().await;
        let heard = round.events().await;
        let checks = round.checks(&heard).await;
        round.agencies(heard.agencies, checks).await;
        if checks {
            round.mandates().await;
        }
        Ok(round.ended())
    }
}

struct Round {
    core: Shared,
    ends: Instant,
    report: SyncReport,
    cut: bool,
}

impl Round {
    fn left(&self) -> Duration {
        self.ends.saturating_duration_since(Instant::now())
    }

    /// Runs a piece of work to its end, and waits for it for a part of the time that is left: who doesn't answer one piece must not
    /// keep the next from being done.
    async fn piece<T: Send + 'static>(
        &mut self,
        part: u32,
        work: impl Future<Output = Result<T, RabtError>> + Send + 'static,
    ) -> Option<T> {
        let patience = self.left() / part;
        if patience.is_zero() {
            self.cut = true;
            return None;
        }
        match tokio::time::timeout(patience, self.core.to_the_end(work)).await {
            Ok(Ok(value)) => Some(value),
            Ok(Err(error)) => {
                self.report.trouble.get_or_insert(error);
                None
            }
            Err(_) => {
                self.cut = true;
                None
            }
        }
    }

    /// What was signed about mandates and isn't with the gateway.
    async fn statements(&mut self) {
        let core = self.core.clone();
        let sent = self.piece(A_QUARTER, async move { autopay::send_unsent(&core).await });
        self.report.statements_sent = sent.await.unwrap_or_default();
        match self.core.stored(|store| store.mandates().unsent_statements()).await {
            Ok(unsent) => self.report.statements_left = unsent.len(),
            Err(error) => drop(self.report.trouble.get_or_insert(error)),
        }
    }

    /// Whether the gateway is checked: where there are mandates, it says that it decided by one, or it was never asked, as on a new phone of
    /// somebody who signed one on another.
    async fn checks(&mut self, heard: &Heard) -> bool {
        let asked = async {
            let reported = self.core.stored(|store| store.mandates().reported()).await?;
            Ok::<_, RabtError>(self.core.has_mandates().await? || reported.cursor.is_none())
        };
        match asked.await {
            Ok(wanted) => wanted || heard.autopay,
            Err(error) => {
                self.report.trouble.get_or_insert(error);
                false
            }
        }
    }

    /// Last, when it is known what the bills have become; and what was paid by hand before that is heard of first.
    async fn mandates(&mut self) {
        let core = self.core.clone();
        let checked = self.piece(WHOLE, async move {
            events::pull(&core).await?;
            autopay::check(&core).await
        });
        let checked = checked.await.unwrap_or_default();
        (self.report.decisions, self.report.findings) = (checked.decisions, checked.findings);
    }

    /// What a sign-in could not read to its end of the payments that were made elsewhere.
    async fn restored(&mut self) {
        let core = self.core.clone();
        self.piece(A_QUARTER, async move { payments::restore(&core).await })
            .await;
    }

    async fn payments(&mut self) {
        let (core, patience) = (self.core.clone(), self.left() / A_HALF);
        let resumed = self.piece(A_HALF, async move { payments::resume(&core, patience).await });
        match resumed.await {
            Some((finished, left)) => (self.report.payments_finished, self.report.payments_left) = (finished, left),
            // Cut off or failed: what the journal says now is what can be said.
            None => match self.core.stored(|store| store.payments().unfinished()).await {
                Ok(unfinished) => self.report.payments_left = unfinished.len(),
                Err(error) => drop(self.report.trouble.get_or_insert(error)),
            },
        }
    }

    async fn withdrawals(&mut self) {
        let core = self.core.clone();
        self.piece(A_QUARTER, async move { core.repeat_withdrawals().await })
            .await;
    }

    async fn directory(&mut self) {
        let age = self
            .core
            .directory
            .get()
            .map(|signed| self.core.now().seconds_since(signed.directory.issued_at));
        if age.is_none_or(|seconds| seconds > DIRECTORY_SECONDS) {
            let core = self.core.clone();
            self.piece(A_HALF, async move { core.refresh_directory().await }).await;
        }
    }

    /// What the events say has something new.
    async fn events(&mut self) -> Heard {
        let core = self.core.clone();
        let heard = self
            .piece(A_HALF, async move { events::pull(&core).await })
            .await
            .unwrap_or_default();
        self.report.events = heard.acted_on;
        heard
    }

    /// All the time that is left, but for a quarter where something follows. What hasn't answered by then ends by itself, and is not in
    /// the report.
    async fn agencies(&mut self, told: BTreeSet<AgencyId>, something_follows: bool) {
        let ends = if something_follows {
            self.ends - self.left() / A_QUARTER
        } else {
            self.ends
        };
        let asked = match stalest(&self.core, &told).await {
            Ok(asked) => some_until(&self.core, &asked, ends).await,
            Err(error) => Err(error),
        };
        match asked {
            Ok((refreshed, all)) => {
                self.report.refreshed = refreshed;
                self.cut |= !all;
            }
            Err(error) => drop(self.report.trouble.get_or_insert(error)),
        }
    }

    fn ended(mut self) -> SyncReport {
        self.report.complete = !self.cut;
        let soon = self.cut || self.report.payments_left + self.report.statements_left > 0;
        self.report.next_after = if soon { NEXT_SOON } else { NEXT_LATER };
        self.report
    }
}

/// The consented agencies that were told to have news, or whose last answer is old or failed.
async fn stalest(core: &Shared, told: &BTreeSet<AgencyId>) -> Result<Vec<AgencyId>, RabtError> {
    let now = core.now();
    let views = crate::Agencies { core: core.clone() }.list().await?;
    let wanted = views.into_iter().filter(|view| {
        let stale = view.freshness.as_ref().is_none_or(|freshness| {
            freshness.error.is_some()
                || freshness.has_news
                || freshness
                    .succeeded_at
                    .is_none_or(|at| now.seconds_since(at) > FRESH_SECONDS)
        });
        view.consent.is_some() && view.agency.has_bills && (stale || told.contains(&view.agency.id))
    });
    Ok(wanted.map(|view| view.agency.id).collect())
}
