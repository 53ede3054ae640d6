//! The double-entry ledger: accounts, and transactions whose entries sum to zero. It is the only writer of balances.
//!
//! It knows nothing of payments, persons or cards: it moves fils between accounts or refuses to. What it checks here the
//! schema's triggers and CHECKs hold a second time, so that a mistake in this file can't unbalance the books silently.

use rusqlite::{OptionalExtension as _, Transaction, params};

/// The account of the world outside the city's bank, from which opening balances come.
pub(super) const EXTERNAL: &str = "external";
/// The hub's money between a debit and the agency or the way back.
pub(super) const CLEARING: &str = "clearing";

/// The ledger did nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum LedgerError {
    /// Debits and credits differ, or there are fewer than two entries, or one is zero.
    #[error("the entries do not sum to zero")]
    Unbalanced,
    /// The account doesn't exist.
    #[error("there is no account `{0}`")]
    UnknownAccount(String),
    /// The account would fall below its floor.
    #[error("the account does not hold enough")]
    InsufficientFunds,
    /// A sum is beyond what an account can hold.
    #[error("the amount is out of range")]
    Range,
    /// SQLite failed.
    #[error(transparent)]
    Database(#[from] rusqlite::Error),
}

/// One side of a transaction: above zero puts fils into the account, below zero takes them out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<'a> {
    pub(super) account_id: &'a str,
    pub(super) amount_fils: i64,
}

/// What a transaction is called in the books.
#[derive(Clone, Copy, Debug)]
pub(super) struct Posting<'a> {
    pub(super) transaction_id: &'a str,
    pub(super) purpose: &'a str,
    pub(super) reference: &'a str,
    pub(super) at_ms: i64,
}

/// Writes a transaction.
pub(super) fn post(tx: &Transaction<'_>, posting: Posting<'_>, entries: &[Entry<'_>]) -> Result<(), LedgerError> {
    let mut sum_fils: i64 = 0;
    for entry in entries {
        sum_fils = sum_fils.checked_add(entry.amount_fils).ok_or(LedgerError::Range)?;
        let (balance_fils, floor_fils) = balance_and_floor(tx, entry.account_id)?;
        let after_fils = balance_fils.checked_add(entry.amount_fils).ok_or(LedgerError::Range)?;
        if floor_fils.is_some_and(|floor_fils| after_fils < floor_fils) {
            return Err(LedgerError::InsufficientFunds);
        }
    }
    if sum_fils != 0 || entries.len() < 2 || entries.iter().any(|entry| entry.amount_fils == 0) {
        return Err(LedgerError::Unbalanced);
    }
    for entry in entries {
        tx.execute(
            "INSERT INTO bank_entry (transaction_id, account_id, amount_fils) VALUES (?1, ?2, ?3)",
            params![posting.transaction_id, entry.account_id, entry.amount_fils],
        )?;
    }
    tx.execute(
        "INSERT INTO bank_transaction (transaction_id, purpose, reference, at_ms) VALUES (?1, ?2, ?3, ?4)",
        params![
            posting.transaction_id,
            posting.purpose,
            posting.reference,
            posting.at_ms
        ],
    )?;
    Ok(())
}

/// Moves `amount_fils`, above zero, from one account to another.
pub(super) fn transfer(
    tx: &Transaction<'_>,
    posting: Posting<'_>,
    from: &str,
    to: &str,
    amount_fils: i64,
) -> Result<(), LedgerError> {
    if amount_fils <= 0 {
        return Err(LedgerError::Range);
    }
    let out = Entry {
        account_id: from,
        amount_fils: -amount_fils,
    };
    let into = Entry {
        account_id: to,
        amount_fils,
    };
    post(tx, posting, &[out, into])
}

/// Opens an account of the bank's own, once.
pub(super) fn open_own(tx: &Transaction<'_>, account_id: &str, kind: OwnKind) -> rusqlite::Result<()> {
    let (kind, floor_fils) = match kind {
        OwnKind::Clearing => ("clearing", Some(0)),
        OwnKind::Agency => ("agency", Some(0)),
        OwnKind::External => ("external", None),
    };
    tx.execute(
        "INSERT INTO bank_account (account_id, kind, floor_fils) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        params![account_id, kind, floor_fils],
    )?;
    Ok(())
}

/// The accounts that belong to nobody in particular.
#[derive(Clone, Copy, Debug)]
pub(super) enum OwnKind {
    /// The hub's.
    Clearing,
    /// An agency's, for what is settled to it.
    Agency,
    /// The world outside.
    External,
}

/// What can be taken from an account, in fils.
pub(super) fn available_fils(tx: &Transaction<'_>, account_id: &str) -> Result<i64, LedgerError> {
    let (balance_fils, floor_fils) = balance_and_floor(tx, account_id)?;
    Ok(floor_fils.map_or(i64::MAX, |floor_fils| balance_fils.saturating_sub(floor_fils)))
}

/// An agency's account.
pub(super) fn agency_account(agency_id: &str) -> String {
    format!("agency:{agency_id}")
}

fn balance_and_floor(tx: &Transaction<'_>, account_id: &str) -> Result<(i64, Option<i64>), LedgerError> {
    tx.prepare("SELECT balance_fils, floor_fils FROM bank_account WHERE account_id = ?1")?
        .query_row([account_id], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?
        .ok_or_else(|| LedgerError::UnknownAccount(account_id.to_owned()))
}
