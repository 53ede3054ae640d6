//! Makes the files, and goes through them: by a process of its own, whose memory and processor time are nothing but this.

use super::{
    made,
    rows::{self, PersonRow},
};
use crate::harness::{Child, Outcome, peak_bytes, process_cpu, tell};
use rabt::domain::{
    AgencyId,
    mandate::{Outcome as Decided, Situation, decide},
};
use rustix::fs::{Advice, fadvise};
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File},
    io::{BufWriter, Write as _},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Instant,
};
use tempfile::TempDir;

/// People in a file.
const DISTRICT: u64 = 3_600;
/// As many as the goal speaks of.
const WORKERS: usize = 2;
/// Reads a file and decides about its people.
const DECIDE: &str = "decide";
/// Reads a file and does nothing.
const READ: &str = "read";

/// A city's files.
pub(crate) struct City {
    folder: TempDir,
    people: u64,
}

/// What going through it came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Ran {
    /// On the wall's clock.
    pub(crate) seconds: f64,
    /// The processors', user and system.
    pub(crate) cpu_seconds: f64,
    /// The most memory that was in use.
    pub(crate) peak_bytes: f64,
    people: u64,
    decided: Decisions,
}

/// How many of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Decisions {
    pay: u64,
    skip: u64,
    hold: u64,
    ask: u64,
    paid_fils: i64,
}

/// The one of this run.
static CITY: Mutex<Option<Arc<City>>> = Mutex::new(None);

impl City {
    /// One of so many people, made once a run.
    ///
    /// # Errors
    /// Where the disk is full.
    pub(crate) fn of(people: u64) -> Outcome<Arc<Self>> {
        let mut city = CITY.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(city) = city.as_ref().filter(|city| city.people == people) {
            return Ok(Arc::clone(city));
        }
        let folder = tempfile::Builder::new().prefix("rabt-bench-").tempdir()?;
        each_district(people, |district| make(folder.path(), district))?;
        Ok(Arc::clone(city.insert(Arc::new(Self { folder, people }))))
    }

    /// Decides about all bills of the first `people`.
    ///
    /// # Errors
    /// Where a row isn't read, or not everybody was met.
    pub(crate) fn decide(&self, people: u64) -> Outcome<Ran> {
        let ran = self.ran(DECIDE, people)?;
        let Decisions {
            pay, skip, hold, ask, ..
        } = ran.decided;
        let bills = people * made::BILLS as u64;
        // Each has a part, or something of the engine wasn't measured.
        if ran.people != people || pay + skip + hold + ask != bills || [pay, skip, hold, ask].contains(&0) {
            return Err(format!("{people} people, of whom {ran:?}").into());
        }
        Ok(ran)
    }

    /// Reads the same files, and does nothing.
    ///
    /// # Errors
    /// As [`City::decide`].
    pub(crate) fn read(&self, people: u64) -> Outcome<Ran> {
        self.ran(READ, people)
    }

    fn ran(&self, what: &str, people: u64) -> Outcome<Ran> {
        let folder = self.folder.path().to_str().ok_or("a folder whose name is no text")?;
        let mut child = Child::start("population", &[folder, what, &people.to_string()])?;
        Ok(serde_json::from_str(&child.heard()?)?)
    }
}

/// The child: goes through the files of a folder.
///
/// # Errors
/// Where a file or a row isn't read.
pub(crate) fn decide_child(arguments: &[String]) -> Outcome<()> {
    let [folder, what, people] = arguments else {
        return Err("a folder, what to do, and a number of people".into());
    };
    let (folder, people) = (Path::new(folder), people.parse()?);
    let agencies = made::agencies()?;
    forget(folder, people)?;
    let total = Mutex::new((0, Decisions::default()));
    let begun = Instant::now();
    each_district(people, |district| {
        let bytes = fs::read(file(folder, district))?;
        let (met, decided) = match what.as_str() {
            DECIDE => district_decided(&bytes, &agencies)?,
            READ => (0, Decisions::default()),
            other => return Err(format!("`{other}` is nothing to do").into()),
        };
        let mut total = total.lock().unwrap_or_else(PoisonError::into_inner);
        total.0 += met;
        total.1 += decided;
        Ok(())
    })?;
    let seconds = begun.elapsed().as_secs_f64();
    let (met, decided) = total.into_inner().unwrap_or_else(PoisonError::into_inner);
    let ran = Ran {
        seconds,
        cpu_seconds: process_cpu().as_secs_f64(),
        peak_bytes: peak_bytes()?,
        people: met,
        decided,
    };
    tell(&serde_json::to_string(&ran)?)
}

