//! What the person pays with. A bank account is linked by an open-finance consent, a card at the processor's own page: the person is
//! sent there and comes back with a code, and no number is ever seen here.

use crate::{
    Page, RabtError, Topic,
    core::{Core, Shared},
};
use rabt_domain::{IdempotencyKey, Instrument, InstrumentId, InstrumentKind, Invalid, InvalidReason, LinkId, id::Act};
use rabt_link::{LinkError, gateway::NewLink};
use rabt_protocol::jose::base64url;
use rabt_store::{Secret, flows::FlowKind};
use url::Url;

/// The instruments. Cheap to make and to drop.
#[derive(Clone)]
pub struct Instruments {
    pub(crate) core: Shared,
}

impl Instruments {
    /// All that are linked, from the store.
    ///
    /// # Errors
    /// [`RabtError::Storage`].
    pub async fn list(&self) -> Result<Vec<Instrument>, RabtError> {
        self.core.stored(|store| store.instruments().list()).await
    }

    /// Asks the gateway which are linked, and where they stand.
    ///
    /// # Errors
    /// [`RabtError::SignInRequired`]; [`RabtError::Offline`]; [`RabtError::AgencyUnavailable`].
    pub async fn refresh(&self) -> Result<Vec<Instrument>, RabtError> {
        let core = self.core.clone();
        self.core
            .to_the_end(async move { core.refresh_instruments().await })
            .await
    }

    /// Begins to link one. Open the page in the browser, and hand the URL that comes back to [`Instruments::complete_link`].
    ///
    /// # Errors
    /// [`RabtError::InvalidInput`] on `kind`; [`RabtError::SignInRequired`]; [`RabtError::Offline`]; [`RabtError::Refused`].
    pub async fn begin_link(&self, kind: InstrumentKind) -> Result<Page, RabtError> {
        let core = self.core.clone();
        self.core.to_the_end(async move { begin(&core, kind).await }).await
    }

    /// Takes the URL that came back from the bank's or processor's page, also after the app was killed in between.
    ///
    /// # Errors
    /// [`RabtError::InvalidInput`] on `url` for one that answers no attempt of this device;
    /// [`RabtError::Refused`] with `access_denied` where the person said no there; [`RabtError::Offline`]: hand the same URL in again.
    pub async fn complete_link(&self, url: &str) -> Result<Instrument, RabtError> {
        let (core, url) = (self.core.clone(), url.to_owned());
        self.core.to_the_end(async move { complete(&core, &url).await }).await
    }

    /// Unlinks one: the consent or token is given back.
    ///
    /// # Errors
    /// [`RabtError::Offline`]; [`RabtError::AgencyUnavailable`]: it is still linked then.
    pub async fn remove(&self, id: &InstrumentId) -> Result<(), RabtError> {
        let (core, id) = (self.core.clone(), id.clone());
        self.core
            .to_the_end(async move {
                core.gateway_client().await?.remove_instrument(&id).await?;
                core.stored(move |store| store.instruments().remove(&id)).await?;
                core.changes.announce(&[Topic::Instruments]);
                Ok(())
            })
            .await
    }
}

impl Core {
    pub(crate) async fn refresh_instruments(&self) -> Result<Vec<Instrument>, RabtError> {
        let sifted = match self.gateway_client().await?.instruments().await {
            Ok(sifted) => sifted,
            Err(error) => {
                self.record_incident(None, &error).await;
                return Err(error.into());
            }
        };
        self.record_kinds(None, sifted.refused.iter().copied()).await;
        let instruments = sifted.items;
        let kept = instruments.clone();
        if self.stored(move |store| store.instruments().replace(&kept)).await? {
            self.changes.announce(&[Topic::Instruments]);
        }
        Ok(instruments)
    }
}

async fn begin(core: &Shared, kind: InstrumentKind) -> Result<Page, RabtError> {
    let gateway = core.gateway_client().await?;
    let state = base64url(core.random::<32>()?);
    let new = NewLink {
        kind,
        return_uri: &core.config.instrument_return_uri,
        state: &state,
        key: key_of(&state),
    };
    let begun = match gateway.begin_link(&new, core.now()).await {
        // The same attempt under the same key.
        Err(LinkError::Lost { .. }) => gateway.begin_link(&new, core.now()).await?,
        other => other?,
    };
    let payload = Secret::new(begun.link.as_str().as_bytes().to_vec());
    let expires_at = begun.expires_at;
    core.stored(move |store| {
        store
            .flows()
            .put(FlowKind::InstrumentLink, &state, &payload, expires_at)
    })
    .await?;
    Ok(Page {
        url: begun.authorize_url,
    })
}

