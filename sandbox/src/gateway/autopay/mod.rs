//! Bills that pay themselves: the gateway keeps what people signed, has the engine decide by it, and pays through the hub.
//!
//! `register` takes what is signed and `consent` what the bank says to it; `fetch` asks the agencies, `situation` puts together what a decision
//! depends on, `runner` decides and pays, `decisions` is the log that a phone checks. `cheats` has the gateway break its word, for tests.
//! The rules are `rabt-domain`'s and the checks of signatures `rabt-mandate`'s, as on the phone.

mod cheats;
pub(super) mod consent;
pub(super) mod decisions;
mod desk;
mod fetch;
pub(super) mod register;
mod runner;
mod situation;
mod store;

pub use cheats::Cheat;
pub(crate) use desk::Autopay;
pub(crate) use runner::{run_all, run_autopay};

use crate::{
    context::Context,
    server::reply::{Refusal, Reply},
};
use rusqlite::{OptionalExtension as _, Transaction};

/// The tables of this room.
pub(crate) const SCHEMA: &str = include_str!("schema.sql");

/// The bank's consent that a payment is made under; none for one by hand.
pub(super) fn consent_of(tx: &Transaction<'_>, payment_id: &str) -> Reply<Option<String>> {
    let found: Option<Option<String>> = tx
        .query_row(
            "SELECT consent_id FROM gateway_mandate_payment WHERE payment_id = ?1",
            [payment_id],
            |row| row.get(0),
        )
        .optional()?;
    Ok(found.flatten())
}

/// Whether a payment's agency is asked: only a cheat moves money without.
pub(super) fn is_posted(ctx: &Context, payment_id: &str) -> bool {
    ctx.state
        .transact(|tx| {
            let found: Option<bool> = tx
                .query_row(
                    "SELECT is_posted FROM gateway_mandate_payment WHERE payment_id = ?1",
                    [payment_id],
                    |row| row.get(0),
                )
                .optional()?;
            Ok::<_, Refusal>(found)
        })
        .ok()
        .flatten()
        .unwrap_or(true)
}

/// Whether mandates' payments are still on their way.
pub(crate) fn has_open_payments(ctx: &Context) -> Reply<bool> {
    ctx.state.transact(|tx| {
        Ok(tx.query_row(
            "SELECT EXISTS (SELECT 1 FROM gateway_mandate_payment m JOIN gateway_payment p USING (payment_id)
                 WHERE p.stage IN ('recorded', 'debited'))",
            [],
            |row| row.get(0),
        )?)
    })
}
