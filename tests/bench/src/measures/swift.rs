//! The library through Swift: what a call costs, what making records of a page costs, and what is left behind.

use super::boundary;
use crate::{
    harness::{Bench, Measure, Outcome},
    stage::{Shell, swift_app},
};

const APP: Option<&str> = Some("swift");

/// What any call costs.
pub(crate) const EMPTY_CALL: Measure = boundary::empty_call_measure("swift-empty-call", APP, |bench| {
    boundary::empty_call(bench, open(bench)?)
});

/// What records cost.
pub(crate) const PAGE: Measure =
    boundary::page_measure("swift-page-of-100", APP, |bench| boundary::page(bench, open(bench)?));

/// What is left behind.
pub(crate) const HELD: Measure =
    boundary::held_measure("swift-memory-held", APP, |bench| boundary::held(bench, open(bench)?));

fn open(bench: &Bench) -> Outcome<Shell> {
    swift_app(bench.peers.swift.as_deref(), boundary::BILLS)
}
