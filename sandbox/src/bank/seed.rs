//! Opens a persona's account and card.

use super::{
    cards,
    ledger::{self, OwnKind, Posting},
    movements::refuse,
};
use crate::{context::Ctx, personas::Persona, server::reply::Reply};
use rabt_protocol::jose::sha256_base64url;
use rusqlite::params;

/// Opens what a persona has with the bank and the card processor, with the opening balance. A second time does nothing.
///
/// # Errors
/// Where the fixture's card number isn't one, or the state fails.
pub(crate) fn seed(ctx: &Ctx, persona: &Persona) -> Reply<()> {
    let (now_ms, today) = (ctx.clock.now_ms(), ctx.clock.today());
    ctx.state.transact(|tx| {
        ledger::open_own(tx, ledger::EXTERNAL, OwnKind::External)?;
        ledger::open_own(tx, ledger::CLEARING, OwnKind::Clearing)?;
        if let Some(bank) = &persona.bank {
            // The account's number is on no page and in no address: what names it here is its hash.
            let account_id = format!("current:{}", sha256_base64url(&bank.iban));
            let last_four = bank.iban.get(bank.iban.len().saturating_sub(4)..).unwrap_or_default();
            let opened = tx.execute(
                "INSERT INTO bank_account (account_id, kind, subject, holder_en, holder_ar, last_four, floor_fils)
                 VALUES (?1, 'current', ?2, ?3, ?4, ?5, 0) ON CONFLICT DO NOTHING",
                params![account_id, persona.subject, persona.name.en, persona.name.ar, last_four],
            )?;
            if opened == 1 && bank.balance_fils > 0 {
                let transaction_id = format!("opening:{account_id}");
                let posting = Posting {
                    transaction_id: &transaction_id,
                    purpose: "opening",
                    reference: &persona.persona_id,
                    at_ms: now_ms,
                };
                ledger::transfer(tx, posting, ledger::EXTERNAL, &account_id, bank.balance_fils).map_err(refuse)?;
            }
        }
        if let Some(card) = &persona.card {
            let last_day = cards::last_day_in_months(today, card.expires_in_months);
            cards::open(tx, &persona.subject, &card.number, last_day, card.limit_fils)?;
        }
        Ok(())
    })
}
