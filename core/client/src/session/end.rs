//! Signing out.

use super::{Page, SignedOut};
use crate::{
    RabtError, Topic,
    core::{Core, Shared},
    error::ConflictCode,
};
use rabt_store::{Store, directory::StoredDirectory};
use std::sync::Arc;

pub(super) async fn sign_out(core: &Shared, forget_unfinished: bool) -> Result<SignedOut, RabtError> {
    let unfinished = core.stored(|store| store.payments().unfinished()).await;
    // A journal that can't be read must not keep a person from signing out.
    if !forget_unfinished && unfinished.is_ok_and(|payments| !payments.is_empty()) {
        return Err(RabtError::Conflict {
            code: ConflictCode::PaymentsUnfinished,
        });
    }
    // A revocation that is forgotten would let the gateway go on paying.
    if !forget_unfinished && has_unsent(core).await {
        return Err(RabtError::Conflict {
            code: ConflictCode::StatementsUnsent,
        });
    }
    // From here on a kill doesn't bring the person's data back without them. Where even that can't be noted, as on a full device,
    // the rest is done all the same.
    if let Err(error) = core.stored(Store::decide_to_destroy).await {
        tracing::warn!(%error, "a sign-out can't be noted");
    }
    let keeper = core.keeper()?;
    // A session that the vault can't forget goes with the key.
    let forgotten = keeper.forget().await.unwrap_or_default();
    let emptied = empty(core).await;
    // Last, since it may take seconds, in which the app may be killed and the phone be given away.
    let told = keeper.tell(forgotten).await;
    emptied?;
    Ok(SignedOut {
        revoked: told.revoked,
        page: told.end_session_url.map(|url| Page { url }),
    })
}

/// Whether something that was signed about mandates can't be sent now either.
async fn has_unsent(core: &Shared) -> bool {
    let unsent = || core.stored(|store| store.mandates().unsent_statements());
    if unsent().await.is_ok_and(|statements| !statements.is_empty()) {
        if let Err(error) = crate::autopay::send_unsent(core).await {
            tracing::info!(%error, "what was signed about mandates could not be sent before the sign-out");
        }
        return unsent().await.is_ok_and(|statements| !statements.is_empty());
    }
    false
}

/// Destroys the key and the files, and begins anew.
async fn empty(core: &Shared) -> Result<(), RabtError> {
    core.stored(Store::destroy).await?;
    core.quotes.forget();
    core.told_accounts.forget();
    renew_store(core).await?;
    core.changes.announce(&Topic::ALL);
    Ok(())
}

/// An empty store with a new key, ready for the next person. The directory belongs to nobody and stays.
async fn renew_store(core: &Core) -> Result<(), RabtError> {
    let (dir, secrets, now) = (
        core.config.data_dir.clone(),
        Arc::clone(&core.ports.secrets),
        core.now(),
    );
    let (store, _) = core.blocking(move || Store::open(dir, secrets, now)).await?;
    core.replace_store(store);
    core.load_session().await?;
    let Some(signed) = core.directory.get() else {
        return Ok(());
    };
    core.stored(move |store| {
        let kept = StoredDirectory {
            version: signed.directory.version,
            token: signed.token.clone(),
        };
        store.directory().save(&kept)?;
        store.bills().know_agencies(&signed.directory)
    })
    .await
}
