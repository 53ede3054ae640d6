//! What is owed, summed up.

use super::{heal::Damage, write::AMOUNT};
use crate::{
    Store, StoreError, agency,
    file::{Fault, Tx},
    rows::code::Code as _,
};
use rabt_domain::{AgencyId, BillKind, DubaiDate, Fils, Personal, money::AMOUNT_FILS_MAX};
use std::collections::BTreeMap;

/// The open bills of a day, summed up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// All of them.
    pub total: Tally,
    /// By agency, in the order of their names for machines.
    pub agencies: Vec<AgencySummary>,
    /// By the week in which they are due, the earliest first.
    pub weeks: Vec<WeekSummary>,
}

/// How many bills, and how much.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many.
    pub count: u32,
    /// Their sum, without top-ups: nobody owes those. A sum beyond the bounds of an amount is the bound.
    pub total: Personal<Fils>,
    /// How many of them are overdue, without top-ups.
    pub overdue: u32,
}

/// An agency's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgencySummary {
    /// Which agency.
    pub agency: AgencyId,
    /// Its open bills.
    pub tally: Tally,
}

/// A week's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WeekSummary {
    /// The Monday on which it begins.
    pub begins_on: DubaiDate,
    /// What is due in it.
    pub tally: Tally,
}

impl Tally {
    fn add(&mut self, amount: Fils, kind: BillKind, due: DubaiDate, today: DubaiDate) {
        self.count = self.count.saturating_add(1);
        if kind != BillKind::TopUp {
            let total = *self.total.reveal();
            let bound = Fils::new(AMOUNT_FILS_MAX).unwrap_or(total);
            self.total = Personal::new(total.checked_add(amount).unwrap_or(bound));
            self.overdue = self.overdue.saturating_add(u32::from(due < today));
        }
    }
}

/// Sums up from the narrow rows alone; no bill is opened.
pub(super) fn summary(store: &Store, today: DubaiDate) -> Result<Summary, StoreError> {
    store.with(|files| {
        let mut damage = Damage::default();
        let summary = files.cache_read(|tx| sum(tx, today, &mut damage))?;
        if !damage.is_none() {
            files.cache_write(|tx| damage.heal(tx))?;
        }
        Ok(summary)
    })
}

fn sum(tx: &Tx<'_>, today: DubaiDate, damage: &mut Damage) -> Result<Summary, Fault> {
    let (known, damaged) = agency::read(tx)?;
    damage.agencies.extend(damaged);
    let known: BTreeMap<i64, AgencyId> = known.into_iter().map(|(id, agency)| (id, agency.id)).collect();
    let mut total = Tally::default();
    let mut agencies: BTreeMap<AgencyId, Tally> = BTreeMap::new();
    let mut weeks: BTreeMap<DubaiDate, Tally> = BTreeMap::new();

    let mut statement = tx.prepare_cached("SELECT id, agency, kind, due, mac, amount FROM bill WHERE open = 1")?;
    let mut rows = statement.query(())?;
    while let Some(row) = rows.next()? {
        let mac: Vec<u8> = row.get(4)?;
        let amount = tx.open_number(AMOUNT, &mac, &row.get::<_, Vec<u8>>(5)?);
        let read = (
            amount.ok().and_then(|fils| Fils::new(fils).ok()),
            BillKind::of_code(row.get(2)?),
            DubaiDate::from_epoch_days(row.get(3)?).ok(),
        );
        let (Some(amount), Some(kind), Some(due)) = read else {
            damage.bills.push(row.get(0)?);
            continue;
        };
        // A bill of a damaged agency goes with it.
        let Some(agency) = known.get(&row.get(1)?) else {
            continue;
        };
        total.add(amount, kind, due, today);
        agencies
            .entry(agency.clone())
            .or_default()
            .add(amount, kind, due, today);
        weeks
            .entry(due.week_begins())
            .or_default()
            .add(amount, kind, due, today);
    }
    Ok(Summary {
        total,
        agencies: agencies
            .into_iter()
            .map(|(agency, tally)| AgencySummary { agency, tally })
            .collect(),
        weeks: weeks
            .into_iter()
            .map(|(begins_on, tally)| WeekSummary { begins_on, tally })
            .collect(),
    })
}
