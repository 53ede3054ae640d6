//! Random histories of one person's mandates: two devices, two runners, a person who pays by hand, lost answers, a city that is killed. After each:
//! nothing is paid twice, no limit is passed, no decision is lost, and the books balance.
//!
//! A history is made from its number, so that one that failed is played again by `RABT_AUTOPAY_ONLY=4711`. By default an evenly spread
//! sample of the ten thousand is played; with `RABT_AUTOPAY_RUNS=2000` so many, with `RABT_ALL=1` every one.

use crate::{
    counting::{last_told, over_limits, report},
    device::Device,
    town::{DAY_MS, FAMILY, bill_now, city, city_in, mandate, now},
};
use rabt_protocol::{
    agency::{Bill, BillStatus},
    instrument::Instrument,
    mandate::{Mandate, Progress, ReportedDecision, StandingChange, Verdict, When},
};
use rabt_sandbox::{BillChange, City, Fault, FaultKind, NewBill};
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    path::PathBuf,
    sync::atomic::{AtomicU64, Ordering},
};

/// All histories.
const HISTORIES: u64 = 10_000;
/// Those of the usual run, evenly spread.
const SAMPLE: u64 = 60;
/// Histories that one city lives through, one after the other: with some two weeks each, within the year of the agencies' consents.
const IN_ONE_CITY: u64 = 15;
/// Cities at once.
const CITIES: usize = 2;
/// How often a busy machine is given another chance to have everything decided.
const TRIES_MAX: u32 = 20;
/// Of so many cities one is in a file and is killed.
const ONE_IN_A_FILE: u64 = 4;

/// What all histories came to.
#[derive(Debug, Default)]
struct Sum {
    runs: AtomicU64,
    payments: AtomicU64,
    kills: AtomicU64,
    paid_twice: AtomicU64,
    over_limit: AtomicU64,
    lost: AtomicU64,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_history_pays_twice_passes_a_limit_or_loses_a_decision() {
    let numbers = numbers();
    let sum = Sum::default();
    let cities: Vec<&[u64]> = numbers.chunks(usize::try_from(IN_ONE_CITY).unwrap()).collect();
    futures_util::StreamExt::for_each_concurrent(futures_util::stream::iter(cities), CITIES, |numbers| {
        let sum = &sum;
        async move { live(numbers, sum).await }
    })
    .await;
    let count = |number: &AtomicU64| number.load(Ordering::SeqCst);
    report(&json!({
        "runs": count(&sum.runs),
        "paid_twice": count(&sum.paid_twice),
        "over_limit": count(&sum.over_limit),
        "lost": count(&sum.lost),
    }));
    println!(
        "{} histories, {} payments, {} kills",
        count(&sum.runs),
        count(&sum.payments),
        count(&sum.kills)
    );
    assert_eq!(count(&sum.runs), u64::try_from(numbers.len()).unwrap());
    assert!(count(&sum.payments) > count(&sum.runs) / 2, "{sum:?}");
    assert_eq!(
        (count(&sum.paid_twice), count(&sum.over_limit), count(&sum.lost)),
        (0, 0, 0)
    );
}

/// Which histories are played.
fn numbers() -> Vec<u64> {
    if let Some(only) = env::var("RABT_AUTOPAY_ONLY").ok().and_then(|only| only.parse().ok()) {
        return vec![only];
    }
    let wanted = env::var("RABT_AUTOPAY_RUNS").ok().and_then(|runs| runs.parse().ok());
    let wanted = match wanted {
        Some(wanted) => wanted,
        None if env::var_os("RABT_ALL").is_some() => HISTORIES,
        None => SAMPLE,
    };
    let every = HISTORIES / wanted.clamp(1, HISTORIES);
    (0..HISTORIES).step_by(usize::try_from(every).unwrap()).collect()
}

/// SplitMix64: the same number, the same history.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From zero up to below `end`.
    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn fils(&mut self, least: i64, most: i64) -> i64 {
        least + i64::try_from(self.below(u64::try_from(most - least + 1).unwrap())).unwrap()
    }

    fn one_in(&mut self, of: u64) -> bool {
        self.below(of) == 0
    }
}

/// A city, and everybody in it.
struct Life {
    city: City,
    file: Option<(tempfile::TempDir, PathBuf)>,
    devices: [Device; 2],
    card: Instrument,
    account: Instrument,
}

