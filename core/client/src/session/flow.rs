//! From a tap to a session: begin, wait sealed, take the URL once.

use super::{Page, SessionState, parts::locales};
use crate::{
    RabtError,
    core::{Core, Shared},
    error::ConflictCode,
    payments,
};
use rabt_domain::{Invalid, InvalidReason, SubjectId};
use rabt_link::session::{Flow, Returned, SignInError, SignInRequest, SignedIn, limits::FLOW_SECONDS_MAX};
use rabt_protocol::oidc::acr;
use rabt_store::{Secret, Store, flows::FlowKind};
use url::Url;

pub(super) async fn state(core: &Core) -> Result<SessionState, RabtError> {
    if let Some(tokens) = core.keeper()?.current().await? {
        return Ok(SessionState::SignedIn {
            name: tokens.name,
            acr: tokens.acr,
        });
    }
    Ok(SessionState::SignedOut {
        reason: core.why_nobody().await?,
    })
}

pub(super) async fn begin_sign_in(core: &Shared) -> Result<Page, RabtError> {
    let request = SignInRequest {
        acr_values: vec![acr::LOW.to_owned()],
        ui_locales: locales(core.config.language),
        ..SignInRequest::default()
    };
    begin(core, request, FlowKind::SignIn).await
}

pub(super) async fn begin_step_up(core: &Shared, acr: String) -> Result<Page, RabtError> {
    let subject = core.signed_in().await?.subject;
    let request = SignInRequest {
        ui_locales: locales(core.config.language),
        ..SignInRequest::step_up(subject, acr)
    };
    begin(core, request, FlowKind::StepUp).await
}

async fn begin(core: &Shared, request: SignInRequest, kind: FlowKind) -> Result<Page, RabtError> {
    let begun = match core.sign_in()?.begin(request).await {
        Ok(begun) => begun,
        Err(error) => return Err(failed(core, error).await),
    };
    put(core, kind, &begun.flow).await?;
    Ok(Page { url: begun.url })
}

async fn put(core: &Core, kind: FlowKind, flow: &Flow) -> Result<(), RabtError> {
    let state = flow.state().clone();
    let payload = Secret::new(flow.to_bytes().to_vec());
    let expires_at = core.now().plus_seconds(FLOW_SECONDS_MAX);
    core.stored(move |store| store.flows().put(kind, state.reveal(), &payload, expires_at))
        .await
}

pub(super) async fn complete(core: &Shared, url: &str) -> Result<SessionState, RabtError> {
    let foreign = || Invalid::new("url", InvalidReason::Malformed);
    let (state, now) = (state_of(url).ok_or_else(foreign)?, core.now());
    let name = state.clone();
    // Gone from the store before its code is used: a kill in between can't use it twice.
    let taken = core.stored(move |store| store.flows().take(&name, now)).await?;
    let stored = taken.ok_or_else(foreign)?;
    if matches!(stored.kind, FlowKind::InstrumentLink | FlowKind::MandateConsent) {
        // The bank's page was answered, to the wrong call: the right one must still find the attempt.
        let back = move |store: &Store| {
            store
                .flows()
                .put(stored.kind, &state, &stored.payload, stored.expires_at)
        };
        core.stored(back).await?;
        return Err(foreign().into());
    }
    let flow = Flow::from_bytes(stored.payload.reveal()).map_err(|_| foreign())?;
    match core.sign_in()?.returned(flow, url).await {
        Returned::SignedIn(signed_in) => install(core, *signed_in).await,
        Returned::Ignored { flow, refusal } => {
            tracing::warn!(%refusal, "a URL that answers no sign-in was ignored");
            put(core, stored.kind, &flow).await?;
            Err(foreign().into())
        }
        Returned::Failed(error) => Err(failed(core, error).await),
    }
}

/// Records what the provider's answer was refused for, if it was.
async fn failed(core: &Core, error: SignInError) -> RabtError {
    if let Some(kind) = error.incident() {
        core.record(None, kind).await;
    }
    error.into()
}

/// Each person's data has its own key. Another person's sign-in would see the first one's store, so it is refused.
async fn install(core: &Shared, signed_in: SignedIn) -> Result<SessionState, RabtError> {
    let owner: Option<SubjectId> = core.stored(|store| store.session().owner()).await?;
    if owner.as_ref().is_some_and(|owner| *owner != signed_in.tokens.subject) {
        // They are given back by themselves: the person need not wait for that.
        let keeper = core.keeper()?;
        tokio::spawn(async move { keeper.tell(signed_in.into()).await });
        return Err(RabtError::Conflict {
            code: ConflictCode::AnotherPerson,
        });
    }
    core.keeper()?.install(signed_in).await?;
    if let Err(error) = payments::restore(core).await {
        tracing::info!(%error, "payments of other devices are read at the next sync");
    }
    state(core).await
}

fn state_of(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    let mut states = url.query_pairs().filter(|(name, _)| name == "state");
    let state = states.next()?.1.into_owned();
    states.next().is_none().then_some(state)
}
