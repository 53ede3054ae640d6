//! Bills: the whole bill as JSON, with what is searched by beside it.

use super::{Stored, accounts, outbox};
use rabt_protocol::{
    agency::{Bill, BillStatus},
    event,
};
use rusqlite::{OptionalExtension, Transaction, params};

/// What a page is cut by, and what tells one state of the set from another. The order is that of the pages: what is open first,
/// what is due first first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::agencies) struct Key {
    /// Whether it is paid or withdrawn.
    pub(in crate::agencies) closed: bool,
    /// The last day without consequence.
    pub(in crate::agencies) due_on: String,
    /// The bill.
    pub(in crate::agencies) bill_id: String,
    /// Its revision; last, since it tells no two bills apart.
    pub(in crate::agencies) revision: u32,
}

fn status(bill: &Bill) -> &'static str {
    match bill.status {
        BillStatus::Paid => "paid",
        BillStatus::Withdrawn => "withdrawn",
        // An agency writes no status that it doesn't know.
        BillStatus::Open | BillStatus::Unknown => "open",
    }
}

/// Writes a new bill; `closed_on` where it is closed from the beginning. Tells nobody.
pub(in crate::agencies) fn insert(tx: &Transaction<'_>, bill: &Bill, closed_on: Option<&str>) -> Stored<()> {
    tx.prepare(
        "INSERT INTO agency_bill (agency_id, bill_id, account_id, status, due_on, closed_on, revision, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        bill.agency_id,
        bill.bill_id,
        bill.account_id,
        status(bill),
        bill.due_on,
        closed_on,
        bill.revision,
        serde_json::to_string(bill)?,
    ])?;
    Ok(())
}

/// Writes a changed bill with the next revision, and the news of it. `today` is when it closed, where it did.
pub(in crate::agencies) fn change(tx: &Transaction<'_>, bill: &mut Bill, today: &str) -> Stored<()> {
    bill.revision = bill.revision.saturating_add(1);
    let closed_on = (bill.status != BillStatus::Open).then_some(today);
    tx.execute(
        "UPDATE agency_bill SET status = ?3, due_on = ?4, closed_on = ?5, revision = ?6, body = ?7
         WHERE agency_id = ?1 AND bill_id = ?2",
        params![
            bill.agency_id,
            bill.bill_id,
            status(bill),
            bill.due_on,
            closed_on,
            bill.revision,
            serde_json::to_string(bill)?,
        ],
    )?;
    tell(tx, bill)
}

/// Writes the news of a bill for everybody who sees it.
pub(in crate::agencies) fn tell(tx: &Transaction<'_>, bill: &Bill) -> Stored<()> {
    for subject in accounts::watchers(tx, &bill.agency_id, &bill.account_id)? {
        outbox::put(tx, &bill.agency_id, &subject, &bill.bill_id, event::kind::BILLS_CHANGED)?;
    }
    Ok(())
}

/// A bill by identifier.
pub(in crate::agencies) fn get(tx: &Transaction<'_>, agency_id: &str, bill_id: &str) -> Stored<Option<Bill>> {
    Ok(get_all(tx, agency_id, [bill_id])?.pop())
}

/// Bills by identifier, in that order, without those that aren't there.
pub(in crate::agencies) fn get_all<'a>(
    tx: &Transaction<'_>,
    agency_id: &str,
    bill_ids: impl IntoIterator<Item = &'a str>,
) -> Stored<Vec<Bill>> {
    let mut statement = tx.prepare("SELECT body FROM agency_bill WHERE agency_id = ?1 AND bill_id = ?2")?;
    let mut found = Vec::new();
    for bill_id in bill_ids {
        let body: Option<String> = statement
            .query_row(params![agency_id, bill_id], |row| row.get(0))
            .optional()?;
        if let Some(body) = body {
            found.push(serde_json::from_str(&body)?);
        }
    }
    Ok(found)
}