/// Lets the system forget what it holds of the files, so that they are read from the disk.
fn forget(folder: &Path, people: u64) -> Outcome<()> {
    for district in 0..people.div_ceil(DISTRICT) {
        fadvise(File::open(file(folder, district))?, 0, None, Advice::DontNeed)?;
    }
    Ok(())
}

fn file(folder: &Path, district: u64) -> PathBuf {
    folder.join(format!("district-{district:04}"))
}

/// Gives each district to one of the workers.
fn each_district(people: u64, work: impl Fn(u64) -> Outcome<()> + Sync) -> Outcome<()> {
    if !people.is_multiple_of(DISTRICT) {
        return Err(format!("{people} people don't fill districts of {DISTRICT}").into());
    }
    let next = AtomicU64::new(0);
    let worker = || {
        loop {
            let district = next.fetch_add(1, Ordering::Relaxed);
            if district >= people / DISTRICT {
                return Ok(());
            }
            work(district)?;
        }
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS).map(|_| scope.spawn(worker)).collect();
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().map_err(|_| "a worker fell")?)
    })
}

fn make(folder: &Path, district: u64) -> Outcome<()> {
    let times = made::Times::new()?;
    let mut out = BufWriter::new(File::create_new(file(folder, district))?);
    let mut row = Vec::new();
    for number in district * DISTRICT..(district + 1) * DISTRICT {
        row = made::person(number, &times, |person| {
            Ok(postcard::to_extend(person, std::mem::take(&mut row))?)
        })?;
        out.write_all(&row)?;
        row.clear();
    }
    // What isn't on the disk can't be forgotten.
    Ok(out.into_inner().map_err(|error| error.into_error())?.sync_data()?)
}

/// How many people, and what was decided about their bills.
fn district_decided(mut bytes: &[u8], agencies: &[AgencyId]) -> Outcome<(u64, Decisions)> {
    let now = made::Times::new()?.now;
    let (mut people, mut decided) = (0, Decisions::default());
    while !bytes.is_empty() {
        let (row, rest): (PersonRow<'_>, _) = postcard::take_from_bytes(bytes)?;
        bytes = rest;
        let person = rows::read(&row, agencies)?;
        let situation = Situation {
            mandates: &person.mandates,
            bills: &person.bills,
            history: &person.history,
            instruments: &person.instruments,
            now,
        };
        for decision in decide(&situation) {
            match decision.outcome() {
                Decided::Pay => decided.pay += 1,
                Decided::Skip => decided.skip += 1,
                Decided::Hold => decided.hold += 1,
                Decided::Ask => decided.ask += 1,
            }
            decided.paid_fils += decision.payment.map_or(0, |payment| payment.amount.get());
        }
        people += 1;
    }
    Ok((people, decided))
}

impl std::ops::AddAssign for Decisions {
    fn add_assign(&mut self, other: Self) {
        self.pay += other.pay;
        self.skip += other.skip;
        self.hold += other.hold;
        self.ask += other.ask;
        self.paid_fils += other.paid_fils;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_from_a_file_is_what_was_made() {
        let folder = tempfile::tempdir().unwrap();
        make(folder.path(), 3).unwrap();
        let bytes = fs::read(file(folder.path(), 3)).unwrap();
        let (mut rest, times) = (bytes.as_slice(), made::Times::new().unwrap());
        for number in 3 * DISTRICT..4 * DISTRICT {
            let (row, after): (PersonRow<'_>, _) = postcard::take_from_bytes(rest).unwrap();
            rest = after;
            made::person(number, &times, |made| {
                assert_eq!(row, *made);
                Ok(())
            })
            .unwrap();
        }
        assert!(rest.is_empty());
    }

    #[test]
    fn every_person_can_be_decided_about_and_every_outcome_has_a_part() {
        let folder = tempfile::tempdir().unwrap();
        make(folder.path(), 0).unwrap();
        let bytes = fs::read(file(folder.path(), 0)).unwrap();
        let (people, decided) = district_decided(&bytes, &made::agencies().unwrap()).unwrap();
        assert_eq!(people, DISTRICT);
        let parts = [decided.pay, decided.skip, decided.hold, decided.ask];
        assert_eq!(parts.iter().sum::<u64>(), DISTRICT * made::BILLS as u64);
        assert!(
            parts.iter().all(|part| *part * 50 > DISTRICT * made::BILLS as u64),
            "{decided:?}"
        );
    }
}