/// Completing is idempotent at the hub, so the attempt is kept until the instrument is: after a kill, or an answer that was lost,
/// the same URL may be handed in again, and nothing is linked twice.
async fn complete(core: &Shared, url: &str) -> Result<Instrument, RabtError> {
    let foreign = || Invalid::new("url", InvalidReason::Malformed);
    let returned = Return::read(url, &core.config.instrument_return_uri, "link_id").ok_or_else(foreign)?;
    let (state, now) = (returned.state.clone(), core.now());
    let kept = core.stored(move |store| store.flows().get(&state, now)).await?;
    let flow = kept
        .filter(|flow| flow.kind == FlowKind::InstrumentLink)
        .ok_or_else(foreign)?;
    let link = std::str::from_utf8(flow.payload.reveal())
        .ok()
        .and_then(|link| LinkId::parse(link).ok());
    let link = link
        .filter(|link| link.as_str() == returned.attempt)
        .ok_or_else(foreign)?;
    let state = returned.state;
    let Some(code) = returned.code else {
        core.stored(move |store| store.flows().take(&state, now)).await?;
        return Err(declined("Nothing was linked.", "لم يتم ربط أي شيء."));
    };
    let instrument = core.gateway_client().await?.complete_link(&link, &code).await?;
    let linked = instrument.clone();
    core.stored(move |store| {
        store.instruments().put(&linked)?;
        store.flows().take(&state, now)
    })
    .await?;
    core.changes.announce(&[Topic::Instruments]);
    Ok(instrument)
}

/// The person said no at the page.
pub(crate) fn declined(en: &str, ar: &str) -> RabtError {
    match rabt_domain::Bilingual::parse(en, ar) {
        Ok(reason) => RabtError::Refused {
            code: "access_denied".to_owned(),
            reason,
        },
        Err(_) => RabtError::Bug { at: "reasons" },
    }
}

fn key_of(state: &str) -> IdempotencyKey {
    crate::payments::key_of(&Act::LinkInstrument { state })
}

/// What a page sent the person back with.
pub(crate) struct Return {
    /// What names the attempt.
    pub(crate) attempt: String,
    pub(crate) state: String,
    /// `None` where they said no there.
    pub(crate) code: Option<String>,
}

impl Return {
    /// `None` for a URL that isn't our return address, lacks a parameter or has one twice. `named_by` is the one that names the attempt.
    pub(crate) fn read(url: &str, return_uri: &str, named_by: &str) -> Option<Self> {
        let url = Url::parse(url).ok()?;
        let mut bare = url.clone();
        bare.set_query(None);
        if bare != Url::parse(return_uri).ok()? {
            return None;
        }
        let once = |wanted: &str| {
            let mut values = url
                .query_pairs()
                .filter(|(name, _)| name == wanted)
                .map(|(_, value)| value.into_owned());
            match (values.next(), values.next()) {
                (value, None) => Some(value),
                _ => None,
            }
        };
        let (code, error) = (once("code")?, once("error")?);
        if code.is_some() == error.is_some() {
            return None;
        }
        Some(Self {
            attempt: once(named_by)??,
            state: once("state")??,
            code,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_return_to_our_address_is_read() {
        let read = |url: &str| Return::read(url, "rabt-demo:/linked", "link_id").map(|r| (r.attempt, r.state, r.code));
        let whole = ("l".to_owned(), "s".to_owned(), Some("c".to_owned()));
        assert_eq!(read("rabt-demo:/linked?link_id=l&state=s&code=c"), Some(whole));
        assert_eq!(
            read("rabt-demo:/linked?link_id=l&state=s&error=access_denied"),
            Some(("l".to_owned(), "s".to_owned(), None))
        );
        for wrong in [
            "rabt-demo:/signed-in?link_id=l&state=s&code=c",
            "rabt-demo:/linked?link_id=l&code=c",
            "rabt-demo:/linked?state=s&code=c",
            "rabt-demo:/linked?link_id=l&state=s",
            "rabt-demo:/linked?link_id=l&state=s&code=c&code=d",
            "rabt-demo:/linked?link_id=l&state=s&code=c&error=x",
            "rabt-demo:/linked?link_id=l&state=s&code=c#fragment",
            "https://elsewhere.example/linked?link_id=l&state=s&code=c",
            "",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
