//! A story that begins with a person whose phone knows all their bills, and in which something is refused that must change nothing.

use crate::{Phone, Town};
use rabt::RabtError;
use std::fmt::Debug;

/// See the module.
pub struct Story {
    /// Where it is told.
    pub town: Town,
    /// Whose it is.
    pub phone: Phone,
}

impl Story {
    /// Somebody has signed in, agreed to every agency and seen their bills.
    pub async fn begin(persona: &str) -> Self {
        let town = Town::start().await;
        let phone = town.phone_of(persona).await;
        phone.refresh().await;
        Self { town, phone }
    }

    /// Does something that must be refused with this error, must write not a byte and ask nobody.
    ///
    /// # Panics
    /// Where it isn't so.
    pub async fn refused<T: Debug>(
        &self,
        what: &str,
        act: impl Future<Output = Result<T, RabtError>>,
        expected: RabtError,
    ) {
        let (before, asked) = (self.phone.disk(), self.town.meter_all());
        let refused = act.await.expect_err(what);
        assert_eq!(refused, expected, "{what}");
        assert_eq!(self.phone.disk(), before, "{what} wrote something");
        assert_eq!(self.town.counted(&asked), 0, "{what} sent something");
        self.town.control().clear_faults(None);
    }
}
