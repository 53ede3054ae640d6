//! The order in which a city comes up: its memory, its addresses, its people and bills, its servers.

use super::{
    City, CityConfig, CityError,
    running::{Running, base_url, bind},
    settings::{self, Kept},
};
use crate::{
    agencies::{self, AgencyFixture},
    bank,
    clock::{CityClock, YEARS_MS, machine_ms},
    context::{Addresses, Context, Ctx},
    control::{self, Control},
    gateway, identity, personas,
    server::{faults::Faults, tls::Authority, traffic::Meters},
    state::State,
};
use std::{sync::Arc, time::Duration};
use tokio::runtime::{Builder, Runtime};

/// The parties beside the agencies, in the order of their ports.
pub(crate) const PARTIES: [&str; 4] = ["identity", "gateway", "bank", "control"];
/// Parties wait for each other, not for processors; two threads keep one busy handler from holding up the rest.
const WORKERS: usize = 2;
/// How long a party waits for another before it gives up.
const HTTP_TIMEOUT: Duration = Duration::from_secs(5);
/// More than this times its usual latency, and an agency is down rather than slow.
const LATENCY_SCALE_MAX: f64 = 100.0;
/// A day: a longer-lived access token is none.
const ACCESS_TOKEN_SECONDS_MAX: u32 = 86_400;

/// See the module.
pub(super) async fn start(config: CityConfig) -> Result<City, CityError> {
    validate(&config)?;
    let state = open_state(&config)?;
    let kept = Kept::read_or_make(&state)?;
    let clock = clock(&config, &state, kept.clock_offset_ms)?;

    let [identity, gateway, bank, control] = PARTIES.map(|party| bind(&state, party, config.ports_from));
    let (identity, gateway, bank, control) = (identity?, gateway?, bank?, control?);
    let addresses = Addresses {
        identity: base_url(identity.port()),
        gateway: base_url(gateway.port()),
        bank: base_url(bank.port()),
        control: format!("http://127.0.0.1:{}", control.port()),
    };
    let mut agencies = Vec::new();
    for fixture in fixtures(&state)? {
        agencies.push((bind(&state, &fixture.agency_id, config.ports_from)?, fixture));
    }

    let tls = kept
        .authority
        .server_config(crate::clock::dubai_date(machine_ms()))
        .map_err(keys_failed)?;
    let http = client(&kept.authority)?;
    let ctx: Ctx = Arc::new(Context {
        state,
        clock,
        addresses,
        agencies: std::sync::RwLock::default(),
        faults: Faults::default(),
        meters: Meters::default(),
        keys: kept.keys,
        http,
        service_secret: kept.service_secret,
        hub: gateway::Desk::default(),
        autopay: gateway::Autopay::default(),
        config,
    });
    let runtime = runtime()?;
    let running = Arc::new(Running::new(ctx, kept.authority, tls, runtime.handle().clone()));
    let control_handle = Control::new(Arc::clone(&running));
    // From here on a failure drops the city, which ends the runtime as it must be ended.
    let city = City {
        running,
        control: control_handle,
        runtime: Some(runtime),
    };

    let running = &city.running;
    let mut agency_servers = Vec::new();
    for (listener, fixture) in agencies {
        agency_servers.push((running.register(fixture, listener.port()), listener));
    }
    populate(&running.ctx)?;
    for (agency, listener) in agency_servers {
        running.serve_agency(listener, &agency)?;
    }
    running.serve_party(identity, "identity", 0, identity::router(&running.ctx))?;
    running.serve_party(gateway, "gateway", 0, gateway::router(&running.ctx))?;
    running.serve_party(bank, "bank", 0, bank::router(&running.ctx))?;
    running.serve_control(control, control::router(&city.control))?;
    running.run_in_background(agencies::run_outbox(Ctx::clone(&running.ctx)));
    running.run_in_background(gateway::run_settler(Ctx::clone(&running.ctx)));
    running.run_in_background(gateway::run_autopay(Ctx::clone(&running.ctx)));
    Ok(city)
}

fn open_state(config: &CityConfig) -> Result<State, CityError> {
    let schemas = [
        settings::SCHEMA,
        agencies::SCHEMA,
        identity::SCHEMA,
        gateway::SCHEMA,
        gateway::AUTOPAY_SCHEMA,
        bank::SCHEMA,
    ];
    State::open(config.state_file.as_deref(), &schemas).map_err(|source| CityError::State {
        file: config.state_file.clone(),
        source,
    })
}

