//! The faults that control can switch on, and the register of those that are on.
//!
//! Most are carried out by the layer around a party's router, which needs to know nothing of the party. Those that need what only
//! the party knows (another person's bill, an old directory) are asked for by its handlers with [`Faults::take`].

use http::Method;
use serde::{Deserialize, Serialize};
use std::{
    mem::discriminant,
    sync::{Mutex, PoisonError},
};

/// As many faults as can be on at once; a script that sets more has a loop that it didn't mean.
pub(crate) const FAULTS_MAX: usize = 1_000;

/// Something that is to go wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Where: `identity`, `gateway`, `bank` or an agency's identifier.
    pub party: String,
    /// Only for paths that begin with this; all where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<String>,
    /// Only for this method (`GET`, `POST`, …); all where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// How often; until it is cleared where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// What goes wrong.
    pub kind: FaultKind,
}

impl Fault {
    /// A fault of a party's on all its paths, until it is cleared.
    pub fn new(party: impl Into<String>, kind: FaultKind) -> Self {
        Self {
            party: party.into(),
            route: None,
            method: None,
            times: None,
            kind,
        }
    }

    /// The same, only for paths that begin with `route`.
    #[must_use]
    pub fn on(mut self, route: impl Into<String>) -> Self {
        self.route = Some(route.into());
        self
    }

    /// The same, only for a method: `GET`, `POST`, ….
    #[must_use]
    pub fn method(mut self, method: impl Into<String>) -> Self {
        self.method = Some(method.into());
        self
    }

    /// The same, only so many times.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    fn concerns(&self, party: &str, method: Option<&Method>, path: &str) -> bool {
        self.party == party
            && self.route.as_deref().is_none_or(|prefix| path.starts_with(prefix))
            && match (self.method.as_deref(), method) {
                (Some(wanted), Some(method)) => method.as_str().eq_ignore_ascii_case(wanted),
                _ => true,
            }
    }
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case", deny_unknown_fields)]
pub enum FaultKind {
    /// It answers later.
    LatencyMs {
        /// By how much, in milliseconds.
        latency_ms: u32,
    },
    /// It doesn't do what was asked and answers with a status.
    Status {
        /// Which.
        status: u16,
        /// The body, verbatim; an empty one where absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        body: Option<String>,
    },
    /// It does nothing and the connection dies.
    CutBeforeCommit,
    /// It does what was asked, then the connection dies without an answer.
    CutAfterCommit,
    /// It does what was asked and answers with bytes that are no JSON.
    Garbage,
    /// An agency answers with a bill that is another person's.
    AnotherPersonsBill,
    /// An agency answers with a bill that says it is another agency's.
    AnotherAgencysBill,
    /// It does what was asked and answers with a body that never ends.
    EndlessBody,
    /// It does what was asked and answers with a body that is compressed, which nobody asked for, and grows a hundredfold when it is
    /// unpacked.
    CompressedBody,
    /// An agency answers with a page of bills after which there is always another.
    EndlessPages,
    /// It does what was asked; the answer drips.
    SlowBody {
        /// How fast.
        bytes_per_second: u32,
    },
    /// It doesn't do what was asked and sends the caller elsewhere.
    Redirect {
        /// Where to.
        location: String,
    },
    /// It does what was asked and says that the answer is HTML.
    WrongContentType,
    /// The gateway serves a directory that has expired.
    StaleDirectory,
    /// The gateway serves a directory with a lower version than before.
    ReplayedDirectory,
    /// The gateway serves a directory that is newer than any and signed by a key that nobody vouched for.
    ForgedDirectory,
    /// It does what was asked; a member of its JSON answer is replaced. An answer that lacks the member is unchanged.
    RewriteJson {
        /// RFC 6901.
        pointer: String,
        /// What is put there; nothing (`null`) is a value too.
        value: serde_json::Value,
    },
}

impl FaultKind {
    /// Whether the party's handlers ask for it themselves.
    fn is_for_handlers(&self) -> bool {
        matches!(
            self,
            Self::AnotherPersonsBill
                | Self::AnotherAgencysBill
                | Self::EndlessPages
                | Self::ForgedDirectory
                | Self::StaleDirectory
                | Self::ReplayedDirectory
        )
    }
}

/// A fault that is on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ActiveFault {
    /// By which it can be cleared.
    pub fault_id: u64,
    /// What it is; `times` says how often it is still to happen.
    pub fault: Fault,
}

/// The register.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    last_id: u64,
    active: Vec<ActiveFault>,
}

impl Faults {
    /// Switches a fault on; `None` where [`FAULTS_MAX`] are.
    pub(crate) fn set(&self, fault: Fault) -> Option<u64> {
        let mut inner = self.lock();
        if inner.active.len() >= FAULTS_MAX {
            return None;
        }
        inner.last_id += 1;
        let fault_id = inner.last_id;
        inner.active.push(ActiveFault { fault_id, fault });
        Some(fault_id)
    }

    /// Switches one off; whether it was on.
    pub(crate) fn clear(&self, fault_id: u64) -> bool {
        let mut inner = self.lock();
        let before = inner.active.len();
        inner.active.retain(|active| active.fault_id != fault_id);
        inner.active.len() < before
    }

    /// Switches off all of a party's, or all.
    pub(crate) fn clear_all(&self, party: Option<&str>) {
        self.lock()
            .active
            .retain(|active| party.is_some_and(|party| party != active.fault.party));
    }

    /// Those that are on, oldest first.
    pub(crate) fn list(&self) -> Vec<ActiveFault> {
        self.lock().active.clone()
    }

    /// For handlers: the oldest fault of the same variant as `kind` (its members don't matter) that concerns a path of the
    /// party's; it counts as having happened.
    pub(crate) fn take(&self, party: &str, path: &str, kind: &FaultKind) -> Option<FaultKind> {
        let wanted = discriminant(kind);
        self.take_where(party, None, path, 1, |kind| discriminant(kind) == wanted)
            .pop()
    }

    /// For the layer: all that concern a request, except those that handlers ask for; each counts as having happened.
    pub(crate) fn take_for_layer(&self, party: &str, method: &Method, path: &str) -> Vec<FaultKind> {
        self.take_where(party, Some(method), path, usize::MAX, |kind| !kind.is_for_handlers())
    }

    fn take_where(
        &self,
        party: &str,
        method: Option<&Method>,
        path: &str,
        at_most: usize,
        wanted: impl Fn(&FaultKind) -> bool,
    ) -> Vec<FaultKind> {
        let mut taken = Vec::new();
        let mut inner = self.lock();
        for ActiveFault { fault, .. } in &mut inner.active {
            let left = fault.times.unwrap_or(u32::MAX);
            if taken.len() < at_most && left > 0 && wanted(&fault.kind) && fault.concerns(party, method, path) {
                fault.times = fault.times.map(|times| times - 1);
                taken.push(fault.kind.clone());
            }
        }
        inner.active.retain(|active| active.fault.times != Some(0));
        taken
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
