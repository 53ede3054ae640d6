//! Control as JSON over plain HTTP on loopback, for tests in other languages and for the console.
//!
//! Two things keep a web page that somebody happens to have open from moving the city: every act must be sent as
//! `application/json`, for which a browser asks first and is not allowed, and the request must be addressed to loopback by name.

use super::{Control, ControlError};
use crate::{
    agencies::{AgencyFixture, BillChange, BillFilter, NewBill},
    browser::Intent,
    console,
    gateway::Cheat,
    identity::{IdentitySettings, Tamper},
    server::{
        faults::Fault,
        reply::{Refusal, Reply, WireJson},
    },
};
use axum::{
    Router,
    extract::{FromRequestParts, Path, Query, Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{delete, get, patch, post, put},
};
use http::{StatusCode, header, request::Parts};
use rabt_protocol::{
    instrument::{InstrumentKind, InstrumentStatus},
    mandate::MandateConsentStatus,
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

/// The routes.
pub(crate) fn router(control: &Control) -> Router {
    Router::new()
        .route("/", get(console::page))
        .route("/v1/city", get(city))
        .route("/v1/clock", get(clock).put(set_clock))
        .route("/v1/clock/advance", post(advance_clock))
        .route("/v1/personas", get(personas))
        .route("/v1/personas/{persona_id}/load", post(load_persona))
        .route("/v1/personas/{persona_id}/visit", post(visit))
        .route("/v1/personas/{persona_id}/revoke-sessions", post(revoke_sessions))
        .route(
            "/v1/personas/{persona_id}/expire-access-tokens",
            post(expire_access_tokens),
        )
        .route(
            "/v1/identity/settings",
            get(identity_settings).put(set_identity_settings),
        )
        .route("/v1/identity/tamper", post(tamper_with_identity))
        .route("/v1/identity/roll-keys", post(roll_keys))
        .route("/v1/identity/replace-keys", post(replace_keys))
        .route("/v1/personas/{persona_id}/instruments", get(instruments))
        .route("/v1/personas/{persona_id}/available", put(set_available))
        .route("/v1/instruments/{instrument_id}/status", put(set_instrument_status))
        .route("/v1/mandate-consents/{consent_id}/status", put(set_consent_status))
        .route("/v1/autopay/run", post(run_autopay))
        .route("/v1/autopay/runner", put(set_runner))
        .route("/v1/autopay/second-runner", put(set_second_runner))
        .route("/v1/autopay/cheat", put(set_cheat))
        .route("/v1/books", get(books))
        .route("/v1/agencies", get(agencies).post(add_agency))
        .route("/v1/bills", get(bills).post(add_bill))
        .route("/v1/bills/{agency_id}/{bill_id}", patch(change_bill))
        .route("/v1/bills/{agency_id}/{bill_id}/withdraw", post(withdraw_bill))
        .route("/v1/bills/{agency_id}/{bill_id}/pay-at-counter", post(pay_at_counter))
        .route("/v1/late-fees", get(late_fees).post(charge_late_fees))
        .route("/v1/faults", get(faults).post(set_fault).delete(clear_faults))
        .route("/v1/faults/{fault_id}", delete(clear_fault))
        .route("/v1/network", get(network).put(set_network))
        .route("/v1/dump", get(dump))
        .fallback(nothing_here)
        .layer(middleware::from_fn(only_by_loopback_name))
        .with_state(control.clone())
}

async fn nothing_here() -> Refusal {
    Refusal::not_found("no such route of control's; GET / is the console")
}

/// A name that somebody's DNS points at 127.0.0.1 would make control a part of their web page.
async fn only_by_loopback_name(request: Request, next: Next) -> Response {
    let named = request
        .headers()
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .or_else(|| request.uri().authority().map(|authority| authority.as_str()))
        .map(|host| host.rsplit_once(':').map_or(host, |(name, _)| name));
    if matches!(named, Some("127.0.0.1" | "localhost")) {
        next.run(request).await
    } else {
        Refusal::invalid("host", "control is addressed as 127.0.0.1 or localhost").into_response()
    }
}

/// A query whose refusal names what is at fault.
struct WireQuery<T>(T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for WireQuery<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Reply<Self> {
        Query::try_from_uri(&parts.uri)
            .map(|Query(value)| Self(value))
            .map_err(|error| Refusal::invalid("query", error.body_text()))
    }
}

type Answer = Reply<WireJson<Value>>;
/// Done, and nothing to say.
type Done = Reply<StatusCode>;

fn answer(value: impl serde::Serialize) -> Answer {
    serde_json::to_value(value)
        .map(WireJson)
        .map_err(|error| Refusal::internal(&error))
}

async fn city(State(control): State<Control>) -> Answer {
    answer(control.introduction())
}

async fn clock(State(control): State<Control>) -> Answer {
    answer(control.clock())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetClock {
    now: String,
}

async fn set_clock(State(control): State<Control>, WireJson(body): WireJson<SetClock>) -> Answer {
    answer(control.set_clock(&body.now)?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AdvanceClock {
    advance_ms: i64,
}

async fn advance_clock(State(control): State<Control>, WireJson(body): WireJson<AdvanceClock>) -> Answer {
    answer(control.advance_ms(body.advance_ms)?)
}

async fn personas(State(control): State<Control>) -> Answer {
    answer(json!({"personas": control.personas()?}))
}

async fn load_persona(State(control): State<Control>, Path(persona_id): Path<String>, _: NoBody) -> Done {
    control.load_persona(&persona_id)?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Visit {
    url: String,
    intent: Intent,
}

async fn visit(
    State(control): State<Control>,
    Path(persona_id): Path<String>,
    WireJson(body): WireJson<Visit>,
) -> Answer {
    answer(json!({"led_to": control.visit(&persona_id, &body.url, body.intent).await?}))
}

async fn revoke_sessions(State(control): State<Control>, Path(persona_id): Path<String>, _: NoBody) -> Answer {
    answer(json!({"ended": control.revoke_sessions(&persona_id)?}))
}

async fn expire_access_tokens(State(control): State<Control>, Path(persona_id): Path<String>, _: NoBody) -> Answer {
    answer(json!({"ended": control.expire_access_tokens(&persona_id)?}))
}

async fn identity_settings(State(control): State<Control>) -> Answer {
    answer(control.identity_settings()?)
}

async fn set_identity_settings(
    State(control): State<Control>,
    WireJson(settings): WireJson<IdentitySettings>,
) -> Answer {
    control.set_identity_settings(&settings)?;
    answer(control.identity_settings()?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TamperWish {
    tamper: Option<Tamper>,
}

async fn tamper_with_identity(State(control): State<Control>, WireJson(wish): WireJson<TamperWish>) -> Done {
    control.tamper_with_identity(wish.tamper)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn roll_keys(State(control): State<Control>, _: NoBody) -> Done {
    control.roll_keys()?;
    Ok(StatusCode::NO_CONTENT)
}

async fn replace_keys(State(control): State<Control>, _: NoBody) -> Done {
    control.replace_keys()?;
    Ok(StatusCode::NO_CONTENT)
}

async fn agencies(State(control): State<Control>) -> Answer {
    answer(json!({"agencies": control.agencies()}))
}

async fn add_agency(State(control): State<Control>, WireJson(fixture): WireJson<AgencyFixture>) -> Answer {
    fixture.validate().map_err(|error| ControlError::Invalid {
        field: error.field,
        reason: error.reason,
    })?;
    answer(control.join(fixture).await?)
}

async fn bills(State(control): State<Control>, WireQuery(filter): WireQuery<BillFilter>) -> Answer {
    answer(json!({"bills": control.bills(&filter)?}))
}

async fn add_bill(State(control): State<Control>, WireJson(bill): WireJson<NewBill>) -> Answer {
    answer(control.add_bill(bill)?)
}

type BillPath = Path<(String, String)>;

async fn change_bill(
    State(control): State<Control>,
    Path((agency_id, bill_id)): BillPath,
    WireJson(change): WireJson<BillChange>,
) -> Answer {
    answer(control.change_bill(&agency_id, &bill_id, change)?)
}

async fn withdraw_bill(State(control): State<Control>, Path((agency_id, bill_id)): BillPath, _: NoBody) -> Answer {
    answer(control.withdraw_bill(&agency_id, &bill_id)?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AtCounter {
    #[serde(default)]
    amount_fils: Option<i64>,
}

async fn pay_at_counter(
    State(control): State<Control>,
    Path((agency_id, bill_id)): BillPath,
    WireJson(body): WireJson<AtCounter>,
) -> Answer {
    answer(control.pay_at_counter(&agency_id, &bill_id, body.amount_fils)?)
}

async fn late_fees(State(control): State<Control>) -> Answer {
    answer(control.late_fees()?)
}

async fn charge_late_fees(State(control): State<Control>, _: NoBody) -> Answer {
    answer(control.charge_late_fees()?)
}

async fn faults(State(control): State<Control>) -> Answer {
    answer(json!({"faults": control.faults()}))
}

async fn set_fault(State(control): State<Control>, WireJson(fault): WireJson<Fault>) -> Answer {
    answer(json!({"fault_id": control.set_fault(fault)?}))
}

async fn clear_fault(State(control): State<Control>, Path(fault_id): Path<String>) -> Done {
    let fault_id = fault_id
        .parse()
        .map_err(|_| Refusal::invalid("fault_id", "a number, as setting the fault answered"))?;
    control.clear_fault(fault_id)?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfParty {
    #[serde(default)]
    party: Option<String>,
}

async fn clear_faults(State(control): State<Control>, WireQuery(OfParty { party }): WireQuery<OfParty>) -> Done {
    control.clear_faults(party.as_deref());
    Ok(StatusCode::NO_CONTENT)
}

async fn books(State(control): State<Control>) -> Answer {
    answer(control.books()?)
}

async fn instruments(State(control): State<Control>, Path(persona_id): Path<String>) -> Answer {
    answer(json!({"instruments": control.instruments(&persona_id)?}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Available {
    kind: InstrumentKind,
    available_fils: i64,
}

async fn set_available(
    State(control): State<Control>,
    Path(persona_id): Path<String>,
    WireJson(body): WireJson<Available>,
) -> Done {
    control.set_available_fils(&persona_id, body.kind, body.available_fils)?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewStatus {
    status: InstrumentStatus,
}

async fn set_instrument_status(
    State(control): State<Control>,
    Path(instrument_id): Path<String>,
    WireJson(body): WireJson<NewStatus>,
) -> Done {
    control.set_instrument_status(&instrument_id, body.status).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewConsentStatus {
    status: MandateConsentStatus,
}

async fn set_consent_status(
    State(control): State<Control>,
    Path(consent_id): Path<String>,
    WireJson(body): WireJson<NewConsentStatus>,
) -> Done {
    control.set_mandate_consent_status(&consent_id, body.status).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn run_autopay(State(control): State<Control>, _: NoBody) -> Answer {
    answer(json!({"payments": control.run_autopay().await?}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Switch {
    on: bool,
}

async fn set_runner(State(control): State<Control>, WireJson(body): WireJson<Switch>) -> Done {
    control.set_autopay_runs_by_itself(body.on);
    Ok(StatusCode::NO_CONTENT)
}

async fn set_second_runner(State(control): State<Control>, WireJson(body): WireJson<Switch>) -> Done {
    control.set_second_autopay_runner(body.on);
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CheatWish {
    cheat: Option<Cheat>,
}

async fn set_cheat(State(control): State<Control>, WireJson(wish): WireJson<CheatWish>) -> Done {
    control.set_autopay_cheat(wish.cheat);
    Ok(StatusCode::NO_CONTENT)
}

async fn network(State(control): State<Control>) -> Answer {
    answer(json!({"cut": control.is_network_cut()}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Network {
    cut: bool,
}

async fn set_network(State(control): State<Control>, WireJson(body): WireJson<Network>) -> Done {
    control.cut_network(body.cut);
    Ok(StatusCode::NO_CONTENT)
}

async fn dump(State(control): State<Control>) -> Answer {
    answer(control.dump()?)
}

/// An act that needs nothing said is sent as `{}`, in JSON like every other.
type NoBody = WireJson<Nothing>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}
