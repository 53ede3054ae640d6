//! Accounts: whose they are, and who added one by hand.

use super::Stored;
use rabt_protocol::{
    Localized,
    agency::{Account, Holder},
};
use rusqlite::{OptionalExtension, Row, Transaction, params};
use std::collections::BTreeMap;

/// An account, with what only the agency knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::agencies) struct Held {
    /// As its holder sees it.
    pub(in crate::agencies) account: Account,
    /// What its form must hold for it to be added by hand; `None` where it can't be.
    pub(in crate::agencies) fields: Option<BTreeMap<String, String>>,
    /// What fees are reckoned from.
    pub(in crate::agencies) facts: BTreeMap<String, i64>,
}

const COLUMNS: &str = "account_id, kind, number, label, fields, facts, balance_fils";

/// A row before its JSON is read.
struct Raw {
    account_id: String,
    kind: String,
    number: String,
    label: String,
    fields: String,
    facts: String,
    balance_fils: Option<i64>,
}

impl Raw {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            account_id: row.get(0)?,
            kind: row.get(1)?,
            number: row.get(2)?,
            label: row.get(3)?,
            fields: row.get(4)?,
            facts: row.get(5)?,
            balance_fils: row.get(6)?,
        })
    }

    fn read(self) -> Stored<Held> {
        Ok(Held {
            account: Account {
                account_id: self.account_id,
                kind: self.kind,
                number: self.number,
                label: serde_json::from_str::<Localized>(&self.label)?,
                holder: Holder::Own,
                balance_fils: self.balance_fils,
            },
            fields: serde_json::from_str(&self.fields)?,
            facts: serde_json::from_str(&self.facts)?,
        })
    }
}

fn all(tx: &Transaction<'_>, sql: &str, values: impl rusqlite::Params) -> Stored<Vec<Held>> {
    let mut statement = tx.prepare(sql)?;
    let rows = statement.query_map(values, Raw::of)?.collect::<Result<Vec<_>, _>>()?;
    rows.into_iter().map(Raw::read).collect()
}

/// Writes a new account; `subject` is absent where it is nobody's who can sign in.
pub(in crate::agencies) fn insert(
    tx: &Transaction<'_>,
    agency_id: &str,
    subject: Option<&str>,
    held: &Held,
) -> Stored<()> {
    let account = &held.account;
    tx.execute(
        "INSERT INTO agency_account (agency_id, account_id, subject, kind, number, label, fields, facts, balance_fils)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            agency_id,
            account.account_id,
            subject,
            account.kind,
            account.number,
            serde_json::to_string(&account.label)?,
            serde_json::to_string(&held.fields)?,
            serde_json::to_string(&held.facts)?,
            account.balance_fils,
        ],
    )?;
    Ok(())
}

/// An account by identifier.
pub(in crate::agencies) fn get(tx: &Transaction<'_>, agency_id: &str, account_id: &str) -> Stored<Option<Held>> {
    let sql = format!("SELECT {COLUMNS} FROM agency_account WHERE agency_id = ?1 AND account_id = ?2");
    Ok(all(tx, &sql, params![agency_id, account_id])?.pop())
}

/// The accounts that are a person's own.
pub(in crate::agencies) fn own(tx: &Transaction<'_>, agency_id: &str, subject: &str) -> Stored<Vec<Held>> {
    let sql = format!("SELECT {COLUMNS} FROM agency_account WHERE agency_id = ?1 AND subject = ?2 ORDER BY account_id");
    all(tx, &sql, params![agency_id, subject])
}

/// The accounts that a person added by hand.
pub(in crate::agencies) fn added(tx: &Transaction<'_>, agency_id: &str, subject: &str) -> Stored<Vec<Held>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM agency_account WHERE agency_id = ?1 AND account_id IN
         (SELECT account_id FROM agency_added_account WHERE agency_id = ?1 AND subject = ?2) ORDER BY account_id"
    );
    all(tx, &sql, params![agency_id, subject])
}

/// The account of a kind whose form holds exactly these fields.
pub(in crate::agencies) fn by_fields(
    tx: &Transaction<'_>,
    agency_id: &str,
    kind: &str,
    fields: &BTreeMap<String, String>,
) -> Stored<Option<Held>> {
    let sql =
        format!("SELECT {COLUMNS} FROM agency_account WHERE agency_id = ?1 AND kind = ?2 AND fields = ?3 LIMIT 1");
    // A map is written in the order of its keys, so that the same fields are the same text.
    Ok(all(
        tx,
        &sql,
        params![agency_id, kind, serde_json::to_string(&Some(fields))?],
    )?
    .pop())
}

/// Adds an account by hand. A second time does nothing.
pub(in crate::agencies) fn add(
    tx: &Transaction<'_>,
    agency_id: &str,
    subject: &str,
    account_id: &str,
    now: &str,
) -> Stored<()> {
    tx.execute(
        "INSERT OR IGNORE INTO agency_added_account (agency_id, subject, account_id, added_at) VALUES (?1, ?2, ?3, ?4)",
        params![agency_id, subject, account_id, now],
    )?;
    Ok(())
}

/// Whether an account is one of those that a person sees: own, or added by hand.
pub(in crate::agencies) fn is_seen_by(
    tx: &Transaction<'_>,
    agency_id: &str,
    account_id: &str,
    subject: &str,
) -> Stored<bool> {
    Ok(watchers(tx, agency_id, account_id)?
        .iter()
        .any(|watcher| watcher == subject))
}

/// Everybody who sees an account.
pub(super) fn watchers(tx: &Transaction<'_>, agency_id: &str, account_id: &str) -> Stored<Vec<String>> {
    let mut statement = tx.prepare(
        "SELECT subject FROM agency_account WHERE agency_id = ?1 AND account_id = ?2 AND subject IS NOT NULL
         UNION SELECT subject FROM agency_added_account WHERE agency_id = ?1 AND account_id = ?2",
    )?;
    let subjects = statement
        .query_map(params![agency_id, account_id], |row| row.get(0))?
        .collect::<Result<Vec<String>, _>>()?;
    Ok(subjects)
}

/// Puts money onto a prepaid account.
pub(in crate::agencies) fn top_up(
    tx: &Transaction<'_>,
    agency_id: &str,
    account_id: &str,
    amount_fils: i64,
) -> Stored<()> {
    tx.execute(
        "UPDATE agency_account SET balance_fils = coalesce(balance_fils, 0) + ?3
         WHERE agency_id = ?1 AND account_id = ?2",
        params![agency_id, account_id, amount_fils],
    )?;
    Ok(())
}

/// Whether a persona's part in an agency was loaded before; from now on it was. An empty persona stands for what is nobody's, an
/// empty agency for the persona as a whole.
pub(in crate::agencies) fn mark_loaded(tx: &Transaction<'_>, agency_id: &str, persona_id: &str) -> Stored<bool> {
    let new = tx.execute(
        "INSERT OR IGNORE INTO agency_loaded_persona (agency_id, persona_id) VALUES (?1, ?2)",
        params![agency_id, persona_id],
    )?;
    Ok(new == 0)
}

/// Whether [`mark_loaded`] was called.
pub(in crate::agencies) fn is_loaded(tx: &Transaction<'_>, agency_id: &str, persona_id: &str) -> Stored<bool> {
    let found = tx
        .query_row(
            "SELECT 1 FROM agency_loaded_persona WHERE agency_id = ?1 AND persona_id = ?2",
            params![agency_id, persona_id],
            |_| Ok(()),
        )
        .optional()?;
    Ok(found.is_some())
}
