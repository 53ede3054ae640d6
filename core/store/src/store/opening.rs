//! What happens when a folder is opened, whatever is found in it; and how a sign-out is done, and finished after a kill.
//!
//! The order matters. A newer version's files are refused before anything is touched. A key is in the secret store before the
//! first file is written with it. The ledger is made before the cache. A lost key or a damaged ledger costs a renaming, never a
//! byte of what was kept. A cache goes before the ledger that says whose it is: a kill in between must not leave one person's bills
//! to whoever signs in next.

use super::{CacheReport, Files, HealReason, KeyReport, LedgerReport, OpenReport, SetAsideReason};
use crate::{
    Secret, SecretStore, SecretStoreError, StoreError, StoreFile,
    crash::point,
    file::{Database, Folder, FolderLock, Found, Unusable, create, look, open as open_file},
    payments::paying,
    seal::{FileKeys, MASTER_KEY_BYTES, new_master},
};
use rabt_domain::Timestamp;
use std::sync::Arc;

/// The master key's name in the secret store.
const MASTER_KEY: &str = "rabt.store.master-key";

/// Opens both files, and makes, heals or sets aside what can't be used.
pub(super) fn open(
    folder: &Folder,
    secrets: &dyn SecretStore,
    now: Timestamp,
) -> Result<(Files, OpenReport), StoreError> {
    let lock = FolderLock::take(folder.path())?;
    if folder.is_signing_out()? {
        destroy(folder, secrets)?;
    }
    let (found_ledger, mut found_cache) = look_at_both(folder)?;
    folder.set_aside_leftovers(now)?;

    let (had_ledger, had_cache) = (found_ledger.is_some(), found_cache.is_some());
    let (master, mut key) = master_key(secrets, had_ledger || had_cache)?;
    let ledger_keys = Arc::new(FileKeys::derive(&master, StoreFile::Ledger)?);
    let cache_keys = Arc::new(FileKeys::derive(&master, StoreFile::Cache)?);

    let (ledger, ledger_report) = open_ledger(folder, &ledger_keys, found_ledger, &mut found_cache, now)?;
    if matches!(
        &ledger_report,
        LedgerReport::SetAside {
            reason: SetAsideReason::KeyLost,
            ..
        }
    ) {
        key = KeyReport::LostAndReplaced;
    }
    let has_cache = found_cache.is_some();
    let (cache, mut cache_report) = open_cache(folder, &cache_keys, had_ledger, found_cache)?;
    if had_cache && !has_cache {
        cache_report = CacheReport::Healed {
            reason: HealReason::OwnerUnknown,
        };
    }
    let paying = ledger.read(paying)?;
    let report = OpenReport {
        key,
        cache: cache_report,
        ledger: ledger_report,
    };
    tracing::info!(key = ?report.key, cache = ?report.cache, healthy = report.ledger == LedgerReport::Healthy, "the store is open");
    Ok((
        Files::new(folder.clone(), ledger, cache, cache_keys, paying, lock),
        report,
    ))
}

/// Looks through both files at once: that is most of what an opening takes.
fn look_at_both(folder: &Folder) -> Result<(Option<Found>, Option<Found>), StoreError> {
    std::thread::scope(|scope| {
        let cache = std::thread::Builder::new().spawn_scoped(scope, || look(folder, StoreFile::Cache));
        let ledger = look(folder, StoreFile::Ledger)?;
        let cache = match cache {
            Ok(cache) => cache
                .join()
                .unwrap_or_else(|_| Err(StoreError::Bug("looking at the cache panicked".to_owned()))),
            // A system that has no thread to spare.
            Err(_) => look(folder, StoreFile::Cache),
        };
        Ok((ledger, cache?))
    })
}

