//! The flows of mandates: signing one, with the bank's consent; ending one; answering what one asks; and a sync that hears what was decided
//! meanwhile. On the city's side a runner pays all the while.

use super::{Device, flow::Progress, flow::Trouble};
use crate::bill_key;
use rabt::{
    BankConsentState, MandateDraft, MandateView, RabtError,
    domain::{
        Fils,
        mandate::{self, ScopeEntryDraft, Standing, Verdict, Weekend, WhenDraft},
    },
    store::mandates::DecisionQuery,
};
use std::time::Duration;

/// Whose bills the mandate pays.
const POLICE: &str = "police";
/// It asks above this.
const ASK_ABOVE_FILS: i64 = 90_000;
/// And pays at most this for one bill.
const LIMIT_FILS: i64 = 500_000;
/// The fine that it asks about.
pub(crate) const ASKED: (&str, &str) = (POLICE, "the-question");
/// What that is.
pub(crate) const ASKED_FILS: i64 = 95_000;
const SYNC_BUDGET: Duration = Duration::from_secs(10);
/// The gateway's runner looks again after a moment; there is no event for "nothing left to do".
const LOOK_EVERY: Duration = Duration::from_millis(50);

impl Device {
    /// The mandate, if one is signed.
    async fn mandate(&self) -> Result<Option<MandateView>, RabtError> {
        Ok(self.rabt.autopay().list().await?.into_iter().next())
    }

    /// Signs a mandate for the bills of the police, and has the bank agree.
    pub(crate) async fn sign_mandate(&self) -> Result<Progress, Trouble> {
        let autopay = self.rabt.autopay();
        let Some(mandate) = self.mandate().await? else {
            let instruments = self.rabt.instruments().list().await?;
            let instrument = &instruments.first().expect("one is linked").id;
            let mut draft = MandateDraft {
                scope: Some(vec![ScopeEntryDraft {
                    agency_id: Some(POLICE.to_owned()),
                    ..ScopeEntryDraft::default()
                }]),
                when: WhenDraft::OnIssue,
                weekend: Weekend::Keep,
                ask_above_fils: Some(ASK_ABOVE_FILS),
                ..MandateDraft::new(instrument.as_str())
            };
            // A bank consents to nothing that isn't bounded.
            draft.limits.per_payment_fils = Some(LIMIT_FILS);
            autopay.sign(&draft).await?;
            return Ok(Progress::On);
        };
        if !mandate.registered || mandate.unsent > 0 {
            return self.hear().await;
        }
        let agreed = matches!(&mandate.consent, BankConsentState::There { status, .. } if status == "authorized");
        if !agreed {
            let page = autopay.begin_consent(&mandate.id).await?;
            self.visit_bank(&page).await?;
            return Ok(Progress::On);
        }
        self.hear_all().await
    }

    /// Ends it.
    pub(crate) async fn revoke_mandate(&self) -> Result<Progress, Trouble> {
        let mandate = self.mandate().await?.expect("there is one");
        if !matches!(mandate.standing, Standing::Revoked { .. }) {
            self.rabt.autopay().revoke(&mandate.id).await?;
            return Ok(Progress::On);
        }
        self.hear_all().await
    }

    /// Approves the fine that it asks about.
    pub(crate) async fn answer_mandate(&self) -> Result<Progress, Trouble> {
        let autopay = self.rabt.autopay();
        let mandate = self.mandate().await?.expect("there is one");
        let fine = bill_key(ASKED.0, ASKED.1);
        if autopay.upcoming().await?.asked.iter().any(|asked| asked.bill == fine) {
            let up_to = Fils::new(ASKED_FILS).expect("an amount");
            autopay.answer(&mandate.id, &fine, Verdict::Approved { up_to }).await?;
            return Ok(Progress::On);
        }
        self.hear_all().await
    }

    /// Hears everything that was decided: that what is due was paid, and that each payment has come to its end.
    pub(crate) async fn hear_all(&self) -> Result<Progress, Trouble> {
        if let Progress::On = self.hear().await? {
            return Ok(Progress::On);
        }
        let query = DecisionQuery {
            outcomes: vec![mandate::Outcome::Pay],
            limit: 200,
            ..DecisionQuery::default()
        };
        let paid = self.rabt.autopay().decisions(query).await?.decisions;
        let under_way = paid.iter().any(|decision| {
            let payment = decision.payment.as_ref();
            payment.is_some_and(|payment| payment.progress == mandate::Progress::InFlight)
        });
        let fine = bill_key(ASKED.0, ASKED.1);
        let about = DecisionQuery {
            bill: Some(fine),
            ..DecisionQuery::default()
        };
        let answered = self.rabt.autopay().decisions(about).await?;
        let awaits = answered
            .decisions
            .first()
            .is_some_and(|last| last.outcome == mandate::Outcome::Ask && last.answer.is_some());
        // It pays on issue: whatever is there and isn't asked about is due.
        let upcoming = self.rabt.autopay().upcoming().await?;
        let due = upcoming
            .bills
            .iter()
            .any(|bill| !bill.is_expected && bill.outcome == mandate::Outcome::Pay);
        Ok(if under_way || awaits || due {
            Progress::On
        } else {
            Progress::Done
        })
    }

    /// Syncs; done where nothing is left and nothing was new.
    async fn hear(&self) -> Result<Progress, Trouble> {
        let report = self.rabt.sync().run(SYNC_BUDGET).await?;
        if let Some(trouble) = report.trouble {
            return Err(trouble.into());
        }
        if let Some(error) = report
            .refreshed
            .agencies
            .into_iter()
            .find_map(|agency| agency.outcome.err())
        {
            return Err(error.into());
        }
        let new = report.events + report.decisions + report.statements_sent;
        if !report.complete || report.payments_left + report.statements_left > 0 || new > 0 {
            tokio::time::sleep(LOOK_EVERY).await;
            return Ok(Progress::On);
        }
        Ok(Progress::Done)
    }
}
