//! Every bill of every agency, in one place. A page is read from the store; a refresh asks the agencies and writes what they say as
//! it arrives.

mod line;
mod refresh;

pub use refresh::{AgencyRefresh, RefreshOutcome, RefreshReport};
pub(crate) use refresh::{some_until, wants_consent};

use crate::{RabtError, core::Shared};
use rabt_domain::{AgencyId, BillKey};
use rabt_store::bills::{BillPage, BillQuery, StoredBill, Summary};

/// The bills. Cheap to make and to drop.
#[derive(Clone)]
pub struct Bills {
    pub(crate) core: Shared,
}

impl Bills {
    /// A page: filtered, searched in both languages, sorted by due day; from the store, so also without a network.
    /// [`BillQuery::default`] is the first page of all open bills, the most urgent first; history is
    /// [`Standing::Closed`](rabt_store::bills::Standing) with [`Order::DueLast`](rabt_store::bills::Order).
    ///
    /// # Errors
    /// [`RabtError::InvalidInput`] on `limit`, `cursor`, `due` or `search`; [`RabtError::Storage`].
    pub async fn page(&self, query: BillQuery) -> Result<BillPage, RabtError> {
        self.core.stored(move |store| store.bills().page(&query)).await
    }

    /// One bill; `None` where none of that name is known.
    ///
    /// # Errors
    /// [`RabtError::Storage`].
    pub async fn get(&self, key: &BillKey) -> Result<Option<StoredBill>, RabtError> {
        let key = key.clone();
        self.core.stored(move |store| store.bills().get(&key)).await
    }

    /// What is open, by agency and by the week in which it is due, as of today in Dubai.
    ///
    /// # Errors
    /// [`RabtError::Storage`].
    pub async fn summary(&self) -> Result<Summary, RabtError> {
        let today = self.core.today();
        self.core.stored(move |store| store.bills().summary(today)).await
    }

    /// Asks all agencies that the person consented to, at once. Each answers within a deadline of its own; what they say is in the
    /// store as it arrives, and the topic `Bills` is announced. The report says what became of each agency; one that doesn't
    /// answer is no error of the call.
    ///
    /// Dropping the call doesn't stop the refresh.
    ///
    /// # Errors
    /// [`RabtError::SignInRequired`]; [`RabtError::Offline`] where not even the directory could be had; [`RabtError::Storage`].
    pub async fn refresh(&self) -> Result<RefreshReport, RabtError> {
        let core = self.core.clone();
        self.core.to_the_end(async move { refresh::all(&core).await }).await
    }

    /// The same for some agencies.
    ///
    /// # Errors
    /// As [`Bills::refresh`], and [`RabtError::InvalidInput`] on `agency_id` for one that isn't in the directory.
    pub async fn refresh_agencies(&self, agencies: &[AgencyId]) -> Result<RefreshReport, RabtError> {
        let (core, agencies) = (self.core.clone(), agencies.to_vec());
        self.core
            .to_the_end(async move { refresh::some(&core, &agencies).await })
            .await
    }
}
