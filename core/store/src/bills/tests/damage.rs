use super::*;
use crate::testing::{bill, day};
use rabt_domain::Personal;

/// Three bills of one agency and one of another, and one statement that damages the cache.
fn damaged(sql: &str) -> Fixture {
    let fixture = Fixture::new();
    let titled = |id: &str| Bill {
        title: rabt_domain::Bilingual::parse(format!("Fine {id}"), "مخالفة").unwrap(),
        ..bill("police", id)
    };
    say(&fixture, "police", &[titled("1"), titled("2"), titled("3")]);
    say(&fixture, "water", &[bill("water", "w")]);
    let changed = fixture.store.cache_write(|tx| Ok(tx.execute(sql, ())?)).unwrap();
    assert_eq!(changed, 1, "{sql}");
    fixture
}

fn etag(fixture: &Fixture, of: &str) -> Option<String> {
    fixture
        .store
        .freshness()
        .get(&agency(of))
        .unwrap()
        .and_then(|freshness| freshness.etag)
}

/// Whatever of bill 2 is damaged: it alone is dropped, its agency is asked for all, and the next pass brings it back.
#[test]
fn a_damaged_bill_is_dropped_and_a_refresh_brings_it_back() {
    for sql in [
        "UPDATE bill_payload SET payload = zeroblob(200) WHERE bill = 2",
        "UPDATE bill_payload SET payload = (SELECT payload FROM bill_payload WHERE bill = 1) WHERE bill = 2",
        "DELETE FROM bill_payload WHERE bill = 2",
        "UPDATE bill SET due = due + 1 WHERE id = 2",
        "UPDATE bill SET status = 0 WHERE id = 2",
        "UPDATE bill SET kind = 1 WHERE id = 2",
        "UPDATE bill SET account = zeroblob(16) WHERE id = 2",
        "UPDATE bill SET mac = zeroblob(16) WHERE id = 2",
    ] {
        let fixture = damaged(sql);
        let page = fixture.store.bills().page(&BillQuery::default()).unwrap();
        assert_eq!((page.bills.len(), page.dropped), (3, 1), "{sql}");
        assert_eq!(names(&fixture, &BillQuery::default()), ["1", "3", "w"]);
        assert_eq!(
            (etag(&fixture, "police"), etag(&fixture, "water").is_some()),
            (None, true)
        );
        let again = say(
            &fixture,
            "police",
            &[bill("police", "1"), bill("police", "2"), bill("police", "3")],
        );
        assert_eq!(again.new, 1);
    }
}

#[test]
fn a_damaged_bill_that_is_asked_for_alone_is_none() {
    let fixture = damaged("UPDATE bill_payload SET payload = x'01' WHERE bill = 2");
    let key = crate::testing::bill_key("police", "2");
    assert_eq!(fixture.store.bills().get(&key).unwrap(), None);
    assert_eq!(etag(&fixture, "police"), None);
}

#[test]
fn a_damaged_amount_is_not_summed() {
    let fixture = damaged("UPDATE bill SET amount = (SELECT amount FROM bill WHERE id = 1) WHERE id = 2");
    let summary = fixture.store.bills().summary(day("2026-11-01")).unwrap();
    assert_eq!(summary.total.count, 3);
    assert_eq!(names(&fixture, &BillQuery::default()), ["1", "3", "w"]);
    assert_eq!(etag(&fixture, "police"), None);
}

#[test]
fn a_damaged_block_of_labels_takes_its_bills_along() {
    for sql in [
        "UPDATE label_block SET payload = zeroblob(100) WHERE id = 1",
        "UPDATE label_block SET payload = x'' WHERE id = 1",
        "UPDATE label_block SET payload = (SELECT payload FROM label_block WHERE id = 2) WHERE id = 1",
    ] {
        let fixture = damaged(sql);
        let query = BillQuery {
            search: Some(Personal::new("fine".to_owned())),
            ..BillQuery::default()
        };
        let page = fixture.store.bills().page(&query).unwrap();
        assert_eq!((page.bills.len(), page.dropped), (1, 3), "{sql}");
        assert_eq!(
            (etag(&fixture, "police"), etag(&fixture, "water").is_some()),
            (None, true)
        );
        assert_eq!(fixture.store.bills().page(&query).unwrap().dropped, 0);
        assert_eq!(say(&fixture, "police", &[bill("police", "1")]).new, 1);
        assert_eq!(fixture.store.bills().page(&query).unwrap().bills.len(), 2);
    }
}

/// New labels go into a fresh block then, and what the damage took comes back by a refresh.
#[test]
fn labels_are_made_beside_a_damaged_block() {
    let fixture = damaged("UPDATE label_block SET payload = x'' WHERE id = 1");
    let titled = |id: &str| Bill {
        title: rabt_domain::Bilingual::parse(format!("Other {id}"), "مخالفة").unwrap(),
        ..bill("police", id)
    };
    say(&fixture, "police", &[titled("4")]);
    let query = BillQuery {
        search: Some(Personal::new("other".to_owned())),
        standing: Standing::All,
        ..BillQuery::default()
    };
    let page = fixture.store.bills().page(&query).unwrap();
    assert_eq!((page.bills.len(), page.dropped), (1, 3));
}

#[test]
fn a_damaged_agency_is_forgotten_and_comes_back() {
    let fixture = damaged("UPDATE agency SET payload = zeroblob(100) WHERE id = 1");
    let summary = fixture.store.bills().summary(day("2026-11-01")).unwrap();
    assert_eq!(summary.total.count, 1);
    assert_eq!(names(&fixture, &BillQuery::default()), ["w"]);
    assert_eq!(fixture.store.freshness().get(&agency("police")).unwrap(), None);
    assert_eq!(say(&fixture, "police", &[bill("police", "1")]).new, 1);
}

#[test]
fn a_damaged_freshness_is_dropped() {
    let fixture = damaged("UPDATE freshness SET payload = x'' WHERE agency = 1");
    assert_eq!(fixture.store.freshness().all().unwrap().len(), 1);
    assert_eq!(fixture.store.freshness().get(&agency("police")).unwrap(), None);
    assert_eq!(names(&fixture, &BillQuery::default()).len(), 4);
}

#[test]
fn a_pass_goes_over_damage_that_it_finds() {
    let fixture = damaged("UPDATE bill_payload SET payload = x'' WHERE bill = 2");
    let counts = say(&fixture, "police", &[bill("police", "1")]);
    assert_eq!(counts.gone, 1);
    let all = BillQuery {
        standing: Standing::All,
        ..BillQuery::default()
    };
    assert_eq!(names(&fixture, &all), ["1", "3", "w"]);
}
