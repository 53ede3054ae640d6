//! What the features share: the store, the network, the session's slot, and the two ways of running something.

mod gate;
mod slots;

pub(crate) use gate::{Gate, Gates};
pub(crate) use slots::{DirectorySlot, Quotes, SessionParts, Slot, ToldAccounts};

use crate::{Config, Ports, RabtError, Topic, error::ConflictCode, watch::Changes};
use rabt_domain::{AgencyId, DubaiDate, IdempotencyKey, Incident, IncidentKind, Timestamp};
use rabt_link::Http;
use rabt_store::{OpenReport, Store, StoreError};
use std::{
    any::Any,
    collections::BTreeSet,
    future::Future,
    pin::Pin,
    sync::{
        Arc, RwLock,
        atomic::{AtomicBool, Ordering},
    },
};

/// See the module.
pub(crate) struct Core {
    pub(crate) config: Config,
    pub(crate) ports: Ports,
    pub(crate) http: Http,
    pub(crate) changes: Arc<Changes>,
    pub(crate) session: Slot<SessionParts>,
    pub(crate) directory: DirectorySlot,
    /// One refresh of an agency at a time.
    pub(crate) refreshing: Gates<AgencyId>,
    /// One task that moves a payment at a time.
    pub(crate) driving: Gates<IdempotencyKey>,
    /// One pull of events at a time.
    pub(crate) hearing: tokio::sync::Mutex<()>,
    /// One statement about mandates is signed at a time, since each has its place in an order.
    pub(crate) signing: tokio::sync::Mutex<()>,
    /// One sender of them at a time, so that what was signed first is sent first.
    pub(crate) sending: tokio::sync::Mutex<()>,
    /// One check of the gateway at a time.
    pub(crate) checking: tokio::sync::Mutex<()>,
    /// Whether the person has mandates, once that was read.
    mandates: Slot<bool>,
    /// Quotes that were shown and not paid yet.
    pub(crate) quotes: Quotes,
    /// What agencies said of the person's accounts.
    pub(crate) told_accounts: ToldAccounts,
    paused: AtomicBool,
    /// What was found when the store was opened.
    pub(crate) opened: OpenReport,
    /// Replaced by an empty one after a sign-out.
    store: RwLock<Store>,
}

