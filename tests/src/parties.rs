//! The city's parties, as a story breaks them and watches them.

use crate::Town;
use rabt_sandbox::{Fault, FaultKind};

/// More requests than any story makes.
pub(crate) const REQUESTS_MAX: u32 = 1_000_000;

/// Counts what the parties are asked. It is a fault that does nothing but happen.
#[derive(Clone, Debug)]
pub struct Meter {
    faults: Vec<u64>,
}

impl Town {
    /// Switches a fault on and returns its number.
    pub fn fault(&self, fault: Fault) -> u64 {
        self.control().set_fault(fault).expect("a fault that makes sense")
    }

    /// Has a party do something wrong at every request, until it is cleared.
    pub fn breaks(&self, party: &str, kind: FaultKind) -> u64 {
        self.fault(Fault::new(party, kind))
    }

    /// Everything at a party is well again.
    pub fn mend(&self, party: &str) {
        self.control().clear_faults(Some(party));
    }

    /// Counts from now on what one party is asked.
    pub fn meter(&self, party: &str) -> Meter {
        self.meter_where(Fault::new(party, NOTHING))
    }

    /// Counts from now on what one party is asked by a method on paths that begin with `route`.
    pub fn meter_on(&self, party: &str, method: &str, route: &str) -> Meter {
        self.meter_where(Fault::new(party, NOTHING).method(method).on(route))
    }

    /// Counts from now on what all parties are asked: provider, gateway, bank and agencies.
    pub fn meter_all(&self) -> Meter {
        let agencies = self.control().agencies().into_iter().map(|agency| agency.agency_id);
        let parties = ["identity", "gateway", "bank"].map(str::to_owned);
        let faults = parties.into_iter().chain(agencies);
        Meter {
            faults: faults.flat_map(|party| self.meter(&party).faults).collect(),
        }
    }

    fn meter_where(&self, fault: Fault) -> Meter {
        Meter {
            faults: vec![self.fault(fault.times(REQUESTS_MAX))],
        }
    }

    /// How many requests a meter has counted.
    pub fn counted(&self, meter: &Meter) -> u32 {
        let active = self.control().faults();
        let left = active.iter().filter(|active| meter.faults.contains(&active.fault_id));
        left.map(|active| REQUESTS_MAX - active.fault.times.unwrap_or(REQUESTS_MAX))
            .sum()
    }
}

const NOTHING: FaultKind = FaultKind::LatencyMs { latency_ms: 0 };
