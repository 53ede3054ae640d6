//! People, each made from their number alone, so that any district can be made anywhere and is always the same.

use super::rows::{BillRow, InstrumentRow, Kind, MandateRow, PaidRow, PaymentRow, PersonRow, ProgressRow, WhenRow};
use crate::harness::Outcome;
use rabt::domain::{AgencyId, DubaiDate, Timestamp};

/// As many as the city has.
const AGENCIES: u8 = 12;
/// A person's bills.
pub(super) const BILLS: usize = 8;
/// Their payments of the last weeks, and as many paid bills by which the next are judged.
const PAST: usize = 8;
/// What the bills are: their place says.
const KINDS: [Kind; BILLS] = [
    Kind::Utility,
    Kind::Utility,
    Kind::Utility,
    Kind::Fine,
    Kind::Fine,
    Kind::Fee,
    Kind::Fee,
    Kind::TopUp,
];
/// When it is decided: a morning late in the year, on a weekday.
const NOW: &str = "2026-11-25T06:00:00Z";
const DAY_MILLIS: i64 = 24 * 60 * 60 * 1000;

/// What is the same for everybody.
pub(super) struct Times {
    /// When it is decided.
    pub(super) now: Timestamp,
    today: i32,
}

impl Times {
    /// # Errors
    /// Never: a test reads the constant.
    pub(super) fn new() -> Outcome<Self> {
        let now = Timestamp::parse(NOW)?;
        Ok(Self {
            now,
            today: DubaiDate::at(now).epoch_days(),
        })
    }
}

/// The agencies, by their number in a row.
///
/// # Errors
/// Never: a test makes them.
pub(super) fn agencies() -> Outcome<Vec<AgencyId>> {
    (0..AGENCIES)
        .map(|number| Ok(AgencyId::parse(format!("agency-{number}"))?))
        .collect()
}

/// Hands a person's row to `take`; the row borrows its texts from here.
///
/// # Errors
/// What `take` says.
pub(super) fn person<T>(number: u64, times: &Times, take: impl FnOnce(&PersonRow<'_>) -> Outcome<T>) -> Outcome<T> {
    let mut dice = Dice(number);
    let names = Names::of(number);
    let now = times.now.millis();
    let has_two = dice.of(100) < 40;
    let mut mandates = vec![main_mandate(&names, now, &mut dice)];
    if has_two {
        mandates.push(utilities_mandate(&names, now, &mut dice));
    }
    take(&PersonRow {
        bills: (0..BILLS).map(|place| bill(&names, place, times, &mut dice)).collect(),
        payments: (0..PAST).map(|place| payment(&names, place, now, &mut dice)).collect(),
        paid: (0..PAST)
            .map(|place| PaidRow {
                agency: agency_of(place % 2),
                account: &names.accounts[place % 2],
                kind: Kind::Utility,
                amount_fils: 20_000 + dice.of(30_000),
                paid_on: times.today - 20 - 30 * i32::try_from(place / 2).unwrap_or_default(),
            })
            .collect(),
        instruments: vec![
            InstrumentRow {
                id: &names.instruments[0],
                is_active: dice.of(100) < 98,
                expires_on: times.today + if dice.of(100) < 97 { 400 } else { -3 },
                available_fils: (dice.of(100) < 80).then(|| dice.of(1_500_000)),
            },
            InstrumentRow {
                id: &names.instruments[1],
                is_active: true,
                expires_on: times.today + 700,
                available_fils: None,
            },
        ],
        mandates,
    })
}

/// For everything, within a month's money.
fn main_mandate<'a>(names: &'a Names, now: i64, dice: &mut Dice) -> MandateRow<'a> {
    MandateRow {
        id: &names.mandates[0],
        version: 1,
        agreed_at: now - DAY_MILLIS * (30 + dice.of(200)),
        kinds: Vec::new(),
        instrument: &names.instruments[0],
        fallback: (dice.of(100) < 30).then_some(names.instruments[1].as_str()),
        when: match dice.of(4) {
            0 => WhenRow::Issue,
            1 => WhenRow::Due,
            2 => WhenRow::DayOfMonth(25),
            _ => WhenRow::BeforeDue(7),
        },
        on_weekday: dice.of(2) == 0,
        per_payment_fils: Some(80_000 + dice.of(100_000)),
        week_count: (dice.of(100) < 30).then_some(10),
        month_fils: Some(250_000 + dice.of(400_000)),
        ask_above_fils: (dice.of(100) < 50).then(|| 50_000 + dice.of(20_000)),
        ask_above_usual_percent: (dice.of(100) < 60).then_some(30),
        top_up_fils: (dice.of(100) < 70).then_some((2_000, 10_000)),
        priority: 2,
        from_on: "2026-01-01",
        until_on: "2026-12-31",
        paused_since: (dice.of(100) < 3).then_some(now - DAY_MILLIS),
    }
}

