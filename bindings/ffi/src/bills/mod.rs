//! Every bill of every agency, in one place.

mod bill;
mod query;
mod report;

pub use bill::{AmountRule, Bill, BillKey, BillKind, BillLine, BillPaid, BillPeriod, BillStatus, RateSource};
pub use query::{BillOrder, BillPage, BillQuery, BillStanding};
pub use report::{AgencyRefresh, AgencySummary, RefreshOutcome, RefreshReport, Summary, Tally, WeekSummary};

use crate::{
    core::Core,
    error::RabtError,
    values::{id, list},
};
use rabt::domain::AgencyId;

/// The person's bills. A page is read from the store; a refresh asks the agencies and writes what they say as it arrives.
#[derive(uniffi::Object)]
pub struct Bills(pub(crate) Core);

#[uniffi::export]
impl Bills {
    /// A page: filtered, searched in both languages, sorted by due day; from the store, so also without a network.
    ///
    /// Throws `InvalidInput` on `limit`, `cursor`, `due`, `due_from`, `due_to`, `search`, `agencies[N]` or `account`; `Storage`.
    pub async fn page(&self, query: BillQuery) -> Result<BillPage, RabtError> {
        self.0
            .call(move |rabt| async move { Ok(rabt.bills().page(query.check()?).await?.into()) })
            .await
    }

    /// One bill, from the store; none where none of that name is known.
    ///
    /// Throws `InvalidInput` on `key.agency_id` or `key.bill_id`; `Storage`.
    pub async fn get(&self, key: BillKey) -> Result<Option<Bill>, RabtError> {
        self.0
            .call(move |rabt| async move { Ok(rabt.bills().get(&key.check("key")?).await?.map(Bill::from)) })
            .await
    }

    /// What is open, by agency and by the week in which it is due, as of today in Dubai; from the store.
    ///
    /// Throws `Storage`.
    pub async fn summary(&self) -> Result<Summary, RabtError> {
        self.0
            .call(|rabt| async move { Ok(rabt.bills().summary().await?.into()) })
            .await
    }

    /// Asks all agencies that the person consented to, at once. Each answers within a deadline of its own; what they say is in the store
    /// as it arrives, and watchers hear of it. The report says what became of each agency: one that doesn't answer is no error of the
    /// call. Cancelling doesn't stop it.
    ///
    /// Throws `SignInRequired`; `Offline` where not even the directory could be had; `Storage`.
    pub async fn refresh(&self) -> Result<RefreshReport, RabtError> {
        self.0
            .call(|rabt| async move { Ok(rabt.bills().refresh().await?.into()) })
            .await
    }

    /// The same for some agencies.
    ///
    /// Throws what `refresh` does, and `InvalidInput` on `agency_id` for one that isn't in the directory, or on `agencies[N]`.
    pub async fn refresh_agencies(&self, agency_ids: Vec<String>) -> Result<RefreshReport, RabtError> {
        self.0
            .call(move |rabt| async move {
                let agencies = list(agency_ids, "agencies", |text, field| id(text, field, AgencyId::parse))?;
                Ok(rabt.bills().refresh_agencies(&agencies).await?.into())
            })
            .await
    }
}
