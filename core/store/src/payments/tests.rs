//! The journal, its queue and its receipts.

use super::*;
use crate::testing::{Fixture, bill_key, full_payment, now, payment};
use rabt_domain::{
    PaymentState,
    payment::{PaymentError, PaymentEvent, Rejection, step},
};

fn outcome(key: &str, state: PaymentState) -> Outcome {
    Outcome {
        key: IdempotencyKey::parse(key).unwrap(),
        state,
        at: now(),
    }
}

fn refuse(payment: Payment) -> Result<Step, PaymentError> {
    let rejection = Rejection {
        code: "declined".to_owned(),
        reason: None,
    };
    step(payment, PaymentEvent::Refused(rejection), now())
}

#[test]
fn a_payment_goes_its_way_and_comes_back_after_a_restart() {
    let fixture = Fixture::new();
    let journal = fixture.store.payments();
    let made = payment("k-1", &["b-1", "b-2"]);
    assert_eq!(journal.create(&made).unwrap(), Creation::Written);
    let sent = journal.update(&made.key, |payment| step(payment, PaymentEvent::Submit, now()));
    assert_eq!(sent.unwrap().unwrap().unwrap().payment.state, PaymentState::Submitting);

    let fixture = fixture.reopened(|_| {});
    let journal = fixture.store.payments();
    let kept = journal.get(&made.key).unwrap().unwrap();
    assert_eq!((kept.state, kept.sends), (PaymentState::Submitting, 1));
    assert_eq!(journal.unfinished().unwrap(), [kept]);
    assert_eq!(journal.open_bills().unwrap().len(), 2);

    journal.update(&made.key, refuse).unwrap().unwrap().unwrap();
    assert_eq!(journal.unfinished().unwrap(), []);
    assert!(journal.open_bills().unwrap().is_empty());
    let queue = journal.pull_outcomes(10).unwrap();
    assert_eq!(queue[0].outcome, outcome("k-1", PaymentState::Rejected));
}

#[test]
fn an_event_that_is_refused_writes_nothing() {
    let fixture = Fixture::new();
    let journal = fixture.store.payments();
    let made = payment("k-1", &["b-1"]);
    journal.create(&made).unwrap();
    let refused = journal.update(&made.key, refuse).unwrap().unwrap();
    assert!(refused.is_err());
    assert_eq!(journal.get(&made.key).unwrap(), Some(made));
    assert_eq!(journal.pull_outcomes(1).unwrap(), []);
    let nobody = IdempotencyKey::parse("nobody").unwrap();
    assert!(journal.update(&nobody, refuse).unwrap().is_none());
}

#[test]
fn a_bill_is_bound_by_one_payment_at_a_time() {
    let fixture = Fixture::new();
    let journal = fixture.store.payments();
    let first = payment("k-1", &["b-1", "b-2"]);
    journal.create(&first).unwrap();
    assert_eq!(
        journal.create(&first).unwrap(),
        Creation::Known(Box::new(first.clone()))
    );
    let second = payment("k-2", &["b-3", "b-2"]);
    assert_eq!(
        journal.create(&second).unwrap(),
        Creation::Bound(vec![bill_key("police", "b-2")])
    );
    assert_eq!(journal.get(&second.key).unwrap(), None);

    journal
        .update(&first.key, |payment| step(payment, PaymentEvent::Submit, now()))
        .unwrap();
    journal.update(&first.key, refuse).unwrap();
    assert_eq!(journal.create(&second).unwrap(), Creation::Written);
}

#[test]
fn a_bill_stays_bound_whichever_half_of_what_says_so_is_lost() {
    for sql in [
        "DELETE FROM bound_bill",
        "UPDATE payment SET payload = zeroblob(length(payload))",
    ] {
        let fixture = Fixture::new();
        let journal = fixture.store.payments();
        journal.create(&payment("k-1", &["b-1"])).unwrap();
        fixture.store.ledger_write(|tx| Ok(tx.execute(sql, ())?)).unwrap();
        let second = journal.create(&payment("k-2", &["b-1"])).unwrap();
        assert_eq!(second, Creation::Bound(vec![bill_key("police", "b-1")]), "{sql}");
    }
}

#[test]
fn of_many_at_once_one_binds_the_bill() {
    let fixture = Fixture::new();
    let written: Vec<bool> = std::thread::scope(|scope| {
        let tries: Vec<_> = (0..8)
            .map(|n| {
                let store = fixture.store.clone();
                scope.spawn(move || store.payments().create(&payment(&format!("k-{n}"), &["b-1"])).unwrap())
            })
            .collect();
        tries
            .into_iter()
            .map(|one| one.join().unwrap() == Creation::Written)
            .collect()
    });
    assert_eq!(written.iter().filter(|written| **written).count(), 1);
    assert_eq!(fixture.store.payments().unfinished().unwrap().len(), 1);
}

