//! From the start of the process to the first page of 50 bills.
//!
//! Rabt's side is the client as an app opens it: key, both files, all checks of theirs, the network's set-up, the page, through the
//! facade. The reference is this program too, and reads the same rows of the same file: it takes the key, derives the one subkey that
//! it needs, opens the file with SQLite, and opens and parses 50 payloads. It checks nothing, heals nothing and can't do
//! anything else. Both start from the same warm cache of the operating system, in turn.

use crate::{
    harness::{Bench, Better, Child, Goal, Measure, Outcome, Samples, Unit, tell, timed},
    stage::{FileSecrets, Shelf, open_shelf},
};
use rabt::store::{SecretStore as _, bills::BillQuery};
use ring::{
    aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hkdf,
};
use rusqlite::Connection;
use serde::Deserialize;
use std::path::Path;

const FEW: usize = 1_000;
const MANY: usize = 100_000;
const GOAL: f64 = 1.5;
const PAGE: usize = 50;

/// Against the least that anybody can do.
pub(crate) const AGAINST_BARE: Measure = Measure {
    name: "cold-open-1000",
    what: "process started, key read, files opened, to the first 50 of 1,000 sealed bills",
    reference_is: "bare rusqlite and ring: the same rows of the same file, opened and parsed, no layers",
    unit: Unit::Seconds,
    better: Better::Lower,
    goal: Goal::Ratio(GOAL),
    peer: None,
    run: against_bare,
};

/// Against itself with fewer bills.
pub(crate) const AGAINST_FEW: Measure = Measure {
    name: "cold-open-100000",
    what: "the same with 100,000 sealed bills",
    reference_is: "the same with 1,000",
    run: against_few,
    ..AGAINST_BARE
};

fn against_bare(bench: &Bench) -> Outcome<Samples> {
    let few = Shelf::of(FEW)?;
    let few = few.path()?;
    bench.interleave(3, 40, || first_page("open-rabt", few), || first_page("open-bare", few))
}

fn against_few(bench: &Bench) -> Outcome<Samples> {
    let (few, many) = (Shelf::of(FEW)?, Shelf::of(MANY)?);
    let (few, many) = (few.path()?, many.path()?);
    bench.interleave(3, 40, || first_page("open-rabt", many), || first_page("open-rabt", few))
}

fn first_page(role: &str, folder: &str) -> Outcome<f64> {
    let mut child = None;
    let took = timed(|| {
        let child = child.insert(Child::start(role, &[folder])?);
        let bills: usize = child.heard()?.parse()?;
        if bills == PAGE {
            Ok(())
        } else {
            Err(format!("{bills} bills on the first page").into())
        }
    });
    // Its end is waited for, and not counted.
    drop(child);
    took
}

/// The child that is the client.
///
/// # Errors
/// Where it doesn't open.
pub(crate) fn rabt(arguments: &[String]) -> Outcome<()> {
    let [folder] = arguments else {
        return Err("a folder".into());
    };
    let (runtime, rabt) = open_shelf(Path::new(folder))?;
    let page = runtime.block_on(rabt.bills().page(BillQuery::default()))?;
    tell(&page.bills.len().to_string())
}

/// What is shown of a bill.
#[derive(Deserialize)]
struct Shown {
    title: Title,
    due_on: i32,
    amount_fils: i64,
}

#[derive(Deserialize)]
struct Title {
    en: String,
    ar: String,
}

/// The child that is the reference.
///
/// # Errors
/// Where it doesn't open.
pub(crate) fn bare(arguments: &[String]) -> Outcome<()> {
    let [folder] = arguments else {
        return Err("a folder".into());
    };
    let folder = Path::new(folder);
    let key = key(folder)?;
    let database = Connection::open(folder.join("cache.db"))?;
    let mut statement = database.prepare(
        "SELECT bill.mac, bill_payload.payload FROM bill JOIN bill_payload ON bill_payload.bill = bill.id
         WHERE bill.open = 1 ORDER BY bill.due, bill.id LIMIT ?1",
    )?;
    let mut rows = statement.query([PAGE])?;
    let mut page = Vec::with_capacity(PAGE);
    while let Some(row) = rows.next()? {
        let (mac, mut sealed): (Vec<u8>, Vec<u8>) = (row.get(0)?, row.get(1)?);
        page.push(open(&key, &mac, &mut sealed)?);
    }
    let shown = page.iter().filter(|bill| {
        !bill.title.en.is_empty() && !bill.title.ar.is_empty() && bill.due_on > 0 && bill.amount_fils > 0
    });
    tell(&shown.count().to_string())
}

/// The cache's key, as the store derives it.
fn key(folder: &Path) -> Outcome<LessSafeKey> {
    let master = FileSecrets::of(folder).get("rabt.store.master-key")?.ok_or("no key")?;
    let root = hkdf::Salt::new(hkdf::HKDF_SHA256, b"rabt-store-1").extract(master.reveal());
    let info: [&[u8]; 1] = [b"cache seal"];
    let derived = root.expand(&info, &CHACHA20_POLY1305).map_err(|_| "no key")?;
    Ok(LessSafeKey::new(UnboundKey::from(derived)))
}

/// A payload, as the store seals it: format, nonce, then length and padded JSON; bound to table and row.
fn open(key: &LessSafeKey, mac: &[u8], sealed: &mut [u8]) -> Outcome<Shown> {
    const TABLE: &[u8] = b"bill_payload";
    let (format, sealed) = sealed.split_first_mut().ok_or("an empty payload")?;
    let (nonce, sealed) = sealed.split_first_chunk_mut::<NONCE_LEN>().ok_or("a short payload")?;
    let place = [[*format].as_slice(), &(TABLE.len() as u64).to_be_bytes(), TABLE, mac].concat();
    let opened = key
        .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(place), sealed)
        .map_err(|_| "a payload that doesn't open")?;
    let (length, padded) = opened.split_first_chunk::<4>().ok_or("a short payload")?;
    let json = padded
        .get(..u32::from_be_bytes(*length) as usize)
        .ok_or("a short payload")?;
    Ok(serde_json::from_slice(json)?)
}
