//! Bills that pay themselves: a mandate drafted, tried on the past, signed, stopped, and its gateway checked.
//!
//! A gateway executes mandates, since a phone sleeps. What it may do is what the device's key has signed, so everything here that
//! changes the world is a signed statement: written to the ledger first, sent then, and sent again with the same bytes by the sync until the
//! gateway has it. What the gateway reports is held against the statements, the bills that this phone saw and the answers that it gave, at
//! each sync, by the same rules that the gateway runs ([`rabt_domain::mandate`]).

mod book;
mod check;
mod consent;
mod draft;
mod foresee;
mod learn;
mod said;
mod send;
mod sign;
mod view;

pub(crate) use check::{check, see};
pub use draft::{Drafted, MandateDraft, Suggestion};
pub use foresee::{ForeseenBill, LimitsLeft, Preview, Upcoming};
pub use said::Sentence;
pub(crate) use send::send_unsent;
pub use view::{BankConsentState, DecisionPage, DecisionView, MandateView};

use crate::{Page, RabtError, Topic, core::Shared};
use rabt_domain::{
    BillKey, MandateId,
    mandate::{StandingChange, Verdict},
};
use rabt_store::mandates::{DecisionQuery, FindingId, KeptFinding};

/// The mandates. Cheap to make and to drop.
#[derive(Clone)]
pub struct Autopay {
    pub(crate) core: Shared,
}

impl Autopay {
    /// Checks a draft, and says what it means in plain words and what the person should think of. Nothing is stored and nothing is sent.
    ///
    /// # Errors
    /// [`RabtError::InvalidInput`] naming the field: limits that are zero, negative, too large or contradict each other, an agency that
    /// isn't linked, an instrument that isn't the person's or has expired, an end beyond a year, a day that never comes, a mandate that isn't
    /// known or was revoked, one on a bank account without a limit for one payment or a time, to which no bank consents; [`RabtError::Offline`] where there was never a directory.
    pub async fn draft(&self, draft: &MandateDraft) -> Result<Drafted, RabtError> {
        draft::draft(&self.core, draft).await
    }

    /// Plays a draft, beside the mandates that are in force, over the bills of the last twelve months and the coming two, those that are
    /// to be expected included, and shows what it would have paid, held and asked. From the store, so also without a network; nothing is
    /// stored.
    ///
    /// # Errors
    /// As [`Autopay::draft`]; [`RabtError::Storage`].
    pub async fn preview(&self, draft: &MandateDraft) -> Result<Preview, RabtError> {
        foresee::preview(&self.core, draft).await
    }

    /// Mandates that would have paid every bill of the last twelve months on time, one for each account or card that can be used; the best
    /// first, and none where there was no bill. Each can be changed, previewed and signed.
    ///
    /// # Errors
    /// [`RabtError::Storage`].
    pub async fn suggestions(&self) -> Result<Vec<Suggestion>, RabtError> {
        draft::suggestions(&self.core).await
    }

    /// Signs a draft with the device's key, as a new mandate or as the next version of one, and sends it. It works offline: what could not
    /// be sent is sent by the next sync, and until then [`MandateView::registered`] is false. A mandate on a bank account pays nothing before the
    /// bank's consent: see [`Autopay::begin_consent`].
    ///
    /// # Errors
    /// As [`Autopay::draft`], with nothing stored and nothing sent; [`RabtError::SignInRequired`]; [`RabtError::Refused`] where the gateway
    /// refuses it, which it then never has.
    pub async fn sign(&self, draft: &MandateDraft) -> Result<MandateView, RabtError> {
        let (core, draft) = (self.core.clone(), draft.clone());
        self.core
            .to_the_end(async move { sign::terms(&core, &draft).await })
            .await
    }

    /// Begins to ask the bank for a consent that covers a mandate on a bank account. Open the page in the browser, and hand the URL that comes
    /// back to [`Autopay::complete_consent`].
    ///
    /// # Errors
    /// [`RabtError::InvalidInput`] on `mandate_id` where there is no such mandate, or it was revoked; [`RabtError::Offline`];
    /// [`RabtError::Refused`], as for a card, which needs no consent.
    pub async fn begin_consent(&self, mandate: &MandateId) -> Result<Page, RabtError> {
        let (core, mandate) = (self.core.clone(), mandate.clone());
        self.core
            .to_the_end(async move { consent::begin(&core, &mandate).await })
            .await
    }

    /// Takes the URL that came back from the bank's page, also after the app was killed in between.
    ///
    /// # Errors
    /// [`RabtError::InvalidInput`] on `url` for one that answers no attempt of this device; [`RabtError::Refused`] with `access_denied` where
    /// the person said no there; [`RabtError::Offline`]: hand the same URL in again.
    pub async fn complete_consent(&self, url: &str) -> Result<MandateView, RabtError> {
        let (core, url) = (self.core.clone(), url.to_owned());
        self.core
            .to_the_end(async move { consent::complete(&core, &url).await })
            .await
    }

