//! Consents to debit an account, and card tokens: what the gateway holds instead of a number.

use super::api::{InstrumentState, LinkedInstrument};
use crate::server::reply::{Refusal, Reply};
use jiff::civil::Date;
use rabt_protocol::{
    Localized,
    instrument::{InstrumentKind, InstrumentStatus},
    problem::code,
};
use rusqlite::{OptionalExtension as _, Row, Transaction, params};

/// An instrument, as the bank keeps it.
pub(super) struct BankInstrument {
    pub(super) token: String,
    pub(super) kind: InstrumentKind,
    pub(super) subject: String,
    pub(super) account_id: String,
    status: String,
    expires_on: String,
    brand: Option<String>,
    last_four: String,
}

/// The name that a current account has everywhere.
pub(super) fn bank_name() -> Localized {
    Localized::new("Bank of the Creek (simulated)", "بنك الخور (محاكاة)")
}

impl BankInstrument {
    /// Where it stands on a day: past its last one it is expired, whatever the bank said before, unless it was revoked.
    pub(super) fn status_on(&self, today: Date) -> InstrumentStatus {
        let in_time = self.expires_on.parse::<Date>().is_ok_and(|last_day| today <= last_day);
        match (self.status.as_str(), in_time) {
            ("revoked", _) => InstrumentStatus::Revoked,
            (_, false) => InstrumentStatus::Expired,
            ("suspended", true) => InstrumentStatus::Suspended,
            (_, true) => InstrumentStatus::Active,
        }
    }

    /// What the gateway may know.
    pub(super) fn linked(&self) -> LinkedInstrument {
        let name = match &self.brand {
            Some(brand) => Localized::new(brand.clone(), brand_in_arabic(brand)),
            None => bank_name(),
        };
        LinkedInstrument {
            token: self.token.clone(),
            kind: self.kind,
            name,
            last_four: self.last_four.clone(),
            expires_on: self.expires_on.clone(),
        }
    }

    /// What the gateway asks for before it shows or uses it.
    pub(super) fn state_on(&self, today: Date) -> InstrumentState {
        InstrumentState {
            status: self.status_on(today),
            expires_on: self.expires_on.clone(),
        }
    }
}

fn brand_in_arabic(brand: &str) -> &str {
    match brand {
        "Visa" => "فيزا",
        "Mastercard" => "ماستركارد",
        "American Express" => "أمريكان إكسبريس",
        other => other,
    }
}

const SELECT: &str = "SELECT i.token, i.kind, i.subject, i.account_id, i.status, i.expires_on, a.brand, a.last_four
    FROM bank_instrument i JOIN bank_account a USING (account_id)";

/// By token.
pub(super) fn by_token(tx: &Transaction<'_>, token: &str) -> rusqlite::Result<Option<BankInstrument>> {
    tx.query_row(&format!("{SELECT} WHERE i.token = ?1"), [token], read)
        .optional()
}

/// By the attempt that linked it.
pub(super) fn by_link(tx: &Transaction<'_>, link_id: &str) -> rusqlite::Result<Option<BankInstrument>> {
    tx.query_row(&format!("{SELECT} WHERE i.link_id = ?1"), [link_id], read)
        .optional()
}

/// What `by_token` finds, or a refusal.
pub(super) fn known(tx: &Transaction<'_>, token: &str) -> Reply<BankInstrument> {
    by_token(tx, token)?.ok_or_else(|| Refusal::new(404, code::NOT_FOUND, "no such instrument"))
}

/// Makes one.
pub(super) fn insert(
    tx: &Transaction<'_>,
    token: &str,
    link_id: &str,
    kind: InstrumentKind,
    subject: &str,
    account_id: &str,
    expires_on: &str,
) -> rusqlite::Result<()> {
    tx.execute(
        "INSERT INTO bank_instrument (token, link_id, kind, subject, account_id, status, expires_on)
         VALUES (?1, ?2, ?3, ?4, ?5, 'active', ?6)",
        params![token, link_id, kind_text(kind), subject, account_id, expires_on],
    )?;
    Ok(())
}

/// What control, or the person, does to an instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// It works again, where it was suspended.
    Resume,
    /// The bank suspends it.
    Suspend,
    /// For good.
    Revoke,
    /// Its last day was `last_day`.
    ExpireOn(Date),
}

/// Changes one. A revoked one stays so.
pub(super) fn change(tx: &Transaction<'_>, token: &str, change: Change) -> rusqlite::Result<()> {
    let sql = "UPDATE bank_instrument SET status = ?2 WHERE token = ?1 AND status <> 'revoked'";
    match change {
        Change::Resume => tx.execute(sql, params![token, "active"])?,
        Change::Suspend => tx.execute(sql, params![token, "suspended"])?,
        Change::Revoke => tx.execute(sql, params![token, "revoked"])?,
        Change::ExpireOn(last_day) => tx.execute(
            "UPDATE bank_instrument SET expires_on = ?2 WHERE token = ?1",
            params![token, last_day.to_string()],
        )?,
    };
    Ok(())
}

/// As the schema writes it.
pub(super) fn kind_text(kind: InstrumentKind) -> &'static str {
    match kind {
        InstrumentKind::Card => "card",
        InstrumentKind::BankAccount | InstrumentKind::Unknown => "bank_account",
    }
}

/// The reverse.
pub(super) fn kind_of(text: &str) -> InstrumentKind {
    match text {
        "card" => InstrumentKind::Card,
        "bank_account" => InstrumentKind::BankAccount,
        _ => InstrumentKind::Unknown,
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<BankInstrument> {
    Ok(BankInstrument {
        token: row.get(0)?,
        kind: kind_of(&row.get::<_, String>(1)?),
        subject: row.get(2)?,
        account_id: row.get(3)?,
        status: row.get(4)?,
        expires_on: row.get(5)?,
        brand: row.get(6)?,
        last_four: row.get::<_, Option<String>>(7)?.unwrap_or_default(),
    })
}
