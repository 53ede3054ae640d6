//! Bills that pay themselves: mandates, and the engine for a shell that has a situation in hand.

mod draft;
mod view;

pub use draft::{
    Allowance, DraftedMandate, MandateDraft, MandateLimits, MandatePreview, MandateScope, MandateSuggestion, PayDay,
    TopUpFloor, WeekendRule,
};
pub use view::{
    BankConsent, Decision, DecisionOutcome, DecisionPage, DecisionPayment, DecisionProgress, DecisionQuery, Finding,
    ForeseenBill, LimitLeft, LimitPeriod, Mandate, MandateAnswer, MandateStanding, Upcoming,
};

use crate::{bills::BillKey, core::Core, error::RabtError, runtime, values::id};
use rabt::{
    domain::{Invalid, InvalidReason, MandateId},
    store::mandates::FindingId,
};

/// Bills that pay themselves: mandates drafted, tried on the past, signed with the device's key, stopped, and the gateway that executes them
/// checked. What the person decides is written down before it is sent, and sent again until the gateway has it; so it works offline.
#[derive(uniffi::Object)]
pub struct Autopay(pub(crate) Core);

#[uniffi::export]
impl Autopay {
    /// Checks a draft, and says what it means and what to think of. Nothing is stored and nothing is sent.
    ///
    /// Throws `InvalidInput` on the field: limits that are zero, below it or contradict each other, an agency that isn't linked, an
    /// instrument that isn't the person's or has expired, an end beyond a year, a day that never comes; `Offline` where there was never a
    /// directory; `Storage`.
    pub async fn draft(&self, draft: MandateDraft) -> Result<DraftedMandate, RabtError> {
        self.0
            .call(move |rabt| async move { Ok(rabt.autopay().draft(&draft.check()?).await?.into()) })
            .await
    }

    /// Plays a draft over the bills of the last twelve months and the coming two, from the store, and shows what it would have paid, held
    /// and asked.
    ///
    /// Throws as `draft`.
    pub async fn preview(&self, draft: MandateDraft) -> Result<MandatePreview, RabtError> {
        self.0
            .call(move |rabt| async move { Ok(rabt.autopay().preview(&draft.check()?).await?.into()) })
            .await
    }

    /// Mandates that would have paid every bill of the last twelve months on time, one for each account or card, the best first.
    ///
    /// Throws `Storage`.
    pub async fn suggestions(&self) -> Result<Vec<MandateSuggestion>, RabtError> {
        self.0
            .call(|rabt| async move {
                let suggestions = rabt.autopay().suggestions().await?;
                Ok(suggestions.into_iter().map(MandateSuggestion::from).collect())
            })
            .await
    }

    /// Signs a draft with the device's key, as a new mandate or the next version of one, and sends it; offline it is sent by the next sync. A
    /// mandate on a bank account pays nothing before the bank's consent: see `beginConsent`.
    ///
    /// Throws `InvalidInput` as `draft`, with nothing stored and nothing sent; `SignInRequired`; `Refused` where the gateway doesn't take it;
    /// `Storage`.
    pub async fn sign(&self, draft: MandateDraft) -> Result<Mandate, RabtError> {
        self.0
            .call(move |rabt| async move { Ok(rabt.autopay().sign(&draft.check()?).await?.into()) })
            .await
    }

    /// Begins to ask the bank for a consent that covers a mandate, and returns the address of the page to open in the system's browser. Hand
    /// the URL that comes back to `completeConsent`.
    ///
    /// Throws `InvalidInput` on `mandate_id`; `Refused`, as for a card, which needs none; `SignInRequired`; `Offline`; `AgencyUnavailable`
    /// for the gateway.
    pub async fn begin_consent(&self, mandate_id: String) -> Result<String, RabtError> {
        self.0
            .call(move |rabt| async move {
                let mandate = id(mandate_id, "mandate_id", MandateId::parse)?;
                Ok(rabt.autopay().begin_consent(&mandate).await?.url.into())
            })
            .await
    }

    /// Takes the URL that came back from the bank's page, also after the app was killed in between.
    ///
    /// Throws `InvalidInput` on `url` for one that answers no attempt of this device; `Refused` with the code `access_denied` where the
    /// person said no there; `Offline`: hand the same URL in again.
    pub async fn complete_consent(&self, url: String) -> Result<Mandate, RabtError> {
        self.0
            .call(move |rabt| async move { Ok(rabt.autopay().complete_consent(&url).await?.into()) })
            .await
    }

    /// Stops a mandate for now, also offline.
    ///
    /// Throws `InvalidInput` on `mandate_id` where there is no such mandate, or it was revoked; `Storage`.
    pub async fn pause(&self, mandate_id: String) -> Result<Mandate, RabtError> {
        self.0
            .call(move |rabt| async move {
                let mandate = id(mandate_id, "mandate_id", MandateId::parse)?;
                Ok(rabt.autopay().pause(&mandate).await?.into())
            })
            .await
    }

