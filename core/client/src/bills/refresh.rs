//! Asking agencies for a person's accounts and bills. Each agency is a task of its own, and nothing that one does is seen by another.

use crate::{
    RabtError, Topic,
    bills::line::{Entered, Known, line_up},
    core::{Core, Shared},
    error::{ConflictCode, of_link},
};
use futures_util::{StreamExt as _, stream::FuturesUnordered};
use rabt_domain::{AccountId, Agency, AgencyId, Timestamp};
use rabt_link::{
    ETag, LinkError,
    agency::{AccountsAnswer, AgencyClient, FirstPage, PassStep},
};
use rabt_protocol::problem::code;
use rabt_store::{
    Store, StoreError,
    bills::{Answer, Pass, PassCounts},
    consents::Consent,
    mandates::Asked,
};
use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::task::JoinHandle;

/// What became of a refresh.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RefreshReport {
    /// An entry for each agency that was asked, in the order in which they were done.
    pub agencies: Vec<AgencyRefresh>,
}

impl RefreshReport {
    /// How many agencies answered.
    pub fn answered(&self) -> usize {
        self.agencies.iter().filter(|agency| agency.outcome.is_ok()).count()
    }
}

/// What became of one agency's part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgencyRefresh {
    /// Which agency.
    pub agency: AgencyId,
    /// What it said, or why not.
    pub outcome: Result<RefreshOutcome, RabtError>,
    /// How long it took, in milliseconds.
    pub took_ms: u32,
}

/// What an agency said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefreshOutcome {
    /// Nothing has changed.
    Unchanged,
    /// Its bills; so many are new, changed, gone.
    Answered(PassCounts),
}

/// Whether an agency says that it hasn't heard of the person's consent.
pub(crate) fn wants_consent(error: &LinkError) -> bool {
    matches!(error, LinkError::Refused(refusal) if refusal.code == code::CONSENT_REQUIRED)
}

pub(crate) async fn all(core: &Shared) -> Result<RefreshReport, RabtError> {
    let directory = core.directory().await?;
    let now = core.now();
    let consents = core.stored(|store| store.consents().list()).await?;
    let consented = |agency: &&Agency| consents.iter().any(|c| c.agency == agency.id && c.holds(now));
    ask(
        core,
        directory.directory.agencies.iter().filter(consented).cloned().collect(),
    )
    .await
}

pub(crate) async fn some(core: &Shared, ids: &[AgencyId]) -> Result<RefreshReport, RabtError> {
    ask(core, by_id(core, ids).await?).await
}

/// The same, with an end: says what has come by then, and whether that is all. An agency that hasn't answered by then is still waited
/// for, and its answer goes into the store like any other.
pub(crate) async fn some_until(
    core: &Shared,
    ids: &[AgencyId],
    ends: Instant,
) -> Result<(RefreshReport, bool), RabtError> {
    let mut asked = begin(core, by_id(core, ids).await?).await?;
    let mut report = RefreshReport::default();
    loop {
        match tokio::time::timeout_at(ends.into(), asked.next()).await {
            Ok(Some(entry)) => report.agencies.push(entry?),
            Ok(None) => return Ok((report, true)),
            Err(_) => return Ok((report, false)),
        }
    }
}

async fn by_id(core: &Shared, ids: &[AgencyId]) -> Result<Vec<Agency>, RabtError> {
    let mut agencies = Vec::with_capacity(ids.len());
    for id in ids {
        agencies.push(core.agency(id).await?);
    }
    Ok(agencies)
}

async fn ask(core: &Shared, agencies: Vec<Agency>) -> Result<RefreshReport, RabtError> {
    let mut asked = begin(core, agencies).await?;
    let mut report = RefreshReport::default();
    while let Some(entry) = asked.next().await {
        report.agencies.push(entry?);
    }
    Ok(report)
}

/// Agencies that were asked, each by a task that goes on whoever waits for it.
struct UnderWay(FuturesUnordered<JoinHandle<AgencyRefresh>>);

impl UnderWay {
    async fn next(&mut self) -> Option<Result<AgencyRefresh, RabtError>> {
        let done = self.0.next().await?;
        Some(done.map_err(|_| RabtError::Bug { at: "refresh" }))
    }
}

/// Asks at most as many agencies as the directory may hold, each by a task of its own.
async fn begin(core: &Shared, agencies: Vec<Agency>) -> Result<UnderWay, RabtError> {
    core.awake()?;
    core.signed_in().await?;
    let asked_at = core.now();
    let asked = line_up(core, agencies, asked_at).await.into_iter().map(|next| {
        let core = Arc::clone(core);
        tokio::spawn(async move {
            if !next.waits.is_zero() {
                tokio::time::sleep(next.waits).await;
            }
            let (agency, begun) = (next.agency, Instant::now());
            let outcome = within_deadline(&core, &agency, next.entered, asked_at, begun).await;
            AgencyRefresh {
                agency: agency.id,
                outcome,
                took_ms: ms(begun),
            }
        })
    });
    Ok(UnderWay(asked.collect()))
}

