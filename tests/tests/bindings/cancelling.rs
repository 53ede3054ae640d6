//! A shell that stops waiting: what it asked for is done all the same, nothing is paid twice, nothing is lost.

use crate::support::{self, App, PERSONA};
use rabt_ffi::{BillKey, ChosenBill, InstrumentKind, Payment, PaymentState, RabtError};
use rabt_sandbox::NewBill;
use rabt_tests::Town;
use std::{
    collections::BTreeSet,
    future::Future,
    time::{Duration, Instant},
};

/// How many times somebody stops waiting.
const MOMENTS: usize = 100;
/// How many do so at the same time.
const LANES: usize = 5;
const BUDGET_MS: i64 = 5_000;

/// Waits for a call until `moment` and no longer.
async fn until<T>(moment: Duration, call: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(moment, call).await.ok()
}

/// Numbers that look random and are the same at each run (a linear congruential generator with Knuth's constants).
struct Dice(u64);

impl Dice {
    /// A part of `whole`, from none to all of it.
    fn part_of(&mut self, whole: Duration) -> Duration {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        whole.mul_f64((self.0 >> 40) as f64 / f64::from(1 << 24))
    }
}

/// Bills of one dirham each, with one agency.
async fn small_bills(town: &Town, app: &App, count: usize) -> Vec<BillKey> {
    let mut keys = Vec::with_capacity(count);
    for _ in 0..count {
        let added = town.control().add_bill(NewBill {
            agency_id: "police".to_owned(),
            persona_id: PERSONA.to_owned(),
            kind_code: "traffic-fine".to_owned(),
            amount_fils: Some(100),
            ..NewBill::default()
        });
        keys.push(BillKey {
            agency_id: "police".to_owned(),
            bill_id: added.expect("the bill is added").bill_id,
        });
    }
    let report = app.rabt.bills().refresh_agencies(vec!["police".to_owned()]).await;
    assert_eq!(report.expect("a refresh").answered, 1);
    keys
}

async fn quote_and_pay(app: &App, bill: &BillKey, instrument: &str) -> Result<Payment, RabtError> {
    let chosen = ChosenBill {
        bill: bill.clone(),
        amount: None,
    };
    let quote = app.rabt.payments().quote(vec![chosen]).await?;
    app.rabt.payments().pay(quote.id, instrument.to_owned()).await
}

/// Everything in the journal.
async fn payments(app: &App) -> Vec<Payment> {
    let (mut payments, mut cursor) = (Vec::new(), None);
    loop {
        let page = app.rabt.payments().page(cursor, 200).await.expect("a page");
        payments.extend(page.payments);
        match page.next {
            Some(next) => cursor = Some(next),
            None => return payments,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_stops_waiting_at_a_hundred_moments_drops_no_payment_and_pays_nothing_twice() {
    // Given a person with many bills, and how long one payment takes here.
    let town = Town::start().await;
    let app = App::with_bills(&town).await;
    let instrument = app.link(&town, InstrumentKind::BankAccount).await;
    let bills = small_bills(&town, &app, MOMENTS + 1).await;
    let begun = Instant::now();
    quote_and_pay(&app, &bills[0], &instrument).await.expect("it is paid");
    let whole = begun.elapsed().mul_f64(1.5);

    // When the shell stops waiting at any moment, before, within and after.
    let lane = |lane: usize| {
        let (app, instrument, bills) = (&app, &instrument, &bills[1..]);
        async move {
            let (mut dice, mut done) = (Dice(lane as u64), Vec::new());
            for bill in bills.iter().skip(lane).step_by(LANES) {
                let paid = until(dice.part_of(whole), quote_and_pay(app, bill, instrument)).await;
                done.push((bill, paid.map(|paid| paid.expect("the hub takes it"))));
            }
            done
        }
    };
    let (a, b, c, d, e) = tokio::join!(lane(0), lane(1), lane(2), lane(3), lane(4));
    let done: Vec<_> = [a, b, c, d, e].into_iter().flatten().collect();
    assert_eq!(done.len(), MOMENTS);
    let cancelled = done.iter().filter(|(_, paid)| paid.is_none()).count();
    assert!(cancelled > 0, "somebody has to stop waiting");

    // Then the books balance, whatever was written down has come to its end, and every bill was paid once or not at all.
    town.books_at_rest().await;
    while app.rabt.sync().run(BUDGET_MS).await.expect("a sync").payments_left > 0 {}
    let journal = payments(&app).await;
    assert!(journal.iter().all(|payment| payment.state == PaymentState::Settled));
    let paid: Vec<_> = journal
        .iter()
        .flat_map(|payment| &payment.items)
        .map(|item| &item.bill.bill_id)
        .collect();
    let once: BTreeSet<_> = paid.iter().collect();
    assert_eq!(paid.len(), once.len(), "a bill was paid twice");
    for (bill, waited) in &done {
        assert!(
            waited.is_none() || once.contains(&&bill.bill_id),
            "a payment that was waited for is gone"
        );
    }
    let outcomes = app.rabt.payments().outcomes(1_000).await.expect("outcomes");
    assert_eq!(outcomes.len(), journal.len(), "each payment has one outcome");
    let books = town.books();
    assert_eq!(books.paid_twice, 0, "{books:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payment_that_nobody_ever_waited_for_is_made() {
    // Given a basket that was quoted.
    let town = Town::start().await;
    let app = App::with_bills(&town).await;
    let instrument = app.link(&town, InstrumentKind::BankAccount).await;
    let bill = small_bills(&town, &app, 1).await.remove(0);
    let quote = app
        .rabt
        .payments()
        .quote(vec![ChosenBill {
            bill: bill.clone(),
            amount: None,
        }])
        .await;
    let quote = quote.expect("a quote").id;

    // When the call is begun and dropped at once.
    let dropped = until(Duration::ZERO, app.rabt.payments().pay(quote, instrument)).await;
    assert!(dropped.is_none());

    // Then the payment is made, and nobody had to ask for it again.
    let made = async || payments(&app).await.iter().any(|payment| payment.finished);
    support::until("the payment is made", made).await;
    let journal = payments(&app).await;
    assert_eq!(journal.len(), 1);
    assert!(journal[0].state == PaymentState::Settled && journal[0].items[0].bill == bill);
    town.books_at_rest().await;
}
