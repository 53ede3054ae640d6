//! The bills and the accounts, as they are on the screen.

use super::{Steps, act};
use crate::{
    money::{amount, fils},
    stage::Stage,
    vocabulary::Said,
};
use rabt::{
    RefreshReport,
    domain::{Bill, BillStatus, Personal},
    store::{
        bills::{BillQuery, Order, Standing},
        freshness::Freshness,
    },
};
use rabt_tests::agency_id;

pub(crate) const BILLS: Steps = &[
    (
        "the bills are refreshed",
        act!(|stage, _said| {
            let result = stage.rabt().bills().refresh().await;
            stage.report = stage.done(result);
        }),
    ),
    (
        "the bills of {string} are refreshed",
        act!(|stage, said| {
            let result = stage.rabt().bills().refresh_agencies(&[agency_id(said.text(0))]).await;
            stage.report = stage.done(result);
        }),
    ),
    (
        "every agency answered",
        act!(|stage, _said| { assert_eq!(silent(stage.report.as_ref()), [""; 0]) }),
    ),
    (
        "every agency answered but {string}",
        act!(|stage, said| { assert_eq!(silent(stage.report.as_ref()), [said.text(0)]) }),
    ),
    (
        "no agency answered",
        act!(|stage, _said| { assert_eq!(stage.report.as_ref().expect("a refresh").answered(), 0) }),
    ),
    (
        "{string} is up to date",
        act!(|stage, said| {
            let freshness = freshness(stage, said.text(0)).await;
            assert!(
                freshness.succeeded_at.is_some() && freshness.error.is_none(),
                "{freshness:?}"
            );
        }),
    ),
    (
        "{string} is out of date because of {string}",
        act!(|stage, said| {
            let freshness = freshness(stage, said.text(0)).await;
            assert_eq!(freshness.error.as_deref(), Some(said.text(1)));
        }),
    ),
    (
        "{int} bills are open",
        act!(|stage, said| {
            let summary = stage.rabt().bills().summary().await.expect("the store answers");
            assert_eq!(i64::from(summary.total.count), said.int(0));
        }),
    ),
    (
        "{string} is owed",
        act!(|stage, said| {
            let summary = stage.rabt().bills().summary().await.expect("the store answers");
            assert_eq!(fils(&summary.total.total), amount(said.text(0)).get());
        }),
    ),
    (
        "{int} bills are overdue",
        act!(|stage, said| {
            let summary = stage.rabt().bills().summary().await.expect("the store answers");
            assert_eq!(i64::from(summary.total.overdue), said.int(0));
        }),
    ),
    (
        "the open bills are shown, {int} at a time",
        act!(|stage, said| {
            let limit = u16::try_from(said.int(0)).expect("a page's size");
            show(
                stage,
                BillQuery {
                    limit,
                    ..BillQuery::default()
                },
            )
            .await;
        }),
    ),
    (
        "the closed bills are shown, {int} at a time",
        act!(|stage, said| {
            let limit = u16::try_from(said.int(0)).expect("a page's size");
            let (standing, order) = (Standing::Closed, Order::DueLast);
            show(
                stage,
                BillQuery {
                    standing,
                    order,
                    limit,
                    ..BillQuery::default()
                },
            )
            .await;
        }),
    ),
    (
        "the open bills are searched for {string}",
        act!(|stage, said| {
            let search = Some(Personal::new(said.text(0).to_owned()));
            show(
                stage,
                BillQuery {
                    search,
                    ..BillQuery::default()
                },
            )
            .await;
        }),
    ),
    (
        "{int} bills are on the screen",
        act!(|stage, said| { assert_eq!(i64::try_from(stage.shown.len()), Ok(said.int(0))) }),
    ),
    (
        "these bills are on the screen:",
        act!(|stage, said| { on_screen(stage, &said) }),
    ),
    (
        "the bill {string} of {string} is {string}",
        act!(|stage, said| {
            let bill = known(stage, &said).await;
            assert_eq!(word_of(bill.status), said.text(2));
        }),
    ),
    (
        "the bill {string} of {string} costs {string} and is due on {string}",
        act!(|stage, said| {
            let bill = known(stage, &said).await;
            assert_eq!(fils(&bill.amount), amount(said.text(2)).get());
            assert_eq!(bill.due_on.to_string(), said.text(3));
        }),
    ),
    (
        "the bill {string} of {string} is called {string} and {string}",
        act!(|stage, said| {
            let bill = known(stage, &said).await;
            assert_eq!((bill.title.en(), bill.title.ar()), (said.text(2), said.text(3)));
        }),
    ),
    (
        "no bill {string} of {string} is known",
        act!(|stage, said| {
            let bill = stage.bill(said.text(0), said.text(1)).await;
            assert!(bill.is_none(), "{bill:?}");
        }),
    ),
    (
        "the {string} of {string} is added by hand:",
        act!(|stage, said| {
            let fields = said
                .rows()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect();
            let agency = agency_id(said.text(1));
            let result = stage.rabt().accounts().add(&agency, said.text(0), fields).await;
            stage.done(result);
        }),
    ),
    (
        "{int} accounts are known",
        act!(|stage, said| {
            let accounts = stage.rabt().accounts().list().await.expect("the store answers");
            assert_eq!(i64::try_from(accounts.len()), Ok(said.int(0)));
        }),
    ),
];

async fn show(stage: &mut Stage, query: BillQuery) {
    let result = stage.rabt().bills().page(query).await;
    let page = stage.done(result);
    stage.shown = page.map_or_else(Vec::new, |page| {
        page.bills.into_iter().map(|stored| stored.bill).collect()
    });
}

/// In this order.
fn on_screen(stage: &Stage, said: &Said) {
    let shown = stage
        .shown
        .iter()
        .map(|bill| (bill.key.agency.as_str(), bill.key.bill.as_str()));
    assert_eq!(shown.collect::<Vec<_>>(), said.rows().collect::<Vec<_>>());
}

async fn known(stage: &Stage, said: &Said) -> Bill {
    let bill = stage.bill(said.text(0), said.text(1)).await;
    bill.expect("the bill is known")
}

/// Those that didn't answer.
fn silent(report: Option<&RefreshReport>) -> Vec<&str> {
    let agencies = &report.expect("a refresh").agencies;
    assert!(!agencies.is_empty(), "nobody was asked");
    let silent = agencies.iter().filter(|agency| agency.outcome.is_err());
    silent.map(|agency| agency.agency.as_str()).collect()
}

async fn freshness(stage: &Stage, agency: &str) -> Freshness {
    let views = stage.rabt().agencies().list().await.expect("the store answers");
    let view = views.into_iter().find(|view| view.agency.id.as_str() == agency);
    view.and_then(|view| view.freshness).expect("it was asked")
}

fn word_of(status: BillStatus) -> &'static str {
    match status {
        BillStatus::Open => "open",
        BillStatus::Paid => "paid",
        BillStatus::PaidElsewhere => "paid elsewhere",
        BillStatus::Withdrawn => "withdrawn",
        BillStatus::Vanished => "vanished",
        BillStatus::Unknown => "unknown",
    }
}