async fn within_deadline(
    core: &Shared,
    agency: &Agency,
    entered: Entered,
    asked_at: Timestamp,
    begun: Instant,
) -> Result<RefreshOutcome, RabtError> {
    let deadline = Duration::from_millis(core.config.agency_deadline_ms);
    let late = || RabtError::AgencyUnavailable {
        agency: Some(agency.id.clone()),
        retry_after: crate::error::RETRY_AFTER_DEFAULT,
    };
    let outcome = tokio::time::timeout(deadline, refresh(core, agency, entered, asked_at, begun))
        .await
        .unwrap_or_else(|_| Err(late()));
    match &outcome {
        Ok((_, whole)) => {
            let asked = Asked {
                at: asked_at,
                answered_at: core.now(),
                whole: *whole,
            };
            if let Err(error) = crate::autopay::see(core, &agency.id, asked).await {
                tracing::warn!(%error, "what bills are now is not kept for the check of mandates");
            }
        }
        Err(error) => note_failure(core, agency, error).await,
    }
    core.changes.announce(&[Topic::Agencies]);
    outcome.map(|(outcome, _)| outcome)
}

async fn note_failure(core: &Core, agency: &Agency, error: &RabtError) {
    let (id, now, code) = (agency.id.clone(), core.now(), error.code().to_owned());
    if let Err(error) = core
        .stored(move |store| store.freshness().failed(&id, now, &code))
        .await
    {
        tracing::warn!(%error, "an agency's failure could not be noted");
    }
}

/// What the agency said, and whether that was all of it.
async fn refresh(
    core: &Shared,
    agency: &Agency,
    entered: Entered,
    asked_at: Timestamp,
    begun: Instant,
) -> Result<(RefreshOutcome, bool), RabtError> {
    let (_within, known) = match entered.gate {
        Some(gate) => (gate, entered.known),
        // Somebody else is asking: what is known now is not what will be.
        None => (core.refreshing.enter(&agency.id).await, None),
    };
    let Known {
        freshness,
        consent,
        accounts,
    } = match known {
        Some(known) => known,
        None => {
            let id = agency.id.clone();
            core.stored(move |store| Known::of(store, &id, asked_at)).await?
        }
    };
    // Whoever was within before us asked after we were asked to: their answer is ours.
    if freshness
        .as_ref()
        .and_then(|f| f.succeeded_at)
        .is_some_and(|at| at > asked_at)
    {
        return Ok((RefreshOutcome::Unchanged, false));
    }
    let consent = consent.ok_or(RabtError::Conflict {
        code: ConflictCode::ConsentMissing,
    })?;
    let client = core.agency_client(agency).await?;
    let known = freshness.and_then(|f| f.etag).and_then(|etag| ETag::parse(etag).ok());
    // Both are asked for at once, or a person would wait for every agency twice; the bills are believed once the accounts are known.
    let known_accounts = core.told_accounts.tag_of(&agency.id, &accounts);
    let (linked, first) = client
        .accounts_and_first_bills(
            known_accounts,
            known.clone(),
            core.config.agency_deadline_ms,
            |answer| linked_accounts(core, agency, &client, &consent, accounts, answer),
        )
        .await?;
    let first = match first {
        // The consent that it missed was said while the accounts were asked for.
        Err(error) if wants_consent(&error) => client.first_bills(known, core.config.agency_deadline_ms).await,
        other => other,
    };
    Reading {
        core,
        agency,
        client: &client,
        begun,
    }
    .bills(&linked, first)
    .await
}

/// Takes in which accounts the agency holds for the person, beside those that are `known`; an agency that hasn't heard of the consent yet
/// is told, and asked again.
async fn linked_accounts(
    core: &Core,
    agency: &Agency,
    client: &AgencyClient,
    consent: &Consent,
    known: BTreeSet<AccountId>,
    answer: Result<AccountsAnswer, LinkError>,
) -> Result<BTreeSet<AccountId>, RabtError> {
    let answer = match answer {
        Err(error) if wants_consent(&error) => match core.say_consent(client, consent).await {
            Ok(()) => client.accounts_since(None).await,
            Err(error) => Err(error),
        },
        other => other,
    };
    let (sifted, tag) = match answer {
        Ok(AccountsAnswer::Listed { accounts, etag }) => (accounts, etag),
        Ok(AccountsAnswer::NotModified) => return Ok(known),
        Err(error) => {
            core.record_incident(Some(&agency.id), &error).await;
            return Err(of_link(error, Some(&agency.id)));
        }
    };
    core.record_kinds(Some(&agency.id), sifted.refused.iter().copied())
        .await;
    let linked: BTreeSet<_> = sifted.items.iter().map(|account| account.key.account.clone()).collect();
    let (id, accounts) = (agency.id.clone(), sifted.items);
    if core
        .stored(move |store| store.accounts().replace_for(&id, &accounts))
        .await?
    {
        core.changes.announce(&[Topic::Accounts]);
    }
    core.told_accounts.keep(&agency.id, tag, linked.clone());
    Ok(linked)
}

