//! The bank's consent to a mandate on its account: the person is sent to the bank's page and comes back with a code.

use super::{announce, book::Book, learn, send, sign, view::MandateView};
use crate::{Page, RabtError, core::Shared, instruments::Return};
use rabt_domain::{Invalid, InvalidReason, MandateId};
use rabt_protocol::jose::base64url;
use rabt_store::{Secret, flows::FlowKind};

pub(super) async fn begin(core: &Shared, mandate: &MandateId) -> Result<Page, RabtError> {
    let book = core.stored(Book::read).await?;
    book.wanted(mandate, false)?;
    // The consent is written from the newest version, which must be there.
    send::now(core, None).await?;
    let state = base64url(core.random::<32>()?);
    let gateway = core.gateway_client().await?;
    let begun = match gateway
        .begin_mandate_consent(mandate, &core.config.instrument_return_uri, &state, core.now())
        .await
    {
        Ok(begun) => begun,
        Err(error) => {
            core.record_incident(None, &error).await;
            return Err(error.into());
        }
    };
    let payload = Secret::new(format!("{}\n{}", mandate.as_str(), begun.consent).into_bytes());
    let expires_at = begun.expires_at;
    core.stored(move |store| {
        store
            .flows()
            .put(FlowKind::MandateConsent, &state, &payload, expires_at)
    })
    .await?;
    Ok(Page {
        url: begun.authorize_url,
    })
}

/// Completing is idempotent at the gateway, so the attempt is kept until the record is: the same URL may be handed in again.
pub(super) async fn complete(core: &Shared, url: &str) -> Result<MandateView, RabtError> {
    let foreign = || Invalid::new("url", InvalidReason::Malformed);
    let returned = Return::read(url, &core.config.instrument_return_uri, "consent_id").ok_or_else(foreign)?;
    let (state, now) = (returned.state.clone(), core.now());
    let kept = core.stored(move |store| store.flows().get(&state, now)).await?;
    let flow = kept
        .filter(|flow| flow.kind == FlowKind::MandateConsent)
        .ok_or_else(foreign)?;
    let (mandate, consent) = std::str::from_utf8(flow.payload.reveal())
        .ok()
        .and_then(|kept| kept.split_once('\n'))
        .ok_or_else(foreign)?;
    if consent != returned.attempt {
        return Err(foreign().into());
    }
    let mandate = MandateId::parse(mandate)?;
    let state = returned.state;
    let Some(code) = returned.code else {
        core.stored(move |store| store.flows().take(&state, now)).await?;
        return Err(crate::instruments::declined(
            "The bank was not asked.",
            "لم يُطلب من البنك.",
        ));
    };
    let record = match core
        .gateway_client()
        .await?
        .complete_mandate_consent(&mandate, &code)
        .await
    {
        Ok(record) => record,
        Err(error) => {
            core.record_incident(None, &error).await;
            return Err(error.into());
        }
    };
    learn::records(core, vec![record], false).await?;
    core.stored(move |store| store.flows().take(&state, now)).await?;
    announce(core);
    sign::view(core, &mandate).await
}