#[test]
fn a_bill_that_is_being_paid_says_so_until_it_is_not() {
    let fixture = Fixture::new();
    fixture
        .store
        .bills()
        .put(&crate::testing::bill("police", "b-1"))
        .unwrap();
    let made = payment("k-1", &["b-1"]);
    let paying = |fixture: &Fixture| {
        let bill = fixture.store.bills().get(&bill_key("police", "b-1")).unwrap();
        bill.unwrap().paying
    };
    assert_eq!(paying(&fixture), None);
    fixture.store.payments().create(&made).unwrap();
    assert_eq!(paying(&fixture), Some(made.key.clone()));
    let fixture = fixture.reopened(|_| {});
    assert_eq!(paying(&fixture), Some(made.key.clone()));
    let journal = fixture.store.payments();
    journal
        .update(&made.key, |payment| step(payment, PaymentEvent::Submit, now()))
        .unwrap();
    journal.update(&made.key, refuse).unwrap();
    assert_eq!(paying(&fixture), None);
}

#[test]
fn outcomes_stay_until_exactly_they_are_acknowledged() {
    let fixture = Fixture::new();
    let journal = fixture.store.payments();
    for n in 0..5 {
        let key = format!("k-{n}");
        journal
            .save(&payment(&key, &[]), Some(&outcome(&key, PaymentState::Settled)))
            .unwrap();
    }
    let queue = journal.pull_outcomes(3).unwrap();
    let keys: Vec<&str> = queue.iter().map(|queued| queued.outcome.key.as_str()).collect();
    assert_eq!(keys, ["k-0", "k-1", "k-2"]);
    assert_eq!(journal.pull_outcomes(3).unwrap(), queue);
    assert_eq!(
        journal
            .acknowledge_outcomes(&[queue[1].id, OutcomeId(u64::MAX), queue[1].id])
            .unwrap(),
        1
    );

    let fixture = fixture.reopened(|_| {});
    let journal = fixture.store.payments();
    let left = journal.pull_outcomes(usize::MAX).unwrap();
    let keys: Vec<&str> = left.iter().map(|queued| queued.outcome.key.as_str()).collect();
    assert_eq!(keys, ["k-0", "k-2", "k-3", "k-4"]);

    // A number is never given out again, or a late acknowledgement could take another outcome.
    let all: Vec<OutcomeId> = left.iter().map(|queued| queued.id).collect();
    assert_eq!(journal.acknowledge_outcomes(&all).unwrap(), 4);
    journal
        .save(&payment("k-9", &[]), Some(&outcome("k-9", PaymentState::Settled)))
        .unwrap();
    assert!(journal.pull_outcomes(1).unwrap()[0].id > all[3]);
}

#[test]
fn payments_and_receipts_come_by_page_the_newest_first() {
    let fixture = Fixture::new();
    let journal = fixture.store.payments();
    for n in [3_i64, 1, 2, 2, 5] {
        let key = format!("k-{n}-{}", journal.page(None, 200).unwrap().payments.len());
        let mut one = full_payment();
        one.key = IdempotencyKey::parse(key).unwrap();
        one.created_at = now().plus_seconds(n);
        one.items[0].receipt = Some(Personal::new(format!("token.{n}.{}", one.key.as_str())));
        journal.save(&one, None).unwrap();
        // The same again adds no second receipt.
        journal.save(&one, None).unwrap();
    }
    let (mut keys, mut cursor) = (Vec::new(), None);
    loop {
        let page = journal.page(cursor.as_deref(), 2).unwrap();
        assert!(page.payments.len() <= 2);
        keys.extend(page.payments.into_iter().map(|payment| payment.key.as_str().to_owned()));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(keys, ["k-5-4", "k-3-0", "k-2-3", "k-2-2", "k-1-1"]);

    let first = journal.receipts(None, 3).unwrap();
    let second = journal.receipts(first.next.as_deref(), 3).unwrap();
    assert_eq!((first.receipts.len(), second.receipts.len(), second.next), (3, 2, None));
    assert_eq!(first.receipts[0].payment.as_str(), "k-5-4");
    assert_eq!(first.receipts[0].token.reveal(), "token.5.k-5-4");
    assert_eq!(first.receipts[0].bill, bill_key("police", "b-1"));
}

#[test]
fn a_bad_cursor_or_limit_names_its_field() {
    let fixture = Fixture::new();
    let journal = fixture.store.payments();
    for n in 0..3 {
        journal.save(&payment(&format!("k-{n}"), &[]), None).unwrap();
    }
    let cursor = journal.page(None, 1).unwrap().next.unwrap();
    let field = |result: Result<(), StoreError>| match result {
        Err(StoreError::Invalid(invalid)) => invalid.field,
        other => panic!("{other:?}"),
    };
    let page = |cursor: Option<&str>, limit| journal.page(cursor, limit).map(|_| ());
    assert_eq!(field(page(None, 0)), "limit");
    assert_eq!(field(page(None, crate::limits::PAGE_MAX + 1)), "limit");
    assert_eq!(field(page(Some("tampered"), 1)), "cursor");
    assert_eq!(field(page(Some(&cursor[..cursor.len() - 2]), 1)), "cursor");
    // A cursor of one list doesn't continue the other.
    assert_eq!(field(journal.receipts(Some(&cursor), 1).map(|_| ())), "cursor");
}
