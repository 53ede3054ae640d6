//! What the person holds with the agencies. They are found by asking, at each refresh of an agency's bills; others (a parent's
//! electricity) are added by hand.

use crate::{
    RabtError, Topic,
    core::Shared,
    error::{ConflictCode, of_link},
};
use rabt_domain::{Account, AgencyId, Invalid, InvalidReason};
use std::collections::BTreeMap;

/// The accounts. Cheap to make and to drop.
#[derive(Clone)]
pub struct Accounts {
    pub(crate) core: Shared,
}

impl Accounts {
    /// All that are known, by agency; read from the store.
    ///
    /// # Errors
    /// [`RabtError::Storage`].
    pub async fn list(&self) -> Result<Vec<Account>, RabtError> {
        self.core.stored(|store| store.accounts().list()).await
    }

    /// Adds one by hand, with the fields of the form that the directory gives for its kind. Adding one twice is the same account.
    ///
    /// # Errors
    /// [`RabtError::InvalidInput`] on `agency_id`, `kind` or `fields.NAME`, with nothing sent; [`RabtError::Conflict`] with
    /// [`ConflictCode::ConsentMissing`]; [`RabtError::Refused`] with `account_unknown` where the agency knows no such account.
    pub async fn add(
        &self,
        agency: &AgencyId,
        kind: &str,
        fields: BTreeMap<String, String>,
    ) -> Result<Account, RabtError> {
        let (core, agency, kind) = (self.core.clone(), agency.clone(), kind.to_owned());
        self.core
            .to_the_end(async move {
                let entry = core.agency(&agency).await?;
                let unknown = || Invalid::new("kind", InvalidReason::Unsupported);
                let kind = entry
                    .account_kinds
                    .iter()
                    .find(|known| known.code == kind)
                    .ok_or_else(unknown)?;
                kind.check(&fields)?;
                let (now, name) = (core.now(), agency.clone());
                let consent = core.stored(move |store| store.consents().held(&name, now)).await?;
                let consent = consent.ok_or(RabtError::Conflict {
                    code: ConflictCode::ConsentMissing,
                })?;
                let client = core.agency_client(&entry).await?;
                let answer = match client.add_account(kind, &fields).await {
                    Err(error) if crate::bills::wants_consent(&error) => {
                        core.say_consent(&client, &consent)
                            .await
                            .map_err(|error| of_link(error, Some(&agency)))?;
                        client.add_account(kind, &fields).await
                    }
                    other => other,
                };
                let account = match answer {
                    Ok(account) => account,
                    Err(error) => {
                        core.record_incident(Some(&agency), &error).await;
                        return Err(of_link(error, Some(&agency)));
                    }
                };
                let added = account.clone();
                core.stored(move |store| store.accounts().put(&added)).await?;
                core.changes.announce(&[Topic::Accounts]);
                Ok(account)
            })
            .await
    }
}
