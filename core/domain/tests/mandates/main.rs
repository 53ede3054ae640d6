//! Mandates: what is refused, what is decided at each edge, the same decisions by an independent model, and what an audit finds.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that meets something else has failed"
)]

mod audit;
mod decisions;
mod drafts;
mod events;
mod generate;
mod make;
mod model;
mod model_agrees;
mod plays;
mod sentences;
mod world;
