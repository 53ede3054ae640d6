//! Every bill, as it arrives, and again without a network.

use crate::demo::{Outcome, figures::Figures, show, stage::Stage};
use rabt::{
    Rabt,
    domain::Bill,
    store::bills::{BillQuery, Standing},
};
use std::{collections::BTreeSet, time::Instant};

/// How many bills are printed.
const SHOWN: usize = 8;

/// Asks all agencies at once and prints each as its answer is in the store.
pub(crate) async fn all_bills(stage: &Stage, figures: &mut Figures) -> Outcome<()> {
    show::scene("Every bill of every agency");
    let phone = stage.phone()?;
    let begun = Instant::now();
    let mut watcher = phone.watch();
    let bills = phone.bills();
    let refresh = bills.refresh();
    tokio::pin!(refresh);
    let mut told = BTreeSet::new();
    let report = loop {
        tokio::select! {
            report = &mut refresh => break report?,
            _ = watcher.changed() => tell_arrivals(stage, &mut told, begun).await?,
        }
    };
    tell_arrivals(stage, &mut told, begun).await?;
    figures.agencies_asked = report.agencies.len();
    figures.agencies_answered = report.answered();
    let open = all(phone, Standing::Open).await?;
    figures.bills_open = open.len();
    let total = phone.bills().summary().await?.total;
    show::line(&format!(
        "  {} of {} agencies answered in {} ms: {} open bills, {}, {} overdue. The most urgent:",
        report.answered(),
        report.agencies.len(),
        begun.elapsed().as_millis(),
        open.len(),
        show::dirhams(*total.total.reveal()),
        total.overdue
    ));
    for bill in open.iter().take(SHOWN) {
        show::bill(bill, &stage.name_of(&bill.key.agency).await?);
    }
    Ok(())
}

/// Prints the agencies whose answer has come since the last time.
async fn tell_arrivals(stage: &Stage, told: &mut BTreeSet<String>, begun: Instant) -> Outcome<()> {
    for view in stage.phone()?.agencies().list().await? {
        let answered = view.freshness.is_some_and(|freshness| freshness.succeeded_at.is_some());
        if answered && told.insert(view.agency.id.as_str().to_owned()) {
            let at_ms = begun.elapsed().as_millis();
            show::line(&format!(
                "  {at_ms:>5} ms  {} · {}",
                view.agency.short_name.en(),
                view.agency.short_name.ar()
            ));
        }
    }
    Ok(())
}

/// The city is gone and the app was closed: everything is still there.
pub(crate) async fn offline(stage: &mut Stage, figures: &mut Figures) -> Outcome<()> {
    show::scene("The city loses power; the app is closed and opened again");
    stage.kill_city();
    stage.reopen_app().await?;
    let phone = stage.phone()?;
    let bills = all(phone, Standing::All).await?;
    figures.offline.bills = bills.len();
    let receipts = phone.payments().receipts(None, 200).await?.receipts;
    figures.offline.receipts_verified = receipts.iter().filter(|view| view.receipt.is_ok()).count();
    show::line(&format!(
        "  {} bills can be read, {} of {} receipts verified, without a network",
        bills.len(),
        figures.offline.receipts_verified,
        receipts.len()
    ));
    for view in receipts.iter().take(2) {
        if let Ok(receipt) = &view.receipt {
            show::line(&format!(
                "    {}  {:<20} {:>12}  paid with {}",
                receipt.id.as_str(),
                receipt.bill.agency.as_str(),
                show::dirhams(*receipt.amount.reveal()),
                receipt.paid_with.reveal()
            ));
        }
    }
    let report = phone.bills().refresh().await?;
    show::line(&format!(
        "  a refresh reaches {} of {} agencies, and what is shown stays",
        report.answered(),
        report.agencies.len()
    ));
    Ok(())
}

/// Every bill of a standing, page by page.
pub(crate) async fn all(phone: &Rabt, standing: Standing) -> Outcome<Vec<Bill>> {
    let mut bills = Vec::new();
    let mut query = BillQuery {
        standing,
        limit: 200,
        ..BillQuery::default()
    };
    loop {
        let page = phone.bills().page(query.clone()).await?;
        bills.extend(page.bills.into_iter().map(|stored| stored.bill));
        match page.next {
            Some(next) => query.cursor = Some(next),
            None => return Ok(bills),
        }
    }
}
