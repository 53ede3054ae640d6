//! What mandates would have done, and what they will do: the same rules, played day by day.

use super::{
    BillView, ByMandate, History, InstrumentView, Mandate, Outcome, PaidBill, PaymentMade, Progress, Rule, Situation,
    Standing, USUAL_NEEDS, Usual, decide, usual,
};
use crate::{
    AccountKey, BillId, BillKey, BillKind, BillStatus, DubaiDate, Fils, InstrumentStatus, MandateId, Timestamp,
};
use std::collections::BTreeMap;

/// The most bills that are played, the newest: more than any person has in fourteen months.
pub const PREVIEW_BILLS_MAX: usize = 2_000;
/// How far back and ahead a preview looks, in months.
const MONTHS_BACK: i32 = 12;
const MONTHS_AHEAD: i32 = 2;
/// Bills are played at noon: which hour it is decides nothing.
const NOON_SECONDS: i64 = 12 * 60 * 60;

/// What becomes of a bill in a play.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreseen {
    /// Which bill.
    pub bill: BillKey,
    /// Its mandate; `None` where none is for it.
    pub mandate: Option<MandateId>,
    /// The day on which it is paid, or on which it was first held or asked about, or else the last day that was played.
    pub on: DubaiDate,
    /// Why.
    pub rule: Rule,
    /// How much is paid; `None` where it isn't.
    pub paid: Option<Fils>,
}

/// Plays mandates over the bills of the last twelve months, whatever became of them, and over those of the coming two, as if the
/// mandates had been there all the time, every agency answered, there was money, and the person paid by hand what was held or
/// asked about. Top-ups are left out, since past balances aren't known. `paid` tells what was usual before the first of the bills.
pub fn preview(mandates: &[Mandate], bills: &[BillView], paid: &[PaidBill], today: DubaiDate) -> Vec<Foreseen> {
    let (first, last) = (today.plus_months(-MONTHS_BACK), today.plus_months(MONTHS_AHEAD));
    let mandates: Vec<Mandate> = mandates
        .iter()
        .cloned()
        .map(|mut mandate| {
            mandate.terms.from = first;
            mandate.terms.until = last;
            mandate.terms.agreed_at = first.begins_at();
            mandate.standing = Standing::Active;
            mandate
        })
        .collect();
    let bills = bills
        .iter()
        .filter(|bill| bill.issued_on >= first && bill.kind != BillKind::TopUp && bill.kind != BillKind::Unknown)
        .filter(|bill| !matches!(bill.status, BillStatus::Withdrawn | BillStatus::Vanished));
    let history = History {
        paid: paid.iter().filter(|bill| bill.paid_on < first).cloned().collect(),
        ..History::default()
    };
    let instruments: Vec<InstrumentView> = mandates
        .iter()
        .map(|mandate| InstrumentView {
            id: mandate.terms.instrument.clone(),
            status: InstrumentStatus::Active,
            expires_on: last,
            available: None,
        })
        .collect();
    Play::new(&mandates, &instruments, bills, history).run(noon(first), last)
}

/// What will become of the bills that are open now, within the coming two months, if nothing else happens: every agency answers,
/// there is money, and the person answers nothing. What is paid with expires when it does.
pub fn upcoming(situation: &Situation<'_>) -> Vec<Foreseen> {
    let today = DubaiDate::at(situation.now);
    let bills = situation
        .bills
        .iter()
        .filter(|bill| bill.status == BillStatus::Open && bill.kind != BillKind::Unknown);
    let instruments: Vec<InstrumentView> = situation
        .instruments
        .iter()
        .map(|instrument| InstrumentView {
            available: None,
            ..instrument.clone()
        })
        .collect();
    Play::new(situation.mandates, &instruments, bills, situation.history.clone())
        .run(situation.now, today.plus_months(MONTHS_AHEAD))
}

fn noon(day: DubaiDate) -> Timestamp {
    day.begins_at().plus_seconds(NOON_SECONDS)
}

/// The utility bills that are to be expected after the known ones, up to two months ahead: each month one for every account that
/// had at least [`USUAL_NEEDS`] of them and one within the last two months, at the usual amount, on the days of the last one.
pub fn expected_bills(bills: &[BillView], today: DubaiDate) -> Vec<BillView> {
    let mut accounts: BTreeMap<_, Vec<&BillView>> = BTreeMap::new();
    for bill in bills.iter().filter(|bill| bill.kind == BillKind::Utility) {
        accounts
            .entry((&bill.key.agency, &bill.account))
            .or_default()
            .push(bill);
    }
    let mut expected = Vec::new();
    for (number, ((agency, account), bills)) in accounts.into_iter().enumerate() {
        let amounts: Vec<PaidBill> = bills.iter().map(|bill| paid_bill(bill, bill.issued_on)).collect();
        let last = bills.iter().max_by_key(|bill| (bill.issued_on, &bill.key));
        let (Some(last), Usual::Is { amount, .. }) = (last, usual(&amounts, agency, account, BillKind::Utility)) else {
            continue;
        };
        if bills.len() < USUAL_NEEDS || last.issued_on < today.plus_months(-MONTHS_AHEAD) {
            continue;
        }
        for month in 1..=2 * MONTHS_AHEAD {
            let issued_on = last.issued_on.plus_months(month);
            let id = BillId::parse(format!("expected-{number}-{issued_on}"));
            if let Ok(bill) = id
                && issued_on <= today.plus_months(MONTHS_AHEAD)
                && issued_on > today
            {
                expected.push(BillView {
                    key: BillKey {
                        agency: agency.clone(),
                        bill,
                    },
                    status: BillStatus::Open,
                    issued_on,
                    due_on: last.due_on.plus_months(month),
                    amount,
                    revision: 1,
                    ..(*last).clone()
                });
            }
        }
    }
    expected
}