/// One history's part of it.
struct History {
    terms: Mandate,
    statements: Vec<String>,
    versions: BTreeMap<u32, Mandate>,
    bills: Vec<Bill>,
    seq: u32,
    approved: BTreeSet<String>,
}

async fn live(numbers: &[u64], sum: &Sum) {
    let in_file = numbers
        .first()
        .is_some_and(|first| (first / 7).is_multiple_of(ONE_IN_A_FILE));
    let file = in_file.then(|| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("city.db");
        (folder, file)
    });
    let city = match &file {
        Some((_, file)) => city_in(file).await,
        None => city().await,
    };
    let devices = [Device::of(&city).await, Device::signed_in(&city).await];
    let card = devices[0].link(&city, "card").await;
    let account = devices[1].link(&city, "bank_account").await;
    let mut life = Life {
        city,
        file,
        devices,
        card,
        account,
    };
    for number in numbers {
        life = life.play(*number, sum).await;
        sum.runs.fetch_add(1, Ordering::SeqCst);
    }
}

impl Life {
    async fn play(mut self, number: u64, sum: &Sum) -> Self {
        let mut dice = Dice(number);
        let mut history = self.begin(number, &mut dice).await;
        self.city.control().set_second_autopay_runner(dice.one_in(2));
        let steps = 4 + dice.below(6);
        for _ in 0..steps {
            match dice.below(12) {
                0..=2 => history.bills.push(self.issue(&mut dice)),
                3 => self.pass(&mut dice),
                4 => self.lose_an_answer(&mut dice),
                5 => self.pay_by_hand(&history, &mut dice).await,
                6 => self.change_terms(&mut history, &mut dice).await,
                7 => self.stop_or_go_on(&mut history, &mut dice).await,
                8 => self.answer(&mut history, &mut dice).await,
                9 => self.change_a_bill(&history, &mut dice),
                10 if self.file.is_some() && dice.one_in(3) => self = self.killed(sum).await,
                _ => self.run().await,
            }
            if dice.one_in(2) {
                self.run().await;
            }
        }
        self.end(number, history, sum).await;
        self
    }

    async fn begin(&self, number: u64, dice: &mut Dice) -> History {
        let instrument = if dice.one_in(4) { &self.account } else { &self.card };
        let mut terms = mandate(&self.city, &format!("m-{number}"), "customs", instrument);
        terms.schedule.pay = match dice.below(3) {
            0 => When::Issue,
            1 => When::Due,
            _ => When::BeforeDue { days: 2 },
        };
        terms.limits.per_payment_fils = Some(dice.fils(20_000, 60_000));
        terms.limits.month.value_fils = Some(dice.fils(60_001, 150_000));
        terms.limits.month.count = dice.one_in(2).then(|| dice.fils(2, 4));
        terms.limits.day.count = dice.one_in(4).then(|| dice.fils(1, 2));
        terms.ask_first.above_fils = dice.one_in(3).then_some(19_000);
        let statement = self.devices[0].sign(&terms, None);
        self.devices[0].register(&self.city, &statement).await.unwrap();
        if instrument.instrument_id == self.account.instrument_id {
            self.devices[0].consent(&self.city, &terms.mandate_id).await;
        }
        History {
            versions: BTreeMap::from([(1, terms.clone())]),
            terms,
            statements: vec![statement],
            bills: (0..3).map(|_| self.issue(dice)).collect(),
            seq: 0,
            approved: BTreeSet::new(),
        }
    }

    fn issue(&self, dice: &mut Dice) -> Bill {
        let due_in_days = dice.fils(0, 6);
        let due_on =
            jiff::Timestamp::from_millisecond(self.city.control().clock().now_ms + due_in_days * DAY_MS).unwrap();
        let new = NewBill {
            agency_id: "customs".to_owned(),
            persona_id: FAMILY.to_owned(),
            kind_code: "parcel-duty".to_owned(),
            amount_fils: Some(dice.fils(1_000, 65_000)),
            due_on: Some(jiff::tz::offset(4).to_datetime(due_on).date().to_string()),
            ..NewBill::default()
        };
        self.city.control().add_bill(new).unwrap()
    }