    /// Stops a mandate for now. It works offline: what is paid later than this is flagged, whenever the gateway hears of it.
    ///
    /// # Errors
    /// [`RabtError::InvalidInput`] on `mandate_id` where there is no such mandate, or it was revoked; [`RabtError::Storage`].
    pub async fn pause(&self, mandate: &MandateId) -> Result<MandateView, RabtError> {
        self.change(mandate, StandingChange::Pause).await
    }

    /// Lets a mandate go on, also one that a dispute stopped.
    ///
    /// # Errors
    /// As [`Autopay::pause`].
    pub async fn resume(&self, mandate: &MandateId) -> Result<MandateView, RabtError> {
        self.change(mandate, StandingChange::Resume).await
    }

    /// Ends a mandate for good. It works offline: it is what is sent first at the next contact, and from this instant on every payment that is
    /// decided later is flagged. Revoking twice is revoking once.
    ///
    /// # Errors
    /// [`RabtError::InvalidInput`] on `mandate_id` where there is no such mandate; [`RabtError::Storage`].
    pub async fn revoke(&self, mandate: &MandateId) -> Result<MandateView, RabtError> {
        self.change(mandate, StandingChange::Revoke).await
    }

    async fn change(&self, mandate: &MandateId, change: StandingChange) -> Result<MandateView, RabtError> {
        let (core, mandate) = (self.core.clone(), mandate.clone());
        self.core
            .to_the_end(async move { sign::standing(&core, &mandate, change).await })
            .await
    }

    /// All mandates, the newest first, also those that were revoked or have ended; from the store.
    ///
    /// # Errors
    /// [`RabtError::Storage`].
    pub async fn list(&self) -> Result<Vec<MandateView>, RabtError> {
        view::list(&self.core).await
    }

    /// A page of decisions, newest first, each with its reason in words and what was found about it; from the store.
    /// [`DecisionQuery::default`] is the newest page of all.
    ///
    /// # Errors
    /// [`RabtError::InvalidInput`] on `cursor` or `limit`; [`RabtError::Storage`].
    pub async fn decisions(&self, query: DecisionQuery) -> Result<DecisionPage, RabtError> {
        view::decisions(&self.core, query).await
    }

    /// What is asked of the person now, what will be paid when, and what each limit has left, as far as this phone knows; from the store.
    ///
    /// # Errors
    /// [`RabtError::Storage`].
    pub async fn upcoming(&self) -> Result<Upcoming, RabtError> {
        foresee::upcoming(&self.core).await
    }

    /// Answers what a mandate asked, or approves what it holds: pay it, as long as it is at most so much, or don't. The last answer counts.
    /// It works offline.
    ///
    /// # Errors
    /// [`RabtError::InvalidInput`] on `mandate_id` or `bill_id` where the mandate is not known, was revoked, or isn't for that bill, and on
    /// `up_to_fils` for an amount that is zero or below; [`RabtError::Refused`]; [`RabtError::Storage`].
    pub async fn answer(&self, mandate: &MandateId, bill: &BillKey, verdict: Verdict) -> Result<(), RabtError> {
        let (core, mandate, bill) = (self.core.clone(), mandate.clone(), bill.clone());
        self.core
            .to_the_end(async move { sign::answer(&core, &mandate, &bill, verdict).await })
            .await
    }

    /// What was found of a gateway that doesn't keep to what was signed, oldest first; from the store.
    ///
    /// # Errors
    /// [`RabtError::Storage`].
    pub async fn findings(&self) -> Result<Vec<KeptFinding>, RabtError> {
        self.core.stored(|store| store.mandates().findings()).await
    }

    /// Says that what was found was not the person's will, and stops the mandate until they resume it. It works offline; disputing twice is
    /// disputing once.
    ///
    /// # Errors
    /// [`RabtError::InvalidInput`] on `finding_id` where there is none, and on `note` for one of more than 500 characters;
    /// [`RabtError::Storage`].
    pub async fn dispute(&self, finding: FindingId, note: Option<String>) -> Result<KeptFinding, RabtError> {
        let core = self.core.clone();
        self.core
            .to_the_end(async move { sign::dispute(&core, finding, note).await })
            .await
    }

    /// Does what a sync does for mandates, now: sends what isn't sent, hears what is registered and was decided, and checks it. Says what was
    /// new.
    ///
    /// # Errors
    /// [`RabtError::SignInRequired`]; [`RabtError::Offline`]; [`RabtError::AgencyUnavailable`] for the gateway or the identity provider.
    pub async fn refresh(&self) -> Result<(), RabtError> {
        let core = self.core.clone();
        self.core
            .to_the_end(async move {
                send_unsent(&core).await?;
                check(&core).await.map(|_| ())
            })
            .await
    }
}

/// Tells watchers that something about mandates is other than before.
fn announce(core: &Shared) {
    core.changes.announce(&[Topic::Autopay]);
}