/// One reading of an agency's bills.
struct Reading<'a> {
    core: &'a Core,
    agency: &'a Agency,
    client: &'a AgencyClient,
    begun: Instant,
}

impl Reading<'_> {
    async fn bills(
        &self,
        linked: &BTreeSet<AccountId>,
        first: Result<FirstPage, LinkError>,
    ) -> Result<(RefreshOutcome, bool), RabtError> {
        let first = match first {
            Ok(first) => first,
            Err(error) => return Err(self.refused(error).await),
        };
        let mut reading = self.client.bills_from(first, linked, self.core.now());
        let mut pass: Option<Pass> = None;
        // Each kind once in all pages.
        let mut recorded = BTreeSet::new();
        // Bounded by the link: so many pages, so many restarts, so much time.
        loop {
            let step = match reading.next().await {
                Ok(step) => step,
                Err(error) => return Err(self.refused(error).await),
            };
            match step {
                PassStep::NotModified => {
                    self.succeeded().await?;
                    return Ok((RefreshOutcome::Unchanged, true));
                }
                PassStep::Restarted => pass = None,
                PassStep::Page(page) => {
                    let kinds = page.incidents().into_iter().map(|incident| incident.kind);
                    let new: Vec<_> = kinds.filter(|kind| recorded.insert(*kind)).collect();
                    self.core.record_kinds(Some(&self.agency.id), new).await;
                    let bills = page.bills;
                    let changes = self
                        .within_pass(&mut pass, move |store, pass| store.bills().apply(pass, &bills))
                        .await?;
                    if changes != PassCounts::default() {
                        self.core.changes.announce(&[Topic::Bills]);
                    }
                }
                PassStep::Done { etag, complete } => {
                    let outcome = self.done(pass, etag, complete).await?;
                    return Ok((outcome, complete));
                }
            }
        }
    }

    async fn refused(&self, error: LinkError) -> RabtError {
        self.core.record_incident(Some(&self.agency.id), &error).await;
        of_link(error, Some(&self.agency.id))
    }

    async fn done(
        &self,
        mut pass: Option<Pass>,
        etag: Option<ETag>,
        complete: bool,
    ) -> Result<RefreshOutcome, RabtError> {
        if !complete {
            // A bill was refused and can't be named: nothing follows from what wasn't mentioned.
            self.succeeded().await?;
            return Ok(RefreshOutcome::Answered(
                pass.map(|pass| pass.counts()).unwrap_or_default(),
            ));
        }
        let (at, took_ms) = (self.core.now(), ms(self.begun));
        self.within_pass(&mut pass, |_, _| Ok(())).await?;
        let pass = pass.ok_or(RabtError::Bug { at: "refresh" })?;
        let counts = self
            .core
            .stored(move |store| {
                let answer = Answer {
                    at,
                    etag: etag.as_ref().map(ETag::as_str),
                    took_ms,
                };
                store.bills().finish(pass, &answer)
            })
            .await?;
        if counts.gone > 0 {
            self.core.changes.announce(&[Topic::Bills]);
        }
        Ok(RefreshOutcome::Answered(counts))
    }

    /// Runs an act of the store within the pass, which is begun if there is none.
    async fn within_pass<T: Send + 'static>(
        &self,
        pass: &mut Option<Pass>,
        act: impl FnOnce(&Store, &mut Pass) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, RabtError> {
        let (taken, id) = (pass.take(), self.agency.id.clone());
        let (value, used) = self
            .core
            .stored(move |store| {
                let mut pass = match taken {
                    Some(pass) => pass,
                    None => store.bills().begin_pass(&id)?,
                };
                let value = act(store, &mut pass)?;
                Ok((value, pass))
            })
            .await?;
        *pass = Some(used);
        Ok(value)
    }

    async fn succeeded(&self) -> Result<(), RabtError> {
        let (id, at, took_ms) = (self.agency.id.clone(), self.core.now(), ms(self.begun));
        self.core
            .stored(move |store| store.freshness().not_modified(&id, at, took_ms))
            .await
    }
}

fn ms(begun: Instant) -> u32 {
    u32::try_from(begun.elapsed().as_millis()).unwrap_or(u32::MAX)
}
