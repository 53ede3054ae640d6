//! The whole of a person's day through the library, so that every call of it is made once and what it returns is what the core has.

use crate::support::{App, all_open, refused};
use rabt_ffi::{
    BillOrder, BillQuery, BillStanding, BillStatus, Currency, InstrumentKind, InstrumentStatus, KeyState, Money,
    PaymentState, QuoteOutcome, RabtError, RefreshOutcome, SessionState,
};
use rabt_sandbox::{Fault, FaultKind};
use rabt_tests::Town;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_basket_is_paid_and_receipted() {
    let town = Town::start().await;
    let app = App::with_bills(&town).await;
    assert!(app.rabt.opened().key == KeyState::Created);
    assert!(matches!(
        app.rabt.session().state().await,
        Ok(SessionState::SignedIn { name: Some(_), .. })
    ));

    // What is on the screen is what the city issued.
    let page = app.rabt.bills().page(all_open()).await.expect("a page");
    let summary = app.rabt.bills().summary().await.expect("a summary");
    assert_eq!(usize::try_from(summary.total.count), Ok(page.bills.len()));
    for bill in &page.bills {
        assert!(bill.currency == Currency::Aed && bill.amount > Money(0) && bill.due_on >= bill.issued_on);
        let sum: i64 = bill.lines.iter().map(|line| line.amount.0).sum();
        assert!(bill.lines.is_empty() || Money(sum) == bill.amount);
        assert!(
            app.rabt
                .bills()
                .get(bill.key.clone())
                .await
                .expect("the store answers")
                .as_ref()
                == Some(bill)
        );
    }
    let accounts = app.rabt.accounts().list().await.expect("accounts");
    assert!(
        accounts
            .iter()
            .any(|account| account.key.account_id == page.bills[0].account_id)
    );

    // Two bills of a fixed amount are quoted; the hub asks for more assurance where they are dear.
    let chosen: Vec<_> = app.payable().await.into_iter().take(2).collect();
    let instrument = app.link(&town, InstrumentKind::Card).await;
    let linked = app.rabt.instruments().list().await.expect("instruments");
    assert!(linked.len() == 1 && linked[0].id == instrument && linked[0].status == InstrumentStatus::Active);
    let mut quote = app.rabt.payments().quote(chosen.clone()).await.expect("a quote");
    if let Some(acr) = quote.required_acr.take() {
        let error = refused(app.rabt.payments().pay(quote.id.clone(), instrument.clone()).await);
        assert!(matches!(&error, RabtError::StepUpRequired { acr: asked, .. } if *asked == acr));
        app.step_up(&town, &acr).await;
    }
    assert!(
        quote
            .lines
            .iter()
            .all(|line| line.payable && line.outcome == QuoteOutcome::Payable)
    );
    let paid = app
        .rabt
        .payments()
        .pay(quote.id, instrument.clone())
        .await
        .expect("it is paid");
    let key = paid.idempotency_key.clone();
    let paid = app
        .rabt
        .payments()
        .follow(key.clone(), 20_000)
        .await
        .expect("it is followed");
    assert!(paid.state == PaymentState::Settled && paid.finished && paid.made_here && paid.total == quote.total);
    assert!(app.rabt.payments().get(key.clone()).await.expect("the store answers") == Some(paid));

    // The outcome is told until it is acknowledged, and the receipts are verified.
    let outcomes = app.rabt.payments().outcomes(10).await.expect("outcomes");
    assert!(outcomes.len() == 1 && outcomes[0].idempotency_key == key);
    assert_eq!(app.rabt.payments().acknowledge(vec![outcomes[0].id]).await, Ok(1));
    assert!(app.rabt.payments().outcomes(10).await.expect("outcomes").is_empty());
    let receipts = app.rabt.payments().receipts(None, 10).await.expect("receipts").receipts;
    assert!(
        receipts.len() == 2
            && receipts
                .iter()
                .all(|view| view.receipt.is_some() && view.refused_code.is_none())
    );

    // History has them, and the bill says how it was paid.
    app.rabt.bills().refresh().await.expect("a refresh");
    let history = BillQuery {
        standing: Some(BillStanding::Closed),
        order: Some(BillOrder::DueLast),
        ..all_open()
    };
    let history = app.rabt.bills().page(history).await.expect("a page").bills;
    let bill = history
        .iter()
        .find(|bill| bill.key == chosen[0].bill)
        .expect("it is history");
    assert!(bill.status == BillStatus::Paid && bill.paid.as_ref().is_some_and(|paid| paid.channel == "rabt"));

    // Unlinked is unlinked.
    app.rabt.instruments().remove(instrument).await.expect("it is unlinked");
    assert!(app.rabt.instruments().refresh().await.expect("instruments").is_empty());
    town.books_at_rest().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn agencies_fail_alone_and_consents_are_taken_back() {
    let town = Town::start().await;
    let app = App::with_bills(&town).await;
    town.control()
        .set_fault(Fault::new(
            "police",
            FaultKind::Status {
                status: 503,
                body: None,
            },
        ))
        .expect("a fault");
    let report = app.rabt.bills().refresh().await.expect("a refresh");
    let police = report
        .agencies
        .iter()
        .find(|agency| agency.agency_id == "police")
        .expect("it was asked");
    let RefreshOutcome::Failed { error } = &police.outcome else {
        panic!("{police:?}");
    };
    assert!(matches!(error, RabtError::AgencyUnavailable { agency_id: Some(id), .. } if id == "police"));
    assert_eq!(usize::try_from(report.answered), Ok(report.agencies.len() - 1));
    let bundle = app.rabt.diagnostics().bundle().await.expect("a bundle");
    let health = bundle
        .agencies
        .iter()
        .find(|agency| agency.agency_id == "police")
        .expect("its health");
    assert!(bundle.signed_in && health.error.is_some());
    town.control().clear_faults(None);

    let sync = app.rabt.sync().run(10_000).await.expect("a sync");
    assert!(sync.payments_left == 0 && sync.next_after_ms > 0);
    app.rabt
        .agencies()
        .withdraw_consent("police".to_owned())
        .await
        .expect("it is taken back");
    let agencies = app.rabt.agencies().list().await.expect("a list");
    let police = agencies
        .iter()
        .find(|agency| agency.id == "police")
        .expect("it is listed");
    assert!(police.consent.is_none() && police.simulated && !police.bill_kinds.is_empty());
    let of_police = BillQuery {
        agency_ids: vec!["police".to_owned()],
        ..all_open()
    };
    assert!(app.rabt.bills().page(of_police).await.expect("a page").bills.is_empty());

    let signed_out = app.rabt.session().sign_out(false).await.expect("signed out");
    assert!(signed_out.revoked);
    assert!(matches!(
        app.rabt.session().state().await,
        Ok(SessionState::SignedOut { .. })
    ));
    assert!(matches!(
        refused(app.rabt.bills().refresh().await),
        RabtError::SignInRequired { .. }
    ));
}