/// For what keeps a home going, first.
fn utilities_mandate<'a>(names: &'a Names, now: i64, dice: &mut Dice) -> MandateRow<'a> {
    MandateRow {
        id: &names.mandates[1],
        kinds: vec![Kind::Utility],
        when: WhenRow::BeforeDue(3),
        per_payment_fils: None,
        week_count: None,
        ask_above_fils: None,
        top_up_fils: None,
        priority: 1,
        paused_since: None,
        ..main_mandate(names, now, dice)
    }
}

fn bill<'a>(names: &'a Names, place: usize, times: &Times, dice: &mut Dice) -> BillRow<'a> {
    let kind = KINDS[place];
    let due_in = i32::try_from(dice.of(30)).unwrap_or_default() - 4;
    let is_top_up = kind == Kind::TopUp;
    let stale = if dice.of(100) < 3 { 2 * DAY_MILLIS } else { 0 };
    BillRow {
        agency: agency_of(place),
        bill: &names.bills[place],
        account: &names.accounts[place],
        kind,
        is_open: dice.of(100) < 85,
        issued_on: times.today + due_in - 25,
        due_on: times.today + due_in,
        amount_fils: if is_top_up { 5_000 } else { 3_000 + dice.of(90_000) },
        max_fils: is_top_up.then_some(100_000),
        revision: 1,
        balance_fils: is_top_up.then(|| dice.of(6_000)),
        fetched_at: times.now.millis() - dice.of(30_000) - stale,
    }
}

fn payment<'a>(names: &'a Names, place: usize, now: i64, dice: &mut Dice) -> PaymentRow<'a> {
    // One in twenty is of a bill that its agency still shows.
    let bill = if dice.of(100) < 5 {
        &names.bills[place]
    } else {
        &names.past[place]
    };
    PaymentRow {
        by: (dice.of(100) < 80).then_some(0),
        agency: agency_of(place),
        bill,
        account: &names.accounts[place],
        amount_fils: 3_000 + dice.of(50_000),
        decided_at: now - DAY_MILLIS - dice.of(40 * DAY_MILLIS),
        progress: match dice.of(50) {
            0 => ProgressRow::InFlight,
            1 | 2 => ProgressRow::ShortOfMoney,
            _ => ProgressRow::Settled,
        },
    }
}

/// A bill's agency, by its place.
fn agency_of(place: usize) -> u8 {
    u8::try_from(place).unwrap_or_default() % AGENCIES
}

/// What a person's things are called.
struct Names {
    mandates: [String; 2],
    instruments: [String; 2],
    accounts: [String; BILLS],
    bills: [String; BILLS],
    past: [String; PAST],
}

impl Names {
    fn of(number: u64) -> Self {
        Self {
            mandates: std::array::from_fn(|of| format!("mandate-{number:08}-{of}")),
            instruments: std::array::from_fn(|of| format!("instrument-{number:08}-{of}")),
            accounts: std::array::from_fn(|of| format!("{number:09}{of}")),
            bills: std::array::from_fn(|of| format!("2026-11-{number:08}-{of}")),
            past: std::array::from_fn(|of| format!("2026-10-{number:08}-{of}")),
        }
    }
}

/// Numbers that look like chance and are always the same: SplitMix64 (Steele, Lea and Flood, 2014).
struct Dice(u64);

impl Dice {
    /// 0 up to below `sides`.
    fn of(&mut self, sides: i64) -> i64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        i64::try_from(mixed >> 1).unwrap_or_default() % sides.max(1)
    }
}
