//! Mandates between the wire and the rules: the one place where what is said of a mandate becomes what is true of it, and back.
//!
//! A phone and a gateway must read the same mandate as the same rules, or the phone would accuse an honest gateway. So this
//! conversion is shared by both, while that of a bill belongs to whoever doubts it. Nothing is decided here: [`decide_json`] hands
//! a situation to the engine in `rabt-domain` and writes out what it said. What a person signed is checked in [`signed`], for both sides. There is no network, no clock and no storage here.

mod limits;
mod read;
mod report;
mod rule;
pub mod signed;
mod write;

pub use limits::{
    ANSWERS_MAX, BILLS_MAX, DECISIONS_MAX, INSTRUMENTS_MAX, MANDATES_MAX, PAID_MAX, PAYMENTS_MAX, STANDINGS_MAX,
};
pub use read::{Given, answer as read_answer, draft, rule as read_rule};
pub use report::{read_decision, read_report, report};
pub use write::{answer, decisions, kind, mandate, rule, situation};

use rabt_domain::{
    DubaiDate, Fils, Invalid, InvalidReason, Timestamp,
    mandate::{Decision, decide},
};

/// Decides about a [`Situation`](rabt_protocol::mandate::Situation) in JSON and writes the
/// [`Decisions`](rabt_protocol::mandate::Decisions) in JSON: the engine for whoever isn't written in Rust, and the form of the
/// golden vectors in `tests/vectors/mandates`.
///
/// # Errors
/// [`Invalid`] naming the field; on `situation` for what isn't such a JSON.
pub fn decide_json(situation: &str) -> Result<String, Invalid> {
    let malformed = |_| Invalid::new("situation", InvalidReason::Malformed);
    let given = Given::read(serde_json::from_str(situation).map_err(malformed)?)?;
    let decided: Vec<Decision<'_>> = decide(&given.situation());
    serde_json::to_string(&decisions(&decided)).map_err(malformed)
}

fn day(text: &str, field: &str) -> Result<DubaiDate, Invalid> {
    DubaiDate::parse(text).map_err(|invalid| Invalid::new(field, invalid.reason))
}

fn instant(text: &str, field: &str) -> Result<Timestamp, Invalid> {
    Timestamp::parse(text).map_err(|invalid| Invalid::new(field, invalid.reason))
}

fn amount(fils: i64, field: &str) -> Result<Fils, Invalid> {
    Fils::new(fils).map_err(|invalid| Invalid::new(field, invalid.reason))
}
