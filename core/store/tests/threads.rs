//! Many threads over one store, one of which lets it go and takes it again all the time: nothing waits for ever, nothing is lost.
#![allow(clippy::panic, reason = "a test says what it met by failing")]

mod support;

use rabt_domain::{Bill, BillId, BillKey, IdempotencyKey, Payment};
use rabt_store::{
    Store, StoreError,
    bills::{Answer, BillQuery},
    payments::Creation,
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};
use support::{Done, known_key, now};

/// How often each thread does its part.
const ROUNDS: usize = 60;

/// What a caller may meet while another thread lets the store go.
fn met<T>(done: Result<T, StoreError>) -> Option<T> {
    match done {
        Ok(done) => Some(done),
        Err(StoreError::Released | StoreError::PassSuperseded) => None,
        Err(error) => panic!("{error}"),
    }
}

fn refresh(store: &Store, bills: &[Bill]) -> Option<()> {
    let agency = &bills.first()?.key.agency;
    let mut pass = met(store.bills().begin_pass(agency))?;
    for some in bills.chunks(3) {
        met(store.bills().apply(&mut pass, some))?;
    }
    let answer = Answer {
        at: now().ok()?,
        etag: None,
        took_ms: 1,
    };
    met(store.bills().finish(pass, &answer)).map(|_| ())
}

#[test]
fn nothing_waits_for_ever_and_nothing_is_lost() -> Done {
    let folder = tempfile::tempdir()?;
    let (store, _) = Store::open(folder.path(), Arc::new(known_key()), now()?)?;
    let first = support::bills()?.remove(0);
    let bills: Vec<Bill> = (0..10)
        .map(|n| {
            let bill = BillId::parse(format!("b-{n}"))?;
            let key = BillKey {
                bill,
                ..first.key.clone()
            };
            Ok(Bill { key, ..first.clone() })
        })
        .collect::<Done<_>>()?;
    let (_, payment) = support::payments()?;
    let payments: Vec<Payment> = (0..ROUNDS)
        .map(|n| {
            let mut one = payment.clone();
            one.key = IdempotencyKey::parse(format!("k-{n}"))?;
            one.items[0].bill.bill = BillId::parse(format!("p-{n}"))?;
            Ok(one)
        })
        .collect::<Done<_>>()?;
    let at = now()?;
    let done = AtomicBool::new(false);

    let written = thread::scope(|scope| {
        let refreshing: Vec<_> = (0..2)
            .map(|_| scope.spawn(|| (0..ROUNDS).filter_map(|_| refresh(&store, &bills)).count()))
            .collect();
        let reading = scope.spawn(|| {
            for _ in 0..ROUNDS {
                if let Some(page) = met(store.bills().page(&BillQuery::default())) {
                    assert!(page.bills.len() <= bills.len());
                    assert_eq!(page.dropped, 0);
                }
            }
        });
        let paying = scope.spawn(|| {
            let mut written = Vec::new();
            for one in &payments {
                if let Some(creation) = met(store.payments().create(one)) {
                    assert_eq!(creation, Creation::Written);
                    written.push(one.key.clone());
                }
            }
            written
        });
        let pausing = scope.spawn(|| {
            while !done.load(Ordering::Acquire) {
                store.release();
                assert!(store.reacquire(at).is_ok());
                thread::yield_now();
            }
        });
        let written = paying.join();
        let ended = refreshing.into_iter().all(|one| one.join().is_ok()) & reading.join().is_ok();
        done.store(true, Ordering::Release);
        assert!(ended & pausing.join().is_ok());
        written
    })
    .map_err(|_| "a thread panicked")?;

    let kept: Vec<IdempotencyKey> = store
        .payments()
        .unfinished()?
        .into_iter()
        .map(|payment| payment.key)
        .collect();
    assert_eq!(kept, written);
    assert_eq!(store.check_ledger()?, []);
    assert!(refresh(&store, &bills).is_some());
    assert_eq!(store.bills().page(&BillQuery::default())?.bills.len(), bills.len());
    Ok(())
}