fn clock(config: &CityConfig, state: &State, kept_offset_ms: Option<i64>) -> Result<CityClock, CityError> {
    let first = || {
        config
            .starts_at_ms
            .map_or(0, |starts_at_ms| starts_at_ms.saturating_sub(machine_ms()))
    };
    let offset_ms = kept_offset_ms.unwrap_or_else(first);
    let clock = CityClock::default();
    clock.set_offset_ms(offset_ms);
    settings::keep_clock_offset(state, offset_ms)?;
    Ok(clock)
}

fn fixtures(state: &State) -> Result<Vec<AgencyFixture>, CityError> {
    let mut fixtures = agencies::built_in().map_err(|error| CityError::Input {
        field: error.field,
        reason: error.reason,
    })?;
    for json in settings::joined_agencies(state)? {
        let fixture = AgencyFixture::parse(&json).map_err(|_| CityError::StateMalformed { field: "city_agency" })?;
        fixtures.push(fixture);
    }
    Ok(fixtures)
}

/// Loads the personas that the configuration names and those that were loaded before.
fn populate(ctx: &Ctx) -> Result<(), CityError> {
    let before = settings::loaded_personas(&ctx.state)?;
    for persona in personas::all() {
        if ctx.config.loads(&persona.persona_id) || before.contains(&persona.persona_id) {
            control::load(ctx, persona).map_err(|error| CityError::Input {
                field: format!("persona {}", persona.persona_id),
                reason: error.to_string(),
            })?;
        }
    }
    for agency_id in ctx.agencies().keys() {
        agencies::seed_agency(ctx, agency_id).map_err(|error| CityError::Input {
            field: format!("agency {agency_id}"),
            reason: error.to_string(),
        })?;
    }
    Ok(())
}

fn client(authority: &Authority) -> Result<reqwest::Client, CityError> {
    reqwest::Client::builder()
        .tls_backend_preconfigured(authority.client_config().map_err(keys_failed)?)
        .redirect(reqwest::redirect::Policy::none())
        .timeout(HTTP_TIMEOUT)
        .no_proxy()
        .build()
        .map_err(|error| CityError::Keys(error.to_string()))
}

fn runtime() -> Result<Runtime, CityError> {
    Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .thread_name("rabt-city")
        .enable_all()
        .build()
        .map_err(|source| CityError::Listen {
            party: "the runtime".to_owned(),
            port: 0,
            source,
        })
}

fn keys_failed(error: crate::server::tls::TlsError) -> CityError {
    CityError::Keys(error.to_string())
}

fn validate(config: &CityConfig) -> Result<(), CityError> {
    let refused = |field: &str, reason: String| {
        Err(CityError::Input {
            field: field.to_owned(),
            reason,
        })
    };
    if !(0.0..=LATENCY_SCALE_MAX).contains(&config.latency_scale) {
        return refused("latency_scale", format!("it must be from 0 to {LATENCY_SCALE_MAX}"));
    }
    if !(1..=ACCESS_TOKEN_SECONDS_MAX).contains(&config.access_token_seconds) {
        return refused(
            "access_token_seconds",
            format!("it must be from 1 to {ACCESS_TOKEN_SECONDS_MAX}"),
        );
    }
    if config.step_up_above_fils < 0 {
        return refused("step_up_above_fils", "it must not be below 0".to_owned());
    }
    if config
        .starts_at_ms
        .is_some_and(|starts_at_ms| !YEARS_MS.contains(&starts_at_ms))
    {
        return refused("starts_at_ms", "it must be of the years 2000 to 2099".to_owned());
    }
    if config.ports_from.is_some_and(|port| port < 1_024) {
        return refused(
            "ports_from",
            "it must be 1024 or above; lower ports are the system's".to_owned(),
        );
    }
    if let Some(unknown) = config
        .personas
        .iter()
        .find(|persona_id| personas::find(persona_id).is_none())
    {
        let known: Vec<&str> = personas::all()
            .iter()
            .map(|persona| persona.persona_id.as_str())
            .collect();
        return refused(
            "personas",
            format!("there is no `{unknown}`; there are {}", known.join(", ")),
        );
    }
    match config.redirect_uris.iter().find(|uri| url::Url::parse(uri).is_err()) {
        Some(uri) => refused("redirect_uris", format!("`{uri}` is no absolute URL")),
        None => Ok(()),
    }
}
