//! The payment hub: what happens to a payment between the moment that a client confirms it and the moment that every bill of it
//! is with its agency or every fil back with the person.
//!
//! `machine` is the rules, without I/O. `record` is the journal: every step is one transaction. `effects` asks the bank and the
//! agencies, by keys that are derived from what the act is, and looks an act up before it repeats it. `settler` carries payments
//! out, one turn after the other, from the journal alone: a city that is killed and started again goes on where it was. `desk`
//! is where a request waits meanwhile.

mod desk;
mod effects;
pub(crate) mod keys;
pub(super) mod machine;
mod reasons;
mod receipts;
pub(super) mod record;
mod settler;

pub(crate) use desk::{Desk, Progress};
pub(crate) use settler::run_settler;
