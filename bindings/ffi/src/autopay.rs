//! The engine of autopay, for a shell that has a situation in hand: nothing is opened, stored or sent.

use crate::{error::RabtError, runtime};

/// Decides which bills a person's mandates pay: the engine that a gateway runs, fed by hand.
///
/// `situation` is the JSON of the protocol's `Situation` (mandates, bills, history, instruments and the instant), and what comes back is
/// that of its `Decisions`, each with its rule and a sentence in both languages. The same situation is always decided in the same way, and
/// nothing is paid by it.
///
/// Throws `InvalidInput` on the situation's field that is wrong (`bills[0].due_on`), or on `situation` for what isn't such a JSON.
#[uniffi::export]
pub async fn decide_mandates(situation: String) -> Result<String, RabtError> {
    runtime::run(async move { Ok(rabt::mandate::decide_json(&situation)?) }).await
}
