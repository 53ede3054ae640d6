//! A refresh in which nothing has changed: what it costs a data plan, and what it writes.
//!
//! The bytes are counted at the sockets of the city, both ways, TLS and HTTP/2's own words included; the connections are up. The rows are
//! counted in the files: a row that was written is sealed anew, and sealed bytes are never twice the same.

use crate::{
    harness::{Bench, Better, Goal, Measure, Outcome, Samples, Unit},
    stage::{City, CitySpec, Phone},
};
use rusqlite::{Connection, OpenFlags, types::Value};
use std::{collections::BTreeSet, path::Path};

const AGENCIES: usize = 10;
const BILLS_EACH: usize = 100;
/// Two kibibytes an agency.
const BYTES_MAX: f64 = 2048.0;
/// The files, of which all rows are looked at.
const FILES: [&str; 2] = ["cache.db", "ledger.db"];

/// See the module.
pub(crate) const BYTES: Measure = Measure {
    name: "bytes-when-nothing-changed",
    what: "bytes over an agency's sockets, both ways, in a refresh of 1,000 bills of 10 agencies in which nothing changed",
    reference_is: "the same refresh when a bill has changed with each",
    unit: Unit::Bytes,
    better: Better::Lower,
    goal: Goal::Figure(BYTES_MAX),
    peer: None,
    run: bytes,
};

/// See the module.
pub(crate) const ROWS: Measure = Measure {
    name: "rows-when-nothing-changed",
    what: "rows that such a refresh writes",
    reference_is: "the same refresh when a bill has changed with each",
    unit: Unit::Count,
    goal: Goal::Figure(0.0),
    run: rows,
    ..BYTES
};

fn start() -> Outcome<(City, Phone)> {
    let city = City::start(&CitySpec {
        latencies_ms: vec![0; AGENCIES],
        bills_each: BILLS_EACH,
    })?;
    let phone = Phone::of(&city)?;
    phone.refresh()?;
    Ok((city, phone))
}

/// Refreshes twice, measuring each: once nothing has changed, once a bill has with each agency.
fn both(bench: &Bench, figure: impl Fn(&mut City, &Phone, usize) -> Outcome<f64>) -> Outcome<Samples> {
    let (city, phone) = start()?;
    let city = std::cell::RefCell::new(city);
    bench.interleave(
        1,
        5,
        || figure(&mut city.borrow_mut(), &phone, AGENCIES),
        || {
            let mut city = city.borrow_mut();
            city.change_a_bill_each()?;
            figure(&mut city, &phone, 0)
        },
    )
}

fn refresh(phone: &Phone, unchanged: usize) -> Outcome<()> {
    let (_, came) = phone.refresh()?;
    if came.unchanged == unchanged {
        Ok(())
    } else {
        Err(format!("{unchanged} agencies should have said that nothing changed: {came:?}").into())
    }
}

fn bytes(bench: &Bench) -> Outcome<Samples> {
    both(bench, |city, phone, unchanged| {
        let before = city.traffic_bytes()?;
        refresh(phone, unchanged)?;
        Ok((city.traffic_bytes()? - before) as f64 / AGENCIES as f64)
    })
}

fn rows(bench: &Bench) -> Outcome<Samples> {
    both(bench, |_, phone, unchanged| {
        let before = all_rows(phone.folder())?;
        refresh(phone, unchanged)?;
        let after = all_rows(phone.folder())?;
        Ok(after.difference(&before).count() as f64)
    })
}

/// Every row of the files.
fn all_rows(folder: &Path) -> Outcome<BTreeSet<String>> {
    let mut all = BTreeSet::new();
    for file in FILES {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(folder.join(file), flags)?;
        let mut tables = connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")?;
        let tables: Vec<String> = tables.query_map((), |row| row.get(0))?.collect::<Result<_, _>>()?;
        for table in &tables {
            let mut statement = connection.prepare(&format!("SELECT * FROM \"{table}\""))?;
            let columns = statement.column_count();
            let mut rows = statement.query(())?;
            while let Some(row) = rows.next()? {
                let values: Vec<Value> = (0..columns).map(|column| row.get(column)).collect::<Result<_, _>>()?;
                all.insert(format!("{file} {table} {values:?}"));
            }
        }
    }
    Ok(all)
}
