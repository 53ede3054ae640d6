//! A city while it runs: its servers and background work, and what can join it.

use super::{CityError, settings};
use crate::{
    agencies::{self, AgencyFixture},
    context::{Ctx, RunningAgency},
    server::{front::Front, listener::Listener, tls::Authority},
};
use axum::Router;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError, RwLockWriteGuard},
};
use tokio::{runtime::Handle, sync::watch, task::JoinHandle};

/// As many agencies as a city has at once: an emirate has some forty; the directory's one document holds this many easily.
pub(crate) const AGENCIES_MAX: usize = 100;

/// See the module.
pub(crate) struct Running {
    pub(crate) ctx: Ctx,
    pub(crate) authority: Authority,
    tls: Arc<rustls::ServerConfig>,
    runtime: Handle,
    stop: watch::Sender<bool>,
    /// Whether nobody gets through to any party.
    cut: watch::Sender<bool>,
    servers: Mutex<Vec<JoinHandle<()>>>,
    /// One agency joins at a time.
    joining: tokio::sync::Mutex<()>,
}

impl Running {
    pub(crate) fn new(ctx: Ctx, authority: Authority, tls: rustls::ServerConfig, runtime: Handle) -> Self {
        Self {
            ctx,
            authority,
            tls: Arc::new(tls),
            runtime,
            stop: watch::Sender::new(false),
            cut: watch::Sender::new(false),
            servers: Mutex::default(),
            joining: tokio::sync::Mutex::default(),
        }
    }

    /// Serves a party behind its faults.
    pub(crate) fn serve_party(
        &self,
        listener: Listener,
        party: &str,
        latency_ms: u32,
        router: Router,
    ) -> Result<(), CityError> {
        let front = Front::of_party(&self.ctx, party, latency_ms, router);
        self.serve(
            listener,
            party,
            Some(Arc::clone(&self.tls)),
            front,
            self.cut.subscribe(),
        )
    }

    /// Serves control: plain HTTP, no faults.
    pub(crate) fn serve_control(&self, listener: Listener, router: Router) -> Result<(), CityError> {
        // Control is no party: it is what mends the network again.
        let never_cut = watch::Sender::new(false).subscribe();
        self.serve(listener, "control", None, Front::plain(router), never_cut)
    }

    fn serve(
        &self,
        listener: Listener,
        party: &str,
        tls: Option<Arc<rustls::ServerConfig>>,
        front: Front,
        cut: watch::Receiver<bool>,
    ) -> Result<(), CityError> {
        let port = listener.port();
        // Registering a socket with a runtime asks for being on it, which the caller need not be.
        let entered = self.runtime.enter();
        let serving = listener
            .serve(tls, front, self.stop.subscribe(), cut)
            .map_err(|source| CityError::Listen {
                party: party.to_owned(),
                port,
                source,
            })?;
        drop(entered);
        let server = self.runtime.spawn(serving);
        self.servers.lock().unwrap_or_else(PoisonError::into_inner).push(server);
        Ok(())
    }

    /// Cuts the network around every party, or mends it.
    pub(crate) fn cut_network(&self, cut: bool) {
        self.cut.send_replace(cut);
    }

    /// Whether the network is cut.
    pub(crate) fn is_network_cut(&self) -> bool {
        *self.cut.borrow()
    }

    /// Runs something until the city ends.
    pub(crate) fn run_in_background(&self, work: impl Future<Output = ()> + Send + 'static) {
        let mut stop = self.stop.subscribe();
        self.runtime.spawn(async move {
            tokio::select! {
                () = work => {}
                _ = stop.wait_for(|stopped| *stopped) => {}
            }
        });
    }

    /// Makes an agency known to the others; its bills and its server come next.
    pub(crate) fn register(&self, fixture: AgencyFixture, port: u16) -> RunningAgency {
        let agency = RunningAgency {
            base_url: base_url(port),
            fixture: Arc::new(fixture),
        };
        self.registry().insert(agency.fixture.agency_id.clone(), agency.clone());
        agency
    }

