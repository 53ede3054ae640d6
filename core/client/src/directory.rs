//! The signed directory as the core holds it: loaded from the store at the opening, renewed from the gateway, never older than
//! it was.

use crate::{RabtError, Topic, core::Core};
use rabt_domain::{Agency, AgencyId, Directory, Invalid, InvalidReason};
use rabt_link::{
    LinkError,
    directory::{DirectoryClient, Fetched, SignedDirectory, verify_kept},
};
use rabt_store::{Store, StoreError, StoreFile, directory::StoredDirectory};
use std::sync::Arc;

/// Tells the cache what the agencies are called. One that turns out damaged has been replaced by an empty one, which is told again:
/// an app must not fail to open over what a refresh brings back.
fn know_agencies(store: &Store, directory: &Directory) -> Result<(), StoreError> {
    match store.bills().know_agencies(directory) {
        Err(StoreError::Damaged {
            file: StoreFile::Cache, ..
        }) => store.bills().know_agencies(directory),
        other => other,
    }
}

impl Core {
    /// Takes the directory from the store.
    pub(crate) async fn load_directory(&self) -> Result<(), RabtError> {
        let kept = self.stored(|store| store.directory().load()).await;
        self.take_kept_directory(kept).await
    }

    /// Takes the directory that the store had. One that can't be read or proven is dropped: the gateway has it.
    pub(crate) async fn take_kept_directory(
        &self,
        kept: Result<Option<StoredDirectory>, RabtError>,
    ) -> Result<(), RabtError> {
        let kept = match kept {
            Ok(kept) => kept,
            Err(RabtError::Storage { .. }) => {
                self.stored(|store| store.directory().forget()).await?;
                None
            }
            Err(error) => return Err(error),
        };
        let Some(kept) = kept else {
            self.directory.set(None);
            return Ok(());
        };
        match verify_kept(&kept.token, &self.config.directory_keys) {
            Ok(signed) => {
                let signed = Arc::new(signed);
                self.directory.set(Some(Arc::clone(&signed)));
                // A cache that was lost has forgotten what the agencies are called, by which bills are searched.
                self.stored(move |store| know_agencies(store, &signed.directory))
                    .await?;
            }
            Err(error) => {
                self.record(None, error.incident()).await;
                self.stored(|store| store.directory().forget()).await?;
            }
        }
        Ok(())
    }

    /// The directory, fetched if there is none yet or the one at hand has expired.
    pub(crate) async fn directory(&self) -> Result<Arc<SignedDirectory>, RabtError> {
        match self
            .directory
            .get()
            .filter(|signed| self.now() < signed.directory.expires_at)
        {
            Some(signed) => Ok(signed),
            None => self.refresh_directory().await,
        }
    }

    /// Asks the gateway for a newer directory; the one at hand stands where it has none or can't be believed.
    pub(crate) async fn refresh_directory(&self) -> Result<Arc<SignedDirectory>, RabtError> {
        self.awake()?;
        let client = DirectoryClient::new(
            self.http.clone(),
            &self.config.gateway_url,
            self.config.directory_keys.clone(),
        )?;
        let kept = self.directory.get();
        match client.fetch(kept.as_deref(), self.now()).await {
            Ok(Fetched::NotModified) => kept.ok_or(RabtError::Bug { at: "directory" }),
            Ok(Fetched::Directory(signed)) => self.take_directory(*signed).await,
            Err(error) => {
                self.record_incident(None, &error).await;
                Err(error.into())
            }
        }
    }

    async fn take_directory(&self, signed: SignedDirectory) -> Result<Arc<SignedDirectory>, RabtError> {
        for entry in &signed.left_out {
            self.record(entry.agency.clone(), entry.kind).await;
        }
        let signed = Arc::new(signed);
        let taken = Arc::clone(&signed);
        self.stored(move |store| {
            let stored = StoredDirectory {
                version: taken.directory.version,
                token: taken.token.clone(),
            };
            match store.directory().save(&stored) {
                // The gateway was behind what this device has seen; `fetch` refuses it too, but not after a damaged copy.
                Err(StoreError::OlderDirectory { kept, given }) => {
                    tracing::warn!(kept, given, "an older directory was refused");
                    Err(StoreError::OlderDirectory { kept, given })
                }
                other => other,
            }?;
            know_agencies(store, &taken.directory)
        })
        .await?;
        self.directory.set(Some(Arc::clone(&signed)));
        self.changes.announce(&[Topic::Agencies]);
        Ok(signed)
    }

    /// An agency of the directory.
    pub(crate) async fn agency(&self, id: &AgencyId) -> Result<Agency, RabtError> {
        let signed = self.directory().await?;
        let unknown = || Invalid::new("agency_id", InvalidReason::Unsupported);
        Ok(signed.directory.agency(id).cloned().ok_or_else(unknown)?)
    }

    /// Records what an answer was refused for, if it was.
    pub(crate) async fn record_incident(&self, agency: Option<&AgencyId>, error: &LinkError) {
        if let Some(kind) = error.incident() {
            self.record(agency.cloned(), kind).await;
        }
    }
}
