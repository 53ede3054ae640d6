//! Labels: what bills are found by. Bills share few of them, since a label is what occurs together (agency, account, kind,
//! title), so a search opens labels and never bills.

use super::normalise::Words;
use crate::{
    accounts::account_mac,
    file::{Fault, Tx},
    rows::BilingualRow,
    seal::{Broken, Mac},
};
use rabt_domain::{AccountKey, Bill};
use rusqlite::OptionalExtension as _;
use serde::{Deserialize, Serialize};

/// The table.
pub(super) const TABLE: &str = "label";

#[derive(Serialize, Deserialize)]
struct LabelRow {
    kind_code: String,
    title: BilingualRow,
}

/// What a search reads of a label.
#[derive(Clone, Debug)]
pub(super) struct LabelText {
    pub(super) kind_code: String,
    pub(super) title: Words,
}

/// What a bill's account is found by.
pub(super) fn account_of(tx: &Tx<'_>, bill: &Bill) -> Mac {
    account_mac(
        tx,
        &AccountKey {
            agency: bill.key.agency.clone(),
            account: bill.account.clone(),
        },
    )
}

/// The number of a bill's label; it is made where there is none. A label is never changed, so what was read of one stays true.
pub(super) fn label_of(tx: &Tx<'_>, agency: i64, bill: &Bill) -> Result<i64, Fault> {
    let parts = [
        bill.key.agency.as_str(),
        bill.account.as_str(),
        &bill.kind_code,
        bill.title.en(),
        bill.title.ar(),
    ];
    let mac = tx.mac(TABLE, &parts);
    let known = tx
        .prepare_cached("SELECT id FROM label WHERE mac = ?1")?
        .query_row([mac.as_slice()], |row| row.get(0))
        .optional()?;
    if let Some(id) = known {
        return Ok(id);
    }
    let row = LabelRow {
        kind_code: bill.kind_code.clone(),
        title: (&bill.title).into(),
    };
    let sealed = tx.seal(TABLE, &mac, &row)?;
    tx.prepare_cached("INSERT INTO label (mac, agency, account, payload) VALUES (?1, ?2, ?3, ?4)")?
        .execute((mac.as_slice(), agency, account_of(tx, bill).as_slice(), sealed))?;
    Ok(tx.last_insert_rowid())
}

/// Opens a label.
pub(super) fn open(tx: &Tx<'_>, mac: &[u8], sealed: &[u8]) -> Result<LabelText, Broken> {
    let row: LabelRow = tx.open(TABLE, mac, sealed)?;
    let mut title = Words::default();
    title.add(&row.title.en);
    title.add(&row.title.ar);
    Ok(LabelText {
        kind_code: row.kind_code,
        title,
    })
}

/// Forgets labels of an agency that no bill has any more.
pub(super) fn forget_unused(tx: &Tx<'_>, agency: i64) -> Result<(), Fault> {
    tx.prepare_cached(
        "DELETE FROM label WHERE agency = ?1 AND NOT EXISTS (SELECT 1 FROM bill WHERE bill.label = label.id)",
    )?
    .execute([agency])?;
    Ok(())
}