struct Play<'a> {
    mandates: &'a [Mandate],
    instruments: &'a [InstrumentView],
    bills: Vec<BillView>,
    history: History,
    foreseen: BTreeMap<BillKey, Foreseen>,
}

impl<'a> Play<'a> {
    fn new<'b>(
        mandates: &'a [Mandate],
        instruments: &'a [InstrumentView],
        bills: impl Iterator<Item = &'b BillView>,
        history: History,
    ) -> Self {
        let mut bills: Vec<BillView> = bills.cloned().collect();
        bills.sort_by(|a, b| (b.issued_on, &b.key, b.revision).cmp(&(a.issued_on, &a.key, a.revision)));
        bills.dedup_by(|older, newer| older.key == newer.key);
        bills.truncate(PREVIEW_BILLS_MAX);
        bills.iter_mut().for_each(|bill| bill.status = BillStatus::Open);
        Self {
            mandates,
            instruments,
            bills,
            history,
            foreseen: BTreeMap::new(),
        }
    }

    /// From an instant on, and then each day at noon.
    fn run(mut self, start: Timestamp, last: DubaiDate) -> Vec<Foreseen> {
        let mut now = start;
        loop {
            let today = DubaiDate::at(now);
            if today > last || self.bills.is_empty() {
                break;
            }
            self.day(today, now);
            now = noon(today.plus_days(1)).max(now);
            if DubaiDate::at(now) == today {
                break;
            }
        }
        let mut foreseen: Vec<_> = self.foreseen.into_values().collect();
        foreseen.sort_by(|a, b| (a.on, &a.bill).cmp(&(b.on, &b.bill)));
        foreseen
    }

    fn day(&mut self, today: DubaiDate, now: Timestamp) {
        let (mut open, closed): (Vec<_>, Vec<_>) = std::mem::take(&mut self.bills)
            .into_iter()
            .partition(|bill| bill.issued_on <= today);
        self.bills = closed;
        open.iter_mut().for_each(|bill| bill.fetched_at = now);
        let decisions = decide(&Situation {
            mandates: self.mandates,
            bills: &open,
            history: &self.history,
            instruments: self.instruments,
            now,
        });
        let mut payments = Vec::new();
        let mut paid = Vec::new();
        let mut done = Vec::new();
        for decision in &decisions {
            let key = &decision.bill.key;
            let told = self
                .foreseen
                .get(key)
                .is_some_and(|foreseen| matches!(foreseen.rule.outcome(), Outcome::Hold | Outcome::Ask));
            // What was first held or asked about stays that, unless it is paid after all.
            if !told || decision.payment.is_some() {
                self.foreseen.insert(
                    key.clone(),
                    Foreseen {
                        bill: key.clone(),
                        mandate: decision.mandate.map(|mandate| mandate.id().clone()),
                        on: today,
                        rule: decision.rule,
                        paid: decision.payment.map(|payment| payment.amount),
                    },
                );
            }
            if let (Some(payment), Some(mandate)) = (decision.payment, decision.mandate) {
                payments.push(PaymentMade {
                    by: Some(ByMandate {
                        mandate: mandate.id().clone(),
                        version: mandate.terms.version,
                        cycle: payment.cycle,
                    }),
                    bill: key.clone(),
                    account: decision.bill.account.clone(),
                    amount: payment.amount,
                    decided_at: now,
                    progress: Progress::Settled,
                });
            }
            if decision.payment.is_some() || today > decision.bill.due_on {
                paid.push(paid_bill(decision.bill, today));
                done.push(key.clone());
            }
        }
        open.retain(|bill| !done.contains(&bill.key));
        self.history.payments.extend(payments);
        self.history.paid.extend(paid);
        self.bills.extend(open);
    }
}

fn paid_bill(bill: &BillView, paid_on: DubaiDate) -> PaidBill {
    PaidBill {
        account: AccountKey {
            agency: bill.key.agency.clone(),
            account: bill.account.clone(),
        },
        kind: bill.kind,
        amount: bill.amount,
        paid_on,
    }
}
