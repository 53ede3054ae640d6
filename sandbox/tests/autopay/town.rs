//! The city of these tests, and what happens in it: bills that are issued, days that pass, books that balance.

use rabt_protocol::{
    agency::{Bill, BillStatus},
    instrument::Instrument,
    mandate::{Allowance, Limits, Mandate, Schedule, Scope, ScopeEntry, Weekend, When},
};
use rabt_sandbox::{BillFilter, Books, City, CityConfig, NewBill};
use std::path::Path;

pub(crate) const FAMILY: &str = "tenant-family";
pub(crate) const DAY_MS: i64 = 86_400_000;

/// A city with one family, whose gateway looks at mandates when the test says so. Its year begins on a working day, far from the
/// ends of month and year.
pub(crate) async fn city() -> City {
    quiet(City::start(config()).await.unwrap())
}

/// The same, kept in a file.
pub(crate) async fn city_in(file: &Path) -> City {
    let config = CityConfig {
        state_file: Some(file.to_owned()),
        ..config()
    };
    quiet(City::start(config).await.unwrap())
}

pub(crate) fn config() -> CityConfig {
    CityConfig {
        personas: vec![FAMILY.to_owned()],
        access_token_seconds: 86_400,
        // Tuesday, 10 March 2026, 12:00 in Dubai.
        starts_at_ms: Some(1_773_129_600_000),
        ..CityConfig::default()
    }
}

pub(crate) fn quiet(city: City) -> City {
    city.control().set_autopay_runs_by_itself(false);
    // Customs has nothing but what a test issues; a city from a file may have it withdrawn already.
    let _ = city.control().withdraw_bill("customs", "cu-0001");
    city
}

/// The city's instant, to the millisecond, as statements say it.
pub(crate) fn now(city: &City) -> String {
    city.control().clock().now
}

pub(crate) fn day(city: &City, days: i64) -> String {
    let at = jiff::Timestamp::from_millisecond(city.control().clock().now_ms + days * DAY_MS).unwrap();
    jiff::tz::offset(4).to_datetime(at).date().to_string()
}

/// A mandate for one agency's bills, paid when they are due, at most AED 500 each and AED 2,000 a month.
pub(crate) fn mandate(city: &City, mandate_id: &str, agency_id: &str, instrument: &Instrument) -> Mandate {
    Mandate {
        mandate_id: mandate_id.to_owned(),
        version: 1,
        agreed_at: now(city),
        scope: Scope::Chosen {
            entries: vec![ScopeEntry {
                agency_id: Some(agency_id.to_owned()),
                ..ScopeEntry::default()
            }],
        },
        instrument_id: instrument.instrument_id.clone(),
        fallback_instrument_id: None,
        schedule: Schedule {
            pay: When::Due,
            weekend: Weekend::Keep,
        },
        limits: Limits {
            per_payment_fils: Some(50_000),
            month: Allowance {
                value_fils: Some(200_000),
                count: None,
            },
            ..Limits::default()
        },
        ask_first: Default::default(),
        top_up: None,
        priority: 1,
        from_on: day(city, 0),
        until_on: day(city, 300),
    }
}

/// An agency issues a fee of so many fils, due in so many days. The family has an account at customs for parcels.
pub(crate) fn bill(city: &City, amount_fils: i64, due_in_days: i64) -> Bill {
    let new = NewBill {
        agency_id: "customs".to_owned(),
        persona_id: FAMILY.to_owned(),
        kind_code: "parcel-duty".to_owned(),
        amount_fils: Some(amount_fils),
        due_on: Some(day(city, due_in_days)),
        ..NewBill::default()
    };
    city.control().add_bill(new).unwrap()
}

/// As its agency has it now.
pub(crate) fn bill_now(city: &City, bill: &Bill) -> Bill {
    let filter = BillFilter {
        agency_id: Some(bill.agency_id.clone()),
        ..BillFilter::default()
    };
    city.control()
        .bills(&filter)
        .unwrap()
        .into_iter()
        .find(|found| found.bill_id == bill.bill_id)
        .unwrap()
}

pub(crate) fn is_paid(city: &City, bill: &Bill) -> bool {
    bill_now(city, bill).status == BillStatus::Paid
}

/// Lets the clock go on to a later day, and has the gateway look.
pub(crate) async fn days_pass(city: &City, days: i64) {
    city.control().advance_ms(days * DAY_MS).unwrap();
    run(city).await;
}

/// Has the gateway look at the mandates; how many payments it made.
pub(crate) async fn run(city: &City) -> usize {
    city.control().run_autopay().await.unwrap()
}

/// The books, which must be in order.
pub(crate) fn sound_books(city: &City) -> Books {
    let books = city.books().unwrap();
    assert!(books.balanced && books.problems.is_empty(), "{books:?}");
    assert_eq!((books.paid_twice, books.lost_fils), (0, 0), "{books:?}");
    books
}
