//! The books find what is wrong: an account of a payment that went well, falsified in the city's file in one way after another.

use crate::person::{Person, config_in, one_of_each, sound_books};
use rabt_protocol::hub::PaymentStatus;
use rabt_sandbox::{Books, City, Fault, FaultKind};
use std::path::Path;

/// What the ledger doesn't let anybody do, so that a falsifier does it first.
const UNGUARD: &str = "DROP TRIGGER bank_entry_stays; DROP TRIGGER bank_entry_is_kept;";

/// The books of the city in `file` after `sql` was done to it.
async fn books_after(file: &Path, sql: &str) -> Books {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("city.db");
    std::fs::copy(file, &copy).unwrap();
    let falsifier = rusqlite::Connection::open(&copy).unwrap();
    falsifier.pragma_update(None, "foreign_keys", "OFF").unwrap();
    falsifier.execute_batch(sql).unwrap();
    falsifier.close().unwrap();
    let city = City::start(config_in(&copy)).await.unwrap();
    let books = city.books().unwrap();
    city.stop().await;
    books
}

#[tokio::test]
async fn every_falsehood_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("city.db");
    let city = City::start(config_in(&file)).await.unwrap();
    let person = Person::of(&city).await;
    let account = person.link(&city, "bank_account").await;
    let bills = one_of_each(&city);
    let paid_fils = bills[0].amount_fils;
    let quote = person.quote(&[&bills[0]]).await;
    assert_eq!(
        person.pay(&quote, &account, "key-1").await.unwrap().status,
        PaymentStatus::Settled
    );
    // Another is on its way, its agency down.
    let stuck_fils = bills[1].amount_fils;
    let quote = person.quote(&[&bills[1]]).await;
    city.control()
        .set_fault(Fault::new(&bills[1].agency_id, FaultKind::CutBeforeCommit))
        .unwrap();
    assert_eq!(
        person.pay(&quote, &account, "key-2").await.unwrap().status,
        PaymentStatus::Pending
    );
    assert_eq!(sound_books(&city, false).in_flight_fils, stuck_fils);
    city.stop().await;

    let lost = |books: Books| books.lost_fils;
    assert_eq!(lost(books_after(&file, "DELETE FROM agency_posting").await), paid_fils);
    assert_eq!(
        lost(books_after(&file, "UPDATE agency_posting SET amount_fils = amount_fils - 7").await),
        7
    );
    let forgotten = "UPDATE gateway_payment SET stage = 'closed' WHERE idempotency_key = 'key-2'";
    assert_eq!(lost(books_after(&file, forgotten).await), stuck_fils);
    let unknown = "DELETE FROM gateway_bill_lock; DELETE FROM gateway_payment_item; DELETE FROM gateway_payment";
    assert_eq!(lost(books_after(&file, unknown).await), stuck_fils + paid_fils);

    let twice = "UPDATE agency_posting SET channel = 'counter', payment_id = NULL";
    assert_eq!(books_after(&file, twice).await.paid_twice, 1);

    for sql in [
        "UPDATE bank_account SET balance_fils = balance_fils + 1 WHERE account_id = 'clearing'",
        "UPDATE bank_entry SET amount_fils = amount_fils + 1 WHERE account_id = 'external'",
        "DELETE FROM bank_entry WHERE account_id = 'clearing'",
        "DELETE FROM bank_movement WHERE kind = 'settlement'",
        "UPDATE bank_movement SET amount_fils = amount_fils + 1 WHERE kind = 'settlement'",
    ] {
        let books = books_after(&file, &format!("{UNGUARD}{sql}")).await;
        assert!(!books.balanced && !books.problems.is_empty(), "{sql}: {books:?}");
    }
}
