//! What the person consented to, agency by agency, in the ledger. A withdrawn consent stays: that it was given is a fact.

use crate::{Store, StoreError};
use rabt_domain::{AgencyId, ConsentId, Timestamp};

/// The room.
#[derive(Clone, Copy, Debug)]
pub struct Consents<'a> {
    pub(crate) store: &'a Store,
}

/// A consent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// Its name.
    pub id: ConsentId,
    /// To which agency.
    pub agency: AgencyId,
    /// For what.
    pub purposes: Vec<String>,
    /// When it was given.
    pub granted_at: Timestamp,
    /// Until when it holds.
    pub expires_at: Timestamp,
    /// When it was withdrawn.
    pub withdrawn_at: Option<Timestamp>,
}

impl Consent {
    /// Whether it holds at an instant.
    pub fn holds(&self, now: Timestamp) -> bool {
        self.withdrawn_at.is_none() && self.granted_at <= now && now < self.expires_at
    }
}

impl Consents<'_> {
    /// Keeps a consent, in place of one of the same name.
    ///
    /// # Errors
    /// [`StoreError::TooMany`] beyond [`CONSENTS_MAX`](crate::limits::CONSENTS_MAX); those of the disk.
    pub fn save(&self, consent: &Consent) -> Result<(), StoreError> {
        let _ = consent;
        todo!()
    }

    /// Notes that a consent was withdrawn; `false` where there is none of that name. The first withdrawal counts.
    ///
    /// # Errors
    /// [`StoreError::Damaged`]; those of the disk.
    pub fn withdraw(&self, id: &ConsentId, at: Timestamp) -> Result<bool, StoreError> {
        let _ = (id, at);
        todo!()
    }

    /// All that were ever given, oldest first.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where one can't be read.
    pub fn list(&self) -> Result<Vec<Consent>, StoreError> {
        todo!()
    }

    /// The newest consent to an agency that holds at an instant.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub fn held(&self, agency: &AgencyId, now: Timestamp) -> Result<Option<Consent>, StoreError> {
        let _ = (agency, now);
        todo!()
    }
}
