//! Switching faults on and off.

use super::{Control, ControlError};
use crate::server::faults::{ActiveFault, FAULTS_MAX, Fault, FaultKind};
use http::{HeaderValue, Method, StatusCode};

/// Nobody waits longer for an answer than this; what is meant is "never", which a cut is.
const LATENCY_MS_MAX: u32 = 600_000;
/// The parties beside the agencies at which something can go wrong.
const PARTIES: [&str; 3] = ["identity", "gateway", "bank"];

impl Control {
    /// Switches a fault on and returns the number by which it can be cleared. Several can be on at once; a request meets each
    /// that concerns it, the oldest first. They are of this run: a city that starts again has none.
    ///
    /// # Errors
    /// [`ControlError::Invalid`] names the member that is at fault.
    pub fn set_fault(&self, fault: Fault) -> Result<u64, ControlError> {
        if !PARTIES.contains(&fault.party.as_str()) && self.ctx().agency(&fault.party).is_none() {
            return Err(ControlError::invalid(
                "party",
                format!(
                    "`{}` is neither identity, gateway, bank nor an agency's identifier",
                    fault.party
                ),
            ));
        }
        validate(&fault)?;
        self.ctx().faults.set(fault).ok_or_else(|| {
            ControlError::invalid(
                "fault",
                format!("{FAULTS_MAX} are on, the most that can be; clear some"),
            )
        })
    }

    /// Switches one off.
    ///
    /// # Errors
    /// [`ControlError::NotFound`] where it isn't on, also because it has happened as often as it was to.
    pub fn clear_fault(&self, fault_id: u64) -> Result<(), ControlError> {
        if self.ctx().faults.clear(fault_id) {
            Ok(())
        } else {
            Err(ControlError::not_found(format!(
                "fault {fault_id}; it was cleared or has happened"
            )))
        }
    }

    /// Switches off all of a party's, or every one.
    pub fn clear_faults(&self, party: Option<&str>) {
        self.ctx().faults.clear_all(party);
    }

    /// Those that are on, oldest first.
    pub fn faults(&self) -> Vec<ActiveFault> {
        self.ctx().faults.list()
    }
}

fn validate(fault: &Fault) -> Result<(), ControlError> {
    if fault.route.as_deref().is_some_and(|route| !route.starts_with('/')) {
        return Err(ControlError::invalid(
            "route",
            "the beginning of a path, such as /v1/bills",
        ));
    }
    if let Some(method) = &fault.method
        && Method::from_bytes(method.to_ascii_uppercase().as_bytes()).is_err()
    {
        return Err(ControlError::invalid("method", "an HTTP method such as GET"));
    }
    if fault.times == Some(0) {
        return Err(ControlError::invalid(
            "times",
            "at least 1; leave it out for a fault that lasts until it is cleared",
        ));
    }
    let wrong = |member: &str, reason: &str| Err(ControlError::invalid(format!("kind.{member}"), reason));
    match &fault.kind {
        FaultKind::LatencyMs { latency_ms } if *latency_ms > LATENCY_MS_MAX => wrong(
            "latency_ms",
            "at most 600000; for no answer at all use cut_before_commit",
        ),
        FaultKind::Status { status, .. } if !is_final_status(*status) => wrong("status", "from 200 to 599"),
        FaultKind::SlowBody { bytes_per_second: 0 } => wrong("bytes_per_second", "at least 1"),
        FaultKind::Redirect { location } if HeaderValue::try_from(location).is_err() || location.is_empty() => {
            wrong("location", "a URL")
        }
        FaultKind::RewriteJson { pointer, .. } if !pointer.is_empty() && !pointer.starts_with('/') => {
            wrong("pointer", "a JSON pointer (RFC 6901) such as /bills/0/amount_fils")
        }
        _ => Ok(()),
    }
}

fn is_final_status(status: u16) -> bool {
    StatusCode::from_u16(status).is_ok_and(|status| !status.is_informational()) && status < 600
}
