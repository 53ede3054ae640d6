//! The linked agencies: who they are, how fresh their word is, and what the person agreed to.
//!
//! A list is read from the store and needs no network. Agreeing to an agency's answering, and taking that back, is here too: it is
//! written first and said to the agency then, so that taking back works offline and at once.

use crate::{RabtError, Topic, core::Shared};
use rabt_domain::{Agency, AgencyId, ConsentId, Invalid, InvalidReason, Timestamp};
use rabt_link::agency::ConsentTerms;
use rabt_protocol::jose::base64url;
use rabt_store::{consents::Consent, freshness::Freshness};

/// How long a consent to an agency holds: a year, after which the person is asked again (the longest that UAE Open Finance
/// allows a consent).
pub const CONSENT_DAYS: i64 = 365;
const DAY_SECONDS: i64 = 86_400;
/// For how long a withdrawn consent is said again to an agency at each sync: past that the agency's own expiry must do.
const WITHDRAWAL_REPEATED_DAYS: i64 = 7;

/// An agency, as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgencyView {
    /// What the directory says.
    pub agency: Agency,
    /// How fresh its bills are; `None` before it was ever asked.
    pub freshness: Option<Freshness>,
    /// What the person agreed to; `None` where they didn't, or no longer do.
    pub consent: Option<Consent>,
}

/// The agencies. Cheap to make and to drop.
#[derive(Clone)]
pub struct Agencies {
    pub(crate) core: Shared,
}

impl Agencies {
    /// The agencies of the directory, in its order; empty before the first directory came.
    ///
    /// # Errors
    /// [`RabtError::Storage`].
    pub async fn list(&self) -> Result<Vec<AgencyView>, RabtError> {
        let now = self.core.now();
        let Some(signed) = self.core.directory.get() else {
            return Ok(Vec::new());
        };
        self.core
            .stored(move |store| {
                let (freshness, consents) = (store.freshness().all()?, store.consents().list()?);
                let view = |agency: &Agency| AgencyView {
                    freshness: freshness.iter().find(|entry| entry.agency == agency.id).cloned(),
                    consent: consents
                        .iter()
                        .rfind(|c| c.agency == agency.id && c.holds(now))
                        .cloned(),
                    agency: agency.clone(),
                };
                Ok(signed.directory.agencies.iter().map(view).collect())
            })
            .await
    }

    /// Asks the gateway for a newer directory. An agency that joined is in the list afterwards.
    ///
    /// # Errors
    /// [`RabtError::Offline`]; [`RabtError::AgencyUnavailable`], also where the answer was refused: the directory at hand stands.
    pub async fn refresh(&self) -> Result<(), RabtError> {
        let core = self.core.clone();
        self.core
            .to_the_end(async move { core.refresh_directory().await.map(|_| ()) })
            .await
    }

    /// The person agrees that these agencies answer about them. It is kept, and said to each agency when it is first asked.
    /// Agreeing twice changes nothing.
    ///
    /// # Errors
    /// [`RabtError::InvalidInput`] on `agencies[N]` for one that isn't in the directory; nothing is kept then.
    pub async fn consent(&self, agencies: &[AgencyId]) -> Result<(), RabtError> {
        let core = self.core.clone();
        let directory = core.directory().await?;
        let now = core.now();
        let mut consents = Vec::new();
        for (index, id) in agencies.iter().enumerate() {
            let unknown = || Invalid::new(format!("agencies[{index}]"), InvalidReason::Unsupported);
            let agency = directory.directory.agency(id).ok_or_else(unknown)?;
            consents.push(Consent {
                id: ConsentId::parse(format!("cns_{}", base64url(core.random::<16>()?)))?,
                agency: agency.id.clone(),
                purposes: agency.consent_purposes.clone(),
                granted_at: now,
                expires_at: now.plus_seconds(CONSENT_DAYS * DAY_SECONDS),
                withdrawn_at: None,
            });
        }
        core.stored(move |store| {
            let room = store.consents();
            for consent in consents {
                if room.held(&consent.agency, now)?.is_none() {
                    room.save(&consent)?;
                }
            }
            Ok(())
        })
        .await?;
        core.changes.announce(&[Topic::Accounts, Topic::Agencies]);
        Ok(())
    }

    /// The person takes their consent to an agency back. From now on it isn't asked, and what it said is forgotten. It is told
    /// now if it can be reached, else at the next syncs.
    ///
    /// # Errors
    /// [`RabtError::Storage`]; then nothing has changed.
    pub async fn withdraw_consent(&self, agency: &AgencyId) -> Result<(), RabtError> {
        let (core, agency) = (self.core.clone(), agency.clone());
        self.core
            .to_the_end(async move {
                let now = core.now();
                let name = agency.clone();
                let withdrawn = core
                    .stored(move |store| {
                        let held = store.consents().held(&name, now)?;
                        if let Some(consent) = &held {
                            store.consents().withdraw(&consent.id, now)?;
                            store.bills().forget(&name)?;
                        }
                        Ok(held)
                    })
                    .await?;
                core.changes.announce(&[Topic::Accounts, Topic::Agencies, Topic::Bills]);
                if let Some(consent) = withdrawn
                    && let Err(error) = core.say_withdrawn(&agency, &consent.id).await
                {
                    tracing::info!(agency = agency.as_str(), %error, "a withdrawn consent is said at the next sync");
                }
                Ok(())
            })
            .await
    }
}

impl crate::core::Core {
    /// Tells an agency that a consent holds.
    pub(crate) async fn say_consent(
        &self,
        client: &rabt_link::agency::AgencyClient,
        consent: &Consent,
    ) -> Result<(), rabt_link::LinkError> {
        let terms = ConsentTerms {
            id: consent.id.clone(),
            purposes: consent.purposes.clone(),
            granted_at: consent.granted_at,
            expires_at: consent.expires_at,
        };
        client.put_consent(&terms).await
    }

    async fn say_withdrawn(&self, agency: &AgencyId, id: &ConsentId) -> Result<(), RabtError> {
        let entry = self.agency(agency).await?;
        let client = self.agency_client(&entry).await?;
        client
            .withdraw_consent(id)
            .await
            .map_err(|error| crate::error::of_link(error, Some(agency)))
    }

    /// Says withdrawn consents once more, for an agency that could not be reached at the time. Saying it twice does nothing.
    pub(crate) async fn repeat_withdrawals(&self) -> Result<usize, RabtError> {
        let now = self.now();
        let since = now.plus_seconds(-WITHDRAWAL_REPEATED_DAYS * DAY_SECONDS);
        let of_late = |at: Timestamp| at >= since;
        let withdrawn: Vec<Consent> = self
            .stored(|store| store.consents().list())
            .await?
            .into_iter()
            .filter(|consent| consent.withdrawn_at.is_some_and(of_late))
            .collect();
        let mut said = 0;
        for consent in withdrawn {
            said += usize::from(self.say_withdrawn(&consent.agency, &consent.id).await.is_ok());
        }
        Ok(said)
    }
}
