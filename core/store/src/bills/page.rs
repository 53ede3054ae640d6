//! Reading bills: one, or a page of those that a query means.

use super::{
    BillPage, BillQuery, Order, Standing, StoredBill,
    cursor::Position,
    find::{Filter, find},
    heal::Damage,
    label::account_of,
    write::bill_mac,
};
use crate::{
    Store, StoreError,
    accounts::account_mac,
    agency::find_agency,
    file::{Fault, Tx},
    limits::PAGE_MAX,
    rows::{
        bill::{BillRow, TABLE},
        code::Code as _,
    },
    seal::Broken,
    store::Files,
};
use rabt_domain::{Bill, BillKey, Invalid, InvalidReason};
use rusqlite::{OptionalExtension as _, Row, params_from_iter, types::Value};

/// The columns of a bill, as [`Raw::read`] takes them.
const COLUMNS: &str =
    "bill.id, bill.mac, bill.account, bill.kind, bill.status, bill.open, bill.due, bill_payload.payload";

/// A row that wasn't opened yet.
struct Raw {
    id: i64,
    mac: Vec<u8>,
    account: Vec<u8>,
    kind: i64,
    status: i64,
    open: bool,
    due: i32,
    sealed: Option<Vec<u8>>,
}

impl Raw {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            mac: row.get(1)?,
            account: row.get(2)?,
            kind: row.get(3)?,
            status: row.get(4)?,
            open: row.get(5)?,
            due: row.get(6)?,
            sealed: row.get(7)?,
        })
    }

    /// Opens it, and checks that its columns say what the payload says: they aren't sealed.
    fn open(&self, tx: &Tx<'_>) -> Result<Bill, Broken> {
        let broken = Broken { table: TABLE };
        let row: BillRow = tx.open(TABLE, &self.mac, self.sealed.as_deref().ok_or(broken)?)?;
        let bill = Bill::try_from(row)?;
        let same = self.mac == bill_mac(tx, &bill.key)
            && self.account == account_of(tx, &bill)
            && self.kind == i64::from(bill.kind.code())
            && self.status == i64::from(bill.status.code())
            && self.open == bill.status.is_open()
            && self.due == bill.due_on.epoch_days();
        if same { Ok(bill) } else { Err(broken) }
    }
}

pub(super) fn get(store: &Store, key: &BillKey) -> Result<Option<StoredBill>, StoreError> {
    store.with(|files| {
        let (bill, damage) = files.cache_read(|tx| {
            let sql = format!(
                "SELECT {COLUMNS} FROM bill LEFT JOIN bill_payload ON bill_payload.bill = bill.id WHERE bill.mac = ?1"
            );
            let raw = tx
                .prepare_cached(&sql)?
                .query_row([bill_mac(tx, key).as_slice()], Raw::read)
                .optional()?;
            let mut damage = Damage::default();
            let bill = raw.and_then(|raw| raw.open(tx).map_err(|_| damage.bills.push(raw.id)).ok());
            Ok((bill, damage))
        })?;
        heal(files, &damage)?;
        Ok(bill.map(|bill| stored(files, bill)))
    })
}

pub(super) fn page(store: &Store, query: &BillQuery) -> Result<BillPage, StoreError> {
    check(query)?;
    store.with(|files| {
        let from = query
            .cursor
            .as_deref()
            .map(|text| Position::open(files.cache_keys(), query, text))
            .transpose()?;
        let mut damage = Damage::default();
        let (bills, last) = files.cache_read(|tx| {
            let search = match &query.search {
                Some(text) => find(tx, &mut store.memo(), files.epoch(), text.reveal(), &mut damage)?,
                None => None,
            };
            let select = Select::new(tx, query, from, search)?;
            read(tx, query, &select, &mut damage)
        })?;
        Ok(BillPage {
            bills: bills.into_iter().map(|bill| stored(files, bill)).collect(),
            next: last.map(|last| last.seal(files.cache_keys(), query)).transpose()?,
            dropped: heal(files, &damage)?,
        })
    })
}

fn check(query: &BillQuery) -> Result<(), Invalid> {
    match query.limit {
        0 => return Err(Invalid::new("limit", InvalidReason::TooSmall)),
        limit if limit > PAGE_MAX => return Err(Invalid::new("limit", InvalidReason::TooLarge)),
        _ => {}
    }
    match (query.due_from, query.due_to) {
        (Some(from), Some(to)) if to < from => Err(Invalid::new("due", InvalidReason::Inconsistent)),
        _ => Ok(()),
    }
}

fn heal(files: &Files, damage: &Damage) -> Result<u32, StoreError> {
    if damage.is_none() {
        return Ok(0);
    }
    files.cache_write(|tx| damage.heal(tx))
}

fn stored(files: &Files, bill: Bill) -> StoredBill {
    StoredBill {
        paying: files.paying(&bill.key),
        bill,
    }
}

