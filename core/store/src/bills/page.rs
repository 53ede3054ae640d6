//! Reading bills: one, or a page of those that a query means.

use super::{
    BillPage, BillQuery, Order, Standing, StoredBill,
    cursor::Position,
    find::{Found, find},
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

/// The tables of a whole bill.
const WHOLE: &str = "bill LEFT JOIN bill_payload ON bill_payload.bill = bill.id";

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
            let sql = format!("SELECT {COLUMNS} FROM {WHOLE} WHERE bill.mac = ?1");
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
            let agencies = agencies(tx, query)?;
            let search = match &query.search {
                Some(text) => find(tx, text.reveal(), agencies.as_deref(), &mut damage)?,
                None => None,
            };
            let raws = match search {
                Some(found) => search_page(tx, query, agencies, from, &found)?,
                None => plain_page(tx, query, agencies, from)?,
            };
            Ok(open(tx, query, &raws, &mut damage))
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

/// The agencies that are asked for, among them the account's; `None` for all. One that never answered has no number and no bills.
fn agencies(tx: &Tx<'_>, query: &BillQuery) -> Result<Option<Vec<i64>>, Fault> {
    let mut asked: Option<Vec<i64>> = None;
    if !query.agencies.is_empty() {
        let mut ids = Vec::new();
        for agency in &query.agencies {
            ids.extend(find_agency(tx, agency)?);
        }
        asked = Some(ids);
    }
    if let Some(account) = &query.account {
        let own: Vec<i64> = find_agency(tx, &account.agency)?.into_iter().collect();
        asked = Some(match asked {
            Some(ids) => own.into_iter().filter(|id| ids.contains(id)).collect(),
            None => own,
        });
    }
    Ok(asked)
}

/// The rows of a page. Of these functions each reads one more than is asked for, by which it is known that there are more.
fn plain_page(
    tx: &Tx<'_>,
    query: &BillQuery,
    agencies: Option<Vec<i64>>,
    from: Option<Position>,
) -> Result<Vec<Raw>, Fault> {
    let mut select = Select::new(tx, query, agencies, from, &Source::Whole);
    select.sql.push_str(" LIMIT ?");
    select.values.push((i64::from(query.limit) + 1).into());
    let mut statement = tx.prepare_cached(&select.sql)?;
    let raws = statement.query_map(params_from_iter(&select.values), Raw::read)?;
    Ok(raws.collect::<Result<_, _>>()?)
}

/// The rows of a page of those that a search means. Bill after bill is asked for its label alone, which the index says, until the
/// page is full.
fn search_page(
    tx: &Tx<'_>,
    query: &BillQuery,
    agencies: Option<Vec<i64>>,
    from: Option<Position>,
    found: &Found,
) -> Result<Vec<Raw>, Fault> {
    let source = match found.few(tx)? {
        Some(bills) => Source::These(bills),
        None => Source::Narrow,
    };
    let select = Select::new(tx, query, agencies, from, &source);
    let mut statement = tx.prepare_cached(&select.sql)?;
    let mut rows = statement.query(params_from_iter(&select.values))?;
    let sql = format!("SELECT {COLUMNS} FROM {WHOLE} WHERE bill.id = ?1");
    let mut whole = tx.prepare_cached(&sql)?;
    let mut raws = Vec::with_capacity(usize::from(query.limit) + 1);
    while let Some(row) = rows.next()? {
        let (id, label) = (row.get(0)?, row.get(1)?);
        if found.means(label, id) {
            raws.push(whole.query_row([id], Raw::read)?);
            if raws.len() > usize::from(query.limit) {
                break;
            }
        }
    }
    Ok(raws)
}

/// The bills of a page, and the last of them where there are more.
fn open(tx: &Tx<'_>, query: &BillQuery, raws: &[Raw], damage: &mut Damage) -> (Vec<Bill>, Option<Position>) {
    let page = &raws[..raws.len().min(usize::from(query.limit))];
    let mut bills = Vec::with_capacity(page.len());
    for raw in page {
        match raw.open(tx) {
            Ok(bill) => bills.push(bill),
            Err(_) => damage.bills.push(raw.id),
        }
    }
    let last = page.last().filter(|_| raws.len() > page.len());
    let last = last.map(|raw| Position {
        due: raw.due,
        id: raw.id,
    });
    (bills, last)
}

/// What is read of bills, and of which.
enum Source {
    /// All, whole.
    Whole,
    /// Of all, number and label.
    Narrow,
    /// Of these, number and label.
    These(Vec<i64>),
}

/// A query in SQL.
struct Select {
    sql: String,
    values: Vec<Value>,
}

impl Select {
    fn new(
        tx: &Tx<'_>,
        query: &BillQuery,
        agencies: Option<Vec<i64>>,
        from: Option<Position>,
        source: &Source,
    ) -> Self {
        let mut select = Self {
            sql: match source {
                Source::Whole => format!("SELECT {COLUMNS} FROM {WHOLE} WHERE 1"),
                Source::Narrow => "SELECT bill.id, bill.label FROM bill WHERE 1".to_owned(),
                // `CROSS` has SQLite go through them, and look each bill up.
                Source::These(_) => "SELECT bill.id, bill.label FROM json_each(?) AS these CROSS JOIN bill
                     ON bill.id = these.value WHERE 1"
                    .to_owned(),
            },
            values: Vec::new(),
        };
        if let Source::These(bills) = source {
            select
                .values
                .push(serde_json::Value::from(bills.as_slice()).to_string().into());
        }
        match query.standing {
            Standing::Open => select.sql.push_str(" AND bill.open = 1"),
            Standing::Closed => select.sql.push_str(" AND bill.open = 0"),
            Standing::All => {}
        }
        if let Some(agencies) = agencies {
            // A search has no limit by which sorting would be cheap, so it goes through an index that gives the order: that of the
            // agency where there is one, else that of all; the sign keeps SQLite from the former.
            let in_order = agencies.len() == 1 && query.standing != Standing::All;
            let column = match source {
                Source::Narrow if !in_order => "+bill.agency",
                _ => "bill.agency",
            };
            select.one_of(column, agencies.into_iter());
        }
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
            .push_str(&format!(" ORDER BY bill.due {direction}, bill.id {direction}"));
        select
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
    let source = match query.search {
        None => Source::Whole,
        Some(_) => Source::Narrow,
    };
    let select = Select::new(tx, query, agencies(tx, query)?, None, &source);
    let mut statement = tx.prepare(&format!("EXPLAIN QUERY PLAN {}", select.sql))?;
    let mut rows = statement.query(params_from_iter(&select.values))?;
    let mut plan = String::new();
    while let Some(row) = rows.next()? {
        plan.push_str(&row.get::<_, String>(3)?);
        plan.push('\n');
    }
    Ok(plan)
}