    /// Lets a mandate go on, also one that a dispute stopped.
    ///
    /// Throws as `pause`.
    pub async fn resume(&self, mandate_id: String) -> Result<Mandate, RabtError> {
        self.0
            .call(move |rabt| async move {
                let mandate = id(mandate_id, "mandate_id", MandateId::parse)?;
                Ok(rabt.autopay().resume(&mandate).await?.into())
            })
            .await
    }

    /// Ends a mandate for good, also offline: it is what is sent first at the next contact, and every payment that is decided later than now
    /// is flagged. Revoking twice is revoking once.
    ///
    /// Throws `InvalidInput` on `mandate_id` where there is no such mandate; `Storage`.
    pub async fn revoke(&self, mandate_id: String) -> Result<Mandate, RabtError> {
        self.0
            .call(move |rabt| async move {
                let mandate = id(mandate_id, "mandate_id", MandateId::parse)?;
                Ok(rabt.autopay().revoke(&mandate).await?.into())
            })
            .await
    }

    /// All mandates, the newest first, also those that were revoked or have ended; from the store.
    ///
    /// Throws `Storage`.
    pub async fn list(&self) -> Result<Vec<Mandate>, RabtError> {
        self.0
            .call(|rabt| async move { Ok(rabt.autopay().list().await?.into_iter().map(Mandate::from).collect()) })
            .await
    }

    /// A page of decisions, newest first, each with its reason in words and what was found about it; from the store.
    ///
    /// Throws `InvalidInput` on the field of the query; `Storage`.
    pub async fn decisions(&self, query: DecisionQuery) -> Result<DecisionPage, RabtError> {
        self.0
            .call(move |rabt| async move { Ok(rabt.autopay().decisions(query.check()?).await?.into()) })
            .await
    }

    /// What is asked of the person now, what will be paid when, and what each limit has left, as far as this device knows; from the store.
    ///
    /// Throws `Storage`.
    pub async fn upcoming(&self) -> Result<Upcoming, RabtError> {
        self.0
            .call(|rabt| async move { Ok(rabt.autopay().upcoming().await?.into()) })
            .await
    }

    /// Answers what a mandate asked, or approves what it holds. The last answer counts; it works offline.
    ///
    /// Throws `InvalidInput` on `mandate_id`, `bill` or `up_to_fils`; `Refused`; `Storage`.
    pub async fn answer(&self, mandate_id: String, bill: BillKey, answer: MandateAnswer) -> Result<(), RabtError> {
        self.0
            .call(move |rabt| async move {
                let mandate = id(mandate_id, "mandate_id", MandateId::parse)?;
                let (bill, verdict) = (bill.check("bill")?, answer.check()?);
                Ok(rabt.autopay().answer(&mandate, &bill, verdict).await?)
            })
            .await
    }

    /// What was found of a gateway that doesn't keep to what was signed, oldest first; from the store.
    ///
    /// Throws `Storage`.
    pub async fn findings(&self) -> Result<Vec<Finding>, RabtError> {
        self.0
            .call(|rabt| async move {
                Ok(rabt
                    .autopay()
                    .findings()
                    .await?
                    .into_iter()
                    .map(Finding::from)
                    .collect())
            })
            .await
    }

    /// Says that what was found was not the person's will, and stops the mandate until they resume it; also offline. Disputing twice is
    /// disputing once.
    ///
    /// Throws `InvalidInput` on `finding_id`, and on `note` for one of more than 500 characters; `Storage`.
    #[uniffi::method(default(note = None))]
    pub async fn dispute(&self, finding_id: i64, note: Option<String>) -> Result<Finding, RabtError> {
        self.0
            .call(move |rabt| async move {
                let unknown = |_| Invalid::new("finding_id", InvalidReason::NotKnown);
                let finding: u64 = finding_id.try_into().map_err(unknown)?;
                Ok(rabt.autopay().dispute(FindingId(finding), note).await?.into())
            })
            .await
    }

    /// Does what a sync does for mandates, now: sends what isn't sent, hears what is registered and was decided, and checks it.
    ///
    /// Throws `SignInRequired`; `Offline`; `AgencyUnavailable` for the gateway or the identity provider; `Storage`.
    pub async fn refresh(&self) -> Result<(), RabtError> {
        self.0
            .call(|rabt| async move { Ok(rabt.autopay().refresh().await?) })
            .await
    }
}

/// Decides which bills a person's mandates pay: the engine that a gateway runs, fed by hand.
///
/// `situation` is the JSON of the protocol's `Situation` (mandates, bills, history, instruments and the instant), and what comes back is
/// that of its `Decisions`, each with its rule and a sentence in both languages. The same situation is always decided in the same way, and
/// nothing is paid by it.
///
/// Throws `InvalidInput` on the situation's field that is wrong (`bills[0].due_on`), or on `situation` for what isn't such a JSON.
#[uniffi::export]
pub async fn decide_mandates(situation: String) -> Result<String, RabtError> {
    runtime::run(async move { Ok(rabt::mandate::decide_json(&situation)?) }).await
}
