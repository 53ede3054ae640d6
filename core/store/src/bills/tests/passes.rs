use super::*;
use crate::testing::{bill, bill_key, fils};
use rabt_domain::BillStatus;

fn status(fixture: &Fixture, id: &str) -> BillStatus {
    let stored = fixture.store.bills().get(&bill_key("police", id)).unwrap();
    stored.unwrap().bill.status
}

#[test]
fn a_pass_says_what_is_new_changed_and_gone() {
    let fixture = Fixture::new();
    let (one, two, three) = (bill("police", "1"), bill("police", "2"), bill("police", "3"));
    let counts = |new, changed, gone| PassCounts { new, changed, gone };
    assert_eq!(say(&fixture, "police", &[one.clone(), two.clone()]), counts(2, 0, 0));
    assert_eq!(say(&fixture, "police", &[one.clone(), two.clone()]), counts(0, 0, 0));
    let dearer = Bill {
        amount: fils(70_000),
        revision: 2,
        ..two.clone()
    };
    assert_eq!(say(&fixture, "police", &[dearer.clone(), three]), counts(1, 1, 1));
    assert_eq!(status(&fixture, "1"), BillStatus::Vanished);
    assert_eq!(status(&fixture, "2"), BillStatus::Open);
    assert_eq!(fixture.store.bills().get(&two.key).unwrap().unwrap().bill, dearer);
    // It is mentioned again.
    assert_eq!(say(&fixture, "police", &[one]), counts(0, 1, 2));
    assert_eq!(status(&fixture, "1"), BillStatus::Open);
}

#[test]
fn what_is_closed_stays_what_it_is() {
    let fixture = Fixture::new();
    let withdrawn = Bill {
        status: BillStatus::Withdrawn,
        ..bill("police", "1")
    };
    say(&fixture, "police", &[withdrawn]);
    assert_eq!(say(&fixture, "police", &[]).gone, 0);
    assert_eq!(status(&fixture, "1"), BillStatus::Withdrawn);
}

#[test]
fn an_unfinished_pass_marks_nothing_and_keeps_what_it_brought() {
    let fixture = Fixture::new();
    say(&fixture, "police", &[bill("police", "1")]);
    let room = fixture.store.bills();
    let mut pass = room.begin_pass(&agency("police")).unwrap();
    let counts = room.apply(&mut pass, &[bill("police", "2")]).unwrap();
    assert_eq!(
        (counts, pass.counts()),
        (
            PassCounts {
                new: 1,
                ..PassCounts::default()
            },
            counts
        )
    );
    drop(pass);
    let fixture = fixture.reopened(|_| {});
    assert_eq!(status(&fixture, "1"), BillStatus::Open);
    assert_eq!(status(&fixture, "2"), BillStatus::Open);
}

#[test]
fn a_pass_concerns_its_agency_alone() {
    let fixture = Fixture::new();
    say(&fixture, "police", &[bill("police", "1")]);
    say(&fixture, "water", &[bill("water", "1")]);
    assert_eq!(status(&fixture, "1"), BillStatus::Open);
    let room = fixture.store.bills();
    let mut pass = room.begin_pass(&agency("police")).unwrap();
    let mixed = [bill("police", "2"), bill("water", "2")];
    assert!(matches!(room.apply(&mut pass, &mixed), Err(StoreError::Bug(_))));
    assert_eq!(room.get(&bill_key("police", "2")).unwrap(), None);
}

#[test]
fn a_newer_pass_supersedes_an_older_one() {
    let fixture = Fixture::new();
    let room = fixture.store.bills();
    let mut older = room.begin_pass(&agency("police")).unwrap();
    room.apply(&mut older, &[bill("police", "1")]).unwrap();
    let mut newer = room.begin_pass(&agency("police")).unwrap();
    let late = room.apply(&mut older, &[bill("police", "2")]);
    assert!(matches!(late, Err(StoreError::PassSuperseded)));
    assert!(matches!(
        room.finish(older, &answer("old")),
        Err(StoreError::PassSuperseded)
    ));
    room.apply(&mut newer, &[bill("police", "1")]).unwrap();
    room.finish(newer, &answer("new")).unwrap();
    assert_eq!(status(&fixture, "1"), BillStatus::Open);
    let etag = fixture.store.freshness().get(&agency("police")).unwrap().unwrap().etag;
    assert_eq!(etag.as_deref(), Some("new"));
}

#[test]
fn a_bill_that_was_read_again_meanwhile_is_not_marked() {
    let fixture = Fixture::new();
    let room = fixture.store.bills();
    let pass = room.begin_pass(&agency("police")).unwrap();
    assert!(room.put(&bill("police", "1")).unwrap());
    assert!(!room.put(&bill("police", "1")).unwrap());
    assert_eq!(room.finish(pass, &answer("v")).unwrap().gone, 0);
    assert_eq!(status(&fixture, "1"), BillStatus::Open);
}

#[test]
fn a_call_that_fails_takes_in_none_of_its_bills() {
    let fixture = Fixture::new();
    let room = fixture.store.bills();
    say(&fixture, "police", &[bill("police", "1")]);
    let mut pass = room.begin_pass(&agency("police")).unwrap();
    fixture
        .store
        .cache_write(|tx| {
            let pages: i64 = tx.pragma_query_value(None, "page_count", |row| row.get(0))?;
            Ok(tx.pragma_update(None, "max_page_count", pages)?)
        })
        .unwrap();
    let many: Vec<Bill> = (0..500).map(|n| bill("police", &format!("n{n}"))).collect();
    assert!(matches!(room.apply(&mut pass, &many), Err(StoreError::Full)));
    assert_eq!(pass.counts(), PassCounts::default());
    assert_eq!(names(&fixture, &BillQuery::default()), ["1"]);
}

#[test]
fn an_agency_can_be_forgotten_whole() {
    let fixture = Fixture::new();
    say(&fixture, "police", &[bill("police", "1")]);
    say(&fixture, "water", &[bill("water", "2")]);
    let room = fixture.store.bills();
    let pass = room.begin_pass(&agency("police")).unwrap();
    room.forget(&agency("police")).unwrap();
    room.forget(&agency("nobody")).unwrap();
    assert!(matches!(
        room.finish(pass, &answer("v")),
        Err(StoreError::PassSuperseded)
    ));
    assert_eq!(names(&fixture, &BillQuery::default()), ["2"]);
    assert_eq!(fixture.store.freshness().all().unwrap().len(), 1);
    assert_eq!(say(&fixture, "police", &[bill("police", "1")]).new, 1);
}