    /// Hours or days, and now and then back again.
    fn pass(&self, dice: &mut Dice) {
        let by_ms = match dice.below(8) {
            0 => -3_600_000,
            1..=3 => 6 * 3_600_000,
            _ => DAY_MS * dice.fils(1, 3),
        };
        self.city.control().advance_ms(by_ms).unwrap();
    }

    fn lose_an_answer(&self, dice: &mut Dice) {
        let kind = if dice.one_in(2) {
            FaultKind::CutAfterCommit
        } else {
            FaultKind::CutBeforeCommit
        };
        let (party, path) = match dice.below(4) {
            0 => ("customs", "/v1/postings"),
            1 => ("customs", "/v1/hub/bills"),
            2 => ("bank", "/v1/debits"),
            _ => ("bank", "/v1/settlements"),
        };
        self.city
            .control()
            .set_fault(Fault::new(party, kind).on(path).times(1))
            .unwrap();
    }

    async fn pay_by_hand(&self, history: &History, dice: &mut Dice) {
        let bill = &history.bills[usize::try_from(dice.below(history.bills.len() as u64)).unwrap()];
        let bill = bill_now(&self.city, bill);
        if bill.status != BillStatus::Open {
            return;
        }
        let device = &self.devices[usize::try_from(dice.below(2)).unwrap()];
        if dice.one_in(2) {
            let by_hand = device.try_to_pay(&self.city, &bill, &self.card.instrument_id);
            let (_, ()) = tokio::join!(by_hand, self.run());
        } else {
            device.try_to_pay(&self.city, &bill, &self.card.instrument_id).await;
        }
    }

    /// The next version, narrower or wider, by either device.
    async fn change_terms(&self, history: &mut History, dice: &mut Dice) {
        let mut terms = history.terms.clone();
        terms.version += 1;
        terms.agreed_at = now(&self.city);
        terms.limits.month.value_fils = Some(dice.fils(60_001, 150_000));
        terms.limits.per_payment_fils = Some(dice.fils(20_000, 60_000));
        let device = &self.devices[usize::try_from(dice.below(2)).unwrap()];
        let statement = device.sign(&terms, history.statements.last().map(String::as_str));
        // Refused where the clock is behind the version before.
        if device.register(&self.city, &statement).await.is_ok() {
            history
                .versions
                .insert(u32::try_from(terms.version).unwrap(), terms.clone());
            history.terms = terms;
            history.statements.push(statement);
            if history.terms.instrument_id == self.account.instrument_id && dice.one_in(2) {
                device.consent(&self.city, &history.terms.mandate_id).await;
            }
        }
    }

    async fn stop_or_go_on(&self, history: &mut History, dice: &mut Dice) {
        let change = if dice.one_in(2) {
            StandingChange::Pause
        } else {
            StandingChange::Resume
        };
        history.seq += 1;
        let device = &self.devices[usize::try_from(dice.below(2)).unwrap()];
        device
            .change(&self.city, &history.terms.mandate_id, change, history.seq)
            .await
            .unwrap();
    }

    async fn answer(&self, history: &mut History, dice: &mut Dice) {
        let bill = &history.bills[usize::try_from(dice.below(history.bills.len() as u64)).unwrap()];
        let bill = bill_now(&self.city, bill);
        let verdict = if dice.one_in(3) {
            Verdict::Declined
        } else {
            history.approved.insert(bill.bill_id.clone());
            Verdict::Approved {
                up_to_fils: bill.amount_fils,
            }
        };
        let device = &self.devices[usize::try_from(dice.below(2)).unwrap()];
        device
            .answer(&self.city, &history.terms.mandate_id, &bill, verdict)
            .await
            .unwrap();
    }

    fn change_a_bill(&self, history: &History, dice: &mut Dice) {
        let bill = &history.bills[usize::try_from(dice.below(history.bills.len() as u64)).unwrap()];
        let change = BillChange {
            amount_fils: Some(dice.fils(1_000, 65_000)),
            ..BillChange::default()
        };
        // Refused once it is paid.
        let _ = self.city.control().change_bill("customs", &bill.bill_id, change);
    }

    async fn run(&self) {
        self.city.control().run_autopay().await.unwrap();
    }

