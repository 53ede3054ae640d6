//! The bank's service API: what the gateway asks of it. Every act is idempotent by its key.

use super::{
    api::{
        CompleteConsent, ConsentState, DebitRequest, ExchangeCode, InstrumentState, LinkedInstrument, Movement,
        OpenConsent, OpenSession, RefundRequest, SessionOpened, SettlementRequest,
    },
    consents,
    instruments::{self, Change},
    movements::{self, Moment},
    sessions,
};
use crate::{
    context::{Context, Ctx},
    server::reply::{IdempotencyKey, Refusal, Reply, ServiceCaller, WireJson},
};
use axum::{
    Router,
    extract::{Path, State},
    routing::{get, post},
};
use http::StatusCode;
use rabt_protocol::mandate::MandateConsentStatus;

/// See the module.
pub(super) fn router() -> Router<Ctx> {
    Router::new()
        .route("/v1/sessions", post(open_session))
        .route("/v1/tokens", post(exchange))
        .route("/v1/instruments/{token}", get(instrument).delete(revoke))
        .route("/v1/consents", post(open_consent))
        .route("/v1/consents/{consent_id}", get(consent).delete(revoke_consent))
        .route("/v1/consents/{consent_id}/complete", post(complete_consent))
        .route("/v1/debits", post(debit))
        .route("/v1/refunds", post(refund))
        .route("/v1/settlements", post(settle))
        .route("/v1/movements/{key}", get(movement))
}

fn moment(ctx: &Context) -> Moment {
    Moment {
        now_ms: ctx.clock.now_ms(),
        today: ctx.clock.today(),
    }
}

async fn open_session(
    State(ctx): State<Ctx>,
    _: ServiceCaller,
    WireJson(request): WireJson<OpenSession>,
) -> Reply<WireJson<SessionOpened>> {
    let session_id = ctx
        .state
        .transact(|tx| sessions::open(tx, &ctx.new_id("ses"), &request))?;
    let authorize_url = format!("{}/authorize?session={session_id}", ctx.addresses.bank);
    Ok(WireJson(SessionOpened { authorize_url }))
}

async fn exchange(
    State(ctx): State<Ctx>,
    _: ServiceCaller,
    WireJson(request): WireJson<ExchangeCode>,
) -> Reply<WireJson<LinkedInstrument>> {
    let at = moment(&ctx);
    let token = ctx.new_id("tok");
    let linked = ctx
        .state
        .transact(|tx| sessions::exchange(tx, at.now_ms, at.today, &token, &request))?;
    Ok(WireJson(linked))
}

async fn instrument(
    State(ctx): State<Ctx>,
    _: ServiceCaller,
    Path(token): Path<String>,
) -> Reply<WireJson<InstrumentState>> {
    let today = ctx.clock.today();
    let state = ctx
        .state
        .transact(|tx| instruments::known(tx, &token).map(|found| found.state_on(today)))?;
    Ok(WireJson(state))
}

async fn revoke(State(ctx): State<Ctx>, _: ServiceCaller, Path(token): Path<String>) -> Reply<StatusCode> {
    ctx.state.transact(|tx| -> Reply<()> {
        instruments::known(tx, &token)?;
        Ok(instruments::change(tx, &token, Change::Revoke)?)
    })?;
    Ok(StatusCode::NO_CONTENT)
}

async fn open_consent(
    State(ctx): State<Ctx>,
    _: ServiceCaller,
    WireJson(request): WireJson<OpenConsent>,
) -> Reply<WireJson<SessionOpened>> {
    ctx.state
        .transact(|tx| consents::open(tx, &ctx.service_secret, &request))?;
    let consent_id = &request.details.consent.consent_id;
    let authorize_url = format!("{}/consent?consent={consent_id}", ctx.addresses.bank);
    Ok(WireJson(SessionOpened { authorize_url }))
}

async fn complete_consent(
    State(ctx): State<Ctx>,
    _: ServiceCaller,
    Path(consent_id): Path<String>,
    WireJson(request): WireJson<CompleteConsent>,
) -> Reply<WireJson<ConsentState>> {
    let now_ms = ctx.clock.now_ms();
    ctx.state
        .transact(|tx| consents::complete(tx, &consent_id, &request.code, now_ms))
        .map(WireJson)
}

async fn consent(
    State(ctx): State<Ctx>,
    _: ServiceCaller,
    Path(consent_id): Path<String>,
) -> Reply<WireJson<ConsentState>> {
    let now_ms = ctx.clock.now_ms();
    let status = ctx
        .state
        .transact(|tx| consents::known(tx, &consent_id)?.status_at(tx, now_ms))?;
    Ok(WireJson(ConsentState { status }))
}

async fn revoke_consent(State(ctx): State<Ctx>, _: ServiceCaller, Path(consent_id): Path<String>) -> Reply<StatusCode> {
    ctx.state.transact(|tx| -> Reply<()> {
        consents::known(tx, &consent_id)?;
        consents::set_status(tx, &consent_id, MandateConsentStatus::Revoked)?;
        Ok(())
    })?;
    Ok(StatusCode::NO_CONTENT)
}

async fn debit(
    State(ctx): State<Ctx>,
    _: ServiceCaller,
    IdempotencyKey(key): IdempotencyKey,
    WireJson(request): WireJson<DebitRequest>,
) -> Reply<WireJson<Movement>> {
    ctx.state
        .transact(|tx| movements::debit(tx, moment(&ctx), &key, &request))
        .map(WireJson)
}

async fn refund(
    State(ctx): State<Ctx>,
    _: ServiceCaller,
    IdempotencyKey(key): IdempotencyKey,
    WireJson(request): WireJson<RefundRequest>,
) -> Reply<WireJson<Movement>> {
    ctx.state
        .transact(|tx| movements::refund(tx, moment(&ctx), &key, &request))
        .map(WireJson)
}

async fn settle(
    State(ctx): State<Ctx>,
    _: ServiceCaller,
    IdempotencyKey(key): IdempotencyKey,
    WireJson(request): WireJson<SettlementRequest>,
) -> Reply<WireJson<Movement>> {
    ctx.state
        .transact(|tx| movements::settle(tx, moment(&ctx), &key, &request))
        .map(WireJson)
}

async fn movement(State(ctx): State<Ctx>, _: ServiceCaller, Path(key): Path<String>) -> Reply<WireJson<Movement>> {
    ctx.state
        .transact(|tx| Ok::<_, Refusal>(movements::find(tx, &key)?))?
        .map(WireJson)
        .ok_or_else(|| Refusal::not_found("no such movement"))
}
