//! Payments that were made before this device knew of any: read from the hub once, and not before all of them were read is that
//! called done. A kill in between, or a hub that can't be reached, leaves it to the next sync.

use super::drive::take;
use crate::{RabtError, core::Shared};

/// How many pages of payments are read after a sign-in: a thousand payments, newest first, are some years of them.
const RESTORED_PAGES_MAX: usize = 10;

/// Reads the person's payments from the hub, as after a sign-in on a new device, unless that was done.
pub(crate) async fn restore(core: &Shared) -> Result<(), RabtError> {
    if core.stored(|store| store.payments().are_restored()).await? {
        return Ok(());
    }
    read_all(core).await?;
    core.stored(|store| store.payments().note_restored()).await
}

/// Reads the newest of the person's payments, as before a gateway is said to have hidden one.
pub(crate) async fn read_newest(core: &Shared) -> Result<(), RabtError> {
    read(core, 1).await
}

async fn read_all(core: &Shared) -> Result<(), RabtError> {
    read(core, RESTORED_PAGES_MAX).await
}

async fn read(core: &Shared, pages_max: usize) -> Result<(), RabtError> {
    let gateway = core.gateway_client().await?;
    let mut cursor = None;
    for _ in 0..pages_max {
        let page = match gateway.payments(cursor.as_ref()).await {
            Ok(page) => page,
            Err(error) => {
                core.record_incident(None, &error).await;
                return Err(error.into());
            }
        };
        core.record_kinds(None, page.refused).await;
        for answer in page.payments {
            take(core, answer).await?;
        }
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    Ok(())
}