    /// The city is killed while its gateway looks at mandates by itself, and is started again.
    async fn killed(self, sum: &Sum) -> Self {
        let (
            Self {
                city,
                file,
                devices,
                card,
                account,
            },
            before,
        ) = {
            let before = self.devices[0].report(&self.city).await.decisions;
            (self, before)
        };
        city.control().set_autopay_runs_by_itself(true);
        tokio::time::sleep(std::time::Duration::from_millis(before.len() as u64 % 40)).await;
        tokio::task::spawn_blocking(move || city.kill()).await.unwrap();
        let (_, path) = file.as_ref().unwrap();
        let city = city_in(path).await;
        for device in &devices {
            device.reconnect(&city);
        }
        let after = devices[1].report(&city).await.decisions;
        if after.get(..before.len()) != Some(before.as_slice()) {
            sum.lost.fetch_add(1, Ordering::SeqCst);
        }
        sum.kills.fetch_add(1, Ordering::SeqCst);
        Self {
            city,
            file,
            devices,
            card,
            account,
        }
    }

    /// All is mended, everything comes to rest; then it is counted.
    async fn end(&self, number: u64, mut history: History, sum: &Sum) {
        self.city.control().clear_faults(None);
        self.city.control().set_second_autopay_runner(false);
        history.seq += 1;
        self.devices[0]
            .change(
                &self.city,
                &history.terms.mandate_id,
                StandingChange::Resume,
                history.seq,
            )
            .await
            .unwrap();
        for _ in 0..4 {
            self.city.control().advance_ms(2 * DAY_MS).unwrap();
            self.run().await;
        }
        let began = std::time::Instant::now();
        while self.city.books().unwrap().in_flight_fils != 0 {
            assert!(began.elapsed().as_secs() < 60, "history {number} never comes to rest");
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        self.run().await;
        let books = self.city.books().unwrap();
        assert!(
            books.balanced && books.problems.is_empty(),
            "history {number}: {books:?}"
        );
        assert_eq!(books.lost_fils, 0, "history {number}: {books:?}");
        sum.paid_twice.fetch_add(books.paid_twice, Ordering::SeqCst);

        let mut report = self.devices[0].report(&self.city).await.decisions;
        // On a machine that is busy with something else an agency may have answered too late each time.
        for _ in 0..TRIES_MAX {
            if self.untold(&history, &report) == 0 {
                break;
            }
            self.run().await;
            report = self.devices[0].report(&self.city).await.decisions;
        }
        let other = self.devices[1].report(&self.city).await.decisions;
        let lost = u64::from(report != other) + self.untold(&history, &report);
        let mine: Vec<&ReportedDecision> = report
            .iter()
            .filter(|decision| {
                decision
                    .by
                    .as_ref()
                    .is_some_and(|by| by.mandate_id == history.terms.mandate_id)
            })
            .collect();
        let payments = last_told(&mine);
        let over = over_limits(&history.versions, &history.approved, &payments);
        if lost + over > 0 {
            println!("history {number}: {lost} lost, {over} over a limit: {mine:#?}");
        }
        sum.lost.fetch_add(lost, Ordering::SeqCst);
        sum.over_limit.fetch_add(over, Ordering::SeqCst);
        sum.payments.fetch_add(payments.len() as u64, Ordering::SeqCst);

        self.devices[0]
            .change(
                &self.city,
                &history.terms.mandate_id,
                StandingChange::Revoke,
                history.seq + 1,
            )
            .await
            .unwrap();
        for bill in &history.bills {
            // The next history begins with an empty table.
            let _ = self.city.control().withdraw_bill("customs", &bill.bill_id);
        }
    }

    /// The bills of which nothing was ever decided, and the payments that are paid and not told.
    fn untold(&self, history: &History, report: &[ReportedDecision]) -> u64 {
        let told = |bill: &&Bill| report.iter().any(|decision| decision.bill_id == bill.bill_id);
        // One that was paid by hand before the gateway ever saw it needs no decision.
        let is_open = |bill: &&Bill| bill_now(&self.city, bill).status == BillStatus::Open;
        let untold = history.bills.iter().filter(is_open).filter(|bill| !told(bill)).count();
        let in_flight = last_told(&report.iter().collect::<Vec<_>>())
            .iter()
            .filter(|decision| {
                decision
                    .payment
                    .as_ref()
                    .is_some_and(|payment| payment.progress == Progress::InFlight)
            })
            .count();
        (untold + in_flight) as u64
    }
}