/// The keys of all bills that a person sees, in the order of the pages: those that are open and those closed on or after
/// `closed_since`.
pub(in crate::agencies) fn keys(
    tx: &Transaction<'_>,
    agency_id: &str,
    subject: &str,
    closed_since: &str,
) -> Stored<Vec<Key>> {
    let mut statement = tx.prepare(
        "SELECT closed_on IS NOT NULL AS closed, due_on, bill_id, revision FROM agency_bill
         WHERE agency_id = ?1 AND (closed_on IS NULL OR closed_on >= ?3) AND account_id IN
             (SELECT account_id FROM agency_account WHERE agency_id = ?1 AND subject = ?2
              UNION SELECT account_id FROM agency_added_account WHERE agency_id = ?1 AND subject = ?2)
         ORDER BY closed, due_on, bill_id",
    )?;
    let keys = statement
        .query_map(params![agency_id, subject, closed_since], |row| {
            Ok(Key {
                closed: row.get(0)?,
                due_on: row.get(1)?,
                bill_id: row.get(2)?,
                revision: row.get(3)?,
            })
        })?
        .collect::<Result<Vec<_>, _>>()?;
    Ok(keys)
}

/// Bills for control, by agency, due date and identifier; what is absent doesn't narrow.
pub(in crate::agencies) fn list(
    tx: &Transaction<'_>,
    agency_id: Option<&str>,
    subject: Option<&str>,
    wanted: Option<BillStatus>,
    at_most: u32,
) -> Stored<Vec<Bill>> {
    let wanted = wanted.map(|wanted| match wanted {
        BillStatus::Open => "open",
        BillStatus::Paid => "paid",
        BillStatus::Withdrawn => "withdrawn",
        BillStatus::Unknown => "",
    });
    let mut statement = tx.prepare(
        "SELECT b.body FROM agency_bill b JOIN agency_account a USING (agency_id, account_id)
         WHERE (?1 IS NULL OR b.agency_id = ?1) AND (?2 IS NULL OR a.subject = ?2) AND (?3 IS NULL OR b.status = ?3)
         ORDER BY b.agency_id, b.due_on, b.bill_id LIMIT ?4",
    )?;
    let bodies = statement
        .query_map(params![agency_id, subject, wanted, at_most], |row| {
            row.get::<_, String>(0)
        })?
        .collect::<Result<Vec<_>, _>>()?;
    bodies.iter().map(|body| Ok(serde_json::from_str(body)?)).collect()
}

/// For a fault: a bill of this agency's that the person must not see, an open one if there is one.
pub(in crate::agencies) fn of_somebody_else(
    tx: &Transaction<'_>,
    agency_id: &str,
    subject: &str,
) -> Stored<Option<Bill>> {
    let body: Option<String> = tx
        .query_row(
            "SELECT body FROM agency_bill b WHERE agency_id = ?1 AND account_id NOT IN
                 (SELECT account_id FROM agency_account WHERE agency_id = ?1 AND subject = ?2
                  UNION SELECT account_id FROM agency_added_account WHERE agency_id = ?1 AND subject = ?2)
             ORDER BY closed_on IS NOT NULL, bill_id LIMIT 1",
            params![agency_id, subject],
            |row| row.get(0),
        )
        .optional()?;
    Ok(body.map(|body| serde_json::from_str(&body)).transpose()?)
}

/// For a fault: a bill of another agency's, the person's own if there is one.
pub(in crate::agencies) fn of_another_agency(
    tx: &Transaction<'_>,
    agency_id: &str,
    subject: &str,
) -> Stored<Option<Bill>> {
    let body: Option<String> = tx
        .query_row(
            "SELECT b.body FROM agency_bill b JOIN agency_account a USING (agency_id, account_id)
             WHERE b.agency_id <> ?1
             ORDER BY a.subject IS NOT ?2, b.closed_on IS NOT NULL, b.agency_id, b.bill_id LIMIT 1",
            params![agency_id, subject],
            |row| row.get(0),
        )
        .optional()?;
    Ok(body.map(|body| serde_json::from_str(&body)).transpose()?)
}
