//! What control does to bills that pay themselves: has the gateway look at them now, twice at once, dishonestly or not at all, and has the
//! bank stop what lets them pay.

use super::{Control, ControlError};
use crate::{
    bank,
    gateway::{self, Cheat},
};
use rabt_protocol::mandate::MandateConsentStatus;
use std::time::Duration;

/// A run's payments make bills paid, of which the next run tells; more turns than this are none of an honest gateway.
const TURNS_MAX: usize = 4;
/// How long a run waits for its payments; what an agency or the bank doesn't answer goes on without it.
const WAIT: Duration = Duration::from_secs(5);
const LOOK_EVERY: Duration = Duration::from_millis(5);

impl Control {
    /// Has the gateway look at everybody's mandates now, and again until there is nothing to pay; waits for the payments as long as
    /// somebody answers. How many payments were made.
    ///
    /// # Errors
    /// [`ControlError::Failed`].
    pub async fn run_autopay(&self) -> Result<usize, ControlError> {
        let ctx = self.ctx().clone();
        self.running
            .on_the_citys_runtime(async move {
                let mut sum = 0;
                for _ in 0..TURNS_MAX {
                    let made = gateway::run_autopay_once(&ctx).await?;
                    sum += made;
                    if made == 0 {
                        break;
                    }
                    let _ = tokio::time::timeout(WAIT, async {
                        while gateway::has_open_payments(&ctx).unwrap_or(false) {
                            tokio::time::sleep(LOOK_EVERY).await;
                        }
                    })
                    .await;
                }
                Ok::<_, crate::server::reply::Refusal>(sum)
            })
            .await
            .ok_or_else(|| ControlError::Failed("the city has ended".to_owned()))?
            .map_err(ControlError::from)
    }

    /// Lets the gateway look at mandates by itself, as it does from the beginning, or only when [`Control::run_autopay`] says so. It
    /// is on again when the city starts again.
    pub fn set_autopay_runs_by_itself(&self, on: bool) {
        self.ctx().autopay.set_runs_by_itself(on);
    }

    /// Has two runners look at everything at once, or one again.
    pub fn set_second_autopay_runner(&self, on: bool) {
        self.ctx().autopay.set_second_runner(on);
    }

    /// Has the gateway cheat when it next looks at mandates, until it is told to be honest again.
    pub fn set_autopay_cheat(&self, cheat: Option<Cheat>) {
        self.ctx().autopay.set_cheat(cheat);
    }

    /// The bank suspends, resumes (`Authorized`) or revokes the consent by which a mandate pays, and tells the gateway.
    ///
    /// # Errors
    /// [`ControlError::NotFound`] for an unknown one; [`ControlError::Invalid`] for a status that can't be set;
    /// [`ControlError::Conflict`] for a consent that nobody authorized or that is final.
    pub async fn set_mandate_consent_status(
        &self,
        consent_id: &str,
        status: MandateConsentStatus,
    ) -> Result<(), ControlError> {
        let (ctx, consent_id) = (self.ctx().clone(), consent_id.to_owned());
        self.running
            .on_the_citys_runtime(async move { bank::admin::set_consent_status(&ctx, &consent_id, status).await })
            .await
            .ok_or_else(|| ControlError::Failed("the city has ended".to_owned()))??;
        Ok(())
    }
}
