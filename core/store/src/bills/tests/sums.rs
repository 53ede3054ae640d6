use super::*;
use crate::testing::{bill, day, fils};
use rabt_domain::{BillKind, BillStatus, Fils, bill::AmountRule, money::AMOUNT_FILS_MAX};

fn owed(of: &str, id: &str, amount: i64, due: &str) -> Bill {
    Bill {
        amount: fils(amount),
        due_on: day(due),
        ..bill(of, id)
    }
}

fn tally(count: u32, total: i64, overdue: u32) -> Tally {
    Tally {
        count,
        total: fils(total),
        overdue,
    }
}

#[test]
fn what_is_open_is_summed_by_agency_and_by_week() {
    let fixture = Fixture::new();
    let closed = Bill {
        status: BillStatus::Withdrawn,
        ..owed("police", "3", 999, "2026-11-23")
    };
    let top_up = Bill {
        kind: BillKind::TopUp,
        amount_rule: AmountRule::Exact,
        ..owed("police", "4", 10_000, "2026-11-22")
    };
    let police = [
        owed("police", "1", 100, "2026-11-22"),
        owed("police", "2", 200, "2026-11-23"),
        closed,
        top_up,
    ];
    say(&fixture, "police", &police);
    say(&fixture, "water", &[owed("water", "1", 400, "2026-11-29")]);
    let summary = fixture.store.bills().summary(day("2026-11-23")).unwrap();
    assert_eq!(summary.total, tally(4, 700, 1));
    let agencies: Vec<_> = summary
        .agencies
        .iter()
        .map(|one| (one.agency.as_str(), one.tally))
        .collect();
    assert_eq!(agencies, [("police", tally(3, 300, 1)), ("water", tally(1, 400, 0))]);
    let weeks: Vec<_> = summary.weeks.iter().map(|one| (one.begins_on, one.tally)).collect();
    assert_eq!(
        weeks,
        [
            (day("2026-11-16"), tally(2, 100, 1)),
            (day("2026-11-23"), tally(2, 600, 0))
        ]
    );
}

#[test]
fn nothing_owed_is_nothing_and_too_much_is_the_bound() {
    let fixture = Fixture::new();
    let room = fixture.store.bills();
    let empty = room.summary(day("2026-11-23")).unwrap();
    assert_eq!(
        (empty.total, empty.agencies.len(), empty.weeks.len()),
        (Tally::default(), 0, 0)
    );
    for id in ["1", "2"] {
        room.put(&owed("police", id, AMOUNT_FILS_MAX, "2026-11-30")).unwrap();
    }
    let total = room.summary(day("2026-11-23")).unwrap().total.total;
    assert_eq!(*total.reveal(), Fils::new(AMOUNT_FILS_MAX).unwrap());
}
