//! Previews, what is coming, what limits have left, and suggestions.

use crate::make::{bill, day, fils, instrument, key, limit, mandate, mandate_id, noon, payment};
use proptest::{collection::vec, prelude::*};
use rabt_domain::{
    BillStatus, InstrumentId,
    mandate::{
        BillView, Draft, History, Left, Outcome, Period, Situation, WhenDraft, expected_bills, limits_left, preview,
        suggest, upcoming,
    },
};

fn dated(id: &str, amount: i64, issued: &str, term: i32) -> BillView {
    BillView {
        issued_on: day(issued),
        due_on: day(issued).plus_days(term),
        status: BillStatus::Paid,
        ..bill(id, amount)
    }
}

#[test]
fn a_preview_plays_the_year_that_was_and_two_months_to_come() {
    let today = day("2026-11-25");
    let mandates = [mandate(|d| {
        d.when = WhenDraft::BeforeDue { days: 3 };
        limit(d, Period::Month, Some(1_000), None);
        d.ask_above_fils = Some(800);
    })];
    let bills = [
        dated("too-old", 100, "2025-11-24", 10),
        dated("january", 600, "2026-01-01", 20),
        dated("also-january", 600, "2026-01-02", 20),
        dated("large", 900, "2026-03-01", 10),
        // Held in June, and its window reaches July, in which the limit begins anew.
        dated("june", 700, "2026-06-01", 20),
        dated("june-to-july", 700, "2026-06-18", 15),
        BillView {
            status: BillStatus::Open,
            ..dated("coming", 100, "2026-12-20", 20)
        },
        dated("too-far", 100, "2027-01-26", 5),
    ];
    let foreseen: Vec<_> = preview(&mandates, &bills, &[], today)
        .into_iter()
        .map(|it| {
            (
                it.bill.bill.as_str().to_owned(),
                it.on.to_string(),
                it.rule.code(),
                it.paid.map(|fils| fils.get()),
            )
        })
        .collect();
    let expected = [
        ("january", "2026-01-18", "due", Some(600)),
        ("also-january", "2026-01-19", "over_value", None),
        ("large", "2026-03-08", "above_amount", None),
        ("june", "2026-06-18", "due", Some(700)),
        ("june-to-july", "2026-07-01", "due", Some(700)),
        ("coming", "2027-01-06", "due", Some(100)),
    ];
    let expected = expected.map(|(id, on, code, paid)| (id.to_owned(), on.to_owned(), code, paid));
    assert_eq!(foreseen, expected);
}

#[test]
fn what_is_coming_counts_what_was_paid() {
    let mandates = [mandate(|d| {
        d.when = WhenDraft::OnDue;
        limit(d, Period::Month, Some(1_000), Some(2));
    })];
    let now = noon("2026-11-10");
    let history = History {
        payments: vec![payment("x", 600, noon("2026-11-02"))],
        ..History::default()
    };
    let bills = [
        bill("a", 400),
        BillView {
            due_on: day("2026-11-30"),
            ..bill("b", 1)
        },
    ];
    let instruments = [instrument("bank")];
    let situation = Situation {
        mandates: &mandates,
        bills: &bills,
        history: &history,
        instruments: &instruments,
        now,
    };
    let foreseen = upcoming(&situation);
    let told: Vec<_> = foreseen.iter().map(|it| (it.on.to_string(), it.rule.code())).collect();
    assert_eq!(
        told,
        [
            ("2026-11-20".to_owned(), "due"),
            ("2026-11-30".to_owned(), "over_value")
        ]
    );
    assert_eq!(
        limits_left(&mandates[0], &history, now),
        [Left {
            period: Period::Month,
            value: Some(fils(400)),
            count: Some(1),
            resets_on: Some(day("2026-12-01"))
        }]
    );
}

#[test]
fn a_bill_is_expected_where_there_was_one_each_month() {
    let bills: Vec<BillView> = (1..=4)
        .map(|month| {
            dated(
                &month.to_string(),
                100 * month,
                &format!("2026-{:02}-30", 6 + month),
                20,
            )
        })
        .collect();
    let expected: Vec<_> = expected_bills(&bills, day("2026-11-15"))
        .into_iter()
        .map(|bill| (bill.issued_on.to_string(), bill.due_on.to_string(), bill.amount.get()))
        .collect();
    let days = [("2026-11-30", "2026-12-19"), ("2026-12-30", "2027-01-19")];
    assert_eq!(
        expected,
        days.map(|(issued, due)| (issued.to_owned(), due.to_owned(), 250))
    );
    assert_eq!(expected_bills(&bills[..2], day("2026-11-15")), []);
    assert_eq!(
        expected_bills(&bills, day("2027-03-15")),
        [],
        "the account has gone silent"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_suggestion_would_have_paid_everything_on_time(
        bills in vec((1i64..200_000, 0i32..364, 0i32..40), 1..40),
    ) {
        let now = noon("2026-11-25");
        let bills: Vec<BillView> = bills
            .into_iter()
            .enumerate()
            .map(|(number, (amount, ago, term))| {
                let issued = day("2026-11-25").plus_days(-ago).to_string();
                dated(&number.to_string(), amount, &issued, term)
            })
            .collect();
        let draft: Draft =
            suggest(&mandate_id("s"), &InstrumentId::parse("bank").unwrap(), &bills, now).unwrap();
        let suggested = draft.parse().unwrap();
        let foreseen = preview(&[suggested], &bills, &[], day("2026-11-25"));
        prop_assert_eq!(foreseen.len(), bills.len());
        for it in foreseen {
            let bill = bills.iter().find(|bill| bill.key == it.bill).unwrap();
            prop_assert_eq!(it.rule.outcome(), Outcome::Pay, "{:?}", it);
            prop_assert!(it.on <= bill.due_on);
        }
    }
}

#[test]
fn without_bills_nothing_is_suggested_and_a_prepaid_account_is_topped_up() {
    let bank = InstrumentId::parse("bank").unwrap();
    let now = noon("2026-11-25");
    assert_eq!(suggest(&mandate_id("s"), &bank, &[], now), None);
    let bills = [dated("a", 100, "2026-10-01", 20), crate::make::top_up(None)];
    let draft = suggest(&mandate_id("s"), &bank, &bills, now).unwrap();
    assert_eq!(draft.top_up.unwrap().add_fils, 10_000);
    assert_eq!(draft.limits.per_payment_fils, Some(13_000));
    assert!(draft.parse().is_ok());
    assert!(key("a") != key("b"));
}