/// The bills of a page, and the last of them where there are more. One more than is asked for is read to know that.
fn read(
    tx: &Tx<'_>,
    query: &BillQuery,
    select: &Select,
    damage: &mut Damage,
) -> Result<(Vec<Bill>, Option<Position>), Fault> {
    let limit = usize::from(query.limit);
    let mut statement = tx.prepare_cached(&select.sql)?;
    let mut rows = statement.query(params_from_iter(&select.values))?;
    let (mut bills, mut last, mut count) = (Vec::with_capacity(limit), None, 0);
    while let Some(row) = rows.next()? {
        if count == limit {
            return Ok((bills, last));
        }
        count += 1;
        let raw = Raw::read(row)?;
        last = Some(Position {
            due: raw.due,
            id: raw.id,
        });
        match raw.open(tx) {
            Ok(bill) => bills.push(bill),
            Err(_) => damage.bills.push(raw.id),
        }
    }
    Ok((bills, None))
}

/// A query in SQL.
struct Select {
    sql: String,
    values: Vec<Value>,
}

impl Select {
    fn new(tx: &Tx<'_>, query: &BillQuery, from: Option<Position>, search: Option<Filter>) -> Result<Self, Fault> {
        let mut select = Self {
            sql: String::new(),
            values: Vec::new(),
        };
        let index = if search.as_ref().is_some_and(|search| search.by_label) {
            " INDEXED BY bill_by_label"
        } else {
            ""
        };
        select.sql =
            format!("SELECT {COLUMNS} FROM bill{index} LEFT JOIN bill_payload ON bill_payload.bill = bill.id WHERE 1");
        match query.standing {
            Standing::Open => select.sql.push_str(" AND bill.open = 1"),
            Standing::Closed => select.sql.push_str(" AND bill.open = 0"),
            Standing::All => {}
        }
        select.agencies(tx, query)?;
        if !query.kinds.is_empty() {
            let kinds = query.kinds.iter().map(|kind| i64::from(kind.code()));
            select.one_of("bill.kind", kinds);
        }
        if let Some(account) = &query.account {
            select.and("bill.account = ?", account_mac(tx, account).to_vec());
        }
        if let Some(day) = query.due_from {
            select.and("bill.due >= ?", i64::from(day.epoch_days()));
        }
        if let Some(day) = query.due_to {
            select.and("bill.due <= ?", i64::from(day.epoch_days()));
        }
        if let Some(search) = search {
            select.sql.push_str(&format!(" AND ({})", search.sql));
            select.values.extend(search.values);
        }
        let (after, direction) = match query.order {
            Order::DueFirst => (">", "ASC"),
            Order::DueLast => ("<", "DESC"),
        };
        if let Some(from) = from {
            select.sql.push_str(&format!(" AND (bill.due, bill.id) {after} (?, ?)"));
            select.values.push(i64::from(from.due).into());
            select.values.push(from.id.into());
        }
        select
            .sql
            .push_str(&format!(" ORDER BY bill.due {direction}, bill.id {direction} LIMIT ?"));
        select.values.push((i64::from(query.limit) + 1).into());
        Ok(select)
    }

    /// The agencies that are asked for, among them the account's. One that never answered has no number and no bills.
    fn agencies(&mut self, tx: &Tx<'_>, query: &BillQuery) -> Result<(), Fault> {
        if query.agencies.is_empty() && query.account.is_none() {
            return Ok(());
        }
        let mut ids = Vec::new();
        for agency in &query.agencies {
            ids.extend(find_agency(tx, agency)?);
        }
        if !query.agencies.is_empty() {
            self.one_of("bill.agency", ids.into_iter());
        }
        if let Some(account) = &query.account {
            self.one_of("bill.agency", find_agency(tx, &account.agency)?.into_iter());
        }
        Ok(())
    }

    fn and(&mut self, condition: &str, value: impl Into<Value>) {
        self.sql.push_str(" AND ");
        self.sql.push_str(condition);
        self.values.push(value.into());
    }

    fn one_of(&mut self, column: &str, values: impl Iterator<Item = i64>) {
        let values: Vec<Value> = values.map(Value::from).collect();
        let marks = vec!["?"; values.len()].join(", ");
        self.sql.push_str(&format!(" AND {column} IN ({marks})"));
        self.values.extend(values);
    }
}

/// How SQLite would read a page.
#[cfg(test)]
pub(super) fn plan(tx: &Tx<'_>, query: &BillQuery) -> Result<String, Fault> {
    let select = Select::new(tx, query, None, None)?;
    let mut statement = tx.prepare(&format!("EXPLAIN QUERY PLAN {}", select.sql))?;
    let mut rows = statement.query(params_from_iter(&select.values))?;
    let mut plan = String::new();
    while let Some(row) = rows.next()? {
        plan.push_str(&row.get::<_, String>(3)?);
        plan.push('\n');
    }
    Ok(plan)
}