impl Core {
    pub(crate) fn new(config: Config, ports: Ports, http: Http, store: Store, opened: OpenReport) -> Self {
        Self {
            config,
            ports,
            http,
            changes: Arc::new(Changes::new()),
            session: Slot::default(),
            directory: DirectorySlot::default(),
            refreshing: Gates::default(),
            driving: Gates::default(),
            quotes: Quotes::default(),
            told_accounts: ToldAccounts::default(),
            hearing: tokio::sync::Mutex::default(),
            signing: tokio::sync::Mutex::default(),
            sending: tokio::sync::Mutex::default(),
            checking: tokio::sync::Mutex::default(),
            mandates: Slot::default(),
            paused: AtomicBool::new(false),
            opened,
            store: RwLock::new(store),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.ports.clock.now()
    }

    pub(crate) fn today(&self) -> DubaiDate {
        DubaiDate::at(self.now())
    }

    /// The store of this moment, for the length of one act.
    pub(crate) fn store(&self) -> Store {
        self.store
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn replace_store(&self, store: Store) {
        self.mandates_known();
        *self.store.write().unwrap_or_else(std::sync::PoisonError::into_inner) = store;
    }

    /// Whether the person has mandates on this phone: without them none of a gateway's check costs anything.
    pub(crate) async fn has_mandates(&self) -> Result<bool, RabtError> {
        if let Some(has) = self.mandates.get() {
            return Ok(has);
        }
        let has = !self.stored(|store| store.mandates().statements()).await?.is_empty();
        self.mandates.set(Some(has));
        Ok(has)
    }

    /// Says that what is known of mandates may be another.
    pub(crate) fn mandates_known(&self) {
        self.mandates.set(None);
    }

    /// Runs `work` to its end on the runtime, whatever becomes of the caller: dropping a call never drops a payment. Nothing is begun
    /// while the core is paused.
    pub(crate) async fn to_the_end<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, RabtError>> + Send + 'static,
    ) -> Result<T, RabtError> {
        self.awake()?;
        let work: Pin<Box<dyn Future<Output = Erased> + Send>> = Box::pin(async move { erased(work.await) });
        match tokio::spawn(work).await {
            Ok(done) => unerased(done)?,
            Err(error) => Err(panicked("task", &error)),
        }
    }

    /// Refuses while the core is paused. The store refuses by itself; this is for what would get to the network, or to what is in
    /// memory, before it gets to the store.
    pub(crate) fn awake(&self) -> Result<(), RabtError> {
        if self.paused.load(Ordering::Acquire) {
            Err(RabtError::Conflict {
                code: ConflictCode::Paused,
            })
        } else {
            Ok(())
        }
    }

    /// Lets go of the files.
    pub(crate) async fn pause(&self) -> Result<(), RabtError> {
        self.paused.store(true, Ordering::Release);
        self.stored(|store| {
            store.release();
            Ok(())
        })
        .await
    }

    /// Takes the files again, and goes on with what is in them: another process may have had them meanwhile.
    pub(crate) async fn resume(&self) -> Result<(), RabtError> {
        let now = self.now();
        self.stored(move |store| store.reacquire(now).map(|_| ())).await?;
        self.load_directory().await?;
        self.reload_session().await?;
        self.mandates_known();
        self.paused.store(false, Ordering::Release);
        self.changes.announce(&Topic::ALL);
        Ok(())
    }

    /// Runs an act of the store on a thread that may block. Once begun it is finished, whatever becomes of the caller.
    pub(crate) async fn stored<T: Send + 'static>(
        &self,
        act: impl FnOnce(&Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, RabtError> {
        let store = self.store();
        self.blocking(move || act(&store)).await
    }

    /// Runs something of the store's that may block on a thread for that.
    pub(crate) async fn blocking<T: Send + 'static>(
        &self,
        act: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, RabtError> {
        let act: Box<dyn FnOnce() -> Erased + Send> = Box::new(move || erased(act()));
        match tokio::task::spawn_blocking(act).await {
            Ok(done) => Ok(unerased::<Result<T, StoreError>>(done)??),
            Err(error) => Err(panicked("store", &error)),
        }
    }

    /// Records that an answer was refused. That it can't be recorded is logged and stops nothing.
    pub(crate) async fn record(&self, agency: Option<AgencyId>, kind: IncidentKind) {
        let name = agency.as_ref().map_or("gateway", AgencyId::as_str).to_owned();
        tracing::warn!(party = %name, incident = kind.code(), "an answer was refused");
        let incident = Incident {
            agency,
            kind,
            at: self.now(),
        };
        if self
            .stored(move |store| store.incidents().record(&incident))
            .await
            .is_ok()
        {
            self.changes.announce(&[Topic::Incidents]);
        }
    }

    /// Records each kind of thing that was refused of one answer, once: a party that lies a thousand times in it would otherwise push
    /// everybody else's records out, and have the device write as often.
    pub(crate) async fn record_kinds(&self, agency: Option<&AgencyId>, kinds: impl IntoIterator<Item = IncidentKind>) {
        for kind in kinds.into_iter().collect::<BTreeSet<_>>() {
            self.record(agency.cloned(), kind).await;
        }
    }

    /// Fills bytes that nobody can guess.
    pub(crate) fn random<const N: usize>(&self) -> Result<[u8; N], RabtError> {
        let mut bytes = [0; N];
        if self.ports.entropy.fill(&mut bytes) {
            Ok(bytes)
        } else {
            Err(RabtError::Bug { at: "randomness" })
        }
    }
}

/// What a task comes to, whatever its type. The runtime's part of a task is compiled once for each type of work that it is given; behind
/// one type it is compiled once for all calls.
type Erased = Box<dyn Any + Send>;

fn erased<T: Send + 'static>(done: T) -> Erased {
    Box::new(done)
}

/// What it was before.
fn unerased<T: 'static>(done: Erased) -> Result<T, RabtError> {
    match done.downcast() {
        Ok(done) => Ok(*done),
        Err(_) => Err(RabtError::Bug { at: "task" }),
    }
}

fn panicked(at: &'static str, error: &tokio::task::JoinError) -> RabtError {
    tracing::error!(at, cancelled = error.is_cancelled(), "a task did not end");
    if error.is_cancelled() {
        RabtError::Conflict {
            code: ConflictCode::Paused,
        }
    } else {
        RabtError::Bug { at }
    }
}

/// For the features' handles.
pub(crate) type Shared = Arc<Core>;