    /// Serves an agency that was registered.
    pub(crate) fn serve_agency(&self, listener: Listener, agency: &RunningAgency) -> Result<(), CityError> {
        let fixture = &agency.fixture;
        let router = agencies::router(&self.ctx, &fixture.agency_id);
        self.serve_party(listener, &fixture.agency_id, fixture.latency_ms, router)
    }

    /// An agency joins the running city, and stays in it across restarts. From when it is registered its port takes
    /// connections; they are answered once its bills are there.
    pub(crate) async fn join(&self, fixture: AgencyFixture) -> Result<RunningAgency, CityError> {
        let _one_at_a_time = self.joining.lock().await;
        let agency_id = fixture.agency_id.clone();
        let present = self.ctx.agencies();
        if present.contains_key(&agency_id) || super::start::PARTIES.contains(&agency_id.as_str()) {
            let reason = format!("`{agency_id}` is in the city already; choose another identifier");
            return Err(refused("agency_id", reason));
        }
        if present.len() >= AGENCIES_MAX {
            return Err(refused(
                "agency_id",
                format!("the city has {AGENCIES_MAX} agencies, the most that it holds"),
            ));
        }
        let json = serde_json::to_string(&fixture).map_err(|error| refused("fixture", error.to_string()))?;
        let listener = bind(&self.ctx.state, &agency_id, self.ctx.config.ports_from)?;
        let agency = self.register(fixture, listener.port());
        let joined = agencies::seed_agency(&self.ctx, &agency_id)
            .map_err(|error| refused("fixture", error.to_string()))
            .and_then(|()| Ok(settings::keep_agency(&self.ctx.state, &agency_id, &json)?))
            .and_then(|()| self.serve_agency(listener, &agency));
        if joined.is_err() {
            self.registry().remove(&agency_id);
        }
        joined.map(|()| agency)
    }

    fn registry(&self) -> RwLockWriteGuard<'_, BTreeMap<String, RunningAgency>> {
        self.ctx.agencies.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs something on the city's runtime and waits for it; `None` where the city ended meanwhile.
    pub(crate) async fn on_the_citys_runtime<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        self.runtime.spawn(work).await.ok()
    }

    /// Tells the servers to end and waits until they have.
    pub(crate) async fn stop(&self) {
        self.stop.send_replace(true);
        let servers: Vec<_> = self
            .servers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .drain(..)
            .collect();
        for server in servers {
            // A server that panicked has ended too.
            let _ = server.await;
        }
    }
}

fn refused(field: &str, reason: String) -> CityError {
    CityError::Input {
        field: field.to_owned(),
        reason,
    }
}

/// Where a party with a port is reached.
pub(crate) fn base_url(port: u16) -> String {
    format!("https://localhost:{port}")
}

/// Takes the port that a party had before, or the next one where the configuration counts them, or any; and keeps it.
pub(crate) fn bind(state: &crate::state::State, party: &str, ports_from: Option<u16>) -> Result<Listener, CityError> {
    let port = match (settings::port(state, party)?, ports_from) {
        (Some(port), _) => port,
        (None, None) => {
            let listener = Listener::free(settings::last_port(state)?).map_err(|source| CityError::Listen {
                party: party.to_owned(),
                port: 0,
                source,
            })?;
            settings::keep_port(state, party, listener.port())?;
            return Ok(listener);
        }
        (None, Some(first)) => match settings::last_port(state)? {
            None => first,
            Some(last) => last.checked_add(1).map(|next| next.max(first)).ok_or_else(|| {
                refused(
                    "ports_from",
                    "there is no port left above it; choose a lower one".to_owned(),
                )
            })?,
        },
    };
    let listener = Listener::bind(port).map_err(|source| CityError::Listen {
        party: party.to_owned(),
        port,
        source,
    })?;
    settings::keep_port(state, party, listener.port())?;
    Ok(listener)
}