/// The master key: the one that is kept, or a new one that is kept before it is used. A secret store that can't be read now is
/// an error, so that a locked device never costs the files.
fn master_key(secrets: &dyn SecretStore, has_files: bool) -> Result<(Secret, KeyReport), StoreError> {
    let kept = secrets.get(MASTER_KEY).map_err(StoreError::KeyUnavailable)?;
    if let Some(master) = kept.filter(|master| master.reveal().len() == MASTER_KEY_BYTES) {
        return Ok((master, KeyReport::Existing));
    }
    let master = new_master()?;
    point(format_args!("before the key is kept"));
    secrets.put(MASTER_KEY, &master).map_err(StoreError::KeyUnavailable)?;
    point(format_args!("after the key was kept"));
    let read_back = secrets.get(MASTER_KEY).map_err(StoreError::KeyUnavailable)?;
    if read_back.as_ref() != Some(&master) {
        return Err(StoreError::KeyUnavailable(SecretStoreError::Failed {
            detail: "it doesn't give back what it was given".to_owned(),
        }));
    }
    let report = if has_files {
        KeyReport::LostAndReplaced
    } else {
        KeyReport::Created
    };
    Ok((master, report))
}

fn open_ledger(
    folder: &Folder,
    keys: &Arc<FileKeys>,
    found: Option<Found>,
    cache: &mut Option<Found>,
    now: Timestamp,
) -> Result<(Database, LedgerReport), StoreError> {
    let Some(found) = found else {
        let report = if cache.take().is_some() {
            folder.remove(StoreFile::Cache)?;
            LedgerReport::Missing
        } else {
            LedgerReport::Healthy
        };
        return Ok((create(folder, StoreFile::Ledger, keys)?, report));
    };
    let reason = match open_file(folder, StoreFile::Ledger, keys, found) {
        Ok(ledger) => return Ok((ledger, LedgerReport::Healthy)),
        Err(Unusable::Failed(error)) => return Err(error),
        Err(Unusable::OtherKey) => SetAsideReason::KeyLost,
        Err(Unusable::Damaged(what)) => {
            tracing::error!(what, "the ledger is damaged and is set aside");
            *cache = None;
            folder.remove(StoreFile::Cache)?;
            SetAsideReason::Damaged
        }
    };
    let file_name = folder.set_aside(now)?;
    let ledger = create(folder, StoreFile::Ledger, keys)?;
    Ok((ledger, LedgerReport::SetAside { file_name, reason }))
}

fn open_cache(
    folder: &Folder,
    keys: &Arc<FileKeys>,
    had_ledger: bool,
    found: Option<Found>,
) -> Result<(Database, CacheReport), StoreError> {
    let report = if let Some(found) = found {
        match open_file(folder, StoreFile::Cache, keys, found) {
            Ok(cache) => return Ok((cache, CacheReport::Healthy)),
            Err(Unusable::Failed(error)) => return Err(error),
            Err(Unusable::OtherKey) => CacheReport::Healed {
                reason: HealReason::OtherKey,
            },
            Err(Unusable::Damaged(what)) => {
                tracing::warn!(what, "the cache is damaged and is replaced by an empty one");
                CacheReport::Healed {
                    reason: HealReason::Damaged,
                }
            }
        }
    } else if had_ledger {
        CacheReport::Healed {
            reason: HealReason::Missing,
        }
    } else {
        CacheReport::Healthy
    };
    Ok((create(folder, StoreFile::Cache, keys)?, report))
}

/// Destroys all, the key first. The note that this is under way comes before, so that a kill in between is not taken for a key
/// that was lost; where even the note can't be written, as on a full device, the key and the files go all the same.
pub(super) fn destroy(folder: &Folder, secrets: &dyn SecretStore) -> Result<(), StoreError> {
    if let Err(error) = folder.note_signing_out() {
        tracing::warn!(%error, "a sign-out can't be noted");
    }
    secrets.delete(MASTER_KEY).map_err(StoreError::KeyUnavailable)?;
    point(format_args!("after the key was destroyed"));
    folder.remove_all()
}

#[cfg(test)]
mod tests;
